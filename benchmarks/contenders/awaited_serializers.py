"""The work of serializers that are awaited and query: two unique columns, two foreign keys, a list of keys."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from benchmarks.contenders.crossings import crossings_of
from benchmarks.worker import timed

COUNT = 1_000


def models() -> SimpleNamespace:
    """The models, in a database of their own, with `COUNT` rows."""
    from django.conf import settings

    folder = tempfile.mkdtemp(prefix="benchmark-serializers-")
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "db.sqlite3")}},
    )
    import django

    django.setup()
    from django.db import connection, models

    class Label(models.Model):  # noqa: DJ008
        name = models.CharField(max_length=20)

        class Meta:
            app_label = "auth"

    class Edition(models.Model):  # noqa: DJ008
        code = models.CharField(max_length=20, unique=True)
        barcode = models.CharField(max_length=20, unique=True)
        editor = models.ForeignKey(Label, models.CASCADE, related_name="+")
        publisher = models.ForeignKey(Label, models.CASCADE, related_name="+")
        labels = models.ManyToManyField(Label, related_name="+")

        class Meta:
            app_label = "auth"

    with connection.schema_editor() as editor:
        editor.create_model(Label)
        editor.create_model(Edition)
    labels = [Label.objects.create(name=name) for name in "abc"]
    rows = Edition.objects.bulk_create(
        Edition(code=f"c{n}", barcode=f"b{n}", editor=labels[0], publisher=labels[1]) for n in range(COUNT)
    )
    through: Any = Edition.labels.through
    through.objects.bulk_create(through(edition=row, label=label) for row in rows for label in labels)
    connection.close()
    return SimpleNamespace(Edition=Edition, labels=labels)


def sampler(serializers: Callable[[], Any], work: str) -> Callable[[], dict[str, float]]:
    """A sample of `work`, a payload or an object at a time, and the crossings of one call.

    `serializers()` gives the library's module; where it has no `ais_valid`, `asave` or `adata`, the call is made in a
    thread, as its users do.
    """
    call, items = _works(serializers)[work]
    loop = asyncio.new_event_loop()

    def once() -> None:
        loop.run_until_complete(call())

    crossings = crossings_of(once)
    measure = timed(once)
    return lambda: {"seconds": measure()["seconds"] / items, "crossings": crossings}


def _works(serializers: Callable[[], Any]) -> dict[str, tuple[Callable[[], Awaitable[None]], int]]:
    made = models()
    library = serializers()
    from asgiref.sync import sync_to_async

    class EditionSerializer(library.ModelSerializer):  # type: ignore[misc, name-defined]
        class Meta:
            model = made.Edition
            fields = ["id", "code", "barcode", "editor", "publisher", "labels"]

    numbers = itertools.count()
    keys = [label.pk for label in made.labels]

    def serializer() -> Any:
        number = next(numbers)
        values = {"code": f"new{number}", "barcode": f"new{number}", "editor": keys[0], "publisher": keys[1]}
        return EditionSerializer(data={**values, "labels": keys})

    async def valid(one: Any) -> None:
        check = one.ais_valid if hasattr(one, "ais_valid") else sync_to_async(one.is_valid)
        assert await check()

    async def ais_valid() -> None:
        await valid(serializer())

    async def asave() -> None:
        one = serializer()
        await valid(one)
        await (one.asave if hasattr(one, "asave") else sync_to_async(one.save))()

    async def adata() -> None:
        many = EditionSerializer(made.Edition.objects.prefetch_related("labels"), many=True)
        rows = await (many.adata if hasattr(type(many), "adata") else sync_to_async(lambda: many.data)())
        assert len(rows) >= COUNT

    return {"ais_valid": (ais_valid, 1), "asave": (asave, 1), "adata": (adata, COUNT)}
