"""What an action costs: crossings from the event loop into a thread, and queries."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.throttling import BaseThrottle
from views_testapp.driver import Routes
from views_testapp.models import Author
from views_testapp.serializers import BookSerializer
from views_testapp.views import AsyncBooks

from restflow.pagination import FastPageNumberPagination
from restflow.permissions import IsAuthenticatedOrReadOnly
from restflow.responses import Response
from restflow.test import AsyncAPIClient, assert_max_crossings, assert_num_queries
from restflow.views import AsyncAPIView, PostFetch

DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
BOOK = {"title": "New", "pages": 5}

ROWS = [
    # action, method, detail, crossings, queries
    ("list", "get", False, 1, 1 + 1),
    ("create", "post", False, 1, 1 + 1),
    ("retrieve", "get", True, 1, 1),
    ("update", "put", True, 1, 2 + 1),
    ("partial_update", "patch", True, 1, 2 + 1),
    ("destroy", "delete", True, 1, 1 + 3),
]


@pytest.mark.parametrize(("action", "method", "detail", "crossed", "queries"), ROWS)
def test_an_action_costs_one_crossing(
    action: str,
    method: str,
    detail: bool,
    crossed: int,
    queries: int,
    library: Any,
    factory: Any,
    answer: Any,
) -> None:
    view = AsyncBooks.as_view({method: action})
    data = {**BOOK, "author": library.author.pk}
    request = (
        factory.generic(method.upper(), "/")
        if method in ("get", "delete")
        else getattr(factory, method)("/", data, format="json")
    )
    kwargs = {"pk": library.books[0].pk} if detail else {}
    with assert_max_crossings(1) as crossings, assert_num_queries(queries):
        response = answer(view, request, **kwargs)
    assert response.status_code in (200, 201, 204), response.data
    assert crossings.count == 1


@pytest.mark.urls("views_testapp.urls")
@pytest.mark.parametrize(("path", "total"), [("/books/", 3), ("/books/{pk}/", 3)])
async def test_djangos_asgi_handler_adds_only_its_own_two_crossings(path: str, total: int, library: Any) -> None:
    with assert_max_crossings(total):
        path = path.format(pk=library.books[0].pk)
        response = await AsyncAPIClient().get(path, headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"


class Answering(AsyncAPIView):
    """Does not block."""

    authentication_classes = ()

    async def get(self, request, **kwargs):
        return Response({"a": 1})


@pytest.mark.parametrize(("action", "method", "detail"), [*(row[:3] for row in ROWS), ("", "get", False)])
async def test_the_totals_under_djangos_asgi_handler(
    action: str, method: str, detail: bool, library: Any, settings: Any
) -> None:
    view = AsyncBooks.as_view({method: action}) if action else Answering.as_view()
    settings.ROOT_URLCONF = Routes(view, "<pk>" if detail else "")
    data = {"data": {**BOOK, "author": library.author.pk}, "format": "json"}
    path = f"/{library.books[0].pk}" if detail else "/"
    total = 3 if action else 2
    with assert_max_crossings(total) as crossings:
        response = await getattr(AsyncAPIClient(), method)(path, **({} if method in ("get", "delete") else data))
    assert response.status_code in (200, 201, 204)
    assert crossings.count == total


class AsyncBookSerializer(BookSerializer):
    """A serializer with async hooks, as restflow's own tell it."""

    has_async_hooks = True

    async def ais_valid(self, *, raise_exception=False):
        return await sync_to_async(self.is_valid)(raise_exception=raise_exception)

    async def asave(self, **kwargs):
        return await sync_to_async(self.save)(**kwargs)

    @property
    def adata(self):
        return self._adata()

    async def _adata(self):
        return await sync_to_async(getattr)(self, "data")


@pytest.mark.parametrize(("action", "method", "detail"), [row[:3] for row in ROWS if row[0] != "destroy"])
def test_a_serializer_with_async_hooks_is_awaited(
    action: str, method: str, detail: bool, library: Any, factory: Any, answer: Any
) -> None:
    class Listed(AsyncBookSerializer):
        @classmethod
        def many_init(cls, *args: Any, **kwargs: Any) -> Any:
            listed = super().many_init(*args, **kwargs)

            async def adata() -> Any:
                return await sync_to_async(getattr)(listed, "data")

            listed.has_async_hooks = True
            type(listed).adata = property(lambda self: adata())
            return listed

    viewset = type("Viewset", (AsyncBooks,), {"serializer_class": Listed})
    data = {**BOOK, "author": library.author.pk}
    request = factory.get("/") if method == "get" else getattr(factory, method)("/", data, format="json")
    kwargs = {"pk": library.books[0].pk} if detail else {}
    response = answer(viewset.as_view({method: action}), request, **kwargs)
    assert response.status_code in (200, 201)
    assert (response.data["results"][0] if action == "list" else response.data)["author"] == library.author.pk


async def _acheck(self: Any, request: Any, obj: Any) -> None:
    return None


async def _afilter(self: Any, queryset: Any) -> Any:
    return queryset


@pytest.mark.parametrize(
    ("hook", "override", "action", "method", "detail", "crossed"),
    [
        ("acheck_object_permissions", _acheck, "retrieve", "get", True, 2),
        ("acheck_object_permissions", _acheck, "update", "put", True, 2),
        ("acheck_object_permissions", _acheck, "destroy", "delete", True, 2),
        ("afilter_queryset", _afilter, "list", "get", False, 1),
    ],
)
def test_one_async_override_cuts_the_action(
    hook: str,
    override: Any,
    action: str,
    method: str,
    detail: bool,
    crossed: int,
    library: Any,
    factory: Any,
    answer: Any,
) -> None:
    viewset = type("Viewset", (AsyncBooks,), {hook: override})
    data = {**BOOK, "author": library.author.pk}
    request = getattr(factory, method)("/") if method in ("get", "delete") else factory.put("/", data, format="json")
    with assert_max_crossings(crossed) as crossings:
        kwargs = {"pk": library.books[0].pk} if detail else {}
        response = answer(viewset.as_view({method: action}), request, **kwargs)
    assert response.status_code in (200, 204)
    assert crossings.count == crossed


