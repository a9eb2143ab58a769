"""`APIException`: what it takes, and how it travels."""

import copy
import pickle
from typing import Any

import pytest
from rest_framework.views import exception_handler as drf_exception_handler

from restflow.exceptions import APIException, Conflict, ErrorCode, ServiceUnavailable, exception_handler


class Locked(APIException):
    code = ErrorCode.CONFLICT
    status_code = 409
    default_detail = "Locked."
    details = {"by": "nobody"}


class DrfWay(APIException):
    default_code = "drf_way"


class WithArguments(Conflict):
    def __init__(self, product: str, *, version: int) -> None:
        super().__init__(f"{product} is at {version}.", details={"version": version})


@pytest.mark.parametrize(
    ("exc", "code"),
    [
        (Locked(), "conflict"),
        (DrfWay(), "drf_way"),
        (Locked(code="own"), "own"),
        (APIException(code=ErrorCode.THROTTLED), "throttled"),
        (ServiceUnavailable(), "service_unavailable"),
    ],
)
def test_the_code_is_one_everywhere(exc: APIException, code: str) -> None:
    assert exc.code == code
    assert exc.detail.code == code
    assert exc.get_codes() == code
    assert type(exc.code) is str


def test_details_are_copied() -> None:
    details = {"a": 1}
    exc = Conflict(details=details)
    details["a"] = 2
    assert exc.details == {"a": 1}
    Locked().details["by"] = "me"
    assert Locked().details == {"by": "nobody"}


@pytest.mark.parametrize("details", [["a"], "a", 3])
def test_details_must_be_a_mapping(details: Any) -> None:
    with pytest.raises(TypeError, match="details must be a mapping"):
        Conflict(details=details)


def test_a_mapping_as_detail_becomes_details() -> None:
    exc = Locked(["Bad."])
    response = exception_handler(exc, {})
    assert response is not None
    assert response.data["error"]["message"] == "Locked."
    assert response.data["error"]["details"] == {"non_field_errors": ["Bad."]}
    assert Locked({"a": ["Bad."]}, details={"b": 1}).details == {"b": 1}


def test_under_rest_frameworks_handler_it_is_one_of_its_own() -> None:
    response = drf_exception_handler(Locked("No."), {})
    assert response is not None
    assert (response.status_code, response.data) == (409, {"detail": "No."})


@pytest.mark.parametrize("travel", [lambda exc: pickle.loads(pickle.dumps(exc)), copy.copy, copy.deepcopy])
def test_it_pickles_and_copies(travel: Any) -> None:
    for exc in (Conflict("No.", details={"v": 7}, headers={"ETag": '"7"'}), WithArguments("Pen", version=3), Locked()):
        made = travel(exc)
        assert type(made) is type(exc)
        assert str(made) == str(exc)
        assert (made.code, made.status_code, made.details, made.headers) == (
            exc.code, exc.status_code, exc.details, exc.headers,
        )  # fmt: skip
