"""The package exports what it documents, and importing it needs nothing that a project might lack."""

import subprocess
import sys

import restflow.test

DOCUMENTED = {
    "AsyncAPIClient",
    "AsyncAPIRequestFactory",
    "force_authenticate",
    "AsyncAPISimpleTestCase",
    "AsyncAPITestCase",
    "AsyncAPITransactionTestCase",
    "AsyncAPILiveServerTestCase",
    "SSEEvent",
    "aiter_sse",
    "aiter_ndjson",
    "aread",
    "assert_num_queries",
    "assert_max_crossings",
    "assert_error",
    "capture_on_commit_callbacks",
}


def test_exports_what_is_documented() -> None:
    assert set(restflow.test.__all__) == DOCUMENTED
    assert all(hasattr(restflow.test, name) for name in DOCUMENTED)


def test_importing_needs_no_settings_no_pytest_and_no_uvicorn() -> None:
    script = """
import sys
sys.modules["pytest"] = sys.modules["uvicorn"] = None
import restflow.test
from django.conf import settings
assert not settings.configured
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
