"""The form of validation details, and the codes beside them."""

from typing import Any

import pytest
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import CharField, IntegerField, Serializer

from restflow.exceptions import build_exception_handler, exception_handler

ROWS: list[tuple[Any, dict[str, Any]]] = [
    ({"email": ["Bad."]}, {"email": ["Bad."]}),
    ({"email": "Bad."}, {"email": "Bad."}),
    (["Bad."], {"non_field_errors": ["Bad."]}),
    ("Bad.", {"non_field_errors": ["Bad."]}),
    ({"address": {"city": ["Required."]}}, {"address": {"city": ["Required."]}}),
    ([{}, {"name": ["Bad."]}], {"1": {"name": ["Bad."]}}),
    ({1: {"name": ["Bad."]}}, {"1": {"name": ["Bad."]}}),
    ({"rows": [{}, {"name": ["Bad."]}]}, {"rows": {"1": {"name": ["Bad."]}}}),
    ({"rows": ["All bad.", {"name": ["Bad."]}]}, {"rows": {"0": ["All bad."], "1": {"name": ["Bad."]}}}),
    ({"rows": [[], ["Bad."]]}, {"rows": {"1": ["Bad."]}}),
    ({NON_FIELD_ERRORS: ["Bad."]}, {"non_field_errors": ["Bad."]}),
    ({NON_FIELD_ERRORS: ["A."], "non_field_errors": ["B."]}, {"non_field_errors": ["A.", "B."]}),
    ({"n": [3, None, True]}, {"n": ["3", "None", "True"]}),
    ([], {}),
    ([{}, {}], {}),
]


def details(detail: Any) -> Any:
    error = ValidationError("placeholder")
    error.detail = detail
    response = exception_handler(error, {})
    assert response is not None
    return response.data["error"]["details"]


@pytest.mark.parametrize(("detail", "expected"), ROWS)
def test_details_have_one_form(detail: Any, expected: dict[str, Any]) -> None:
    assert details(detail) == expected


class RowSerializer(Serializer):
    name = CharField()
    size = IntegerField(required=False)


class TableSerializer(Serializer):
    rows = RowSerializer(many=True)


def test_many_is_told_by_position_whatever_rest_frameworks_version() -> None:
    serializer = RowSerializer(data=[{"name": "x"}, {"name": "y", "size": "z"}, 3], many=True)
    assert not serializer.is_valid()
    told = details(serializer.errors)
    assert set(told) == {"1", "2"}
    assert told["1"] == {"size": ["A valid integer is required."]}
    nested = TableSerializer(data={"rows": [{"name": "x"}, {}]})
    assert not nested.is_valid()
    assert details(nested.errors) == {"rows": {"1": {"name": ["This field is required."]}}}


def test_the_key_of_texts_without_a_field_is_rest_frameworks_setting(settings: Any) -> None:
    settings.REST_FRAMEWORK = {"NON_FIELD_ERRORS_KEY": "errors"}
    assert details(["Bad."]) == {"errors": ["Bad."]}
    assert details({NON_FIELD_ERRORS: ["Bad."]}) == {"errors": ["Bad."]}


def test_codes_have_the_shape_of_the_details() -> None:
    handler = build_exception_handler(include_codes=True)
    error = ValidationError({"email": [ErrorDetail("Bad.", "taken")], "rows": [{}, {"a": ["Bad."]}]})
    response = handler(error, {})
    assert response is not None
    assert response.data["error"]["codes"] == {"email": ["taken"], "rows": {"1": {"a": ["invalid"]}}}
    django_error = DjangoValidationError({"a": [DjangoValidationError("Bad.", code="odd")]})
    response = handler(django_error, {})
    assert response is not None
    assert response.data["error"]["codes"] == {"a": ["odd"]}


def test_a_text_that_cannot_be_formatted_is_still_told() -> None:
    response = exception_handler(DjangoValidationError("%(missing)s", params={"other": 1}), {})
    assert response is not None
    assert response.data["error"]["details"] == {"non_field_errors": ["Invalid value."]}
