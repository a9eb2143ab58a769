"""The view classes of the project's URLconf whose handlers are cached."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def views_of(wrappers: Iterable[Any]) -> Iterator[tuple[type[Any], Any]]:
    """Each view class with a public cached handler, and that handler; only views that the URLconf names."""
    public = {id(wrapper): wrapper for wrapper in wrappers if wrapper.is_response and wrapper.public}
    if not public:
        return
    seen: set[tuple[int, int]] = set()
    for view in _classes(get_resolver()):
        for name in dir(view):
            value = inspect.getattr_static(view, name)
            handler = public.get(id(value)) or _beneath_api_view(value, public)
            if handler is not None and (id(view), id(handler)) not in seen:
                seen.add((id(view), id(handler)))
                yield view, handler


def _classes(resolver: Any) -> Iterator[type[Any]]:
    try:
        patterns = list(resolver.url_patterns)
    except Exception:
        return  # Django's own check reports a broken URLconf
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _classes(pattern)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
            if isinstance(view, type):
                yield view


def _beneath_api_view(value: Any, public: dict[int, Any]) -> Any:
    """`@api_view` keeps its function in the closure of the handler that it makes."""
    for cell in getattr(value, "__closure__", None) or ():
        try:
            found = public.get(id(cell.cell_contents))
        except ValueError:  # an empty cell
            continue
        if found is not None:
            return found
    return None
