from collections.abc import Callable
from typing import Any

import pytest
from auth_test_keys import KEY
from django.contrib.auth import get_user_model
from django.core.cache import caches


@pytest.fixture
def jwt(settings) -> Callable[..., None]:
    """Changes keys of the section JWT."""

    def change(**values: Any) -> None:
        settings.RESTFLOW_SETTINGS = {"JWT": {**settings.RESTFLOW_SETTINGS["JWT"], **values}}

    return change


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.RESTFLOW_SETTINGS = {"JWT": {"SIGNING_KEY": KEY, "BLACKLIST_ALLOW_LOCMEM": True}}
    caches["default"].clear()


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user("ada", password=" correct horse ")


@pytest.fixture(params=["cache", "model"])
def store(request, db, jwt):
    from restflow.authentication import CacheBlacklistBackend, ModelBlacklistBackend

    backend = {"cache": CacheBlacklistBackend, "model": ModelBlacklistBackend}[request.param]()
    jwt(BLACKLIST_BACKEND=backend)
    return backend
