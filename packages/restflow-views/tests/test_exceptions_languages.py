"""The messages in the languages that catalogs are shipped for, once the app is installed."""

from typing import Any

import pytest
from django.http import Http404
from django.utils import translation
from django.utils.translation import trans_real

from restflow.exceptions import exception_handler


@pytest.fixture
def installed(settings: Any) -> Any:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "restflow.exceptions"]
    trans_real._translations.clear()
    yield
    trans_real._translations.clear()


@pytest.mark.parametrize(
    ("language", "message"),
    [("de", "Ressource nicht gefunden."), ("es", "Recurso no encontrado."), ("fr", "Ressource introuvable."),
     ("en", "Resource not found.")],
)  # fmt: skip
def test_messages_are_translated(installed: None, language: str, message: str) -> None:
    with translation.override(language):
        response = exception_handler(Http404(), {})
    assert response is not None
    assert response.data["error"]["message"] == message
