"""The helpers of views, in both faces: what they read, what they answer with, and what the call may say instead."""

from typing import Any

import pytest
from django.db.models import Model
from rest_framework import serializers
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.response import Response as DRFResponse
from rest_framework.settings import api_settings
from views_testapp.models import Book, Tag
from views_testapp.serializers import BookSerializer, BookTitleSerializer
from views_testapp.views import AsyncBooks, Books, TenPerPage

from restflow.responses import Response
from restflow.test import assert_max_crossings
from restflow.views import APIView, AsyncAPIView, AsyncGenericAPIView, GenericAPIView, PostFetch

each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])


@pytest.fixture(params=["async", "sync", "sync handler of an async view"])
def handled(request: Any, factory: Any, answer: Any) -> Any:
    """Answers with what `work(view, call)` returns, where `call` calls a helper by the name of its sync face."""

    def send(work: Any, *, generic: bool = False, request_data: Any = None, path: str = "/", **attributes: Any) -> Any:
        base: Any = (GenericAPIView if generic else APIView) if request.param == "sync" else None
        base = base or (AsyncGenericAPIView if generic else AsyncAPIView)

        class View(base):
            authentication_classes = ()
            serializer_class = BookSerializer

            if request.param == "async":

                async def post(self, request):
                    return await work(self, lambda name, *a, **kw: getattr(self, f"a{name}")(*a, **kw))

            else:

                def post(self, request):
                    async def call(name: str, *args: Any, **kwargs: Any) -> Any:
                        return getattr(self, name)(*args, **kwargs)

                    step = work(self, call)
                    try:
                        step.send(None)
                    except StopIteration as stop:
                        return stop.value
                    raise AssertionError("it waited")

            locals().update(attributes)

        sent = factory.post(path, {} if request_data is None else request_data, format="json")
        seen = {}

        async def noting(view: Any, call: Any) -> Any:
            seen["view"] = view
            return await original(view, call)

        original, work = work, noting
        response = answer(View.as_view(), sent)
        response.made_by = seen["view"]
        return response

    send.kind = request.param  # type: ignore[attr-defined]
    return send


class TestInput:
    def test_the_data_are_the_requests_or_those_given(self, library: Any, handled: Any) -> None:
        async def work(view: Any, call: Any) -> Any:
            sent = await call("validated_serializer")
            given = await call("validated_serializer", data={"title": "given", "author": library.author.pk})
            return Response([sent.validated_data["title"], given.validated_data["title"]])

        assert handled(work, request_data={"title": "sent", "author": library.author.pk}).data == ["sent", "given"]

    def test_what_else_is_given_goes_to_the_serializer(self, library: Any, handled: Any) -> None:
        async def work(view: Any, call: Any) -> Any:
            book = library.books[0]
            changed = await call("validated_serializer", instance=book, partial=True, context={"a": 1})
            many = await call("validated_serializer", data=[{"id": 1}], many=True, serializer_class=BookTitle)
            return Response(
                [
                    changed.instance.pk,
                    changed.partial,
                    dict(changed.context),
                    type(many).__name__,
                    type(many.child).__name__,
                ]
            )

        class BookTitle(serializers.Serializer):
            id = serializers.IntegerField()

        response = handled(work, request_data={"title": "x"})
        assert response.data == [library.books[0].pk, True, {"a": 1}, "ListSerializer", "BookTitle"]

    def test_invalid_data_are_400(self, library: Any, handled: Any) -> None:
        async def work(view: Any, call: Any) -> Any:
            return await call("validated_serializer")

        response = handled(work, request_data={"title": "x" * 51})
        assert response.status_code == 400
        assert set(response.data) >= {"title", "author"}


