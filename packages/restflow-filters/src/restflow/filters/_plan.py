"""What a filter set is compiled to: its parameters and what each does with a value, immutable and shared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _columns
from restflow.filters._columns import Nature
from restflow.filters._field import Field
from restflow.filters.options import FilterSetOptions
from restflow.filters.ordering import OrderField


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the query string.

    `filter` is the name of its filter; `field` validates its values, `run` does so without a field of the request's own
    (`None`: its code may look at the request), and `guard` raises for a value that the column cannot take. `hook` is
    the name of the `validate_` method.

    `paths` are the ORM paths with their lookup, `build` makes the condition of a value (`None`: the field's
    `apply_filter` does), `plain_path` is the path whose lookup is the whole condition, `nature` what the paths lead to
    where the set's model tells, and `every` asks for a related row for each item of a list.

    `shape`, `trims` and `blank` say how the query string is read. `variant` tells it from a base parameter, and
    `own_help` that the field has a help text for this lookup alone.
    """

    name: str
    index: int
    filter: str
    field: Field
    lookup: str
    paths: tuple[str, ...]
    build: Callable[[Any], models.Q] | None
    guard: Callable[[Any], None] | None
    negated: bool
    toggled: bool
    nullable: bool
    hook: str | None
    group: int | None
    custom: str
    every: bool = False
    own_help: bool = False
    variant: bool = False
    shape: str = "single"
    trims: bool = True
    blank: bool = False
    nature: Nature | None = None
    plain_path: str = ""
    run: Callable[[Any], Any] | None = None

    @property
    def base_name(self) -> str:
        """The name without the `!`."""
        return self.name.removesuffix("!") if self.toggled else self.name

    def negation(self, index: int) -> "Parameter":
        """The `!` form of this parameter, at a place of its own."""
        twin = object.__new__(Parameter)
        for name in self.__slots__:  # `dataclasses.replace()` would take a tenth of the time that a class takes to make
            object.__setattr__(twin, name, getattr(self, name))
        changes = {"name": f"{self.name}!", "index": index, "negated": not self.negated, "toggled": True}
        for name, value in (changes | {"plain_path": ""}).items():
            object.__setattr__(twin, name, value)
        return twin


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A compiled filter set: immutable, shared by threads and event loops.

    `idle`: without parameters there is nothing to do.

    `columns` has the model field at the end of each path. `natures` remembers what paths lead to, by model and path,
    and `schemas` the pickled parameter objects, by language; they only grow, with the code and not with requests.
    """

    owner: str
    options: FilterSetOptions
    model: Any
    filters: Mapping[str, Field]
    parameters: Mapping[str, Parameter]
    of_filter: Mapping[str, tuple[str, ...]]
    defaults: tuple[tuple[str, str, Any], ...]
    required: tuple[tuple[str, str], ...]
    order: Parameter | None
    order_field: OrderField | None
    async_hooks: tuple[str, ...]
    open_ended: bool
    idle: bool
    natures: dict[tuple[Any, str], Nature] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    schemas: dict[str, bytes] = field(default_factory=dict)

    def nature(self, model: type[models.Model], path: str, annotations: Any) -> Nature:
        """What a path of this set leads to on `model`; `ConfigError` where it leads nowhere."""
        known = self.natures.get((model, path))
        if known is not None:
            return known
        found = _columns.resolve(model, path, self.owner)
        if found is not None:
            return self.natures.setdefault((model, path), found.nature)
        name = path.partition("__")[0]
        if name in annotations:
            return Nature.THREE_VALUED
        raise ConfigError(
            f"{self.owner}: {path!r} starts with neither a field of {model._meta.label} nor an annotation of the "
            "queryset.",
            hint=suggestion(name, [*annotations, *(column.name for column in model._meta.get_fields())]),
        )
