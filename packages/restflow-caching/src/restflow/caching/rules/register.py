"""The register of cached functions and their rules; one per process."""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from django.apps import apps
from django.db import router
from django.db.models import Model

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.dispatchers.registry import plugins
from restflow.caching.rules import _loaded, _m2m, _run, _tracking
from restflow.caching.rules import rule as rule_module
from restflow.caching.rules._changes import change, record_change
from restflow.caching.rules._registered import RegisteredRule
from restflow.caching.rules._registry import registry
from restflow.caching.rules.rule import InvalidationRule
from restflow.caching.settings import CacheSettings
from restflow.core import PluginError

logger = logging.getLogger("restflow.caching.dispatch")

D = TypeVar("D", bound=Dispatcher)


class _Register:
    """Knows which rules concern which models. `CacheRegister` is the one instance."""

    name = "restflow.caching"
    SignalTypes = rule_module.SignalTypes

    def __init__(self) -> None:
        self._discovered = False

    def attach(self, wrapper: Any, rules: list[InvalidationRule]) -> None:
        """Registers a decorated function and its rules; the same path again replaces both."""
        registered = [RegisteredRule(rule, wrapper, position) for position, rule in enumerate(rules)]
        _m2m.forget_relations(rule.id for rule in registry.all() if rule.wrapper.path == wrapper.path)
        registry.replace(wrapper, registered)
        for rule in registered:
            self._resolve(rule)

    def add(self, model: type[Model] | str, func: Any, invalidation_rule: InvalidationRule) -> None:
        """Adds a rule on `model` to a cached function; raises `AttributeError` for one that is not cached."""
        if not getattr(func, "is_cached_function", False):
            raise AttributeError(f"{func!r} is no cached function; decorate it with @cache_result.")
        invalidation_rule.model = model
        position = sum(rule.wrapper.path == func.path for rule in registry.all())
        registered = RegisteredRule(invalidation_rule, func, position)
        registry.add(registered)
        registry.wrappers[func.path] = func
        self._resolve(registered)

    register = add

    def _resolve(self, registered: RegisteredRule) -> None:
        model = registered.rule.model
        if isinstance(model, str):
            label, name = model.split(".")
            apps.lazy_model_operation(lambda loaded: self._loaded(registered, loaded), (label, name.lower()))
        else:
            self._loaded(registered, model)

    def _loaded(self, registered: RegisteredRule, model: type[Model]) -> None:
        if registry.get(registered.id) is not registered:
            return  # replaced before its model was loaded
        registry.resolved(registered, model)
        _tracking.listen(registered)

    def get_rule(self, rule_id: str) -> InvalidationRule | None:
        """The rule of an id; `None` where this process knows none."""
        registered = registry.get(rule_id)
        return None if registered is None else registered.rule

    def run_cache_rules(self, *, rule_ids: list[str], rule_kwargs: dict[str, Any]) -> None:
        """Runs rules here and now."""
        _run.run_rules(rule_ids, rule_kwargs)

    def invalidate_for_instance(
        self,
        instance: Model,
        instance_created: bool,
        signal_type: rule_module.SignalTypes,
        update_fields: Any = None,
    ) -> None:
        """Does what a signal about the instance would do."""
        using = instance._state.db or router.db_for_write(type(instance), instance=instance)
        before, after = _loaded.current_states(instance, using)
        deleted = signal_type == rule_module.SignalTypes.POST_DELETE
        record_change(
            change(
                instance,
                using,
                before=None if instance_created else before,
                after=None if deleted and before is not None else after,
                created=instance_created,
                signal_type=rule_module.SignalTypes(signal_type),
                update_fields=update_fields,
            )
        )

    def get_status(self) -> dict[str, Any]:
        """What is registered: functions and rule ids by model."""
        models: dict[str, list[dict[str, str]]] = {}
        for rule in registry.all():
            if rule.model is not None:
                models.setdefault(rule.model._meta.label, []).append({"function": rule.wrapper.path, "id": rule.id})
        return {"name": self.name, "discovered": self._discovered, "pending": self.pending_count, "models": models}

    def dispatchers_of(self, kind: type[D]) -> dict[str, D]:
        """The dispatchers of that class which rules use, by rule id; for the checks and workers of a plug-in.

        A rule with an invalidator uses none; one whose dispatcher cannot be made is left out (`restflow.E306` tells).
        """
        found: dict[str, D] = {}
        for rule in registry.all():
            if rule.rule.invalidator is None:
                try:
                    dispatcher = rule.rule.get_dispatcher()
                except Exception:
                    continue
                if isinstance(dispatcher, kind):
                    found[rule.id] = dispatcher
        return found

    def load_dispatchers(self) -> None:
        """Imports the plug-ins that the rules known so far, or `DEFAULT_DISPATCHER`, name: what a plug-in brings for
        workers is then there in every process that could be one. A plug-in that is missing is left to the check.
        """
        wanted = {rule.rule.dispatcher for rule in registry.all() if rule.rule.invalidator is None}
        for name in {CacheSettings.current().DEFAULT_DISPATCHER, *wanted}:
            if isinstance(name, str):
                try:
                    plugins.get(name)
                except PluginError as error:
                    logger.debug("The dispatcher %r is not there: %s", name, error)

    def clear(self) -> None:
        """Drops all rules; for tests."""
        _m2m.forget_relations([rule.id for rule in registry.all()])
        registry.clear()
        _tracking.forget_unused()

    @property
    def is_discovered(self) -> bool:
        """Whether `auto_discover` has run."""
        return self._discovered

    @property
    def pending_count(self) -> int:
        """How many rules wait for their model to be loaded."""
        return sum(rule.model is None for rule in registry.all())

    @property
    def model_count(self) -> int:
        """How many models have rules."""
        return len({rule.model for rule in registry.all() if rule.model is not None})

    def auto_discover(self) -> None:
        """Imports the modules named in `AUTODISCOVER_MODULES` from every installed app; a second time does nothing.

        An `ImportError` inside such a module propagates.
        """
        if self._discovered:
            return
        for module in discovered_modules():
            import_module(module)
        self._discovered = True


def discovered_modules() -> list[str]:
    """The modules that autodiscovery imports: those that exist, and those that are named in full."""
    names = CacheSettings.current().AUTODISCOVER_MODULES
    found = [name for name in names if "." in name]
    for config in apps.get_app_configs():
        beside = [f"{config.name}.{name}" for name in names if "." not in name]
        found += [module for module in beside if find_spec(module) is not None]
    return list(dict.fromkeys(found))


CacheRegister = _Register()
"""The register of this process."""
