"""Django by hand: what somebody writes who needs no library, with the checks that a public endpoint needs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from benchmarks.contenders import filter_work
from benchmarks.worker import timed


def filters(work: str, size: str = "four", query: str = "four") -> Callable[[], dict[str, float]]:
    return timed(filter_call(work, size, query))


def to_many(reviews: int) -> Any:
    """Two conditions on one to-many relation by a join, and `DISTINCT` against the rows that it repeats."""

    def distinct() -> Callable[[], Any]:
        from benchmarks.site.models import Product

        return lambda: Product.objects.filter(reviews__rating__gte=5, reviews__author="author 7").distinct()

    return filter_work.RelatedRows(reviews, distinct)


def filter_call(work: str, size: str = "four", query: str = "four") -> Callable[[], Any]:
    """One call of the work `filter`: its request's parameters, whatever the size of the set."""
    queryset = filter_work.products()
    from django.db.models import Q

    request = filter_work.request(filter_work.QUERIES[query])
    orders = {"name", "-name", "price", "-price"}

    def four() -> Any:
        params = request.query_params
        condition = (
            Q(active=params["active"] == "true")
            & Q(price__gte=Decimal(params["price__gte"]))
            & Q(price__lte=Decimal(params["price__lte"]))
            & Q(category__pk=int(params["category"]))
        )
        assert params["order_by"] in orders
        return queryset.filter(condition).order_by(params["order_by"], "pk")

    def wide() -> Any:
        params = request.query_params
        condition = Q(price__gte=Decimal(params["price__gte"])) & Q(name__icontains=params["name__icontains"])
        assert params["order_by"] in orders
        return queryset.filter(condition).order_by(params["order_by"], "pk")

    assert work == "filter"
    return {"four": four, "wide": wide}[query]
