"""The fields of a serializer instance: cheap copies of those of its class, and a note of who has had them in hand."""

import sys
from collections.abc import Iterator
from typing import Any

from rest_framework import serializers as drf_serializers
from rest_framework.utils.serializer_helpers import BindingDict

from restflow.serializers._blueprints import Blueprint, blueprint_of
from restflow.serializers._depth import has_shown_fields
from restflow.serializers._twins import is_library_name


class OwnFields(drf_serializers.Serializer[Any]):
    """DRF's `fields`, from the blueprint of the class.

    Code of the project that reads `fields` may change them; from then on the instance takes DRF's way with them. DRF's
    and restflow's own code only looks.
    """

    _fields_given = False
    """Whether code of the project has had the fields in hand."""
    _fields_blueprint: Blueprint | None = None
    """What the instance's fields are copies of, once they are made."""

    @property
    def fields(self) -> Any:
        """A mapping of field name to field, bound to this serializer; may be changed."""
        self._note_reader(sys._getframe(1))
        return self._all_fields() if has_shown_fields(self) else BindingDict(self)

    @fields.setter
    def fields(self, fields: Any) -> None:
        self._fields_given = True
        vars(self)["_bound_fields"] = fields

    @fields.deleter
    def fields(self) -> None:
        vars(self).pop("_bound_fields", None)
        vars(self).pop("_some_fields", None)

    def _note_reader(self, frame: Any) -> None:
        if not is_library_name(frame.f_globals.get("__name__", "")):
            self._fields_given = True

    @property
    def _writable_fields(self) -> Iterator[Any]:  # type: ignore[override]  # the stubs say list, DRF yields
        self._note_reader(sys._getframe(1))
        return (field for field in self.fields.values() if not field.read_only)

    @property
    def _readable_fields(self) -> Iterator[Any]:  # type: ignore[override]
        self._note_reader(sys._getframe(1))
        return (field for field in self.fields.values() if not field.write_only)

    def get_fields(self) -> dict[str, Any]:
        """New fields of this class, unbound, by name."""
        blueprint = blueprint_of(type(self))
        if not blueprint.is_derived:
            return self._derived_fields()
        return {name: copy(None) for name, copy in blueprint.in_current_language().unbound.items()}

    def _derived_fields(self) -> dict[str, Any]:
        """DRF's `get_fields`, with what restflow adds."""
        return super().get_fields()

    def _all_fields(self) -> Any:
        bound = vars(self).get("_bound_fields")
        if bound is not None:
            return bound
        blueprint = blueprint_of(type(self))
        if not blueprint.plain_fields:
            bound = BindingDict(self)
            for name, field in self.get_fields().items():
                bound[name] = field
            vars(self)["_bound_fields"] = bound
            return bound
        some = vars(self).get("_some_fields", {})
        if self._fields_blueprint not in (None, blueprint):
            some = {}
        fields = {name: some.get(name) or copy(self) for name, copy in blueprint.in_current_language().copies.items()}
        return self._adopt_fields(fields, blueprint)

    def _adopt_fields(self, fields: dict[str, Any], blueprint: Blueprint) -> Any:
        bound = BindingDict(self)
        bound.fields = fields
        self._fields_blueprint = blueprint
        vars(self)["_bound_fields"] = bound
        return bound

    def _one_field(self, name: str, blueprint: Blueprint) -> Any:
        """The field `name` of this instance, without the others: a plan asks for what it cannot do itself."""
        bound = vars(self).get("_bound_fields")
        if bound is not None:
            return bound.fields[name]
        some = vars(self).setdefault("_some_fields", {})
        field = some.get(name)
        if field is None:
            self._fields_blueprint = blueprint
            field = some[name] = blueprint.in_current_language().copies[name](self)
        return field


def planned_blueprint(field: Any) -> Blueprint | None:
    """The blueprint of a serializer whose fields are still those of its class; `None` for any other field."""
    if not isinstance(field, OwnFields) or field._fields_given:
        return None
    blueprint = blueprint_of(type(field))
    if not blueprint.plain_fields or field._fields_blueprint not in (None, blueprint):
        return None
    return blueprint
