"""`describe_annotation`: what each form of annotation means, and which are refused with what words."""

import collections.abc
import enum
import typing
from collections.abc import Callable
from dataclasses import InitVar, dataclass, replace
from datetime import date
from typing import (  # noqa: UP035
    AbstractSet,
    Annotated,
    Any,
    ClassVar,
    Dict,
    Final,
    ForwardRef,
    FrozenSet,
    Generic,
    Iterable,
    List,
    Literal,
    LiteralString,
    Mapping,
    MutableMapping,
    MutableSequence,
    NamedTuple,
    Never,
    NewType,
    Optional,
    Protocol,
    Required,
    Self,
    Sequence,
    Set,
    SupportsInt,
    Tuple,
    Type,
    TypedDict,
    TypeVar,
    Union,
)

import pytest

from restflow.core import (
    AnnotationError,
    BlankableString,
    Email,
    IPAddress,
    NotRequired,
    TypeSpec,
    class_annotations,
    describe_annotation,
)

T = TypeVar("T")
Slug = NewType("Slug", str)
LongSlug = NewType("LongSlug", Slug)
Count = NewType("Count", int)


class Color(enum.Enum):
    RED = "r"
    NONE = None


class Word(enum.StrEnum):
    A = "a"


class Text(str): ...


class Bits(enum.Flag):
    ONE = 1


class Empty(enum.Enum): ...


@dataclass
class Point:
    x: int


class Movie(TypedDict, total=False):
    title: str


class Pair(NamedTuple):
    a: int


class Shape(Protocol):
    area: int


class Square:
    area: int = 1


class Concrete(Shape): ...


class Page(Generic[T]): ...


class Hostile(type):
    def __getattr__(cls, name: str) -> Any:
        raise AttributeError(name)


class Guarded(metaclass=Hostile): ...


def spec(annotation: Any, kind: Any, **fields: Any) -> TypeSpec:
    return TypeSpec(annotation=annotation, kind=kind, **fields)


NESTED = Literal["b", "c", None]

INT, STR = spec(int, "plain", type=int), spec(str, "plain", type=str)


@pytest.mark.parametrize(
    "cls", [str, int, bool, date, Square, Concrete, Pair, Guarded, Text, type, Email, IPAddress, BlankableString, Slug]
)
def test_a_class_and_a_newtype_are_plain(cls):
    assert describe_annotation(cls) == spec(cls, "plain", type=cls)


def test_any_is_any():
    assert describe_annotation(Any) == spec(Any, "any")


@pytest.mark.parametrize("cls", [Point, Movie])
def test_dataclasses_and_typed_dicts_are_shapes(cls):
    assert describe_annotation(cls) == spec(cls, "shape", type=cls)


def test_an_enum_is_an_enum():
    assert describe_annotation(Color) == spec(Color, "enum", type=Color)


@pytest.mark.parametrize(
    ("annotation", "choices", "nullable"),
    [
        (Literal["a", "b"], ("a", "b"), False),
        (Literal["b", "a"], ("b", "a"), False),
        (Literal["a", "a", "b"], ("a", "b"), False),
        (Literal[1, True, "1", b"1"], (1, True, "1", b"1"), False),
        (Literal["a", None], ("a",), True),
        (Literal["a", NESTED], ("a", "b", "c"), True),
        (Literal[Color.RED, Color.NONE], (Color.RED, Color.NONE), False),
        (Literal["x", "y"] | None, ("x", "y"), True),
    ],
)
def test_a_literal_gives_its_values_in_order(annotation, choices, nullable):
    described = describe_annotation(annotation)
    assert described == spec(annotation, "literal", choices=choices, nullable=nullable)
    assert [type(value) for value in described.choices] == [type(value) for value in choices]


@pytest.mark.parametrize(
    ("bare", "of_int", "kind", "made"),
    [
        (list, list[int], "list", list),
        (List, List[int], "list", list),  # noqa: UP006
        (Sequence, Sequence[int], "list", list),
        (collections.abc.Sequence, collections.abc.Sequence[int], "list", list),
        (MutableSequence, MutableSequence[int], "list", list),
        (Iterable, Iterable[int], "list", list),
        (collections.abc.Iterable, collections.abc.Iterable[int], "list", list),
        (typing.Collection, collections.abc.Collection[int], "list", list),
        (set, set[int], "set", set),
        (Set, Set[int], "set", set),  # noqa: UP006
        (AbstractSet, AbstractSet[int], "set", set),
        (collections.abc.Set, collections.abc.Set[int], "set", set),
        (collections.abc.MutableSet, collections.abc.MutableSet[int], "set", set),
        (frozenset, frozenset[int], "set", frozenset),
        (FrozenSet, FrozenSet[int], "set", frozenset),  # noqa: UP006
        (dict, dict[str, int], "dict", dict),
        (Dict, Dict[str, int], "dict", dict),  # noqa: UP006
        (Mapping, Mapping[str, int], "dict", dict),
        (collections.abc.Mapping, collections.abc.Mapping[str, int], "dict", dict),
        (MutableMapping, MutableMapping[str, int], "dict", dict),
    ],
)
def test_containers_have_an_item_or_none_if_bare(bare, of_int, kind, made):
    assert describe_annotation(bare) == spec(bare, kind, type=made)
    assert describe_annotation(of_int) == spec(of_int, kind, type=made, args=(INT,))


