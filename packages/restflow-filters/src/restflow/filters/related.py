"""`RelatedField`: the filters of a related model, or of another filter set, under a prefix."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from restflow.core import ConfigError
from restflow.filters._field import Field

if TYPE_CHECKING:
    from restflow.filters.filterset import FilterSet


class RelatedField(Field):
    """Expands into filters `<attribute>__<name>` on the columns of a relation; is no parameter itself.

    * `fields`: columns of the related model, or `"__all__"`; `exclude` takes some out and `extra_kwargs` holds their
      keywords, both by the related column's name.
    * `filterset`: a filter set whose filters are taken instead; `exclude` leaves some out.
    * `model`: the related model, where `Meta.model` does not tell.
    * `db_field`: the relation, where the attribute is named otherwise.

    Exactly one of `fields` and `filterset` is given.
    """

    def __init__(
        self,
        *,
        model: Any = None,
        fields: Sequence[str] | str | None = None,
        exclude: Sequence[str] | None = None,
        extra_kwargs: Mapping[str, Mapping[str, Any]] | None = None,
        filterset: "type[FilterSet] | None" = None,
        db_field: str = "",
    ) -> None:
        if (fields is None) == (filterset is None):
            raise ConfigError("RelatedField takes exactly one of fields and filterset.")
        if fields is not None and fields != "__all__" and not _are_names(fields):
            raise ConfigError(f"RelatedField: fields must be a list of columns or '__all__', got {fields!r}.")
        if exclude is not None and not _are_names(exclude):
            raise ConfigError(f"RelatedField: exclude must be a list of names, got {exclude!r}.")
        if filterset is not None and extra_kwargs:
            raise ConfigError(
                "RelatedField: extra_kwargs are for columns; the fields of a filterset are as declared there.",
                hint="Subclass the filter set and redeclare the filter.",
            )
        super().__init__(db_field=db_field)
        self.model = model
        self.related_fields = fields
        self.exclude = tuple(exclude or ())
        self.extra_kwargs = dict(extra_kwargs or {})
        self.filterset = filterset


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) and name for name in value)
