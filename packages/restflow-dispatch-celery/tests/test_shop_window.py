"""The package exports what its README tells, and its entry point leads to the class."""

import restflow.caching
from restflow.caching.dispatchers import resolve
from restflow.dispatch import celery as package


def test_what_it_exports() -> None:
    assert package.__all__ == ["CeleryDispatcher"]


def test_the_entry_point_leads_to_the_class() -> None:
    assert restflow.caching.CeleryDispatcher is resolve("celery") is package.CeleryDispatcher
