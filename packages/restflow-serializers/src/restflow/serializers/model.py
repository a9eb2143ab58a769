"""`ModelSerializer`: annotated names join `Meta.fields`, and the model supplies what an annotation does not say."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

from django.db import router, transaction
from django.db.models import QuerySet
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from rest_framework.utils import model_meta

from restflow.serializers._creating import Refused, writes_columns_only
from restflow.serializers._declaration import Declaration, inherited_declarations
from restflow.serializers._options import option
from restflow.serializers.base import AnnotatedSerializer
from restflow.serializers.eager import optimized

_SUPPLIED = (
    "max_length",
    "max_digits",
    "decimal_places",
    "min_value",
    "max_value",
    "validators",
    "help_text",
    "label",
)
"""What a model column says about a field of the same family, unless the annotation says it."""


def _merge_names(cls: Any, own: list[str], removed: set[str]) -> None:
    """Gives `cls` a `Meta` of its own whose `fields` have its annotated names, and none that it has removed."""
    meta = getattr(cls, "Meta", None)
    names = getattr(meta, "fields", None)
    if meta is None or not isinstance(names, list | tuple):
        return
    written_here = "Meta" in vars(cls) and "fields" in vars(meta)
    kept = [name for name in names if written_here or name not in removed]
    merged = [*kept, *(name for name in own if name not in kept)]
    if merged != list(names):
        cls.Meta = type(
            "Meta",
            (meta,),
            {"fields": type(names)(merged), "__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Meta"},
        )


class ModelSerializer(AnnotatedSerializer, drf_serializers.ModelSerializer[Any]):
    """DRF's `ModelSerializer` whose fields may be annotations; the names join `Meta.fields`.

    With many-to-many values, `create` and `update` write all or nothing.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        before = inherited_declarations(cls)
        super().__init_subclass__(**kwargs)
        own = [name for name, made in cls._declarations.items() if before.get(name) is not made]
        _merge_names(cls, own, removed={name for name in before if name not in cls._declared_fields})

    def _derived_fields(self) -> dict[str, Any]:
        """DRF's, with what `Meta` and the model add to annotated fields."""
        fields = super()._derived_fields()
        for name, made in _complete(self).items():
            if name in fields:
                fields[name] = made
        return fields

    def create(self, validated_data: Any) -> Any:
        """DRF's, atomic if there are many-to-many values."""
        create = super().create
        if writes_columns_only(self, create, validated_data):
            model: Any = self.Meta.model
            try:
                return model._default_manager.create(**validated_data)
            except TypeError as error:
                validated_data = Refused(validated_data, error)
        with self._all_or_none(validated_data):
            return create(validated_data)

    def update(self, instance: Any, validated_data: Any) -> Any:
        """DRF's, atomic if there are many-to-many values."""
        with self._all_or_none(validated_data, instance):
            if option(type(self), "save_only_changed"):
                with saving_columns(instance, validated_data):
                    return super().update(instance, validated_data)
            return super().update(instance, validated_data)

    @classmethod
    def optimize_queryset(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """`queryset` with the related rows that rendering this class reads: the number of queries does not grow.

        What it cannot see into (methods, properties) contributes nothing; `Meta.select_related` and
        `Meta.prefetch_related` add that. Raises `ConfigError` for a queryset of another model.
        """
        return optimized(cls, queryset)

    def _all_or_none(self, validated_data: Mapping[str, Any], instance: Any = None) -> AbstractContextManager[Any]:
        """A transaction where rows and their many-to-many rows are written; without those there is one write."""
        model = self.Meta.model
        relations_of = model_meta.get_field_info(model).relations
        if not any(name in validated_data and relation.to_many for name, relation in relations_of.items()):
            return nullcontext()
        return transaction.atomic(using=router.db_for_write(model, instance=instance))


class HyperlinkedModelSerializer(ModelSerializer, drf_serializers.HyperlinkedModelSerializer[Any]):
    """DRF's `HyperlinkedModelSerializer` with annotations; a model class among them is a hyperlinked relation."""

    @classmethod
    def _relation_field(cls) -> type[relations.RelatedField[Any, Any, Any]]:
        return cls.serializer_related_field


@contextmanager
def saving_columns(instance: Any, names: Iterable[str]) -> Iterator[None]:
    """Within it `instance.save()` writes the columns among `names`, and those that are written on every save."""
    columns = [column for column in instance._meta.concrete_fields if not column.primary_key]
    written = [column.name for column in columns if column.name in names or getattr(column, "auto_now", False)]
    vars(instance)["save"] = partial(instance.save, update_fields=written)
    try:
        yield
    finally:
        del vars(instance)["save"]


# --- what the model supplies


def _complete(serializer: ModelSerializer) -> dict[str, Any]:
    cls = type(serializer)
    options = serializer.get_extra_kwargs() if cls._declarations else {}
    written = getattr(getattr(cls, "Meta", None), "extra_kwargs", {})
    completed: dict[str, Any] = {}
    for name, declaration in cls._declarations.items():
        if cls._declared_fields.get(name) is not declaration.field:
            continue  # a subclass has removed it or assigned another
        extra = options.get(name, {})
        if written.get(name, {}).get("read_only") is False:  # to DRF `read_only_fields` are the stronger
            extra = {**extra, "read_only": False}
        supplied = _supplied(serializer, name, declaration, extra)
        if extra or supplied:
            completed[name] = declaration.build(extra=extra, supplied=supplied)
    return completed


def _supplied(
    serializer: ModelSerializer, name: str, declaration: Declaration, extra: Mapping[str, Any]
) -> dict[str, Any]:
    model = serializer.Meta.model
    info = model_meta.get_field_info(model)
    source = declaration.keywords.get("source", extra.get("source", name))
    if source not in info.fields_and_pk and source not in info.relations:
        return {}
    field_class, keywords = serializer.build_field(source, info, model, 0)
    if _family(field_class) is not _family(type(declaration.field)):
        return {}
    names = ("help_text", "label") if declaration.field.read_only or extra.get("read_only") else _SUPPLIED
    return {key: keywords[key] for key in names if key in keywords}


def _family(field_class: type) -> type:
    """The class beneath DRF's `Field` that a field class comes from: `EmailField` is a `CharField`."""
    for cls in field_class.__mro__:
        if drf.Field in cls.__bases__:
            return cls
    return field_class
