"""The instances of a listing are made in a cheaper way than Django's, and nothing can tell them apart."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import django
import pytest
from django.db import connection
from django.db.models import Count, F, Model, Prefetch, Value
from django.db.models.functions import Length
from django.db.models.query import ModelIterable
from django.db.models.signals import post_init, pre_init
from django.test.utils import CaptureQueriesContext, isolate_apps
from views_testapp.models import Author, Book, Cafe, Mark, Paper, Place, Seat, Tag
from views_testapp.views import AsyncBooks, Books

from restflow.views._rows import RowIterable, quick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(library: Any) -> Any:
    library.books[0].tags.add(Tag.objects.create(name="tagged"))
    return library.books


@pytest.fixture(autouse=True)
def others(db: None) -> None:
    first = Cafe.objects.create(name="a", words=["x", "y"])
    Cafe.objects.create(name="b", seats=1, near=first)
    Mark.objects.bulk_create([Mark("a"), Mark("b"), Mark("c")])
    Seat.objects.bulk_create([Seat(row=1, number=number) for number in range(3)])
    Paper.objects.bulk_create([Paper(upload="a.txt"), Paper(upload="b.txt")])


def state_of(instance: Any, seen: tuple[Any, ...] = ()) -> Any:
    """All that an instance holds; caches of relations by what they hold in turn."""
    if any(instance is one for one in seen):
        return "seen"
    values = dict(vars(instance))
    order = list(values)
    state = dict(vars(values.pop("_state")))
    related = {name: state_of(value, (*seen, instance)) for name, value in state.pop("fields_cache", {}).items()}
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
    "distinct, ordered by a column of a relation": lambda: Book.objects.distinct().order_by("author__name", "-pk"),
    "distinct, ordered by an expression": lambda: Book.objects.distinct().order_by(Length("title"), "pk"),
    "ordered by what an extra selects": lambda: Book.objects.extra(select={"one": "1"}, order_by=["one", "id"]),
    "extra that selects nothing": lambda: Book.objects.extra(where=["pages = 1"], order_by=["-id"]),
    "a subquery": lambda: Book.objects.filter(pk__in=Book.objects.filter(pages=1)).order_by("pk"),
    "aliased and ordered by it": lambda: Book.objects.alias(n=Count("tags")).order_by("-n", "pk"),
    "annotated after only": lambda: Book.objects.only("title").annotate(n=Value(1)).order_by("pk"),
    "only all": lambda: Mark.objects.only("code").order_by("pk"),
    "deferred, then not": lambda: Book.objects.defer("title").defer(None).order_by("pk"),
    "reversed": lambda: Book.objects.order_by("pk").reverse(),
    "intersection": lambda: Book.objects.all().intersection(Book.objects.filter(pages=1)),
    "difference": lambda: Book.objects.all().difference(Book.objects.filter(pages=2)),
    "combined by or": lambda: (Author.objects.get().book_set.all() | Book.objects.all()).order_by("pk"),
    "of a many-to-many": lambda: Book.objects.first().tags.all(),  # type: ignore[union-attr]
    "no rows": lambda: Book.objects.filter(title="none"),
    "one row": lambda: Book.objects.order_by("pk")[:1],
    "parent": lambda: Place.objects.order_by("pk"),
    "child of a concrete parent": lambda: Cafe.objects.order_by("pk"),
    "child, of some columns": lambda: Cafe.objects.defer("name", "size").order_by("pk"),
    "parent with its child": lambda: Place.objects.select_related("cafe").order_by("pk"),
    "one column": lambda: Mark.objects.order_by("pk"),
    "two columns as the key": lambda: Seat.objects.order_by("pk"),
    "files": lambda: Paper.objects.order_by("pk"),
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


PLAIN = [
    "all",
    "filtered",
    "distinct over a join",
    "distinct, ordered by a column of a relation",
    "sliced",
    "alias",
    "prefetch_related",
    "extra that selects nothing",
    "deferred, then not",
    "parent",
    "child of a concrete parent",
    "one column",
    "two columns as the key",
]


@pytest.mark.parametrize("name", PLAIN)
def test_init_runs_once_for_a_page(name: str, made: list[type]) -> None:
    rows = quick(QUERYSETS[name]())
    assert len(rows) > 1
    assert [cls for cls in made if cls is rows.model] == [rows.model]


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


def proxy_of(base: Any, namespace: dict[str, Any], *more: type, metaclass: Any = None) -> Any:
    meta = type("Meta", (), {"proxy": True, "app_label": "views_testapp"})
    make = metaclass or type(base)
    with isolate_apps("views_testapp"):
        return make("Own", (base, *more), {**namespace, "Meta": meta, "__module__": __name__})


def noting(log: list[str], original: Any) -> Any:
    def method(*args: Any, **kwargs: Any) -> Any:
        log.append("called")
        return original(*args, **kwargs)

    return method


class TestClassesOfTheProject:
    """Whatever a class does while Django makes an instance is done for each instance."""

    def test_an_init_that_comes_after_django_s(self) -> None:
        class Mixin:
            def __init__(self) -> None:
                super().__init__()
                self.prepared = True

        own = proxy_of(Author, {}, Mixin)
        Author.objects.create(name="Italo")
        assert all(row.prepared for row in quick(own.objects.all()))

    def test_a_new_of_its_own(self) -> None:
        log: list[str] = []
        own = proxy_of(Book, {"__new__": noting(log, lambda cls, *args: object.__new__(cls))})
        assert len(quick(own.objects.all())) == len(log) == 3

    def test_a_setattr_of_its_own(self) -> None:
        log: list[str] = []
        own = proxy_of(Mark, {"__setattr__": noting(log, object.__setattr__)})
        assert len(quick(own.objects.all())) == 3
        assert len(log) == 3 * 2  # the column and `_state`

    def test_a_metaclass_that_makes_the_instances(self) -> None:
        log: list[str] = []

        class Meta(type(Book)):  # type: ignore[misc]
            def __call__(cls, *args: Any, **kwargs: Any) -> Any:
                log.append("called")
                return super().__call__(*args, **kwargs)

        own = proxy_of(Book, {}, metaclass=Meta)
        assert len(quick(own.objects.all())) == len(log) == 3

    def test_a_from_db_of_its_own(self) -> None:
        log: list[str] = []
        own = proxy_of(Book, {"from_db": classmethod(noting(log, Book.from_db.__func__))})  # type: ignore[attr-defined]
        assert len(quick(own.objects.all())) == len(log) == 3

    def test_a_plain_proxy_is_made_quickly_and_as_itself(self, made: list[type]) -> None:
        own = proxy_of(Book, {})
        assert [type(row) for row in quick(own.objects.all())] == [own] * 3
        assert made == [own]

    def test_the_class_is_that_of_the_query(self) -> None:
        """Someone may give a queryset another model; Django makes what the query is of."""
        rows = Book.objects.all()
        rows.model = proxy_of(Book, {})
        assert [type(row) for row in rows.all()] == [type(row) for row in quick(rows.all())] == [Book] * 3


class TestChangesAtRunTime:
    """What is put in place after the first request counts from then on."""

    @pytest.fixture(autouse=True)
    def listed(self) -> None:
        assert len(quick(Book.objects.all())) == 3

    @pytest.mark.parametrize("signal", [pre_init, post_init])
    def test_a_receiver(self, signal: Any) -> None:
        log: list[str] = []
        receiver = noting(log, lambda **kwargs: None)
        signal.connect(receiver, sender=Book)
        try:
            list(quick(Book.objects.all()))
        finally:
            signal.disconnect(receiver, sender=Book)
        list(quick(Book.objects.all()))
        assert len(log) == 3

    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (Book, "__init__"),
            (Model, "__init__"),
            (Book, "__setattr__"),
            (Model, "__setattr__"),
            (type(Book), "__call__"),
            (ModelIterable, "__iter__"),
        ],
        ids=str,
    )
    def test_a_method(self, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        log: list[str] = []
        monkeypatch.setattr(owner, name, noting(log, getattr(owner, name)))
        assert len(list(quick(Book.objects.all()))) == 3
        calls = len(log)
        assert len(list(Book.objects.all())) == 3
        assert calls == len(log) - calls > 0

    @pytest.mark.parametrize("owner", [Book, Model])
    def test_from_db(self, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        log: list[str] = []
        monkeypatch.setattr(owner, "from_db", classmethod(noting(log, owner.from_db.__func__)))
        assert len(quick(Book.objects.all())) == len(log) == 3

    def test_a_descriptor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Upper:
            def __set__(self, instance: Any, value: Any) -> None:
                vars(instance)["title"] = value.upper()

            def __get__(self, instance: Any, owner: Any) -> Any:
                return self if instance is None else vars(instance)["title"]

        monkeypatch.setattr(Book, "title", Upper())
        assert [row.title for row in quick(Book.objects.all())] == ["BOOK 0", "BOOK 1", "BOOK 2"]


@pytest.mark.parametrize("name", ["__init__", "from_db"])
def test_a_project_that_patched_django_before_this_was_imported(name: str) -> None:
    """What was in place of Django's own method at import is not taken for Django's own."""
    program = f"""
