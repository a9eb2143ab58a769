"""Shows a cached function: what its key is made of, how long it holds, and which changes make it stale."""

from typing import Any

from demo.world import statistics
from demo.world.models import City
from restflow.caching import ArgsKeyField, InvalidationRule, KeyConstructor, cache_result
from restflow.core import in_thread

LARGEST = 400
"""Distances are compared pair by pair: of this many cities at most."""


class ReportKey(KeyConstructor):
    """One entry a country."""

    country_code = ArgsKeyField("country_code", partition=True)

    class Meta:
        namespace = "reports"


@cache_result(
    key_constructor=ReportKey,
    ttl=60,
    stale_ttl=600,
    single_flight="shared",  # of all processes that miss at the same time, one computes
    invalidates_on=[
        InvalidationRule(
            model=City,
            field_mapping={"country_code": "country_id"},  # after a move: the old country's and the new one's
            trigger_on_create=True,
            watch_fields=["population", "latitude", "longitude", "country"],  # a new name changes no number
            name="city-changed",
        ),
    ],
)
async def country_report(country_code: str) -> dict[str, Any]:
    """How the cities of a country are distributed."""
    return await in_thread(_compute, country_code)


def _compute(country_code: str) -> dict[str, Any]:
    rows = list(
        City.objects.filter(country_id=country_code)
        .order_by("-population", "pk")
        .values_list("population", "latitude", "longitude")
    )
    sizes = [population for population, *_point in rows]
    points = [(float(latitude), float(longitude)) for _size, latitude, longitude in rows[:LARGEST]]
    return {
        "country": country_code,
        "cities": len(sizes),
        "inhabitants": sum(sizes),
        "gini": _rounded(statistics.gini(sizes), 3),
        "zipf": _rounded(statistics.zipf(sizes), 3),
        "nearest_km": _rounded(statistics.nearest_median(points), 1),
    }


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
