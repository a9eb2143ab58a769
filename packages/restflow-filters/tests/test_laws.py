"""The laws of the package as properties: over any parameters and values, on any operator."""

import asyncio

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.http import QueryDict
from filters_testapp.filtersets import WideFilterSet
from filters_testapp.models import Product
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

PARAMETERS = [name for name in WideFilterSet.compiled().parameters if name != "order_by"]
POSITIVE = [name for name in PARAMETERS if not name.endswith("!") and name != "by_method"]
VALUES = st.sampled_from(
    [
        "5",
        "-5",
        "1",
        "2024",
        "7.50",
        "true",
        "2024-01-02",
        "tea",
        "red",
        "ann",
        "red,big",
        "e",
        "live",
        "5,",
        "France",
        "draft,live",
    ]
)
REQUESTS = st.dictionaries(st.sampled_from(PARAMETERS), VALUES, min_size=1, max_size=5)
slow = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def sql(queryset):
    return repr(queryset.query.get_compiler(connection=connection).as_sql())


def outcome(build):
    """The SQL of a queryset, or the errors: what a request comes to."""
    try:
        return sql(build())
    except ValidationError as error:
        return repr(error.detail)
    except EmptyResultSet:  # known without a query
        return "nothing"


def keys(data, operator="AND"):
    cls = type("Joined", (WideFilterSet,), {"Meta": type("Meta", (), {"operator": operator})})
    return list(cls(data).filter_queryset(Product.objects.all()).values_list("pk", flat=True))


@slow
@given(data=REQUESTS, random=st.randoms(use_true_random=False))
def test_equal_requests_give_equal_sql_through_both_doors_and_in_any_order(data, random):
    pairs = [*data.items(), ("order_by", "-price,name")]
    texts = []
    for _ in range(2):
        query = QueryDict(mutable=True)
        for name, value in pairs:
            query.appendlist(name, value)
        texts.append(query)
        random.shuffle(pairs)
    one = outcome(lambda: WideFilterSet(texts[0]).filter_queryset(Product.objects.all()))
    other = outcome(lambda: WideFilterSet(texts[1]).filter_queryset(Product.objects.all()))
    awaited = outcome(lambda: asyncio.run(WideFilterSet(texts[0]).afilter_queryset(Product.objects.all())))
    assert sorted(one) == sorted(other) if one.startswith("{") else one == other
    assert one == awaited


@pytest.mark.django_db
def test_rows_come_once_and_operators_join_what_each_parameter_selects(filled):
    everything = set(Product.objects.values_list("pk", flat=True))

    @slow
    @given(
        data=st.dictionaries(st.sampled_from(POSITIVE), VALUES, min_size=1, max_size=3),
        signs=st.lists(st.booleans(), min_size=3, max_size=3),
    )
    def check(data, signs):
        data = {
            f"{name}!" if negated else name: value for (name, value), negated in zip(data.items(), signs, strict=False)
        }
        if not WideFilterSet(data).is_valid():
            return
        try:
            alone = [set(keys({name: value})) for name, value in data.items()]
            together = {operator: keys(data, operator) for operator in ("AND", "OR", "XOR")}
            opposite = [
                set(keys({name.removesuffix("!") if name.endswith("!") else f"{name}!": value}))
                for name, value in data.items()
            ]
        except ValidationError:  # what only a column rejects
            return
        for rows in together.values():
            assert len(rows) == len(set(rows))
        for one, other in zip(alone, opposite, strict=True):
            assert one | other == everything
            assert not one & other
        count = {pk: sum(pk in one for one in alone) for pk in everything}
        assert set(together["OR"]) == {pk for pk in everything if count[pk]}
        assert set(together["XOR"]) == {pk for pk in everything if count[pk] % 2}
        every = {pk for pk in everything if count[pk] == len(alone)}
        assert set(together["AND"]) <= every  # related conditions hold for one and the same row
        if all(name.endswith("!") for name in data):
            assert set(together["AND"]) == every

    check()


@slow
@given(data=REQUESTS)
def test_only_declared_parameters_reach_the_database(data):
    foreign = {f"{name}__zzz": value for name, value in data.items()} | {
        "password": "x",
        "reviews__product__api_token": "x",
    }
    assert outcome(lambda: WideFilterSet(foreign).filter_queryset(Product.objects.all())) == sql(Product.objects.all())