class TestOutput:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: Book.objects.order_by("pk"),
            lambda: Book.objects,
            lambda: list(Book.objects.order_by("pk")),
            lambda: tuple(Book.objects.order_by("pk")),
            lambda: (book for book in Book.objects.order_by("pk")),
            lambda: iter(Book.objects.order_by("pk")),
            lambda: filter(None, Book.objects.order_by("pk")),
            lambda: Book.objects.order_by("pk").iterator(),
        ],
        ids=["queryset", "manager", "list", "tuple", "generator", "iterator", "filter", "stream"],
    )
    @pytest.mark.parametrize("fetches", [False, True], ids=["alone", "with a post-fetch"])
    def test_anything_that_can_be_read_once(self, make: Any, fetches: bool, library: Any, handled: Any) -> None:
        async def work(view: Any, call: Any) -> Any:
            return await call("serialized_response", made, many=True)

        # an iterator is made here and read in the view
        made = make()
        attributes: dict[str, Any] = {}
        if fetches:
            attributes["post_fetches"] = [PostFetch(Book.objects.all(), "same", ["title"], id="id")]
        response = handled(work, **attributes)
        assert [row["title"] for row in response.data] == ["Book 0", "Book 1", "Book 2"]

    @pytest.mark.parametrize("of", ["instance", "dict", "object"])
    def test_one_object(self, of: str, library: Any, handled: Any) -> None:
        book = library.books[0]
        made = {"instance": book, "dict": {"id": book.pk, "title": "Book 0"}, "object": book}[of]

        async def work(view: Any, call: Any) -> Any:
            return await call("serialized_response", made, serializer_class=BookTitleSerializer)

        assert handled(work).data == {"id": book.pk, "title": "Book 0"}

    def test_status_and_headers(self, library: Any, handled: Any) -> None:
        async def plain(view: Any, call: Any) -> Any:
            return await call("serialized_response", library.books[0], headers={"X-One": "1"})

        async def named(view: Any, call: Any) -> Any:
            return await call("serialized_response", library.books[0], status=207)

        response = handled(plain)
        assert (response.status_code, response["X-One"], type(response)) == (200, "1", Response)
        assert handled(plain, success_status=202).status_code == 202
        assert handled(named, success_status=202).status_code == 207

    def test_post_fetches_of_the_view_of_the_call_and_none(self, library: Any, handled: Any) -> None:
        class Attaching:
            def __init__(self, name: str) -> None:
                self.name = name

            def fetch(self, items: Any) -> Any:
                items = list(items)
                for item in items:
                    item.title += self.name
                return items

        def with_fetches(*given: Any, many: bool = False) -> Any:
            made = Book.objects.order_by("pk") if many else Book.objects.get(title="Book 0")

            async def work(view: Any, call: Any) -> Any:
                kwargs = {"post_fetches": given[0]} if given else {}
                return await call("serialized_response", made, many=many, **kwargs)

            return work

        of_view = {"post_fetches": [Attaching("a"), Attaching("b")]}
        for many, pick in ((False, lambda data: data), (True, lambda data: data[0])):
            assert pick(handled(with_fetches(many=many), **of_view).data)["title"] == "Book 0ab"  # in the given order
            assert pick(handled(with_fetches([Attaching("c")], many=many), **of_view).data)["title"] == "Book 0c"
            for none in ((), []):
                assert pick(handled(with_fetches(none, many=many), **of_view).data)["title"] == "Book 0"


class TestPages:
    @pytest.mark.parametrize("rows", ["queryset", "list"])
    @pytest.mark.parametrize("generic", [False, True])
    def test_a_page_of_a_queryset_or_a_list(self, rows: str, generic: bool, library: Any, handled: Any) -> None:
        async def work(view: Any, call: Any) -> Any:
            given = Book.objects.order_by("pk") if rows == "queryset" else library.books
            return await call("paginated_response", given, headers={"X-One": "1"})

        response = handled(work, generic=generic, pagination_class=TenPerPage, queryset=Book.objects.all())
        assert response.data["count"] == 3
        assert response["X-One"] == "1"
        assert isinstance(response.made_by.paginator, TenPerPage)
        assert response.made_by.paginator.page.number == 1
        unpaged = handled(work, generic=generic, pagination_class=None, queryset=Book.objects.all())
        assert [row["title"] for row in unpaged.data] == ["Book 0", "Book 1", "Book 2"]

    @pytest.mark.parametrize("generic", [False, True])
    def test_a_class_that_the_call_names(self, generic: bool, library: Any, handled: Any) -> None:
        class One(LimitOffsetPagination):
            default_limit = 1

        async def work(view: Any, call: Any) -> Any:
            return await call(
                "paginated_response",
                Book.objects.order_by("pk"),
                pagination_class=One,
                serializer_class=BookTitleSerializer,
            )

        response = handled(work, generic=generic, pagination_class=TenPerPage, queryset=Book.objects.all())
        assert [set(row) for row in response.data["results"]] == [{"id", "title"}]
        assert isinstance(response.made_by.paginator, One)

    def test_a_paginator_that_pages_not_this_request(self, library: Any, handled: Any) -> None:
        class Never(TenPerPage):
            page_size = None

        async def work(view: Any, call: Any) -> Any:
            return await call("paginated_response", Book.objects.order_by("pk"))

        fetch = PostFetch(Tag.objects.all(), "tag", ["name"], name="title")
        response = handled(work, pagination_class=Never, post_fetches=[fetch])
        assert [row["title"] for row in response.data] == ["Book 0", "Book 1", "Book 2"]

    def test_headers_of_the_call_are_put_over_those_of_the_paginator(self, library: Any, handled: Any) -> None:
        class Telling(TenPerPage):
            def get_paginated_response(self, data: Any) -> Any:
                return DRFResponse(data, headers={"X-One": "paginator", "X-Two": "paginator"})

        async def work(view: Any, call: Any) -> Any:
            return await call("paginated_response", Book.objects.order_by("pk"), headers={"x-one": "call"})

        response = handled(work, pagination_class=Telling)
        assert (response["X-One"], response["X-Two"]) == ("call", "paginator")
        assert isinstance(response, Response)


