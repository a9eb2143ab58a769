"""The dispatcher that does the work in threads of this process."""

import contextvars
import logging
import threading
from typing import Any, ClassVar

from restflow.caching.dispatchers.base import Dispatcher, InPlaceError, run_in_place
from restflow.caching.storage._background import Workers

_pool: list[Workers] = []
_lock = threading.Lock()


class ThreadPoolDispatcher(Dispatcher):
    """Runs rules in a pool of this process; the first use fixes its size (`max_workers`, 4)."""

    name = "threadpool"
    supports_batching = False
    options = ("max_workers",)
    defaults: ClassVar[dict[str, Any]] = {"MAX_WORKERS": 4}

    def validate_config(self) -> None:
        """`max_workers` must be a positive int."""
        size = self.config.get("max_workers", 1)
        if type(size) is not int or size < 1:
            raise ValueError(f"ThreadPoolDispatcher: max_workers must be a positive int, got {size!r}.")

    def _workers(self) -> Workers:
        with _lock:
            if not _pool:
                size = self.option("max_workers")
                if type(size) is not int or size < 1:
                    raise ValueError(
                        f"DISPATCHER_SETTINGS['threadpool']['MAX_WORKERS'] must be positive, got {size!r}."
                    )
                _pool.append(Workers("restflow-invalidation", size, logging.getLogger("restflow.caching.dispatch")))
            return _pool[0]

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Hands the rules to the pool; at the end of the interpreter runs them in place."""
        variables = contextvars.copy_context()

        def work() -> None:
            try:
                variables.run(run_in_place, self.name, rule_ids, rule_kwargs, context)
            except InPlaceError as error:
                raise error.original from None

        if not self._workers().submit(work):
            run_in_place(self.name, rule_ids, rule_kwargs, context)

    def flush(self, timeout: float) -> bool:
        """Waits for the pool."""
        return not _pool or _pool[0].flush(timeout)
