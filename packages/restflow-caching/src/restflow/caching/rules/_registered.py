"""A rule together with the function that it belongs to."""

from typing import Any

from django.db.models import Model

from restflow.caching.errors import CacheConfigError, CacheKeyError
from restflow.caching.rules._states import UNRESOLVED, Row
from restflow.caching.rules.rule import InvalidationRule
from restflow.caching.storage._wipes import Wipe
from restflow.core.names import suggestion

Kwargs = dict[str, Any]

EVERYTHING: Kwargs = {}
"""The arguments of a wipe of everything of the function."""


class RegisteredRule:
    """One rule of one cached function; `id` is the same in every process."""

    def __init__(self, rule: InvalidationRule, wrapper: Any, position: int) -> None:
        self.rule = rule
        self.wrapper = wrapper
        module, qualname = wrapper.func.__module__, wrapper.func.__qualname__
        self.id = f"{module}:{qualname}#{rule.name or position}"
        self.model: type[Model] | None = None
        """The model, once it is loaded."""
        self.mapping = tuple(rule.field_mapping.items())
        self._check()
        self._dimensions = [
            name for name in rule.field_mapping if name in {d.name for d in wrapper.plan.dimensions}
        ] or [name for name in rule.field_mapping if wrapper.plan.any_keyword and name not in wrapper.plan.shape.index]
        self._whole_key = not self._dimensions and self._determines_key()
        self.paths = (
            *rule.field_mapping.values(),
            *(key.lstrip("!") for key in rule.invalidate_when),
            *(rule.watch_fields or ()),
        )
        required = rule.require_args
        self._required = (
            frozenset(rule.field_mapping if required else ()) if isinstance(required, bool) else frozenset(required)
        )

    def _check(self) -> None:
        rule, plan = self.rule, self.wrapper.plan
        for name in rule.field_mapping:
            if not plan.knows(name):
                raise CacheConfigError(
                    f"{self.id}: field_mapping names {name!r}, which is neither an argument nor a field of the "
                    f"partition.",
                    hint=suggestion(name, plan.names()),
                )
        if not (rule.field_mapping or rule.invalidator or rule.invalidate_all) and plan.shape.names:
            raise CacheConfigError(
                f"{self.id}: the rule does not say what it invalidates.",
                hint="Give it field_mapping, an invalidator, or invalidate_all=True.",
            )

    def _determines_key(self) -> bool:
        """Whether the mapping alone gives a call's key: every argument that may differ is mapped."""
        plan = self.wrapper.plan
        if plan.shape.var_keyword or plan.shape.var_positional or not plan.shape.names:
            return False
        return set(plan.shape.names) <= set(self.rule.field_mapping)

    @property
    def model_label(self) -> str:
        """The model's label, loaded or not."""
        return self.rule.model if isinstance(self.rule.model, str) else self.rule.model._meta.label

    def fires_for(self, row: Row) -> bool:
        """Whether `invalidate_when` agrees with one state."""
        return all(_agrees(row, key, expected) for key, expected in self.rule.invalidate_when.items())

    def kwargs_of(self, row: Row) -> Kwargs | None:
        """The mapped arguments in one state; `None` where a required one is `None`.

        Raises `TypeError` where a path ends at an instance.
        """
        if not self.mapping:
            return EVERYTHING
        try:
            kwargs = {name: row.read(path) for name, path in self.mapping}
        except UNRESOLVED:
            return EVERYTHING
        for name, value in kwargs.items():
            if value is None and name in self._required:
                return None
            if isinstance(value, Model):
                raise TypeError(
                    f"{self.id}: field_mapping[{name!r}] ends at a {value._meta.label} instance; map to its _id column."
                )
        return kwargs

    def wipe_of(self, kwargs: Kwargs) -> Wipe:
        """The wipe of a set of mapped arguments: never less than what could have changed."""
        wrapper = self.wrapper
        if kwargs and self._dimensions:
            given = {name: kwargs[name] for name in self._dimensions if name in kwargs}
            return Wipe(wrapper, tokens=(wrapper.plan.doomed((), given),), partitions=(given,))
        if kwargs and self._whole_key:
            try:
                wipe: Wipe = wrapper.wipe_of_entry((), kwargs)
            except (TypeError, CacheKeyError):
                return self.wipe_of(EVERYTHING)
            return wipe
        whole: Wipe = wrapper.wipe_of_all()
        return whole

    def covers_call(self, kwargs: Kwargs) -> bool:
        """Whether the function can be called with these arguments."""
        return bool(kwargs or not self.wrapper.plan.shape.names) and set(self.wrapper.plan.shape.required) <= set(
            kwargs
        )

    def can_rewarm(self) -> bool:
        """Whether the mapping covers the arguments that the function needs."""
        return not self.wrapper.is_response and set(self.wrapper.plan.shape.required) <= set(self.rule.field_mapping)

    def __repr__(self) -> str:
        return f"<RegisteredRule {self.id}>"


def _agrees(row: Row, key: str, expected: Any) -> bool:
    negated = key.startswith("!")
    try:
        value = row.read(key.lstrip("!"))
    except UNRESOLVED:
        return True  # unknown: rather once too often
    same = value is None if expected is None else bool(value == expected)
    return same != negated
