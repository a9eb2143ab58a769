"""Saves that each set off a message, while workers are killed and brokers restarted: none may be lost."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testsite import brokers
from testsite.dispatched.site import Site
from testsite.processes import until

ROWS = int(os.environ.get("RESTFLOW_TEST_INVALIDATIONS", "200"))
"""Invalidations of the long run; 10,000 is what the project measures itself by."""
PATIENCE = 60 + ROWS / 20
APPS = ["testsite.dispatched"]


def survives_a_kill_and_a_restart(
    service: str, make_site: Callable[..., Site], folder: Path, *, process_is_killed: Callable[[Site], None], done: str
) -> None:
    """Saves every row while a process of the worker, then all of the worker is killed, and the broker is restarted.

    `process_is_killed` waits until the one that computes the first row is, and starts what does not start by itself;
    `done` is what the worker prints for each piece of work. Fails where an entry is stale in the end, or was not
    computed again.
    """
    server = brokers.private(service, folder / service)
    server.start()
    try:
        site = make_site(service, url=server.url)
        assert site.web.tell("create", ROWS)["created"] == ROWS
        site.worker.start()
        quarters = site.web.ask("change", 2)
        next(quarters)
        process_is_killed(site)
        until(lambda: site.worker.said().count(done) > ROWS // 20, "the worker works", PATIENCE)
        site.worker.kill()  # all of it, with what it has in hand
        next(quarters)
        site.worker.start()
        server.restart()  # while the web process goes on
        *_, answer = quarters
        assert answer["changed"] == ROWS
        _settled(site, 2)
    finally:
        server.stop()


def _settled(site: Site, version: int) -> None:
    """Waits until every entry was computed again from its new row: then none is stale, and none was lost."""
    last: dict[str, Any] = {}

    def done() -> bool:
        last.update(site.web.tell("verify", version))
        return bool(last["stale"] == last["missing"] == 0)

    try:
        until(done, "every entry is of the new version", PATIENCE, pause=0.5)
    except BaseException as error:
        error.add_note(f"{last}\n{site.worker.said()[-6000:]}")
        raise


def is_done_in_place(site: Site, error: str) -> None:
    """Where the broker is away, every piece of work is done in the process of the change, and the error is told."""
    site.web.tell("create", 2)
    assert site.web.tell("change", 2) == {"changed": 2, "refused": 2, "errors": [error], "end": "change"}
    assert site.web.tell("verify", 2) == {"stale": 0, "missing": 0, "all": 2, "end": "verify"}


def are_twenty_messages(site: Site, rule_kwargs: Callable[[Any], dict[str, Any]]) -> None:
    """10,000 rows of one transaction are a message for each `BATCH_SIZE`, which is 500; `rule_kwargs` reads one."""
    site.web.tell("bulk", 10_000)
    assert site.web.tell("touch")["refused"] == 0
    messages = site.messages(site.name)
    assert len(messages) == 20
    rows = [given["pk"] for message in messages for listed in rule_kwargs(message).values() for given in listed]
    assert sorted(rows) == list(range(1, 10_001))