@pytest.mark.parametrize(
    "call",
    [
        lambda view: view.avalidated_serializer(data={"title": "x"}, partial=True),
        lambda view: view.aserialized_response(Book.objects.all(), many=True),
        lambda view: view.apaginated_response(Book.objects.order_by("pk"), pagination_class=TenPerPage),
    ],
    ids=["validated", "serialized", "paginated"],
)
def test_a_helper_costs_one_crossing(call: Any, library: Any, factory: Any, answer: Any) -> None:
    class View(AsyncAPIView):
        authentication_classes = ()
        serializer_class = BookSerializer

        async def get(self, request):
            await call(self)
            return Response({})

    with assert_max_crossings(1) as crossings:
        answer(View.as_view(), factory.get("/"))
    assert crossings.count == 1


class TestClassesAndContext:
    """Which serializer class is used, and what it is given."""

    @each_kind
    @pytest.mark.parametrize("method", ["get_context", "get_serializer_context"])
    def test_either_override_of_the_context_reaches_the_serializer(
        self, method: str, base: Any, library: Any, factory: Any, answer: Any
    ) -> None:
        class Reading(BookSerializer):
            def to_representation(self, instance):
                return {
                    **super().to_representation(instance),
                    "word": self.context["word"],
                    "has": sorted(self.context),
                }

        def more(self: Any) -> Any:
            return {**getattr(base, method)(self), "word": "mine"}

        viewset = type("Viewset", (base,), {method: more, "serializer_class": Reading})
        row = answer(viewset.as_view({"get": "list"}), factory.get("/")).data["results"][0]
        assert (row["word"], row["has"]) == ("mine", ["format", "request", "view", "word"])

    @each_kind
    def test_the_format_suffix_is_in_the_context(self, base: Any, library: Any, factory: Any, answer: Any) -> None:
        class Reading(BookSerializer):
            def to_representation(self, instance):
                return {"format": self.context["format"]}

        viewset = type("Viewset", (base,), {"serializer_class": Reading})
        response = answer(viewset.as_view({"get": "list"}), factory.get("/"), format="json")
        assert response.data["results"][0] == {"format": "json"}

    @pytest.mark.parametrize(("direction", "expected"), [(None, "A"), ("request", "B"), ("response", "C")])
    def test_directions(self, direction: Any, expected: str) -> None:
        classes: Any = {name: type(name, (serializers.Serializer,), {}) for name in "ABCD"}

        class View(AsyncAPIView):
            serializer_class = classes["A"]
            request_serializer_class = classes["B"]
            response_serializer_class = classes["C"]

        view = View(request=None, format_kwarg=None)
        made = view.get_serializer(direction=direction, context={"own": True})
        assert type(made).__name__ == expected
        assert made.context == {"own": True}
        assert type(view.get_serializer(direction=direction, serializer_class=classes["D"])).__name__ == "D"
        alone = type("Alone", (AsyncAPIView,), {"serializer_class": classes["A"]})(request=None, format_kwarg=None)
        assert type(alone.get_serializer(direction=direction)).__name__ == "A"


