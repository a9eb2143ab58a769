"""`type` aliases are looked through, those of typing_extensions too."""

import sys
from typing import Annotated, Any, Literal, TypeVar

import pytest

from restflow.core import AnnotationError, class_annotations, describe_annotation

A = TypeVar("A")
B = TypeVar("B")


class Typed:
    """A class whose annotations are described."""

    a: int


@pytest.fixture(params=["typing", "typing_extensions"])
def alias(request: pytest.FixtureRequest) -> Any:
    """`alias(name, value, *type parameters)` of either module."""
    module = pytest.importorskip(request.param)
    cls = getattr(module, "TypeAliasType", None)
    if cls is None:
        pytest.skip("typing has it from Python 3.12 on")
    return lambda name, value, *parameters: cls(name, value, type_params=parameters)


def meaning(annotation: Any) -> Any:
    """The parts of a description that do not depend on how the annotation was written."""
    spec = describe_annotation(annotation)
    args = tuple(meaning(arg.annotation) for arg in spec.args)
    return spec.kind, spec.type, args, spec.nullable, spec.metadata, spec.constraints, spec.choices, spec.variadic


def test_an_alias_means_its_value_and_is_kept_as_written(alias):
    tags = alias("Tags", list[str])
    assert meaning(tags) == meaning(list[str])
    assert describe_annotation(tags).annotation is tags
    assert meaning(dict[str, tags | None]) == meaning(dict[str, list[str] | None])


def test_an_alias_of_an_alias_with_metadata_between(alias):
    inner = alias("Inner", Annotated[int, "inner"])
    outer = alias("Outer", Annotated[inner | None, "outer"])
    assert meaning(Annotated[outer, "outermost"]) == meaning(Annotated[int | None, "inner", "outer", "outermost"])


def test_unions_in_aliases_are_flattened_and_repetitions_dropped(alias):
    number = alias("Number", int | float | None)
    assert meaning(number | str) == meaning(int | float | str | None)
    assert meaning(number | int) == meaning(int | float | None)
    assert meaning(list[alias("Id", int)] | list[int]) == meaning(list[int])
    maybe = alias("Maybe", None)
    assert meaning(maybe | int) == meaning(int | None)
    same = alias("Same", Annotated[int, "m"])
    assert meaning(same | Annotated[int, "m"]) == meaning(Annotated[int, "m"])


def test_an_alias_of_none_alone_is_refused(alias):
    nothing = alias("Nothing", None)
    for annotation in (nothing, nothing | None):
        with pytest.raises(AnnotationError, match="None alone is no type"):
            describe_annotation(annotation)


def test_literals_are_flattened_through_aliases(alias):
    inner = alias("Inner", Literal["b", "c"])
    assert describe_annotation(Literal["a", inner, "c"]).choices == ("a", "b", "c")


def test_arguments_take_the_places_of_the_parameters(alias):
    swapped = alias("Swapped", tuple[B, A, list[A] | None], A, B)
    assert meaning(swapped[int, str]) == meaning(tuple[str, int, list[int] | None])
    identity = alias("Identity", A, A)
    assert meaning(identity[int]) == meaning(int)
    nested = alias("Nested", list[swapped[A, int]], A)
    assert meaning(nested[str]) == meaning(list[tuple[int, str, list[str] | None]])
    ignoring = alias("Ignoring", int, A)
    assert meaning(ignoring[str]) == meaning(int)


def test_missing_arguments_are_refused(alias):
    pair = alias("Pair", tuple[A, A], A)
    with pytest.raises(AnnotationError, match="the alias Pair has no value: it lacks an argument for A"):
        describe_annotation(pair)


def test_a_default_of_a_parameter_stands_in_for_a_missing_argument(alias):
    typing_extensions = pytest.importorskip("typing_extensions")
    parameter = typing_extensions.TypeVar("C", default=int)
    values = alias("Values", list[parameter], parameter)
    assert meaning(values) == meaning(list[int])
    assert meaning(values[str]) == meaning(list[str])


def test_a_string_in_an_alias_is_evaluated(alias, monkeypatch):
    tree = alias("Tree", "list[Typed] | None")
    monkeypatch.setattr(sys.modules[__name__], "Tree", tree, raising=False)

    class Model:
        a: tree
        b: "list[Tree]"  # noqa: F821

    found = class_annotations(Model)
    assert found == {"a": list[Typed] | None, "b": list[list[Typed] | None]}


def test_a_missing_name_in_a_string_of_an_alias_is_a_placeholder(alias):
    class Model:
        a: alias("Tree", list["Missing"])  # noqa: F821

    with pytest.raises(AnnotationError, match="'Missing' is not defined"):
        describe_annotation(class_annotations(Model)["a"])


def test_an_alias_that_contains_itself_is_refused(alias, monkeypatch):
    tree = alias("Tree", "list[Tree] | None")
    monkeypatch.setattr(sys.modules[__name__], "Tree", tree, raising=False)

    class Model:
        a: "Tree"  # noqa: F821

    with pytest.raises(AnnotationError, match=r"the alias Tree is a string, which has .* none that contains itself"):
        describe_annotation(class_annotations(Model)["a"])


def executed(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "aliases", "exec", dont_inherit=True), names)
    return names


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type aliases (PEP 695)")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("type X = list[X] | int", "the alias X contains itself"),
        ("type Y = X\ntype X = list[Y]", "the alias X contains itself"),
        ("type X = X", "the alias X contains itself"),
        ("from typing import Literal\ntype X = Literal['a', X]", "the alias X contains itself"),
        ("type N[T] = T | list[N[T]]\nX = N[int]", "the alias N contains itself"),
        ("type N[T] = tuple[N[list[T]], N[set[T]]]\nX = N[int]", "the alias N contains itself"),
        ("type X = list[Missing]", "'Missing' is not defined"),
        ("type X = 1 / 0", "the alias X has no value: its value cannot be evaluated .ZeroDivisionError"),
        ("type P[T] = list[T]\nX = P[int, str]", "has no value: it takes 1 arguments"),
        ("type P[*Ts] = tuple[*Ts]\nX = P[int, str]", "the alias .* has no value"),
        ("type X = T\nfrom typing import TypeVar\nT = TypeVar('T')", "T is a type variable"),
    ],
)
def test_an_alias_without_a_meaning_is_refused(source, reason):
    with pytest.raises(AnnotationError, match=reason):
        describe_annotation(executed(source)["X"])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type aliases (PEP 695)")
def test_one_alias_may_stand_in_an_annotation_twice():
    names = executed("type Id = int\ntype Pair[T] = tuple[T, T]\nX = dict[str, Pair[Pair[Id]]] | list[Id]")
    assert meaning(names["X"]) == meaning(dict[str, tuple[tuple[int, int], tuple[int, int]]] | list[int])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type aliases (PEP 695)")
def test_an_alias_may_have_a_value_later():
    names = executed("type X = list[Later]")
    with pytest.raises(AnnotationError):
        describe_annotation(names["X"])
    names["Later"] = str
    assert meaning(names["X"]) == meaning(list[str])
