"""The field classes of restflow's own: what each says in 1.3, and that they behave as DRF's do."""

import copy
import decimal
import enum
from typing import Annotated, Any, Literal

import annotated_types as at
import pytest
from django.db.models import TextChoices
from django.http import QueryDict
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ValidationError

from restflow import serializers as rs


class Color(enum.Enum):
    RED = "r"
    BLUE = 2


class Size(TextChoices):
    SMALL = "s", "Rather small"


MADE: dict[str, tuple[Any, dict[str, Any]]] = {
    "decimal": (rs.DecimalField, {"max_digits": 5, "decimal_places": 1}),
    "bytes": (rs.BytesField, {"encoding": "base64"}),
    "enum": (rs.EnumField, {"enum": Color}),
    "literal": (rs.LiteralField, {"choices": ["a", 1]}),
    "set": (rs.SetField, {"child": drf.IntegerField(), "frozen": True}),
    "tuple": (rs.TupleField, {"child": drf.IntegerField()}),
    "pair": (rs.TupleField, {"children": (drf.IntegerField(), drf.CharField())}),
    "union": (rs.UnionField, {"members": (drf.IntegerField(), drf.CharField())}),
}


def never(value: Any) -> None:
    raise ValidationError("never", code="never")


@pytest.mark.parametrize("name", MADE)
class TestLikeDrfs:
    def test_arguments_are_attributes(self, name: str) -> None:
        cls, arguments = copy.deepcopy(MADE[name])
        made = cls(**arguments)
        for argument, value in arguments.items():
            attribute = getattr(made, argument)
            if argument == "choices":
                attribute = list(attribute)
            same = {"child": type, "children": lambda many: [type(one) for one in many]}
            same["members"] = same["children"]
            shown = same.get(argument, lambda one: one)
            assert shown(attribute) == shown(value)

    def test_it_binds_copies_and_prints(self, name: str) -> None:
        cls, arguments = copy.deepcopy(MADE[name])
        made = cls(**arguments, validators=[never], help_text="h", required=False, default=None, allow_null=True)
        copied = copy.deepcopy(made)
        assert type(copied) is cls
        assert copied.help_text == "h"
        assert never in copied.validators
        holder: Any = type("Holder", (rs.Serializer,), {"value": made, "__module__": __name__})
        bound = holder().fields["value"]
        assert (bound.field_name, bound.source, type(bound.parent)) == ("value", "value", holder)
        assert bound is not holder().fields["value"]
        assert cls.__name__ in repr(holder())
        assert "help_text='h'" in repr(holder())
        serializer = holder(data={})
        assert serializer.is_valid()
        assert serializer.validated_data == {"value": None}

    def test_validators_run_after_conversion(self, name: str) -> None:
        good = {"decimal": "1.5", "bytes": "YQ==", "enum": "r", "literal": "a", "pair": [1, "a"], "union": 1}
        cls, arguments = copy.deepcopy(MADE[name])
        with pytest.raises(ValidationError) as caught:
            cls(**arguments, validators=[never]).run_validation(good.get(name, [1]))
        assert [detail.code for detail in caught.value.detail] == ["never"]  # type: ignore[union-attr]


