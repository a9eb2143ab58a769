"""`class_annotations` gives the same result however the annotations are evaluated."""

import re
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import InitVar
from typing import Annotated, Any, ClassVar, ForwardRef, List, Literal, Optional, TypedDict, Union  # noqa: UP035

import pytest

from restflow.core import AnnotationError, class_annotations, describe_annotation

MODULE = "annotated_module_of_a_test"
Execute = Callable[[str], dict[str, Any]]
ANNOTATION = re.compile(r"^(\s+)(\w+): ((?:[^=#]|=(?=\w))+?)( = .*)?$", re.MULTILINE)


def quoted(source: str) -> str:
    """Every annotation of a class body in quotes."""
    return ANNOTATION.sub(lambda found: f"{found[1]}{found[2]}: {found[3]!r}{found[4] or ''}", source)


def future(source: str) -> str:
    return "from __future__ import annotations\n" + source


@pytest.fixture
def execute(monkeypatch: pytest.MonkeyPatch) -> Execute:
    """Executes source as a module and gives its names."""
    module = types.ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, module)

    def run(source: str) -> dict[str, Any]:
        exec(compile(source, f"{MODULE}.py", "exec", dont_inherit=True), module.__dict__)
        return module.__dict__

    return run


@pytest.fixture(params=["as written", "quoted", "future"])
def evaluate(request: pytest.FixtureRequest, execute: Execute) -> Iterator[Execute]:
    """Executes source in each way of evaluation; as written is eager, and deferred from Python 3.14 on."""
    change = {"as written": str, "quoted": quoted, "future": future}[request.param]
    return lambda source: execute(change(source))


PRELUDE = """
import typing
from dataclasses import InitVar
from typing import *
from restflow.core import class_annotations, describe_annotation, Email

class Recorded:
    def __init_subclass__(cls):
        cls.seen = class_annotations(cls)
"""


def test_the_body_of_a_class_is_read_in_order_without_its_bases(evaluate):
    names = evaluate(
        PRELUDE
        + """
class Base(Recorded):
    inherited: int

class Child(Base):
    second: str
    first: list[Email] | None = None
    third: Annotated[int, "metadata"]
    fourth: Literal["a", "b"]
    fifth: Optional[int]
"""
    )
    email = names["Email"]
    assert list(names["Child"].seen.items()) == [
        ("second", str),
        ("first", list[email] | None),
        ("third", Annotated[int, "metadata"]),
        ("fourth", Literal["a", "b"]),
        ("fifth", int | None),
    ]


def test_a_class_without_annotations_has_none(evaluate):
    names = evaluate(PRELUDE + "class Base(Recorded):\n    x: int\nclass Child(Base):\n    pass\n")
    assert names["Child"].seen == {}


def test_class_variables_finals_and_init_variables_are_left_out(evaluate):
    names = evaluate(
        PRELUDE
        + """
class Model(Recorded):
    a: ClassVar
    b: ClassVar[int]
    c: Final
    d: Final[int]
    e: InitVar[int]
    f: typing.ClassVar[list[str]]
    g: Annotated[ClassVar[int], 1] if False else ClassVar[int]
    h: int
"""
    )
    assert names["Model"].seen == {"h": int}


def test_a_class_variable_is_left_out_even_where_its_type_is_missing(execute):
    names = execute(
        future(
            PRELUDE
            + "class Model(Recorded):\n    a: ClassVar[Missing]\n    b: typing.Final[Missing]\n"
            + "    c: Annotated[ClassVar[Missing], 1]\n    d: ClassVar['Missing']\n"
        )
    )
    assert names["Model"].seen == {}


def test_names_come_from_the_class_the_function_and_the_module(evaluate):
    names = evaluate(
        PRELUDE
        + """
Shadowed = str

def make(Local):
    Shadowed = bytes
    class Model(Recorded):
        Own = int
        a: Own
        b: Local
        c: Shadowed
        d: Email
    return Model
"""
    )
    assert names["make"](float).seen == {"a": int, "b": float, "c": bytes, "d": names["Email"]}


def test_names_come_from_outer_functions_too(evaluate):
    names = evaluate(
        PRELUDE
        + """
def outer():
    Outer = int
    def inner():
        Inner = Outer
        class Model(Recorded):
            a: Inner
            b: Outer
        return Model
    return inner()
"""
    )
    assert names["outer"]().seen == {"a": int, "b": int}


