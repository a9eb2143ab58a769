"""The older path of `restflow.dispatch.dramatiq.register_actor`."""

from importlib import import_module
from typing import Any

from restflow.caching.dispatchers.registry import plugins


def register_actor(**options: Any) -> Any:
    """Declares the actor that Dramatiq workers run; `PluginError` where restflow-dispatch-dramatiq is missing."""
    plugins.get("dramatiq")
    # by name: the brokers stand on this package, which must not know them
    return import_module("restflow.dispatch.dramatiq").register_actor(**options)
