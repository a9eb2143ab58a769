"""restflow's own fields have the schema of what they read and write, in every version of OpenAPI."""

import enum
import re
import uuid
from decimal import Decimal

import pytest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from spectacular_testapp import protocol
from spectacular_testapp.fields import Bound, BytesField, EnumField, LiteralField, SetField, TupleField, UnionField
from spectacular_testapp.generating import VERSIONS, generate, project, warnings


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Shop:
    class Status(enum.Enum):
        OPEN = 1


class Order:
    class Status(enum.Enum):
        PAID = "paid"


class Card(serializers.Serializer):
    kind = LiteralField(choices=["card"])
    number = serializers.CharField()


class Transfer(serializers.Serializer):
    kind = LiteralField(choices=["transfer"], required=False)
    iban = serializers.CharField()


def document_of(*serializer_classes, **settings):
    def post(self, request):
        raise AssertionError

    views = [
        type(f"View{index}", (protocol.APIView,), {"serializer_class": one, "post": post})
        for index, one in enumerate(serializer_classes)
    ]
    return generate([path(f"{index}/", view.as_view()) for index, view in enumerate(views)], **settings)


def shape(_name="Thing", _bases=(serializers.Serializer,), **fields):
    return type(_name, _bases, fields)


def schema_of(field, oas="3.0.3", **settings):
    schemas = document_of(shape(it=field), oas=oas, **settings)["components"]["schemas"]
    return schemas["Thing"]["properties"]["it"], schemas


@pytest.mark.parametrize("oas", VERSIONS)
def test_an_enum_is_a_component_named_after_its_class(oas):
    found, schemas = schema_of(EnumField(Level), oas)
    assert found == {"$ref": "#/components/schemas/Level"}
    assert schemas["Level"]["enum"] == ["low", "high"]
    assert schemas["Level"]["type"] == "string"