def test_a_post_fetch_adds_a_query_and_no_crossing(library: Any, factory: Any, answer: Any) -> None:
    fetch = PostFetch(Author.objects.all(), "the_author", ["name"], id="author_id")
    view = type("Viewset", (AsyncBooks,), {"post_fetches": [fetch]}).as_view({"get": "list"})
    with assert_max_crossings(1), assert_num_queries(3):
        assert answer(view, factory.get("/")).status_code == 200


def test_handlers_cost_what_they_need(factory: Any, answer: Any, db: None) -> None:
    class View(AsyncAPIView):
        authentication_classes = ()

        async def get(self, request):
            return Response({})

        def post(self, request):
            return Response({"n": Author.objects.count()})

    for method, crossed in (("get", 0), ("post", 1), ("options", 1)):
        with assert_max_crossings(crossed) as crossings:
            assert answer(View.as_view(), getattr(factory, method)("/")).status_code == 200
        assert crossings.count == crossed


class Fast(FastPageNumberPagination):
    page_size = 2


class Two(PageNumberPagination):
    page_size = 2


class SyncOnly(BasePermission):
    def has_permission(self, request, view):
        return Author.objects.exists()


class SyncUser(BaseAuthentication):
    def authenticate(self, request):
        return (Author.objects.get(), None)


class SyncThrottle(BaseThrottle):
    def allow_request(self, request, view):
        return Author.objects.exists()


class AsyncOnly(BasePermission):
    async def ahas_permission(self, request, view):
        return True


@pytest.mark.parametrize(
    ("attributes", "crossed", "queries"),
    [
        ({"pagination_class": None}, 1, 1),
        ({"pagination_class": Fast}, 1, 1),
        ({"pagination_class": Two}, 1, 2),
        ({"permission_classes": [IsAuthenticatedOrReadOnly]}, 1, 1 + 1),
        ({"permission_classes": [SyncOnly]}, 2, 2 + 1),
        ({"permission_classes": [SyncOnly, SyncOnly], "authentication_classes": [SyncUser]}, 2, 2 + 3),
        ({"permission_classes": [SyncOnly], "throttle_classes": [SyncThrottle] * 2}, 2, 2 + 3),
        ({"permission_classes": [SyncOnly, AsyncOnly, SyncOnly]}, 3, 2 + 2),
    ],
    ids=str,
)
def test_a_list_costs_what_the_table_says(
    attributes: Any, crossed: int, queries: int, library: Any, factory: Any, answer: Any
) -> None:
    view = type("Viewset", (AsyncBooks,), attributes).as_view({"get": "list"})
    with assert_max_crossings(crossed) as crossings, assert_num_queries(queries):
        assert answer(view, factory.get("/")).status_code == 200
    assert crossings.count == crossed


HOOKS = {
    "list": ["get_queryset", "afilter_queryset", "apaginate_queryset", "get_paginated_response"],
    "retrieve": ["get_queryset", "aget_object", "acheck_object_permissions", "aserialized_response"],
    "create": ["avalidated_serializer", "aperform_create", "aserialized_response"],
    "update": ["aget_object", "avalidated_serializer", "aperform_update", "aserialized_response"],
    "partial_update": ["aget_object", "aperform_update"],
    "destroy": ["aget_object", "aperform_destroy"],
}


@pytest.mark.parametrize(("action", "hook"), [(action, hook) for action, hooks in HOOKS.items() for hook in hooks])
def test_one_async_override_costs_two_crossings_more_at_most(
    action: str, hook: str, library: Any, factory: Any, answer: Any
) -> None:
    default = getattr(AsyncBooks, hook)

    async def override(self: Any, *args: Any, **kwargs: Any) -> Any:
        if hook.startswith("a"):
            return await default(self, *args, **kwargs)
        return await sync_to_async(default)(self, *args, **kwargs)

    _, method, detail, _, queries = next(row for row in ROWS if row[0] == action)
    viewset = type("Viewset", (AsyncBooks,), {hook: override})
    data = {**BOOK, "author": library.author.pk}
    request = getattr(factory, method)("/") if method in ("get", "delete") else None
    request = request or getattr(factory, method)("/", data, format="json")
    with assert_max_crossings(3) as crossings, assert_num_queries(queries):
        response = answer(viewset.as_view({method: action}), request, **({"pk": library.books[0].pk} if detail else {}))
    assert response.status_code in (200, 201, 204)
    assert 1 <= crossings.count <= 3


def test_rendering_costs_a_crossing_for_html_and_none_for_json(library: Any, factory: Any, serve: Any) -> None:
    async def crossings_of(renderer: Any) -> int:
        view = type("Viewset", (AsyncBooks,), {"renderer_classes": [renderer]}).as_view({"get": "list"})
        with assert_max_crossings(99) as crossings:
            exchange = serve(None, view=view)
            await exchange.task
        return int(crossings.count)

    async def both() -> list[int]:
        return [await crossings_of(renderer) for renderer in (JSONRenderer, BrowsableAPIRenderer)]

    json, html = async_to_sync(both)()
    assert (json, html) == (3, 4)
