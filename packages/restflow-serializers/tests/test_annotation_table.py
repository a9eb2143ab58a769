"""Each annotation means one field: what it takes, what it refuses, and what it gives back."""

import datetime
import decimal
import enum
import uuid
from typing import Annotated, Any, Literal, NewType

import pytest
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author

from restflow import serializers as rs


class Color(enum.Enum):
    RED = "r"
    GREEN = "g"


class Level(enum.IntEnum):
    LOW = 1


class Point(rs.Serializer):
    x: int


Name = NewType("Name", str)
UUID_TEXT = "6a0d2b36-4ddb-4ec8-9b44-0f8e6dc0a7a1"

# annotation, field class, good input, its value, its output, bad input, code of the error
TABLE: list[tuple[Any, type, Any, Any, Any, Any, str]] = [
    (str, drf.CharField, "a", "a", "a", {}, "invalid"),
    (int, drf.IntegerField, "3", 3, 3, "x", "invalid"),
    (float, drf.FloatField, 1.5, 1.5, 1.5, "x", "invalid"),
    (bool, drf.BooleanField, True, True, True, "x", "invalid"),
    (decimal.Decimal, rs.DecimalField, "1.5", decimal.Decimal("1.5"), "1.500000", "NaN", "invalid"),
    (datetime.date, drf.DateField, "2024-02-29", datetime.date(2024, 2, 29), "2024-02-29", "2023-02-29", "invalid"),
    (datetime.time, drf.TimeField, "10:11:12", datetime.time(10, 11, 12), "10:11:12", "25:00", "invalid"),
    (datetime.timedelta, drf.DurationField, "90", datetime.timedelta(seconds=90), "00:01:30", "x", "invalid"),
    (uuid.UUID, drf.UUIDField, UUID_TEXT, uuid.UUID(UUID_TEXT), UUID_TEXT, "x", "invalid"),
    (bytes, rs.BytesField, "é", "é".encode(), "é", 1.5j, "invalid"),
    (rs.Email, drf.EmailField, "a@b.de", "a@b.de", "a@b.de", "a@", "invalid"),
    (rs.IPAddress, drf.IPAddressField, "::1", "::1", "::1", "1.2.3", "invalid"),
    (rs.BlankableString, drf.CharField, "", "", "", [], "invalid"),
    (Any, drf.JSONField, {"a": [1]}, {"a": [1]}, {"a": [1]}, {1, 2}, "invalid"),
    (Name, drf.CharField, "a", "a", "a", {}, "invalid"),
    (Literal["a", "b"], rs.LiteralField, "b", "b", "b", "c", "invalid_choice"),
    (Literal[1, "x"], rs.LiteralField, "1", 1, 1, True, "invalid_choice"),
    (Literal[True, "x"], rs.LiteralField, True, True, True, 1, "invalid_choice"),
    (Color, rs.EnumField, "r", Color.RED, "r", "RED", "invalid_choice"),
    (Color, rs.EnumField, Color.GREEN, Color.GREEN, "g", [], "invalid_choice"),
    (Level, rs.EnumField, "1", Level.LOW, 1, True, "invalid_choice"),
    (list[int], drf.ListField, ["1"], [1], [1], "1", "not_a_list"),
    (list, drf.ListField, ["a"], ["a"], ["a"], {}, "not_a_list"),
    (list[int | None], drf.ListField, [None, 1], [None, 1], [None, 1], 1, "not_a_list"),
    (set[int], rs.SetField, [2, 1, 1], {1, 2}, [1, 2], 1, "not_a_list"),
    (frozenset[str], rs.SetField, ["a"], frozenset("a"), ["a"], 1, "not_a_list"),
    (set[Any], rs.SetField, [1], {1}, [1], [{}], "invalid"),
    (tuple[int, ...], rs.TupleField, [1, "2"], (1, 2), [1, 2], 1, "not_a_list"),
    (tuple[int, str], rs.TupleField, [1, "2"], (1, "2"), [1, "2"], [1, "2", 3], "length"),
    (dict[str, int], drf.DictField, {"a": "1"}, {"a": 1}, {"a": 1}, [], "not_a_dict"),
    (dict, drf.DictField, {"a": 1}, {"a": 1}, {"a": 1}, [], "not_a_dict"),
    (dict[str, list[int]], drf.DictField, {"a": ["1"]}, {"a": [1]}, {"a": [1]}, 0, "not_a_dict"),
    (Annotated[str, rs.Field(max_length=2)], drf.CharField, "ab", "ab", "ab", "abc", "max_length"),
    (Annotated[str, drf.SlugField()], drf.SlugField, "a-b", "a-b", "a-b", "a b", "invalid"),
]


