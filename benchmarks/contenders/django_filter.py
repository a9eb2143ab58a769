"""django-filter."""

from collections.abc import Callable
from typing import Any

from benchmarks.contenders import filter_work
from benchmarks.worker import timed


def filters(work: str, size: str = "four", query: str = "four") -> Callable[[], dict[str, float]]:
    return timed(filter_call(work, size, query))


def filter_call(work: str, size: str = "four", query: str = "four") -> Callable[[], Any]:
    """One call of a work: `filter`, `refuse` or `declare`."""
    queryset = filter_work.products()
    cls = _declare(size)
    request = filter_work.request(filter_work.QUERIES[query])

    def refuse() -> None:
        filterset = cls(request.query_params, queryset=queryset, request=request)
        if filterset.is_valid():
            raise AssertionError("it passed")

    def filtered() -> Any:
        # what its backend for the REST framework does
        filterset = cls(request.query_params, queryset=queryset, request=request)
        if not filterset.is_valid():
            raise AssertionError(filterset.errors)
        return filterset.qs

    works: dict[str, Callable[[], Any]] = {
        "filter": filtered,
        "refuse": refuse,
        "declare": lambda: _declare(size),
    }
    return works[work]


def _declare(size: str) -> Any:
    import django_filters as df

    from benchmarks.site.models import Product

    kinds: dict[str, Any] = {
        "str": df.CharFilter,
        "int": df.NumberFilter,
        "decimal": df.NumberFilter,
        "bool": df.BooleanFilter,
        "datetime": df.IsoDateTimeFilter,
    }
    parts: dict[str, Any] = {"date": df.DateFilter, "time": df.TimeFilter}
    components = {*filter_work.DATE, *filter_work.TIME} - parts.keys()
    body: dict[str, Any] = {}
    for name, kind, path, lookups in filter_work.declarations(size):
        body[name] = kinds[kind](field_name=path)
        for lookup in lookups:
            cls = df.NumberFilter if lookup in components else parts.get(lookup, kinds[kind])
            body[f"{name}__{lookup}"] = cls(field_name=path, lookup_expr=lookup)
    body["order_by"] = df.OrderingFilter(fields=[("name", "name"), ("price", "price")])
    body["Meta"] = type("Meta", (), {"model": Product, "fields": []})
    return type(df.FilterSet)("ProductFilterSet", (df.FilterSet,), body)


def _names() -> Any:
    from django_filters.rest_framework import DjangoFilterBackend

    from benchmarks.contenders import drf

    names = drf._names()
    names.filter_backend = lambda: DjangoFilterBackend
    names.filterset = lambda: _declare("four")
    return names


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import drf_like, requesting

    return requesting.timed_requests(drf_like.urlpatterns(work, _names), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import drf_like, requesting

    return requesting.Requests(drf_like.urlpatterns(work, _names), work)
