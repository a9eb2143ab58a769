"""Creating by plan: what DRF's `create` asks of the model and the fields each time, asked once per class.

Before it writes, DRF looks for nested values that it would refuse, and for many-to-many values that are written after
the row. Where all that is given are values of the model's own columns there are neither, and the row is all.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from rest_framework import serializers as drf_serializers
from rest_framework.utils import model_meta

from restflow.serializers._blueprints import Blueprint
from restflow.serializers._tree import blueprint_in_use
from restflow.serializers._twins import is_library_code

_DRF: Any = drf_serializers
_META: Any = model_meta
_create, _refuse, _info = _DRF.ModelSerializer.create, _DRF.raise_errors_on_nested_writes, _META.get_field_info
_IS_AS_SHIPPED = all(map(is_library_code, (_create, _refuse, _info)))


def writes_columns_only(serializer: Any, create: Any, validated_data: Any) -> bool:
    """Whether all that `create`, the method after restflow's own, does with these values is to store one row."""
    if (
        getattr(create, "__func__", None) is not _create
        or _DRF.raise_errors_on_nested_writes is not _refuse
        or _META.get_field_info is not _info
        or type(validated_data) is not dict
    ):
        return False
    blueprint = blueprint_in_use(serializer)
    if blueprint is None:
        return False
    model, columns = blueprint.part(_plain_columns)
    return serializer.Meta.model is model and validated_data.keys() <= columns


def _plain_columns(blueprint: Blueprint) -> tuple[Any, frozenset[str]]:
    """The model, and the names of its columns that no nested serializer and no dotted source writes."""
    model = blueprint.cls.Meta.model
    if not _IS_AS_SHIPPED:
        return model, frozenset()
    refused = {
        field.source.split(".")[0]
        for field in blueprint.fields.values()
        if not field.read_only and (isinstance(field, drf_serializers.BaseSerializer) or "." in field.source)
    }
    columns = model._meta.concrete_fields
    return model, frozenset(name for column in columns for name in (column.name, column.attname)) - refused


class Refused(Mapping[str, Any]):
    """Values that a model has refused: DRF, which is to explain that, meets the same error when it passes them on."""

    def __init__(self, values: Mapping[str, Any], error: TypeError) -> None:
        self._values = values
        self._error = error

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> NoReturn:
        """Raises the error: this is what unpacking asks for."""
        raise self._error
