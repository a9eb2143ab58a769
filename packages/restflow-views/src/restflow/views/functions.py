"""`api_view`: function views, sync and async, with REST framework's policy decorators."""

from collections.abc import Callable, Sequence
from typing import Any

from restflow.core import is_async_callable
from restflow.views.base import APIView, AsyncAPIView

_POLICIES = (
    "renderer_classes",
    "parser_classes",
    "authentication_classes",
    "throttle_classes",
    "throttle_scope",
    "permission_classes",
    "content_negotiation_class",
    "metadata_class",
    "versioning_class",
    "schema",
)
"""What REST framework's decorators leave on a function, by the name of the view's attribute."""


def api_view(http_method_names: Sequence[str] | None = None) -> Callable[[Callable[..., Any]], Any]:
    """Makes a view of a function: an `AsyncAPIView` of an `async def`, an `APIView` of a plain one.

    `http_method_names` are those that the function answers, `["GET"]` by default; `GET` answers `HEAD` too, and
    `OPTIONS` is always there. REST framework's decorators (`@permission_classes([...])` and its kin) stand under this
    one. `TypeError` says so where the decorator is used without parentheses, or with a string.
    """
    if callable(http_method_names):
        raise TypeError(f"Write @api_view() or @api_view(['GET']) over {http_method_names.__name__}, with parentheses.")
    if isinstance(http_method_names, str):
        raise TypeError(f"api_view takes a list of methods: @api_view([{http_method_names!r}]).")
    methods = {method.lower() for method in (["GET"] if http_method_names is None else http_method_names)}

    def decorate(function: Callable[..., Any]) -> Any:
        if not callable(function) or isinstance(function, type):
            raise TypeError(f"@api_view decorates a function, not {function!r}.")
        base = AsyncAPIView if is_async_callable(function) else APIView
        attributes: dict[str, Any] = {name: getattr(function, name) for name in _POLICIES if hasattr(function, name)}
        answered = {*methods, "head"} if "get" in methods else methods  # every one is there: decorators look for them
        attributes |= {method: _handler(function) for method in answered}
        attributes |= {
            "__module__": function.__module__,
            "__doc__": function.__doc__,
            "__qualname__": getattr(function, "__qualname__", function.__name__),
            "http_method_names": [*methods, "options", *(answered - methods)],
        }
        view_class: Any = type(function.__name__, (base,), attributes)
        view = view_class.as_view()
        view.__name__, view.__qualname__ = function.__name__, attributes["__qualname__"]
        return view

    return decorate


def _handler(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a method, of the same colour."""
    if is_async_callable(function):

        async def ahandler(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await function(*args, **kwargs)

        return ahandler

    def handler(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return handler
