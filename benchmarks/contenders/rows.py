"""A model made for one process, and its saves in one transaction: what every contender's invalidation listens to."""

import time
from collections.abc import Callable
from typing import Any

Sampler = Callable[[], dict[str, float]]


def model() -> Any:
    """A model with a table in memory; after `cache_site.configure`."""
    from django.db import connection, models

    class Row(models.Model):
        owner = models.IntegerField()
        name = models.CharField(max_length=40)
        note = models.CharField(max_length=40, default="")

        class Meta:
            app_label = "bench"

        def __str__(self) -> str:
            return self.name

    with connection.schema_editor() as editor:
        editor.create_model(Row)
    return Row


def saves(count: int, listen: Callable[[Any], Callable[[], float] | None] = lambda row: None) -> Sampler:
    """Saves of so many rows in one transaction. `listen` sets rules up, and may give a counter of dispatches."""
    from django.db import transaction

    row = model()
    dispatches = listen(row)
    row.objects.bulk_create([row(owner=n, name=str(n)) for n in range(count)])

    def sample() -> dict[str, float]:
        instances = list(row.objects.all())
        before = dispatches() if dispatches else 0.0
        start = time.perf_counter()
        with transaction.atomic():
            for instance in instances:
                instance.name += "x"
                instance.save()
                instance.name = instance.name[-20:]
        figures = {"seconds": time.perf_counter() - start}
        return figures | ({"dispatches": dispatches() - before} if dispatches else {})

    return sample


def loads(count: int, listen: Callable[[Any], Any] = lambda row: None) -> Sampler:
    """The making of so many instances from rows that are read already."""
    row = model()
    listen(row)
    names = [field.attname for field in row._meta.concrete_fields]
    values = [(n, n, str(n), "") for n in range(count)]

    def sample() -> dict[str, float]:
        start = time.perf_counter()
        for each in values:
            row.from_db("default", names, each)
        return {"seconds": (time.perf_counter() - start) / count}

    return sample
