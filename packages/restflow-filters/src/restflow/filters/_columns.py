"""Model columns: what is at the end of a path, and which filter field a column gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Col

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _postgres
from restflow.filters import _typed as filter_fields
from restflow.filters._field import Field
from restflow.filters.lookups import POSTGRES_TEXT, TWO_VALUED


class Nature(Enum):
    """How a condition on a path is negated and placed."""

    PLAIN = "plain"  # NOT, which Django completes for NULLs
    THREE_VALUED = "three-valued"  # annotations, JSON keys, custom transforms: NOT may yield NULL
    TO_MANY = "to-many"  # a subquery: the condition is about related rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """An ORM path: the model field at its end (`None`: an annotation), what follows it, and its nature."""

    text: str
    column: Any
    transforms: tuple[str, ...]
    nature: Nature


def model_named(model: Any, where: str) -> type[models.Model]:
    """A model, looked up where it is an `"app_label.Model"`; `ConfigError` for anything else."""
    if isinstance(model, str):
        try:
            model = apps.get_model(model)
        except (LookupError, ValueError) as error:
            raise ConfigError(f"{where}: model {model!r} is not installed: {error}") from error
    if not (isinstance(model, type) and issubclass(model, models.Model)):
        raise ConfigError(f"{where}: model must be a model or its 'app_label.Model', got {model!r}.")
    return model


SENSITIVE_PARTS = frozenset(["password", "passwd", "passphrase", "pwd", "secret", "token", "otp", "cvv", "ssn"])
SENSITIVE_FRAGMENTS = ("api_key", "apikey", "private_key", "access_key", "secret_key")

_FIELDS: tuple[tuple[type[Any] | tuple[type[Any], ...], type[Field]], ...] = (
    (models.EmailField, filter_fields.EmailField),
    (models.FileField, filter_fields.StringField),
    ((models.CharField, models.TextField, models.FilePathField), filter_fields.StringField),
    (models.GenericIPAddressField, filter_fields.IPAddressField),
    (models.UUIDField, filter_fields.UUIDField),
    (models.IntegerField, filter_fields.IntegerField),
    (models.FloatField, filter_fields.FloatField),
    (models.DecimalField, filter_fields.DecimalField),
    (models.DateTimeField, filter_fields.DateTimeField),
    (models.DateField, filter_fields.DateField),
    (models.TimeField, filter_fields.TimeField),
    (models.DurationField, filter_fields.DurationField),
    (models.BooleanField, filter_fields.BooleanField),
)


def resolve(model: type[models.Model], path: str, where: str, *, annotations: Any = ()) -> Path | None:
    """What `path` leads to; `None` where its first part is neither a field nor among `annotations`.

    A relation at the end stands for its key. Raises `ConfigError` where a later part leads nowhere.
    """
    parts = path.split(LOOKUP_SEP)
    opts, column, to_many, index = model._meta, None, False, 0
    for index, part in enumerate(parts):
        try:
            column = opts.pk if part == "pk" else opts.get_field(part)
        except FieldDoesNotExist:
            if index == 0:
                if part in annotations:
                    return Path(text=path, column=None, transforms=tuple(parts[1:]), nature=Nature.THREE_VALUED)
                return None
            break
        if _is_generic(column):
            raise ConfigError(
                f"{where}: {part!r} of {opts.label} is a generic foreign key, which no filter can cross.",
                hint="Filter on its content type and object id.",
            )
        if not column.is_relation:
            index += 1
            break
        related: Any = column.related_model
        to_many = to_many or bool(column.one_to_many or column.many_to_many)
        opts = related._meta
        index += 1
    transforms = tuple(parts[index:])
    _check_transforms(column, transforms, opts, where, path)
    nature = Nature.TO_MANY if to_many else _nature(column, transforms)
    return Path(text=path, column=column, transforms=transforms, nature=nature)


def with_lookup(path: Path, text: str, lookup: Sequence[str]) -> Path:
    """The path of a column with a lookup that the column has, as `resolve` would find it at `text`."""
    transforms = (*path.transforms, *lookup)
    nature = path.nature
    if nature is Nature.PLAIN:
        nature = _nature(path.column, transforms)
    return Path(text=text, column=path.column, transforms=transforms, nature=nature)


def _nature(column: Any, transforms: tuple[str, ...]) -> Nature:
    """The nature of a column that no to-many relation leads to."""
    if isinstance(column, models.JSONField | models.GeneratedField) or not TWO_VALUED.issuperset(transforms):
        return Nature.THREE_VALUED
    return Nature.PLAIN


def _is_generic(column: Any) -> bool:
    """Whether a column is a generic foreign key: it has no one model to lead to."""
    return bool(column.is_relation) and column.related_model is None


def key_of(column: Any) -> Any:
    """The column that holds the values of `column`: for a relation the related key."""
    while column is not None and column.is_relation:
        column = getattr(column, "target_field", None) if column.concrete else column.related_model._meta.pk
    return column


def _check_transforms(column: Any, transforms: tuple[str, ...], opts: Any, where: str, path: str) -> None:
    """Refuses a lookup or transform that the column does not support, or a part that is no field of the relation."""
    if not transforms:
        return
    if isinstance(column, models.JSONField):
        return  # every name is a key
    own = column if not column.is_relation else (key_of(column) or column)
    if not POSTGRES_TEXT.isdisjoint(transforms) and not _postgres.installed():
        raise ConfigError(
            f"{where}: {path!r} needs the lookups of django.contrib.postgres, which is not installed.",
            hint="Add 'django.contrib.postgres' to INSTALLED_APPS.",
        )
    if not supports(own, transforms):
        known = {*own.get_lookups(), *(field.name for field in opts.get_fields() if column.is_relation)}
        raise ConfigError(
            f"{where}: {transforms[0]!r} in {path!r} is neither a field of {opts.label} nor a lookup of "
            f"{type(own).__name__}.",
            hint=suggestion(transforms[0], known, what="lookups"),
        )


def supports(column: Any, transforms: tuple[str, ...]) -> bool:
    """Whether a chain of transforms, ended by a lookup or a transform, exists on `column`."""
    expression: Any = Col(column.model._meta.db_table, column)
    last = len(transforms) - 1
    for position, name in enumerate(transforms):
        if position == last and expression.get_lookup(name) is not None:
            return True
        transform = expression.get_transform(name)
        if transform is None:
            return False
        try:
            expression = transform(expression)
            expression.output_field  # noqa: B018  # a transform of another kind of column says so here
        except (TypeError, ValueError):
            return False
    return True


def column_names(model: type[models.Model]) -> list[str]:
    """What `fields = "__all__"` takes: mapped columns and many-to-many relations, but files and sensitive columns."""
    return [
        field.name
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field_class(field) is not None and not isinstance(field, models.FileField) and not is_sensitive(field.name)
    ]


def is_sensitive(name: str) -> bool:
    """Whether a column's name says that its content is a secret."""
    lowered = name.lower()
    return not SENSITIVE_PARTS.isdisjoint(lowered.split("_")) or any(part in lowered for part in SENSITIVE_FRAGMENTS)


