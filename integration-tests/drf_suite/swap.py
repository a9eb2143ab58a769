"""A pytest plugin for DRF's own tests: puts restflow's serializers in place of DRF's before any test is imported."""

from typing import Any

import pytest
from exclusions import EXCLUDED

SWAPPED = ("Serializer", "ModelSerializer", "HyperlinkedModelSerializer")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: Any) -> None:
    from rest_framework import serializers

    import restflow.serializers

    for name in SWAPPED:
        setattr(serializers, name, getattr(restflow.serializers, name))


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leaves out the tests that are listed for this release."""
    from rest_framework import VERSION

    listed = EXCLUDED.get(".".join(VERSION.split(".")[:2]), {})
    left_out = [item for item in items if item.nodeid.split("tests/", 1)[-1] in listed]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: Any) -> None:
    """A suite that has not met restflow's serializers has shown nothing."""
    import restflow.serializers

    made = sum(len(getattr(restflow.serializers, name).__subclasses__()) for name in SWAPPED)
    if made < 50 and session.testscollected > 500:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        raise pytest.UsageError(f"only {made} serializer classes of the tests were restflow's")
