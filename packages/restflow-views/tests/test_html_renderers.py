"""HTML of async views: what REST framework's own renderers show for its sync viewset of the same code."""

import re
from typing import Any

import pytest
from django.urls import include, path
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.renderers import (
    AdminRenderer,
    BrowsableAPIRenderer,
    HTMLFormRenderer,
    JSONRenderer,
    StaticHTMLRenderer,
    TemplateHTMLRenderer,
)
from rest_framework.response import Response as DRFResponse
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import HyperlinkedModelSerializer
from rest_framework.views import APIView as DRFAPIView
from rest_framework.viewsets import ModelViewSet as DRFModelViewSet
from views_testapp.driver import Routes
from views_testapp.models import Book
from views_testapp.serializers import BookSerializer

from restflow.core import in_thread
from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView, AsyncModelViewSet, ModelViewSet

KINDS: list[Any] = [AsyncModelViewSet, ModelViewSet]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=["async view", "sync view"])


class OnePerPage(PageNumberPagination):
    page_size = 2


class Urls:
    """A URLconf that is no module."""

    def __init__(self, included: Any) -> None:
        self.urlpatterns = [path("", included)]


def urls(kind: Any, **attributes: Any) -> Any:
    """The books, at /books/ and /books/<pk>/ beneath an API root."""
    body = {
        "authentication_classes": [],
        "queryset": Book.objects.order_by("pk"),
        "serializer_class": BookSerializer,
        "pagination_class": OnePerPage,
        "template_name": "book.html",
        "__doc__": "Books of *the* library.",
        **attributes,
    }
    router = DefaultRouter()
    router.register("books", type("BookViewSet", (kind,), body), basename="book")
    return Urls(include(router.urls))


async def shown(routes: Any, settings: Any, method: str, url: str, accept: str = "text/html", **extra: Any) -> Any:
    """Status, headers and the page, without what differs from request to request."""
    settings.ROOT_URLCONF = routes
    response = await getattr(AsyncAPIClient(raise_request_exception=True), method)(
        url, headers={"accept": accept}, **extra
    )
    page = re.sub(r'(csrfmiddlewaretoken" value=|"csrfToken": )"\w+"', "", response.content.decode())
    headers = {name: value for name, value in response.headers.items() if name not in ("Content-Length", "X-Request")}
    return response.status_code, headers, page.splitlines()


async def both(kind: Any, settings: Any, method: str, url: str, attributes: Any, **extra: Any) -> tuple[Any, Any]:
    ours = await shown(urls(kind, **attributes), settings, method, url, **extra)
    theirs = await shown(urls(DRFModelViewSet, **attributes), settings, method, url, **extra)
    return ours, theirs


BAD = {"format": "json", "data": {"title": "", "author": 0}}
REQUESTS = [
    pytest.param("get", "/books/", {}, id="list"),
    pytest.param("get", "/books/?page=2", {}, id="second page"),
    pytest.param("get", "/books/{pk}/", {}, id="detail"),
    pytest.param("get", "/books/0/", {}, id="not found"),
    pytest.param("post", "/books/", BAD, id="create with errors"),
    pytest.param("put", "/books/{pk}/", BAD, id="update with errors"),
    pytest.param("patch", "/books/{pk}/", {"format": "json", "data": {"title": "New"}}, id="partial update"),
    pytest.param("options", "/books/", {}, id="options"),
]


@each_kind
@pytest.mark.parametrize("renderer", [BrowsableAPIRenderer, AdminRenderer], ids=["browsable", "admin"])
@pytest.mark.parametrize(("method", "url", "extra"), REQUESTS)
async def test_the_page_is_rest_frameworks(
    kind: Any, renderer: Any, method: str, url: str, extra: Any, library: Any, settings: Any
) -> None:
    attributes = {"renderer_classes": [renderer, JSONRenderer]}
    ours, theirs = await both(kind, settings, method, url.format(pk=library.books[0].pk), attributes, **extra)
    assert ours == theirs


@each_kind
@pytest.mark.parametrize("renderer", [BrowsableAPIRenderer, AdminRenderer], ids=["browsable", "admin"])
@pytest.mark.parametrize("url", ["/books/", "/books/{pk}/"])
async def test_breadcrumbs_lead_to_the_root(kind: Any, renderer: Any, url: str, library: Any, settings: Any) -> None:
    url = url.format(pk=library.books[0].pk)
    _, _, page = await shown(urls(kind, renderer_classes=[renderer]), settings, "get", url)
    crumbs = re.findall(
        r'<li[^>]*>\s*<a href="([^"]*)"[^>]*>([^<]+)</a>',
        re.search(r'<ul class="breadcrumb">.*?</ul>', " ".join(page)).group(),  # type: ignore[union-attr]
    )
    expected = [("/", "Api Root"), ("/books/", "Book List"), (url, "Book Instance")]
    assert crumbs == expected[: len(crumbs)]
    assert len(crumbs) == (2 if url == "/books/" else 3)


