"""restflow-auth: tokens."""

import asyncio
from collections.abc import Callable
from typing import Any

from benchmarks.contenders import auth_site
from benchmarks.contenders.token_keys import key_pair
from benchmarks.worker import timed


def _user(algorithm: str) -> Any:
    import django
    from django.conf import settings

    signing, _ = key_pair(algorithm)
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        RESTFLOW_SETTINGS={
            "JWT": {"ALGORITHM": algorithm, "SIGNING_KEY": signing, "BLACKLIST_ACCESS_POLICY": "off"},
        },
    )
    django.setup()
    from django.contrib.auth.models import User

    return User(pk=7, username="ada", is_active=True)


def token_verify(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _user(algorithm)
    from restflow.authentication import AccessToken

    raw = str(AccessToken.for_user(user))
    return timed(lambda: AccessToken.verify(raw))


def token_issue(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _user(algorithm)
    from restflow.authentication import AccessToken

    return timed(lambda: str(AccessToken.for_user(user)))


def token_stateless() -> Callable[[], dict[str, float]]:
    user = _user("HS256")
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from restflow.authentication import AccessToken, JWTStatelessUserAuthentication

    raw = str(AccessToken.for_user(user))
    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {raw}"))
    authenticator = JWTStatelessUserAuthentication()

    async def hundred() -> None:
        for _ in range(100):
            await authenticator.aauthenticate(request)

    loop = asyncio.new_event_loop()
    sample = timed(lambda: loop.run_until_complete(hundred()))
    return lambda: {"seconds": sample()["seconds"] / 100}


def jwt_authenticate(store: str) -> Callable[[], dict[str, float]]:
    return auth_site.jwt("restflow", store)


def session_authenticate() -> Callable[[], dict[str, float]]:
    return auth_site.session("restflow")


def log_in() -> Callable[[], dict[str, float]]:
    return auth_site.LogIn("restflow")
