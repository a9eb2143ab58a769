"""Key fields that read the request of a call."""

from collections.abc import Sequence
from typing import Any

from restflow.caching.errors import CacheKeyError
from restflow.caching.keys import _signature, _text
from restflow.caching.keys._signature import Values
from restflow.caching.keys.fields import CacheKeyField, Function


def find_request(
    func: Function, args: Values, kwargs: dict[str, Any], *, request_arg: str = "request", view_self: bool = True
) -> Any:
    """The request of a call: the argument of that name, or the `request` of the view that is the first argument."""
    if request_arg in kwargs:
        return kwargs[request_arg]
    shape = _signature.shape_of(func)
    position = shape.index.get(request_arg)
    if position is not None and position < len(args) and request_arg != shape.var_positional:
        return args[position]
    return getattr(args[0], "request", None) if view_self and args else None


class _RequestField(CacheKeyField):
    def __init__(
        self, *, request_arg: str = "request", view_self_request_fallback: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        self.request_arg = request_arg
        self.view_self_request_fallback = view_self_request_fallback

    def _request(self, func: Function, args: Values, kwargs: dict[str, Any]) -> Any:
        return find_request(func, args, kwargs, request_arg=self.request_arg, view_self=self.view_self_request_fallback)


class RequestValueKeyField(_RequestField):
    """A value of the request: `RequestValueKeyField("user.id")`, or a label and the path, `("tenant", "META.HTTP_X")`.

    The request is the argument `request_arg`, or (with `view_self_request_fallback`) the `request` attribute of the
    first positional argument. A call without one raises `CacheKeyError`: a key for a user must not become one for all.
    """

    single = True

    def __init__(self, name: str, attr: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(name, str) or not isinstance(attr, str | None):
            raise TypeError("RequestValueKeyField: name and attr must be strings.")
        self.label = name
        self.path = tuple((attr or name).split("."))

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The value at the path; `~missing` stands in the key where it does not exist."""
        request = self._request(func, args, kwargs)
        if request is None:
            raise CacheKeyError(
                f"{_signature.path_of_function(func)}: the key field {self.name or self.label!r} found no request in "
                f"the call.",
                hint=f"Pass it as the argument {self.request_arg!r}, or name the argument with request_arg=.",
            )
        return {self.label: _text.follow(request, self.path)}


class QueryParamsKeyField(_RequestField):
    """Query parameters of the request: all of them with `"*"`, else those named, where they are present.

    They come from `request.query_params`, else from `request.GET`. A parameter given once is its string, given several
    times a list, sorted unless `sort_lists=False`. Without a request there is no payload.
    """

    def __init__(self, params: str | Sequence[str] = "*", *, sort_lists: bool = True, **options: Any) -> None:
        super().__init__(sort_lists=sort_lists, **options)
        self.params: str | tuple[str, ...] = params if params == "*" else _names(params)

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The parameters present, by name."""
        request = self._request(func, args, kwargs)
        query = getattr(request, "query_params", None)
        if query is None:
            query = getattr(request, "GET", None)
        if not query:
            return {}
        names = query.keys() if self.params == "*" else [name for name in self.params if name in query]
        return {name: _one_or_all(query.getlist(name)) for name in names}


def _names(params: str | Sequence[str]) -> tuple[str, ...]:
    names = (params,) if isinstance(params, str) else tuple(params)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("QueryParamsKeyField: params must be a name or a list of names.")
    return names


def _one_or_all(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)
