"""Relations: paths across them, related fields, each row once and annotations as they were."""

import pytest
from django.db.models import Count, Sum
from filters_testapp.models import Category, Country, Mark, Product, Review

from restflow.core import ConfigError
from restflow.filters import DecimalField, FilterSet, IntegerField, ListField, OrderField, RelatedField, StringField

database = pytest.mark.django_db(databases=["default", "postgres"])


def made(meta=None, model=Product, **body):
    options = {"model": model, **(meta or {})}
    return type("ProductFilterSet", (FilterSet,), {**body, "Meta": type("Meta", (), options)})


def parameters(cls):
    return [name for name in cls().fields if not name.endswith("!")]


class CategoryFilterSet(FilterSet):
    title = StringField(db_field="name", lookups={"like": "icontains"}, param="called")
    name = StringField(negate=True, allow_negate=False)
    country = RelatedField(fields=["name"])
    either = StringField(filter_by=["name", "country__name"])
    special = StringField(method="by_special")
    order_by = OrderField(fields=["name"])

    class Meta:
        model = Category
        lookup_separator = "."
        operator = "OR"

    def by_special(self, queryset, value):
        return queryset


class TestColumns:
    def test_columns_become_filters_under_the_prefix(self):
        cls = made(category=RelatedField(fields=["name", "country"], extra_kwargs={"name": {"lookups": ["in"]}}))
        assert parameters(cls) == ["category__name", "category__name__in", "category__country"]
        assert cls().fields["category__country"].filter_by == "category__country__pk"

    def test_all_of_them_never_go_deeper(self):
        assert parameters(made(category=RelatedField(fields="__all__"))) == [
            *("category__id", "category__name", "category__country")
        ]

    def test_some_are_left_out(self):
        assert parameters(made(category=RelatedField(fields="__all__", exclude=["id"]))) == [
            *("category__name", "category__country")
        ]

    def test_the_relation_may_be_named_otherwise(self):
        cls = made(kind=RelatedField(db_field="category", fields=["name"]))
        assert cls().fields["kind__name"].filter_by == "category__name"

    def test_the_option_expands_a_relation(self):
        cls = made({"related_fields": ["category"], "fields": ["category", "stock"]})
        assert parameters(cls) == ["category__id", "category__name", "category__country", "stock"]
        cls = made(
            {
                "related_fields": ["category"],
                "extra_kwargs": {"category": {"exclude": ["id"]}, "category__name": {"lookups": ["icontains"]}},
            }
        )
        assert parameters(cls) == ["category__name", "category__name__icontains", "category__country"]
        cls = made({"related_fields": ["category"], "extra_kwargs": {"category": {"fields": ["name"]}}})
        assert parameters(cls) == ["category__name"]

    def test_a_declared_filter_wins(self):
        cls = made(category=RelatedField(fields=["name"]), category__name=IntegerField(db_field="stock"))
        assert cls().fields["category__name"].filter_by == "stock"

    def test_none_removes_a_related_field(self):
        base = made(category=RelatedField(fields=["name"]))
        assert parameters(type("Child", (base,), {"category": None})) == []

    def test_secrets_are_left_out(self):
        cls = made(model=Review, product=RelatedField(fields="__all__"))
        assert "product__api_token" not in cls().fields
        assert "product__name" in cls().fields


