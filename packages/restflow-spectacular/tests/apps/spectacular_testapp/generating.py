"""Documents of URL patterns, checked: valid by the meta-schema, references and operation ids in order."""

from contextlib import contextmanager

from django.test import override_settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema

SCHEMA_CLASS = "restflow.spectacular.RestflowAutoSchema"
VERSIONS = ("3.0.3", "3.1.0", "3.2.0")


@contextmanager
def project(*, oas="3.0.3", rest=None, spectacular=None, schema=None):
    """Settings of a project for the time of a test."""
    rest_framework = {
        "DEFAULT_SCHEMA_CLASS": SCHEMA_CLASS,
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        **(rest or {}),
    }
    with (
        override_settings(REST_FRAMEWORK=rest_framework, RESTFLOW_SETTINGS={"SCHEMA": schema or {}}),
        patched_settings({"OAS_VERSION": oas, **(spectacular or {})}),
    ):
        yield


def generate(patterns, *, quiet=True, **settings):
    """The document; with `quiet`, a warning of the generation fails the test."""
    with project(**settings):
        document = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
        said = warnings()
        validate_schema(document)
    assert not (quiet and said), said
    check_references(document)
    return document


def warnings():
    """What the last generation said."""
    return [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]


def check_references(document):
    """Every reference leads somewhere, and operation ids are unique."""

    def visit(node):
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                target = document
                for part in reference.removeprefix("#/").split("/"):
                    target = target[part]
            for key, value in node.items():
                if key == "mapping":
                    for mapped in value.values():
                        visit({"$ref": mapped})
                visit(value)
        elif isinstance(node, list):
            for item in node:
                visit(item)

    visit(document)
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)), ids
