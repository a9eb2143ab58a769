"""Shows what the views' `atomic = True` is good for: a city and its line in the log of changes are stored together."""

from typing import Any

from django.db import transaction

from demo.world.feed import feed
from demo.world.models import Change, City

LOGGED = ("name", "country_id", "region_code", "population", "latitude", "longitude", "timezone", "is_capital")


def state(city: City) -> dict[str, Any]:
    """The logged columns of a city, as JSON knows them; coordinates are strings of five decimal places."""
    values = {name: getattr(city, name) for name in LOGGED}
    return values | {name: f"{values[name]:.5f}" for name in ("latitude", "longitude")}


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The values of `after` that are others in `before`."""
    return {name: value for name, value in after.items() if before[name] != value}


def record(
    kind: Change.Kind, city: City, by: str, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> None:
    """Adds a line to the log; for a city about to be deleted before it is, while it has its id."""
    add(
        Change(
            kind=kind,
            city_id=city.pk,
            city_name=city.name,
            country_code=city.country_id,
            by=by,
            before=before,
            after=after,
        )
    )


def add(change: Change) -> None:
    """Stores a line, last in its transaction, and wakes those who wait for it once that is committed.

    Transactions take turns from here to their end, by a lock on the oldest line: so lines become visible in the order
    of their ids, and who has seen one has seen all before it.
    """
    Change.objects.select_for_update().order_by("pk").values_list("pk").first()
    change.save()
    transaction.on_commit(feed.wake)
