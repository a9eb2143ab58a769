"""Ordering: the parameter that picks among declared orderings, and the terms that they stand for."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _columns
from restflow.filters._field import Field


class OrderField(Field):
    """The order parameter: `?order_by=name,-price`. Its value is the list of chosen keys, in the request's order.

    * `fields`: options: `(key, path)`, `(key, F("x").desc(nulls_last=True))`, or `"x"` for `("x", "x")`.
    * `labels`: `(key, label)` pairs; a missing label is the key.
    * `default`: keys or paths, used where the parameter is absent or empty.
    * `override_order_direction`: `"desc"`: a bare key means descending and `-key` ascending.
    * `nulls`: `"first"` or `"last"`: where NULLs go in both directions; `None`: the database's way.
    * `tiebreaker`: path that is appended, so that pages are stable; `None` turns it off.
    """

    value_shape = "list"
    separator = ","
    default_error_messages = {"invalid_choice": '"{input}" is not a valid choice.'}

    def __init__(
        self,
        *,
        fields: Sequence[Any],
        labels: Sequence[tuple[str, str]] | None = None,
        override_order_direction: str = "asc",
        nulls: str | None = None,
        tiebreaker: str | None = "pk",
        default: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        for keyword in ("lookups", "negate", "allow_negate", "filter_by", "db_field"):
            if keyword in kwargs:
                raise ConfigError(f"OrderField({keyword}=...): an order parameter has no lookups and no negation.")
        if override_order_direction not in ("asc", "desc"):
            raise ConfigError(
                f"OrderField: override_order_direction must be 'asc' or 'desc', got {override_order_direction!r}."
            )
        if nulls not in (None, "first", "last"):
            raise ConfigError(f"OrderField: nulls must be 'first', 'last' or None, got {nulls!r}.")
        super().__init__(**kwargs)
        self.options = _read_options(fields)
        self.labels = dict(labels or ())
        if unknown := self.labels.keys() - self.options.keys():
            name = sorted(unknown)[0]
            raise ConfigError(
                f"OrderField: the label of {name!r} belongs to no option.", hint=suggestion(name, self.options)
            )
        self.bare_descends = override_order_direction == "desc"
        self.nulls = nulls
        self.tiebreaker = tiebreaker
        self.default_order = (default,) if isinstance(default, str) else tuple(default)
        self.choices = {
            sign + key: f"{self.labels.get(key, key)} ({'Descending' if self._descends(sign) else 'Ascending'})"
            for key in self.options
            for sign in ("", "-")
        }

    def _descends(self, sign: str) -> bool:
        return bool(sign) != self.bare_descends

    def to_internal_value(self, data: Any) -> list[str]:
        """The chosen keys; `invalid_choice` for anything but a declared key, with or without `-`."""
        chosen: dict[str, str] = {}
        for item in data:
            if not isinstance(item, str) or item not in self.choices:
                self.fail("invalid_choice", input=item)
            chosen.setdefault(item.removeprefix("-") if item not in self.options else item, item)
        return list(chosen.values())

    def terms(self, keys: Sequence[str]) -> list[Any]:
        """The `order_by()` arguments of keys; in defaults a name that is no key is a path."""
        return [self._term(key) for key in keys]

    def _term(self, key: str) -> Any:
        name = key if key in self.options else key.removeprefix("-")
        target = self.options.get(name, name)
        descends = self._descends("-" if name != key else "")
        if isinstance(target, str):
            path = target.removeprefix("-")
            descends = descends != (path != target)
            if self.nulls is None:
                return f"-{path}" if descends else path
            target = F(path).asc()
        # reversed in place, so never the declared one
        term = copy.copy(target if isinstance(target, OrderBy) else target.asc())
        if descends:
            term.reverse_ordering()
        if self.nulls is not None:
            term.nulls_first = self.nulls == "first" or None
            term.nulls_last = self.nulls == "last" or None
        return term

    def apply(self, queryset: QuerySet[Any], keys: Sequence[str] | None) -> QuerySet[Any]:
        """The queryset in the order of the keys, else in the default one, else as it came."""
        terms = self.terms(keys or self.default_order)
        if not terms:
            return queryset
        if self.tiebreaker is not None and self._may_break_ties(queryset, terms):
            terms.append(self.tiebreaker)
        return queryset.order_by(*terms)

    def paths(self, keys: Sequence[str] | None) -> list[str]:
        """The paths that an ordering by these keys, or the default one, uses."""
        found = []
        for key in keys or self.default_order:
            target = _path_of(self.options.get(key, self.options.get(key.removeprefix("-"), key.removeprefix("-"))))
            if target is not None:
                found.append(target.removeprefix("-"))
        return found

    def _may_break_ties(self, queryset: QuerySet[Any], terms: Sequence[Any]) -> bool:
        if queryset._fields is not None or queryset.query.distinct_fields:  # type: ignore[attr-defined]
            return False  # another column would change the groups or the rows
        pk = queryset.model._meta.pk.name
        used = {term.lstrip("-") if isinstance(term, str) else _path_of(term) for term in terms}
        return self.tiebreaker not in used and not (self.tiebreaker in ("pk", pk) and used & {"pk", pk})

    def to_representation(self, value: Any) -> Any:
        """The chosen keys."""
        return list(value)

    def check(self, model: type[Model] | None, where: str, annotations: Any, *, open_ended: bool) -> None:
        """Refuses a path that leads nowhere or across a to-many relation, and a default that is neither."""
        if model is None:
            return
        paths = [_path_of(option) for option in self.options.values()]
        paths += [key for key in self.default_order if key.removeprefix("-") not in self.options]
        paths += [self.tiebreaker] if self.tiebreaker else []
        for path in paths:
            if path in (None, "?"):
                continue
            name = path.removeprefix("-")
            found = _columns.resolve(model, name, where, annotations=annotations)
            if found is None and not open_ended:
                raise ConfigError(
                    f"{where}: cannot order by {name!r}: {model._meta.label} has no such field or annotation.",
                    hint=suggestion(name, [field.name for field in model._meta.get_fields()], what="fields"),
                )
            if found is not None and found.nature is _columns.Nature.TO_MANY:
                raise ConfigError(
                    f"{where}: ordering by {name!r} crosses a to-many relation and would repeat rows.",
                    hint="Order by an annotation instead.",
                )


def _path_of(option: Any) -> Any:
    """The path of an option; `None` for an expression that is more than one column."""
    if isinstance(option, str):
        return option
    if isinstance(option, OrderBy):
        option = option.expression
    return str(option.name) if isinstance(option, F) else None  # type: ignore[attr-defined]  # not in the stubs


def _read_options(fields: Any) -> Mapping[str, Any]:
    if not isinstance(fields, list | tuple) or not fields:
        raise ConfigError(f"OrderField: fields must be a list of options, got {fields!r}.")
    options: dict[str, Any] = {}
    for field in fields:
        key, target = (field, field) if isinstance(field, str) else _pair(field)
        if not isinstance(key, str) or not key or key.startswith("-"):
            raise ConfigError(f"OrderField: an option's key must be a string without '-', got {key!r}.")
        if key in options:
            raise ConfigError(f"OrderField: the option {key!r} is declared twice.")
        options[key] = target
    return options


def _pair(field: Any) -> tuple[Any, Any]:
    if isinstance(field, list | tuple) and len(field) == 2:
        target = field[1]
        if (
            (isinstance(target, str) and target.removeprefix("-"))
            or hasattr(target, "asc")
            or isinstance(target, OrderBy)
        ):
            return field[0], target
    raise ConfigError(f"OrderField: an option is (key, path), (key, expression) or a path, got {field!r}.")