@each_kind
async def test_the_admin_leads_back_to_the_list_after_a_deletion(kind: Any, library: Any, settings: Any) -> None:
    routes = urls(kind, renderer_classes=[AdminRenderer])
    status, headers, page = await shown(routes, settings, "delete", f"/books/{library.books[0].pk}/")
    assert (status, headers["Location"], page) == (303, "/books/", [])


class Linked(HyperlinkedModelSerializer):
    class Meta:
        model = Book
        fields = ["url", "title", "author"]
        extra_kwargs = {"url": {"view_name": "book-detail"}, "author": {"view_name": "book-detail"}}


@each_kind
async def test_the_admin_leads_to_the_list_after_a_creation(kind: Any, library: Any, settings: Any) -> None:
    class Titled(Linked):
        class Meta(Linked.Meta):
            fields = ["url", "title"]

        def create(self, validated_data):
            return super().create({**validated_data, "author": library.author})

    attributes = {"renderer_classes": [AdminRenderer], "serializer_class": Titled}
    body = {"format": "json", "data": {"title": "New"}}
    ours, theirs = await both(kind, settings, "post", "/books/", attributes, **body)
    assert ours == theirs
    assert ours[0] == 303


@each_kind
async def test_the_admin_shows_no_objects_to_whom_may_not_see_them(kind: Any, library: Any, settings: Any) -> None:
    class WritersOnly(BasePermission):
        if kind is AsyncModelViewSet:

            async def ahas_permission(self, request, view):
                return request.method == "POST"

        else:

            def has_permission(self, request, view):
                return request.method == "POST"

    routes = urls(kind, renderer_classes=[AdminRenderer], permission_classes=[WritersOnly])
    status, _, page = await shown(routes, settings, "post", "/books/", **BAD)
    assert status == 400
    assert not any(book.title in line for book in library.books for line in page)


async def test_the_admins_get_may_be_a_method_of_either_colour(library: Any, settings: Any) -> None:
    class SyncList(AsyncModelViewSet):
        def list(self, request):
            return self.paginated_response(self.get_queryset())

    attributes = {"renderer_classes": [AdminRenderer]}
    ours, theirs = await both(SyncList, settings, "post", "/books/", attributes, **BAD)
    assert ours == theirs


# --- pages of a view's own

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        "book.html": "{% load rest_framework %}<h1>{{ title }}</h1>{{ books.count }}"
                        "<form>{% render_form serializer %}</form>",
                        "404.html": "nothing here: {{ details }}",
                        "400.html": "wrong",
                    },
                ),
                "django.template.loaders.app_directories.Loader",
            ]
        },
    }
]


class Pages:
    """What the handlers of each kind of view answer."""

    authentication_classes: Any = ()
    template_name = "book.html"

    def shown(self, request):
        book = get_object_or_404(Book, pk=request.query_params.get("pk", Book.objects.first().pk))
        if StaticHTMLRenderer in self.renderer_classes:
            return self.response(f"<b>{book.title}</b>")
        serializer = BookSerializer(book)
        if HTMLFormRenderer in self.renderer_classes:
            return self.response(serializer.data)
        return self.response({"title": book.title, "books": Book.objects.all(), "serializer": serializer})

    def taken(self, request):
        serializer = BookSerializer(data=request.data)
        if HTMLFormRenderer in self.renderer_classes:
            serializer.is_valid()
            return self.response(serializer.data, status=400)
        if StaticHTMLRenderer in self.renderer_classes:
            serializer.is_valid(raise_exception=True)
        valid = serializer.is_valid()
        return self.response({"serializer": serializer, "title": "wrong" if not valid else "right"})


class DRFPages(Pages, DRFAPIView):
    response = DRFResponse

    def get(self, request):
        return self.shown(request)

    def post(self, request):
        return self.taken(request)


class SyncPages(Pages, APIView):
    response = Response
    get, post = DRFPages.get, DRFPages.post


class SyncHandlers(Pages, AsyncAPIView):
    response = Response
    get, post = DRFPages.get, DRFPages.post


class AsyncHandlers(Pages, AsyncAPIView):
    response = Response

    async def get(self, request):
        return await in_thread(self.shown, request)

    async def post(self, request):
        return await in_thread(self.taken, request)


PAGES = [("get", "/", {}), ("get", "/?pk=0", {}), ("post", "/", BAD), ("put", "/", {})]


@pytest.mark.parametrize("kind", [AsyncHandlers, SyncHandlers, SyncPages])
@pytest.mark.parametrize(
    ("renderer", "method", "url", "extra"),
    [
        *((renderer, *page) for renderer in (TemplateHTMLRenderer, StaticHTMLRenderer) for page in PAGES),
        (HTMLFormRenderer, *PAGES[0]),  # which cannot show what is no form's
        (HTMLFormRenderer, *PAGES[2]),
    ],
)
async def test_a_page_of_its_own_is_rest_frameworks(
    kind: Any, renderer: Any, method: str, url: str, extra: Any, library: Any, settings: Any
) -> None:
    settings.TEMPLATES = TEMPLATES
    pages = [
        await shown(Routes(view.as_view(renderer_classes=[renderer])), settings, method, url, **extra)
        for view in (kind, DRFPages)
    ]
    assert pages[0] == pages[1]
    assert pages[0][2]
