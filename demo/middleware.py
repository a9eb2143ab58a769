"""Shows what middleware must be like to cost an async request nothing: functions of both colours, and no thread."""

from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

CONTENT_SECURITY_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


class Queries:
    """What a request has asked of the database so far."""

    def __init__(self) -> None:
        self.number = 0
        self.seconds = 0.0


_queries: ContextVar[Queries | None] = ContextVar("queries", default=None)


def _count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Counts a query for the request in whose context it runs; threads get a copy of that context."""
    queries = _queries.get()
    if queries is None:
        return execute(sql, params, many, context)
    begun = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        queries.number += 1
        queries.seconds += perf_counter() - begun


@receiver(connection_created)
def _watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if _count not in connection.execute_wrappers:  # a connection that was closed is opened again with those it had
        connection.execute_wrappers.append(_count)


@sync_and_async_middleware
def measured(get_response: Any) -> Any:
    """Tells each answer's time and number of queries in `Server-Timing`, which browsers show too."""

    def tell(response: HttpResponseBase, queries: Queries, seconds: float) -> HttpResponseBase:
        plural = "query" if queries.number == 1 else "queries"
        database = f'db;dur={queries.seconds * 1000:.1f};desc="{queries.number} {plural}"'
        response.headers["Server-Timing"] = f"total;dur={seconds * 1000:.1f}, {database}"
        return response

    async def on_the_loop(request: HttpRequest) -> HttpResponseBase:
        queries, begun = Queries(), perf_counter()
        _queries.set(queries)
        return tell(await get_response(request), queries, perf_counter() - begun)

    def in_a_thread(request: HttpRequest) -> HttpResponseBase:
        queries, begun = Queries(), perf_counter()
        token = _queries.set(queries)
        try:
            return tell(get_response(request), queries, perf_counter() - begun)
        finally:
            _queries.reset(token)

    return on_the_loop if iscoroutinefunction(get_response) else in_a_thread


@sync_and_async_middleware
def security_headers(get_response: Any) -> Any:
    """Lets a page load from this site alone, and no other site frame it."""

    def secure(response: HttpResponseBase) -> HttpResponseBase:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response

    async def on_the_loop(request: HttpRequest) -> HttpResponseBase:
        return secure(await get_response(request))

    def in_a_thread(request: HttpRequest) -> HttpResponseBase:
        return secure(get_response(request))

    return on_the_loop if iscoroutinefunction(get_response) else in_a_thread


class AdminOnly:
    """Keeps one of Django's classes to the admin, which is sync and has sessions; the API pays nothing for it."""

    async_mode: bool
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Goes past the class, unless the request is for the admin."""
        if request.path.startswith("/admin/"):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)


class AdminSessions(AdminOnly, SessionMiddleware):
    """Sessions for the admin."""


class AdminUsers(AdminOnly, AuthenticationMiddleware):
    """Users for the admin."""


class AdminMessages(AdminOnly, MessageMiddleware):
    """Messages for the admin."""
