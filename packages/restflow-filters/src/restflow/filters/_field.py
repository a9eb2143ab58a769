"""The base of all filter fields: the keywords that every filter takes, and its extension points."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from rest_framework import serializers
from rest_framework.fields import empty

from restflow.core import ConfigError
from restflow.filters import _conditions

# What `required`, `default` and friends of the filter are, beside the keywords of DRF's field.
OWN_KEYWORDS = (
    *("db_field", "filter_by", "method", "lookups", "lookup_separator", "negate", "allow_negate", "allow_base"),
    *("required", "param", "deprecated"),
)
_MEANINGLESS = ("read_only", "write_only", "source")


class Field(serializers.Field[Any, Any, Any, Any]):
    """A filter: one declaration that yields the base parameter, a variant per lookup, and their negations.

    With an annotation, `Field(...)` refines the field that the annotation gives and takes any keyword of it. Without
    one it needs `method`, a callable `filter_by`, or a model column of its name or of `db_field`.

    * `db_field`: path of the column; the attribute's name where empty.
    * `filter_by`: condition of the base parameter: a path with its lookup, a list of them (any may match), or a
      callable `(value)` that returns a `Q`, a dict of lookups or a conditional expression.
    * `method`: name of a method `(queryset, value)` of the filter set, or a callable `(filterset, queryset, value)`.
    * `lookups`: a list of lookups and categories, a dict of suffixes, or `"__all__"`.
    * `lookup_separator`: between parameter and suffix; `Meta.lookup_separator` where `None`.
    * `negate`: base and variants mean their complement, and their `!` forms toggle back.
    * `allow_negate`: whether there are `!` parameters; `Meta.allow_negate` where `None`.
    * `allow_base`: `False` leaves only the variants.
    * `required`: some parameter of the filter must be present.
    * `param`: the base parameter's name where it is not the attribute's.
    * `deprecated`: marks the parameters in the schema.
    """

    lookup_categories: tuple[str, ...] = ()
    """What `lookups="__all__"` stands for."""

    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]

    value_shape: Literal["single", "list", "range"] = "single"
    """How the query string is read: one value, a list, or two ends."""

    def __init__(
        self,
        *,
        db_field: str = "",
        filter_by: str | Sequence[str] | Callable[[Any], Any] | None = None,
        method: str | Callable[..., Any] | None = None,
        lookups: Sequence[str] | dict[str, Any] | str | None = None,
        lookup_separator: str | None = None,
        negate: bool = False,
        allow_negate: bool | None = None,
        allow_base: bool = True,
        required: bool = False,
        param: str | None = None,
        deprecated: bool = False,
        **kwargs: Any,
    ) -> None:
        kind = type(self).__name__
        if meaningless := [name for name in _MEANINGLESS if name in kwargs]:
            raise ConfigError(f"{kind}({meaningless[0]}=...) means nothing on a filter.", hint="Leave it out.")
        if method is not None and not isinstance(method, str) and not callable(method):
            raise TypeError(f"{kind}: method must be a method's name or a callable, got {method!r}.")
        if method is not None and filter_by is not None:
            raise ConfigError(f"{kind}: method and filter_by exclude each other.", hint="Give one of the two.")
        _check_filter_by(kind, filter_by)
        if lookups and (method is not None or filter_by is not None) and not db_field:
            raise ConfigError(
                f"{kind}: lookups beside {'method' if method is not None else 'filter_by'} need a column.",
                hint="Name the column of the variants in db_field.",
            )
        if type(self) is Field:
            super().__init__(required=False)
            self.placeholder_keywords: dict[str, Any] = kwargs
        else:
            super().__init__(required=False, **kwargs)
        self.db_field = db_field
        self.filter_by: Any = list(filter_by) if isinstance(filter_by, tuple) else filter_by
        self.method = method
        self.lookups = lookups
        self.lookup_separator = lookup_separator
        self.negate = negate
        self.allow_negate = allow_negate
        self.allow_base = allow_base
        self.required = required
        self.param = param
        self.deprecated = deprecated

    @property
    def filter_default(self) -> Any:
        """The declared `default`, or DRF's `empty`."""
        return self.declared_keywords.get("default", empty)

    @property
    def declared_keywords(self) -> dict[str, Any]:
        """The keywords that the field was declared with."""
        return self._kwargs

    def clone(self) -> Self:
        """An independent copy, as declared."""
        return copy.deepcopy(self)

    def with_keywords(self, **changes: Any) -> Self:
        """A field of the same class with these keywords instead of its own."""
        return type(self)(*self._args, **(self.fresh_keywords() | changes))

    def fresh_keywords(self, *, without: Sequence[str] = ()) -> dict[str, Any]:
        """The keywords that the field was declared with, for another field: a child of a list belongs to one alone."""
        shared = ("validators", "regex")  # as in DRF's own copies
        return {
            key: value if key in shared else copy.deepcopy(value)
            for key, value in self._kwargs.items()
            if key not in without
        }

    def get_method(self, filterset: Any) -> Callable[[Any, Any], Any] | None:
        """The filter's `method`, ready to be called with `(queryset, value)`; `None` where it has none."""
        if self.method is None:
            return None
        if isinstance(self.method, str):
            bound: Callable[[Any, Any], Any] = getattr(filterset, self.method)
            return bound
        method = self.method
        return lambda queryset, value: method(filterset, queryset, value)

    def apply_filter(self, filterset: Any, queryset: Any, value: Any) -> Any:
        """What the base parameter does with a valid `value`.

        Returns a `Q`, a queryset, a tuple `(queryset, q_or_None)`, or an awaitable of one of these. Override it in a
        field class of your own; the negation is always the complement of what it selects.
        """
        method = self.get_method(filterset)
        if method is not None:
            return method(queryset, value)
        if callable(self.filter_by):
            return self.filter_by(value)
        paths = [self.filter_by] if isinstance(self.filter_by, str) else (self.filter_by or [self.db_field])
        return _conditions.any_of(paths, value)


def _check_filter_by(kind: str, filter_by: Any) -> None:
    if filter_by is None or callable(filter_by) or (isinstance(filter_by, str) and filter_by):
        return
    if isinstance(filter_by, list | tuple) and filter_by and all(isinstance(path, str) and path for path in filter_by):
        return
    raise ConfigError(f"{kind}: filter_by must be a path, a list of paths or a callable, got {filter_by!r}.")


class RawField(Field):
    """A filter without a type: its value is the raw string."""

    def to_internal_value(self, data: Any) -> Any:
        """The raw value: what a filter with a method or callable and no type receives."""
        return data

    def to_representation(self, value: Any) -> Any:
        """The value itself."""
        return value


def light_copy(field: Any) -> Any:
    """A shallow copy of a field: what validates is shared, what binds it to a request or a name is its own."""
    twin = object.__new__(type(field))
    twin.__dict__.update(field.__dict__)
    child = twin.__dict__.get("child")
    if child is not None:
        twin.child = light_copy(child)
        twin.child.parent = twin
    return twin
