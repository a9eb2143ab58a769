"""The pytest plug-in: async tests that roll back, and fixtures for clients, requests and a live server."""

import functools
import inspect
import sys
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import pytest

MODES = ("auto", "marked", "off")
OTHER_RUNNERS = ("asyncio", "anyio", "trio")
MARKER = "restflow_async"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini option."""
    parser.addini("restflow_async", f"which coroutine tests restflow runs: {', '.join(MODES)}", default="auto")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker. `pytest.UsageError` for a mode that does not exist."""
    config.addinivalue_line("markers", f"{MARKER}: restflow runs this coroutine test, on the test's own connection")
    mode = config.getini("restflow_async")
    if mode not in MODES:
        raise pytest.UsageError(f"restflow_async = {mode!r}: the modes are {', '.join(MODES)}.")


def _is_claimed(item: Any) -> bool:
    return any(item.get_closest_marker(name) is not None for name in OTHER_RUNNERS)


def _is_ours(item: Any) -> bool:
    """Whether restflow runs this test, if it is a coroutine."""
    if item.get_closest_marker(MARKER) is not None:
        return True
    return item.config.getini("restflow_async") == "auto" and not _is_claimed(item)


def _to_sync(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` for sync code: on a loop whose sync work is the calling thread's, as in Django's test cases."""
    from asgiref.sync import async_to_sync

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return async_to_sync(function)(*args, **kwargs)

    return call


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a coroutine test."""
    test = pyfuncitem.obj
    if _is_claimed(pyfuncitem):  # then the other runner may have wrapped it already
        test = inspect.unwrap(test, stop=inspect.iscoroutinefunction)
    if not inspect.iscoroutinefunction(test) or not _is_ours(pyfuncitem):
        return None
    _to_sync(test)(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    return True


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: Any) -> Generator[None, Any, Any]:
    """Runs coroutine and async-generator fixtures of tests that restflow runs."""
    function = fixturedef.func
    is_generator = inspect.isasyncgenfunction(function)
    if not (is_generator or inspect.iscoroutinefunction(function)) or _belongs_to_another(function, request):
        return (yield)
    fixturedef.func = _generator_fixture(function) if is_generator else _to_sync(function)  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]


def _belongs_to_another(function: Any, request: Any) -> bool:
    forced = getattr(function, "_force_asyncio_fixture", False)  # by pytest-asyncio's own decorator
    return bool(forced) or not _is_ours(request._pyfuncitem)


def _generator_fixture(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def fixture(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        generator = function(*args, **kwargs)

        async def first() -> Any:
            # a loop closes the generators that began on it when it ends, and this one goes on in another
            hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(None, None)
            try:
                step = generator.__anext__()
            finally:
                sys.set_asyncgen_hooks(*hooks)
            return await step

        async def rest() -> None:
            async for _ in generator:
                await generator.aclose()
                raise RuntimeError(f"The fixture {function.__qualname__} yields more than once.")

        yield _to_sync(first)()
        _to_sync(rest)()

    fixture.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return fixture


@pytest.fixture
def async_api_client() -> Any:
    """A fresh `AsyncAPIClient`."""
    from restflow.test import AsyncAPIClient

    return AsyncAPIClient()


@pytest.fixture
def api_rf() -> Any:
    """An `AsyncAPIRequestFactory`."""
    from restflow.test import AsyncAPIRequestFactory

    return AsyncAPIRequestFactory()


@pytest.fixture
def live_api_server(transactional_db: None) -> Generator[Any, None, None]:
    """An ASGI server for one test; its `url` is where it answers. The test's database is flushed afterwards."""
    from restflow.test.cases import AsyncAPILiveServerTestCase

    class Server(AsyncAPILiveServerTestCase):
        databases = "__all__"

    from django.test import modify_settings

    with modify_settings(ALLOWED_HOSTS={"append": Server.host}):
        Server._start_server_thread()  # type: ignore[attr-defined]
        try:
            yield SimpleNamespace(url=Server.live_server_url)
        finally:
            Server.doClassCleanups()
