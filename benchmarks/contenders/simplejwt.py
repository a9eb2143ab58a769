"""djangorestframework-simplejwt."""

from collections.abc import Callable
from typing import Any

from benchmarks.contenders.token_keys import key_pair
from benchmarks.worker import timed


def _user(algorithm: str) -> Any:
    import django
    from django.conf import settings

    signing, verifying = key_pair(algorithm)
    keys = {"ALGORITHM": algorithm, "SIGNING_KEY": signing, "VERIFYING_KEY": "" if algorithm == "HS256" else verifying}
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SIMPLE_JWT=keys,
    )
    django.setup()
    from django.contrib.auth.models import User

    return User(pk=7, username="ada", is_active=True)


def token_verify(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _user(algorithm)
    from rest_framework_simplejwt.tokens import AccessToken

    raw: Any = str(AccessToken.for_user(user))
    return timed(lambda: AccessToken(raw))


def token_issue(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _user(algorithm)
    from rest_framework_simplejwt.tokens import AccessToken

    return timed(lambda: str(AccessToken.for_user(user)))
