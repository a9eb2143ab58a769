"""The package exports what its README tells, and its entry point leads to the class."""

from typing import Any

from dramatiq.brokers.stub import StubBroker

import restflow.caching
from restflow.caching.dispatchers import resolve
from restflow.dispatch import dramatiq as package


def test_what_it_exports() -> None:
    assert package.__all__ == ["DramatiqDispatcher", "register_actor"]


def test_the_entry_point_leads_to_the_class() -> None:
    assert restflow.caching.DramatiqDispatcher is resolve("dramatiq") is package.DramatiqDispatcher


def test_the_older_path_of_register_actor_leads_here(use_broker: Any) -> None:
    from restflow.caching.dispatchers.dramatiq import register_actor

    use_broker(StubBroker())
    assert register_actor() is package.register_actor()
