import inspect
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.models import Model
from rest_framework.test import APIRequestFactory


@pytest.fixture
def factory() -> APIRequestFactory:
    return APIRequestFactory()


@pytest.fixture
def answer() -> Callable[..., Any]:
    """Calls a view of either kind from sync code, and returns the rendered response."""

    def call(view: Any, request: Any, **kwargs: Any) -> Any:
        response = async_to_sync(view)(request, **kwargs) if _is_async(view) else view(request, **kwargs)
        return response.render() if hasattr(response, "render") else response

    return call


def _is_async(view: Any) -> bool:
    return bool(getattr(view.cls, "view_is_async", False)) or inspect.iscoroutinefunction(view)


@pytest.fixture
def library(db: None) -> Any:
    """An author with three books."""
    from views_testapp.models import Author, Book

    author = Author.objects.create(name="Ursula")
    books = [Book.objects.create(title=f"Book {n}", author=author) for n in range(3)]
    return SimpleNamespace(author=author, books=books)


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Requests leave the test's own connection alone, as Django's test client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def serve(settings: Any, kept_connection: None) -> Callable[..., Any]:
    """Starts an exchange with Django's ASGI handler and a view that answers `make()`; call it in a running loop."""
    from views_testapp.driver import Exchange, Routes, streaming

    def start(make: Any, *, view: Any = None, middleware: Any = (), **exchange: Any) -> Any:
        settings.MIDDLEWARE = list(middleware)
        settings.ROOT_URLCONF = Routes(view or streaming(make))
        return Exchange(**exchange).start()

    return start


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The classes of the instances whose `__init__` has run."""
    seen: list[type] = []
    original = Model.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(type(self))
        original(self, *args, **kwargs)

    monkeypatch.setattr(Model, "__init__", init)
    monkeypatch.setattr("restflow.views._rows._INIT", init)
    return seen