def test_the_class_itself_is_no_missing_name(evaluate):
    names = evaluate(
        PRELUDE
        + """
class Node(Recorded):
    a: Self
    b: list[Self] | None
    c: "Node"
    d: list["Node"]
    e: Optional["Node"]
    f: dict[str, List["Node"]]
    g: Annotated["Node", "metadata"]

def make():
    class Local(Recorded):
        a: list["Local"]
    return Local
"""
    )
    Node, Local = names["Node"], names["make"]()
    assert Node.seen == {
        "a": Node,
        "b": list[Node] | None,
        "c": Node,
        "d": list[Node],
        "e": Node | None,
        "f": dict[str, List[Node]],  # noqa: UP006
        "g": Annotated[Node, "metadata"],
    }
    assert Local.seen == {"a": list[Local]}


def test_a_missing_name_is_a_placeholder_and_leaves_the_others_resolved(evaluate):
    names = evaluate(
        PRELUDE
        + """
class Node(Recorded):
    a: "Later"
    b: int
    c: list["Later"] | None
    d: dict[str, Annotated["Later", 1]]
"""
    )
    Node = names["Node"]
    later = ForwardRef("Later")
    assert Node.seen == {"a": later, "b": int, "c": later, "d": later}
    with pytest.raises(AnnotationError, match="'Later' is not defined"):
        describe_annotation(Node.seen["c"], owner="m.Node", name="c")

    names["Later"] = bytes
    assert class_annotations(Node) == {
        "a": bytes,
        "b": int,
        "c": list[bytes] | None,
        "d": dict[str, Annotated[bytes, 1]],
    }


def test_an_attribute_that_is_missing_is_a_placeholder_with_its_path(evaluate):
    names = evaluate(PRELUDE + 'import enum\nclass Node(Recorded):\n    a: list["enum.Later"]\n')
    assert names["Node"].seen == {"a": ForwardRef("enum.Later")}


def test_a_name_of_the_function_can_come_later_while_it_runs(evaluate):
    names = evaluate(
        PRELUDE
        + """
def make():
    class Node(Recorded):
        a: "Leaf"
    class Leaf: ...
    return Node.seen, class_annotations(Node), Leaf
"""
    )
    before, after, leaf = names["make"]()
    assert before == {"a": ForwardRef("Leaf")}
    assert after == {"a": leaf}


def test_a_string_that_is_no_type_stays_for_the_description_to_refuse(execute):
    names = execute(
        PRELUDE + "class Model(Recorded):\n    a: 'no type at all'\n    b: 'int | 3'\n    c: list['(']\n    d: int\n"
    )
    seen = names["Model"].seen
    assert seen == {"a": "no type at all", "b": "int | 3", "c": types.GenericAlias(list, "("), "d": int}
    for name in "abc":
        with pytest.raises(AnnotationError, match=f"^m.Model.{name}: the string .* is no type"):
            describe_annotation(seen[name], owner="m.Model", name=name)


def test_strings_that_lead_to_each_other_come_to_an_end(execute):
    names = execute(PRELUDE + "A = 'B'\nB = 'A'\nC = 'list[C]'\nclass Model(Recorded):\n    a: 'A'\n    c: 'C'\n")
    with pytest.raises(AnnotationError, match="is no type"):
        describe_annotation(names["Model"].seen["a"])
    with pytest.raises(AnnotationError, match="is no type"):
        describe_annotation(names["Model"].seen["c"])


def test_a_quoted_annotation_may_span_lines(execute):
    names = execute(PRELUDE + "class Model(Recorded):\n    a: '''\n  int |\n  None  # said why\n'''\n")
    assert names["Model"].seen == {"a": int | None}


def test_a_default_does_not_hide_the_type_of_its_name(evaluate):
    names = evaluate(
        PRELUDE
        + """
import datetime as dt
from datetime import date
class Event(Recorded):
    start: date
    many: list[int]
    date: dt.datetime = 5
    def list(self): ...
"""
        if sys.version_info < (3, 14)
        else PRELUDE + "from datetime import date\nclass Event(Recorded):\n    start: date\n    many: list[int]\n"
    )
    import datetime

    seen = names["Event"].seen
    assert (seen["start"], seen["many"]) == (datetime.date, list[int])


