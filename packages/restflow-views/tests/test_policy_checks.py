"""The system checks of the policies, each with its message; and the policies in settings, imported first."""

import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks

from restflow.throttling import AnonRateThrottle

ANON = "restflow.throttling.AnonRateThrottle"
PAGES = "restflow.pagination."


def problems(settings: Any, *, deploy: bool = False, **config: Any) -> dict[str, Any]:
    settings.REST_FRAMEWORK = config
    found = run_checks(tags=["restflow"], include_deployment_checks=deploy)
    return {message.id: message for message in found if message.id.startswith(("restflow.E45", "restflow.W45"))}


def test_a_rate_that_does_not_parse(settings: Any) -> None:
    found = problems(settings, DEFAULT_THROTTLE_RATES={"burst": "10/month", "free": None, "fine": "5/30s"})
    assert list(found) == ["restflow.E451"]
    message = found["restflow.E451"]
    assert message.msg == "DEFAULT_THROTTLE_RATES['burst']: '10/month' is no rate."
    assert "5/30s" in message.hint


def test_a_default_throttle_whose_scope_has_no_rate(settings: Any) -> None:
    found = problems(settings, DEFAULT_THROTTLE_CLASSES=[ANON], DEFAULT_THROTTLE_RATES={"annon": "1/s"})
    assert list(found) == ["restflow.E452"]
    assert "'anon'" in found["restflow.E452"].msg
    assert found["restflow.E452"].hint == "Did you mean 'annon'?"
    scoped = "restflow.throttling.ScopedRateThrottle"
    assert not problems(settings, DEFAULT_THROTTLE_CLASSES=[scoped], DEFAULT_THROTTLE_RATES={})
    assert not problems(settings, DEFAULT_THROTTLE_CLASSES=[ANON], DEFAULT_THROTTLE_RATES={"anon": "1/s"})


def test_throttles_by_address_without_a_number_of_proxies(settings: Any) -> None:
    config = {"DEFAULT_THROTTLE_CLASSES": [ANON], "DEFAULT_THROTTLE_RATES": {"anon": "1/s"}}
    found = problems(settings, deploy=True, **config)
    assert set(found) == {"restflow.W451", "restflow.W453"}
    assert "NUM_PROXIES" in found["restflow.W451"].msg
    assert "restflow.W451" not in problems(settings, deploy=True, NUM_PROXIES=0, **config)
    assert not problems(settings, **config)


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_throttles_on_a_cache_that_is_not_shared(settings: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    config = {"DEFAULT_THROTTLE_CLASSES": [ANON], "DEFAULT_THROTTLE_RATES": {"anon": "1/s"}, "NUM_PROXIES": 0}
    found = problems(settings, deploy=True, **config)
    assert list(found) == ["restflow.W453"]
    assert backend.partition(".")[2] in found["restflow.W453"].msg
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}}
    assert not problems(settings, deploy=True, **config)
    assert AnonRateThrottle.scope == "anon"


@pytest.mark.parametrize(
    ("paginator", "warned"),
    [("LimitOffsetPagination", True), ("PageNumberPagination", False), ("CursorPagination", False)],
)
def test_a_default_paginator_of_unlimited_pages(settings: Any, paginator: str, warned: bool) -> None:
    found = problems(settings, deploy=True, DEFAULT_PAGINATION_CLASS=PAGES + paginator)
    assert list(found) == (["restflow.W452"] if warned else [])
    if warned:
        assert "max_limit" in found["restflow.W452"].msg


SETTINGS = {
    "DEFAULT_PERMISSION_CLASSES": "permissions.DjangoModelPermissions",
    "DEFAULT_PAGINATION_CLASS": "pagination.CursorPagination",
    "DEFAULT_THROTTLE_CLASSES": "throttling.ScopedRateThrottle",
    "EXCEPTION_HANDLER": "exceptions.exception_handler",
}


@pytest.mark.parametrize("first", ["permissions", "pagination", "throttling", "exceptions", "views", "responses"])
def test_a_project_starts_with_every_policy_in_its_settings_whatever_is_imported_first(first: str) -> None:
    framework = {
        name: f"restflow.{path}" if name in ("DEFAULT_PAGINATION_CLASS", "EXCEPTION_HANDLER") else [f"restflow.{path}"]
        for name, path in SETTINGS.items()
    }
    code = f"""
from django.conf import settings
settings.configure(REST_FRAMEWORK={framework!r}, INSTALLED_APPS=["rest_framework"])
import restflow.{first}
import django
django.setup()
import rest_framework.generics, rest_framework.viewsets, rest_framework.schemas, restflow.views
assert rest_framework.generics.GenericAPIView.pagination_class.__module__ == "restflow.pagination.cursor"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    code = f"""
from django.conf import settings
settings.configure()
import sys, restflow.{first}
print([name for name in sys.modules if name in ("rest_framework.views", "restflow.views")])
"""
    if first != "views":
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout == "[]\n", done.stderr