import functools, django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
)
from django.db.models import Model
own, log = Model.{name}, []
own = getattr(own, "__func__", own)
@functools.wraps(own)
def noted(*args, **kwargs):
    log.append(1)
    return own(*args, **kwargs)
Model.{name} = classmethod(noted) if "{name}" == "from_db" else noted
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from restflow.views._rows import quick
call_command("migrate", verbosity=0)
log.clear()
rows = list(quick(ContentType.objects.all()))
ContentType.objects.bulk_create([ContentType(app_label="a", model=str(n)) for n in range(3)])
log.clear()
print(len(list(quick(ContentType.objects.filter(app_label="a")))), len(log))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("3 3\n", "")


class TestWhatIsDoneWithTheRows:
    def test_a_reader_that_stops_half_way_leaves_the_connection_usable(self) -> None:
        for rows in (iter(quick(Book.objects.all())), quick(Book.objects.all()).iterator(chunk_size=1)):
            next(rows)
            next(rows)
            del rows
            assert len(quick(Book.objects.all())) == 3

    def test_refresh_and_deferred_access_read_the_row_again(self) -> None:
        _, row, _ = quick(Book.objects.order_by("pk"))
        Book.objects.filter(pk=row.pk).update(title="Changed", pages=9)
        row.refresh_from_db(fields=["title"])
        assert (row.title, row.pages) == ("Changed", 1)
        del row.pages
        assert row.pages == 9
        row.refresh_from_db()
        expected = Book.objects.get(pk=row.pk)
        expected.refresh_from_db()
        del expected.pages
        assert expected.pages == 9
        assert row.pages == 9
        assert {**vars(row), "_state": 0} == {**vars(expected), "_state": 0}

    def test_a_foreign_key_that_is_set_drops_the_cached_row(self) -> None:
        _, row, _ = quick(Book.objects.order_by("pk"))
        assert row.author.name == "Ursula"
        row.author_id = Author.objects.create(name="Italo").pk
        assert row.author.name == "Italo"

    def test_rows_are_equal_hash_alike_and_pickle_like_those_of_django(self) -> None:
        for rows in (Book.objects.order_by("pk"), Cafe.objects.order_by("pk"), Seat.objects.order_by("row", "number")):
            own, expected = list(quick(rows.all())), list(rows.all())
            assert own == expected
            assert [hash(row) for row in own] == [hash(row) for row in expected]
            for again in (lambda made: pickle.loads(pickle.dumps(made)), copy.deepcopy):
                assert [state_of(row) for row in again(own)] == [state_of(row) for row in again(expected)]

    def test_a_queryset_of_them_pickles(self) -> None:
        rows = quick(Book.objects.order_by("pk"))
        assert pickle.loads(pickle.dumps(rows))[1] == rows[1]

    async def test_async_iteration(self) -> None:
        expected = [state_of(row) async for row in Mark.objects.order_by("pk")]
        assert [state_of(row) async for row in quick(Mark.objects.order_by("pk"))] == expected
        assert [state_of(row) async for row in quick(Mark.objects.order_by("pk")).aiterator()] == expected

    def test_clean_and_validation_see_a_stored_row(self) -> None:
        for row in quick(Mark.objects.all()):
            row.full_clean()  # a row that were new would not be unique