def code(field: Any, value: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    detail: Any = caught.value.detail
    return {key: each[0].code for key, each in detail.items()} if isinstance(detail, dict) else detail[0].code


class TestBytes:
    def test_base64(self) -> None:
        field = rs.BytesField(encoding="base64")
        assert field.run_validation("/wA=") == b"\xff\x00"
        assert field.to_representation(b"\xff\x00") == "/wA="
        for bad in ("/w", "é", "a b=", "====", "/wA=\n/wA="):
            assert code(field, bad) == "invalid"

    def test_lengths_count_bytes(self) -> None:
        field = rs.BytesField(max_length=2, min_length=2)
        assert field.run_validation("é") == "é".encode()
        assert code(field, "éa") == "max_length"
        assert code(field, "a") == "min_length"
        assert code(rs.BytesField(encoding="base64", max_length=2), "YWJj") == "max_length"

    def test_bytes_that_are_no_text(self) -> None:
        class Some(rs.Serializer):
            raw: bytes

        with pytest.raises(ValueError, match=r"field 'raw' are not UTF-8; give the field encoding=\"base64\""):
            Some({"raw": b"\xff"}).data  # noqa: B018
        assert Some({"raw": bytearray(b"a")}).data == {"raw": "a"}
        assert Some({"raw": memoryview(b"a")}).data == {"raw": "a"}

    def test_another_encoding_is_refused(self) -> None:
        with pytest.raises(ValueError, match="utf-8"):
            rs.BytesField(encoding="latin-1")  # type: ignore[arg-type]


class TestEnum:
    def test_labels(self) -> None:
        assert rs.EnumField(enum=Size).choices == {"s": "Rather small"}
        assert rs.EnumField(enum=Color).choices == {"r": "RED", 2: "BLUE"}

    def test_in_and_out(self) -> None:
        field = rs.EnumField(enum=Color)
        for sent in ("2", 2, Color.BLUE):
            assert field.run_validation(sent) is Color.BLUE
        for value in (2, Color.BLUE):
            assert field.to_representation(value) == 2
        for bad in ("RED", "BLUE", 2.5, True, [], {}, Size.SMALL):
            assert code(field, bad) == "invalid_choice"
        assert rs.EnumField(enum=Size).run_validation("s") is Size.SMALL
        assert rs.EnumField(enum=Size).to_representation(Size.SMALL) == "s"


class TestLiteral:
    def test_equal_type_and_value_come_first(self) -> None:
        field = rs.LiteralField(choices=["1", 1, True])
        for sent in ("1", 1, True):
            value = field.run_validation(sent)
            assert (value, type(value)) == (sent, type(sent))
        assert rs.LiteralField(choices=[1, 2]).run_validation("2") == 2
        assert code(rs.LiteralField(choices=[1, 2]), True) == "invalid_choice"
        assert rs.LiteralField(choices=[Color.RED]).run_validation("r") is Color.RED


class TestSet:
    def test_lengths_count_after_duplicates_collapse(self) -> None:
        field = rs.SetField(child=drf.IntegerField(), min_length=2, max_length=2)
        assert field.run_validation([1, 2, "2", 1]) == {1, 2}
        assert code(field, [1, "1"]) == "min_length"
        assert code(field, [1, 2, 3]) == "max_length"
        assert code(rs.SetField(child=drf.IntegerField(), allow_empty=False), []) == "empty"

    def test_output_is_sorted_where_it_can_be(self) -> None:
        words = {f"w{number}" for number in range(50)}
        assert rs.SetField(child=drf.CharField()).to_representation(words) == sorted(words)
        assert sorted(map(str, rs.SetField(child=drf.JSONField()).to_representation({1, "a"}))) == ["1", "a"]

    def test_errors_by_index(self) -> None:
        assert code(rs.SetField(child=drf.IntegerField()), [1, "x"]) == {1: "invalid"}


class TestTuple:
    def test_length_and_errors_by_index(self) -> None:
        field = rs.TupleField(children=[drf.IntegerField(), drf.CharField()])
        with pytest.raises(ValidationError, match=r"Expected 2 items, got 3\."):
            field.run_validation([1, "a", 2])
        assert code(field, [1]) == "length"
        assert code(field, ["x", ""]) == {0: "invalid", 1: "blank"}
        assert code(field, "ab") == "not_a_list"
        assert field.to_representation((1, None)) == [1, None]


class TestBounds:
    @pytest.mark.parametrize(
        ("constraint", "kind", "bad", "expected", "attribute"),
        [
            (at.Gt(1), int, 1, "min_value", "gt"),
            (at.Lt(1), float, 1.0, "max_value", "lt"),
            (at.MultipleOf(3), int, 4, "multiple_of", "multiple_of"),
            (at.MultipleOf(0.1), float, 0.25, "multiple_of", "multiple_of"),
            (at.Gt(1), decimal.Decimal, "1", "min_value", "gt"),
        ],
        ids=str,
    )
    def test_codes_and_attributes(self, constraint: Any, kind: Any, bad: Any, expected: str, attribute: str) -> None:
        field = rs.get_field_from_type(Annotated[kind, constraint])
        assert code(field, bad) == expected
        found = [validator for validator in field.validators if hasattr(validator, attribute)]
        assert getattr(found[0], attribute) == getattr(constraint, attribute)


class Left(rs.Serializer):
    side: Literal["left"]
    n: int


class Right(rs.Serializer):
    side: Literal["right"]


class Base:
    pass


class Sub(str):
    pass


class TestUnion:
    def test_output_goes_to_the_exact_type_then_to_a_base_then_to_who_can(self) -> None:
        field = rs.get_field_from_type(int | str)
        assert field.to_representation(Sub("s")) == "s"
        assert field.to_representation(True) is True or field.to_representation(True) == 1
        assert rs.get_field_from_type(int | bool).to_representation(True) is True
        assert rs.get_field_from_type(float | int).to_representation(3) == 3
        assert rs.get_field_from_type(Left | Right | int).to_representation("7") == 7

    def test_what_nobody_renders_names_serializer_and_field(self) -> None:
        class Some(rs.Serializer):
            either: int | Left

        with pytest.raises(ValueError, match=r"Some\.either: no member of the union renders a Base"):
            Some({"either": Base()}).data  # noqa: B018

    def test_a_chosen_discriminator_among_several(self) -> None:
        class One(rs.Serializer):
            kind: Literal["one"]
            side: Literal["left"]

        class Two(rs.Serializer):
            kind: Literal["two"]
            side: Literal["right"]

        with pytest.raises(TypeError, match="they share several: kind, side"):
            rs.get_field_from_type(One | Two)
        field: Any = rs.get_field_from_type(One | Two, discriminator="side")
        assert field.discriminator == "side"
        assert [type(member) for member in field.mapping.values()] == [One, Two]
        assert list(field.mapping) == ["left", "right"]

    def test_a_literal_may_be_a_member_of_an_enum(self) -> None:
        class One(rs.Serializer):
            kind: Literal[Color.RED]

        class Two(rs.Serializer):
            kind: Literal[Color.BLUE]

        field: Any = rs.get_field_from_type(One | Two)
        assert field.run_validation({"kind": "2"}) == {"kind": Color.BLUE}
        assert field.to_representation({"kind": Color.RED}) == {"kind": "r"}


# what a form sends for `value`, and what comes of it: a value, or the code of the error
FORMS: list[tuple[Any, str, Any]] = [
    (int, "value=3", 3),
    (int, "value=", "invalid"),
    (int, "", "required"),
    (int | None, "value=", None),
    (str, "value=", "blank"),
    (str | None, "value=", None),
    (bool, "value=on", True),
    (bool, "", False),
    (decimal.Decimal, "value=1.5", decimal.Decimal("1.5")),
    (bytes, "value=a", b"a"),
    (Color, "value=2", Color.BLUE),
    (Color, "value=x", "invalid_choice"),
    (Literal["a", 1], "value=1", 1),
    (list[int], "value=1&value=2", [1, 2]),
    (list[int], "value[0]=1&value[1]=2", [1, 2]),
    (set[int], "value=1&value=1", {1}),
    (set[int], "value[0]=1&value[1]=1", {1}),
    (frozenset[str], "value=a", frozenset("a")),
    (tuple[int, str], "value=1&value=a", (1, "a")),
    (tuple[int, str], "value=1", "length"),
    (tuple[int, ...], "value[0]=4", (4,)),
    (dict[str, int], "value.a=1", {"a": 1}),
    (int | Literal["a"], "value=a", "a"),
    (int | Literal["a"], "value=4", 4),
    (Left, "value.side=left&value.n=1", {"side": "left", "n": 1}),
    (list[Left], "value[0]side=left&value[0]n=1", [{"side": "left", "n": 1}]),
]


@pytest.mark.parametrize(("annotation", "form", "expected"), FORMS, ids=lambda value: str(value)[:40])
async def test_forms(annotation: Any, form: str, expected: Any) -> None:
    cls: Any = type("Form", (rs.Serializer,), {"__annotations__": {"value": annotation}, "__module__": __name__})
    sync, awaited = cls(data=QueryDict(form)), cls(data=QueryDict(form))
    valid = sync.is_valid()
    assert await awaited.ais_valid() is valid
    assert repr(awaited.errors) == repr(sync.errors)
    got = sync.validated_data["value"] if valid else sync.errors["value"][0].code
    assert got == expected


class WithOwn(rs.Serializer):
    color: Color
    items: set[int]
    raw: bytes
    either: int | str
    pair: tuple[int, str]


def test_they_have_no_state_of_a_request() -> None:
    good = {"color": "r", "items": [1], "raw": "a", "either": 1, "pair": [1, "a"]}
    bad = {"color": "x", "items": ["x"], "raw": [], "either": [], "pair": [1]}
    before = [dict(vars(field)) for field in WithOwn._declared_fields.values()]
    for data in (good, bad, good):
        serializer = WithOwn(data=data)
        assert serializer.is_valid() is (data is good)
        again = WithOwn(data=data)
        assert again.is_valid() is (data is good)
        assert repr(again.errors) == repr(serializer.errors)
    assert [dict(vars(field)) for field in WithOwn._declared_fields.values()] == before


def test_they_work_in_rest_framework_s_own_serializers() -> None:
    class Foreign(drf_serializers.Serializer[Any]):
        color = rs.EnumField(enum=Color)
        items = rs.SetField(child=drf.IntegerField())
        pair = rs.TupleField(children=[drf.IntegerField(), drf.CharField()])
        either = rs.UnionField(members=[drf.IntegerField(), drf.CharField()])

    serializer = Foreign(data={"color": "r", "items": [1, 1], "pair": ["1", "a"], "either": "x"})
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {"color": Color.RED, "items": {1}, "pair": (1, "a"), "either": "x"}
    assert Foreign(serializer.validated_data).data == {"color": "r", "items": [1], "pair": [1, "a"], "either": "x"}
