"""Brings the data to what this start asks for: keeps the data that fit, else builds them beside and swaps."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, OperationalError

from demo.launch import stamp
from demo.launch.failures import DiskFullError, StartError, not_writable
from demo.launch.folder import DataFolder
from demo.launch.interrupts import noted
from demo.launch.progress import Progress
from demo.launch.stores import Store, close, store_of
from demo.world import geonames
from demo.world.models import City, Country


def prepare(folder: DataFolder, progress: Progress, *, least_population: int, reset: bool) -> bool:
    """Loads the data unless the stamp says that they are there, and returns whether it did.

    Called while the folder is locked for preparing. Raises `StartError` if other demos serve data that must go, or if
    there is no room for them.
    """
    store = store_of(folder)
    asked = stamp.wanted(least_population)
    found = store.found()
    if found is not None and not reset:
        reason = stamp.difference(found, asked)
        if reason is None:
            return False
        progress.say(f"Loading the data anew: {reason}.")
    store.claim()
    if reset:
        store.delete()
    try:
        cities = _build(store, least_population, progress)
        folder.accounts.unlink(missing_ok=True)  # those of the database that goes
        store.keep(replace(asked, cities=cities))
    except OperationalError as error:
        raise _cannot_store(folder.path, error) from error
    except OSError as error:
        raise not_writable(folder.path, error) from error
    finally:
        store.discard()
    return True


def _build(store: Store, least_population: int, progress: Progress) -> int:
    gc.disable()  # it would look at the same hundred thousands of live rows again and again: 40 % of the time
    try:
        with store.building(), noted() as leave_if_interrupted:

            def tell(what: str, done: int, total: int) -> None:
                leave_if_interrupted()
                progress.tell(what, done, total)

            call_command("migrate", verbosity=0, interactive=False)
            cities = geonames.load(least_population, tell)
            leave_if_interrupted()
            return cities
    finally:
        gc.enable()


def _cannot_store(folder: Path, error: OperationalError) -> StartError:
    if "full" in str(error):
        return DiskFullError(folder)
    return StartError(f"The database in {folder} cannot be written ({error}). Choose another folder with --data DIR.")


def inspect(folder: DataFolder) -> tuple[int, int]:
    """Runs Django's checks, and returns the numbers of cities and countries.

    Only when the data are in place, since some checks open the database. `StartError` where that is damaged.
    """
    with damaged(folder):
        counts = City.objects.count(), Country.objects.count()
        call_command("check", fail_level="WARNING", stdout=StringIO())
        return counts


@contextmanager
def damaged(folder: DataFolder) -> Iterator[None]:
    """Makes a failure of the database the `StartError` that it is; closes the connection."""
    try:
        yield
    except DatabaseError as error:
        raise StartError(f"The database in {folder.path} is damaged ({error}). Add --reset to load it anew.") from error
    finally:
        close()
