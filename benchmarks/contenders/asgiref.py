"""asgiref, the bridge that Django itself uses."""

from collections.abc import Callable

from benchmarks.contenders.restflow.core import crossings, interpreter_start, nothing


def core_import() -> Callable[[], dict[str, float]]:
    return interpreter_start("import django.core.checks, asgiref.sync")


def crossing() -> Callable[[], dict[str, float]]:
    from asgiref.sync import sync_to_async

    return crossings(lambda: sync_to_async(nothing, thread_sensitive=True)())
