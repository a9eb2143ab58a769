"""The dispatcher that does the work at once."""

from typing import Any

from restflow.caching.dispatchers.base import Dispatcher, run_in_place


class InlineDispatcher(Dispatcher):
    """Runs rules on the thread of the change, after its commit."""

    name = "inline"
    supports_batching = False
    options = ()

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Runs the rules."""
        run_in_place(self.name, rule_ids, rule_kwargs, context)
