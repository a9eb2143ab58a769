"""The data folder: its files, its secret key, and the locks by which several demos share it."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.files import locks

from demo.launch.failures import StartError, not_writable


class DataFolder:
    """The folder and what of it is the demo's own.

    Two locks, which end with their process however that ends: `preparing.lock` is held while a demo looks at the data
    and loads them, `serving.lock` is shared by those that serve. Data that others serve are never replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "world.sqlite3"
        self.stamp = path / "stamp.json"
        self.keys = [path / "secret.key", path / "tokens.key"]
        self.accounts = path / "accounts.json"
        self._serving: IO[bytes] | None = None

    def create(self) -> None:
        """Makes the folder where it is missing; `StartError` where it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(bytes(4096))
            self._serving = (self.path / "serving.lock").open("ab")
        except OSError as error:
            raise not_writable(self.path, error) from error

    @contextmanager
    def preparing(self, say: Callable[[str], None]) -> Iterator[None]:
        """Keeps others from preparing the folder; waits for one that does, and then says so."""
        with (self.path / "preparing.lock").open("ab") as lock:
            if not locks.lock(lock, locks.LOCK_EX | locks.LOCK_NB):
                say("Another demo is preparing this data folder; waiting for it.")
                locks.lock(lock, locks.LOCK_EX)
            for left in self.path.glob("loading-*"):  # by a demo that was killed
                left.unlink(missing_ok=True)
            yield

    def claim(self) -> None:
        """Before data are replaced: `StartError` if another demo serves them."""
        assert self._serving is not None
        if not locks.lock(self._serving, locks.LOCK_EX | locks.LOCK_NB):
            raise StartError(
                f"The data in {self.path} have to be loaded anew, and another demo is serving them. "
                "Stop it first, or choose another folder with --data DIR."
            )

    def serve(self) -> None:
        """Keeps others from replacing the data as long as this process lives; called while preparing."""
        assert self._serving is not None
        locks.lock(self._serving, locks.LOCK_SH)

    def make_keys(self) -> None:
        """Makes the keys of 64 random bytes that Django and the tokens are signed with, readable by the owner alone."""
        for key in self.keys:
            if not key.exists():
                descriptor, partial = tempfile.mkstemp(prefix="loading-", dir=self.path)  # mode 0600
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_urlsafe(64))
                Path(partial).replace(key)

    def new_database(self) -> Path:
        """Where to build a database that is to take the place of the present one."""
        return self.path / f"loading-{os.getpid()}.sqlite3"

    def replace_database(self, built: Path) -> None:
        """Puts a finished database in place. Killed in between, the folder has no data, and the next start loads."""
        self.delete_data()
        built.replace(self.database)

    def delete_data(self) -> None:
        """Deletes stamp and database; the stamp first, without which the rest is nothing."""
        journals = (self.database.with_name(self.database.name + suffix) for suffix in ("-wal", "-shm", "-journal"))
        for file in (self.stamp, self.accounts, self.database, *journals):
            file.unlink(missing_ok=True)
