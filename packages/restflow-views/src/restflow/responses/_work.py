"""Flows that wander between the event loop and the request's thread, so that neighbouring sync steps share a crossing.

A flow is an `async def` that does everything that may block, and everything that has two faces, through its `io`.
`SyncWork` is the sync door: it never suspends. `AsyncWork` is the async door: the flow's first sync step moves the
flow itself into the thread, where it goes on step by step until an async step brings it back to the loop. So a flow
without an async step costs one crossing, and one that is cut costs one for each run of sync steps.
"""

import types
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Any, NamedTuple, Protocol

from asgiref.sync import sync_to_async

from restflow.core import finish, in_thread, maybe_await
from restflow.responses._faces import bridge, faces, is_running, overrides, running

Flow = Coroutine[Any, Any, Any]


class _Move(Enum):
    INTO_THREAD = "into the thread"
    ONTO_LOOP = "onto the loop"


@types.coroutine
def _move(direction: _Move) -> Generator[_Move, None, None]:
    yield direction


class Guard(Protocol):
    """What makes a whole flow one unit, such as a transaction: entered in the thread, never left for a wait."""

    def __call__(self) -> AbstractContextManager[None]:
        """The context in which the flow's crossing runs; entered in the thread."""

    def refuse(self, step: str) -> Exception:
        """The error for an async step."""


class Work(Protocol):
    """The `io` of a flow."""

    async def sync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Calls something that may block."""

    async def aio(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Awaits what an async function returns."""

    async def ask(self, obj: object, name: str, aname: str, /, *args: Any, **kwargs: Any) -> Any:
        """Calls the face of `obj` that counts."""

    async def hook(self, hook: "Hook", obj: object, /, *args: Any, **kwargs: Any) -> Any:
        """Runs a hook of the object: its override where there is one, else the default flow within this one."""


