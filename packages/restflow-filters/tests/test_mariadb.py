"""MariaDB: complements, operators, NULL placement, subqueries, patterns and case on the real server."""

import os
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.db.models import Count
from django.http import QueryDict
from filters_testapp.filtersets import WideFilterSet
from filters_testapp.models import Category, Country, Product, Review, Tag
from rest_framework.exceptions import ValidationError

from restflow.filters import FilterSet, IntegerField, StringField
from testsite import services

pymysql = pytest.importorskip("pymysql", reason="PyMySQL is not installed")

pytestmark = pytest.mark.needs("mariadb")

MODELS = (Country, Category, Tag, Product, Review)


@pytest.fixture(scope="module")
def server(django_db_blocker):
    """The alias of a database of this module's own, with the tables that it needs."""
    pymysql.version_info = (2, 2, 7, "final", 0)  # what Django asks of the driver that it stands in for
    pymysql.install_as_MySQLdb()
    parts = urlsplit(services.url("mariadb"))
    reach = {
        "host": parts.hostname,
        "port": parts.port or 3306,
        "user": parts.username,
        "password": parts.password or "",
    }
    name = f"test_restflow_filters_{os.environ.get('RESTFLOW_TEST_RUN', '')}_{os.getpid()}"
    administrator = pymysql.connect(**reach, autocommit=True)
    with administrator.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    connections.settings["mariadb"] = connections.configure_settings(
        {
            "default": {},
            "mariadb": {
                "ENGINE": "django.db.backends.mysql",
                "NAME": name,
                "HOST": reach["host"],
                "PORT": reach["port"],
                "USER": reach["user"],
                "PASSWORD": reach["password"],
            },
        }
    )["mariadb"]
    try:
        with django_db_blocker.unblock():
            with connections["mariadb"].schema_editor() as editor:
                for model in MODELS:
                    editor.create_model(model)
            yield "mariadb"
    finally:
        with django_db_blocker.unblock():
            connections["mariadb"].close()
        del connections["mariadb"]
        del connections.settings["mariadb"]
        with administrator.cursor() as cursor:
            cursor.execute(f"DROP DATABASE `{name}`")
        administrator.close()


@pytest.fixture(scope="module")
def filled(server, fill, django_db_blocker):
    with django_db_blocker.unblock():
        fill(server)
    return server


@pytest.fixture
def products(filled, django_db_blocker):
    """The products on MariaDB; tests read them only."""
    with django_db_blocker.unblock():
        yield Product.objects.using(filled)


def made(meta=None, **body):
    return type("Made", (FilterSet,), {**body, "Meta": type("Meta", (), {"model": Product, **(meta or {})})})


def keys(manager, data, cls=WideFilterSet):
    return list(cls(data).filter_queryset(manager.all()).values_list("pk", flat=True))


def names(manager, data, cls=WideFilterSet):
    return [row.name for row in cls(data).filter_queryset(manager.order_by("pk"))]


VALUES = [
    "5", "-5", "2024", "7.50", "true", "2024-01-02", "2024-01-02T03:04:05Z", "09:30:00", "01:00:00", "a@example.com",
    "00000000-0000-0000-0000-000000000005", "10.0.0.1", "live", "tea", "France", "red,big", "ann", "e", "-5,5", "5,",
    "9223372036854775807", "^g.*[a-z]+$",
]  # fmt: skip
POSITIVE = [name for name in WideFilterSet.compiled().parameters if not name.endswith("!") and name != "order_by"]


def test_every_negation_is_the_complement_and_no_row_comes_twice(products):
    everything, selected = set(products.values_list("pk", flat=True)), 0
    for name in POSITIVE:
        for value in VALUES:
            if not WideFilterSet({name: value}).is_valid():
                continue
            try:
                chosen, left_out = keys(products, {name: value}), keys(products, {f"{name}!": value})
            except ValidationError:  # what only the column rejects
                continue
            if name != "by_method":  # its queryset joins by itself
                assert len(chosen) == len(set(chosen)), (name, value)
            assert len(left_out) == len(set(left_out)), (name, value)
            assert set(chosen) | set(left_out) == everything, (name, value)
            assert not set(chosen) & set(left_out), (name, value)
            selected += bool(chosen)
    assert selected > 100


