"""Validators of the project that return an awaitable: DRF would drop it, and the check would pass in silence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ValidationError

from restflow.core import require_sync
from restflow.serializers._twins import is_library_member

KNOWN_VALIDATORS = ("rest_framework.", "restflow.serializers.", "django.")
"""Where validators come from that neither await nor run code of the project."""


def is_known(validator: Any) -> bool:
    """Whether a validator is an instance of DRF's, Django's or restflow's own classes."""
    return type(validator).__module__.startswith(KNOWN_VALIDATORS)


class _Checked:
    """A validator for one call, which refuses what it returns to be awaited."""

    def __init__(self, validator: Callable[..., Any], field: Any) -> None:
        self.validator = validator
        self.field = field
        self.requires_context = getattr(validator, "requires_context", False)

    def __call__(self, *arguments: Any) -> None:
        returned = self.validator(*arguments)
        if returned is not None:
            _refuse(returned, self.validator, self.field)


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


def _run_validators(field: Any, value: Any) -> Any:
    """DRF's method, with a look at what each validator returns: `checked` would cost as much as the validators do."""
    if type(field).run_validators is not _RUN_VALIDATORS:
        return type(field).run_validators(field, value)  # it was patched after the class was used
    errors: list[Any] = []
    for validator in field.validators:
        try:
            returned = validator(value, field) if getattr(validator, "requires_context", False) else validator(value)
        except (ValidationError, DjangoValidationError) as error:
            note(error, errors)
        else:
            if returned is not None and not is_known(validator):
                _refuse(returned, validator, field)
    if errors:
        raise ValidationError(errors)
    return None


_RUN_VALIDATORS = drf.Field.run_validators


def note(error: Exception, errors: list[Any]) -> None:
    """Adds to `errors` what a validator raised, as DRF does; raises it if it is of names."""
    if isinstance(error, DjangoValidationError):
        errors.extend(drf.get_error_detail(error))
    elif isinstance(error, ValidationError):
        if isinstance(error.detail, dict):
            raise error
        errors.extend(error.detail)


def _refuse(returned: Any, validator: Any, field: Any) -> None:
    name = getattr(validator, "__qualname__", type(validator).__qualname__)
    root = type(field.root).__qualname__
    require_sync(returned, f"`async def` for the validator {name}, and `await {root}(...).ais_valid()`,")
