"""The type rules of settings: what each annotation accepts, refuses, and hands out."""

import datetime
import enum
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional

import pytest
from django.test import override_settings
from django.utils.functional import SimpleLazyObject, lazy
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restflow.core import ConfigError, SettingsSection, option, restflow_settings
from restflow.core._registry import registry

Label = NewType("Label", str)


class Colour(enum.Enum):
    RED = "red"
    ONE = 1


class Inner(SettingsSection):
    SIZE: int = 1


class Point(NamedTuple):
    x: int
    y: list


@pytest.fixture
def read():
    """`read(annotation, value)` gives what a key of that type hands out."""

    def through_a_section(annotation, value):
        body = {"__annotations__": {"KEY": annotation}, "KEY": option(factory=lambda: None), "__module__": __name__}
        registry.classes.register("TYPED", type("Typed", (SettingsSection,), body), replace=True)
        with override_settings(RESTFLOW_SETTINGS={"TYPED": {"KEY": value}}):
            return restflow_settings.TYPED.KEY

    yield through_a_section
    if "TYPED" in registry.classes:
        registry.classes.unregister("TYPED")
    restflow_settings.reload()


def upper(text: str) -> str:
    return text.upper()


RED = gettext_lazy("red")
ACCEPTED = [
    (bool, True, True),
    (int, 5, 5),
    (float, 5, 5),
    (float, 5.5, 5.5),
    (str, "x", "x"),
    (str, RED, RED),
    (bytes, b"x", b"x"),
    (datetime.timedelta, datetime.timedelta(1), datetime.timedelta(1)),
    (datetime.date, datetime.date(2026, 1, 1), datetime.date(2026, 1, 1)),
    (Decimal, Decimal(1), Decimal(1)),
    (Path, Path("/x"), Path("/x")),
    (Literal["a", 1], "a", "a"),
    (Literal["a", 1], 1, 1),
    (Colour, Colour.RED, Colour.RED),
    (Colour, "red", Colour.RED),
    (Colour, 1, Colour.ONE),
    (int | str, "x", "x"),
    (Optional[int], None, None),  # noqa: UP045
    (None, None, None),
    (list[int], [1, 2], (1, 2)),
    (list[int], (1, 2), (1, 2)),
    (list[int], {1}, (1,)),
    (list, [1, [2]], (1, (2,))),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (tuple[()], [], ()),
    (tuple, ["a"], ("a",)),
    (Sequence[str], ["a"], ("a",)),
    (set[int], [1, 1], frozenset({1})),
    (frozenset[int], {1}, frozenset({1})),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (dict[str, list[int]], {"a": [1]}, {"a": (1,)}),
    (dict[int, str], {1: "a"}, {1: "a"}),
    (Mapping, {"a": {"b": []}}, {"a": {"b": ()}}),
    (type[Exception], ValueError, ValueError),
    (type[int | str], str, str),
    (type[Any], dict, dict),
    (type, dict, dict),
    (Callable[[str], str], upper, upper),
    (Callable, len, len),
    (Inner, {"SIZE": 3}, Inner(SIZE=3)),
    (Inner, {}, Inner()),
    (Inner | None, None, None),
    (list[Inner], [{"SIZE": 3}], (Inner(SIZE=3),)),
    (Any, {"a": [1, {2}]}, {"a": (1, frozenset({2}))}),
    (Any, Point(1, []), Point(1, ())),
    (object, 1, 1),
    (Label, "x", "x"),
    (Annotated[int, "metres"], 1, 1),
]


