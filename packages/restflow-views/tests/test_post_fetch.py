"""`PostFetch` attaches what a naive join would, with one query and the limit in SQL, on each database."""

import random
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core.exceptions import FieldError
from django.db import connections
from django.db.models import Count, F, Max, Value
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext
from views_testapp.models import Author, Book, Review

from restflow.test import assert_max_crossings, assert_num_queries
from restflow.views import PostFetch

ALIASES = [alias for alias in ("default", "postgres") if alias in django_settings.DATABASES]
DATABASES = ["default", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]
pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture(params=DATABASES)
def using(request: Any) -> str:
    return request.param


@pytest.fixture(params=["sync", "async"])
def fetch(request: Any) -> Any:
    """Attaches through either door, and checks what that costs."""

    def run(post_fetch: PostFetch, items: Any, *, using: str, queries: int = 1, **kwargs: Any) -> list[Any]:
        with assert_num_queries(queries, using=using), assert_max_crossings(1 if request.param == "async" else 0):
            if request.param == "sync":
                result = post_fetch.fetch(items, **kwargs)
            else:
                result = async_to_sync(post_fetch.afetch)(items, **kwargs)
        return result

    return run


@pytest.fixture
def books(using: str) -> list[Book]:
    """Three books with three, two and no reviews."""
    author = Author.objects.using(using).create(name="Ursula")
    made = [Book.objects.using(using).create(title=f"Book {n}", author=author, pages=n) for n in range(3)]
    for book, ratings in zip(made, [[1, 5, 3], [2, 4], []], strict=True):
        for rating in ratings:
            Review.objects.using(using).create(book=book, rating=rating, reader=f"reader {rating}")
    return made


def reviews(using: str) -> Any:
    return Review.objects.using(using)


def ratings(found: Any) -> Any:
    if found is None:
        return None
    if isinstance(found, list):
        return [row["rating"] if isinstance(row, dict) else row.rating for row in found]
    return found["rating"] if isinstance(found, dict) else found.rating


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(1, [5, 4, None]), (2, [[5, 3], [4, 2], []]), (100, [[5, 3, 1], [4, 2], []]), (None, [[5, 3, 1], [4, 2], []])],
)
@pytest.mark.parametrize("values", [None, ["rating"]])
def test_the_limit_is_per_base_object(limit: Any, values: Any, expected: Any, books: Any, using: str, fetch: Any):
    post_fetch = PostFetch(reviews(using), "best", values, limit=limit, order_by="-rating", book_id="id")
    result = fetch(post_fetch, books, using=using)
    assert result == books
    assert [ratings(book.best) for book in result] == expected


def test_the_database_applies_the_limit(books: Any, using: str) -> None:
    with CaptureQueriesContext(connections[using]) as captured:
        PostFetch(reviews(using), "best", limit=1, book_id="id").fetch(books)
    sql = captured.captured_queries[0]["sql"]
    with connections[using].cursor() as cursor:
        cursor.execute(sql)
        assert len(cursor.fetchall()) == 2


@pytest.mark.parametrize(
    ("queryset", "order_by", "best"),
    [
        (lambda q: q, None, 5),  # Meta.ordering
        (lambda q: q.order_by("rating"), None, 1),
        (lambda q: q.order_by("rating"), "-rating", 5),
        (lambda q: q.order_by(F("rating").desc(nulls_last=True)), None, 5),
        (lambda q: q.order_by(), None, 1),  # pk
        (lambda q: q, [F("rating").asc()], 1),
        (lambda q: q, ("reader",), 1),
    ],
)
def test_the_order(queryset: Any, order_by: Any, best: int, books: Any, using: str, fetch: Any) -> None:
    post_fetch = PostFetch(queryset(reviews(using)), "best", order_by=order_by, book_id="id")
    assert fetch(post_fetch, books, using=using)[0].best.rating == best


def test_rows_are_instances_with_their_relations(books: Any, using: str, fetch: Any) -> None:
    post_fetch = PostFetch(reviews(using).select_related("book__author"), "best", book_id="id")
    result = fetch(post_fetch, books, using=using)
    with CaptureQueriesContext(connections[using]) as captured:
        assert result[0].best.book.author.name == "Ursula"
    assert not captured
    assert not [name for name in vars(result[0].best) if name.startswith("_restflow")]
    prefetching = PostFetch(reviews(using).prefetch_related("book"), "best", book_id="id")
    assert fetch(prefetching, books, using=using, queries=2)[0].best.book == books[0]


