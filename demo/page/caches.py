"""Shows a cached function without a key of its own: its arguments are the key."""

from django.db.models import Exists, OuterRef

from demo.world.models import City, Country
from restflow.caching import InvalidationRule, cache_result
from restflow.core import in_thread

CITIES_COME_AND_GO = InvalidationRule(
    model=City, invalidate_all=True, trigger_on_create=True, watch_fields=["id"], name="cities-come-and-go"
)


@cache_result(ttl=60, invalidates_on=[CITIES_COME_AND_GO])
async def world() -> dict[str, int]:
    """How many cities and countries there are."""
    return await in_thread(lambda: {"cities": City.objects.count(), "countries": Country.objects.count()})


@cache_result(ttl=3600)
async def country_names() -> list[list[str]]:
    """Code and name of each country that has cities, by name."""
    return await in_thread(_country_names)


def _country_names() -> list[list[str]]:
    found = Country.objects.filter(Exists(City.objects.filter(country=OuterRef("pk")))).order_by("name")
    return [list(pair) for pair in found.values_list("code", "name")]
