"""Schemas of the fields that restflow's serializers have and REST framework's do not, told by their attributes."""

import datetime
import math
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

from django.apps import apps
from django.utils.formats import get_format
from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    ResolvedComponent,
    build_choice_description_list,
    build_choice_field,
    is_jsonschema_compliant,
    is_serializer,
    is_trivial_string_variation,
    load_enum_name_overrides,
)
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import Direction
from rest_framework import serializers
from rest_framework.fields import _UnvalidatedField

from restflow.spectacular import _notes

Schema = dict[str, Any]
Mapper = Callable[[Any, AutoSchema, Direction], Schema | None]


def mapper_of(field: Any) -> Mapper | None:
    """What maps the field, `None` for one that drf-spectacular knows."""
    if not isinstance(field, serializers.Field):
        return None
    if isinstance(field, serializers.ChoiceField):
        if _enum_of(field) is not None:
            return _enumeration
        mixed = len({_kind(choice) for choice in field.choices if choice not in (None, "")}) > 1
        return _mixed_choices if mixed and not isinstance(field, serializers.MultipleChoiceField) else None
    if isinstance(field, serializers.ListField):
        if getattr(field, "children", None) is not None:
            return _tuple
        return _set if hasattr(field, "frozen") else None
    if isinstance(field, serializers.CharField):
        return _base64 if getattr(field, "encoding", None) == "base64" else None
    return _union if hasattr(field, "members") and hasattr(field, "discriminator") else None


def _enum_of(field: Any) -> type[Enum] | None:
    enum = getattr(field, "enum", None)
    return enum if isinstance(enum, type) and issubclass(enum, Enum) else None


