"""Tests that need routes use the test app's (`@pytest.mark.urls("test_testapp.urls")`)."""

import pytest

from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory


@pytest.fixture
def client() -> AsyncAPIClient:
    return AsyncAPIClient()


@pytest.fixture
def factory() -> AsyncAPIRequestFactory:
    return AsyncAPIRequestFactory()
