"""`InlineSerializer`: a serializer class from a dict of fields, a dataclass, a `TypedDict` or a model."""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal, is_typeddict

from django.db.models import Model
from rest_framework import fields as drf

from restflow.core import AnnotationError
from restflow.core.names import suggestion
from restflow.serializers._declaration import RESERVED_NAMES
from restflow.serializers.base import Serializer
from restflow.serializers.field import FieldMarker
from restflow.serializers.model import ModelSerializer
from restflow.serializers.shapes import serializer_of


def InlineSerializer(  # noqa: N802  # it reads as the class that it gives
    name: str | None = None,
    fields: Mapping[str, Any] | type | None = None,
    extra_kwargs: Mapping[str, Mapping[str, Any]] | None = None,
    read_only_fields: Sequence[str] | None = None,
    write_only_fields: Sequence[str] | None = None,
    model: type[Model] | None = None,
    model_fields: Sequence[str] | Literal["__all__"] | None = None,
) -> Any:
    """A serializer class, as if it were written by hand: of `model`, if it is given.

    `fields` maps names to annotations or DRF fields, or is a dataclass or a `TypedDict`. `extra_kwargs`,
    `read_only_fields` and `write_only_fields` are options of fields. Raises `AnnotationError` for what no field can be
    made from, and `ValueError` for names that are no fields.
    """
    if model is None and fields is None:
        raise ValueError("InlineSerializer() needs `fields` or a `model`.")
    _refuse_both(read_only_fields or (), write_only_fields or ())
    title = name or (f"{model.__name__}Serializer" if model is not None else "_Serializer")
    base: type = ModelSerializer if model is not None else Serializer
    written = _written(fields, title)
    meta: dict[str, Any] = {} if name else {"ref_name": None}
    if model is not None:
        everything = model_fields == "__all__" or (model_fields is None and fields is None)
        names = list(dict.fromkeys([*(model_fields or ()), *written]))
        meta |= {"model": model, "fields": "__all__" if everything else names}
    options = _options(extra_kwargs or {}, read_only_fields or (), write_only_fields or ())
    if model is not None:
        meta["extra_kwargs"] = options
    body = _body(written, {} if model is not None else options)
    body |= {"__module__": sys._getframe(1).f_globals.get("__name__", __name__), "__qualname__": title}
    made: Any = type(title, (base,), {**body, "Meta": type("Meta", (), meta)})
    _refuse_unknown(made, options)
    return made


def _refuse_both(read_only: Sequence[str], write_only: Sequence[str]) -> None:
    both = sorted({*read_only} & {*write_only})
    if both:
        raise ValueError(f"InlineSerializer(): {', '.join(both)} cannot be read-only and write-only.")


def _written(fields: Any, title: str) -> dict[str, Any]:
    if fields is None:
        return {}
    if isinstance(fields, type) and (dataclasses.is_dataclass(fields) or is_typeddict(fields)):
        return dict(serializer_of(fields)._declared_fields)
    if not isinstance(fields, Mapping):
        raise AnnotationError(title, "fields", fields, "`fields` is a mapping, a dataclass or a TypedDict")
    for name, value in fields.items():
        if isinstance(value, FieldMarker):
            hint = f"Write Annotated[str, {value!r}]."
            raise AnnotationError(title, name, value, "Field() alone picks no field", hint=hint)
        if name in RESERVED_NAMES:
            raise AnnotationError(title, name, value, f"{name!r} is a name of every serializer")
    return dict(fields)


def _options(
    extra: Mapping[str, Mapping[str, Any]], read_only: Sequence[str], write_only: Sequence[str]
) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {}
    for names, keyword in ((read_only, "read_only"), (write_only, "write_only")):
        for name in names:
            options.setdefault(name, {})[keyword] = True
    for name, keywords in extra.items():
        options[name] = {**options.get(name, {}), **keywords}
    return options


def _body(written: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    annotations = {name: value for name, value in written.items() if not isinstance(value, drf.Field)}
    body: dict[str, Any] = {name: value for name, value in written.items() if isinstance(value, drf.Field)}
    body |= {name: FieldMarker(**keywords) for name, keywords in options.items() if name in annotations}
    return {**body, "__annotations__": annotations}


def _refuse_unknown(made: Any, options: Mapping[str, Any]) -> None:
    if not options:
        return
    known = list(made().fields)
    for name in options:
        if name not in known:
            raise ValueError(f"InlineSerializer(): {name!r} is no field. {suggestion(name, known, what='fields')}")
