"""A cached function with a rule that the broker's workers run."""

import os
import signal

from django.core.cache import cache

from restflow.caching import ArgsKeyField, InvalidationRule, KeyConstructor, cache_result
from testsite.dispatched.settings import GIVEN


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
            model="dispatched.Item", field_mapping={"pk": "pk"}, rewarm=True, dispatcher=GIVEN["dispatcher"]
        )
    ],
)
def item_version(pk: int) -> int:
    """The version of a row; computed again by every invalidation."""
    from testsite.dispatched.models import Item

    version = Item.objects.get(pk=pk).version
    if pk == 1 and version > 1 and "DISPATCH_WORKER" in os.environ and cache.add("killed", True, 3600):
        os.kill(os.getpid(), signal.SIGKILL)  # a worker's process that meets the changed first row, once
    return version
