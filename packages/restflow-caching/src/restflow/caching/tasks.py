"""What a worker calls to run invalidation rules."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from restflow.caching.rules._run import arun_rules, run_rules


def run_cache_rules(
    rule_ids: list[str],
    rule_kwargs: dict[str, Any],
    *,
    dispatcher_name: str | None = None,
    context: dict[str, Any] | None = None,
) -> None:
    """Runs rules in a worker.

    An unknown rule's module is imported; a rule that is gone is logged and skipped. Raises `PayloadError` for a message
    of a newer format, and what a rule raises if it, its dispatcher or the settings ask for that.
    """
    close_old_connections()
    try:
        run_rules(rule_ids, rule_kwargs, dispatcher_name=dispatcher_name, context=context)
    finally:
        close_old_connections()


async def arun_cache_rules(
    rule_ids: list[str],
    rule_kwargs: dict[str, Any],
    *,
    dispatcher_name: str | None = None,
    context: dict[str, Any] | None = None,
) -> None:
    """`run_cache_rules` for async workers: async functions are awaited on the loop, the rest crosses to a thread."""
    close = sync_to_async(close_old_connections)
    await close()
    try:
        await arun_rules(rule_ids, rule_kwargs, dispatcher_name=dispatcher_name, context=context)
    finally:
        await close()
