"""`p!=v` selects exactly the rows that `p=v` leaves out, for every parameter, on SQLite and PostgreSQL."""

import pytest
from django.http import QueryDict
from filters_testapp.filtersets import WideFilterSet
from rest_framework.exceptions import ValidationError

pytestmark = pytest.mark.django_db(databases=["default", "postgres"])

VALUES = [
    "5", "-5", "0", "1", "2024", "7.50", "true", "2024-01-02", "2024-01-02T03:04:05Z", "09:30:00", "01:00:00",
    "00000000-0000-0000-0000-000000000005", "a@example.com", "10.0.0.1", "live", "draft,live", "tea", "France", "red",
    "red,big", "ann", "e", "-5,5", "5,", ",5", "2024-01-01,2024-12-31", "9223372036854775807", "5,9223372036854775807",
]  # fmt: skip
POSITIVE = [name for name in WideFilterSet.compiled().parameters if not name.endswith("!") and name != "order_by"]


def sql(queryset):
    return repr(queryset.query.get_compiler(queryset.db).as_sql())


def keys(manager, **data):
    return list(WideFilterSet(data).filter_queryset(manager.all()).values_list("pk", flat=True))


def test_every_parameter_has_a_negation_that_is_its_complement(products):
    everything = set(products.values_list("pk", flat=True))
    selected = 0
    for name in POSITIVE:
        for value in VALUES:
            if not WideFilterSet({name: value}).is_valid():
                assert not WideFilterSet({f"{name}!": value}).is_valid()
                continue
            try:
                chosen, left_out = keys(products, **{name: value}), keys(products, **{f"{name}!": value})
            except ValidationError:  # what only the column rejects
                continue
            if name != "by_method":
                assert len(chosen) == len(set(chosen)), (name, value)
            assert set(chosen) | set(left_out) == everything, (name, value)
            assert not set(chosen) & set(left_out), (name, value)
            assert len(left_out) == len(set(left_out)), (name, value)
            selected += bool(chosen)
    assert selected > 100


@pytest.mark.parametrize("operator", ["AND", "OR", "XOR"])
def test_the_operator_joins_conditions_and_negations(products, operator):
    joined = type("Joined", (WideFilterSet,), {"Meta": type("Meta", (), {"operator": operator})})

    everything = list(products.values_list("pk", flat=True))
    chosen = [{"stock": "5"}, {"price!": "5"}, {"author": "ann"}, {"note__isnull": "true"}]
    singles = [set(keys(products, **one)) for one in chosen]
    together = QueryDict("stock=5&price!=5&author=ann&note__isnull=true")
    found = set(joined(together).filter_queryset(products.all()).values_list("pk", flat=True))
    count = {pk: sum(pk in single for single in singles) for pk in everything}
    expected = {"AND": lambda n: n == 4, "OR": lambda n: n > 0, "XOR": lambda n: n % 2 == 1}[operator]
    assert found == {pk for pk in everything if expected(count[pk])}


def test_related_conditions_under_and_hold_for_the_same_row_and_leave_annotations_alone(products):
    queryset = WideFilterSet({"reviews__gte": "4", "author": "ann", "review_count__gte": "2"}).filter_queryset(
        products.all()
    )
    assert [(product.name, product.review_count) for product in queryset] == [("green tea", 2)]


def test_a_negation_on_related_rows_says_that_none_matches(products):
    names = {product.name for product in WideFilterSet({"reviews!": "5"}).filter_queryset(products.all())}
    assert names == {"", "Smith, John", "other"}


def test_equal_requests_give_equal_sql_whatever_the_order(products):
    one, two = (
        WideFilterSet(QueryDict(text)).filter_queryset(products.all())
        for text in ("stock=5&name=a&order_by=name&price__gte=1", "price__gte=1&order_by=name&name=a&stock=5")
    )
    assert sql(one) == sql(two)


async def test_both_doors_give_equal_sql(products):
    data = QueryDict("stock=5&reviews__gte=4&by_method!=3&colour!=red")
    one = WideFilterSet(data).filter_queryset(products.all())
    two = await WideFilterSet(data).afilter_queryset(products.all())
    assert sql(one) == sql(two)


def test_filtering_runs_no_query(products, django_assert_num_queries):
    with django_assert_num_queries(0, using=products.db):
        WideFilterSet(QueryDict("stock=5&reviews__gte=4&by_method!=3&order_by=name")).filter_queryset(products.all())


def test_with_nothing_present_the_queryset_comes_back_as_it_was(products):
    queryset = products.all()
    assert WideFilterSet({}).filter_queryset(queryset) is queryset