@pytest.mark.parametrize("key", [str, Text, Email, Slug, LongSlug, Word, Literal["a", "b"], Annotated[str, "m"]])
def test_a_key_may_be_any_subtype_of_str(key):
    assert describe_annotation(dict[key, int]).args == (INT,)


@pytest.mark.parametrize("key", [int, Any, str | None, Count, Color, Literal[1], str | int, NewType("X", list[str])])
def test_other_keys_are_refused(key):
    with pytest.raises(AnnotationError, match="a key of a JSON object is a string"):
        describe_annotation(dict[key, int])


def test_tuples_are_fixed_or_variadic():
    for bare in (tuple, Tuple):  # noqa: UP006
        assert describe_annotation(bare) == spec(bare, "tuple", type=tuple)
    assert describe_annotation(tuple[int, ...]) == spec(
        tuple[int, ...], "tuple", type=tuple, args=(INT,), variadic=True
    )
    assert describe_annotation(tuple[int, str]) == spec(tuple[int, str], "tuple", type=tuple, args=(INT, STR))
    assert describe_annotation(tuple[int]) == spec(tuple[int], "tuple", type=tuple, args=(INT,))


@pytest.mark.parametrize("annotation", [int | None, None | int, Optional[int], Union[int, None]])  # noqa: UP007, UP045
def test_a_union_with_none_is_nullable(annotation):
    assert describe_annotation(annotation) == spec(annotation, "plain", type=int, nullable=True)


def test_a_union_of_several_has_members():
    assert describe_annotation(int | str) == spec(int | str, "union", args=(INT, STR))
    annotation = Union[str, Union[int, None, str]]  # noqa: UP007
    assert describe_annotation(annotation) == spec(annotation, "union", args=(STR, INT), nullable=True)


def test_equal_values_of_two_types_are_two_members():
    assert [member.choices for member in describe_annotation(Literal[1] | Literal[True]).args] == [(1,), (True,)]


def test_what_a_member_says_about_none_counts_for_the_union():
    described = describe_annotation(Annotated[int | None, "m"] | Literal["a", None])
    assert described.nullable
    assert [member.nullable for member in described.args] == [False, False]
    assert [member.metadata for member in described.args] == [("m",), ()]


def test_containers_nest():
    described = describe_annotation(dict[str, list[tuple[int, ...] | None]])
    (of_dict,) = described.args
    (of_list,) = of_dict.args
    assert (described.kind, of_dict.kind, of_list.kind, of_list.nullable) == ("dict", "list", "tuple", True)
    assert of_list.annotation == tuple[int, ...] | None


@pytest.mark.parametrize(
    ("annotation", "required", "nullable"),
    [
        (NotRequired[int], False, False),
        (Required[int], True, False),
        (NotRequired[int | None], False, True),
        (Required[int | None], True, True),
        (Annotated[NotRequired[int], "m"], False, False),
        (NotRequired[Annotated[int, "m"]], False, False),
        (int, None, False),
    ],
)
def test_required_and_not_required(annotation, required, nullable):
    described = describe_annotation(annotation)
    assert (described.kind, described.type) == ("plain", int)
    assert (described.required, described.nullable, described.read_only) == (required, nullable, False)


def test_not_required_is_the_one_of_typing():
    assert NotRequired is typing.NotRequired


@pytest.mark.parametrize("module", ["typing", "typing_extensions"])
def test_read_only_of_either_module(module):
    read_only = getattr(pytest.importorskip(module), "ReadOnly", None)
    if read_only is None:
        pytest.skip("typing has it from Python 3.13 on")
    described = describe_annotation(NotRequired[read_only[int]])
    assert (described.type, described.read_only, described.required) == (int, True, False)


def test_metadata_are_kept_from_the_inside_out():
    annotation = Annotated[Annotated[int, "a"] | None, "b", "c"]
    assert describe_annotation(annotation) == spec(
        annotation, "plain", type=int, nullable=True, metadata=("a", "b", "c")
    )


