"""Declaring a section: a frozen dataclass, and the mistakes that its class body can hold."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Protocol, TypedDict, TypeVar

import pytest

from restflow.core import AnnotationError, ConfigError, SettingsSection, option

T = TypeVar("T")


class Shape(TypedDict):
    size: int


class Walks(Protocol):
    def walk(self) -> None: ...


class Box(Generic[T]):
    pass


def test_a_section_is_a_frozen_keyword_only_dataclass():
    class Reports(SettingsSection):
        PLURAL: ClassVar[str] = "reports"
        FORMAT: str = "csv"
        COLUMNS: list[str] = option(factory=list)

    section = Reports(FORMAT="xlsx")

    assert dataclasses.is_dataclass(section)
    assert (section.FORMAT, section.COLUMNS, section.PLURAL) == ("xlsx", [], "reports")
    assert section == Reports(FORMAT="xlsx") != Reports()
    with pytest.raises(dataclasses.FrozenInstanceError):
        section.FORMAT = "csv"
    with pytest.raises(TypeError):
        Reports("xlsx")


def test_keys_are_inherited_and_may_be_declared_anew():
    class Base(SettingsSection):
        FORMAT: str = "csv"
        LIMIT: int = 1

    class Derived(Base):
        LIMIT: float = 2.5
        EXTRA: str = ""

    assert (Derived().FORMAT, Derived().LIMIT, Derived().EXTRA, Base().LIMIT) == ("csv", 2.5, "", 1)


def declare(annotation: Any, *default: Any, name: str = "KEY"):
    body: dict[str, Any] = {"__annotations__": {name: annotation}, "__module__": __name__}
    if default:
        body[name] = default[0]
    return type("Bad", (SettingsSection,), body)


@pytest.mark.parametrize(
    ("annotation", "default", "name", "said"),
    [
        (int, (), "KEY", "no default"),
        (int, (option(secret=True),), "KEY", "no default"),
        (int, (1,), "key", "upper case"),
        (int, (1,), "Key", "upper case"),
        (int, (1,), "_KEY", "upper case"),
        (list[int], ([],), "KEY", "mutable"),
        (dict, ({},), "KEY", "mutable"),
        (set, (option(set()),), "KEY", "mutable"),
        (int, ("1",), "KEY", "expected int, got str"),
        (int, (None,), "KEY", "expected int, got None"),
    ],
)
def test_a_key_that_breaks_the_rules_is_refused_at_class_creation(annotation, default, name, said):
    with pytest.raises(ConfigError, match=said) as caught:
        declare(annotation, *default, name=name)

    assert f"{__name__}.Bad.{name}" in str(caught.value)


@pytest.mark.parametrize(
    "annotation", [T, Shape, Walks, Box[int], list[T], dict[str, Shape], type[T], "Nowhere", "list[Nowhere]"], ids=str
)
def test_an_annotation_that_cannot_be_checked_is_refused_at_class_creation(annotation):
    with pytest.raises(ConfigError) as caught:
        declare(annotation, None)

    assert "Bad" in str(caught.value)


def test_the_error_of_an_annotation_tells_owner_and_name():
    with pytest.raises(AnnotationError) as caught:
        declare(dict[str, Shape], None)

    assert (caught.value.owner, caught.value.name) == (f"{__name__}.Bad", "KEY")
    assert "got dict[str, Shape]" in str(caught.value)


def test_a_key_without_annotation_is_refused():
    with pytest.raises(ConfigError, match=r"Loose\.SIZE: the key has no annotation"):

        class Loose(SettingsSection):
            SIZE = option(1)

    class Base(SettingsSection):
        SIZE: int = 1

    with pytest.raises(ConfigError, match="no annotation"):

        class Derived(Base):
            SIZE = 2


def test_a_default_and_a_factory_are_one_too_many():
    with pytest.raises(ConfigError, match="a default or a factory"):
        option(1, factory=int)


def test_string_annotations_are_evaluated():
    assert declare("int | None", None)().KEY is None
    assert declare("Callable[[str], str] | None", None)().KEY is None
    assert Callable


def test_a_section_tells_its_problems_when_asked():
    assert list(declare(int, 1)().problems()) == []
