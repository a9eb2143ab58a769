"""Annotations that are strings, across modules, and names that are not there yet: the same fields in every place."""

from __future__ import annotations

import typing
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar, NotRequired, TypedDict

import pytest
from rest_framework import fields as drf
from serializers_testapp import shapes
from serializers_testapp.models import Author, Book

from restflow.core import AnnotationError
from restflow.serializers import Field, InlineSerializer, ListSerializer, ModelSerializer, Serializer


def valid(cls: Any, data: Any) -> Any:
    serializer = cls(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


class Own(shapes.Partial):
    own: int
    later: NotRequired[str]


@dataclass
class OwnDated(shapes.Dated):
    more: int = 1
    kind: ClassVar[str] = "k"
    scale: InitVar[int] = 3

    def __post_init__(self, scale: int) -> None:
        self.more *= scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    a: int
    b: str = "x"


class Holder(Serializer):
    own: Own
    dated: OwnDated
    slotted: Slotted
    node: shapes.Node


def test_names_of_the_module_that_wrote_them() -> None:
    node = {"name": "n", "children": [{"name": "c"}], "named": {"k": {"name": "d"}}, "parent": {"name": "p"}}
    data = valid(
        Holder,
        {
            "own": {"day": "2024-01-02", "own": 1, "exact": "1.5"},
            "dated": {"at": "2024-01-03", "amounts": [{"exact": "2"}]},
            "slotted": {"a": 1},
            "node": node,
        },
    )
    assert data.own == {"day": shapes.when.date(2024, 1, 2), "own": 1, "exact": shapes.Exact("1.5")}
    assert data.dated == OwnDated(shapes.when.date(2024, 1, 3), [{"exact": shapes.Exact(2)}])
    assert data.dated.more == 3
    assert data.slotted == Slotted(a=1)
    child, other, parent = shapes.Node("c"), shapes.Node("d"), shapes.Node("p")
    assert data.node == shapes.Node("n", [child], {"k": other}, parent)


def test_what_a_typed_dict_says_of_each_key_counts_over_its_total() -> None:
    """Python itself does not see `Required` and `NotRequired` in annotations that are strings."""
    fields: Any = Holder().fields["own"]
    required = {name: made.required for name, made in fields.fields.items()}
    assert required == {"note": False, "exact": False, "day": True, "own": True, "later": False}


class EarlyBook(ModelSerializer):
    author: LateAuthor
    labels: list[LateAuthor] = Field(source="tags")
    title: str

    class Meta:
        model = Book
        fields = ["id"]
        read_only_fields = ["author"]
        extra_kwargs = {"labels": {"help_text": "all of them"}}


class Refined(EarlyBook):
    author = Field(required=False, source="author_id")


class Without(EarlyBook):
    author = None  # type: ignore[assignment]


class With(EarlyBook):
    more: int


@dataclass
class EarlyShape:
    items: list[LateShape]
    one: LateShape | None = None


class EarlyDict(TypedDict, total=False):
    items: list[LateShape]
    same: list[EarlyDict]


class EarlyHolder(Serializer):
    shape: EarlyShape
    table: EarlyDict


EarlyInline: Any = InlineSerializer(fields=EarlyShape)


@dataclass
class LateShape:
    n: int


class LateAuthor(ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class TestNamesThatComeLater:
    def test_they_join_the_fields_of_the_meta_and_take_its_options(self) -> None:
        assert EarlyBook.Meta.fields == ["id", "author", "labels", "title"]
        fields: Any = EarlyBook().fields
        assert fields["author"].read_only
        assert isinstance(fields["labels"], ListSerializer)
        assert fields["labels"].help_text == "all of them"
        assert fields["title"].max_length == 80

    def test_subclasses_refine_remove_and_add(self) -> None:
        refined: Any = Refined().fields["author"]
        assert isinstance(refined, LateAuthor)
        assert refined.source == "author_id"
        assert list(Without().fields) == ["id", "labels", "title"]
        assert list(With().fields) == ["id", "author", "labels", "title", "more"]

    def test_shapes_keep_what_stands_around_the_name(self) -> None:
        data = valid(EarlyHolder, {"shape": {"items": [{"n": 1}]}, "table": {"items": [{"n": 2}], "same": [{}]}})
        assert data.shape == EarlyShape([LateShape(1)])
        assert data.table == {"items": [LateShape(2)], "same": [{}]}
        assert valid(EarlyHolder, {"shape": {"items": []}, "table": {}}).table == {}

    def test_an_inline_serializer_of_a_shape(self) -> None:
        assert valid(EarlyInline, {"items": [{"n": "1"}]}) == {"items": [LateShape(1)], "one": None}

    def test_declared_fields_are_resolved_for_who_reads_them(self) -> None:
        cls: Any = type("Early", (Serializer,), {"__module__": __name__, "__annotations__": {"x": "Afterwards"}})
        sub: Any = type("Sub", (cls,), {"__module__": __name__, "__annotations__": {"y": "int"}})
        with pytest.raises(AnnotationError, match=r"test_forward_references\.Early\.x: 'Afterwards' is not defined"):
            cls._declared_fields  # noqa: B018
        globals()["Afterwards"] = int
        try:
            for klass in (cls, sub):
                assert isinstance(klass._declared_fields["x"], drf.IntegerField)
        finally:
            del globals()["Afterwards"]
        assert list(sub().fields) == ["x", "y"]


def test_what_is_wrong_later_names_the_whole_annotation() -> None:
    body = {"__module__": __name__, "__annotations__": {"x": "list[LateShape | Missing]"}}
    cls: Any = type("Wrong", (Serializer,), dict(body))
    with pytest.raises(AnnotationError, match="'Missing' is not defined, got 'Missing'"):
        cls().fields  # noqa: B018
    globals()["Missing"] = complex
    told = r"Wrong\.x: there is no field for this type, got list\[LateShape \| complex\]"
    try:
        with pytest.raises(AnnotationError, match=told):
            cls().fields  # noqa: B018
    finally:
        del globals()["Missing"]


def test_names_of_the_enclosing_function() -> None:
    class Local(Serializer):
        n: int

    @dataclass
    class Shape:
        local: int = 3

    class Some(Serializer):
        local: list[Local]
        shape: Shape
        me: typing.Self | None
        again: list[Some] = Field(required=False)

    sent = {"local": [{"n": "1"}], "shape": {}, "again": [{"local": [], "shape": {"local": "4"}}]}
    data = valid(Some, sent)
    assert data.shape == Shape()
    assert data.again[0].shape == Shape(4)


class Titled(Serializer):
    title: str


class Counted(Serializer):
    isbn: str
    pages: int


class Both(Titled, Counted, ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "isbn", "pages"]
        read_only_fields = ["pages"]
        extra_kwargs = {"isbn": {"label": "Number"}}


def test_annotations_of_every_base_get_what_the_model_and_the_meta_say() -> None:
    fields: Any = Both().fields
    assert fields["title"].max_length == 80
    assert (fields["isbn"].max_length, fields["isbn"].label) == (13, "Number")
    assert fields["pages"].read_only


def test_extra_kwargs_are_stronger_than_read_only_fields() -> None:
    class Some(ModelSerializer):
        title: str
        isbn: str = Field(read_only=False)

        class Meta:
            model = Book
            fields: ClassVar[list[str]] = []
            read_only_fields: ClassVar[list[str]] = ["title", "isbn"]
            extra_kwargs: ClassVar[dict[str, Any]] = {"title": {"read_only": False}}

    fields = Some().fields
    assert not fields["title"].read_only
    assert not fields["isbn"].read_only


@dataclass
class Defaults:
    number: int = 3
    items: list[int] = field(default_factory=lambda: [1])
    limited: typing.Annotated[int, Field(min_value=2)] = 5
    choice: typing.Literal["x", "y"] = "y"


class WithDefaults(Serializer):
    one: Defaults
    whole: Defaults = Defaults(9)


def test_defaults_of_a_dataclass() -> None:
    first, second = (valid(WithDefaults, {"one": {}}) for _time in range(2))
    assert first.one == Defaults()
    assert first.whole == Defaults(9)
    first.one.items.append(2)
    assert second.one.items == [1]
    assert WithDefaults({"one": Defaults(), "whole": Defaults()}).data["one"]["items"] == [1]
