"""The section SCHEMA refuses what it cannot use, and views override two of its keys."""

import pytest
from django.test import override_settings
from django.urls import path
from spectacular_testapp import protocol
from spectacular_testapp.generating import generate

from restflow.core import ConfigError
from restflow.spectacular._versions import require_drf_spectacular
from restflow.spectacular.parameters import (
    filterset_schema_applies,
    resolve_error_statuses,
    resolve_filterset_schema_methods,
)
from restflow.spectacular.settings import SchemaSettings


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"FILTER_METHODS": ("FETCH",)}, "FILTER_METHODS"),
        ({"FILTER_METHODS": "GET"}, "FILTER_METHODS"),
        ({"ERROR_STATUSES": (200,)}, "ERROR_STATUSES"),
        ({"NEGATED_PARAMETERS": 1}, "NEGATED_PARAMETERS"),
        ({"FILTER_METHOD": None}, "FILTER_METHODS"),
    ],
    ids=["no method", "text", "no error", "no bool", "unknown key"],
)
def test_a_bad_section_is_refused_by_name(section, said):
    with override_settings(RESTFLOW_SETTINGS={"SCHEMA": section}), pytest.raises(ConfigError, match=said):
        SchemaSettings.current()


def test_method_names_are_read_in_any_letter_case():
    with override_settings(RESTFLOW_SETTINGS={"SCHEMA": {"FILTER_METHODS": ("get", "Post")}}):
        assert resolve_filterset_schema_methods(protocol.APIView()) == {"GET", "POST"}
        assert filterset_schema_applies(protocol.APIView(), "post")
        assert not filterset_schema_applies(protocol.APIView(), "put")


@pytest.mark.parametrize("wrong", ["GET", 5, ("FETCH",), (1,)], ids=["text", "number", "no method", "numbers"])
def test_a_view_with_wrong_methods_is_named(wrong):
    class Shelf(protocol.APIView):
        filterset_schema_methods = wrong

    with pytest.raises(ConfigError, match=r"Shelf\.filterset_schema_methods"):
        resolve_filterset_schema_methods(Shelf())


@pytest.mark.parametrize("wrong", [None, 404, (200,), ("404",)], ids=["none", "number", "success", "text"])
def test_a_view_with_wrong_statuses_is_named_when_its_operation_is_generated(wrong):
    class Shelf(protocol.APIView):
        serializer_class = protocol.NoteSerializer
        schema_error_statuses = wrong

        def get(self, request):
            raise AssertionError

    with pytest.raises(ConfigError, match=r"Shelf\.schema_error_statuses"):
        generate([path("shelf/", Shelf.as_view())])


def test_a_view_may_leave_its_errors_out():
    class Shelf(protocol.APIView):
        schema_error_statuses = ()

    assert resolve_error_statuses(Shelf()) == ()


@pytest.mark.parametrize("version", ["0.29.0", "0.9"])
def test_an_older_drf_spectacular_is_refused_with_both_versions(monkeypatch, version):
    monkeypatch.setattr("drf_spectacular.__version__", version)
    with pytest.raises(ConfigError) as refused:
        require_drf_spectacular()
    assert all(name in str(refused.value) for name in ("0.30", version))


@pytest.mark.parametrize("version", ["0.30.0", "0.30.1", "1.0"])
def test_a_newer_drf_spectacular_is_fine(monkeypatch, version):
    monkeypatch.setattr("drf_spectacular.__version__", version)
    require_drf_spectacular()
