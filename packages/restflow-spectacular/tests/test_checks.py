"""System checks name what keeps the document incomplete."""

from functools import wraps

import pytest
from django.test import modify_settings
from rest_framework.views import exception_handler
from spectacular_testapp import protocol
from spectacular_testapp.generating import project

from restflow.spectacular.checks import check_schema


def silent(exc, context):
    return exception_handler(exc, context)


@wraps(protocol.envelope)
def wrapping(exc, context):
    return protocol.envelope(exc, context)


def found(**rest):
    with project(rest=rest):
        return [message.id for message in check_schema()]


def test_another_schema_class_beside_the_app_is_warned_of():
    with modify_settings(INSTALLED_APPS={"append": "restflow.spectacular"}):
        assert found(DEFAULT_SCHEMA_CLASS="drf_spectacular.openapi.AutoSchema") == ["restflow.W601"]
        assert found() == []


def test_another_schema_class_without_the_app_is_none_of_our_business():
    assert found(DEFAULT_SCHEMA_CLASS="drf_spectacular.openapi.AutoSchema") == []


def test_a_handler_that_describes_nothing_is_warned_of():
    assert found(EXCEPTION_HANDLER=silent) == ["restflow.W602"]


@pytest.mark.parametrize(
    "handler", [exception_handler, protocol.envelope, wrapping], ids=["stock", "describing", "wrapping"]
)
def test_a_handler_that_is_known_or_describes_itself_is_fine(handler):
    assert found(EXCEPTION_HANDLER=handler) == []
