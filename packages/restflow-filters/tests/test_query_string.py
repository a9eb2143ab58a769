"""Reading the query string: blanks, repetitions, quoted lists, NULs, limits, unknown parameters, and the errors."""

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import QueryDict
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from filters_testapp.models import Product
from hypothesis import assume, given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from restflow.filters import (
    ChoiceField,
    DecimalField,
    FilterSet,
    IntegerField,
    ListField,
    OrderField,
    StringField,
)
from restflow.filters._query_string import split


class Plain(FilterSet):
    name = StringField(lookups=["in"])
    stock = IntegerField(lookups=["gte", "in", "range"])
    blank = StringField(db_field="note", allow_blank=True)
    spaced = StringField(db_field="note", trim_whitespace=False)
    nullable = StringField(db_field="note", allow_null=True, lookups=["exact", "icontains"])
    both = StringField(db_field="note", allow_null=True, allow_blank=True)
    numbers = ListField(child=IntegerField(), db_field="stock")
    full = ListField(db_field="name", allow_empty=False)
    words = ListField(db_field="name", separator=None)
    order_by = OrderField(fields=["name"])

    class Meta:
        model = Product


def outcome(query, cls=Plain):
    """The validated data, or the codes of the errors."""
    filterset = cls(QueryDict(query) if isinstance(query, str) else query)
    if filterset.is_valid():
        return filterset.validated_data
    return {
        name: {index: inner[0].code for index, inner in detail.items()} if isinstance(detail, dict) else detail[0].code
        for name, detail in filterset.errors.items()
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("stock=", {}),
        ("stock=%20", {}),
        ("name=%09", {}),
        ("blank=", {"blank": ""}),
        ("blank=%20", {"blank": ""}),
        ("spaced=", {}),
        ("spaced=%20", {"spaced": " "}),
        ("stock__in=", {"stock__in": []}),
        ("stock__in=%20,,", {"stock__in": []}),
        ("full=", {"full": "empty"}),
        ("stock=1&stock=1", {"stock": 1}),
        ("stock=1&stock=2", {"stock": "repeated"}),
        ("stock=1&stock=", {"stock": "repeated"}),
        ("numbers=1,2&numbers=3,1", {"numbers": [1, 2, 3]}),
        ("numbers=%201%20,,2", {"numbers": [1, 2]}),
        ('name__in="Smith, John",Doe', {"name__in": ["Smith, John", "Doe"]}),
        ('name__in="say ""hi""",x', {"name__in": ['say "hi"', "x"]}),
        ('name__in=5" pipe,"a"', {"name__in": ['5" pipe', "a"]}),
        ('name__in="a', {"name__in": "invalid_list"}),
        ('name__in="a"b', {"name__in": "invalid_list"}),
        ("words=a,b&words=c", {"words": ["a,b", "c"]}),
        ("name=a%00b", {"name": "null_characters_not_allowed"}),
        ("name__in=a,b%00", {"name__in": {1: "null_characters_not_allowed"}}),
        ("stock__range=1%00,2", {"stock__range": "null_characters_not_allowed"}),
        ("numbers=1,x,y", {"numbers": {1: "invalid", 2: "invalid"}}),
        ("nullable=", {"nullable": None}),
        ("nullable__exact=", {"nullable__exact": None}),
        ("nullable!=", {"nullable!": None}),
        ("nullable__icontains=", {}),
        ("both=", {"both": ""}),
        ("other=1", {}),
        ("stock%21=1", {"stock!": 1}),
    ],
)
def test_a_query_string_is_read(query, expected):
    assert outcome(query) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"stock": 5, "numbers": [1, 2]}, {"stock": 5, "numbers": [1, 2]}),
        ({"stock": None}, {"stock": "null"}),
        ({"nullable": None}, {"nullable": None}),
        ({"stock": " "}, {}),
        ({"numbers": "1,2"}, {"numbers": [1, 2]}),
        ({"name__in": ["a,b"]}, {"name__in": ["a,b"]}),
        ({"numbers": [1, None]}, {"numbers": "null"}),
        ({"stock": [1, 1]}, {"stock": 1}),
        ({"stock": [1, 2]}, {"stock": "repeated"}),
        ({"stock__range": [1, None]}, {"stock__range": [1, None]}),
        ({"stock": {"a": 1}}, {"stock": "invalid"}),
        ({"name": {"a": 1}}, {"name": "invalid"}),
    ],
)
def test_a_mapping_is_read_by_the_same_rules(data, expected):
    assert outcome(data) == expected


@pytest.mark.django_db
def test_null_means_null():
    for note in (None, "", "x"):
        Product.objects.create(note=note)

    def notes(**data):
        return [row.note for row in Plain(data).filter_queryset(Product.objects.order_by("pk"))]

    assert notes(nullable="") == notes(nullable__exact="") == [None]
    assert notes(**{"nullable!": ""}) == ["", "x"]
    assert notes(blank="") == notes(both="") == [""]


class TestLimits:
    def test_declared_parameters(self):
        cls = type("Few", (Plain,), {"Meta": type("Meta", (), {"max_params": 2})})
        assert outcome("stock=1&name=a&other=1&more=2", cls) == {"stock": 1, "name": "a"}
        assert outcome("stock=1&name=a&stock__gte=1", cls) == {"non_field_errors": "max_params"}
        lifted = type("Many", (Plain,), {"Meta": type("Meta", (), {"max_params": None})})
        assert len(outcome("stock=1&name=a&stock__gte=1", lifted)) == 3

    def test_the_default_limits(self):
        items = ",".join(map(str, range(1001)))
        assert outcome(f"numbers={items}") == {"numbers": "max_list_items"}
        assert len(outcome(f"numbers={items[: items.rindex(',')]}")["numbers"]) == 1000
        repeated = MultiValueDict({"numbers": [str(number) for number in range(1001)]})
        assert outcome(repeated) == {"numbers": "max_list_items"}
        assert outcome("name=" + "x" * 2001) == {"name": "max_length"}
        assert outcome("name=" + "x" * 2000) == {"name": "x" * 2000}
        assert outcome("name__in=a," + "x" * 2001) == {"name__in": {1: "max_length"}}

    def test_messages_say_the_limit(self):
        filterset = Plain({"name": "x" * 2001})
        assert not filterset.is_valid()
        assert str(filterset.errors["name"][0]) == "No more than 2000 characters are allowed."


