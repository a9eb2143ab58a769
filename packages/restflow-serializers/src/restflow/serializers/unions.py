"""`UnionField`: a value of one of several types, told apart by a discriminator or by its JSON type."""

import datetime as dt
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from restflow.serializers._hostile import shown, text_of
from restflow.serializers.field import AnyField
from restflow.serializers.fields import BytesField, EnumField, LiteralField, SetField, TupleField, is_same

_ALL = frozenset({"string", "integer", "number", "boolean", "array", "object"})
_TEXT = frozenset({"string"})
_KINDS: tuple[tuple[type, frozenset[str], tuple[type, ...], str], ...] = (
    (BytesField, _TEXT, (bytes,), "bytes"),
    (drf.CharField, _TEXT, (str,), "str"),
    (drf.IntegerField, frozenset({"integer"}), (int,), "int"),
    (drf.FloatField, frozenset({"number"}), (float,), "float"),
    (drf.DecimalField, frozenset({"string", "integer", "number"}), (Decimal,), "Decimal"),
    (drf.BooleanField, frozenset({"boolean"}), (bool,), "bool"),
    (drf.DateTimeField, _TEXT, (dt.datetime,), "datetime"),
    (drf.DateField, _TEXT, (dt.date,), "date"),
    (drf.TimeField, _TEXT, (dt.time,), "time"),
    (drf.DurationField, _TEXT, (dt.timedelta,), "timedelta"),
    (drf.UUIDField, _TEXT, (uuid.UUID,), "UUID"),
    (SetField, frozenset({"array"}), (set, frozenset), "set"),
    (TupleField, frozenset({"array"}), (tuple,), "tuple"),
    (drf.ListField, frozenset({"array"}), (list,), "list"),
    (drf_serializers.ListSerializer, frozenset({"array"}), (list,), "list"),
    (relations.ManyRelatedField, frozenset({"array"}), (list,), "list"),
    (drf.DictField, frozenset({"object"}), (dict,), "dict"),
    (drf_serializers.BaseSerializer, frozenset({"object"}), (), ""),
)
"""Field class -> JSON types that it takes, Python types of its values, and the name of the type."""


def _kind(member: Any) -> tuple[frozenset[str], tuple[type, ...], str]:
    if isinstance(member, EnumField):
        return frozenset(_json_type(item.value) for item in member.enum), (member.enum,), member.enum.__name__
    if isinstance(member, drf.ChoiceField):
        types = {type(value) for value in member.choices}
        return frozenset(map(_json_type, member.choices)), tuple(types), "Literal"
    for cls, json_types, python_types, name in _KINDS:
        if isinstance(member, cls):
            shape = getattr(member, "_shape", None)
            return json_types, (shape,) if shape else python_types, name or (shape or type(member)).__name__
    return _ALL, (), type(member).__name__.removesuffix("Field")


def _json_type(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    for python, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (Mapping, "object")):
        if isinstance(value, python):
            return name
    return "array" if isinstance(value, list | tuple) else "other"


