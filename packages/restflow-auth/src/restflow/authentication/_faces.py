"""The face rule for class methods: of `name` and `aname`, the one that the most derived class defines is what runs."""

from collections.abc import Callable, Coroutine
from typing import Any

from restflow.core import in_thread
from restflow.responses._faces import bridge, faces, is_running, overrides, running
from restflow.responses._work import SyncWork, Work


async def ask_class(io: Work, cls: type, name: str, aname: str, /, *args: Any, **kwargs: Any) -> Any:
    """Calls the face of the class that counts; the sync one where either will do, to share a crossing."""
    face = faces(cls, name, aname)
    if isinstance(io, SyncWork):
        if face.for_sync is not None:
            return getattr(cls, face.for_sync)(*args, **kwargs)
        return await io.aio(getattr(cls, face.aio or aname), *args, **kwargs)
    if face.aio is None or face.sync is not None:
        return await io.sync(getattr(cls, face.sync or name), *args, **kwargs)
    return await io.aio(getattr(cls, face.aio), *args, **kwargs)


def run_class(cls: type, owner: type, name: str, default: Callable[[], Any], /, *args: Any, **kwargs: Any) -> Any:
    """The default of the sync face, which `owner` defines: an override of the async face runs first."""
    found = overrides(cls, name, f"a{name}", owner)
    for klass, method in found.aio.items():
        if klass not in found.sync and not is_running(cls, name, klass):
            with running(cls, name, [*found.sync, klass]):
                bound = klass.__dict__[method].__get__(None, cls)
                return bridge(bound, f"{cls.__qualname__}.a{name}()", *args, **kwargs)
    return default()


async def arun_class(
    cls: type, owner: type, name: str, default: Callable[[], Coroutine[Any, Any, Any]], /, *args: Any, **kwargs: Any
) -> Any:
    """The default of the async face; the same with the faces exchanged."""
    found = overrides(cls, name, f"a{name}", owner)
    for klass, method in found.sync.items():
        if klass not in found.aio and not is_running(cls, name, klass):
            with running(cls, name, [*found.aio, klass]):
                return await in_thread(klass.__dict__[method].__get__(None, cls), *args, **kwargs)
    return await default()
