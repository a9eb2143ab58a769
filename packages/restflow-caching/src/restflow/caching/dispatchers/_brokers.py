"""The broker dispatchers, each of a distribution of its own: found by name on attribute access, never imported here.

Their names are not in `__all__`: `from restflow.caching import *` would import every engine, or fail where one is
missing.
"""

from typing import Any

from restflow.caching.dispatchers.registry import plugins

BROKER_CLASSES = {
    "CeleryDispatcher": "celery",
    "DjangoRqDispatcher": "django_rq",
    "DjangoQDispatcher": "django_q",
    "DramatiqDispatcher": "dramatiq",
    "DjangoTasksDispatcher": "django_tasks",
}


def __getattr__(name: str) -> Any:
    """The class of a broker; `PluginError` with what to install where its distribution is missing."""
    if name in BROKER_CLASSES:
        return plugins.get(BROKER_CLASSES[name])
    raise AttributeError(f"there is no public name {name!r}")
