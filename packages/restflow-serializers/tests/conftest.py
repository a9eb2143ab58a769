"""What these tests share: a count of crossings."""

from typing import Any

import pytest
from asgiref.sync import SyncToAsync


class Crossings:
    """How often work moved from the loop to a thread."""

    count = 0


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> Crossings:
    counted = Crossings()
    original = SyncToAsync.__call__

    async def count(self: Any, *args: Any, **kwargs: Any) -> Any:
        counted.count += 1
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", count)
    return counted