def _enumeration(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    schema = build_choice_field(field)
    chosen = load_enum_name_overrides().get(schema.pop("x-spec-enum-id"))
    schema["enum"] = [value for value in schema["enum"] if value not in ("", None)]
    enum: Any = _enum_of(field)
    name = chosen or enum.__qualname__.replace("<locals>", "").replace(".", "")
    if not chosen and _notes.taken_by_other(auto_schema.registry, "enum", name, schema):
        longer = _owner(enum) + name
        warn(f'two enums are named "{name}" and have different values; {enum.__module__}.{name} becomes "{longer}".')
        name = longer
    _notes.claim(auto_schema.registry, "enum", name, schema, enum)
    reference = _notes.component(auto_schema.registry, ResolvedComponent.SCHEMA, name, schema)
    return {"oneOf": [reference, {"enum": [""]}]} if getattr(field, "allow_blank", False) else reference


def _owner(enum: type[Enum]) -> str:
    app = apps.get_containing_app_config(enum.__module__)
    label = app.label if app is not None else enum.__module__.partition(".")[0]
    return "".join(part.capitalize() for part in label.split("_"))


def _kind(choice: Any) -> type:
    return next((kind for kind in (bool, str) if isinstance(choice, kind)), object)


def _mixed_choices(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    """Choices of several types, which drf-spectacular cannot sort: one level down, where its hook leaves them alone."""
    values = [*field.choices, *([""] if field.allow_blank else []), *([None] if field.allow_null else [])]
    found: Schema = {"anyOf": [{"enum": list(dict.fromkeys(values))}]}
    if spectacular_settings.ENUM_GENERATE_CHOICE_DESCRIPTION:
        found["description"] = build_choice_description_list(field.choices.items())
    return found


def _tuple(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    items = [_item(auto_schema, child, direction) for child in field.children]
    found: Schema = {"type": "array", "minItems": len(items), "maxItems": len(items)}
    if is_jsonschema_compliant():
        return {**found, "prefixItems": items}
    different = _different(items)
    return {**found, "items": different[0] if len(different) == 1 else {"anyOf": different}}


def _set(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    return {"type": "array", "items": _item(auto_schema, field.child, direction), "uniqueItems": True}


def _item(auto_schema: AutoSchema, child: Any, direction: Direction) -> Schema:
    if isinstance(child, _UnvalidatedField):
        return {}
    schema: Schema = auto_schema._map_serializer_field(child, direction) or {}
    auto_schema._insert_field_validators(child, schema)
    if is_trivial_string_variation(child.field_name or "", schema.get("title", "")):
        schema.pop("title", None)
    return schema


def _base64(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    return {"type": "string", **({"contentEncoding": "base64"} if is_jsonschema_compliant() else {"format": "byte"})}


def _union(field: Any, auto_schema: AutoSchema, direction: Direction) -> Schema:
    members = list(field.members)
    if field.discriminator and all(is_serializer(member) for member in members):
        found = _discriminated(field, members, auto_schema, direction)
        if found is not None:
            return found
    return {"anyOf": _different([_item(auto_schema, member, direction) for member in members])}


def _discriminated(field: Any, members: list[Any], auto_schema: AutoSchema, direction: Direction) -> Schema | None:
    references: dict[int, str] = {}
    for member in members:
        component = auto_schema.resolve_serializer(member, direction)
        reference = component.ref.get("$ref") if component else None
        if reference is None:  # described in place: a discriminator needs names
            return None
        references[id(member)] = reference
        if component.schema is not None:
            required = component.schema.get("required", [])
            component.schema["required"] = sorted({*required, field.discriminator})
    mapping = {_tag(value): references.get(id(member)) for value, member in (field.mapping or {}).items()}
    return {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {
            "propertyName": field.discriminator,
            "mapping": {tag: reference for tag, reference in mapping.items() if reference is not None},
        },
    }


def _tag(value: Any) -> str:
    value = value.value if isinstance(value, Enum) else value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _different(schemas: list[Schema]) -> list[Schema]:
    return [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]


def insert_bounds(field: Any, schema: Schema) -> None:
    """The bounds of the field that drf-spectacular does not read."""
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds or "number" in kinds:
        for validator in field.validators:
            _exclusive(schema, "minimum", "exclusiveMinimum", getattr(validator, "gt", None), max)
            _exclusive(schema, "maximum", "exclusiveMaximum", getattr(validator, "lt", None), min)
            if (step := getattr(validator, "multiple_of", None)) is not None:
                schema["multipleOf"] = plain(step)
    elif "string" in kinds and getattr(field, "encoding", None) == "base64":
        for key in schema.keys() & {"maxLength", "minLength"}:  # counted in bytes, written as text
            schema[key] = 4 * math.ceil(schema[key] / 3)


def tell_decimals_from_blanks(field: Any, schema: Schema) -> None:
    """The pattern of a decimal in text, which drf-spectacular's lets be without any digit."""
    if "pattern" not in schema or not isinstance(field, serializers.DecimalField) or field.max_whole_digits is None:
        return
    separator = re.escape(get_format("DECIMAL_SEPARATOR") if field.localize else ".")
    digits, places = field.max_whole_digits, field.decimal_places
    fraction = rf"{separator}\d{{1,{places}}}"
    if not digits:
        schema["pattern"] = f"^-?0?{fraction}$"
    else:
        below_one = f"|{fraction}" if places else ""
        schema["pattern"] = rf"^-?(?:\d{{1,{digits}}}(?:{separator}\d{{0,{places}}})?{below_one})$"


def lengths(serializer: Any) -> Schema:
    """How many items a list serializer takes."""
    fewest = serializer.min_length or (0 if serializer.allow_empty else 1)
    most = serializer.max_length
    return {**({"minItems": fewest} if fewest else {}), **({} if most is None else {"maxItems": most})}


def _exclusive(schema: Schema, inclusive: str, exclusive: str, bound: Any, stricter: Callable[..., Any]) -> None:
    if bound is None:
        return
    bound = plain(bound)
    if inclusive in schema and stricter(schema[inclusive], bound) != bound:
        return
    if is_jsonschema_compliant():
        schema.pop(inclusive, None)
        schema[exclusive] = bound
    else:
        schema.update({inclusive: bound, exclusive: True})


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, uuid.UUID | datetime.date | datetime.time | datetime.timedelta):
        return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
    return value


def with_null_types(schema: Any) -> Any:
    """The schema as OAS 3.1 writes it: null is a type, where OAS 3.0 has `nullable`."""
    if isinstance(schema, list):
        return [with_null_types(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: with_null_types(inner) for key, inner in schema.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        del found["nullable"]
    return found
