"""The errors: what they are, what they say, and that they survive the way to another process."""

import copy
import pickle
from typing import Annotated, Literal, Union

import pytest
from django.core.exceptions import ImproperlyConfigured

from restflow.core import AnnotationError, ConfigError, PluginError, RestflowError

ERRORS = [
    RestflowError("It broke.", hint="Mend it."),
    RestflowError("It broke."),
    ConfigError("JWT.LEEWAY: expected an int, got str.", hint="Give an int."),
    AnnotationError("shop.Filter", "price", set[list[int]], "no field for this type", hint="Use list[int]."),
    AnnotationError("shop.Filter", "price", int, "reserved name"),
    PluginError("No such animal.", group="zoo", name="cat", distributions=("a", "b"), hint="Install one."),
    PluginError("No such animal.", group="zoo"),
]


class OwnError(ConfigError):
    """As a subsystem derives one, with a constructor of its own."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is wrong.", hint="Right it.")
        self.field = field


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (RestflowError, (Exception,)),
        (ConfigError, (RestflowError, ImproperlyConfigured)),
        (AnnotationError, (ConfigError, TypeError, ValueError, AssertionError)),
        (PluginError, (ConfigError, LookupError)),
    ],
)
def test_each_error_is_what_code_catches_it_as(error, bases):
    assert error.__bases__ == bases


def test_the_text_is_the_message_then_the_hint():
    assert str(RestflowError("It broke.", hint="Mend it.")) == "It broke. Mend it."
    assert str(RestflowError("It broke.")) == "It broke."


@pytest.mark.parametrize("error", [RestflowError, ConfigError])
def test_the_hint_is_given_by_keyword_only(error):
    with pytest.raises(TypeError):
        error("It broke.", "Mend it.")


class Point:
    """Not a type that fields are made from."""


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (set[list[int]], "set[list[int]]"),
        (set, "set"),
        (int | None, "int | None"),
        (Union[str, None], "str | None"),  # noqa: UP007
        (Literal["a", 1], "Literal['a', 1]"),
        (dict[int, str], "dict[int, str]"),
        (Annotated[int, "unit"], "Annotated[int, 'unit']"),
        (Point, "Point"),
        ("Later", "'Later'"),
        (None, "None"),
        (tuple[int, ...], "tuple[int, ...]"),
    ],
)
def test_an_annotation_reads_as_it_was_written(annotation, text):
    error = AnnotationError("shop.filters.Products", "price", annotation, "no field for this type", hint="Drop it.")

    assert str(error) == f"shop.filters.Products.price: no field for this type, got {text}. Drop it."


def test_an_annotation_error_without_an_owner_starts_with_the_reason():
    assert str(AnnotationError("", "", int, "not supported")) == "not supported, got int."
    assert str(AnnotationError("", "price", int, "not supported")) == "price: not supported, got int."


def test_the_attributes_are_those_given():
    annotation = AnnotationError("shop.Filter", "price", int, "reserved", hint="Rename it.")
    plugin = PluginError("No cat.", group="zoo", name="cat", distributions=("a",), hint="Install it.")

    assert (annotation.owner, annotation.name, annotation.annotation, annotation.reason) == (
        "shop.Filter",
        "price",
        int,
        "reserved",
    )
    assert annotation.message == "shop.Filter.price: reserved, got int."
    assert annotation.hint == plugin.hint.replace("Install", "Rename")
    assert (plugin.group, plugin.name, plugin.distributions, plugin.message) == ("zoo", "cat", ("a",), "No cat.")
    assert (PluginError("x", group="zoo").name, PluginError("x", group="zoo").distributions) == (None, ())


@pytest.mark.parametrize("error", [*ERRORS, OwnError("price")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "through",
    [copy.copy, copy.deepcopy, *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6))],
    ids=["copy", "deepcopy", *(f"pickle-{protocol}" for protocol in range(6))],
)
def test_errors_survive_copies_and_pickles_whole(error, through):
    again = through(error)

    assert type(again) is type(error)
    assert again is not error
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_notes_cross_too():
    error = ConfigError("It broke.")
    error.add_note("while reading the menu")

    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while reading the menu"]


def test_an_annotation_that_does_not_pickle_crosses_as_its_text():
    class Local:
        pass

    error = AnnotationError("shop.Filter", "price", list[Local], "no field for this type")

    again = pickle.loads(pickle.dumps(error))

    assert str(again) == str(error)
    assert again.annotation.startswith("list[")
    assert "Local" in again.annotation
    assert copy.copy(error).annotation == list[Local]
