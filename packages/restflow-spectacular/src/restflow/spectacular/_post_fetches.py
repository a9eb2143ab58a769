"""Shapes of what a `PostFetch` attaches, read from its arguments; no query is made."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import DecimalField, Field, Manager, Model, QuerySet
from django.db.models.query import ModelIterable
from drf_spectacular.drainage import has_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    build_array_type,
    build_object_type,
    follow_model_field_lookup,
)
from rest_framework import serializers
from rest_framework.fields import _UnvalidatedField

from restflow.spectacular import _views

Schema = dict[str, Any]

_ARGUMENTS = ("queryset", "to_attr", "values", "values_dict", "limit", "on")
_UNCERTAIN = (FieldError, AttributeError, TypeError, ValueError)
"""What Django raises for an unknown lookup, and for an expression that does not tell its `output_field`."""


def of_view(view: Any) -> dict[str, Any]:
    """The post-fetches of the operation, by the attribute that they attach."""
    found = _views.ask(view, "get_post_fetches", "post_fetches") or ()
    return {one.to_attr: one for one in found if all(hasattr(one, name) for name in _ARGUMENTS)}


def attribute_of(field: Any) -> str | None:
    """The attribute that a field reads, where the field itself says nothing of its shape; else `None`."""
    if has_override(field, "field"):
        return None
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(field.parent, field.method_name, None)
        hinted = "return" in getattr(method, "__annotations__", ()) or has_override(method, "field")
        return None if hinted else field.field_name
    without_child = isinstance(field, serializers.DictField | serializers.ListField) and isinstance(
        field.child, _UnvalidatedField
    )
    shapeless = without_child or isinstance(field, serializers.ReadOnlyField | serializers.JSONField)
    return field.source if shapeless else None


def shape(post_fetch: Any, auto_schema: AutoSchema) -> Schema:
    """The schema of the attribute, as OpenAPI 3.0 writes it; anything where that takes a request to know."""
    rows = _rows(post_fetch.queryset, auto_schema.view)
    if rows is None:
        return {}
    try:
        columns = dict(_columns(post_fetch, rows))
        row = build_object_type(
            properties={name: _schema(column, auto_schema) for name, column in columns.items()},
            required=list(columns),
        )
    except _UNCERTAIN:
        return {}
    if post_fetch.limit == 1:
        return {**row, "nullable": True}
    array = build_array_type(row)
    return array if post_fetch.limit is None else {**array, "maxItems": post_fetch.limit}


def _rows(queryset: Any, view: Any) -> QuerySet[Any] | None:
    if not isinstance(queryset, QuerySet | Manager):
        try:
            queryset = queryset(view)
        except Exception:  # whatever the user's callable needs of a request
            return None
    rows: Any = queryset.all() if isinstance(queryset, QuerySet | Manager) else None
    return rows if getattr(rows, "_iterable_class", None) is ModelIterable else None  # else it selects by itself


def _columns(post_fetch: Any, rows: QuerySet[Any]) -> Iterator[tuple[str, "Field[Any, Any]"]]:
    expressions: Mapping[str, Any] = post_fetch.values_dict or {}
    if post_fetch.values is None and post_fetch.values_dict is None:
        for column in rows.model._meta.concrete_fields:
            yield column.attname, column
        return
    annotations = rows.annotate(**expressions).query.annotations
    for name in dict.fromkeys([*(post_fetch.values or ()), *post_fetch.on, *expressions]):
        yield name, _column(rows.model, name) if name not in annotations else annotations[name].output_field


def _column(model: type[Model], lookup: str) -> "Field[Any, Any]":
    column: Any = follow_model_field_lookup(model, lookup)
    if not isinstance(column, Field) or column.many_to_many:
        raise FieldError(f"{lookup} is no column")
    return column


def _schema(column: Any, auto_schema: Any) -> Schema:
    if isinstance(column, DecimalField) and not hasattr(column, "model"):  # which drf-spectacular cannot make
        field = serializers.DecimalField(column.max_digits, column.decimal_places)
        found: Schema = auto_schema._map_serializer_field(field, "response")
    else:
        found = auto_schema._map_model_field(column, "response")
    return found
