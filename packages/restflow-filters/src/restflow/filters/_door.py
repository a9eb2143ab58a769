"""Which door a flow is behind: the async one awaits what hooks give, the sync one refuses awaitables."""

import inspect
from typing import Any

from restflow.core import require_sync


class Door:
    """Which door a flow is behind: the sync one refuses awaitables, naming its `twin`."""

    __slots__ = ("twin",)

    def __init__(self, twin: str | None = None) -> None:
        self.twin = twin

    async def settle(self, value: Any) -> Any:
        """What a hook gave, awaited on the async door."""
        if not inspect.isawaitable(value):
            return value
        return await value if self.twin is None else require_sync(value, self.twin)


ASYNC = Door()
