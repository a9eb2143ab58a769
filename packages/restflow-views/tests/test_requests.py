"""What clients send: bad lookups are 404, bad bodies 400, and routing is REST framework's."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path, reverse
from rest_framework.decorators import action
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.test import APIClient
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework.versioning import URLPathVersioning
from views_testapp.models import Book
from views_testapp.views import AsyncBooks, Books

from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView, AsyncGenericAPIView, GenericAPIView

each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
BAD_LOOKUPS = ["x", "", "1.5", "\0", "1\0", 2**80, -(2**80), "9" * 5000, [], {}, object(), b"x", float("nan"), None]


@each_kind
@pytest.mark.parametrize("value", BAD_LOOKUPS, ids=lambda value: str(value)[:10])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_lookup_that_names_nothing_is_404(
    base: Any, value: Any, method: str, library: Any, factory: Any, answer: Any
) -> None:
    assert answer(base.as_view(DETAIL), getattr(factory, method)("/"), pk=value).status_code == 404


@pytest.mark.needs("postgres")
@pytest.mark.django_db(databases=["postgres"])
@each_kind
@pytest.mark.parametrize("value", BAD_LOOKUPS, ids=lambda value: str(value)[:10])
@pytest.mark.parametrize("field", ["pk", "title"])
def test_on_postgres_too(base: Any, value: Any, field: str, factory: Any, answer: Any) -> None:
    viewset = type("Viewset", (base,), {"queryset": Book.objects.using("postgres"), "lookup_field": field})
    assert answer(viewset.as_view(DETAIL), factory.get("/"), **{field: value}).status_code == 404


@each_kind
def test_several_rows_are_a_configuration_error(base: Any, library: Any, factory: Any, answer: Any) -> None:
    viewset = type("Viewset", (base,), {"lookup_field": "author_id"})
    with pytest.raises(Book.MultipleObjectsReturned):
        answer(viewset.as_view(DETAIL), factory.get("/"), author_id=library.author.pk)


@each_kind
def test_a_missing_url_argument_is_said_in_drfs_words(base: Any, library: Any, factory: Any, answer: Any) -> None:
    with pytest.raises(AssertionError, match="URL keyword argument named 'pk'"):
        answer(base.as_view(DETAIL), factory.get("/"))


@each_kind
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"title": "\\ud800", "author": 1}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 5_000, "application/json", 400),
        (b"x", "text/plain", 415),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
        (b"--x", "multipart/form-data", 400),
        (b'{"title": "A", "author": 10000000000000000000000}', "application/json", 400),
        (b'{"title": "A", "author": "x"}', "application/json", 400),
        (b'{"title": "A", "author": 1, "pages": 1e400}', "application/json", 400),
    ],
)
def test_a_bad_body_is_a_client_error(
    base: Any, body: bytes, content_type: str, status: int, library: Any, factory: Any, answer: Any
) -> None:
    request = factory.generic("POST", "/", body, content_type=content_type)
    response = answer(base.as_view({"post": "create"}), request)
    assert response.status_code == status
    assert json.loads(response.content)


@each_kind
def test_many_objects_may_be_created_at_once(base: Any, library: Any, factory: Any, answer: Any) -> None:
    class Viewset(base):
        def get_serializer(self, *args, **kwargs):
            if isinstance(kwargs.get("data"), list):
                kwargs["many"] = True
            return super().get_serializer(*args, **kwargs)

    data = [{"title": "A", "author": library.author.pk}, {"title": "B", "author": library.author.pk}]
    response = answer(Viewset.as_view({"post": "create"}), factory.post("/", data, format="json"))
    assert response.status_code == 201
    assert [row["title"] for row in response.data] == ["A", "B"]


@each_kind
def test_a_method_that_is_not_mapped_is_405_with_allow(base: Any, library: Any, factory: Any, answer: Any) -> None:
    response = answer(base.as_view({"get": "list"}), factory.delete("/"))
    assert response.status_code == 405
    assert set(response["Allow"].split(", ")) >= {"GET", "OPTIONS"}


@each_kind
def test_no_serializer_class_names_view_and_action(base: Any, library: Any, factory: Any, answer: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured

    viewset = type("Nameless", (base,), {"serializer_class": None})
    with pytest.raises(ImproperlyConfigured, match=r"Nameless.*'list'.*response_serializer_class.*serializer_class"):
        answer(viewset.as_view({"get": "list"}), factory.get("/"))
    with pytest.raises(ImproperlyConfigured, match=r"Nameless.*'create'.*request_serializer_class"):
        answer(viewset.as_view({"post": "create"}), factory.post("/", {}, format="json"))


def test_an_async_handler_on_a_sync_view_is_found_at_as_view() -> None:
    from django.core.exceptions import ImproperlyConfigured

    class View(APIView):
        async def get(self, request): ...

    with pytest.raises(ImproperlyConfigured, match=r"View\.get is async.*AsyncAPIView"):
        View.as_view()

    class Viewset(Books):
        async def list(self, request): ...

    with pytest.raises(ImproperlyConfigured, match=r"Viewset\.list is async"):
        Viewset.as_view({"get": "list"})


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
def test_a_handler_that_returns_no_response(base: Any, factory: Any, answer: Any) -> None:
    class View(base):
        authentication_classes = ()

        def get(self, request):
            return {"a": 1}

    with pytest.raises(AssertionError, match="Expected a `Response`"):
        answer(View.as_view(), factory.get("/"))


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
def test_it_is_the_view_that_django_and_drf_expect(base: Any) -> None:
    class View(base):
        """Its words."""

    view = View.as_view()
    assert view.cls is View
    assert view.csrf_exempt
    assert view.login_required is False
    assert view.initkwargs == {}
    assert view.__doc__ == "Its words."


@each_kind
def test_viewset_views_too(base: Any) -> None:
    view = base.as_view({"get": "list"}, suffix="List")
    assert view.cls is base
    assert view.actions == {"get": "list"}
    assert view.initkwargs == {"suffix": "List"}
    assert view.csrf_exempt
    assert view.login_required is False


class TestRouting:
    """Routers, suffixes, versions and extra actions, over Django's handlers."""

    @pytest.fixture(params=[AsyncBooks, Books], ids=["async view", "sync view"])
    def urls(self, request: Any, settings: Any) -> Any:
        class Viewset(request.param):
            versioning_class = URLPathVersioning

            @action(detail=True, methods=["get", "post"])
            def pages(self, request, pk=None, **kwargs):
                return self.serialized_response(self.get_object())

            @pages.mapping.delete
            def no_pages(self, request, pk=None, **kwargs):
                return Response(status=204)

            @action(detail=False)
            def where(self, request, **kwargs):
                return Response({"url": self.reverse_action("list"), "version": request.version})

        if request.param is AsyncBooks:
            sync_pages = Viewset.pages

            class Asynchronous(Viewset):
                @action(detail=True, methods=["get"])
                async def apages(self, request, pk=None, **kwargs):
                    return await self.aserialized_response(await self.aget_object())

            Viewset = Asynchronous
            assert sync_pages

        router = DefaultRouter()
        router.register("books", Viewset, basename="book")
        nested = SimpleRouter()
        nested.register(r"authors/(?P<author>[^/.]+)/books", Viewset, basename="author-book")
        suffixed = format_suffix_patterns([path("list", Viewset.as_view({"get": "list"}))])
        urlpatterns = [path("<version>/", include([*router.urls, *nested.urls])), *suffixed]
        settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": urlpatterns})
        return Viewset

    @pytest.mark.parametrize("client", [Client, APIClient])
    def test_under_wsgi(self, client: Any, urls: Any, library: Any) -> None:
        get = client().get
        assert get("/v1/books/").json()["count"] == 3
        assert get("/v1/books.json").json()["count"] == 3
        assert get("/list.json").json()["count"] == 3
        pk = library.books[1].pk
        assert get(f"/v1/books/{pk}/").json()["title"] == "Book 1"
        assert get(f"/v1/books/{pk}/pages/").json()["title"] == "Book 1"
        assert client().delete(f"/v1/books/{pk}/pages/").status_code == 204
        assert get(f"/v1/authors/5/books/{pk}/").json()["title"] == "Book 1"
        assert get("/v1/books/where/").json() == {"url": "http://testserver/v1/books/", "version": "v1"}
        assert reverse("book-pages", kwargs={"version": "v1", "pk": 1}) == "/v1/books/1/pages/"
        assert client().head("/v1/books/").status_code == 200
        assert client().post("/v1/books/where/").status_code == 405

    async def test_under_asgi(self, urls: Any, library: Any) -> None:
        client = AsyncAPIClient()
        pk = library.books[1].pk
        assert (await client.get("/v1/books/")).json()["count"] == 3
        assert (await client.get(f"/v1/books/{pk}/pages/")).json()["title"] == "Book 1"
        if urls.__name__ == "Asynchronous":
            assert (await client.get(f"/v1/books/{pk}/apages/")).json()["title"] == "Book 1"
        assert (await client.head("/v1/books/")).content == b""

    def test_the_class_can_be_parametrised_by_its_model(self, urls: Any) -> None:
        for base in (AsyncGenericAPIView, GenericAPIView, AsyncBooks, Books, AsyncAPIView):

            class Of(base[Book]):  # type: ignore[misc]
                pass

            assert Of.__orig_bases__[0].__args__ == (Book,)
            assert issubclass(Of, base)
