"""The works of restflow.filters."""

from collections.abc import Callable
from typing import Any

from benchmarks.bytecodes import executed
from benchmarks.contenders import filter_work
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]


def filters(work: str, size: str = "four", query: str = "four") -> Sampler:
    return timed(filter_call(work, size, query))


def filter_growth() -> Sampler:
    """What the *wide* request executes with ten times the filters declared, and its ratio to that of *wide*."""

    def sample() -> dict[str, float]:
        wide, tenfold = (executed(filter_call("filter", size, "wide")) for size in ("wide", "tenfold"))
        return {"bytecodes": tenfold, "growth": tenfold / wide}

    return sample


def filter_doors() -> Sampler:
    """What the async door executes for the *wide* request, and its ratio to the sync one."""

    def sample() -> dict[str, float]:
        sync, awaited = (executed(filter_call(work, "wide", "wide")) for work in ("filter", "afilter"))
        return {"bytecodes": awaited, "against sync": awaited / sync}

    return sample


def filter_idle() -> Sampler:
    """What a request without parameters executes."""
    return lambda: {"bytecodes": executed(filter_call("filter", "wide", "none"))}


def to_many(reviews: int) -> Any:
    """Two conditions on one to-many relation, run and counted on PostgreSQL."""
    return filter_work.RelatedRows(reviews, _reviewed)


def _reviewed() -> Callable[[], Any]:
    from benchmarks.site.models import Product
    from restflow.filters import FilterSet, IntegerField, StringField

    class Reviewed(FilterSet):
        rating = IntegerField(db_field="reviews__rating", lookups=["gte"])
        author = StringField(db_field="reviews__author")

        class Meta:
            model = Product

    data = {"rating__gte": "5", "author": "author 7"}
    return lambda: Reviewed(data).filter_queryset(Product.objects.all())


def filter_call(work: str, size: str = "four", query: str = "four") -> Callable[[], Any]:
    """One call of a work: `filter`, `afilter`, `refuse`, `declare`, `schema` or `first_schema`."""
    queryset = filter_work.products()
    cls = _declare(size)
    request = filter_work.request(filter_work.QUERIES[query])

    def afilter() -> Any:
        flow = cls(request=request).afilter_queryset(queryset)
        try:
            flow.send(None)  # it has no hook that waits
        except StopIteration as stop:
            return stop.value
        raise AssertionError("it waited")

    def refuse() -> None:
        from rest_framework.exceptions import ValidationError

        try:
            cls(request=request).filter_queryset(queryset)
        except ValidationError:
            return
        raise AssertionError("it passed")

    def first_schema() -> Any:
        cls.compiled().schemas.clear()
        return cls.get_schema_operation_parameters()

    works: dict[str, Callable[[], Any]] = {
        "filter": lambda: cls(request=request).filter_queryset(queryset),
        "afilter": afilter,
        "refuse": refuse,
        "declare": lambda: _declare(size),
        "schema": cls.get_schema_operation_parameters,
        "first_schema": first_schema,
    }
    return works[work]


def _declare(size: str) -> Any:
    from benchmarks.site.models import Product
    from restflow.filters import BooleanField, DateTimeField, DecimalField, FilterSet, IntegerField, StringField

    kinds: dict[str, Any] = {
        "str": StringField,
        "int": IntegerField,
        "decimal": DecimalField,
        "bool": BooleanField,
        "datetime": DateTimeField,
    }
    body: dict[str, Any] = {
        name: kinds[kind](db_field=path, lookups=list(lookups))
        for name, kind, path, lookups in filter_work.declarations(size)
    }
    body["Meta"] = type("Meta", (), {"model": Product, "order_fields": ["name", "price"]})
    return type(FilterSet)("ProductFilterSet", (FilterSet,), body)