@pytest.mark.parametrize("operator", ["AND", "OR", "XOR"])
def test_the_operator_joins_what_each_parameter_selects(products, operator):
    joined = type("Joined", (WideFilterSet,), {"Meta": type("Meta", (), {"operator": operator})})
    chosen = [{"stock": "5"}, {"price!": "5"}, {"author": "ann"}, {"note__isnull": "true"}]
    singles = [set(keys(products, one)) for one in chosen]
    found = keys(products, QueryDict("stock=5&price!=5&author=ann&note__isnull=true"), joined)
    count = {pk: sum(pk in single for single in singles) for pk in products.values_list("pk", flat=True)}
    wanted = {"AND": lambda n: n == 4, "OR": lambda n: n > 0, "XOR": lambda n: n % 2 == 1}[operator]
    assert sorted(found) == sorted(pk for pk, n in count.items() if wanted(n))


@pytest.mark.parametrize("nulls", ["first", "last"])
@pytest.mark.parametrize("direction", ["", "-"])
def test_nulls_go_where_they_were_asked_in_both_directions(products, nulls, direction):
    cls = made({"order_fields": ["stock"], "order_nulls": nulls})
    stocks = [row.stock for row in cls({"order_by": f"{direction}stock"}).filter_queryset(products.all())]
    given = sorted((-5, 5, 5), reverse=direction == "-")
    assert stocks == ([None, None, *given] if nulls == "first" else [*given, None, None])


def test_conditions_on_related_rows_are_one_subquery_over_the_same_row(products):
    cls = made(
        rating=IntegerField(db_field="reviews__rating", lookups=["gte"]), author=StringField(db_field="reviews__author")
    )
    queryset = cls({"rating__gte": "5", "author": "ann"}).filter_queryset(products.all())
    assert [row.name for row in queryset] == ["green tea"]
    assert str(queryset.query).count("SELECT") == 2
    counted = products.annotate(n=Count("reviews"))
    assert [row.n for row in cls({"rating__gte": "4"}).filter_queryset(counted).order_by("pk")] == [2, 2]
    assert names(products, {"tag__in": "red,big"}) == ["green tea", "black"]
    assert names(products, {"all_tags": "red,big"}) == ["green tea"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("name__iexact", "GREEN tea", ["green tea"]),
        ("name__icontains", "TEA", ["green tea"]),
        ("name__contains", "TEA", []),
        ("name__startswith", "Green", []),
        ("name__contains", "%", []),
        ("name__icontains", "_", []),
        ("name__in", '"Smith, John",other', ["Smith, John", "other"]),
        ("pattern__regex", "^GO", []),
        ("pattern__iregex", "^GO{2}d$", ["green tea"]),
        ("pattern__regex", r"^\w+$", ["green tea"]),
        ("colour", "red", ["green tea"]),
        ("colour__isnull", "true", ["", "black"]),
        ("lasts__gte", "01:00:00", ["green tea"]),
        ("seen__date", "2024-01-02", ["green tea"]),
    ],
)
def test_lookups_select_what_they_do_elsewhere(products, name, value, expected):
    assert names(products, {name: value}) == expected


def test_integers_beyond_the_column_and_the_server_match_nothing_or_are_refused(products):
    for value in ("9223372036854775807", "-9223372036854775808"):
        assert keys(products, {"stock": value}) == []
        assert len(keys(products, {"stock!": value})) == 5
        assert keys(products, {"stock__in": f"{value},5"}) == keys(products, {"stock": "5"})
    assert len(keys(products, {"stock__lte": "9223372036854775807"})) == 3
    assert not WideFilterSet({"stock": "9223372036854775808"}).is_valid()
