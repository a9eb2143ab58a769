"""How a view's handler is run: on the loop, or in a thread and its transactions; and what `as_view()` refuses."""

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

from rest_framework.views import APIView as DRFAPIView

from restflow.core import ConfigError, in_thread, is_async_callable
from restflow.views._transactions import TakenOver, transactions

F = TypeVar("F", bound=Callable[..., Any])


def owns_transactions(method: F) -> F:
    """Marks an async handler that opens its transactions itself."""
    method.owns_transactions = True  # type: ignore[attr-defined]
    return method


def handler_of(view: Any, request: Any) -> Callable[..., Any]:
    method = request.method.lower()
    if method in view.http_method_names:
        return getattr(view, method, view.http_method_not_allowed)  # type: ignore[no-any-return]
    return view.http_method_not_allowed  # type: ignore[no-any-return]


def in_transactions(view: Any, handler: Callable[..., Any], request: Any, *args: Any, **kwargs: Any) -> Any:
    guard = transactions(view)
    with guard() if guard is not None else nullcontext():
        response = handler(request, *args, **kwargs)
        if guard is not None and inspect.iscoroutine(response):
            response.close()
            raise guard.refuse(getattr(handler, "__qualname__", repr(handler)))
        return response


async def serve(view: Any, handler: Callable[..., Any], request: Any, *args: Any, **kwargs: Any) -> Any:
    """Runs a handler or an action of an async view: async ones on the loop, sync ones as a whole in one crossing."""
    if getattr(handler, "owns_transactions", False):
        return await handler(request, *args, **kwargs)
    if is_async_callable(handler):
        guard = transactions(view)
        if guard is not None and guard.requested:
            raise guard.refuse(getattr(handler, "__qualname__", repr(handler)))
        return await handler(request, *args, **kwargs)
    if getattr(handler, "__func__", None) is DRFAPIView.http_method_not_allowed:
        return handler(request, *args, **kwargs)  # it raises
    response = await in_thread(in_transactions, view, handler, request, *args, **kwargs)
    return await response if inspect.isawaitable(response) else response


def take_over_transactions(view: Any, taken: TakenOver, initkwargs: dict[str, Any]) -> Any:
    """Tells Django that `ATOMIC_REQUESTS` is the view's own business, and keeps what the user has exempted."""
    taken.update(getattr(view, "_non_atomic_requests", ()))
    view._non_atomic_requests = taken
    view.initkwargs = initkwargs
    return view


def without_requests_transaction(view: Any) -> Any:
    """The view, exempt from `ATOMIC_REQUESTS` of every database."""
    view._non_atomic_requests = TakenOver()
    return view


def refuse_async_handlers(cls: type, names: list[str]) -> None:
    """`ImproperlyConfigured` for an `async def` handler on a sync view."""
    for name in names:
        if is_async_callable(getattr(cls, name)):
            raise ConfigError(
                f"{cls.__qualname__}.{name} is async, and the view is sync.",
                hint="Derive the view from AsyncAPIView (or the Async twin of its base), or make it a plain def.",
            )