def test_rows_are_dicts_of_values_expressions_and_the_join(books: Any, using: str, fetch: Any) -> None:
    post_fetch = PostFetch(reviews(using), "best", ["rating"], {"loud": Upper("reader"), "one": Value(1)}, book_id="id")
    expected = {"rating": 5, "loud": "READER 5", "one": 1, "book_id": books[0].pk}
    assert fetch(post_fetch, books, using=using)[0].best == expected
    only = PostFetch(reviews(using), "best", values_dict={"loud": Upper("reader")}, book_id="id")
    assert fetch(only, books, using=using)[0].best == {"loud": "READER 5", "book_id": books[0].pk}


def test_a_count_per_base_object(books: Any, using: str, fetch: Any) -> None:
    post_fetch = PostFetch(reviews(using), "stats", [], {"n": Count("id"), "top": Max("rating")}, book_id="id")
    result = fetch(post_fetch, books, using=using)
    assert [book.stats for book in result] == [
        {"book_id": books[0].pk, "n": 3, "top": 5},
        {"book_id": books[1].pk, "n": 2, "top": 4},
        None,
    ]


def test_groups_are_limited_and_ordered(books: Any, using: str, fetch: Any) -> None:
    reviews(using).create(book=books[0], rating=9, reader="reader 5")
    post_fetch = PostFetch(
        reviews(using), "stats", ["reader"], {"n": Count("id")}, limit=2, order_by=["-n", "reader"], book_id="id"
    )
    groups = fetch(post_fetch, books, using=using)[0].stats
    assert [(group["reader"], group["n"]) for group in groups] == [("reader 5", 2), ("reader 1", 1)]


def test_a_queryset_that_groups_by_itself_is_taken_as_it_is(books: Any, using: str, fetch: Any) -> None:
    grouped = reviews(using).order_by().values("book_id").annotate(n=Count("id"))
    assert fetch(PostFetch(grouped, "n", book_id="id"), books, using=using)[0].n == {"book_id": books[0].pk, "n": 3}
    with pytest.raises(ValueError, match="values_list"):
        PostFetch(reviews(using).values_list("rating"), "n", book_id="id").fetch(books)
    with pytest.raises(ValueError, match="leave values"):
        PostFetch(grouped, "n", ["rating"], book_id="id").fetch(books)
    with pytest.raises(ValueError, match="lack 'book_id'"):
        PostFetch(reviews(using).values("rating"), "n", book_id="id").fetch(books)


def test_composite_keys_match_as_a_whole(books: Any, using: str, fetch: Any) -> None:
    base = [{"book": books[0].pk, "who": "reader 5"}, {"book": books[1].pk, "who": "reader 5"}]
    post_fetch = PostFetch(reviews(using), "review", ["rating"], book_id="book", reader="who")
    assert [ratings(item["review"]) for item in fetch(post_fetch, base, using=using)] == [5, None]


def test_more_composite_keys_than_a_condition_takes(books: Any, using: str, fetch: Any) -> None:
    base = [{"book": books[n % 2].pk, "who": f"reader {n}"} for n in range(500)]
    post_fetch = PostFetch(reviews(using), "review", ["rating"], book_id="book", reader="who")
    found = [ratings(item["review"]) for item in fetch(post_fetch, base, using=using)]
    # rows that match column by column only are not attached
    assert {n: rating for n, rating in enumerate(found) if rating} == {}
    base[5]["book"], base[4]["book"] = books[0].pk, books[1].pk
    found = [ratings(item["review"]) for item in fetch(post_fetch, base, using=using)]
    assert {n: rating for n, rating in enumerate(found) if rating} == {5: 5, 4: 4}


def test_a_lookup_may_span_relations(books: Any, using: str, fetch: Any) -> None:
    author = books[0].author
    post_fetch = PostFetch(reviews(using), "all", limit=None, book__author_id="id")
    assert ratings(fetch(post_fetch, [author], using=using)[0].all) == [5, 4, 3, 2, 1]


def test_many_to_many_lookups(using: str, books: Any, fetch: Any) -> None:
    tag = books[0].tags.create(name="old")
    books[1].tags.add(tag)
    post_fetch = PostFetch(Book.objects.using(using), "books", limit=None, order_by="title", tags="id")
    assert fetch(post_fetch, [tag], using=using)[0].books == books[:2]


def test_names_that_clash_go_into_on(using: str, books: Any, fetch: Any) -> None:
    post_fetch = PostFetch(reviews(using), "best", on={"book_id": "limit"})
    assert fetch(post_fetch, [{"limit": books[0].pk}], using=using)[0]["best"].rating == 5


