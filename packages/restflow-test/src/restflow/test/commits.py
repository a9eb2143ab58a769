"""Capturing `transaction.on_commit()` callbacks, on the connection that the test's ORM code uses."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.test import TestCase

from restflow.test._blocks import Block


class capture_on_commit_callbacks(Block[list[Callable[[], Any]]]):  # noqa: N801  # read as a function
    """Captures the `on_commit` callbacks that a block registers on the database `using`; yields their list.

    With `execute=True` they run at the end of the block, those that they register in their turn too. A callback that
    was registered with `robust=True` is logged when it raises. In async code: `async with`.
    """

    about_connections = True
    in_orm_thread = True

    def __init__(self, *, using: str = "default", execute: bool = False) -> None:
        self._using = using
        self._execute = execute
        self._context: AbstractContextManager[list[Callable[[], Any]]] = TestCase.captureOnCommitCallbacks(
            using=using, execute=execute
        )

    def _fresh(self) -> "capture_on_commit_callbacks":
        return type(self)(using=self._using, execute=self._execute)

    def _begin(self) -> list[Callable[[], Any]]:
        return self._context.__enter__()

    def _end(self, error: BaseException | None) -> None:
        self._context.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