class TestFilterSets:
    def test_filters_come_with_lookups_aliases_and_negation(self):
        cls = made(category=RelatedField(filterset=CategoryFilterSet, exclude=["special"]))
        assert list(cls().fields) == [
            *("category__called", "category__called.like", "category__called!", "category__called.like!"),
            *("category__name", "category__country__name", "category__country__name!", "category__either"),
            "category__either!",
        ]
        fields = cls().fields
        assert fields["category__called.like"].filter_by == "category__name__icontains"
        assert fields["category__either"].filter_by == ["category__name", "category__country__name"]
        assert fields["category__name"].negate is True

    @database
    def test_they_filter(self, products):
        cls = made(category=RelatedField(filterset=CategoryFilterSet, exclude=["special"]))
        found = cls({"category__called.like": "TE", "category__country__name": "France"}).filter_queryset(
            products.all()
        )
        assert {product.name for product in found} == {"green tea", "other"}
        found = cls({"category__name": "tea"}).filter_queryset(products.all())
        assert {product.name for product in found} == {"", "black", "Smith, John"}

    def test_a_filter_with_a_method_must_be_left_out(self):
        with pytest.raises(ConfigError, match=r"ProductFilterSet\.category: the filter 'special'.*exclude"):
            made(category=RelatedField(filterset=CategoryFilterSet))

    def test_a_filter_that_its_set_validates_must_be_left_out(self):
        class Careful(CategoryFilterSet):
            special = None

            def validate_called(self, value):
                return value

        with pytest.raises(ConfigError, match=r"the filter 'title' of .*Careful has a validate_ method"):
            made(category=RelatedField(filterset=Careful))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: RelatedField(), "exactly one of fields and filterset"),
        (lambda: RelatedField(fields="__all__", filterset=CategoryFilterSet), "exactly one"),
        (lambda: RelatedField(fields="name"), "list of columns"),
        (lambda: RelatedField(fields=["name"], exclude="id"), "list of names"),
        (lambda: made(categry=RelatedField(fields="__all__")), "'categry' is no relation.*'category'"),
        (lambda: made(name=RelatedField(fields="__all__")), "'name' is no relation"),
        (lambda: made(category=RelatedField(fields=["nme"])), r"ProductFilterSet\.category: .*'nme'.*'name'"),
        (lambda: made(category=RelatedField(fields="__all__", exclude=["nme"])), "'nme'.*'name'"),
        (lambda: made(category=RelatedField(fields=["id"], extra_kwargs={"nme": {}})), "extra_kwargs names 'nme'"),
        (
            lambda: made(category=RelatedField(fields=["name"], extra_kwargs={"name": {"lookpus": []}})),
            "'lookpus'.*'lookups'",
        ),
        (lambda: made(category=RelatedField(filterset=CategoryFilterSet, exclude=["speciel"])), "'speciel'.*'special'"),
        (lambda: made(category=RelatedField(filterset=Category)), "FilterSet subclass"),
        (lambda: made(category=RelatedField(model=Country, fields=["name"])), "leads to filters_testapp.Category"),
        (
            lambda: made(reviews=RelatedField(filterset=CategoryFilterSet, exclude=["special"])),
            "filters filters_testapp.Category",
        ),
        (lambda: made({"related_fields": ["categry"]}), "'categry' is no relation.*'category'"),
        (
            lambda: made({"related_fields": ["category"], "extra_kwargs": {"category": {"lookups": []}}}),
            "category__<column>",
        ),
        (
            lambda: type("Loose", (FilterSet,), {"category": RelatedField(fields="__all__")}),
            "related model is not known",
        ),
    ],
)
def test_what_is_refused(make, expected):
    with pytest.raises(ConfigError, match=expected):
        make()