def test_the_names_of_the_markers_are_newtypes_over_str():
    assert [marker.__supertype__ for marker in (Email, IPAddress, BlankableString)] == [str, str, str]


def test_one_annotation_is_described_once():
    annotation = list[Annotated[int, []]]
    assert describe_annotation(annotation) is describe_annotation(annotation, owner="m.A", name="a")


def test_equal_annotations_have_equal_descriptions_but_keep_their_own_order():
    first, second = dict[str, Annotated[int, "m"] | None], dict[str, Annotated[int, "m"] | None]
    assert describe_annotation(first) == describe_annotation(second)
    assert describe_annotation(Literal["y", "n"]).choices == ("y", "n")
    assert describe_annotation(Literal["n", "y"]).choices == ("n", "y")
    assert describe_annotation(Annotated[int, 1]).metadata[0] is not True
    assert describe_annotation(Annotated[int, True]).metadata[0] is True


def test_more_annotations_than_are_remembered_are_described_all_the_same():
    kept = [Annotated[int, number] for number in range(3000)]
    for _ in range(2):
        assert [describe_annotation(annotation).metadata for annotation in kept] == [(n,) for n in range(3000)]


def test_describing_leaves_the_class_as_it_is():
    before = dict(vars(Point))
    describe_annotation(Point)
    assert dict(vars(Point)) == before


def test_a_description_is_frozen_and_can_be_varied():
    with pytest.raises(AttributeError):
        INT.nullable = True
    assert replace(INT, nullable=True).nullable


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (None, "None alone is no type"),
        (type(None), "None alone is no type"),
        (Annotated[None, "m"], "None alone is no type"),
        (Literal[None], "a Literal needs a value besides None"),
        (Literal[1.5], "1.5 cannot stand in a Literal"),
        (T, "T is a type variable"),
        (list[T], "T is a type variable"),
        (Shape, "Shape is a protocol"),
        (SupportsInt, "SupportsInt is a protocol"),
        (object, "object says nothing about the value"),
        (list[object], "object says nothing about the value"),
        (Bits, "Bits is a Flag"),
        (Empty, "Empty has no members"),
        (enum.Enum, "Enum has no members"),
        ("int", "the string 'int' is no type"),
        (list["int"], "the string 'int' is no type"),
        (ForwardRef("Later"), "'Later' is not defined"),
        (List["Later"], "'Later' is not defined"),  # noqa: F821, UP006
        (Self, "Self has a meaning in a class body only"),
        (ClassVar[int], "ClassVar"),
        (ClassVar, "ClassVar is no type of a value"),
        (Final[int], "is no type of a value"),
        (InitVar, "InitVar is no type of a field"),
        (InitVar[int], "is no type of a value"),
        (Never, "Never is no type of a value"),
        (LiteralString, "LiteralString is no type of a value"),
        (Annotated, "Annotated is no type of a value"),
        (Literal, "Literal is no type of a value"),
        (Union, "is no type of a value"),
        (Generic, "is no type of a value|is a protocol"),
        (Protocol, "is no type of a value|is a protocol"),
        (Page[int], r"Page\[int\] is no container that JSON has"),
        (Type[int], r"is no container that JSON has"),  # noqa: UP006
        (Callable[[int], str], "is no container that JSON has"),
        (collections.deque[int], r"deque\[int\] is no container that JSON has"),
        (tuple[()], r"has 0 types for its items"),
        (list[int, str], r"list\[int, str\] has 2 types for its items"),
        (dict[str], "has 1 types for its items"),
        (tuple[..., int], "... is no type of a value"),
        (tuple[int, *tuple[str, ...]], "is unpacked"),
        (3, "3 is no type of a value"),
        ([int], "is no type of a value"),
        ({"a": int}, "is no type of a value"),
        (..., "is no type of a value"),
        (Text("a"), "is no type"),
        (lambda: int, "is no type of a value"),
        (Square(), "is no type of a value"),
    ],
)
def test_what_no_value_has_as_its_type_is_refused(annotation, reason):
    with pytest.raises(AnnotationError, match=reason) as caught:
        describe_annotation(annotation, owner="m.Model", name="field")
    error = caught.value
    assert str(error).startswith("m.Model.field: ")
    assert (error.owner, error.name) == ("m.Model", "field")
    assert error.annotation is annotation
    assert error.hint


def test_a_refusal_is_not_remembered():
    for owner in ("m.A", "m.B"):
        with pytest.raises(AnnotationError, match=f"^{owner}.a: "):
            describe_annotation(T, owner=owner, name="a")


def test_self_in_a_class_body_is_described_as_the_class():
    class Node:
        children: list[Self] | None

    described = describe_annotation(class_annotations(Node)["children"])
    assert (described.kind, described.nullable, described.args[0].type) == ("list", True, Node)