@pytest.mark.parametrize("oas", VERSIONS)
def test_a_nullable_enum_may_be_null(oas):
    found, _schemas = schema_of(EnumField(Level, allow_null=True), oas)
    if oas == "3.0.3":
        assert found == {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Level"}]}
    else:
        assert found == {"oneOf": [{"$ref": "#/components/schemas/Level"}, {"type": "null"}]}


def test_nested_enums_of_one_name_do_not_collide():
    schemas = document_of(shape(shop=EnumField(Shop.Status), order=EnumField(Order.Status)))["components"]["schemas"]
    assert schemas["ShopStatus"]["type"] == "integer"
    assert schemas["OrderStatus"]["enum"] == ["paid"]


def test_enums_of_one_name_and_other_values_are_told_apart_with_a_warning():
    other = enum.Enum("Level", {"ONE": 1})
    other.__module__ = "spectacular_testapp.models"
    schemas = document_of(shape(a=EnumField(Level), b=EnumField(other)), quiet=False)["components"]["schemas"]
    assert schemas["Level"]["enum"] == ["low", "high"]
    assert schemas["SpectacularTestappLevel"]["enum"] == [1]
    assert len(warnings()) == 1


@pytest.mark.parametrize("oas", VERSIONS)
def test_a_literal_of_mixed_types_is_an_enum_without_type(oas):
    found, _schemas = schema_of(
        LiteralField(choices=[1, "one"]), oas, spectacular={"ENUM_GENERATE_CHOICE_DESCRIPTION": False}
    )
    assert found == {"anyOf": [{"enum": [1, "one"]}]}


@pytest.mark.parametrize("oas", VERSIONS)
def test_a_fixed_tuple_has_a_schema_for_each_place(oas):
    field = TupleField(children=[serializers.IntegerField(), serializers.CharField(), serializers.IntegerField()])
    found, _schemas = schema_of(field, oas)
    assert (found["minItems"], found["maxItems"]) == (3, 3)
    if oas == "3.0.3":
        assert [item["type"] for item in found["items"]["anyOf"]] == ["integer", "string"]
    else:
        assert [item["type"] for item in found["prefixItems"]] == ["integer", "string", "integer"]
        assert "items" not in found


def test_sets_are_unique_and_open_tuples_are_arrays():
    found, _schemas = schema_of(SetField(child=serializers.IntegerField(), max_length=3))
    assert found == {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "maxItems": 3}
    found, _schemas = schema_of(TupleField(child=serializers.IntegerField()))
    assert found == {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize("oas", VERSIONS)
def test_bytes_tell_their_encoding(oas):
    found, _schemas = schema_of(BytesField(encoding="base64", max_length=4), oas)
    assert found["maxLength"] == 8
    assert found.get("format" if oas == "3.0.3" else "contentEncoding") == ("byte" if oas == "3.0.3" else "base64")
    assert schema_of(BytesField(), oas)[0] == {"type": "string"}


@pytest.mark.parametrize("oas", VERSIONS)
def test_exclusive_bounds_and_steps(oas):
    field = serializers.IntegerField(validators=[Bound(gt=0), Bound(lt=Decimal(10)), Bound(multiple_of=Decimal("0.5"))])
    expected = (
        {"minimum": 0, "exclusiveMinimum": True, "maximum": 10, "exclusiveMaximum": True}
        if oas == "3.0.3"
        else {"exclusiveMinimum": 0, "exclusiveMaximum": 10}
    )
    assert schema_of(field, oas)[0] == {"type": "integer", **expected, "multipleOf": 0.5}
    narrower = serializers.IntegerField(min_value=5, validators=[Bound(gt=0)])
    assert schema_of(narrower, oas)[0] == {"type": "integer", "minimum": 5}


@pytest.mark.parametrize("split", [False, True], ids=["one component", "split by direction"])
@pytest.mark.parametrize("oas", VERSIONS)
def test_a_union_of_objects_is_told_apart_by_its_discriminator(oas, split):
    card, transfer = Card(), Transfer()
    field = UnionField(members=[card, transfer], discriminator="kind", mapping={"card": card, "transfer": transfer})
    document = document_of(shape(method=field), oas=oas, spectacular={"COMPONENT_SPLIT_REQUEST": split})
    schemas = document["components"]["schemas"]
    for suffix in ("", "Request") if split else ("",):
        found = schemas[f"Thing{suffix}"]["properties"]["method"]
        references = [f"#/components/schemas/{name}{suffix}" for name in ("Card", "Transfer")]
        assert found["oneOf"] == [{"$ref": reference} for reference in references]
        mapping = dict(zip(("card", "transfer"), references, strict=True))
        assert found["discriminator"] == {"propertyName": "kind", "mapping": mapping}
        assert schemas[f"Transfer{suffix}"]["required"] == ["iban", "kind"]


@pytest.mark.parametrize("oas", VERSIONS)
def test_other_unions_are_any_of_their_members_in_order(oas):
    members = [serializers.IntegerField(min_value=1), serializers.CharField(), serializers.IntegerField(min_value=1)]
    found, _schemas = schema_of(UnionField(members=members, allow_null=True), oas)
    kinds = [member.get("type") for member in found["anyOf"]]
    assert kinds == ["integer", "string"] + ([] if oas == "3.0.3" else ["null"])


def test_unknown_fields_may_be_forbidden():
    strict = shape(Meta=type("Meta", (), {"unknown_fields": "forbid"}), it=serializers.CharField())
    assert document_of(strict)["components"]["schemas"]["Thing"]["additionalProperties"] is False


def test_nameless_serializers_are_described_in_place():
    nameless = type("Meta", (), {"ref_name": None})
    one = shape("_", Meta=nameless, a=serializers.IntegerField())()
    two = shape("_", Meta=nameless, b=serializers.CharField())()
    schemas = document_of(shape(one=one, two=two))["components"]["schemas"]
    assert set(schemas) == {"Thing", "Error"} - ({"Error"} - set(schemas))
    assert schemas["Thing"]["properties"]["one"]["properties"] == {"a": {"type": "integer"}}
    assert schemas["Thing"]["properties"]["two"]["properties"] == {"b": {"type": "string"}}


def test_a_nameless_serializer_that_contains_itself_is_a_component():
    class Node(serializers.Serializer):
        class Meta:
            ref_name = None

        def get_fields(self):
            return {"value": serializers.IntegerField(), "child": Node(required=False)}

    document = document_of(Node)
    assert document["components"]["schemas"]["Node"]["properties"]["child"] == {"$ref": "#/components/schemas/Node"}


def test_values_are_those_of_json():
    defaults = shape(
        amount=serializers.DecimalField(max_digits=5, decimal_places=2, default=Decimal("1.50")),
        key=serializers.UUIDField(default=uuid.UUID(int=1)),
        level=EnumField(Level, default=Level.LOW.value),
        made=serializers.CharField(default=lambda: "callable"),
        bounded=serializers.FloatField(min_value=Decimal("0.25")),
    )
    properties = document_of(defaults)["components"]["schemas"]["Thing"]["properties"]
    assert properties["amount"]["default"] == "1.50"
    assert properties["key"]["default"] == str(uuid.UUID(int=1))
    assert properties["level"]["default"] == "low"
    assert "default" not in properties["made"]
    assert properties["bounded"]["minimum"] == 0.25


@pytest.mark.parametrize(
    ("max_digits", "places", "accepted", "refused"),
    [
        (5, 2, ["0", "-1.5", "123.45", ".5", "7."], ["", "-", ".", "-.", "1234", "1.234", "1,5"]),
        (3, 0, ["0", "-999", "7."], ["", "-", ".", "1000", "1.5"]),
        (2, 2, ["0.25", "-.25"], ["", "-", ".", "0", "1.25"]),
    ],
)
def test_a_decimal_in_text_has_a_digit(max_digits, places, accepted, refused):
    field = serializers.DecimalField(max_digits=max_digits, decimal_places=places)
    found, _schemas = schema_of(field)
    for text in accepted:
        field.run_validation(text)
        assert re.search(found["pattern"], text), text
    assert not [text for text in refused if re.search(found["pattern"], text)]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, {}),
        ({"allow_empty": False}, {"minItems": 1}),
        ({"allow_empty": False, "max_length": 3}, {"minItems": 1, "maxItems": 3}),
        ({"min_length": 2}, {"minItems": 2}),
    ],
)
def test_a_list_of_objects_has_its_limits_in_the_request(limits, expected):
    with project():

        class Things(protocol.APIView):
            @extend_schema(request=Card(many=True, **limits), responses=Card(many=True, **limits))
            def post(self, request):
                raise AssertionError

    operation = generate([path("things/", Things.as_view())])["paths"]["/things/"]["post"]
    request = operation["requestBody"]["content"]["application/json"]["schema"]
    assert request.pop("items") == {"$ref": "#/components/schemas/Card"}
    assert request == {"type": "array", **expected}
    response = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert response.keys() == {"type", "items"}
