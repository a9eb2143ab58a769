"""Prints, as JSON, what requests to the demo's own application cost; run as a process of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

import django  # noqa: E402
from asgiref.sync import SyncToAsync  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db.backends.utils import CursorWrapper  # noqa: E402
from django.test import AsyncClient  # noqa: E402

from demo.world.accounts import SiteToken  # noqa: E402

counts = {"crossings": 0, "queries": 0}


def count(owner: Any, name: str, key: str) -> None:
    """Counts the calls of a method."""
    original = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        counts[key] += 1
        return original(*args, **kwargs)

    setattr(owner, name, call)


async def token_of(name: str) -> str:
    user = await get_user_model().objects.aget(username=name)
    return str(await (await SiteToken.afor_user(user)).aget_access_token(user))


async def main() -> None:
    settings.ALLOWED_HOSTS.append("testserver")
    client = AsyncClient()
    tokens = {name: f"Bearer {await token_of(name)}" for name in ("editor", "admin")}
    costs = []
    for method, path, body, account in json.loads(sys.argv[1]):
        counts.update(crossings=0, queries=0)
        content = json.dumps(body) if body is not None else ""
        headers = {"Authorization": tokens[account]} if account else {}
        response = await client.generic(method, path, content, content_type="application/json", headers=headers)
        costs.append([response.status_code, counts["crossings"], counts["queries"]])
    sys.stdout.write(json.dumps(costs))


count(SyncToAsync, "__call__", "crossings")
count(CursorWrapper, "execute", "queries")
asyncio.run(main())
