"""Key fields that stand for the shape of a model or of a serializer, so that changing it starts a fresh cache."""

from importlib.util import find_spec
from typing import Any

from django.db.models import Model

from restflow.caching.errors import CacheConfigError
from restflow.caching.keys import _signature, _text
from restflow.caching.keys._signature import Values
from restflow.caching.keys.fields import CacheKeyField, Function, PartWriter
from restflow.core import ConfigError


class _Fingerprint(CacheKeyField):
    """A constant that is computed when it is first needed, and kept."""

    constant = True
    single = True

    def __init__(self, *, hash: bool | None = None, hash_value: bool | None = None, **options: Any) -> None:
        if hash is None and hash_value is None:
            hash = True
        super().__init__(hash=hash, hash_value=hash_value, **options)
        self._part: str | None = None

    def get_cache_key_part(self, func: Function, args: Values, kwargs: dict[str, Any]) -> str:
        """The fingerprint, computed once per process."""
        if self._part is None:
            self._part = super().get_cache_key_part(func, args, kwargs)
        return self._part

    def part_writer(self, func: Function, shape: _signature.CallShape) -> PartWriter | None:
        """Models and serializers may not be complete yet when a function is decorated: the first call computes."""
        return lambda values, args, kwargs: self._part or self.get_cache_key_part(func, (), {})


class DjangoModelKeyField(_Fingerprint):
    """The schema of a model: label, table, and of each column name, class, nullability, size and relation.

    A migration that adds, removes or retypes a column so makes older entries unreachable. Hashed by default.
    """

    def __init__(self, model: type[Model], **options: Any) -> None:
        super().__init__(**options)
        if not (isinstance(model, type) and issubclass(model, Model)):
            raise TypeError(f"DjangoModelKeyField: expected a model class, got {type(model).__name__}.")
        self.model = model

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The schema as nested tuples."""
        meta = self.model._meta
        columns = tuple(
            (
                field.name,
                _text.path_of(type(field)),
                field.column,
                field.null,
                getattr(field, "max_length", None),
                getattr(field, "max_digits", None),
                getattr(field, "decimal_places", None),
                field.related_model._meta.label if isinstance(field.related_model, type) else None,
            )
            for field in meta.concrete_fields
        )
        return {"model": (meta.label, meta.db_table, columns)}


class DrfSerializerKeyField(_Fingerprint):
    """The shape of a serializer: of each field name, class, source and flags, nested ones to any depth.

    Hashed by default. Needs Django REST Framework (`ConfigError` without it); the class must be one that can be made
    without arguments (`CacheConfigError` on first use otherwise).
    """

    def __init__(self, serializer_class: type[Any], **options: Any) -> None:
        super().__init__(**options)
        if find_spec("rest_framework") is None:
            raise ConfigError(
                "DrfSerializerKeyField needs Django REST Framework, which is not installed.",
                hint="pip install djangorestframework",
            )
        if not isinstance(serializer_class, type):
            raise TypeError(f"DrfSerializerKeyField: expected a class, got {type(serializer_class).__name__}.")
        self.serializer_class = serializer_class

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The shape as nested tuples; a class seen again is named, so recursion ends."""
        try:
            serializer = self.serializer_class()
            return {"serializer": _shape_of(serializer, set())}
        except Exception as error:
            raise CacheConfigError(
                f"{_text.path_of(self.serializer_class)}: the serializer's fields cannot be read for a key: "
                f"{type(error).__name__}: {error}.",
                hint="DrfSerializerKeyField makes an instance of it without arguments.",
            ) from error


_FLAGS = ("source", "required", "read_only", "write_only", "allow_null")


def _shape_of(field: Any, seen: set[type]) -> tuple[Any, ...]:
    kind = type(field)
    flags = tuple(getattr(field, flag, None) for flag in _FLAGS)
    name = _text.path_of(kind)
    if (child := getattr(field, "child", None)) is not None:
        return (name, flags, _shape_of(child, seen))
    if not hasattr(field, "get_fields"):
        return (name, flags)
    if kind in seen:
        return (name, flags, "again")
    inside = {*seen, kind}
    return (name, flags, tuple((key, _shape_of(nested, inside)) for key, nested in field.fields.items()))
