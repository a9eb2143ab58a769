"""Dispatchers by name: those of the installed distributions, and those registered in this process."""

from typing import Any, TypeVar

from restflow.caching.dispatchers.base import Dispatcher
from restflow.core import Plugins

D = TypeVar("D", bound=type[Dispatcher])

BROKERS = {
    "celery": "restflow-dispatch-celery",
    "django_rq": "restflow-dispatch-rq",
    "django_q": "restflow-dispatch-q",
    "dramatiq": "restflow-dispatch-dramatiq",
    "django_tasks": "restflow-dispatch-tasks",
}
"""The dispatchers that restflow publishes in distributions of their own."""

plugins: Plugins[type[Dispatcher]] = Plugins("restflow.dispatchers", base=Dispatcher, kind="dispatcher", known=BROKERS)


def register_dispatcher(cls: D) -> D:
    """Adds a dispatcher class of this project under its `name`, in place of another of that name; a decorator.

    Raises `TypeError` for anything but a subclass of `Dispatcher`, `ValueError` for one without a `name`.
    """
    if not (isinstance(cls, type) and issubclass(cls, Dispatcher)):
        raise TypeError(f"register_dispatcher() takes a subclass of Dispatcher, got {type(cls).__name__}.")
    name: Any = getattr(cls, "name", None)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{cls.__module__}.{cls.__qualname__} has no name; rules need one to name it by.")
    plugins.register(name, cls, replace=True)
    return cls


def registered_dispatcher_names() -> list[str]:
    """The sorted names of all dispatchers; imports none of them."""
    return list(plugins.names())


def resolve(name: str) -> type[Dispatcher]:
    """The dispatcher class of that name; raises `PluginError`."""
    return plugins.get(name)
