"""Which of an object's two faces counts: the sync `name()` or the async `aname()`, decided once per class and method.

It stands here, below the views, because what a Django setting may name (permissions, throttles, renderers) must not
import the views.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync

from restflow.core import is_async_callable, maybe_await


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of one hook, by the method's name.

    `sync` and `aio` are those that an async view may use, `None` where using it would ignore the other. `for_sync` is
    the sync face that sync code uses; `None` where there is only an async one to bridge to. `definer` is the most
    derived class that defines either face, `None` where no class does.
    """

    for_sync: str | None
    sync: str | None
    aio: str | None
    definer: type | None


class _Decision(NamedTuple):
    """What has been found out about a hook of a class, and the two attributes that it was found from."""

    faces: Faces
    sync: Any
    aio: Any
    overrides: "dict[type, Overrides]"


_decided: dict[tuple[type, str, str], _Decision] = {}


def faces(cls: type, name: str, aname: str) -> Faces:
    """The usable faces of the hook (`name`, `aname`) on instances of `cls`.

    The most derived class that defines either decides. Where it defines both, the async one counts, and the sync one
    may stand in for it if that class itself says `sync_equivalent = True`. A coroutine function under the sync name
    is an async face.

    It is found once, and again where a method has been put in place of another since, as patches in tests do.
    """
    sync, aio = getattr(cls, name, None), getattr(cls, aname, None)
    found = _decided.get((cls, name, aname))
    if found is None or found.sync != sync or found.aio != aio:  # a class method is another object each time
        found = _decided[cls, name, aname] = _Decision(_decide(cls, name, aname), sync, aio, {})
    return found.faces


def _decide(cls: type, name: str, aname: str) -> Faces:
    for klass in cls.__mro__:
        sync, aio = _own_faces(klass, name, aname)
        if sync is None and aio is None:
            continue
        obeys_both = aio is None or klass.__dict__.get("sync_equivalent") is True
        return Faces(sync, sync if obeys_both else None, aio, klass)
    return Faces(name, name, None, None)  # an object without classes to ask, such as a proxy: its sync method


def _own_faces(klass: type, name: str, aname: str) -> tuple[str | None, str | None]:
    """The faces that this class's own namespace defines."""
    namespace = klass.__dict__
    aio = aname if aname in namespace and aname != name else None
    if name not in namespace:
        return None, aio
    method = namespace[name]
    if is_async_callable(getattr(method, "__func__", method)):
        return None, aio or name
    return name, aio


@dataclass(frozen=True, slots=True)
class Overrides:
    """The classes over a hook's defaults that override one of its faces: class to method name, most derived first."""

    sync: Mapping[type, str]
    aio: Mapping[type, str]


def overrides(cls: type, name: str, aname: str, owner: type) -> Overrides:
    """What stands over the default faces of the hook, which `owner` defines."""
    faces(cls, name, aname)  # which sees to it that what is known is up to date
    known = _decided[cls, name, aname].overrides
    if owner not in known:
        known[owner] = _overrides(cls, name, aname, owner)
    return known[owner]


def _overrides(cls: type, name: str, aname: str, owner: type) -> Overrides:
    sync: dict[type, str] = {}
    aio: dict[type, str] = {}
    for klass in cls.__mro__[: cls.__mro__.index(owner)]:
        own_sync, own_aio = _own_faces(klass, name, aname)
        if own_sync is not None:
            sync[klass] = own_sync
        if own_aio is not None:
            aio[klass] = own_aio
    return Overrides(sync, aio)


_running: ContextVar[frozenset[tuple[int, str, type]]] = ContextVar("restflow_hooks_running", default=frozenset())


@contextmanager
def running(obj: object, name: str, classes: Iterable[type]) -> Iterator[None]:
    """Tells the defaults of the hook that these classes' overrides are being run, so that none runs a second time."""
    before = _running.get()
    _running.set(before | {(id(obj), name, klass) for klass in classes})
    try:
        yield
    finally:
        _running.set(before)  # no token: a flow may end in another context than it began in


def is_running(obj: object, name: str, klass: type) -> bool:
    """Whether that class's override of the hook is being run."""
    return (id(obj), name, klass) in _running.get()


def bridge(func: Callable[..., Awaitable[Any]], twin: str, /, *args: Any, **kwargs: Any) -> Any:
    """Runs an async face from sync code; in a thread whose loop is running, `RuntimeError` says to await `twin`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return async_to_sync(_awaited)(func, *args, **kwargs)
    name = getattr(func, "__qualname__", None) or repr(func)
    raise RuntimeError(f"{name} is async and was needed by sync code on a running event loop; await {twin} instead.")


async def _awaited(func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
    return await maybe_await(func(*args, **kwargs))