def field_class(column: Any) -> type[Field] | None:
    """The filter field class of a column; `None` where there is none."""
    if column.is_relation:
        return None if _is_generic(column) else field_class(column.related_model._meta.pk)
    if _postgres.is_array(column):
        return filter_fields.ListField if field_class(column.base_field) is not None else None
    if column.choices:
        return filter_fields.ChoiceField
    return next((cls for kinds, cls in _FIELDS if isinstance(column, kinds)), None)


def column_field(column: Any, keywords: dict[str, Any], where: str, *, path: str = "") -> Field:
    """The filter field that is made from a column; `keywords` win over what the column gives.

    Raises `ConfigError` for a column without a mapping.
    """
    cls = field_class(column)
    if cls is None:
        raise ConfigError(
            f"{where}: no filter field for a {type(column).__name__}.",
            hint="Declare a filter field for it, with a filter_by or a method.",
        )
    given: dict[str, Any] = {}
    if _postgres.is_array(column) and cls is filter_fields.ListField:
        given["child"] = column_field(column.base_field, {}, where)
        given["lookups"] = ["pg_array"]
    if not column.is_relation and column.choices and "choices" not in keywords:
        given["choices"] = list(column.flatchoices)
    if path:
        given["db_field"] = f"{path}{LOOKUP_SEP}pk" if column.is_relation else path
    return cls(**(given | keywords))


def with_column_digits(field: Field, column: Any) -> Field:
    """A `DecimalField` without digits of its own takes those of its column."""
    column = key_of(column)
    if not isinstance(field, filter_fields.DecimalField) or not isinstance(column, models.DecimalField):
        return field
    if {"max_digits", "decimal_places"} & field.declared_keywords.keys():
        return field
    return field.with_keywords(max_digits=column.max_digits, decimal_places=column.decimal_places)
