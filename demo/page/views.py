"""Shows that an API's view can fill a page on the server: the same filters, rows, links and errors."""

import json
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.templatetags.static import static

from demo.page.caches import country_names, world
from demo.world.cities import CityViewSet
from demo.world.models import Continent
from restflow.core import in_thread

ORDERS = [
    ("-population", "largest"),
    ("population", "smallest"),
    ("name", "A to Z"),
    ("-name", "Z to A"),
    ("country,-population", "by country"),
    ("-updated_at", "last changed"),
]
FIELDS = ("q", "country", "country!", "population__gte", "order_by")
list_of_cities = CityViewSet.as_view({"get": "list"})


async def page(request: HttpRequest) -> HttpResponse:
    """The page, for the answer that the API gives to the same query string."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    wanted = _canonical(request.GET)
    if wanted.urlencode() != request.GET.urlencode():
        return redirect(f"/?{wanted.urlencode()}" if wanted else "/")
    request.META["HTTP_ACCEPT"] = "application/json"  # of the API; the page around it is HTML
    answer = await list_of_cities(request)
    data: dict[str, Any] = answer.data
    query = request.GET.urlencode(safe="!,")
    context = {
        "world": await world(),
        "countries": await country_names(),
        "orders": ORDERS,
        "given": {name.replace("!", "_not"): request.GET.get(name, "") for name in FIELDS},
        "chips": [(name, value, _without(request.GET, name)) for name, value in request.GET.items() if name != "page"],
        "page": data if answer.status_code == 200 else None,
        "next": _query_of(data.get("next")),
        "previous": _query_of(data.get("previous")),
        "error": data.get("error"),
        "url": f"/api/cities/?{query}" if query else "/api/cities/",
        "export": f"/api/cities/export/?{_exported(request.GET)}",
        "status": answer.status_code,
        "body": json.dumps(data, indent=2, ensure_ascii=False, default=str),
    }
    context["problems"], context["elsewhere"] = _problems(data.get("error"))
    return render(request, "page/index.html", context, status=answer.status_code)


async def favicon(request: HttpRequest) -> HttpResponse:
    """The mark of the site, where a page does not say where that is."""
    return redirect(static("page/icon.svg"))


async def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the database and the cache answer; 503 where one does not."""
    found = {"database": await _answers(Continent.objects.exists), "cache": await _answers(_cache_answers)}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


async def _answers(question: Any) -> bool:
    try:
        return bool(await in_thread(question))
    except Exception:  # whatever it is, it is what the caller wants to know
        return False


def _cache_answers() -> bool:
    cache.set("healthz", 1, 10)
    found: int | None = cache.get("healthz")
    return found == 1


def _canonical(given: QueryDict) -> QueryDict:
    """The query without empty values, and `not=country` as the negation that it stands for."""
    wanted = QueryDict(mutable=True)
    negated = given.getlist("not")
    for name, values in given.lists():
        if name != "not":
            kept = [value for value in values if value.strip()]
            if kept:
                wanted.setlist(f"{name}!" if name in negated else name, kept)
    return wanted


def _without(given: QueryDict, name: str) -> str:
    rest = [(other, value) for other, value in given.items() if other not in (name, "page")]
    return f"/?{urlencode(rest)}" if rest else "/"


def _exported(given: QueryDict) -> str:
    """The filters without the page: an export is of all pages."""
    kept = given.copy()
    kept.pop("page", None)
    return kept.urlencode(safe="!,")


def _query_of(link: str | None) -> str | None:
    """A link of the paginator, as one of this page."""
    return None if link is None else f"/?{link.partition('?')[2]}"


def _problems(error: dict[str, Any] | None) -> tuple[dict[str, str], list[str]]:
    """What is wrong, by the field of the form that it belongs to, and what belongs to none."""
    if error is None:
        return {}, []
    details = error.get("details") or {}
    by_field: dict[str, str] = {}
    elsewhere: list[str] = []
    for name, texts in details.items() if isinstance(details, dict) else ():
        text = " ".join(map(str, texts)) if isinstance(texts, list) else str(texts)
        field = "country" if name == "country!" else name
        if field in FIELDS:
            by_field[field] = text
        else:
            elsewhere.append(f"{name}: {text}")
    return by_field, elsewhere if by_field or elsewhere else [error["message"]]