class TestWrites:
    """The steps of `create`, `update` and `destroy`."""

    @each_kind
    def test_a_hook_that_stores_nothing_answers_with_the_valid_data(
        self, base: Any, library: Any, factory: Any, answer: Any
    ) -> None:
        class Viewset(base):
            response_serializer_class = type("Out", (serializers.Serializer,), {"title": serializers.CharField()})

            def perform_create(self, serializer):
                pass

        request = factory.post("/", {"title": "new", "author": library.author.pk}, format="json")
        response = answer(Viewset.as_view({"post": "create"}), request)
        assert (response.status_code, response.data) == (201, {"title": "new"})
        assert not Book.objects.filter(title="new").exists()

    @each_kind
    def test_the_input_serializers_data_are_never_read(
        self, base: Any, library: Any, factory: Any, answer: Any
    ) -> None:
        class Input(BookSerializer):
            @property
            def data(self):
                raise AssertionError

        viewset = type("V", (base,), {"request_serializer_class": Input, "response_serializer_class": BookSerializer})
        data = {"title": "new", "author": library.author.pk}
        assert answer(viewset.as_view({"post": "create"}), factory.post("/", data, format="json")).status_code == 201
        response = answer(
            viewset.as_view({"put": "update"}), factory.put("/", data, format="json"), pk=library.books[0].pk
        )
        assert (response.status_code, response.data["title"]) == (200, "new")

    @each_kind
    def test_success_headers_get_the_response_data(self, base: Any, library: Any, factory: Any, answer: Any) -> None:
        class Viewset(base):
            response_serializer_class = BookTitleSerializer

            def get_success_headers(self, data):
                return {"X-Id": str(data["id"]), "X-Keys": ",".join(data)}

        request = factory.post("/", {"title": "new", "author": library.author.pk}, format="json")
        response = answer(Viewset.as_view({"post": "create"}), request)
        assert response["X-Id"] == str(Book.objects.get(title="new").pk)
        assert response["X-Keys"] == "id,title"

    @each_kind
    def test_the_default_headers_are_the_objects_url(self, base: Any, library: Any, factory: Any, answer: Any) -> None:
        class Out(serializers.Serializer[Any]):
            pass

        Out._declared_fields = {api_settings.URL_FIELD_NAME: serializers.CharField(source="title")}  # type: ignore[attr-defined]
        viewset = type("Viewset", (base,), {"response_serializer_class": Out})
        request = factory.post("/", {"title": "/new/", "author": library.author.pk}, format="json")
        assert answer(viewset.as_view({"post": "create"}), request)["Location"] == "/new/"

    @each_kind
    def test_an_update_forgets_what_was_prefetched_before_it(
        self, base: Any, library: Any, factory: Any, answer: Any
    ) -> None:
        class WithTags(BookSerializer):
            class Meta(BookSerializer.Meta):
                fields = ["title", "author", "tags"]

        tags = [Tag.objects.create(name=name) for name in "ab"]
        library.books[0].tags.set(tags[:1])
        queryset = Book.objects.prefetch_related("tags")
        viewset = type("Viewset", (base,), {"queryset": queryset, "serializer_class": WithTags})
        data = {"title": "x", "author": library.author.pk, "tags": [tags[1].pk]}
        response = answer(
            viewset.as_view({"put": "update"}), factory.put("/", data, format="json"), pk=library.books[0].pk
        )
        assert response.data["tags"] == [tags[1].pk]

    @each_kind
    @pytest.mark.parametrize(
        ("method", "expected"), [("delete", ["delete"]), ("adelete", ["adelete"]), ("both", ["adelete"])]
    )
    def test_the_models_own_way_to_delete_is_taken(
        self, method: str, expected: list[str], base: Any, library: Any, factory: Any, answer: Any, monkeypatch: Any
    ) -> None:
        log: list[str] = []

        def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
            log.append("delete")
            return Model.delete(self, *args, **kwargs)

        async def adelete(self: Any, *args: Any, **kwargs: Any) -> Any:
            log.append("adelete")
            return await Model.adelete(self, *args, **kwargs)

        for name, own in (("delete", delete), ("adelete", adelete)):
            if method in (name, "both"):
                monkeypatch.setattr(Book, name, own, raising=False)
        response = answer(base.as_view({"delete": "destroy"}), factory.delete("/"), pk=library.books[0].pk)
        assert response.status_code == 204
        assert response.content == b""
        assert log[0] == ("delete" if base is Books and method == "both" else expected[0])

    @pytest.mark.parametrize(("base", "is_async"), [(AsyncBooks, True), (AsyncBooks, False), (Books, False)])
    def test_a_whole_action_may_be_replaced(
        self, is_async: bool, base: Any, library: Any, factory: Any, answer: Any
    ) -> None:
        def sync(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            return Response({"count": Book.objects.count()})

        async def aio(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            return Response({"count": await Book.objects.acount()})

        for name, method in (("list", "get"), ("create", "post"), ("update", "put"), ("destroy", "delete")):
            viewset = type("Viewset", (base,), {name: aio if is_async else sync})
            response = answer(viewset.as_view({method: name}), getattr(factory, method)("/"))
            assert response.data == {"count": 3}