@pytest.mark.needs("postgres")
@pytest.mark.django_db(databases=["default", "postgres"])
def test_rows_know_their_database() -> None:
    for number in range(3):
        author = Author.objects.using("postgres").create(name=f"{number}")
        Book.objects.using("postgres").create(title="There", author=author)
    rows = Book.objects.using("postgres").order_by("pk")
    assert [state_of(row) for row in quick(rows.all())] == [state_of(row) for row in rows]
    for row in quick(rows.all()):
        assert row._state.db == row.author._state.db == "postgres"
        row.save()
        assert not Book.objects.using("default").filter(title="There").exists()


@pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.1 has fetch modes")
@pytest.mark.parametrize("mode", ["FETCH_ONE", "FETCH_PEERS", "FETCH_RAISE"])
def test_fetch_modes(mode: str) -> None:
    mode = getattr(django.db.models, mode)

    def states(rows: Any) -> Any:
        made = list(rows)
        for row in made:
            vars(row._state)["peers"] = [made.index(peer()) for peer in row._state.peers]
        return [state_of(row) for row in made]

    def make() -> Any:
        return Book.objects.fetch_mode(mode).order_by("pk")  # type: ignore[attr-defined]

    assert states(quick(make())) == states(make())

    def authors(rows: Any) -> Any:
        with CaptureQueriesContext(connection) as captured:
            try:
                return [row.author.name for row in rows], len(captured)
            except Exception as error:
                return type(error), len(captured)

    assert authors(quick(make())) == authors(make())


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
