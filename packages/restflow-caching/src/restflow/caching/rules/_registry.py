"""The rules of this process by id, by function, and by the model classes whose changes they hear of."""

import threading
from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from restflow.caching.rules._registered import RegisteredRule


class Registry:
    """Rules by id and by class. Changes of it are rare, and make the tables anew."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._by_id: dict[str, RegisteredRule] = {}
        self._by_class: dict[type[Model], tuple[RegisteredRule, ...]] = {}
        self.wrappers: dict[str, Any] = {}
        """The cached functions by path, those without rules too."""

    def get(self, rule_id: Any) -> RegisteredRule | None:
        """The rule of an id."""
        return self._by_id.get(rule_id)

    def all(self) -> list[RegisteredRule]:
        """Every rule."""
        with self._lock:
            return list(self._by_id.values())

    def replace(self, wrapper: Any, rules: list[RegisteredRule]) -> None:
        """Puts a function and its rules in place of an earlier one of the same path."""
        with self._lock:
            self.wrappers[wrapper.path] = wrapper
            gone = [i for i, known in self._by_id.items() if known.wrapper.path == wrapper.path]
            for rule_id in gone:
                del self._by_id[rule_id]
            for rule in rules:
                self._by_id[rule.id] = rule
            self._by_class.clear()

    def add(self, rule: RegisteredRule) -> None:
        """Adds one rule."""
        with self._lock:
            self._by_id[rule.id] = rule
            self._by_class.clear()

    def resolved(self, rule: RegisteredRule, model: type[Model]) -> None:
        """A rule's model is loaded."""
        with self._lock:
            rule.model = model
            self._by_class.clear()

    def rules_for(self, cls: type[Model]) -> tuple[RegisteredRule, ...]:
        """The rules that a change of a row of that class concerns: its own, of parents, proxies, abstract bases."""
        found = self._by_class.get(cls)
        if found is None:
            with self._lock:
                found = self._by_class[cls] = tuple(
                    rule for rule in self._by_id.values() if rule.model is not None and hears(rule.model, cls)
                )
        return found

    def forget_classes(self) -> None:
        """A new model class is there."""
        with self._lock:
            self._by_class.clear()

    def clear(self) -> None:
        """Drops every rule."""
        with self._lock:
            self._by_id.clear()
            self._by_class.clear()


def root_of(model: type[Model]) -> type[Model]:
    """The class whose subclasses all belong to a model: a proxy speaks for its concrete model."""
    return model if model._meta.abstract else model._meta.concrete_model or model


def hears(model: type[Model], cls: type[Model]) -> bool:
    """Whether a rule on `model` hears of changes of rows of `cls`."""
    return not cls._meta.abstract and issubclass(cls, root_of(model))


def family(model: type[Model]) -> Iterator[type[Model]]:
    """Every class whose rows a rule on `model` concerns."""
    pending, seen = [root_of(model)], set()
    while pending:
        cls = pending.pop()
        if cls in seen:
            continue
        seen.add(cls)
        pending += cls.__subclasses__()
        if not cls._meta.abstract:
            yield cls


registry = Registry()