def shown(value):
    """A `repr` that is the same in every process: parallel test runs compare the names of tests."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize(("annotation", "value", "result"), ACCEPTED, ids=shown)
def test_a_value_of_the_type_is_handed_out(read, annotation, value, result):
    got = read(annotation, value)

    assert got == result
    if not isinstance(result, dict):
        assert type(got) is type(result)


REFUSED = [
    (bool, 1, "int"),
    (int, True, "bool"),
    (int, "5", "str"),
    (int, 5.0, "float"),
    (float, True, "bool"),
    (float, "5", "str"),
    (str, b"x", "bytes"),
    (str, None, "None"),
    (str, lazy(int, int)(1), "__proxy__"),
    (bytes, "x", "str"),
    (datetime.timedelta, 5, "int"),
    (Path, "/x", "str"),
    (Literal["a", 1], "b", "another str"),
    (Literal["a", 1], True, "bool"),
    (Literal["a"], ["a"], "list"),
    (Colour, "blue", "str"),
    (Colour, True, "bool"),
    (int | str, 1.5, "float"),
    (None, 0, "int"),
    (list[int], "12", "str"),
    (list[str], "ab", "str"),
    (list[int], {"a": 1}, "dict"),
    (Sequence[str], "ab", "str"),
    (list[int], ["x"], "str"),
    (tuple[int, str], [1], "list of 1"),
    (tuple[int, str], [1, 2], "int"),
    (tuple[int, str], "ab", "str"),
    (set[int], "ab", "str"),
    (set[Any], [{"a": [1]}, object], None),
    (set[Any], [bytearray()], "list"),
    (dict[str, int], [("a", 1)], "list"),
    (dict[str, int], {"a": "1"}, "str"),
    (dict[str, int], {1: 1}, "int"),
    (type[Exception], int, "the class int"),
    (type[Exception], ValueError(), "ValueError"),
    (Callable[[str], str], "upper", "str"),
    (Inner, 3, "int"),
    (Inner, {"SIZE": "3"}, "str"),
    (Inner | None, {"SIZE": "3"}, "SIZE: expected int, got str"),
    (Label, 1, "int"),
]


@pytest.mark.parametrize(("annotation", "value", "got"), [row for row in REFUSED if row[2]], ids=shown)
def test_a_value_of_another_type_is_refused_by_its_type(read, annotation, value, got):
    with pytest.raises(ConfigError, match=r"TYPED\.KEY") as caught:
        read(annotation, value)

    assert got in str(caught.value)


def test_a_lazy_object_counts_as_what_it_stands_for(read):
    assert read(str, SimpleLazyObject(lambda: "x")) == "x"


def test_an_object_that_breaks_when_looked_at_is_a_config_error(read):
    def broken():
        raise RuntimeError("hush-hush")

    with pytest.raises(ConfigError, match=r"TYPED\.KEY cannot be checked: RuntimeError") as caught:
        read(str, SimpleLazyObject(broken))

    assert "hush-hush" not in str(caught.value)


def test_a_container_that_holds_itself_is_a_config_error(read):
    endless: dict[str, Any] = {}
    endless["again"] = endless

    with pytest.raises(ConfigError, match="RecursionError"):
        read(Any, endless)


class Everything(SettingsSection):
    FLAG: bool = False
    COUNT: int = 0
    RATIO: float = 0.0
    NAME: str | None = None
    COLOUR: Colour = Colour.RED
    MODE: Literal["a", "b"] = "a"
    ITEMS: list[int | str] = option(factory=list)
    PAIR: tuple[int, str] = (1, "")
    TAGS: frozenset[str] = frozenset()
    TABLE: dict[str, dict[str, int]] = option(factory=dict)
    ANYTHING: Any = None
    INNER: Inner = Inner()


def has_declared_types(section: Everything) -> bool:
    return (
        isinstance(section.FLAG, bool)
        and type(section.COUNT) is int
        and type(section.RATIO) in (int, float)
        and (section.NAME is None or isinstance(section.NAME, str))
        and isinstance(section.COLOUR, Colour)
        and section.MODE in ("a", "b")
        and all(type(item) in (int, str) for item in section.ITEMS)
        and type(section.ITEMS) is tuple
        and type(section.PAIR[0]) is int
        and isinstance(section.PAIR[1], str)
        and isinstance(section.TAGS, frozenset)
        and all(
            isinstance(name, str) and all(isinstance(key, str) and type(size) is int for key, size in row.items())
            for name, row in section.TABLE.items()
        )
        and type(section.INNER.SIZE) is int
    )


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4)
hashable = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
values = st.recursive(
    scalars | st.sampled_from([Colour.RED, "red", "a", "b", int, len]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.frozensets(hashable, max_size=3)
        | st.tuples(st.integers(), st.text(max_size=2))
        | st.dictionaries(hashable | st.just("SIZE"), inner, max_size=3)
    ),
    max_leaves=8,
)
sections = st.dictionaries(st.sampled_from(list(Everything._keys)) | hashable, values, max_size=4)


@pytest.fixture
def everything():
    registry.classes.register("EVERYTHING", Everything)
    yield
    registry.classes.unregister("EVERYTHING")
    restflow_settings.reload()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.dictionaries(st.just("EVERYTHING") | hashable, sections | values, max_size=2) | values)
def test_any_nested_value_gives_the_declared_types_or_a_config_error(everything, raw):
    with override_settings(RESTFLOW_SETTINGS=raw):
        try:
            read = {key: getattr(restflow_settings.EVERYTHING, key) for key in Everything._keys}
        except ConfigError:
            return

    assert has_declared_types(Everything(**read))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=sections)
def test_any_section_gives_the_declared_types_or_a_config_error(everything, raw):
    with override_settings(RESTFLOW_SETTINGS={"EVERYTHING": raw}):
        try:
            read = {key: getattr(restflow_settings.EVERYTHING, key) for key in Everything._keys}
        except ConfigError:
            return

    assert has_declared_types(Everything(**read))
