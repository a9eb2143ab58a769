"""Annotations that few write: nested, qualified twice, aliased, or wrong in an unusual way."""

from __future__ import annotations

import collections.abc as abc
import datetime
import decimal
import sys
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NotRequired, Required, TypeVar

import annotated_types as at
import pytest
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Tag

from restflow.core import AnnotationError
from restflow.serializers import Field, ListSerializer, Serializer, get_field_from_type

typing_extensions = pytest.importorskip("typing_extensions")  # for what typing has only later
ReadOnly, TypeAliasType = typing_extensions.ReadOnly, typing_extensions.TypeAliasType
T = TypeVar("T")
Pair = tuple[T, T]
Names = TypeAliasType("Names", list[str])
Boxed = TypeAliasType("Boxed", dict[str, T], type_params=(T,))


class Point(Serializer):
    x: int


@dataclass(frozen=True)
class Frozen:
    n: int


@dataclass
class Changeable:
    n: int


@dataclass
class Box(Generic[T]):
    item: T


class Proto(typing.Protocol):
    a: int


class Shape(typing.TypedDict):
    n: int


def class_with(annotation: Any, assigned: Any = None) -> Any:
    body: dict[str, Any] = {"__module__": "acme", "__annotations__": {"value": annotation}}
    return type("One", (Serializer,), body if assigned is None else {**body, "value": assigned})


def field_of(annotation: Any, assigned: Any = None) -> Any:
    return class_with(annotation, assigned)().fields["value"]


def value_of(annotation: Any, sent: Any) -> Any:
    serializer = class_with(annotation)(data={"value": sent})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data["value"]


# annotation -> required, may be null, read-only
QUALIFIED: list[tuple[Any, bool, bool, bool]] = [
    (NotRequired[int | None], False, True, False),
    (typing.Optional[NotRequired[int]], False, True, False),  # noqa: UP045
    (Required[int | None], True, True, False),
    (typing.Optional[Required[int]], True, True, False),  # noqa: UP045
    (Annotated[NotRequired[int], at.Ge(1)], False, False, False),
    (NotRequired[Annotated[int | None, at.Ge(1)]], False, True, False),
    (Annotated[int | None, Field(required=True)], True, True, False),
    (Annotated[Annotated[int, at.Ge(1)] | None, Field(help_text="h")], False, True, False),
    (ReadOnly[str], False, False, True),
    (ReadOnly[str | None], False, True, True),
    (NotRequired[ReadOnly[str]], False, False, True),
    (ReadOnly[Author], False, False, True),
    (ReadOnly[list[Point]], False, False, True),
    (Literal["a", None], False, True, False),
    (list[Point] | None, False, True, False),
    (NotRequired[list[Point]], False, False, False),
    (list[Author] | None, False, True, False),
    (int | str | None, False, True, False),
    (Any | None, False, True, False),
    (dict[str, Point | None] | None, False, True, False),
]


@pytest.mark.parametrize(("annotation", "required", "null", "read_only"), QUALIFIED, ids=lambda value: str(value)[:60])
def test_qualifiers(annotation: Any, required: bool, null: bool, read_only: bool) -> None:
    made = field_of(annotation)
    assert (made.required, made.allow_null, made.read_only) == (required, null, read_only)


@pytest.mark.django_db
def test_null_is_of_the_list_of_relations_or_of_its_items() -> None:
    author = Author.objects.create(name="a")
    assert isinstance(field_of(list[Author] | None), relations.ManyRelatedField)
    assert value_of(list[Author] | None, None) is None
    assert value_of(list[Author] | None, [author.pk]) == [author]
    assert value_of(list[Author | None], [None, author.pk]) == [None, author]
    refused = class_with(list[Author] | None)(data={"value": [None]})
    assert not refused.is_valid()
    assert class_with(list[Author] | None)({"value": None}).data == {"value": None}
    assert value_of(set[Author], [author.pk, author.pk]) == {author}
    assert value_of(dict[str, Author], {"k": author.pk}) == {"k": author}
    assert value_of(tuple[Author, int], [author.pk, 1]) == (author, 1)
    assert value_of(Author | Literal["none"], "none") == "none"


