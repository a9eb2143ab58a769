"""Cost follows the request: what a filter set executes is counted, in bytecode instructions, queries and threads."""

import sys
import threading

import pytest
from filters_testapp.models import Product

from restflow.filters import DecimalField, FilterSet, IntegerField, StringField
from restflow.test import assert_max_crossings

TEXT = ["icontains", "contains", "startswith", "endswith", "iexact"]


def declared(times):
    """A set with the same three filters so many times over, the first ones under their own names."""
    body = {}
    for number in range(times):
        suffix = f"_{number}" if number else ""
        body[f"name{suffix}"] = StringField(db_field="name", lookups=TEXT)
        body[f"price{suffix}"] = DecimalField(db_field="price", lookups=["comparison"])
        body[f"rating{suffix}"] = IntegerField(db_field="reviews__rating", lookups=["comparison"])
    return type(
        "Declared", (FilterSet,), {**body, "Meta": type("Meta", (), {"model": Product, "order_fields": ["name"]})}
    )


def executed(work):
    """The bytecode instructions of a call, once its caches are filled."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    work()
    work()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def stepped(coroutine):
    """The result of a coroutine that has nothing to wait for."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


REQUEST = {"name__icontains": "tea", "price__gte": "1.5", "rating__gte": "4", "price!": "7", "order_by": "-name"}


def test_ten_times_the_filters_do_not_cost_the_same_request_more():
    few, many = (
        executed(lambda cls=cls: cls(REQUEST).filter_queryset(Product.objects.all()))
        for cls in (declared(5), declared(50))
    )
    assert few > 1000
    assert many <= few * 1.05


def test_with_nothing_present_next_to_nothing_is_executed_whatever_is_declared():
    rows = Product.objects.all()
    for cls in (declared(1), declared(50)):
        assert executed(lambda cls=cls: cls({}).filter_queryset(rows)) < 150
        assert executed(lambda cls=cls: cls({"page": "2"}).filter_queryset(rows)) < 150


def test_the_async_door_executes_no_more_than_a_quarter_above_the_sync_one():
    cls, rows = declared(5), Product.objects.all()
    sync_door = executed(lambda: cls(REQUEST).filter_queryset(rows))
    async_door = executed(lambda: stepped(cls(REQUEST).afilter_queryset(rows)))
    assert async_door <= sync_door * 1.25


async def test_the_async_door_queries_nothing_and_stays_in_its_thread():
    threads = threading.active_count()
    filterset = declared(2)(REQUEST)
    with assert_max_crossings(0):
        # the test may not use the database: a query would raise
        await filterset.afilter_queryset(Product.objects.all())
        await filterset.amodel_dump()
        await filterset.aget_q()
    assert threading.active_count() == threads