class UnionField(drf.Field[Any, Any, Any, Any]):
    """One of several fields.

    Serializers among `members` are told apart by `discriminator`, the name of a field that each of them declares as a
    `Literal`; where it is not given, it is the only such name. Other values go to the members that take their JSON
    type, in order, then to the others. Raises `ValueError` when there are several serializers and no discriminator.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Not a valid value for any of: {names}."),
        "invalid_choice": _('"{input}" is not a valid choice.'),
    }

    def __init__(self, *, members: Sequence[AnyField], discriminator: str | None = None, **kwargs: Any) -> None:
        self.members = tuple(members)
        self._asked_discriminator = discriminator
        super().__init__(**kwargs)
        for member in self.members:
            member.bind(field_name="", parent=self)  # type: ignore[arg-type]  # as ListField does with its child
        if not any(vars(type(member)).get("_being_declared") for member in self.members):
            self.check()

    def check(self) -> None:
        """Raises `ValueError` if the serializers among the members cannot be told apart."""
        self._discriminated  # noqa: B018  # made and kept

    @property
    def discriminator(self) -> str | None:
        """The name of the field that tells the serializers apart; `None` if there is at most one serializer."""
        return self._discriminated[0]

    @property
    def mapping(self) -> dict[Any, AnyField]:
        """The value of the discriminator -> the member."""
        return dict(self._discriminated[1])

    @cached_property
    def _discriminated(self) -> tuple[str | None, list[tuple[Any, AnyField]]]:
        objects = [member for member in self.members if _takes_named_fields(member)]
        if len(objects) < 2 and self._asked_discriminator is None:
            return None, []
        literals = [_literals(member) for member in objects]
        common = [name for name in literals[0] if all(name in each for each in literals)] if literals else []
        name = self._asked_discriminator
        if name is None:
            if len(common) != 1:
                found = f"they share several: {', '.join(common)}" if common else "they share none"
                raise ValueError(
                    f"serializers in a union are told apart by a Literal field that all declare, and {found}; "
                    'choose one with Field(discriminator="...")'
                )
            name = common[0]
        elif name not in common:
            raise ValueError(f"not every member declares the discriminator {name!r} as a Literal")
        pairs: list[tuple[Any, AnyField]] = []
        for member, each in zip(objects, literals, strict=True):
            for value in each[name]:
                if any(is_same(value, known) for known, _member in pairs):
                    raise ValueError(f"two members have the value {value!r} of the discriminator {name!r}")
                pairs.append((value, member))
        return name, pairs

    def _discriminated_member(self, value: Any) -> AnyField | None:
        pairs = self._discriminated[1]
        for known, member in pairs:
            if is_same(known, value):
                return member
        text = None if isinstance(value, bool) else text_of(value)
        return next((member for known, member in pairs if str(known) == text), None)

    def to_internal_value(self, data: Any) -> Any:
        """The value of the member that takes it. Raises `ValidationError`."""
        return self.run_child_validation(data)

    def run_child_validation(self, data: Any) -> Any:
        """Tries the members. Raises `ValidationError`."""
        trials = self.trials(data)
        try:
            member = next(trials)
            while True:
                try:
                    value = member.run_validation(data)
                except ValidationError as error:
                    member = trials.throw(error)
                else:
                    return value
        finally:
            trials.close()

    def trials(self, data: Any) -> Generator[AnyField, None, None]:
        """The members to try, one after another; the error of each is thrown in. Raises `ValidationError` at the end.

        A generator, so that members with async hooks can be tried by who awaits them.
        """
        name, _pairs = self._discriminated
        if name is not None and isinstance(data, Mapping):
            yield from self._chosen(name, data)
        rounds = self._rounds(data)
        first_errors: list[ValidationError] = []
        for number, members in enumerate(rounds):
            for member in members:
                try:
                    yield member
                except ValidationError as error:
                    if number == 0:
                        first_errors.append(error)
        if len(first_errors) == 1:
            raise first_errors[0]
        self.fail("invalid", names=", ".join(_kind(member)[2] for member in self.members))

    def _chosen(self, name: str, data: Mapping[Any, Any]) -> Iterator[AnyField]:
        if name not in data:
            raise ValidationError({name: [ErrorDetail(str(self.error_messages["required"]), code="required")]})
        member = self._discriminated_member(data[name])
        if member is None:
            text = self.error_messages["invalid_choice"].format(input=shown(data[name]))
            raise ValidationError({name: [ErrorDetail(text, code="invalid_choice")]})
        yield member

    def _rounds(self, data: Any) -> tuple[list[AnyField], list[AnyField]]:
        json_type = _json_type(data)
        told_apart = [member for _value, member in self._discriminated[1]]
        members = [member for member in self.members if not any(member is other for other in told_apart)]
        takes = [_kind(member)[0] for member in members]
        accepted = {json_type}
        if json_type == "integer" and not any("integer" in each for each in takes):
            accepted.add("number")
        first = [member for member, each in zip(members, takes, strict=True) if each & accepted]
        return first, [member for member in members if not any(member is other for other in first)]

    def to_representation(self, value: Any) -> Any:
        """What the member for this value renders. Raises `ValueError` if there is none."""
        name, _pairs = self._discriminated
        if name is not None:
            found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
            member = self._discriminated_member(found) if found is not None else None
            if member is not None:
                return member.to_representation(value)
        exact = [member for member in self.members if type(value) in _kind(member)[1]]
        near = [member for member in self.members if isinstance(value, _kind(member)[1])]
        for candidate in (*exact, *near, *self.members):
            try:
                return candidate.to_representation(value)
            except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError):
                continue  # another member may render it
        owner = type(self.parent).__qualname__
        raise ValueError(f"{owner}.{self.field_name}: no member of the union renders a {type(value).__qualname__}.")


def _takes_named_fields(member: Any) -> bool:
    return isinstance(member, drf_serializers.Serializer)


def _literals(member: Any) -> dict[str, list[Any]]:
    """The fields of a serializer that are literals, with their values on the wire."""
    return {
        name: [wire for wire, _value in field.pairs]
        for name, field in type(member)._declared_fields.items()
        if isinstance(field, LiteralField)
    }