def test_every_base_item_gets_rows_of_its_own(using: str, books: Any, fetch: Any) -> None:
    twice = [books[0], books[0].__class__.objects.using(using).get(pk=books[0].pk)]
    result = fetch(PostFetch(reviews(using), "all", ["rating"], limit=5, book_id="id"), twice, using=using)
    result[0].all[0]["rating"] = 0
    result[0].all.pop()
    assert ratings(result[1].all) == [5, 3, 1]
    empty = fetch(PostFetch(reviews(using), "all", limit=5, book_id="id"), [books[2], {"id": books[2].pk}], using=using)
    assert empty[0].all == []
    assert empty[0].all is not empty[1]["all"]


@pytest.mark.parametrize("kind", ["list", "queryset", "iterator", "tuple", "dicts", "objects"])
def test_base_items_of_every_kind(kind: str, using: str, books: Any, fetch: Any) -> None:
    queryset = Book.objects.using(using).order_by("pk")
    items = {
        "list": lambda: books,
        "queryset": lambda: queryset,
        "iterator": lambda: iter(books),
        "tuple": lambda: tuple(books),
        "dicts": lambda: [{"id": book.pk} for book in books],
        "objects": lambda: [SimpleNamespace(id=book.pk) for book in books],
    }[kind]()
    result = fetch(
        PostFetch(reviews(using), "best", book_id="id"), items, using=using, queries=2 if kind == "queryset" else 1
    )
    found = [item["best"] if isinstance(item, dict) else item.best for item in result]
    assert [ratings(row) for row in found] == [5, 4, None]


@pytest.mark.parametrize("items", [[], (), [{"id": None}, {}], [SimpleNamespace(id=None)]])
def test_no_key_no_query_and_no_crossing(items: Any, using: str, fetch: Any) -> None:
    post_fetch = PostFetch(reviews(using), "best", book_id="id")
    fetch(post_fetch, items, using=using, queries=0)
    with assert_max_crossings(0):
        result = async_to_sync(post_fetch.afetch)(items)
    assert all((item["best"] if isinstance(item, dict) else item.best) is None for item in result)


BAD_KEYS = ["x", "", [1], {}, 1.5, "1.5", 2**80, -(2**80), b"x", "\0", float("nan"), float("inf"), uuid.UUID(int=2**99)]


@pytest.mark.parametrize("key", BAD_KEYS, ids=str)
def test_a_value_of_a_wrong_type_has_no_match(key: Any, using: str, books: Any) -> None:
    [item] = PostFetch(reviews(using), "best", book_id="key").fetch([{"key": key}])
    assert item["best"] is None


def test_values_are_converted_by_the_joined_field(using: str, books: Any, fetch: Any) -> None:
    review = reviews(using).filter(book=books[0]).first()
    keys = [str(books[0].pk), books[0], books[0].pk, float(books[0].pk)]
    items = [{"key": key} for key in keys]
    assert [ratings(i["best"]) for i in fetch(PostFetch(reviews(using), "best", book="key"), items, using=using)] == [
        5
    ] * 4
    codes = [{"key": str(review.code)}, {"key": review.code}, {"key": review.code.hex}, {"key": "no"}, {"key": "a\0"}]
    found = fetch(PostFetch(reviews(using), "review", code="key"), codes, using=using)
    assert [item["review"] for item in found] == [review] * 3 + [None] * 2


def test_a_callable_gets_the_view(using: str, books: Any, fetch: Any) -> None:
    post_fetch = PostFetch(lambda view: reviews(using).filter(rating__lt=view.limit), "best", book_id="id")
    assert fetch(post_fetch, books, using=using, view=SimpleNamespace(limit=4))[0].best.rating == 3
    wrong = PostFetch(lambda view: [1], "best", book_id="id")
    with pytest.raises(TypeError, match="callable returned list"):
        wrong.fetch(books)
    sliced = PostFetch(lambda view: reviews(using)[:1], "best", book_id="id")
    with pytest.raises(ValueError, match="sliced"):
        sliced.fetch(books)


