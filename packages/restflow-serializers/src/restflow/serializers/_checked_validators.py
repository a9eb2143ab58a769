"""Validators of the project that return an awaitable: DRF would drop it, and the check would pass in silence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from rest_framework import serializers as drf_serializers

from restflow.core import require_sync
from restflow.serializers._twins import is_library_member

_KNOWN = ("rest_framework.", "restflow.serializers.", "django.")


def is_known(validator: Any) -> bool:
    """Whether a validator is an instance of DRF's, Django's or restflow's own classes."""
    return type(validator).__module__.startswith(_KNOWN)


class _Checked:
    """A validator for one call, which refuses what it returns to be awaited."""

    def __init__(self, validator: Callable[..., Any], field: Any) -> None:
        self.validator = validator
        self.field = field
        self.requires_context = getattr(validator, "requires_context", False)

    def __call__(self, *arguments: Any) -> None:
        returned = self.validator(*arguments)
        if returned is not None:
            name = getattr(self.validator, "__qualname__", type(self.validator).__qualname__)
            root = type(self.field.root).__qualname__
            require_sync(returned, f"`async def` for the validator {name}, and `await {root}(...).ais_valid()`,")


@contextmanager
def checked(field: Any) -> Iterator[None]:
    """Within it the validators of a field or a serializer refuse to be dropped."""
    state = vars(field)
    derived = "_validators" not in state
    given = field.validators
    state["_validators"] = [each if is_known(each) else _Checked(each, field) for each in given]
    try:
        yield
    finally:
        if derived:
            del state["_validators"]
        else:
            state["_validators"] = given


def checker(template: Any) -> Callable[[Any], None] | None:
    """What makes copies of a field check their validators; `None` where these are known, or the field runs its own."""
    runs_its_own = not is_library_member(type(template), "run_validators")
    serializer = isinstance(template, drf_serializers.BaseSerializer)  # restflow's check by themselves
    return None if runs_its_own or serializer or all(map(is_known, template.validators)) else _give_check


def _give_check(field: Any) -> None:
    vars(field)["run_validators"] = partial(_run_validators, field)


def _run_validators(field: Any, value: Any) -> None:
    with checked(field):
        type(field).run_validators(field, value)
