"""A site with users in PostgreSQL: what authenticating a request costs on the event loop. For every contender alike."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contenders.token_keys import SECRET
from benchmarks.worker import timed

REDIS_URL = os.environ.get("RESTFLOW_BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")
CALLS = 20
PASSWORD = "correct horse battery"


def configure(name: str, store: str, **changes: Any) -> None:
    """Sets the site up with a database of the contender's own."""
    import django
    from django.conf import settings

    server = urlsplit(os.environ.get("RESTFLOW_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test"))
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="benchmarks.contenders.auth_site",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "rest_framework",
            "restflow.authentication",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": server.path.lstrip("/"),
                "USER": server.username or "",
                "PASSWORD": server.password or "",
                "HOST": server.hostname,
                "PORT": str(server.port or 5432),
                "TEST": {"NAME": f"benchmark_auth_{name}_{os.getpid()}"},
            }
        },
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": REDIS_URL,
                "KEY_PREFIX": f"benchmark-auth-{name}",
            }
        },
        LOGGING_CONFIG=None,
        RESTFLOW_SETTINGS={
            "JWT": {
                "SIGNING_KEY": SECRET,
                "BLACKLIST_BACKEND": f"restflow.authentication.jwt.{store}BlacklistBackend",
            }
        },
        **changes,
    )
    django.setup()


class Authentication:
    """A sample is the time of one call on the event loop, how much of it the process worked, and the crossings; the
    database goes when it ends."""

    def __init__(self, authenticate: Callable[[Any], Awaitable[Any]], make_request: Callable[[Any], Any]) -> None:
        from django.contrib.auth import get_user_model
        from django.db import connection

        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        user = get_user_model().objects.create_user("ada", password=PASSWORD)
        request = make_request(user)
        self.loop = asyncio.new_event_loop()

        async def several() -> None:
            for _ in range(CALLS):
                assert (await authenticate(request()))[0].pk == user.pk

        self.crossings = self._crossings(lambda: authenticate(request()))
        self.sample = timed(lambda: self.loop.run_until_complete(several()))

    def _crossings(self, call: Callable[[], Awaitable[Any]]) -> int:
        from asgiref.sync import SyncToAsync

        made = []
        original = SyncToAsync.__call__

        async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            made.append(1)
            return await original(self, *args, **kwargs)

        async def once() -> None:
            await call()

        SyncToAsync.__call__ = counted  # type: ignore[method-assign]
        try:
            self.loop.run_until_complete(once())
        finally:
            SyncToAsync.__call__ = original  # type: ignore[method-assign]
        return len(made)

    def __call__(self) -> dict[str, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        seconds = self.sample()["seconds"] / CALLS
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        return {"seconds": seconds, "cpu_seconds": seconds * share, "crossings": self.crossings}

    def close(self) -> None:
        drop(self.loop)


def drop(loop: asyncio.AbstractEventLoop) -> None:
    """Closes the connection of the loop's thread and removes the database."""
    from asgiref.sync import sync_to_async
    from django.db import connection, connections

    loop.run_until_complete(sync_to_async(lambda: connections.close_all())())
    connection.creation.destroy_test_db("", verbosity=0)


def bearing(access: str) -> Callable[[], Any]:
    """A maker of requests with the token."""
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    http = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {access}")
    return lambda: Request(http)


def in_session(user: Any) -> Callable[[], Any]:
    """A maker of requests with the user's Django session, in the database."""
    from django.conf import settings
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.http import HttpResponse
    from django.test import Client, RequestFactory
    from rest_framework.request import Request

    client = Client()
    client.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    layers = [layer(lambda request: HttpResponse()) for layer in (SessionMiddleware, AuthenticationMiddleware)]
    factory = RequestFactory()

    def make() -> Any:
        http = factory.get("/", HTTP_COOKIE=cookie)
        for layer in layers:
            layer.process_request(http)
        return Request(http)

    return make


def jwt(name: str, store: str) -> Callable[[], dict[str, float]]:
    """`JWTAuthentication`: one question to the store, and the user's row."""
    configure(name, store)
    from restflow.authentication import AccessToken, JWTAuthentication

    authenticator = JWTAuthentication()
    return Authentication(authenticator.aauthenticate, lambda user: bearing(str(AccessToken.for_user(user))))


def session(name: str) -> Callable[[], dict[str, float]]:
    """`SessionAuthentication`: the session's row and the user's."""
    configure(name, "Cache")
    from restflow.authentication import SessionAuthentication

    return Authentication(SessionAuthentication().aauthenticate, in_session)


class LogIn:
    """A sample is the longest time that the event loop stood still during a log-in that Django's default hasher
    checks: of a known user (wrong password), and of an unknown one. Beside it the longest time that the loop itself
    worked in one turn (the rest is waiting for a core), and how long the answers took."""

    def __init__(self, name: str) -> None:
        configure(name, "Cache")
        from django.contrib.auth import get_user_model
        from django.db import connection

        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        get_user_model().objects.create_user("ada", password=PASSWORD)
        logging.disable()
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self._attempt("ada"))  # imports, connections

    async def _attempt(self, username: str) -> tuple[float, float, float]:
        import json

        from django.test import AsyncClient

        body = json.dumps({"username": username, "password": "wrong"})
        start = last = time.perf_counter()
        longest = busiest = 0.0
        worked = time.thread_time()
        answer = asyncio.ensure_future(AsyncClient().post("/token/", body, content_type="application/json"))
        while not answer.done():
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            now = time.thread_time()
            busiest, worked = max(busiest, now - worked), now
        assert (await answer).status_code == 401
        return longest, busiest, last - start

    def __call__(self) -> dict[str, float]:
        known, busy, took = self.loop.run_until_complete(self._attempt("ada"))
        unknown, busy_unknown, took_unknown = self.loop.run_until_complete(self._attempt("nobody"))
        return {
            "seconds": max(known, unknown),
            "worked_seconds": max(busy, busy_unknown),
            "known_user_seconds": took,
            "unknown_over_known": took_unknown / took,
        }

    def close(self) -> None:
        drop(self.loop)


def __getattr__(name: str) -> Any:
    """The routes, made when the site is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import path

    from restflow.authentication.views import TokenObtainView

    return [path("token/", TokenObtainView.as_view())]