def one_field(annotation: Any, assigned: Any = None) -> type[rs.Serializer]:
    body: dict[str, Any] = {"__annotations__": {"value": annotation}, "__module__": __name__}
    if assigned is not None:
        body["value"] = assigned
    return type("One", (rs.Serializer,), body)


def code_of(errors: Any) -> str:
    while isinstance(errors, dict):
        errors = next(iter(errors.values()))
    return str(errors[0].code)


@pytest.mark.parametrize(("annotation", "field", "good", "value", "output", "bad", "code"), TABLE, ids=str)
class TestRow:
    def test_picks_the_field_and_gives_value_and_output(
        self, annotation: Any, field: type, good: Any, value: Any, output: Any, bad: Any, code: str
    ) -> None:
        serializer = one_field(annotation)(data={"value": good})
        assert type(serializer.fields["value"]) is field
        assert serializer.is_valid(), serializer.errors
        got = serializer.validated_data["value"]
        assert (got, type(got) in (type(value), rs.ValidatedData)) == (value, True)
        assert one_field(annotation)({"value": value}).data == {"value": output}

    def test_refuses_bad_input_null_and_absence(
        self, annotation: Any, field: type, good: Any, value: Any, output: Any, bad: Any, code: str
    ) -> None:
        for sent, expected in (({"value": bad}, code), ({"value": None}, "null"), ({}, "required")):
            serializer = one_field(annotation)(data=sent)
            assert not serializer.is_valid()
            assert code_of(serializer.errors) == expected
        assert one_field(annotation)(data={}, partial=True).is_valid()

    def test_optional_may_be_null_or_absent(
        self, annotation: Any, field: type, good: Any, value: Any, output: Any, bad: Any, code: str
    ) -> None:
        serializer = one_field(annotation | None)(data={"value": None})
        assert serializer.is_valid()
        assert serializer.validated_data == {"value": None}
        assert one_field(annotation | None)(data={}).is_valid()
        assert one_field(annotation | None)({"value": None}).data == {"value": None}

    def test_not_required_may_be_absent_but_not_null(
        self, annotation: Any, field: type, good: Any, value: Any, output: Any, bad: Any, code: str
    ) -> None:
        absent = one_field(rs.NotRequired[annotation])(data={})
        assert absent.is_valid()
        assert absent.validated_data == {}
        assert not one_field(rs.NotRequired[annotation])(data={"value": None}).is_valid()


def test_a_serializer_class_nests() -> None:
    assert code_of(_errors(one_field(Point), {"x": "no"})) == "invalid"
    assert _valid(one_field(Point), {"x": "1"}) == {"x": 1}


def test_a_list_of_serializers_is_many() -> None:
    cls = one_field(list[Point])
    assert type(cls().fields["value"]) is rs.ListSerializer
    assert _valid(cls, [{"x": 1}]) == [{"x": 1}]


def test_an_optional_list_of_serializers_has_no_null_items() -> None:
    cls = one_field(list[Point] | None)
    assert _valid(cls, None) is None
    assert code_of(_errors(cls, [None])) == "null"
    assert _valid(one_field(list[Point | None]), [None, {"x": 1}]) == [None, {"x": 1}]


def test_a_dict_of_serializers_nests_by_key() -> None:
    assert _valid(one_field(dict[str, Point]), {"a": {"x": 1}}) == {"a": {"x": 1}}


@pytest.mark.django_db
def test_a_model_class_is_a_relation_by_primary_key() -> None:
    author = Author.objects.create(name="A")
    assert _valid(one_field(Author), author.pk) == author
    assert _valid(one_field(list[Author]), [author.pk]) == [author]
    assert code_of(_errors(one_field(Author), 0)) == "does_not_exist"


def test_field_keywords_win_over_the_annotation() -> None:
    assert one_field(str | None, rs.Field(required=True))().fields["value"].required
    assert one_field(list[str], rs.Field(max_length=1))(data={"value": ["a", "b"]}).is_valid() is False


def test_get_field_from_type_takes_keywords() -> None:
    made = rs.get_field_from_type(int, "age", min_value=3)
    assert isinstance(made, drf.IntegerField)
    assert made.min_value == 3


def test_projects_add_types_for_classes_created_later(monkeypatch: pytest.MonkeyPatch) -> None:
    class Money: ...

    monkeypatch.setitem(rs.SerializerFieldMap, Money, drf_serializers.SlugField)
    assert type(one_field(Money)().fields["value"]) is drf_serializers.SlugField


def _valid(cls: type[rs.Serializer], value: Any) -> Any:
    serializer = cls(data={"value": value})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data["value"]


def _errors(cls: type[rs.Serializer], value: Any) -> Any:
    serializer = cls(data={"value": value})
    assert not serializer.is_valid()
    return serializer.errors
