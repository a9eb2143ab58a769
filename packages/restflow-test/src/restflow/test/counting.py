"""Counting what a block costs: its queries, and its crossings from the event loop to a thread.

A block counts what runs in its own context: in the task that entered it, in the threads that this crosses to and in
the tasks that it starts. Other tasks and threads have other contexts, and are not counted.
"""

import asyncio
import functools
from contextvars import ContextVar, Token
from typing import Any, Generic, Protocol, TypeVar

from asgiref.sync import SyncToAsync
from django.db.backends.utils import CursorWrapper

from restflow.test._blocks import Block
from restflow.test._patches import SharedPatch


class CountedQueries:
    """The queries of a block so far: `queries` is their SQL in order, `aliases` the database of each."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.aliases: list[str] = []

    def __len__(self) -> int:
        return len(self.queries)


class CountedCrossings:
    """The crossings of a block so far: `names` are the qualified names of what crossed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.names)


C = TypeVar("C")


class _Watcher(Protocol):
    def _note(self, *what: str) -> None: ...


_queries: ContextVar[tuple[_Watcher, ...]] = ContextVar("restflow_test_queries", default=())
_crossings: ContextVar[tuple[_Watcher, ...]] = ContextVar("restflow_test_crossings", default=())


def _counted_execute(original: Any) -> Any:
    @functools.wraps(original)
    def execute(self: Any, sql: Any, params: Any, many: bool, executor: Any) -> Any:
        for watcher in _queries.get():
            watcher._note(str(sql), self.db.alias)
        return original(self, sql, params, many, executor)

    return execute


def _counted_call(original: Any) -> Any:
    @functools.wraps(original)
    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await _crossed(original, self.func, self, *args, **kwargs)

    return call


def _counted_to_thread(original: Any) -> Any:
    @functools.wraps(original)
    async def to_thread(func: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await _crossed(original, func, func, *args, **kwargs)

    return to_thread


async def _crossed(cross: Any, func: Any, /, *args: Any, **kwargs: Any) -> Any:
    watchers = _crossings.get()
    for watcher in watchers:
        watcher._note(_name(func))
    token = _crossings.set(())  # what crosses again from inside is no crossing of the block's own
    try:
        return await cross(*args, **kwargs)
    finally:
        _crossings.reset(token)


def _name(func: Any) -> str:
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, "__qualname__", None) or repr(func)


_execute = SharedPatch(CursorWrapper, "_execute_with_wrappers", _counted_execute)
_call = SharedPatch(SyncToAsync, "__call__", _counted_call)
_to_thread = SharedPatch(asyncio, "to_thread", _counted_to_thread)


class _Counting(Block[C], Generic[C]):
    """A block that is among the watchers of its context while it lasts."""

    _watchers: ContextVar[tuple[_Watcher, ...]]
    _patches: tuple[SharedPatch, ...]
    _token: Token[tuple[_Watcher, ...]]

    def _note(self, *what: str) -> None:
        """Takes down one event."""
        raise NotImplementedError

    def _verdict(self) -> str | None:
        """What is wrong with what was counted."""
        raise NotImplementedError

    def _result(self) -> C:
        """What the block yields."""
        raise NotImplementedError

    def _begin(self) -> C:
        for patch in self._patches:
            patch.acquire()
        self._token = self._watchers.set((*self._watchers.get(), self))
        return self._result()

    def _end(self, error: BaseException | None) -> None:
        self._watchers.reset(self._token)
        for patch in self._patches:
            patch.release()
        wrong = self._verdict() if error is None else None
        if wrong is not None:
            raise AssertionError(wrong)


class assert_num_queries(_Counting[CountedQueries]):  # noqa: N801  # read as a function
    """Asserts that a block makes exactly `num` queries on the database `using` (`None`: on all of them).

    With `exact=False`: at most so many. `with`, `async with` or a decorator. The `AssertionError` lists the SQL in
    order. Statements count as the cursor gets them, savepoints included; a driver's own `BEGIN` and `COMMIT` do not.
    """

    about_connections = True
    _watchers = _queries
    _patches = (_execute,)

    def __init__(self, num: int, *, using: str | None = None, exact: bool = True) -> None:
        self._num = num
        self._using = using
        self._exact = exact
        self._counted = CountedQueries()

    def _fresh(self) -> "assert_num_queries":
        return type(self)(self._num, using=self._using, exact=self._exact)

    def _note(self, *what: str) -> None:
        sql, alias = what
        if self._using in (None, alias):
            self._counted.queries.append(sql)
            self._counted.aliases.append(alias)

    def _result(self) -> CountedQueries:
        return self._counted

    def _verdict(self) -> str | None:
        count = len(self._counted)
        if count == self._num or (count < self._num and not self._exact):
            return None
        expected = str(self._num) if self._exact else f"at most {self._num}"
        rows = zip(self._counted.aliases, self._counted.queries, strict=True)
        lines = [f"  {number}. ({alias}) {sql}" for number, (alias, sql) in enumerate(rows, 1)]
        return "\n".join([f"{count} queries were made, {expected} expected{':' if lines else '.'}", *lines])


class assert_max_crossings(_Counting[CountedCrossings]):  # noqa: N801  # read as a function
    """Asserts that a block crosses from the event loop to a thread at most `num` times.

    Counted are calls of asgiref's `SyncToAsync` objects and of `asyncio.to_thread`, but not those that are made inside
    of one. `with`, `async with` or a decorator. The `AssertionError` lists the functions that crossed.
    """

    _watchers = _crossings
    _patches = (_call, _to_thread)

    def __init__(self, num: int) -> None:
        self._num = num
        self._counted = CountedCrossings()

    def _fresh(self) -> "assert_max_crossings":
        return type(self)(self._num)

    def _note(self, *what: str) -> None:
        self._counted.names.append(what[0])

    def _result(self) -> CountedCrossings:
        return self._counted

    def _verdict(self) -> str | None:
        if self._counted.count <= self._num:
            return None
        lines = [f"  {number}. {name}" for number, name in enumerate(self._counted.names, 1)]
        return "\n".join([f"{self._counted.count} crossings were made, at most {self._num} expected:", *lines])
