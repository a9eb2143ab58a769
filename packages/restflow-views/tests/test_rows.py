"""The instances of a listing are made in a cheaper way than Django's, and nothing can tell them apart."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F, Model, Prefetch, Value
from django.db.models.signals import post_init, pre_init
from django.test.utils import CaptureQueriesContext
from views_testapp.models import Author, Book, Tag
from views_testapp.views import AsyncBooks, Books

from restflow.views import AsyncAPIView
from restflow.views._rows import RowIterable, quick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(library: Any) -> Any:
    library.books[0].tags.add(Tag.objects.create(name="tagged"))
    return library.books


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The classes of the instances whose `__init__` has run."""
    seen: list[type] = []
    original = Model.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(type(self))
        original(self, *args, **kwargs)

    monkeypatch.setattr(Model, "__init__", init)
    monkeypatch.setattr("restflow.views._rows._INIT", init)
    return seen


def state_of(instance: Any) -> Any:
    """All that an instance holds; caches of relations by what they hold in turn."""
    values = dict(vars(instance))
    order = list(values)
    state = dict(vars(values.pop("_state")))
    related = {name: state_of(value) for name, value in state.pop("fields_cache", {}).items()}
    prefetched = values.pop("_prefetched_objects_cache", {})
    related |= {name: [vars(row)["_state"].db for row in rows] for name, rows in prefetched.items()}
    return type(instance), order, values, state, related


QUERYSETS: dict[str, Callable[[], Any]] = {
    "all": lambda: Book.objects.order_by("pk"),
    "filtered": lambda: Book.objects.filter(author__name="Ursula", pages=1).order_by("-title"),
    "distinct over a join": lambda: Book.objects.filter(author__name="Ursula").distinct().order_by("author__name"),
    "sliced": lambda: Book.objects.order_by("pk")[1:3],
    "empty": Book.objects.none,
    "select_related": lambda: Book.objects.select_related("author").order_by("pk"),
    "prefetch_related": lambda: Book.objects.prefetch_related("tags").order_by("pk"),
    "prefetch of a queryset": lambda: Author.objects.prefetch_related(
        Prefetch("book_set", quick(Book.objects.order_by("pk")))
    ),
    "annotated": lambda: Book.objects.annotate(n=Count("tags")).order_by("pk"),
    "alias": lambda: Book.objects.alias(n=Count("tags")).filter(n=0).order_by("pk"),
    "only": lambda: Book.objects.only("title").order_by("pk"),
    "defer": lambda: Book.objects.defer("title").order_by("pk"),
    "extra": lambda: Book.objects.extra(select={"one": "1"}).order_by("pk"),
    "of a relation": lambda: Author.objects.get().book_set.order_by("pk"),
    "union": lambda: Book.objects.filter(pages=1).union(Book.objects.filter(pages=2)),
    "named database": lambda: Book.objects.using("default").order_by("pk"),
}


@pytest.mark.parametrize("make", QUERYSETS.values(), ids=list(QUERYSETS))
def test_instances_equal_those_of_django(make: Callable[[], Any]) -> None:
    assert [state_of(row) for row in quick(make())] == [state_of(row) for row in make()]


