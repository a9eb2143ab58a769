"""Blocks that are entered with `with` or `async with`, and as decorators of `def` and `async def` tests."""

import asyncio
import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from restflow.core import in_thread, is_async_callable

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Block(Generic[T]):
    """A block that works on both kinds of code.

    A subclass writes `_begin()`, whose result the block yields, and `_end(error)`. With `about_connections` a running
    event loop takes `async with`: its own thread has other connections than the ORM's. With `in_orm_thread` these two
    run in the ORM's thread.
    """

    about_connections = False
    in_orm_thread = False

    def _begin(self) -> T:
        """Begins the block; what it returns is what the block yields."""
        raise NotImplementedError

    def _end(self, error: BaseException | None) -> None:
        """Ends the block, which `error` has left early if it is given."""
        raise NotImplementedError

    def _fresh(self) -> Self:
        """Another block with the same arguments, for each call of a decorated test."""
        raise NotImplementedError

    def __enter__(self) -> T:
        if self.about_connections and loop_is_running():
            raise RuntimeError(
                f"{type(self).__name__} is used with `with` on a running event loop, whose thread has database "
                "connections of its own. Write `async with`."
            )
        return self._begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end(error)

    async def __aenter__(self) -> T:
        return await in_thread(self._begin) if self.in_orm_thread else self._begin()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.in_orm_thread:
            await in_thread(self._end, error)
        else:
            self._end(error)

    def __call__(self, test: F) -> F:
        """Decorates a test: each call runs in a block of its own."""
        decorated: Any
        if is_async_callable(test):

            @functools.wraps(test)
            async def decorated(*args: Any, **kwargs: Any) -> Any:
                async with self._fresh():
                    return await test(*args, **kwargs)

        else:

            @functools.wraps(test)
            def decorated(*args: Any, **kwargs: Any) -> Any:
                with self._fresh():
                    return test(*args, **kwargs)

        return decorated  # type: ignore[no-any-return]


def loop_is_running() -> bool:
    """Whether this thread's event loop is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