@database
class TestToMany:
    cls = made(
        rating=IntegerField(db_field="reviews__rating", lookups=["gte"]),
        author=StringField(db_field="reviews__author"),
        tags=ListField(db_field="tags__name"),
        price=DecimalField(lookups=["gte"]),
        order_by=OrderField(fields=["name", "total"]),
        meta={"annotations": ["total"]},
    )

    def test_each_row_comes_once_and_counts_are_as_without_the_filter(self, products):
        base = products.annotate(total=Count("reviews"), rated=Sum("reviews__rating"))
        whole = {row.name: (row.total, row.rated) for row in base}
        found = self.cls({"rating__gte": "1", "tags": "red,big"}).filter_queryset(base)
        rows = list(found)
        assert [row.name for row in rows] == list(dict.fromkeys(row.name for row in rows))
        assert {row.name: (row.total, row.rated) for row in rows} == {row.name: whole[row.name] for row in rows}
        assert found.count() == len(rows) == 2
        assert not found.query.distinct

    def test_positive_conditions_hold_for_one_related_row(self, products):
        found = self.cls({"rating__gte": "5", "author": "ann"}).filter_queryset(products.all())
        assert {row.name for row in found} == {"green tea"}
        found = self.cls({"rating__gte": "5", "author": "bob"}).filter_queryset(products.all())
        assert list(found) == []

    def test_two_conditions_are_one_subquery_with_one_join(self, products):
        found = self.cls({"rating__gte": "4", "author": "ann"}).filter_queryset(products.all())
        sql = found.query.get_compiler(products.db).as_sql()[0]
        assert sql.count("SELECT") == 2
        assert sql.count("JOIN") == 1

    def test_a_generic_relation_is_one_to_many_rows_too(self, products):
        class Marked(FilterSet):
            mark = StringField(db_field="marks__text", lookups=["in"])
            weight = IntegerField(db_field="marks__weight", lookups=["gte"])

            class Meta:
                model = Product

        green, black = products.get(name="green tea"), products.get(name="black")
        for product, text, weight in ((green, "new", 1), (green, "new", 5), (green, "old", 1), (black, "old", 5)):
            product.marks.create(text=text, weight=weight)
        Mark.objects.using(products.db).create(target=green.category, text="new", weight=9)  # of another model

        def found(data):
            queryset = Marked(data).filter_queryset(products.order_by("pk"))
            return [row.name for row in queryset]

        assert found({"mark__in": "new,old"}) == ["green tea", "black"]
        assert found({"mark": "old", "weight__gte": "5"}) == ["black"]
        assert found({"mark!": "new"}) == ["", "black", "Smith, John", "other"]

    def test_under_or_each_is_a_subquery_of_its_own(self, products):
        either = type("Either", (self.cls,), {"Meta": type("Meta", (), {"operator": "OR"})})
        found = either({"rating__gte": "5", "author": "bob"}).filter_queryset(products.all())
        assert {row.name for row in found} == {"green tea", "black", "Smith, John"}

    def test_a_condition_on_an_annotation_keeps_its_meaning(self, products):
        cls = made(
            meta={"annotations": {"total": Count("reviews")}},
            total=IntegerField(lookups=["gte"]),
            author=StringField(db_field="reviews__author"),
        )
        found = cls({"total__gte": "2", "author": "ann"}).filter_queryset(products.all())
        assert {row.name: row.total for row in found} == {"green tea": 2, "black": 2}


@database
def test_declared_annotations_are_added_when_they_are_used_and_missing(products):
    calls = []

    def score(filterset):
        calls.append(filterset)
        return Count("reviews")

    cls = made(
        {"annotations": {"total": Count("reviews"), "score": score}, "order_fields": ["score", "name"]},
        total=IntegerField(lookups=["gte"]),
        score=IntegerField(),
    )
    plain = cls({"order_by": "name"}).filter_queryset(products.all())
    assert not plain.query.annotations
    used = cls({"total__gte": "2"}).filter_queryset(products.all())
    assert list(used.query.annotations) == ["total"]
    filterset = cls({"order_by": "-score"})
    assert list(filterset.filter_queryset(products.all()).query.annotations) == ["score"]
    assert calls == [filterset]
    own = products.annotate(total=Count("tags"))
    found = cls({"total__gte": "2"}).filter_queryset(own)
    assert {row.name for row in found} == {"green tea"}


class TestAnnotationNames:
    def test_an_undeclared_name_is_refused_with_the_way_out(self):
        with pytest.raises(ConfigError, match=r"ProductFilterSet\.total: .*'total'.*Meta\.annotations"):
            made(total=IntegerField())

    def test_a_listed_name_is_the_querysets(self):
        assert parameters(made({"annotations": ["total"]}, total=IntegerField(lookups=["gte"]))) == [
            "total",
            "total__gte",
        ]

    @database
    def test_with_preprocessors_it_is_looked_up_when_used(self, products):
        def count(filterset, queryset):
            return queryset.annotate(total=Count("reviews"))

        cls = made({"preprocessors": [count]}, total=IntegerField(), totl=IntegerField())
        assert {row.name for row in cls({"total": "1"}).filter_queryset(products.all())} == {"Smith, John"}
        with pytest.raises(ConfigError, match=r"'totl'.*'total'"):
            cls({"totl": "1"}).filter_queryset(products.all())

    def test_a_wrong_annotation_is_refused(self):
        async def later(filterset):
            return Count("reviews")

        for wrong in (3, later):
            with pytest.raises(ConfigError, match=r"annotations\['total'\] must be an expression or a sync callable"):
                made({"annotations": {"total": wrong}})
