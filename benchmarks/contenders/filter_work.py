"""What the questions about filters ask, the same for every contender: the declarations, the requests, the model."""

import os
import time
from collections.abc import Callable
from typing import Any

TEXT = ("icontains", "contains", "startswith", "endswith", "iexact")
COMPARISON = ("gt", "gte", "lt", "lte")
DATE = ("date", "year", "month", "day", "week", "week_day", "quarter")
TIME = ("time", "hour", "minute", "second")

Declared = tuple[str, str, str, tuple[str, ...]]

WIDE: tuple[Declared, ...] = (
    ("name", "str", "name", TEXT),
    ("sku", "str", "sku", TEXT),
    ("description", "str", "description", TEXT),
    ("category_name", "str", "category__name", TEXT),
    ("price", "decimal", "price", COMPARISON),
    ("stock", "int", "stock", COMPARISON),
    ("id", "int", "id", COMPARISON),
    ("category", "int", "category__pk", COMPARISON),
    ("created", "datetime", "created", (*COMPARISON, *DATE, *TIME)),
    ("made", "datetime", "created", (*COMPARISON, *DATE)),
    ("active", "bool", "active", ()),
    ("label", "str", "name", TEXT),
    ("kind", "str", "category__name", TEXT),
    ("cost", "decimal", "price", COMPARISON),
    ("left", "int", "stock", COMPARISON),
    ("shown", "bool", "active", ()),
    ("code", "str", "sku", ()),
    ("amount", "int", "stock", ()),
)
"""Name, type, path and lookups of 18 filters: some 190 parameters with negations, half of them without."""

FOUR: tuple[Declared, ...] = (
    ("active", "bool", "active", ()),
    ("price", "decimal", "price", ("gte", "lte")),
    ("category", "int", "category__pk", ()),
)

QUERIES = {
    "four": "active=true&price__gte=1.50&price__lte=90&category=3&order_by=-price",
    "bad": "active=true&price__gte=cheap&price__lte=90&category=3&order_by=-price",
    "wide": "price__gte=1.50&name__icontains=tea&order_by=-price",
    "none": "",
}


def tenfold() -> tuple[Declared, ...]:
    """The wide set, and nine more of it under other names."""
    return WIDE + tuple((f"{name}_{n}", *rest) for n in range(9) for name, *rest in WIDE)  # type: ignore[misc]


def declarations(size: str) -> tuple[Declared, ...]:
    """The filters of a set: `"four"`, `"wide"` or `"tenfold"`."""
    return {"four": FOUR, "wide": WIDE}.get(size) or tenfold()


def products() -> Any:
    """The model's queryset, in a project without a database server: nothing is run."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "benchmarks.site"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            SECRET_KEY="worth nothing",
            USE_TZ=True,
        )
        django.setup()
    from benchmarks.site.models import Product

    return Product.objects.all()


def request(query: str) -> Any:
    """A request of the REST framework with that query string, whose parameters are parsed."""
    from django.test import RequestFactory
    from rest_framework.request import Request

    made = Request(RequestFactory().get(f"/?{query}"))
    assert made.query_params is not None
    return made


class RelatedRows:
    """A database of ten reviews a product; one sample fetches the keys of what `prepare()` gave the builder of."""

    def __init__(self, reviews: int, prepare: Callable[[], Callable[[], Any]]) -> None:
        self.name = f"bench_to_many_{os.getpid()}"
        os.environ["BENCHMARK_DATABASE"] = self.name
        from benchmarks.contenders import database

        self.database = database
        database.create(self.name, reviews // 10)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO benchmark_site_review (product_id, rating, author) SELECT 1 + n %% %s, 1 + n %% 5,"
                " 'author ' || n %% 97 FROM generate_series(0, %s) n",
                [reviews // 10, reviews - 1],
            )
            cursor.execute("ANALYZE")
        self.queryset = prepare()
        self()  # what is read from disk is read

    def __call__(self) -> dict[str, float]:
        start = time.perf_counter()
        rows = len(self.queryset().values_list("pk", flat=True))
        return {"seconds": time.perf_counter() - start, "rows": rows}

    def close(self) -> None:
        """Removes the database."""
        from django.db import connection

        connection.close()
        self.database.drop(self.name)