@pytest.mark.parametrize("make", QUERYSETS.values(), ids=list(QUERYSETS))
def test_the_queries_are_those_of_django(make: Callable[[], Any]) -> None:
    def queries(rows: Callable[[], Any]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            list(rows())
        return [query["sql"] for query in captured]

    assert queries(lambda: quick(make())) == queries(make)


def test_init_runs_once_for_a_page(made: list[type]) -> None:
    assert len(quick(Book.objects.all())) == 3
    assert made == [Book]


def test_values_and_iterators_of_such_a_queryset_are_django_s(books: Any) -> None:
    rows = quick(Book.objects.order_by("pk"))
    assert list(rows.values_list("title", flat=True)) == [book.title for book in books]
    assert rows.values("title").annotate(more=F("pages") + Value(1))[0] == {"title": "Book 0", "more": 2}
    assert [state_of(row) for row in rows.iterator(chunk_size=2)] == [
        state_of(row) for row in Book.objects.order_by("pk")
    ]
    assert rows.get(title="Book 1") == books[1]
    assert (rows.count(), rows.exists(), rows.first()) == (3, True, books[0])


def test_a_row_is_changed_saved_pickled_and_deleted_like_any() -> None:
    _, row, other = quick(Book.objects.order_by("pk"))
    row.title = "Changed"
    row.save()
    assert Book.objects.get(pk=row.pk).title == "Changed"
    assert pickle.loads(pickle.dumps(row)) == row
    assert row.author.name == "Ursula"
    assert "author" not in vars(other._state).get("fields_cache", {})  # instances share nothing
    row.delete()
    assert not Book.objects.filter(title="Changed").exists()


def test_a_row_that_is_changed_at_once_does_not_change_the_next() -> None:
    rows = iter(quick(Book.objects.order_by("pk")))
    next(rows)._state.db = "elsewhere"
    assert next(rows)._state.db == "default"


@pytest.mark.parametrize("signal", [pre_init, post_init])
@pytest.mark.parametrize("sender", [Book, None])
def test_a_receiver_hears_of_each_instance(signal: Any, sender: Any) -> None:
    heard: list[Any] = []

    def receiver(**kwargs: Any) -> None:
        heard.append(kwargs["sender"])

    signal.connect(receiver, sender=sender)
    try:
        list(quick(Book.objects.all()))
    finally:
        signal.disconnect(receiver, sender=sender)
    assert heard == [Book] * 3


def test_an_overridden_way_of_making_instances_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def noted(name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return original(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Book, "__init__", noted("init", Book.__init__))
        list(quick(Book.objects.all()))
    with monkeypatch.context() as patch:
        patch.setattr(Book, "from_db", classmethod(noted("from_db", Book.from_db.__func__)))
        list(quick(Book.objects.all()))
    with monkeypatch.context() as patch:
        patch.setattr(Model, "__init__", noted("patched", Model.__init__))
        list(quick(Book.objects.all()))
    assert calls == ["init"] * 3 + ["from_db"] * 3 + ["patched"] * 3


def test_a_column_with_a_descriptor_of_its_own_is_set_through_it() -> None:
    class Upper:
        def __set__(self, instance: Any, value: Any) -> None:
            vars(instance)["name"] = value.upper()

        def __get__(self, instance: Any, owner: Any) -> Any:
            return self if instance is None else vars(instance)["name"]

    class Shouting(Author):
        name = Upper()

        class Meta:
            proxy = True
            app_label = "views_testapp"

    Author.objects.create(name="Italo")
    assert [author.name for author in quick(Shouting.objects.order_by("pk"))] == ["URSULA", "ITALO"]


def test_what_is_no_fresh_queryset_of_instances_stays_as_it_is() -> None:
    evaluated = Book.objects.all()
    list(evaluated)
    for rows in ([1, 2], evaluated, Book.objects.values("title"), Book.objects.values_list("title"), Book.objects):
        assert quick(rows) is rows
    fresh = Book.objects.all()
    assert quick(fresh)._iterable_class is RowIterable
    assert fresh._iterable_class is not RowIterable  # the given one is left alone


@pytest.mark.parametrize("viewset", [Books, AsyncBooks])
def test_an_override_gets_instances_and_may_ask_the_queryset_for_anything(
    viewset: Any, factory: Any, answer: Any
) -> None:
    seen: dict[str, Any] = {}

    class Looking(viewset):  # type: ignore[misc]
        def paginate_queryset(self, queryset: Any) -> Any:
            seen["titles"] = list(queryset.values_list("title", flat=True))
            page = super().paginate_queryset(queryset)
            seen["page"] = page
            return page

    response = answer(Looking.as_view({"get": "list"}), factory.get("/"))
    assert seen["titles"] == [row["title"] for row in response.data["results"]] == ["Book 0", "Book 1", "Book 2"]
    assert [state_of(row) for row in seen["page"]] == [state_of(row) for row in Book.objects.all()]


@pytest.mark.parametrize("viewset", [Books, AsyncBooks])
def test_a_page_is_made_so(viewset: Any, factory: Any, answer: Any, made: list[type]) -> None:
    response = answer(viewset.as_view({"get": "list"}), factory.get("/"))
    assert len(response.data["results"]) == 3
    assert made == [Book]


def test_many_without_a_page_is_made_so(factory: Any, answer: Any, made: list[type]) -> None:
    class All(AsyncAPIView):
        response_serializer_class = Books.serializer_class

        async def get(self, request: Any) -> Any:
            return await self.aserialized_response(Book.objects.all(), many=True)

    assert len(answer(All.as_view(), factory.get("/")).data) == 3
    assert made == [Book]
