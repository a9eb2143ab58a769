"""Every system check, by its id."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks

from restflow.authentication import BlacklistBackend


class Plain(BlacklistBackend):
    def blacklist(self, jti, *, expires_at): ...
    def is_blacklisted(self, jti): ...


def ids(deploy=False):
    """The messages about authentication and its settings; declarations of other packages' tests have their own."""
    found = {message.id for message in run_checks(tags=["restflow"], include_deployment_checks=deploy)}
    return {name for name in found if name[len("restflow.") + 1 :].startswith(("0", "5"))}


RATES = {"DEFAULT_THROTTLE_RATES": {"login": "5/min"}}


@pytest.fixture(autouse=True)
def _sound(settings):
    settings.REST_FRAMEWORK = RATES


def test_a_sound_project_hears_nothing():
    assert ids(deploy=True) == set()


def test_a_project_without_keys_hears_nothing(settings):
    settings.RESTFLOW_SETTINGS = {"JWT": {"USER_ID_FIELD": "email", "REFRESH_COOKIE": {"secure": False}}}
    settings.REST_FRAMEWORK = {}
    assert ids(deploy=True) == set()


CASES = {
    "short key": ({"SIGNING_KEY": "sixteen bytes ok"}, {"restflow.W501"}),
    "name that passes on": ({"USER_ID_FIELD": "username"}, {"restflow.W502"}),
    "not unique": ({"USER_ID_FIELD": "email"}, {"restflow.W502", "restflow.E501"}),
    "no field": ({"USER_ID_FIELD": "uuid"}, {"restflow.E501"}),
    "primary key": ({"USER_ID_FIELD": "pk"}, set()),
    "rotation without store": ({"BLACKLIST_ENABLED": False}, {"restflow.W503"}),
    "store that is not atomic": ({"BLACKLIST_BACKEND": Plain}, {"restflow.W505"}),
    "no store": ({"BLACKLIST_BACKEND": dict}, {"restflow.E006"}),
    "own cache": ({"BLACKLIST_ALLOW_LOCMEM": False}, {"restflow.W506"}),
    "wrong section": ({"ACCESS_TOKEN_LIFETIME": timedelta(0)}, {"restflow.E006"}),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_warning(jwt, case):
    values, expected = CASES[case]
    jwt(**values)
    assert ids() == expected


@pytest.mark.parametrize(
    ("cache", "expected"),
    [
        ({"BACKEND": "django.core.cache.backends.dummy.DummyCache"}, {"restflow.W506"}),
        (
            {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/nonexistent"},
            {"restflow.W505"},
        ),
    ],
    ids=["dummy", "file"],
)
def test_a_cache_that_does_not_fit(settings, cache, expected):
    settings.CACHES = {"default": cache}
    assert ids() == expected


def test_a_cache_that_hides_errors(settings):
    pytest.importorskip("django_redis")
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True},
        }
    }
    assert ids() == {"restflow.W504"}


DEPLOY = {
    "short key": ({"SIGNING_KEY": "sixteen bytes ok"}, {"restflow.W501", "restflow.E502"}),
    "example": ({"SIGNING_KEY": "change-me-in-production-if-you-please"}, {"restflow.W507"}),
    "plain cookie": ({"REFRESH_COOKIE": {"secure": False}}, {"restflow.W509"}),
}


@pytest.mark.parametrize("case", sorted(DEPLOY))
def test_a_warning_before_deployment(jwt, case):
    values, expected = DEPLOY[case]
    jwt(**values)
    assert ids(deploy=True) == expected


def test_the_projects_key_and_unlimited_log_ins(jwt, settings):
    settings.SECRET_KEY = "the key of the project, which is long enough"
    jwt(SIGNING_KEY=settings.SECRET_KEY)
    settings.REST_FRAMEWORK = {}
    assert ids(deploy=True) == {"restflow.W507", "restflow.W508"}
