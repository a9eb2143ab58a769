"""Where the data are kept, and how a finished database takes the place of the present one, on SQLite and PostgreSQL."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from demo.launch import stamp
from demo.launch.failures import StartError
from demo.launch.folder import DataFolder
from demo.launch.stamp import Stamp


class Store(Protocol):
    """What preparing asks of the place that the data are kept in."""

    def found(self) -> Stamp | None:
        """The stamp of the data that are there."""

    def claim(self) -> None:
        """Before data are replaced: `StartError` if another demo serves them."""

    def building(self) -> Any:
        """A context in which the default connection is to a new database."""

    def keep(self, made: Stamp) -> None:
        """Puts the new database in place."""

    def discard(self) -> None:
        """Removes what building has left."""

    def delete(self) -> None:
        """Deletes the data."""


class SQLiteStore:
    """A file in the data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._built: Path = folder.new_database()

    def found(self) -> Stamp | None:
        """The stamp in the folder, if the database is there too."""
        return stamp.read(self._folder.stamp) if self._folder.database.exists() else None

    def claim(self) -> None:
        """Raises `StartError` if another demo serves the data."""
        self._folder.claim()

    @contextmanager
    def building(self) -> Iterator[None]:
        """The default connection is to another file meanwhile."""
        with _connected_to(self._built):
            yield

    def keep(self, made: Stamp) -> None:
        """Renames the file; killed in between, the folder has no data, and the next start loads."""
        self._folder.replace_database(self._built)
        stamp.write(self._folder.stamp, made)

    def discard(self) -> None:
        """Removes the file and its journals."""
        for left in self._built.parent.glob(f"{self._built.name}*"):
            left.unlink(missing_ok=True)

    def delete(self) -> None:
        """Deletes stamp and database."""
        self._folder.delete_data()


class PostgresStore:
    """A database of the server; its comment is the stamp."""

    def __init__(self, folder: DataFolder) -> None:
        self._name = str(settings.DATABASES["default"]["NAME"])
        self._built = f"{self._name}_loading_{os.getpid()}"

    def found(self) -> Stamp | None:
        """The stamp in the comment of the database."""
        row = self._ask("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", self._name)
        with suppress(TypeError, ValueError, IndexError):
            return Stamp(**json.loads(row[0]))
        return None

    def claim(self) -> None:
        """Raises `StartError` if others are connected to the database."""
        if self._ask("SELECT 1 FROM pg_stat_activity WHERE datname = %s LIMIT 1", self._name):
            raise StartError(
                f"The data in the database {self._name} have to be loaded anew, and somebody is connected to it. "
                "Stop the other demo first, or name another database in DEMO_DATABASE_URL."
            )

    @contextmanager
    def building(self) -> Iterator[None]:
        """The default connection is to a new database meanwhile."""
        self._do(f"CREATE DATABASE \"{self._built}\" ENCODING 'UTF8' TEMPLATE template0")
        with _connected_to(self._built):
            yield

    def keep(self, made: Stamp) -> None:
        """Renames the database, the stamp being on it already."""
        comment = json.dumps(asdict(made)).replace("'", "''")
        self._do(
            f"COMMENT ON DATABASE \"{self._built}\" IS '{comment}'",
            f'DROP DATABASE IF EXISTS "{self._name}"',
            f'ALTER DATABASE "{self._built}" RENAME TO "{self._name}"',
        )

    def discard(self) -> None:
        """Drops what is left of building."""
        self._do(f'DROP DATABASE IF EXISTS "{self._built}" WITH (FORCE)')

    def delete(self) -> None:
        """Drops the database."""
        self._do(f'DROP DATABASE IF EXISTS "{self._name}"')

    def _ask(self, sql: str, *parameters: str) -> Any:
        with connection._nodb_cursor() as cursor:  # as Django's own test runner does
            cursor.execute(sql, parameters)
            return cursor.fetchone()

    def _do(self, *statements: str) -> None:
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def _connected_to(name: object) -> Iterator[None]:
    """Lets the default connection be to another database meanwhile."""
    close()
    own = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        close()  # the last one: SQLite folds its journal into the file
        connection.settings_dict["NAME"] = own


def close() -> None:
    """Closes the thread's connection, and the pool where there is one."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


STORES: dict[str, Any] = {"sqlite": SQLiteStore, "postgresql": PostgresStore}


def store_of(folder: DataFolder) -> Store:
    """The store of the database that the settings name."""
    made: Store = STORES[connection.vendor](folder)
    return made
