"""Serializers that contain themselves: how deep the data may be, and how deep anybody looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from restflow.serializers._options import max_depth

_shown: ContextVar[bool] = ContextVar("restflow_serializer_is_shown", default=False)


def level(serializer: Any) -> int:
    """How many serializers of its class the path to this one has, itself included."""
    cls, levels, above = type(serializer), 1, serializer.parent
    while above is not None:
        levels += type(above) is cls
        above = above.parent
    return levels


def refuse_depth(serializer: Any) -> None:
    """Raises `ValidationError` for input that is nested deeper than `Meta.max_depth` levels of the class."""
    if serializer.parent is None:
        return
    limit = max_depth(type(serializer))
    if level(serializer) > limit:
        detail = ErrorDetail(f"Nested deeper than {limit} levels.", code="max_depth")
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [detail]})


def raise_too_deep(cls: type) -> NoReturn:
    """Raises `ValueError`: the objects contain one another, or are nested deeper than `Meta.max_depth`."""
    raise ValueError(
        f"{cls.__module__}.{cls.__qualname__}: the objects are nested deeper than Meta.max_depth = {max_depth(cls)} "
        "levels of this serializer; do they contain one another?"
    )


@contextmanager
def shallow_fields() -> Iterator[None]:
    """Within it a serializer beneath one of its own class shows no fields: what is shown has an end."""
    token = _shown.set(True)
    try:
        yield
    finally:
        _shown.reset(token)


def has_shown_fields(serializer: Any) -> bool:
    """Whether the fields of this serializer are shown: not beneath one of its class, in `shallow_fields`."""
    return not _shown.get() or serializer.parent is None or level(serializer) == 1
