"""The system checks of rules and cached functions: `restflow.E301` to `E308`, `W301` to `W308`."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.rules._registered import RegisteredRule
from restflow.caching.rules._registry import registry
from restflow.caching.rules._relations import relation
from restflow.caching.rules._states import split
from restflow.caching.rules.register import discovered_modules
from restflow.core.names import suggestion


@register("restflow")
def check_rules(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every rule names what exists, and reaches the processes that have to know it."""
    _import_urlconf()
    messages: list[CheckMessage] = []
    for rule in sorted(registry.all(), key=lambda known: known.id):
        for check in _RULE_CHECKS:
            messages += check(rule)
    return [*messages, *_brokers(), *_undiscovered(), *_open_views(), *_not_installed()]


@register("restflow", Tags.caches, deploy=True)
def check_reach(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`restflow.W302`: wipes reach other processes only where the cache is shared."""
    paths = defaultdict(list)
    for path, wrapper in sorted(registry.wrappers.items()):
        if wrapper.alias in settings.CACHES and isinstance(caches[wrapper.alias], LocMemCache | DummyCache):
            paths[wrapper.alias].append(path)
    return [
        Warning(
            f"The cache {alias!r} belongs to one process, and invalidation does not reach others: {', '.join(found)}.",
            hint="Use a cache that processes share, such as Redis, Memcached or the database.",
            obj=alias,
            id="restflow.W302",
        )
        for alias, found in paths.items()
    ]


def _import_urlconf() -> None:
    """Views, and the cached functions beside them, are known when the URLconf is imported."""
    if urlconf := getattr(settings, "ROOT_URLCONF", None):
        try:
            import_module(urlconf)
        except Exception:
            return  # Django's own check reports a broken URLconf


def _model(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.model is None:
        label = str(rule.rule.model)
        known = [model._meta.label for model in apps.get_models()]
        yield Error(
            f"{rule.id}: there is no model {label!r}.",
            hint=suggestion(label, known, what="models"),
            obj=rule.wrapper,
            id="restflow.E301",
        )


def _mapping(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.model is None:
        return
    for name, path in rule.mapping:
        problem = _path_problem(rule.model, path)
        if problem:
            yield Error(f"{rule.id}: field_mapping[{name!r}]: {problem}", obj=rule.wrapper, id="restflow.E302")


def _watched(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.model is not None:
        for name in rule.rule.watch_fields or ():
            if not _has_field(rule.model, name):
                yield _unknown(rule, "watch_fields", name, "restflow.E303")


def _conditions(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.model is not None:
        for key in rule.rule.invalidate_when:
            first = split(key.lstrip("!"))[0]
            if not _has_field(rule.model, first) and not hasattr(rule.model, first):
                yield _unknown(rule, "invalidate_when", first, "restflow.E304")


def _relations(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.model is not None:
        for name in rule.rule.m2m_fields:
            if relation(rule.model, name) is None:
                yield _unknown(rule, "m2m_fields", name, "restflow.E305")


def _dispatcher(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.rule.invalidator is not None:
        if rule.rule.dispatcher is not None:
            yield Warning(
                f"{rule.id}: dispatcher has no effect beside invalidator.",
                hint="An invalidator is called in the process of the change.",
                obj=rule.wrapper,
                id="restflow.W304",
            )
        return
    try:
        dispatcher = rule.rule.get_dispatcher()
    except Exception as error:  # whatever a plug-in's import or constructor raises
        message, hint = getattr(error, "message", str(error)), getattr(error, "hint", None)
        yield Error(f"{rule.id}: {message}", hint=hint, obj=rule.wrapper, id="restflow.E306")
        return
    if dispatcher.durable and "<locals>" in rule.wrapper.path:
        yield Error(
            f"{rule.id}: the dispatcher {dispatcher.name!r} runs the rule in another process, which cannot find a "
            f"function that is defined inside another one.",
            hint="Define the function at module level.",
            obj=rule.wrapper,
            id="restflow.E307",
        )


def _brokers() -> Iterator[CheckMessage]:
    """What the dispatchers in use say of their brokers, each once, at the first rule that uses it: `restflow.E308` and
    `W308`, and `E306` for a block of `DISPATCHER_SETTINGS` that makes no sense."""
    seen: set[object] = set()
    for rule in sorted(registry.all(), key=lambda known: known.id):
        if rule.rule.invalidator is not None:
            continue
        try:
            dispatcher = rule.rule.get_dispatcher()
        except Exception:
            continue  # restflow.E306 tells it
        for message in _broker(dispatcher, seen):
            told = (message.obj, message.id, message.msg)
            if told not in seen:
                seen.add(told)
                message.msg = f"{rule.id}: {message.msg}"
                yield message


def _broker(dispatcher: Dispatcher, seen: set[object]) -> Iterator[CheckMessage]:
    kind = type(dispatcher)
    try:
        key = dispatcher.batch_key()
    except (TypeError, ValueError) as error:
        yield Error(str(error), obj=kind, id="restflow.E306")
        return
    if key in seen:
        return
    seen.add(key)
    try:
        yield from dispatcher.check()
    except Exception as error:  # whatever a plug-in raises
        yield Error(
            f"the broker of the dispatcher {dispatcher.name!r} cannot be checked: {type(error).__name__}: {error}",
            hint="Repair its configuration; until then its rules run in the process of the change.",
            obj=kind,
            id="restflow.E308",
        )


def _rewarm(rule: RegisteredRule) -> Iterator[CheckMessage]:
    if rule.rule.rewarm and not rule.can_rewarm():
        yield Warning(
            f"{rule.id}: rewarm has no effect: field_mapping does not cover what the function needs.",
            hint="Map every required argument; a view's request can not be mapped.",
            obj=rule.wrapper,
            id="restflow.W303",
        )


_RULE_CHECKS: tuple[Callable[[RegisteredRule], Iterator[CheckMessage]], ...] = (
    _model,
    _mapping,
    _watched,
    _conditions,
    _relations,
    _dispatcher,
    _rewarm,
)


def _has_field(model: type[Model], name: str) -> bool:
    if name == "pk" or any(field.attname == name for field in model._meta.concrete_fields):
        return True
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _names(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.get_fields()] + [f.attname for f in model._meta.concrete_fields]


def _unknown(rule: RegisteredRule, option: str, name: str, check: str) -> Error:
    assert rule.model is not None
    return Error(
        f"{rule.id}: {option} names {name!r}, which {rule.model._meta.label} does not have.",
        hint=suggestion(name, _names(rule.model)),
        obj=rule.wrapper,
        id=check,
    )


def _path_problem(model: type[Model], path: str) -> str:
    """What is wrong with a path on a model; empty where nothing is, as far as can be told without a row."""
    current: Any = model
    for step in split(path):
        if step == "pk" or any(field.attname == step for field in current._meta.concrete_fields):
            field: Any = None
        else:
            try:
                field = current._meta.get_field(step)
            except FieldDoesNotExist:
                if hasattr(current, step):
                    return ""  # a property or method: a row will tell
                return f"{current._meta.label} has no {step!r}. {suggestion(step, _names(current))}"
        related = getattr(field, "related_model", None)
        if related is None:
            return ""
        current = related
    return f"{path!r} ends at a {current._meta.label}; map to its _id column, or to a column of it."


def _undiscovered() -> Iterator[CheckMessage]:
    try:
        reached = set(discovered_modules())
    except Exception:
        return  # a broken setting or app is told by its own check
    missed = defaultdict(set)
    for rule in registry.all():
        module = rule.wrapper.func.__module__
        if module not in reached and not any(module.startswith(f"{package}.") for package in reached):
            missed[module].add(rule.wrapper.path)
    for module, paths in sorted(missed.items()):
        yield Warning(
            f"Autodiscovery does not import {module}, so a process that has not imported it does not invalidate: "
            f"{', '.join(sorted(paths))}.",
            hint="Add its name to CACHE_SETTINGS['AUTODISCOVER_MODULES'], or move the functions to a module named "
            "caches.",
            obj=module,
            id="restflow.W301",
        )


_OPEN = frozenset({"AllowAny"})


def _open_views() -> Iterator[CheckMessage]:
    from restflow.caching.responses.views import views_of

    for view, wrapper in views_of(registry.wrappers.values()):
        closed = [
            cls.__name__ for cls in getattr(view, "permission_classes", ()) if getattr(cls, "__name__", "") not in _OPEN
        ]
        if closed:
            yield Warning(
                f"{view.__module__}.{view.__qualname__}: {wrapper.path} is cached with public=True behind "
                f"{', '.join(closed)}: everybody whom they let in gets the same answer.",
                hint="Leave public=True out, unless the answer does not depend on who asks.",
                obj=view,
                id="restflow.W305",
            )


def _not_installed() -> Iterator[CheckMessage]:
    if registry.all() and not apps.is_installed("restflow.caching"):
        yield Warning(
            "There are invalidation rules, and 'restflow.caching' is not in INSTALLED_APPS: rules are not discovered.",
            hint="Add 'restflow.caching' to INSTALLED_APPS.",
            id="restflow.W307",
        )
