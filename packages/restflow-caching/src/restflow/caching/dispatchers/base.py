"""What a dispatcher is: it takes invalidation work after a commit, and sees that it is run."""

import abc
import asyncio
import contextvars
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import EllipsisType
from typing import Any, ClassVar

from django.core.checks import CheckMessage
from django.db import connections
from django.utils.module_loading import import_string

from restflow.caching.settings import CacheSettings
from restflow.core.names import suggestion


class Dispatcher(abc.ABC):
    """Base of dispatchers. A third party's subclass is published under the entry-point group `restflow.dispatchers`.

    Instances are made with the options of a rule's `dispatcher_config` and kept; `dispatch` is called from any thread,
    several at once, also where an event loop is running.
    """

    name: ClassVar[str]
    """What rules and settings call it."""
    supports_batching: ClassVar[bool] = True
    """False: one dispatch per rule, always."""
    durable: ClassVar[bool] = False
    """True: accepted work survives the end of this process, so a worker must be able to find the rule."""
    options: ClassVar[tuple[str, ...] | EllipsisType] = ...
    """Names of options; `()` for none, `...` where they are not checked."""
    defaults: ClassVar[dict[str, Any]] = {}
    """The block of `DISPATCHER_SETTINGS` that holds where the project gives none."""

    config: dict[str, Any]
    """The options given."""

    def __init__(self, **config: Any) -> None:
        if self.options is not ...:
            for option in config:
                if option not in self.options:
                    raise TypeError(
                        f"{type(self).__module__}.{type(self).__qualname__} has no option {option!r}. "
                        f"{suggestion(option, self.options, what='options')}"
                    )
        self.config = config
        self.validate_config()

    def validate_config(self) -> None:  # noqa: B027 - a hook that most dispatchers do not need
        """Raises `TypeError` or `ValueError` for options that make no sense."""

    @abc.abstractmethod
    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Accepts work, or raises where it cannot.

        `rule_kwargs[rule_id]` lists argument dicts; `context` holds `model_label`, `pk` (of the only row, else
        `None`), `signal_type`, `using`, `payload_version` and `dispatch_id`. All of it is JSON.
        """

    def batch_key(self) -> tuple[Any, ...]:
        """Rules with equal keys may share a dispatch: the class and the options by default."""
        return (type(self), tuple(sorted((name, repr(value)) for name, value in self.config.items())))

    def flush(self, timeout: float) -> bool:
        """Waits for accepted work, `timeout` seconds at most; whether all of it is done."""
        return True

    def check(self) -> Iterable[CheckMessage]:
        """What `manage.py check` is to say of the broker: called once for each batch key that rules use."""
        return ()

    @classmethod
    def settings(cls) -> dict[str, Any]:
        """Its block of `DISPATCHER_SETTINGS` over the class's defaults.

        Raises `TypeError` for a key that the class does not know, if it lists its defaults.
        """
        given = dict(CacheSettings.current().DISPATCHER_SETTINGS.get(cls.name, {}))
        if cls.options is not ...:
            known = {*cls.defaults, *(option.upper() for option in cls.options), "RAISE_EXCEPTION"}
            for key in given:
                if key not in known:
                    raise TypeError(
                        f"RESTFLOW_SETTINGS['CACHE_SETTINGS']['DISPATCHER_SETTINGS'][{cls.name!r}] has no key {key!r}. "
                        f"{suggestion(key, known, what='keys')}"
                    )
        return {**cls.defaults, **given}

    def option(self, name: str) -> Any:
        """An option: the rule's own, else the settings block's."""
        if name in self.config:
            return self.config[name]
        return self.settings().get(name.upper())


class InPlaceError(Exception):
    """A rule that was run in the caller's place failed, and asked for its error to be raised: `original`."""

    def __init__(self, original: BaseException) -> None:
        super().__init__(str(original))
        self.original = original


def off_the_loop(work: Callable[[], None]) -> None:
    """Does what may use the ORM, and waits for it: in a thread of its own where this one runs an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
        return

    def in_thread() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, in_thread).result()


DEFAULT_FUNCTION_PATH = "restflow.caching.tasks.run_cache_rules"
"""What a worker calls by dotted path where its project names no function of its own."""


def call_in_place(
    path: str, name: str, rule_ids: list[str], rule_kwargs: dict[str, Any], context: dict[str, Any]
) -> None:
    """Does on this thread what a worker does with the function at `path`; errors come as `InPlaceError`.

    The default function is not called itself: it closes old database connections, and these are the caller's.
    """
    if path == DEFAULT_FUNCTION_PATH:
        run_in_place(name, rule_ids, rule_kwargs, context)
        return
    function = import_string(path)
    try:
        function(rule_ids, rule_kwargs, dispatcher_name=name, context=context)
    except Exception as error:
        raise InPlaceError(error) from error


def run_in_place(name: str, rule_ids: list[str], rule_kwargs: dict[str, Any], context: dict[str, Any]) -> None:
    """Runs rules on this thread; an error that is to be raised comes as `InPlaceError`, for the work was accepted."""
    from restflow.caching.rules._run import run_rules

    try:
        run_rules(rule_ids, rule_kwargs, dispatcher_name=name, context=context)
    except Exception as error:
        raise InPlaceError(error) from error
