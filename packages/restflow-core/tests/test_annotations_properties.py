"""Whatever an annotation is made of: it is described, or refused with an `AnnotationError`."""

import collections
import collections.abc
import enum
import typing
from dataclasses import InitVar, dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, ForwardRef, Literal, NewType, NotRequired, Required, TypedDict, TypeVar

import annotated_types as at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restflow.core import AnnotationError, TypeSpec, class_annotations, describe_annotation


class Color(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int


class Movie(TypedDict):
    title: str


class Unhashable:
    __hash__ = None


GOOD = [str, int, float, bool, bytes, Decimal, Any, Color, Point, Movie, NewType("Name", str), list, dict, tuple, set]
BAD = [
    *(None, ..., object, TypeVar("T"), typing.Self, typing.Never, ClassVar[int], InitVar[int], enum.Flag, "int", "("),
    *(3, 1.5, [], {}, [int], (), Unhashable(), print, typing, ForwardRef("Later"), tuple[()], type[int]),
    *(collections.abc.Callable[..., int], typing.Generic, typing.Protocol, typing.Union, Annotated, Literal, enum.Enum),
]
METADATA = [at.Ge(1), at.MinLen(2), at.Len(0, 3), at.Interval(lt=4), "text", [], {}, Unhashable(), at.Ge, print]
LITERALS = ["a", "b", 1, True, None, b"x", Color.RED, 1.5, (), ...]


def tried(make: Any) -> Any:
    """The annotation, or `Never` where Python itself refuses to make it."""
    try:
        return make()
    except (TypeError, SyntaxError, AttributeError):
        return typing.Never


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    containers = [list, set, frozenset, tuple, type, collections.deque, collections.abc.Iterable, typing.Sequence]
    markers = [typing.Optional, Required, NotRequired, ClassVar, typing.Final]
    pieces = st.lists(st.sampled_from(METADATA), min_size=1, max_size=3)
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda origin, arg: tried(lambda: origin[arg]), st.sampled_from(containers + markers), inner),
        st.builds(lambda args: tried(lambda: tuple[args]), several),
        st.builds(lambda arg: tried(lambda: tuple[arg, ...]), inner),
        st.builds(lambda args: tried(lambda: list[args]), several),
        st.builds(lambda key, value: tried(lambda: dict[key, value]), st.just(str) | inner, inner),
        st.builds(lambda args: tried(lambda: typing.Union[args]), several),  # noqa: UP007
        st.builds(lambda one, other: tried(lambda: one | other), inner, inner),
        st.builds(lambda arg, metadata: tried(lambda: Annotated[(arg, *metadata)]), inner, pieces),
    )


literals = st.lists(st.sampled_from(LITERALS), min_size=1, max_size=4).map(
    lambda values: tried(lambda: Literal[tuple(values)])
)
annotations = st.recursive(st.sampled_from(GOOD + BAD) | literals, larger, max_leaves=8)


busy_machine = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def check(spec: TypeSpec) -> None:
    """What holds for every description."""
    if spec.kind in ("plain", "enum", "shape", "list", "set", "tuple", "dict"):
        assert spec.type is not None
    else:
        assert spec.type is None
    assert (spec.kind == "literal") == bool(spec.choices)
    assert None not in spec.choices
    if spec.kind == "union":
        assert len(spec.args) > 1
        assert not any(arg.nullable for arg in spec.args)
    elif spec.kind in ("list", "set", "dict"):
        assert len(spec.args) <= 1
    elif spec.kind != "tuple":
        assert spec.args == ()
    assert not spec.variadic or (spec.kind == "tuple" and len(spec.args) == 1)
    for arg in spec.args:
        check(arg)


@busy_machine
@given(annotations)
def test_every_annotation_is_described_or_refused(annotation):
    refused = None
    try:
        spec = describe_annotation(annotation, owner="m.Model", name="field")
    except AnnotationError as error:
        refused = error
    if refused is None:
        assert spec.annotation is annotation
        check(spec)
    else:
        assert str(refused).startswith("m.Model.field: ")
        assert refused.annotation is annotation


@busy_machine
@given(st.dictionaries(st.sampled_from("abcdef"), annotations | st.text(max_size=12)))
def test_every_class_body_is_read(written):
    cls = type("Model", (), {"__annotations__": dict(written), "__module__": __name__})
    for name, annotation in class_annotations(cls).items():
        try:
            describe_annotation(annotation, owner="m.Model", name=name)
        except AnnotationError:
            continue