def test_mistakes_at_the_first_fetch(using: str, books: Any) -> None:
    with pytest.raises(AttributeError, match=r"to_attr='best'.*Book has no attribute 'nothing'"):
        PostFetch(reviews(using), "best", book_id="nothing").fetch(books)
    with pytest.raises(ValueError, match="conflicts with a field on the Book model"):
        PostFetch(reviews(using), "title", book_id="id").fetch(books)
    with pytest.raises(ValueError, match="conflicts with a field on the Book model"):
        PostFetch(reviews(using), "reviews", book_id="id").fetch(books)
    with pytest.raises(FieldError, match="nothing"):
        PostFetch(reviews(using), "best", nothing="id").fetch(books)
    with pytest.raises(FieldError, match="nothing"):
        PostFetch(reviews(using), "best", ["nothing"], book_id="id").fetch(books)


RAW = Review.objects.raw("select 1")
WRONG: list[Any] = [
    (ValueError, "no join", {}),
    (ValueError, "limit", {"limit": 0, "book_id": "id"}),
    (ValueError, "limit", {"limit": -1, "book_id": "id"}),
    (TypeError, "limit", {"limit": "1", "book_id": "id"}),
    (TypeError, "limit", {"limit": True, "book_id": "id"}),
    (TypeError, "limit", {"limit": 1.0, "book_id": "id"}),
    (ValueError, "to_attr", {"to_attr": "", "book_id": "id"}),
    (ValueError, "to_attr", {"to_attr": "a b", "book_id": "id"}),
    (ValueError, "sliced", {"queryset": Review.objects.all()[:5], "book_id": "id"}),
    (ValueError, "raw", {"queryset": RAW, "book_id": "id"}),
    (ValueError, "union", {"queryset": Review.objects.all().union(Review.objects.all()), "book_id": "id"}),
    (TypeError, "not Review", {"queryset": Review, "book_id": "id"}),
    (TypeError, "not list", {"queryset": [], "book_id": "id"}),
    (TypeError, "join", {"book_id": 5}),
    (TypeError, "on", {"on": ["book_id"]}),
    (TypeError, "on", {"on": {5: "id"}}),
    (TypeError, "values", {"values": "rating", "book_id": "id"}),
    (TypeError, "values", {"values": [5], "book_id": "id"}),
    (TypeError, "values_dict", {"values_dict": ["n"], "book_id": "id"}),
]


@pytest.mark.parametrize(("error", "message", "arguments"), WRONG)
def test_wrong_arguments_are_refused_at_once(error: Any, message: str, arguments: Any) -> None:
    with pytest.raises(error, match=message):
        PostFetch(**{"queryset": Review.objects.all(), "to_attr": "best", **arguments})


def test_it_is_immutable_and_tells_its_arguments() -> None:
    queryset = Review.objects.all()
    post_fetch = PostFetch(queryset, "best", ["rating"], limit=3, order_by="rating", on={"limit": "max"}, book_id="id")
    assert post_fetch.queryset is queryset
    assert (post_fetch.to_attr, post_fetch.values, post_fetch.values_dict) == ("best", ("rating",), None)
    assert (post_fetch.limit, post_fetch.order_by) == (3, ("rating",))
    assert dict(post_fetch.on) == {"limit": "max", "book_id": "id"}
    for change in (lambda: setattr(post_fetch, "limit", 5), lambda: delattr(post_fetch, "limit")):
        with pytest.raises(AttributeError, match="immutable"):
            change()


@pytest.mark.parametrize("seed", range(25))
def test_equal_to_a_naive_join(seed: int, using: str) -> None:
    rng = random.Random(seed)
    author = Author.objects.using(using).create(name="A")
    books = [Book.objects.using(using).create(title=f"{n}", author=author, pages=rng.randrange(3)) for n in range(6)]
    Review.objects.using(using).bulk_create(
        Review(book=rng.choice(books), reader=str(rng.randrange(3)), rating=rng.choice([1, 2, 3]))
        for _ in range(rng.randrange(30))
    )
    limit = rng.choice([1, 2, 3, None])
    order = rng.choice([["rating", "pk"], ["-rating", "reader", "-pk"], ["-pk"]])
    composite = rng.random() < 0.5
    base = [{"id": rng.choice([*(b.pk for b in books), None, 10**6]), "who": str(rng.randrange(4))} for _ in range(12)]
    join = {"book_id": "id", **({"reader": "who"} if composite else {})}
    PostFetch(reviews(using), "found", limit=limit, order_by=order, on=join).fetch(base)
    everything = list(reviews(using).order_by(*order))
    for item in base:
        naive = [r for r in everything if r.book_id == item["id"] and (not composite or r.reader == item["who"])]
        assert item["found"] == (next(iter(naive), None) if limit == 1 else naive[:limit])