class TestUnknownParameters:
    cls = type("Strict", (Plain,), {"Meta": type("Meta", (), {"unknown_params": "error", "allowed_params": ["theme"]})})

    def test_they_are_refused_with_the_nearest_name(self):
        filterset = self.cls(QueryDict("stock__gt=1&zzz=1&theme=dark&format=json&version=1&stock=1"))
        assert not filterset.is_valid()
        assert {name: (d[0].code, str(d[0])) for name, d in filterset.errors.items()} == {
            "stock__gt": ("unknown_parameter", "Unknown filter parameter. Did you mean 'stock__gte'?"),
            "zzz": ("unknown_parameter", "Unknown filter parameter."),
        }

    def test_the_views_own_parameters_are_known(self):
        from rest_framework.filters import OrderingFilter, SearchFilter
        from rest_framework.pagination import LimitOffsetPagination

        view = type(
            "View", (), {"paginator": LimitOffsetPagination(), "filter_backends": [SearchFilter, OrderingFilter]}
        )()
        filterset = self.cls(QueryDict("limit=1&offset=2&search=x&ordering=name"), context={"view": view})
        assert filterset.is_valid()


class TestErrors:
    def test_all_are_gathered_under_their_parameters(self):
        assert outcome("stock=x&numbers=z&order_by=nope&stock__range=1") == {
            "stock": "invalid",
            "numbers": {0: "invalid"},
            "order_by": "invalid_choice",
            "stock__range": "range",
        }

    def test_they_are_one_400(self):
        with pytest.raises(ValidationError) as caught:
            Plain({"stock": "x", "numbers": "y"}).filter_queryset(Product.objects.all())
        assert caught.value.status_code == 400
        assert set(caught.value.detail) == {"stock", "numbers"}

    def test_messages_are_in_the_requests_language(self):
        with translation.override("de"):
            filterset = Plain({"stock": "x"})
            filterset.is_valid()
            assert str(filterset.errors["stock"][0]) == "Eine gültige Ganzzahl ist erforderlich."
        filterset = Plain({"stock": "x"})
        filterset.is_valid()
        assert str(filterset.errors["stock"][0]) == "A valid integer is required."


class TestHooks:
    class Checked(FilterSet):
        price = DecimalField(lookups=["gte"])
        stock = IntegerField()

        def validate_price(self, value):
            if value > 100:
                raise ValidationError("too dear", "dear")
            return value

        def validate_price__gte(self, value):
            raise DjangoValidationError("never", "never")

        def validate(self, data):
            if data.get("stock") == 13:
                raise ValidationError({"stock": "unlucky"})
            if data.get("stock") == 14:
                raise DjangoValidationError("too many", "many")
            return data | {"stock": data.get("stock", 7)}

    def test_a_parameter_is_checked_with_its_negation(self):
        assert outcome({"price": "101"}, self.Checked) == {"price": "dear"}
        assert outcome({"price!": "101"}, self.Checked) == {"price!": "dear"}
        assert outcome({"price__gte": "1"}, self.Checked) == {"price__gte": "never"}
        assert outcome({"price__gte!": "1"}, self.Checked) == {"price__gte!": "never"}

    def test_all_values_are_checked_together(self):
        assert outcome({"stock": "13"}, self.Checked) == {"stock": "invalid"}
        assert outcome({"stock": "14"}, self.Checked) == {"non_field_errors": "many"}
        assert outcome({}, self.Checked) == {"stock": 7}

    def test_a_forgotten_return_is_an_error(self):
        cls = type("Forgetful", (FilterSet,), {"validate": lambda self, data: None})
        with pytest.raises(TypeError, match=r"Forgetful\.validate\(\) must return"):
            cls({}).is_valid()

    def test_fields_and_children_see_the_request(self):
        seen = []

        class Watching(IntegerField):
            def to_internal_value(self, data):
                seen.append(self.context["request"])
                return super().to_internal_value(data)

        class Asking:
            requires_context = True

            def __call__(self, value, field):
                seen.append(field.context["request"])

        class Set(FilterSet):
            one = Watching(db_field="stock", lookups=["in"])
            two = ListField(child=IntegerField(validators=[Asking()]), db_field="stock")

        request = type("Request", (), {"query_params": QueryDict("one=1&one__in=2&two=3")})()
        assert Set(request=request).is_valid()
        assert seen == [request] * 3


@given(items=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), max_size=6))
def test_splitting_inverts_quoting(items):
    quoted = ",".join('"' + item.replace('"', '""') + '"' for item in items)
    assert split(quoted, ",", None) == items


@given(text=st.text(max_size=60))
def test_splitting_any_text_gives_items_or_one_error(text):
    try:
        found = split(text, ",", 5)
    except ValidationError as error:
        found = [str(detail.code) for detail in error.detail]
        assume(found != ["invalid_list"])
    assert all(item in text.replace('""', '"') for item in found)


def test_choices_are_compared_as_strings():
    cls = type("Chosen", (FilterSet,), {"level": ChoiceField(choices=[(1, "one")], db_field="stock")})
    assert outcome({"level": 1}, cls) == outcome("level=1", cls) == {"level": 1}
