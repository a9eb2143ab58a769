"""What changes cause: the work of rules, collected until the commit, each piece once."""

import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from weakref import ReferenceType

from django.db.models import Model

from restflow.caching import _transactions, signals
from restflow.caching._transactions import Changes, Token
from restflow.caching.dispatchers.base import Dispatcher, InPlaceError, run_in_place
from restflow.caching.rules import wire
from restflow.caching.rules._registered import EVERYTHING, Kwargs, RegisteredRule
from restflow.caching.rules._run import call_invalidator
from restflow.caching.rules._states import State
from restflow.caching.settings import CacheSettings

logger = logging.getLogger("restflow.caching.dispatch")


class Due:
    """Arguments that a rule has to wipe by."""

    __slots__ = ("kwargs", "pk", "registered", "signal_type")

    def __init__(self, registered: RegisteredRule, kwargs: Kwargs, pk: Any, signal_type: str) -> None:
        self.registered = registered
        self.kwargs = kwargs
        self.pk = pk
        self.signal_type = signal_type

    def doomed(self) -> Iterator[Token]:
        """What the wipe will make unservable."""
        wipe = self.registered.wipe_of(self.kwargs)
        wrapper = wipe.wrapper
        return ((wrapper.alias, wrapper.version, token) for token in (*wipe.tokens, *wipe.marks))


class Custom:
    """An invalidator to call; until the commit everything of its function is in doubt."""

    __slots__ = ("extras", "instance", "registered")

    def __init__(self, registered: RegisteredRule, instance: Model, extras: dict[str, Any]) -> None:
        self.registered = registered
        self.instance = instance
        self.extras = extras

    def doomed(self) -> Iterator[Token]:
        """Everything of the function."""
        wrapper = self.registered.wrapper
        yield (wrapper.alias, wrapper.version, wrapper.plan.function_token)


class Written:
    """What a save wrote: the instance's loaded state, once it is committed."""

    __slots__ = ("instance", "state")

    def __init__(self, instance: "ReferenceType[Model]", state: State) -> None:
        self.instance = instance
        self.state = state

    def doomed(self) -> tuple[Token, ...]:
        """Nothing."""
        return ()


def record(using: str, items: Iterable[Due | Custom | Written]) -> None:
    """Notes what to do after the commit on that database; does it at once in autocommit."""
    changes = _transactions.changes_for(using, flush)
    changes.items.extend(items)
    if not changes.connection.in_atomic_block:
        changes()


def flush(together: list[Changes]) -> None:
    """Does the work of a committed transaction: invalidators here, the rest through the rules' dispatchers.

    Errors do not keep other commit hooks from running, except where a rule or the settings ask for them.
    """
    using = together[0].connection.alias
    work: dict[RegisteredRule, dict[Any, Due]] = defaultdict(dict)
    errors: list[BaseException] = []
    for changes in together:
        for item in changes.items:
            if isinstance(item, Due):
                work[item.registered].setdefault(_identity(item.kwargs), item)
            elif isinstance(item, Written):
                if (instance := item.instance()) is not None:
                    vars(instance._state)["restflow_loaded"] = item.state
            else:
                try:
                    call_invalidator(item.registered, item.instance, item.extras)
                except Exception as error:
                    errors.append(error)
    for group in _groups(work, errors):
        try:
            group.send(using)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _identity(kwargs: Kwargs) -> Any:
    try:
        key = tuple([(name, type(value), value) for name, value in kwargs.items()])
        hash(key)
    except TypeError:
        return json.dumps(wire.encode(kwargs), sort_keys=True)
    return key


class _Group:
    """Rules that share dispatches, and what each has to wipe by."""

    def __init__(self, dispatcher: Dispatcher | None) -> None:
        self.dispatcher = dispatcher
        self.due: list[Due] = []

    def send(self, using: str) -> None:
        """Dispatches in portions; raises the first error that asks to be raised, after all were tried."""
        errors: list[BaseException] = []
        due = iter(self.due)
        while portion := list(islice(due, CacheSettings.current().BATCH_SIZE)):
            try:
                self._dispatch(portion, using)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _dispatch(self, portion: list[Due], using: str) -> None:
        rule_kwargs: dict[str, list[Kwargs]] = {}
        for due in portion:
            rule_kwargs.setdefault(due.registered.id, []).append(
                {name: wire.encode(value) for name, value in due.kwargs.items()}
            )
        pks = {str(due.pk) for due in portion}
        context = {
            "model_label": portion[0].registered.model_label,
            "pk": wire.encode(portion[0].pk) if len(pks) == 1 else None,
            "signal_type": str(portion[0].signal_type),
            "using": using,
            "payload_version": wire.PAYLOAD_VERSION,
            "dispatch_id": secrets.token_hex(8),
        }
        ids = list(rule_kwargs)
        try:
            if self.dispatcher is None:
                run_in_place("inline", ids, rule_kwargs, context)
            else:
                self.dispatcher.dispatch(rule_ids=ids, rule_kwargs=rule_kwargs, **context)
        except InPlaceError as error:
            raise error.original from None
        except Exception as error:
            self._refused(portion, ids, rule_kwargs, context, error)

    def _refused(
        self, portion: list[Due], ids: list[str], rule_kwargs: Any, context: dict[str, Any], error: Exception
    ) -> None:
        policy = CacheSettings.current().ON_DISPATCH_ERROR
        name = getattr(self.dispatcher, "name", "?")
        log = logger.warning if policy == "inline" else logger.error
        log("The dispatcher %r did not accept the invalidation by %s.", name, ", ".join(ids), exc_info=error)
        for registered in dict.fromkeys(due.registered for due in portion):
            signals.send(signals.invalidation_failed, registered.wrapper, rule_id=registered.id, exception=error)
        if policy == "raise":
            raise error
        if policy == "inline":
            try:
                run_in_place("inline", ids, rule_kwargs, context)
            except InPlaceError as failed:
                raise failed.original from None


def _groups(work: dict[RegisteredRule, dict[Any, Due]], errors: list[BaseException]) -> list[_Group]:
    groups: dict[Any, _Group] = {}
    for registered, due in work.items():
        key: Any = registered.id
        dispatcher: Dispatcher | None = None
        try:
            wanted = registered.rule.get_dispatcher()
            if registered.rule.batch and wanted.supports_batching:
                key = wanted.batch_key()
            dispatcher = wanted
        except Exception as error:
            # the system check tells this earlier; the invalidation itself must not be lost
            logger.warning("The dispatcher of %s is not there: %s The work is done in place.", registered.id, error)
            signals.send(signals.invalidation_failed, registered.wrapper, rule_id=registered.id, exception=error)
            if CacheSettings.current().ON_DISPATCH_ERROR == "raise":
                errors.append(error)
                continue
        group = groups.setdefault(key, _Group(dispatcher))
        # one wipe of everything stands for all the others; rewarming still wants its arguments
        everything = due.get(_identity(EVERYTHING))
        group.due += [everything] if everything is not None and not registered.rule.rewarm else due.values()
    return list(groups.values())
