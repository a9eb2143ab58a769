"""A database that a test shares with the processes that it starts, under an alias of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connections, models


class Router:
    """Rows of the apps named in `apps` live in the database `alias`."""

    alias = ""
    apps: frozenset[str] = frozenset()

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """The alias of an app's models."""
        return self.alias if model._meta.app_label in self.apps else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Its tables are there, and nowhere else."""
        if db == self.alias:
            return app_label in {*self.apps, "contenttypes"}
        return False if app_label in self.apps else None


@contextmanager
def second_database(alias: str, entry: dict[str, Any], *labels: str, migrate: bool) -> Iterator[None]:
    """While this is open, the apps with these labels live in a database of their own; `migrate` makes their tables."""
    Router.alias, Router.apps = alias, frozenset(labels)
    known = connections.configure_settings({"default": dict(entry), alias: dict(entry)})
    connections.settings[alias] = known[alias]
    try:
        for label in labels if migrate else ():
            call_command("migrate", label, database=alias, verbosity=0)
        yield
    finally:
        connections[alias].close()
        del connections.settings[alias]
        delattr(connections._connections, alias)  # type: ignore[attr-defined]
        Router.alias, Router.apps = "", frozenset()
