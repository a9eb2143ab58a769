"""The web process: does what its standard input says, and answers each line with one of JSON."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from restflow.caching import CACHE_MISSING, invalidate_queryset  # noqa: E402
from restflow.caching.signals import invalidation_failed  # noqa: E402
from testsite.dispatched.caches import item_version  # noqa: E402
from testsite.dispatched.models import Item  # noqa: E402
from testsite.dispatched.settings import GIVEN  # noqa: E402

import_module(GIVEN["project"])  # sets up the broker, as a project does

refused: list[str] = []


def count(*, exception: BaseException, **told: Any) -> None:
    """A dispatch that the broker did not take."""
    refused.append(type(exception).__name__)


invalidation_failed.connect(count)


def create(number: str) -> dict[str, Any]:
    """Rows of version 1, all of them cached."""
    answer = bulk(number)
    for pk in Item.objects.values_list("pk", flat=True):
        item_version(pk)
    return answer


def bulk(number: str) -> dict[str, Any]:
    """Rows of version 1."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    Item.objects.bulk_create(Item() for _ in range(int(number)))
    return {"created": Item.objects.count()}


def change(version: str) -> dict[str, Any]:
    """Saves every row by itself: a message each. Tells of every quarter."""
    items = list(Item.objects.order_by("pk"))
    for done, item in enumerate(items, 1):
        item.version = int(version)
        item.save()
        if done % max(1, len(items) // 4) == 0:
            tell({"done": done, "refused": len(refused)})
    return {"changed": len(items), "refused": len(refused), "errors": sorted(set(refused))}


def touch() -> dict[str, Any]:
    """Invalidates every row in one transaction."""
    with transaction.atomic():
        invalidate_queryset(Item.objects.all())
    return {"refused": len(refused)}


def verify(version: str) -> dict[str, Any]:
    """How many entries are of another version, and how many are missing though each was to be computed again."""
    cached = [item_version.get_cache_only(pk) for pk in Item.objects.values_list("pk", flat=True)]
    missing = sum(value is CACHE_MISSING for value in cached)
    return {"stale": sum(value != int(version) for value in cached) - missing, "missing": missing, "all": len(cached)}


def tell(answer: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "create": create,
    "bulk": bulk,
    "change": change,
    "touch": touch,
    "verify": verify,
}

for line in sys.stdin:
    verb, *arguments = line.split()
    tell({**VERBS[verb](*arguments), "end": verb})
