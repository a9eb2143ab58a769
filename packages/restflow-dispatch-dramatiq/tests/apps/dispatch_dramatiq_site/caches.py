"""Cached functions with rules that Dramatiq runs."""

import os
import signal

from django.core.cache import cache

from restflow.caching import ArgsKeyField, InvalidationRule, KeyConstructor, cache_result


class ItemKey(KeyConstructor):
    """One entry a row."""

    pk = ArgsKeyField("pk", partition=True)

    class Meta:
        namespace = "items"


@cache_result(
    key_constructor=ItemKey,
    ttl=3600,
    invalidates_on=[
        InvalidationRule(
            model="dispatch_dramatiq_site.Item",
            field_mapping={"pk": "pk"},
            rewarm=True,
            dispatcher="dramatiq",
        )
    ],
)
def item_version(pk):
    """The version of a row; computed again by every invalidation."""
    from dispatch_dramatiq_site.models import Item

    version = Item.objects.get(pk=pk).version
    if pk == 1 and version > 1 and "DISPATCH_WORKER" in os.environ and cache.add("killed", True, 3600):
        os.kill(os.getpid(), signal.SIGKILL)  # a worker's process that meets the changed first row, once
    return version
