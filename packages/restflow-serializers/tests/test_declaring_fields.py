"""Which names of a class body become fields, in which order, and which are refused."""

import enum
import re
import sys
import types
from typing import Annotated, Any, ClassVar, Final

import pytest
from django.http import QueryDict
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.renderers import JSONRenderer

from restflow.core import AnnotationError, ConfigError
from restflow.serializers import Field, ModelSerializer, Serializer


def shown(value: object) -> str:
    """A `repr` that is the same in every process: parallel test runs compare the names of tests."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def refused(body: dict[str, Any], annotations: dict[str, Any] | None = None, bases: Any = (Serializer,)) -> str:
    with pytest.raises(AnnotationError) as caught:
        type("Bad", bases, {"__module__": __name__, "__annotations__": annotations or {}, **body})
    text = str(caught.value)
    assert f"{__name__}.Bad." in text
    return text.split(f"{__name__}.Bad.", 1)[1]


def test_constants_and_private_names_are_no_fields() -> None:
    class Some(Serializer):
        K: ClassVar[int] = 3
        L: Final = 4
        _cache: dict[str, int]
        _links: dict[str, int] = Field()
        _id = drf.CharField()
        name: str

    assert list(Some().fields) == ["_links", "name", "_id"]
    assert (Some.K, Some.L) == (3, 4)


def test_a_default_makes_the_field_optional_and_is_copied_for_each_use() -> None:
    class Some(Serializer):
        name: str = "anonymous"
        tags: list[str] = []
        more: list[str] = Field(default=["a"])

    first, second = Some(data={}), Some(data={})
    assert first.is_valid()
    assert first.validated_data == {"name": "anonymous", "tags": [], "more": ["a"]}
    first.validated_data["tags"].append("x")
    first.validated_data["more"].append("x")
    assert second.is_valid()
    assert second.validated_data == {"name": "anonymous", "tags": [], "more": ["a"]}


def test_no_field_stays_on_the_class() -> None:
    class Some(Serializer):
        name: str = "x"
        other: str = Field(max_length=3)
        third = drf.CharField()

    assert not any(hasattr(Some, name) for name in ("name", "other", "third"))


def test_the_order_is_inherited_annotated_explicit() -> None:
    class Base(Serializer):
        a: str
        b: str

    class Sub(Base):
        z = drf.CharField()
        y: str
        a: int  # type: ignore[assignment]

    assert list(Sub._declared_fields) == ["b", "y", "a", "z"]
    assert isinstance(Sub().fields["a"], drf.IntegerField)


def test_none_removes_an_inherited_field() -> None:
    class Base(Serializer):
        a: str
        b: str

    class Sub(Base):
        a = None  # type: ignore[assignment]

    assert list(Sub().fields) == ["b"]


def test_a_marker_refines_an_annotation_of_a_base_class() -> None:
    class Base(Serializer):
        a: str

    class Sub(Base):
        a = Field(max_length=2)

    assert Sub().fields["a"].max_length == 2  # type: ignore[attr-defined]


def test_annotations_of_plain_mixins_are_not_collected() -> None:
    class Mixin:
        hidden: str

    class Some(Mixin, Serializer):
        name: str

    assert list(Some().fields) == ["name"]


def test_names_of_methods_and_options_work_as_fields() -> None:
    class Some(Serializer):
        save: str
        validate: str
        source: str
        label: str
        default: str
        create: str
        update: str

    sent = dict.fromkeys(Some().fields, "x")
    serializer = Some(data=sent)
    assert serializer.is_valid()
    assert serializer.validated_data == sent


def test_an_explicit_field_may_be_called_data() -> None:
    class Some(Serializer):
        data = drf.CharField()

    assert Some({"data": "x"}).data == {"data": "x"}


@pytest.mark.parametrize("name", ["data", "errors", "validated_data", "instance", "initial_data", "fields", "context"])
def test_reserved_names_are_refused(name: str) -> None:
    assert "is a name of every serializer" in refused({}, {name: str})


class Flags(enum.Flag):
    A = 1


class AtLeast:
    def __init__(self, ge: int) -> None:
        self.ge = ge


async def later() -> str:
    return ""


@pytest.mark.parametrize(
    ("annotation", "assigned", "words"),
    [
        (complex, None, "there is no field for this type, got complex. Add it to SerializerFieldMap"),
        (object, None, "object"),
        (Flags, None, "Flags"),
        (dict[int, str], None, "dict[int, str]"),
        (set[list[int]], None, "the items of a set must be hashable, got set[list[int]]. Use a list."),
        (None, None, "None"),
        (str, Field(max_lenght=3), "CharField takes no 'max_lenght', got str. Did you mean 'max_length'?"),
        (str, Field(read_only=True, write_only=True), "read_only and write_only"),
        (str, Field(read_only=True, required=True), "read_only and required"),
        (Annotated[str, Field], None, "is the class, not a call"),
        (drf.CharField, None, "a field class is no type, got CharField. Assign it: `x = CharField(...)`."),
        (Annotated[bool, AtLeast(1)], None, "BooleanField takes no 'min_value'"),
        (Annotated[str, drf.CharField(), Field(max_length=1)], None, "takes no refinements beside it"),
        (str, Field(default=later), "a default cannot be async"),
        (str, str.upper, "Write Field(default=...)."),
        (str, property(lambda self: ""), "also has a method or property of this name"),
    ],
    ids=shown,
)
def test_refusals_name_the_place_and_the_remedy(annotation: Any, assigned: Any, words: str) -> None:
    body = {} if assigned is None else {"x": assigned}
    text = refused(body, {"x": annotation})
    assert text.startswith("x: ")
    assert words.replace("read_only and", "").strip() in text


def test_a_marker_without_annotation_is_refused() -> None:
    assert "needs an annotation" in refused({"b": Field(max_length=3)})


def test_a_name_whose_hook_is_drfs_own_method_is_refused() -> None:
    assert "validate_empty_values" in refused({}, {"empty_values": str})
    assert "validate_empty_values" in refused({"empty_values": drf.CharField()})


@pytest.mark.parametrize("base", [Serializer, ModelSerializer])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("unknown_fields", "forbidden", r"'forbidden'. Did you mean 'forbid'"),
        ("max_depth", 0, "a number of levels, at least 1"),
        ("select_related", "author", "a list or tuple of lookups"),
        ("prefetch_related", [1], "Prefetch objects"),
        ("save_only_changed", 1, "True or False"),
        ("bulk_batch_size", -1, "a number of rows, or None"),
        ("update_lookup_field", "", "the name of a field"),
    ],
)
def test_an_unknown_value_of_an_option_is_refused(base: Any, name: str, value: Any, words: str) -> None:
    meta = type("Meta", (), {name: value})
    with pytest.raises(ConfigError, match=rf"Meta\.{name} cannot be .*{words}"):
        type("Bad", (base,), {"Meta": meta, "__module__": __name__})


def test_unknown_keys_are_errors_where_they_are_forbidden() -> None:
    class Strict(Serializer):
        name: str
        seen: str = Field(read_only=True)

        class Meta:
            unknown_fields = "forbid"

    strict = Strict(data={"seen": 1, "nmae": "x"})
    assert not strict.is_valid()
    assert {name: errors[0].code for name, errors in strict.errors.items()} == {
        "name": "required",
        "nmae": "unknown_field",
    }
    assert Strict(data={"name": "x", "seen": 1}).is_valid()


class StrictPart(Serializer):
    a: int = 1

    class Meta:
        unknown_fields = "forbid"


class LoosePart(Serializer):
    a: int = 1


UNKNOWN: list[tuple[Any, Any, Any]] = [
    ("of each nested one", {"one": {"b": 1}, "named": {"k": {"a": 1, "c": 1}}}, {"one": {"b"}, "named": {"k": {"c"}}}),
    ("of a member of a union", {"one": {}, "either": {"d": 1}}, {"either": {"d"}}),
    ("not of a loose one", {"one": {}, "loose": {"e": 1}}, {}),
    ("of the whole", {"one": {}, "f": 1}, {"f"}),
    ("of a form", QueryDict("one.a=1&f=2&g.h=3&csrfmiddlewaretoken=x&many[0]a=1"), {"f", "g"}),
    ("of a form that is fine", QueryDict("one.a=1&many[0]a=1&loose.z=3"), {}),
    ("of no mapping", [], {"non_field_errors"}),
    ("of keys that are no text", {"one": {}, 3: 1, None: 2, "\ud800": 3}, {"3", "None", "\\ud800"}),
]


def shape_of(errors: Any) -> Any:
    if all(isinstance(error, list) for error in errors.values()):
        return set(errors) or {}
    return {name: shape_of(error) for name, error in errors.items()}


@pytest.mark.parametrize(("case", "sent", "expected"), UNKNOWN, ids=[case for case, *_rest in UNKNOWN])
async def test_unknown_keys_at_every_depth(case: str, sent: Any, expected: Any) -> None:
    class Whole(Serializer):
        one: StrictPart
        named: dict[str, StrictPart] = Field(required=False)
        either: StrictPart | int = Field(required=False)
        loose: LoosePart = Field(required=False)
        many: list[LoosePart] = Field(required=False)

        class Meta:
            unknown_fields = "forbid"

    class Inherits(Whole):
        async def avalidate(self, attrs: Any) -> Any:
            return attrs

    serializer, awaited = Whole(data=sent), Inherits(data=sent)
    serializer.is_valid()
    await awaited.ais_valid()
    for errors in (serializer.errors, awaited.errors):
        assert shape_of(errors) == expected
        JSONRenderer().render(errors)


def test_any_attribute_removes_an_inherited_field() -> None:
    class Base(Serializer):
        name: str
        other: str
        third: str

    class Sub(Base):
        def name(self) -> int:  # type: ignore[override]
            return 1

        @property
        def other(self) -> int:  # type: ignore[override]
            return 2

    assert list(Sub().fields) == ["third"]
    assert (Sub().name(), Sub().other) == (1, 2)  # type: ignore[operator]

    class Again(Sub):
        name: int  # type: ignore[assignment]

    assert isinstance(Again().fields["name"], drf.IntegerField)


def test_of_several_bases_the_first_decides_as_in_rest_framework() -> None:
    class A(Serializer):
        x: int
        a: str

    class B(Serializer):
        x: str
        b: str

    class Both(A, B):
        c: str

    text = drf_serializers.CharField
    first = type("A", (drf_serializers.Serializer,), {"x": drf.IntegerField(), "a": text()})
    second = type("B", (drf_serializers.Serializer,), {"x": text(), "b": text()})
    expected: Any = type("Both", (first, second), {"c": text()})
    shown = {name: type(field) for name, field in Both().fields.items()}
    assert shown == {name: type(field) for name, field in expected().fields.items()}
    assert list(shown) == list(expected().fields)


@pytest.mark.parametrize("style", ["future", "quoted", "plain"])
@pytest.mark.parametrize(
    "annotation",
    [
        "int",
        "str | None",
        "list[int] | None",
        "dict[str, list[Part]]",
        "Annotated[str, Field(max_length=3)]",
        "NotRequired[Literal['a', 'b'] | None]",
        "list[Annotated[Part | None, Field(help_text='h')]]",
        "tuple[int, Part]",
        "set[uuid.UUID]",
        "Color",
        "Shape",
        "list[Shape] | int",
        "One | Two",
        "Self | None",
        "list['Some']",
    ],
)
def test_annotations_mean_the_same_in_every_style(annotation: str, style: str) -> None:
    """Under Python 3.14 the plain style is the deferred one."""
    head = "from __future__ import annotations\n" if style == "future" else ""
    written = repr(annotation) if style == "quoted" else annotation
    source = f"""{head}
import enum, uuid
from dataclasses import dataclass
from typing import Annotated, Literal, Self
from restflow.serializers import Field, NotRequired, Serializer

class Color(enum.Enum):
    RED = "r"

@dataclass
class Shape:
    n: int

class Part(Serializer):
    n: int

class One(Part):
    kind: Literal["one"]

class Two(Part):
    kind: Literal["two"]

class Some(Serializer):
    value: {written}

def local():
    class Near(Serializer):
        n: int

    class Other(Serializer):
        value: {repr("list[Near]") if style == "quoted" else "list[Near]"}

    return Other
"""
    namespace: dict[str, Any] = {"__name__": "written_in_a_style"}
    module = types.ModuleType("written_in_a_style")
    module.__dict__.update(namespace)
    sys.modules["written_in_a_style"] = module
    try:
        exec(compile(source, "written_in_a_style", "exec", dont_inherit=True), module.__dict__)
        shown = repr(module.Some())
        assert list(module.local()().fields) == ["value"]
        assert "Near" in repr(module.local()())
    finally:
        del sys.modules["written_in_a_style"]
    shown_by_style = _SHOWN.setdefault(annotation, shown)
    assert shown == shown_by_style


_SHOWN: dict[str, str] = {}
