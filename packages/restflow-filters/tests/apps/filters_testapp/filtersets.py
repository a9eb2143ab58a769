"""Filter sets that several test modules use."""

from django.db.models import Count, Q

from filters_testapp.models import Product
from restflow.filters import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FilterSet,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    OrderField,
    RelatedField,
    StringField,
    TimeField,
    UUIDField,
)


class WideFilterSet(FilterSet):
    """A filter of every class with every lookup it takes, over nullable columns, paths, a JSON key, an annotation."""

    name = StringField(lookups="__all__")
    note = StringField(lookups="__all__")
    price = DecimalField(lookups=["basic", "comparison", "range"])
    stock = IntegerField(lookups=["basic", "comparison", "range"])
    weight = FloatField(lookups=["basic", "comparison", "range"])
    active = BooleanField(lookups="__all__")
    made = DateField(lookups=["basic", "comparison", "date", "range", "iso_year", "year__gte"])
    seen = DateTimeField(lookups=["basic", "comparison", "date", "time", "range", "iso_year", "year__in"])
    opens = TimeField(lookups="__all__")
    lasts = DurationField(lookups="__all__")
    key = UUIDField(lookups="__all__")
    email = EmailField(lookups="__all__")
    address = IPAddressField(lookups="__all__")
    status = ChoiceField(choices=Product.Status.choices, lookups="__all__")
    statuses = MultipleChoiceField(choices=Product.Status.choices, db_field="status")
    stocks = ListField(child=IntegerField(), db_field="stock")
    category_name = StringField(db_field="category__name", lookups="__all__")
    country = StringField(db_field="category__country__name", lookups="__all__")
    category = IntegerField(lookups=["in", "isnull"])
    colour = StringField(db_field="data__colour", lookups=["isnull", "in", "icontains"])
    reviews = IntegerField(db_field="reviews__rating", lookups=["gte", "in", "isnull"])
    author = StringField(db_field="reviews__author")
    tag = StringField(db_field="tags__name", lookups=["in"])
    review_count = IntegerField(lookups=["gte", "in"])
    either = StringField(filter_by=["name__icontains", "note__icontains"])
    cheap = IntegerField(filter_by=lambda value: Q(price__lt=value) | Q(stock__lt=value))
    rated = IntegerField(filter_by=lambda value: {"reviews__rating": value})
    by_method = IntegerField(method="filter_by_method")
    wrong_type = StringField(db_field="stock", lookups=["gt", "in"])
    whole_price = IntegerField(db_field="price", lookups=["gt", "in"])
    pattern = StringField(db_field="note", allow_base=False, lookups=["unsafe"])
    all_tags = ListField(db_field="tags__name", match="all")
    kind = RelatedField(db_field="category", fields="__all__")
    order_by = OrderField(fields=["name", ("price", "-price"), "stock"], nulls="last")

    class Meta:
        model = Product
        annotations = {"review_count": Count("reviews")}

    def filter_by_method(self, queryset, value):
        return queryset.filter(reviews__rating__gte=value)
