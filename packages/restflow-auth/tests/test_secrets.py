"""No token, password or key in a log record, a message, a repr or an error report."""

import json
import logging
import sys

import pytest
from asgiref.sync import async_to_sync
from auth_test_keys import KEY
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.views.debug import ExceptionReporter

from restflow.authentication import AccessToken, BasicAuthentication, JWTAuthentication, RefreshToken
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls("auth_test_urls"), pytest.mark.django_db]
PASSWORD = "hunter2-and-a-half"


class Broken:
    """A rule of the project that fails."""

    def __call__(self, user):
        raise RuntimeError("the project's own mistake")


def report_of(call):
    try:
        call()
    except Exception:
        return ExceptionReporter(None, *sys.exc_info()).get_traceback_text()
    raise AssertionError("nothing was raised")


@pytest.fixture(params=["wsgi", "asgi"])
def post(request):
    def do(path, body):
        if request.param == "wsgi":
            return Client().post(path, json.dumps(body), content_type="application/json")
        return async_to_sync(AsyncAPIClient().post)(path, json.dumps(body), content_type="application/json")

    return do


def test_the_report_of_a_log_in_that_fails(post, user, jwt):
    user.password = make_password(PASSWORD)
    user.save()
    jwt(USER_AUTHENTICATION_RULE=Broken())
    report = report_of(lambda: post("/token/", {"username": "ada", "password": PASSWORD}))
    assert "the project's own mistake" in report
    own = [part for part in report.split('File "') if "/restflow/" in part.split('"')[0]]
    assert len(own) > 3
    assert PASSWORD not in report
    assert KEY not in report


def test_the_report_of_a_refresh_that_fails(post, user, jwt):
    token = RefreshToken.for_user(user)
    jwt(USER_AUTHENTICATION_RULE=Broken())
    report = report_of(lambda: post("/refresh/", {"refresh": str(token)}))
    signature = str(token).rpartition(".")[2]
    own = [part for part in report.split('File "') if "/restflow/authentication/" in part.split('"')[0]]
    assert len(own) > 2
    assert not [part for part in own if signature in part]


def test_the_report_of_authenticators_that_fail(user, monkeypatch):
    from base64 import b64encode

    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    def fail(*args, **kwargs):
        raise RuntimeError("down")

    token = AccessToken.for_user(user)
    monkeypatch.setattr("django.db.models.query.QuerySet.get", fail)
    monkeypatch.setattr("rest_framework.authentication.authenticate", fail)
    secret = b64encode(f"ada:{PASSWORD}".encode()).decode()
    for authenticator, header, hidden in (
        (JWTAuthentication(), f"Bearer {token}", str(token).rpartition(".")[2]),
        (BasicAuthentication(), f"Basic {secret}", PASSWORD),
    ):
        for ask in (authenticator.authenticate, async_to_sync(authenticator.aauthenticate)):
            http = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=header))
            report = report_of(lambda ask=ask, http=http: ask(http))
            own = [part for part in report.split('File "') if "/restflow/" in part.split('"')[0]]
            assert own
            assert not [part for part in own if hidden in part]


def test_the_log(post, user, caplog):
    caplog.set_level(logging.DEBUG)
    token = RefreshToken.for_user(user)
    post("/refresh/", {"refresh": str(token)})
    post("/refresh/", {"refresh": str(token)})
    post("/token/", {"username": "ada", "password": PASSWORD})
    own = [record.getMessage() for record in caplog.records if record.name.startswith("restflow")]
    assert own
    assert not [text for text in own if str(token) in text or PASSWORD in text or KEY in text]
