"""Running rules, in this process or in a worker's: one wipe for all of them, then rewarming."""

import copy
import inspect
import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

from restflow.caching import signals
from restflow.caching.dispatchers.registry import plugins
from restflow.caching.errors import PayloadError
from restflow.caching.rules import wire
from restflow.caching.rules._registered import Kwargs, RegisteredRule
from restflow.caching.rules._registry import registry
from restflow.caching.settings import CacheSettings
from restflow.caching.storage._doors import AsyncDoor, Door, SyncDoor
from restflow.caching.storage._wipes import Wipe, wipe_flow
from restflow.core import finish, in_thread, is_async_callable, maybe_await, run_sync

logger = logging.getLogger("restflow.caching.invalidation")

RuleKwargs = dict[str, Any]


def run_rules(
    rule_ids: list[str],
    rule_kwargs: RuleKwargs,
    *,
    dispatcher_name: str | None = None,
    context: dict[str, Any] | None = None,
) -> None:
    """The sync door."""
    finish(_run(SyncDoor(), _SyncRewarmer(), rule_ids, rule_kwargs, dispatcher_name, context))


async def arun_rules(
    rule_ids: list[str],
    rule_kwargs: RuleKwargs,
    *,
    dispatcher_name: str | None = None,
    context: dict[str, Any] | None = None,
) -> None:
    """The async door."""
    await _run(AsyncDoor(), _AsyncRewarmer(), rule_ids, rule_kwargs, dispatcher_name, context)


class _SyncRewarmer:
    async def refresh(self, wrapper: Any, kwargs: Kwargs) -> None:
        if is_async_callable(wrapper.func):
            run_sync(wrapper.arefresh(**kwargs))
        else:
            wrapper.refresh(**kwargs)

    async def find(self, rule_id: str) -> RegisteredRule | None:
        return find(rule_id)


class _AsyncRewarmer:
    async def refresh(self, wrapper: Any, kwargs: Kwargs) -> None:
        await wrapper.arefresh(**kwargs)

    async def find(self, rule_id: str) -> RegisteredRule | None:
        # an import may take long, and may touch the database
        return registry.get(rule_id) or await in_thread(find, rule_id)


async def _run(
    door: Door,
    rewarmer: _SyncRewarmer | _AsyncRewarmer,
    rule_ids: list[str],
    rule_kwargs: RuleKwargs,
    dispatcher_name: str | None,
    context: dict[str, Any] | None,
) -> None:
    version = (context or {}).get("payload_version", wire.PAYLOAD_VERSION)
    if version > wire.PAYLOAD_VERSION:
        raise PayloadError(
            f"The message is of format {version}, and this release knows {wire.PAYLOAD_VERSION}.",
            hint="Upgrade restflow-caching in the workers before the processes that dispatch.",
        )
    rules = [rule for rule_id in rule_ids if (rule := await rewarmer.find(rule_id)) is not None]
    failures: list[tuple[RegisteredRule, Exception]] = []
    wipes: list[Wipe] = []
    wanted: list[tuple[RegisteredRule, list[Kwargs]]] = []
    for rule in rules:
        try:
            kwargs = _decoded(rule_kwargs.get(rule.id))
            wipes.append(_together(rule, kwargs))
            wanted.append((rule, kwargs))
        except Exception as error:
            failures.append((rule, error))
    try:
        await wipe_flow(door, wipes, "rule")
    except Exception as error:
        failures += [(rule, error) for rule, _ in wanted]
        wanted = []
    for rule, kwargs in wanted:
        if rule.rule.rewarm:
            await _rewarm(rewarmer, rule, kwargs, failures)
    _tell(failures, dispatcher_name)


def _decoded(given: Any) -> list[Kwargs]:
    listed = given if isinstance(given, list) else [given or {}]
    return [{name: wire.decode(value) for name, value in kwargs.items()} for kwargs in listed]


def _together(rule: RegisteredRule, kwargs: list[Kwargs]) -> Wipe:
    wipes = [rule.wipe_of(given) for given in kwargs]
    return Wipe(
        rule.wrapper,
        tokens=tuple(dict.fromkeys(key for wipe in wipes for key in wipe.tokens)),
        marks=tuple(dict.fromkeys(key for wipe in wipes for key in wipe.marks)),
        entries=tuple(dict.fromkeys(key for wipe in wipes for key in wipe.entries)),
        partitions=tuple(partition for wipe in wipes for partition in wipe.partitions),
    )


async def _rewarm(
    rewarmer: _SyncRewarmer | _AsyncRewarmer,
    rule: RegisteredRule,
    kwargs: list[Kwargs],
    failures: list[tuple[RegisteredRule, Exception]],
) -> None:
    if not rule.can_rewarm():
        logger.debug("%s cannot rewarm: its mapping does not cover what the function needs.", rule.id)
        return
    for given in kwargs:
        if not rule.covers_call(given):
            continue
        try:
            await rewarmer.refresh(rule.wrapper, given)
        except Exception as error:
            failures.append((rule, error))


def _tell(failures: list[tuple[RegisteredRule, Exception]], dispatcher_name: str | None) -> None:
    """Logs and signals every failure; raises the first if one of the rules asks for it."""
    for rule, error in failures:
        logger.error("The invalidation by %s failed.", rule.id, exc_info=error)
        signals.send(signals.invalidation_failed, rule.wrapper, rule_id=rule.id, exception=error)
    if any(raises(rule, dispatcher_name) for rule, _ in failures):
        raise failures[0][1]


def raises(rule: RegisteredRule, dispatcher_name: str | None) -> bool:
    """Whether a failure of the rule is to be raised: its own word, else its dispatcher's, else the setting's."""
    if rule.rule.raise_exception is not None:
        return rule.rule.raise_exception
    settings = CacheSettings.current()
    if dispatcher_name is not None and dispatcher_name in plugins:
        own = plugins.get(dispatcher_name).settings().get("RAISE_EXCEPTION")
        if own is not None:
            return bool(own)
    return settings.DISPATCHER_RAISE_EXCEPTION


def find(rule_id: Any) -> RegisteredRule | None:
    """The rule of an id; its module is imported if need be. `None`, logged, for one that is gone."""
    found = registry.get(rule_id)
    if found is None and isinstance(rule_id, str):
        module = rule_id.partition(":")[0]
        try:
            import_module(module)
        except ImportError as error:
            if not _is_about(error, module):
                raise
        found = registry.get(rule_id)
    if found is None:
        logger.warning("The invalidation rule %r is not known here (any more); it is skipped.", rule_id)
    return found


def _is_about(error: ImportError, module: str) -> bool:
    return error.name is not None and (module == error.name or module.startswith(f"{error.name}."))


def call_invalidator(registered: RegisteredRule, instance: Any, extras: dict[str, Any]) -> None:
    """Calls a rule's own invalidator; logs and signals its failure, and raises it if the rule asks for it."""
    try:
        invalidator = registered.rule.resolve_invalidator()
        if invalidator is not None:
            answer = invalidator(registered.wrapper, copy.copy(instance), **_declared(invalidator, extras))
            if inspect.isawaitable(answer):
                run_sync(maybe_await(answer))
    except Exception as error:
        logger.error("The invalidator of %s failed.", registered.id, exc_info=error)
        signals.send(signals.invalidation_failed, registered.wrapper, rule_id=registered.id, exception=error)
        if raises(registered, None):
            raise


def _declared(invalidator: Callable[..., Any], extras: dict[str, Any]) -> dict[str, Any]:
    """Those extras that the invalidator takes."""
    parameters = inspect.signature(invalidator).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return extras
    return {name: value for name, value in extras.items() if name in parameters}
