"""Generation runs nothing of the project, says nothing, and gives the same document every time."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.management.commands.spectacular import Command
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import BasePermission
from rest_framework.test import APIRequestFactory
from spectacular_testapp import protocol, urls
from spectacular_testapp.generating import SCHEMA_CLASS, VERSIONS, generate, project

from restflow.spectacular import RestflowAutoSchema

INSTALLED = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "drf_spectacular"]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("oas", VERSIONS)
def test_the_command_finds_nothing_to_complain_about(oas, language):
    out = StringIO()
    with (
        project(oas=oas, rest={"EXCEPTION_HANDLER": protocol.envelope}),
        override_settings(ROOT_URLCONF="spectacular_testapp.urls", LANGUAGE_CODE=language),
    ):
        call_command(
            Command(), "--fail-on-warn", "--validate", "--format", "openapi-json", "--lang", language, stdout=out
        )
    assert set(json.loads(out.getvalue())["paths"]) > {"/api/books/", "/api/events/", "/api/payments/"}


def test_no_query_and_no_code_of_a_request_is_run():  # pytest-django refuses queries without the `db` fixture
    class Never(BasePermission):
        def has_permission(self, request, view):
            raise AssertionError("a permission was asked")

    class NeverThrottles:
        def allow_request(self, request, view):
            raise AssertionError("a throttle was asked")

        def wait(self):
            raise AssertionError

    class Books(urls.Books):
        permission_classes = [Never]
        throttle_classes = [NeverThrottles]

    document = generate([urls.path("books/", Books.as_view({"get": "list", "post": "create"}))])
    assert set(document["paths"]["/books/"]) == {"get", "post"}


async def test_it_works_on_a_running_loops_thread():
    assert "/api/events/" in generate(urls.urlpatterns)["paths"]


def test_a_served_document_is_the_generated_one():
    view = SpectacularAPIView.as_view(permission_classes=[], urlconf="spectacular_testapp.urls")
    with project(), override_settings(ROOT_URLCONF="spectacular_testapp.urls"):
        response = view(APIRequestFactory().get("/schema/"))
    assert set(response.data["paths"]) == set(generate(urls.urlpatterns)["paths"])


def test_threads_that_share_a_schema_object_give_equal_documents():
    class Shared(protocol.ModelViewSet):
        schema = RestflowAutoSchema()
        queryset = protocol.Book.objects.all()
        serializer_class = protocol.BookSerializer

    class Derived(Shared):
        serializer_class = protocol.BookRowSerializer

    patterns = [
        urls.path("books/", Shared.as_view({"get": "list", "post": "create"})),
        urls.path("rows/", Derived.as_view({"get": "list", "post": "create"})),
        *urls.urlpatterns,
    ]

    def made(_number):
        return SchemaGenerator(patterns=patterns).get_schema(public=True)

    with project(), ThreadPoolExecutor(6) as pool:
        documents = list(pool.map(made, range(6)))
        assert all(document == documents[0] for document in documents)


def test_the_hash_seed_and_the_order_of_imports_change_nothing():
    code = f"""
import importlib, json, sys, django
from django.conf import settings
settings.configure(
    INSTALLED_APPS={[*INSTALLED, "spectacular_testapp"]!r}, ROOT_URLCONF="spectacular_testapp.urls",
    REST_FRAMEWORK={{"DEFAULT_SCHEMA_CLASS": {SCHEMA_CLASS!r}}},
)
django.setup()
for name in sys.argv[1:]:
    importlib.import_module(name)
from drf_spectacular.generators import SchemaGenerator
print(json.dumps(SchemaGenerator().get_schema(public=True)))
"""
    said = set()
    for seed, modules in (
        ("1", ["restflow.spectacular", "spectacular_testapp.urls"]),
        ("2", ["drf_spectacular.views"]),
    ):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(urls.__file__).parent.parent)}
        done = subprocess.run(
            [sys.executable, "-c", code, *modules], capture_output=True, text=True, check=True, env=environment
        )
        said.add(done.stdout)
    assert len(said) == 1