def test_a_lambda_in_an_annotation_sees_the_function_and_the_module(evaluate):
    names = evaluate(
        PRELUDE
        + """
limit = 3
def make(local):
    class Model(Recorded):
        a: Annotated[int, lambda: limit + local]
    return Model
class Plain(Recorded):
    a: Annotated[int, lambda: limit]
"""
    )
    assert names["make"](4).seen["a"].__metadata__[0]() == 7
    names["limit"] = 5
    assert names["Plain"].seen["a"].__metadata__[0]() == 5


def test_a_class_made_by_a_call_is_read_too(evaluate):
    names = evaluate(PRELUDE)
    made = type("Made", (names["Recorded"],), {"__annotations__": {"a": "Email | None"}, "__module__": MODULE})
    assert made.seen == {"a": names["Email"] | None}


def test_code_without_a_module_is_read_too():
    names: dict[str, Any] = {"__name__": "no_module_of_this_name"}
    exec(compile(future(PRELUDE + "class Model(Recorded):\n    a: Email\n"), "x", "exec", dont_inherit=True), names)
    assert names["Model"].seen == {"a": names["Email"]}


def test_a_typed_dict_counts_what_it_inherits(execute):
    names = execute(
        future(PRELUDE + "class A(TypedDict):\n    a: 'int'\nclass B(A, total=False):\n    b: NotRequired[Email]\n")
    )
    from typing import NotRequired

    assert class_annotations(names["B"]) == {"a": int, "b": NotRequired[names["Email"]]}


def test_reading_changes_nothing():
    class Model:
        a: "int"
        b: List["Model"]  # noqa: UP006

    before = dict(vars(Model))
    class_annotations(Model)
    assert dict(vars(Model)) == before
    assert class_annotations(Model) == class_annotations(Model)


def test_annotations_without_strings_come_as_they_are():
    annotation = Union[int, List[str]]  # noqa: UP006, UP007

    class Model:
        a: annotation
        b: ClassVar[int]
        c: InitVar[int]
        d: Optional["TypedDict"]

    assert class_annotations(Model)["a"] is annotation


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type parameters (PEP 695)")
def test_type_parameters_and_aliases_are_names_of_the_class(evaluate):
    names = evaluate(
        PRELUDE
        + """
type Tags = list[str]
type Tree = list["Model"] | None
type Pair[T] = tuple[T, T]
class Model[T](Recorded):
    a: T
    b: list[T]
    c: Tags
    d: Tree
    e: Pair["Model"]
"""
    )
    Model = names["Model"]
    (parameter,) = Model.__type_params__
    assert Model.seen == {
        "a": parameter,
        "b": list[parameter],
        "c": names["Tags"],
        "d": list[Model] | None,
        "e": names["Pair"][Model],
    }


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type aliases (PEP 695)")
def test_an_alias_of_a_missing_name_is_a_placeholder(evaluate):
    names = evaluate(PRELUDE + "type Tags = list[Later]\nclass Model(Recorded):\n    a: Tags\n    b: int\n")
    assert names["Model"].seen == {"a": ForwardRef("Later"), "b": int}
    names["Later"] = str
    assert describe_annotation(class_annotations(names["Model"])["a"]).args[0].type is str


@pytest.mark.skipif(sys.version_info < (3, 14), reason="needs deferred annotations (PEP 649)")
def test_a_deferred_annotation_may_name_what_comes_later(execute):
    names = execute(
        PRELUDE
        + """
class Node(Recorded):
    a: Later
    b: list[Node]
    c: list[Later] | None
    d: int
def make():
    class Local(Recorded):
        a: Leaf
        b: list[Local]
    class Leaf: ...
    return Local, Leaf
"""
    )
    Node = names["Node"]
    assert Node.seen == {"a": ForwardRef("Later"), "b": list[Node], "c": ForwardRef("Later"), "d": int}
    names["Later"] = bytes
    assert class_annotations(Node)["c"] == list[bytes] | None
    Local, Leaf = names["make"]()
    assert class_annotations(Local) == {"a": Leaf, "b": list[Local]}


@pytest.mark.skipif(sys.version_info < (3, 14), reason="needs deferred annotations (PEP 649)")
def test_a_deferred_annotation_that_fails_leaves_the_others_resolved(execute):
    names = execute(PRELUDE + "class Model(Recorded):\n    a: int + 3\n    b: list[str]\n")
    seen = names["Model"].seen
    assert seen["b"] == list[str]
    with pytest.raises(AnnotationError):
        describe_annotation(seen["a"], owner="m.Model", name="a")
