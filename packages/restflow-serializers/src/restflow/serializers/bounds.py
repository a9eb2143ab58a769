"""Validators for the bounds of `Annotated` that DRF has no keyword for."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

_MAX_EXPONENT = 5_000
"""Longer numbers are refused unread: a short text such as `1e999999999` is an integer that fills the memory."""


class Bounds(Protocol):
    """The part of `restflow.core`'s constraints that is read here; `None` is no bound."""

    @property
    def gt(self) -> Any: ...  # noqa: D102
    @property
    def lt(self) -> Any: ...  # noqa: D102
    @property
    def multiple_of(self) -> Any: ...  # noqa: D102


class GreaterThan:
    """Refuses values that are not greater than `gt`."""

    message = _("Ensure this value is greater than {limit}.")

    def __init__(self, gt: Any) -> None:
        self.gt = gt

    def __call__(self, value: Any) -> None:
        """Raises DRF's `ValidationError`."""
        if not value > self.gt:
            raise ValidationError(self.message.format(limit=self.gt), code="min_value")


class LessThan:
    """Refuses values that are not less than `lt`."""

    message = _("Ensure this value is less than {limit}.")

    def __init__(self, lt: Any) -> None:
        self.lt = lt

    def __call__(self, value: Any) -> None:
        """Raises DRF's `ValidationError`."""
        if not value < self.lt:
            raise ValidationError(self.message.format(limit=self.lt), code="max_value")


class MultipleOf:
    """Refuses values that are not a multiple of `multiple_of`, compared as decimal numbers: 0.3 is one of 0.1."""

    message = _("Ensure this value is a multiple of {step}.")

    def __init__(self, multiple_of: Any) -> None:
        self.multiple_of = multiple_of

    def __call__(self, value: Any) -> None:
        """Raises DRF's `ValidationError`."""
        if not self._divides(value):
            raise ValidationError(self.message.format(step=self.multiple_of), code="multiple_of")

    def _divides(self, value: Any) -> bool:
        integers = isinstance(value, int) and isinstance(self.multiple_of, int)
        if integers or not isinstance(value, int | float | Decimal):
            return bool(value % self.multiple_of == type(value)())
        number = Decimal(str(value))
        if not number.is_finite() or number.adjusted() > _MAX_EXPONENT:
            return False
        # integers, because Decimal's remainder fails where the quotient has more digits than the context
        return _remainder(number, Decimal(str(self.multiple_of))) == 0


def _remainder(number: Decimal, step: Decimal) -> int:
    top, bottom = number.as_integer_ratio()
    step_top, step_bottom = step.as_integer_ratio()
    return (top * step_bottom) % (step_top * bottom)


def bound_validators(bounds: Bounds) -> list[Callable[[Any], None]]:
    """The validators for `gt`, `lt` and `multiple_of`, in this order."""
    made: list[Callable[[Any], None]] = []
    if bounds.gt is not None:
        made.append(GreaterThan(bounds.gt))
    if bounds.lt is not None:
        made.append(LessThan(bounds.lt))
    if bounds.multiple_of is not None:
        made.append(MultipleOf(bounds.multiple_of))
    return made