@pytest.mark.parametrize(
    ("annotation", "sent", "expected"),
    [
        (Pair[int], ["1", 2], (1, 2)),
        (Names, ["a"], ["a"]),
        (Boxed[int], {"k": "1"}, {"k": 1}),
        (list[Annotated[Annotated[int, at.Ge(1)], at.Le(5)]], [5], [5]),
        (tuple[int], ["1"], (1,)),
        (tuple[Point, ...], [{"x": "1"}], ({"x": 1},)),
        (tuple[Point, int], [{"x": 1}, 2], ({"x": 1}, 2)),
        (abc.Sequence[int], ["1"], [1]),
        (abc.Iterable[int], ["1"], [1]),
        (abc.Collection, ["a"], ["a"]),
        (abc.Set[int], [1, "1"], {1}),
        (abc.MutableMapping[str, int], {"a": "1"}, {"a": 1}),
        (typing.Mapping, {"a": [1]}, {"a": [1]}),
        (typing.List[int], ["1"], [1]),  # noqa: UP006
        (typing.Dict[str, int], {"a": "1"}, {"a": 1}),  # noqa: UP006
        (typing.FrozenSet[int], ["1"], frozenset({1})),  # noqa: UP006
        (dict[str, dict[str, list[int | None]]], {"a": {"b": [None, "1"]}}, {"a": {"b": [None, 1]}}),
        (dict[Literal["a"], int], {"a": "1"}, {"a": 1}),
        (set[tuple[int, ...]], [[1, 2], ["1", 2]], {(1, 2)}),
        (set[frozenset[int]], [[1, 2], [2, "1"]], {frozenset({1, 2})}),
        (set[Frozen], [{"n": 1}, {"n": "1"}], {Frozen(1)}),
        (typing.Union[int, int], "1", 1),  # noqa: UP007
        (Annotated[str, "for others", 3, str], "a", "a"),
        (Annotated[decimal.Decimal, at.Gt(0)], "0.5", decimal.Decimal("0.5")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_containers_aliases_and_generics(annotation: Any, sent: Any, expected: Any) -> None:
    got = value_of(annotation, sent)
    assert got == expected
    assert type(got).__name__.removeprefix("ValidatedData") in (type(expected).__name__, "")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (set[tuple[list[int], ...]], "the items of a set must be hashable"),
        (set[int | list[int]], "the items of a set must be hashable"),
        (set[Annotated[list[int], at.MinLen(1)]], "the items of a set must be hashable"),
        (set[Point], "the items of a set must be hashable"),
        (set[Point | None], "the items of a set must be hashable"),
        (set[Shape], "the items of a set must be hashable"),
        (set[Changeable], "the items of a set must be hashable"),
        (list[set[dict[str, int]]], "the items of a set must be hashable"),
        (T, "T is a type variable"),
        (list[T], "T is a type variable"),
        (Box, "T is a type variable"),
        (Box[int], "is no container that JSON has"),
        (Proto, "is a protocol"),
        (typing.Never, "is no type of a value"),
        (typing.Callable[[], int], "is no container that JSON has"),
        (type[int], "is no container that JSON has"),
        (5, "is no type of a value"),
        ([int], "is no type of a value"),
        ("x y", "is no type"),
        (Literal[None], "needs a value besides None"),
        (tuple[()], "has 0 types"),
        (dict[str | int, int], "a key of a JSON object is a string"),
        (dict[Any, int], "a key of a JSON object is a string"),
        (Field, "`Field` is no type, got Field. Write `value: str = Field(...)`"),
        (Field(), "is no type of a value"),
        (drf.CharField(), "is no type of a value"),
        (Annotated[str, Field], "is the class, not a call"),
        (Annotated[int | str, at.Ge(1)], "UnionField takes no 'min_value'"),
        (Annotated[str, at.Ge(1)], "CharField takes no 'min_value'"),
        (Annotated[str, at.Gt(1)], "CharField takes no bounds of numbers"),
        (Annotated[Point, at.Ge(1)], "Point takes no 'min_value'"),
        (Annotated[dict[str, int], at.MinLen(1)], "DictField takes no 'min_length'"),
        (Annotated[Author, at.MinLen(1)], "PrimaryKeyRelatedField takes no 'min_length'"),
        (Annotated[datetime.date, at.Ge(datetime.date(2024, 1, 1))], "DateField takes no 'min_value'"),
        (Annotated[str, drf.SlugField(), at.MaxLen(3)], "takes no refinements beside it"),
        (Point | Shape, "they share none"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_refusals_tell_class_field_reason_annotation_and_remedy(annotation: Any, reason: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        class_with(annotation)
    text = str(caught.value)
    assert reason in text
    assert ", got " in text
    assert text.startswith(("acme.One.value: ", f"{__name__}.Box.item: "))
    if "they share none" not in text:
        assert caught.value.hint
    for kind in (TypeError, ValueError, AssertionError):
        assert isinstance(caught.value, kind)


def test_constraints_of_containers_and_of_their_items() -> None:
    made = field_of(Annotated[list[Annotated[str, at.MaxLen(3)]], at.Len(1, 2)])
    assert (made.min_length, made.max_length, made.child.max_length) == (1, 2, 3)
    many = field_of(Annotated[list[Point], at.MinLen(1)])
    assert isinstance(many, ListSerializer)
    assert many.min_length == 1
    assert field_of(list[str], Field(max_length=5)).max_length == 5


def test_the_outermost_constraint_and_the_assigned_field_win() -> None:
    made = field_of(Annotated[Annotated[int, at.Ge(1), Field(help_text="in")], at.Ge(3), Field(help_text="out")])
    assert (made.min_value, made.help_text) == (3, "out")
    assigned = field_of(Annotated[int, at.Ge(1), Field(help_text="in")], Field(min_value=0, help_text="assigned"))
    assert (assigned.min_value, assigned.help_text) == (0, "assigned")


def test_documentation_becomes_the_help_text() -> None:
    class Doc:
        def __init__(self, documentation: str) -> None:
            self.documentation = documentation

    assert field_of(Annotated[str, Doc("what it is")]).help_text == "what it is"


def test_a_field_instance_is_copied() -> None:
    slug = drf.SlugField(max_length=3)
    cls = class_with(Annotated[str, slug])
    assert cls._declared_fields["value"] is not slug
    assert field_of(Annotated[str | None, slug]).allow_null
    assert slug.parent is None
    assert not slug.allow_null


def test_types_of_a_project_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from restflow.serializers import SerializerFieldMap

    monkeypatch.setitem(SerializerFieldMap, Point, drf.DictField)
    monkeypatch.setitem(SerializerFieldMap, Changeable, lambda **keywords: drf.CharField(max_length=2, **keywords))
    assert isinstance(field_of(Point), drf.DictField)
    assert field_of(Changeable).max_length == 2
    assert isinstance(field_of(set[Changeable]).child, drf.CharField)
    assert isinstance(get_field_from_type(Tag | None, allow_null=False), relations.PrimaryKeyRelatedField)


def test_a_serializer_takes_the_keywords_of_its_field() -> None:
    made = field_of(Point | None, Field(source="other", help_text="h", required=True))
    assert (made.source, made.help_text, made.required, made.allow_null) == ("other", "h", True, True)
    with pytest.raises(AnnotationError, match=r"Point takes no 'max_lenght'"):
        class_with(Point, Field(max_lenght=3))
    with pytest.raises(AnnotationError, match=r"acme\.One\.value"):
        class_with(list[Point], Field(max_lenght=3))


if sys.version_info >= (3, 12):

    def test_type_statements() -> None:
        namespace: dict[str, Any] = {"__name__": __name__}
        exec(
            "type Names = list[str]\ntype Tree = int | list[Tree]\ntype Of[T] = dict[str, T]", namespace
        )  # as 3.11 reads this
        assert value_of(namespace["Names"], ["a"]) == ["a"]
        assert value_of(namespace["Of"][int], {"a": "1"}) == {"a": 1}
        with pytest.raises(AnnotationError, match="contains itself"):
            class_with(namespace["Tree"])


DEEP: dict[str, Any] = {"a list": lambda inner: [inner], "a dict": lambda inner: {"k": inner}}


@pytest.mark.parametrize("around", DEEP)
async def test_recursion_ends_through_every_container(around: str) -> None:
    class Listed(Serializer):
        kind: Literal["node"]
        below: NotRequired[list[Listed | Leaf] | None]
        named: NotRequired[dict[str, Listed | None]]

    class Leaf(Serializer):
        kind: Literal["leaf"]

    globals()["Leaf"] = Leaf
    try:
        name, make = ("below", DEEP[around]) if around == "a list" else ("named", DEEP[around])
        value: dict[str, Any] = {"kind": "node"}
        for _level in range(700):
            value = {"kind": "node", name: make(value)}
        for face in ("sync", "async"):
            serializer = Listed(data=value)
            assert not (serializer.is_valid() if face == "sync" else await serializer.ais_valid())
            assert "code='max_depth'" in repr(serializer.errors)
        fine = Listed(data={"kind": "node", name: make({"kind": "node"})})
        assert fine.is_valid(), fine.errors
    finally:
        del globals()["Leaf"]


def test_a_bare_serializer_of_rest_framework_nests() -> None:
    class Foreign(drf_serializers.Serializer[Any]):
        n = drf.IntegerField()

    assert value_of(Foreign, {"n": "1"}) == {"n": 1}
    assert value_of(list[Foreign], [{"n": "1"}]) == [{"n": 1}]


def is_short(value: Any) -> None:
    if len(value) > 1:
        raise drf_serializers.ValidationError("long", code="long")


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (list[int], [1], [1, 2]),
        (list[int] | None, None, [1, 2]),
        (dict[str, int], {"a": 1}, {"a": 1, "b": 2}),
        (set[int], [1, 1], [1, 2]),
        (tuple[int, ...], [1], [1, 2]),
        (tuple[Point, int] | list[int], [1], [1, 2]),
        (str | list[int], [1], "ab"),
        (list[Point], [{"x": 1}], [{"x": 1}, {"x": 2}]),
        (list[Author], [], None),
        (bytes, "a", "ab"),
        (Literal["a", "bc"], "a", "bc"),
        (Any, [1], [1, 2]),
        (Shape, {"n": 1}, None),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("way", ["annotated", "assigned"])
@pytest.mark.django_db
async def test_validators_of_every_kind_of_annotation_see_the_whole_value(
    annotation: Any, good: Any, bad: Any, way: str
) -> None:
    async def is_short_too(value: Any) -> None:
        is_short(value)

    for check in (is_short, is_short_too):
        if way == "annotated":
            cls = class_with(Annotated[annotation, check])
        else:
            cls = class_with(annotation, Field(validators=[check]))
        right, wrong = cls(data={"value": good}), cls(data={"value": bad})
        assert await right.ais_valid(), right.errors
        if bad is not None:
            assert not await wrong.ais_valid()
            assert "code='long'" in repr(wrong.errors)


@pytest.mark.django_db
def test_validators_of_a_list_of_relations_see_the_list() -> None:
    keys = [Author.objects.create(name=name).pk for name in "ab"]
    cls = class_with(Annotated[list[Author], is_short])
    serializer = cls(data={"value": keys})
    assert not serializer.is_valid()
    assert serializer.errors["value"][0].code == "long"
    assert cls(data={"value": keys[:1]}).is_valid()


@pytest.mark.parametrize("container", [list[str], dict[str, str], tuple[int, str], set[int], list[Point], int | str])
def test_misspelt_keywords_of_containers(container: Any) -> None:
    with pytest.raises(AnnotationError, match=r"acme\.One\.value: \w+ takes no 'max_lenght'"):
        class_with(container, Field(max_lenght=3))