class SyncWork:
    """The sync door; async faces are bridged to. `twin` is what to await instead, for the error on a running loop."""

    __slots__ = ("twin",)

    def __init__(self, twin: str) -> None:
        self.twin = twin

    async def sync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    async def aio(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return bridge(func, self.twin, *args, **kwargs)

    async def ask(self, obj: object, name: str, aname: str, /, *args: Any, **kwargs: Any) -> Any:
        face = faces(type(obj), name, aname)
        if face.for_sync is not None:
            return getattr(obj, face.for_sync)(*args, **kwargs)
        return bridge(getattr(obj, face.aio or name), self.twin, *args, **kwargs)

    async def hook(self, hook: "Hook", obj: object, /, *args: Any, **kwargs: Any) -> Any:
        if (definer := hook.overriding(type(obj))) is None:
            return await hook.flow(obj, self, *args, **kwargs)
        with running(obj, hook.name, (definer,)):
            return await self.ask(obj, hook.name, hook.aname, *args, **kwargs)


class AsyncWork:
    """The async door: `await AsyncWork(guard).run(flow)` where the flow got this object as its `io`."""

    __slots__ = ("_abandoned", "_in_thread", "guard")

    def __init__(self, guard: Guard | None = None) -> None:
        self.guard = guard
        self._in_thread = False
        self._abandoned = False

    async def sync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if not self._in_thread:
            await _move(_Move.INTO_THREAD)
        return func(*args, **kwargs)

    async def aio(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if self.guard is not None:
            raise self.guard.refuse(getattr(func, "__qualname__", None) or repr(func))
        if self._in_thread:
            await _move(_Move.ONTO_LOOP)
        return await maybe_await(func(*args, **kwargs))

    async def ask(self, obj: object, name: str, aname: str, /, *args: Any, **kwargs: Any) -> Any:
        face = faces(type(obj), name, aname)
        if face.aio is None or (face.sync is not None and (self._in_thread or self.guard is not None)):
            return await self.sync(getattr(obj, face.sync or name), *args, **kwargs)
        return await self.aio(getattr(obj, face.aio), *args, **kwargs)

    async def hook(self, hook: "Hook", obj: object, /, *args: Any, **kwargs: Any) -> Any:
        if (definer := hook.overriding(type(obj))) is None:
            return await hook.flow(obj, self, *args, **kwargs)
        with running(obj, hook.name, (definer,)):
            return await self.ask(obj, hook.name, hook.aname, *args, **kwargs)

    @types.coroutine
    def run(self, flow: Flow) -> Generator[Any, Any, Any]:
        """Awaits the flow to its end, moving it into the thread and back as its steps ask."""
        resume: Callable[[], Any] = lambda: flow.send(None)  # noqa: E731
        while True:
            try:
                signal = resume()
            except StopIteration as stop:
                return stop.value
            if signal is _Move.INTO_THREAD:
                try:
                    ended, value = yield from _cross(self, flow).__await__()
                except BaseException:
                    self._abandoned = True  # cancelled: the thread goes on alone to the end of this crossing
                    raise
                if ended:
                    return value
                resume = lambda: flow.send(None)  # noqa: E731
                continue
            try:
                value = yield signal
            except BaseException as error:
                resume = _thrower(flow, error)
            else:
                resume = _sender(flow, value)


def _go_on(io: AsyncWork, flow: Flow) -> tuple[bool, Any]:
    """In the thread: the flow up to its end, or to an async step. Returns whether it ended, and its value."""
    io._in_thread = True
    try:
        with io.guard() if io.guard is not None else nullcontext():
            try:
                flow.send(None)
            except StopIteration as stop:
                return True, stop.value
    finally:
        io._in_thread = False
    if io._abandoned:
        flow.close()
    return False, None


_cross = sync_to_async(_go_on, thread_sensitive=True)
"""`in_thread(_go_on, ...)`, of which asgiref's part that depends on the function alone is done once."""


def _sender(flow: Flow, value: Any) -> Callable[[], Any]:
    return lambda: flow.send(value)


def _thrower(flow: Flow, error: BaseException) -> Callable[[], Any]:
    return lambda: flow.throw(error)


class Hook:
    """A pair of methods that users override, and the flow `flow(obj, io, *args)` that is the default of both.

    The class that defines the defaults says `default_faces = True`. `aname` is `name` where the async face is an
    `async def` of the same name; the default is then a sync method.
    """

    __slots__ = ("_known", "aname", "flow", "name")

    def __init__(self, flow: Callable[..., Flow], name: str, aname: str | None = None) -> None:
        self.flow = flow
        self.name = name
        self.aname = aname or f"a{name}"
        self._known: dict[type, tuple[Any, Any, type | None]] = {}

    def overriding(self, cls: type) -> type | None:
        """The most derived class that overrides a face; `None` where the defaults stand.

        Asked for each hook of each request; as with `faces`, a method put in place of another is seen.
        """
        sync, aio = getattr(cls, self.name, None), getattr(cls, self.aname, None)
        known = self._known.get(cls)
        if known is None or known[0] != sync or known[1] != aio:
            definer = faces(cls, self.name, self.aname).definer
            is_default = definer is None or definer.__dict__.get("default_faces") is True
            known = self._known[cls] = (sync, aio, None if is_default else definer)
        return known[2]

    def is_async(self, cls: type) -> bool:
        """Whether an async override counts, which cannot be done in a thread."""
        return faces(cls, self.name, self.aname).sync is None

    def run(self, obj: object, owner: type, /, *args: Any, **kwargs: Any) -> Any:
        """The default of the sync face, which `owner` defines.

        An override of the async face runs first, if there is one that is not running already: whoever calls this
        method knows nothing of it.
        """
        twin = f"{type(obj).__qualname__}.{self.aname}()"
        if self.aname != self.name:
            found = overrides(type(obj), self.name, self.aname, owner)
            if (method := self._first_of(found.aio, found.sync, obj)) is not None:
                with method.running:
                    return bridge(method.bound, twin, *args, **kwargs)
        return finish(self.flow(obj, SyncWork(twin), *args, **kwargs))

    async def arun(self, obj: object, owner: type, /, *args: Any, **kwargs: Any) -> Any:
        """The default of the async face, which `owner` defines; the same with the faces exchanged."""
        found = overrides(type(obj), self.name, self.aname, owner)
        if (method := self._first_of(found.sync, found.aio, obj)) is not None:
            with method.running:
                return await in_thread(method.bound, *args, **kwargs)
        io = AsyncWork()
        return await io.run(self.flow(obj, io, *args, **kwargs))

    def _first_of(self, wanted: Mapping[type, str], known: Mapping[type, str], obj: object) -> "_Override | None":
        """The most derived override of a face whose caller knows those of the other, if it is not running already."""
        for klass, method in wanted.items():
            if klass not in known and not is_running(obj, self.name, klass):
                bound = getattr(klass, method).__get__(obj)
                return _Override(bound, running(obj, self.name, [*known, klass]))
        return None


class _Override(NamedTuple):
    """A method that stands over a hook's default, and the context that says so while it runs."""

    bound: Callable[..., Any]
    running: AbstractContextManager[None]
