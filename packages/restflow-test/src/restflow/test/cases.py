"""Django's four test cases for async APIs: an async client, async fixtures, and async blocks that look at the right
connection."""

import functools
from collections.abc import Callable
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from django.db import DEFAULT_DB_ALIAS
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase

from restflow.core import is_async_callable
from restflow.test.client import AsyncAPIClient
from restflow.test.commits import capture_on_commit_callbacks
from restflow.test.counting import assert_num_queries


class _AsyncCase(SimpleTestCase):
    """What the four share. Async tests run as Django runs them: on a loop whose sync work is the test thread's."""

    client_class = AsyncAPIClient  # type: ignore[assignment]  # a client of async requests
    async_client_class = AsyncAPIClient
    client: AsyncAPIClient  # type: ignore[assignment]
    async_client: AsyncAPIClient

    async def asyncSetUp(self) -> None:  # unittest's own name
        """Runs before the test, after `setUp`: in its transaction and, for an async test, on its event loop."""

    async def asyncTearDown(self) -> None:
        """Runs after the test, whether it failed or not, before `tearDown`."""

    def __call__(self, result: Any = None) -> Any:
        """Runs the test between its async fixtures."""
        self._put_between_fixtures()
        return super().__call__(result)

    def debug(self) -> None:
        """Runs the test without collecting the result."""
        self._put_between_fixtures()
        super().debug()

    def _put_between_fixtures(self) -> None:
        test: Callable[..., Any] = getattr(self, self._testMethodName)
        decorated: Any
        if is_async_callable(test):

            @functools.wraps(test)
            async def decorated(*args: Any, **kwargs: Any) -> None:
                await self.asyncSetUp()
                try:
                    await test(*args, **kwargs)
                finally:
                    await self.asyncTearDown()

        else:

            @functools.wraps(test)
            def decorated(*args: Any, **kwargs: Any) -> None:
                async_to_sync(self.asyncSetUp)()
                try:
                    test(*args, **kwargs)
                finally:
                    async_to_sync(self.asyncTearDown)()

        if self._has_async_fixtures():
            setattr(self, self._testMethodName, decorated)

    def _has_async_fixtures(self) -> bool:
        cls = type(self)
        return cls.asyncSetUp is not _AsyncCase.asyncSetUp or cls.asyncTearDown is not _AsyncCase.asyncTearDown


class _DatabaseCase(_AsyncCase, TransactionTestCase):
    """What the cases with a database share."""

    def assertNumQueries(  # noqa: N802
        self, num: int, func: Callable[..., Any] | None = None, *args: Any, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
    ) -> Any:
        """Asserts the number of queries of `func`, or of a block: `async with` in async code, `with` in sync code."""
        if func is not None:
            with self.assertNumQueries(num, using=using):
                func(*args, **kwargs)
            return None
        return assert_num_queries(num, using=using)

    @classmethod
    def captureOnCommitCallbacks(  # noqa: N802
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> Any:
        """Captures the `on_commit` callbacks of a block: `async with` in async code, `with` in sync code."""
        return capture_on_commit_callbacks(using=using, execute=execute)


class AsyncAPISimpleTestCase(_AsyncCase):
    """Tests without a database: access to one fails the test, from async code too."""


class AsyncAPITestCase(_DatabaseCase, TestCase):
    """Tests in a transaction that is rolled back, async ones and the requests that they make included."""


class AsyncAPITransactionTestCase(_DatabaseCase):
    """Tests with real commits, so that `on_commit` fires; the database is flushed after each."""


class AsyncAPILiveServerTestCase(_DatabaseCase, LiveServerTestCase):
    """Tests against an ASGI server on a real socket, which serves at `live_server_url` while the class's tests run.

    `application` is an ASGI application or its dotted path (`None`: `settings.ASGI_APPLICATION`, else Django's own);
    `lifespan` is uvicorn's option, `"on"` for an application that wraps Django with start-up work; `serve_static`
    answers below `STATIC_URL` where `django.contrib.staticfiles` is installed. Needs `restflow-test[live]`, without
    which the class's set-up raises `ImproperlyConfigured`.
    """

    host: ClassVar[str] = "localhost"  # type: ignore[misc]
    port: ClassVar[int] = 0  # type: ignore[misc]
    application: ClassVar[Any] = None
    lifespan: ClassVar[str] = "off"
    serve_static: ClassVar[bool] = True

    @classmethod
    def _create_server_thread(cls, connections_override: dict[str, Any]) -> Any:
        """The server's thread, which Django's `LiveServerTestCase` starts and ends."""
        from restflow.test._server import ServerThread, application_of  # needs uvicorn

        return ServerThread(
            application_of(cls.application, serve_static=cls.serve_static),
            host=cls.host,
            port=cls.port,
            lifespan=cls.lifespan,
            connections_override=connections_override,
        )
