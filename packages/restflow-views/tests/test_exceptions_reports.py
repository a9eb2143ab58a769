"""What operators learn of errors, and clients do not: logs, signals, request ids, rollbacks."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import exceptions as django_exceptions
from django.core.signals import got_request_exception
from django.db import IntegrityError, connections, transaction
from django.test import RequestFactory
from exceptions_testapp.models import Item, Shelf
from exceptions_testapp.sending import send
from exceptions_testapp.views import RAISED
from rest_framework import exceptions

from restflow.exceptions import ServiceUnavailable, exception_handler
from restflow.test import assert_max_crossings

pytestmark = pytest.mark.urls("exceptions_testapp.urls")
SECRET = "SELECT password FROM auth_user -- /srv/app/secret.py"


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def configured(settings: Any) -> Iterator[None]:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}
    yield
    RAISED.clear()


def raise_(exc: Exception) -> Callable[[Any], Any]:
    def work(request: Any) -> Any:
        raise exc

    return work


def get(kind: str, exc: Exception, **extra: Any) -> Any:
    RAISED.append(raise_(exc))
    return send(kind, **extra)


def test_an_unexpected_exception_is_reported_once_and_tells_nothing(kind: str, caplog: Any) -> None:
    received: list[Any] = []

    def receiver(sender: Any, request: Any, **kwargs: Any) -> None:
        received.append((sender, request.path))

    got_request_exception.connect(receiver)
    exc = RuntimeError(SECRET)
    try:
        response = get(kind, exc)
    finally:
        got_request_exception.disconnect(receiver)
    assert response.status_code == 500
    body = response.json()
    request_id = body["error"]["details"]["request_id"]
    assert body == {
        "error": {
            "code": "internal_error",
            "message": "A server error occurred.",
            "details": {"request_id": request_id},
        }
    }
    assert response.headers["X-Request-ID"] == request_id
    assert received == [(None, f"/{kind}/")]
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert (record.levelno, record.status_code, record.request_id) == (logging.ERROR, 500, request_id)
    assert record.request.path == f"/{kind}/"
    assert record.exc_info[1] is exc
    assert "secret" not in response.content.decode()


def test_the_test_client_raises_the_exception_as_it_does_for_any_view(kind: str) -> None:
    RAISED.append(raise_(ZeroDivisionError("mine")))
    with pytest.raises(ZeroDivisionError, match="mine"):
        send(kind, raises=True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_3", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("a\nb", False), ("", False)],
)
def test_a_harmless_request_id_is_kept(kind: str, given: str, kept: bool) -> None:
    response = get(kind, RuntimeError(), HTTP_X_REQUEST_ID=given)
    answered = response.json()["error"]["details"]["request_id"]
    assert (answered == given) is kept
    assert answered


@pytest.mark.parametrize("setting", ["DEBUG", "DEBUG_PROPAGATE_EXCEPTIONS"])
def test_unexpected_exceptions_propagate_to_djangos_debug_page(kind: str, settings: Any, setting: str) -> None:
    setattr(settings, setting, True)
    RAISED.append(raise_(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        send(kind, raises=True)


def test_without_a_request_an_unexpected_exception_is_not_answered() -> None:
    assert exception_handler(RuntimeError(), {}) is None
    assert exception_handler(RuntimeError(), {"request": None}) is None


def test_a_broken_receiver_does_not_hide_the_answer(kind: str) -> None:
    def receiver(**kwargs: Any) -> None:
        raise RuntimeError("the tracker is down")

    got_request_exception.connect(receiver)
    try:
        assert get(kind, RuntimeError()).status_code == 500
    finally:
        got_request_exception.disconnect(receiver)


def test_suspicious_operations_are_logged_as_django_does(kind: str, caplog: Any) -> None:
    get(kind, django_exceptions.DisallowedRedirect("to evil"))
    (record,) = [record for record in caplog.records if record.name.startswith("django.security")]
    assert (record.name, record.levelno) == ("django.security.DisallowedRedirect", logging.ERROR)
    assert (record.getMessage(), record.status_code) == ("to evil", 400)


def test_5xx_are_logged_with_their_traceback_once(kind: str, caplog: Any) -> None:
    exc = ServiceUnavailable()
    get(kind, exc)
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.exc_info[1] is exc
    assert (record.levelno, record.status_code) == (logging.ERROR, 503)


def test_4xx_are_logged_by_django_alone(kind: str, caplog: Any) -> None:
    get(kind, exceptions.PermissionDenied())
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_reporting_stays_off_the_loop() -> None:
    threads: list[int] = []

    class Recording(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            threads.append(threading.get_ident())

    logger, handler = logging.getLogger("django.request"), Recording()
    logger.addHandler(handler)
    http_request = RequestFactory().get("/nowhere/")
    try:
        with assert_max_crossings(1) as crossings:
            await exception_handler.ahandle(RuntimeError(), {"request": http_request})
        assert crossings.count == 1
        assert len(threads) == 1
        assert threads[0] != threading.get_ident()
        with assert_max_crossings(0):
            await exception_handler.ahandle(exceptions.NotFound(), {"request": http_request})
    finally:
        logger.removeHandler(handler)


# the database


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    if request.param not in django_settings.DATABASES:
        pytest.skip("no driver for that database")
    return str(request.param)


@pytest.mark.django_db(databases=["default", "postgres"] if "postgres" in django_settings.DATABASES else ["default"])
@pytest.mark.parametrize("database", ["default", "postgres"], indirect=True)
def test_violations_are_told_apart_by_the_drivers_code(database: str) -> None:
    shelf = Shelf.objects.using(database).create(name="A")
    Item.objects.using(database).create(shelf=shelf, weight=1)

    def answer(work: Callable[[], Any]) -> int | None:
        try:
            with transaction.atomic(using=database):
                work()
                connections[database].check_constraints()
        except IntegrityError as exc:
            response = exception_handler(exc, {})
            return response.status_code if response is not None else None
        raise AssertionError("no violation")

    def dangle() -> None:
        with connections[database].cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Item.objects.using(database).create(shelf_id=10**6, weight=1)

    assert answer(lambda: Shelf.objects.using(database).create(name="A")) == 409
    assert answer(lambda: Shelf.objects.using(database).create(pk=shelf.pk, name="B")) == 409
    assert answer(shelf.delete) == 409  # ProtectedError
    assert answer(lambda: Item.objects.using(database).create(shelf=shelf, weight=-1)) is None
    assert answer(lambda: Item.objects.using(database).create(shelf=shelf, weight=None)) is None
    if database == "postgres":
        assert answer(dangle) == 409


def test_a_foreign_key_violation_of_sqlite_is_a_conflict() -> None:
    cause = type("DriverError", (Exception,), {"sqlite_errorcode": 787})("FOREIGN KEY constraint failed")
    exc = IntegrityError("FOREIGN KEY constraint failed")
    exc.__cause__ = cause
    response = exception_handler(exc, {})
    assert response is not None
    assert response.data["error"] == {
        "code": "conflict",
        "message": "The request conflicts with existing data.",
        "details": {},
    }


@pytest.mark.parametrize(("number", "status"), [(1062, 409), (1451, 409), (1452, 409), (1048, None), (4025, None)])
def test_mysqls_numbers_are_known(number: int, status: int | None) -> None:
    exc = IntegrityError(number, SECRET)
    exc.__cause__ = Exception(number, SECRET)
    response = exception_handler(exc, {})
    assert (response.status_code if response is not None else None) == status


@pytest.mark.parametrize("kind", ["sync", "working"])
@pytest.mark.django_db(transaction=True)
def test_an_answered_error_commits_nothing_under_atomic_requests(kind: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)

    def work(request: Any) -> Any:
        Shelf.objects.create(name="half done")
        raise exceptions.PermissionDenied()

    RAISED.append(work)
    assert send(kind).status_code == 403
    assert not Shelf.objects.exists()


@pytest.mark.parametrize("kind", ["sync", "working"])
@pytest.mark.django_db
def test_a_unique_violation_in_a_view_is_a_logged_409_without_sql(kind: str, caplog: Any) -> None:
    Shelf.objects.create(name="A")

    def work(request: Any) -> Any:
        with transaction.atomic():
            Shelf.objects.create(name="A")

    RAISED.append(work)
    response = send(kind)
    assert response.status_code == 409
    assert "UNIQUE" not in response.content.decode()
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert isinstance(record.exc_info[1], IntegrityError)
