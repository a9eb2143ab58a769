"""Brokers that are away and workers that are killed lose no invalidation."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from testsite import brokers

logger = logging.getLogger(__name__)

ROWS = int(os.environ.get("RESTFLOW_TEST_INVALIDATIONS", "200"))
"""Invalidations of the long run; 10,000 is what the project measures itself by."""
PATIENCE = 60 + ROWS / 20
SITE = {"apps": ["dispatch_celery_site"], "autodiscover": ["restflow.dispatch.celery"]}
LOSSLESS = {"broker_transport": "restflow.dispatch.celery.redis:Transport"}


def settled(site: Any, version: int) -> None:
    """Waits until every entry was computed again from its new row: then none is stale, and none was lost."""
    last: dict[str, Any] = {}

    def done() -> bool:
        last.update(site.web.tell("verify", version))
        return last["stale"] == last["missing"] == 0

    try:
        brokers.until(done, "every entry is of the new version", PATIENCE, pause=0.5)
    except BaseException as error:
        error.add_note(f"{last}\n{site.worker.said()[-6000:]}")
        raise


@pytest.mark.parametrize(("service", "celery"), [("redis", LOSSLESS), ("rabbitmq", {})], ids=["redis", "rabbitmq"])
def test_nothing_is_stale_or_lost_though_a_worker_is_killed_and_the_broker_restarted(
    service: str, celery: dict[str, str], make_site: Any, tmp_path: Path
) -> None:
    server = brokers.private(service, tmp_path / service)
    server.start()
    try:
        site = make_site(service, url=server.url, celery=celery, **SITE)
        assert site.web.tell("create", ROWS)["created"] == ROWS
        site.worker.start()
        quarters = site.web.ask("change", 2)
        next(quarters)
        # the process that computes the first row is killed, once: Celery's main process gives its message back
        brokers.until(lambda: "SIGKILL" in site.worker.said(), "a pool process is killed", PATIENCE)
        brokers.until(lambda: site.worker.said().count(" succeeded in ") > ROWS // 20, "the worker works", PATIENCE)
        site.worker.kill()  # all of it, with what it has in hand
        next(quarters)
        site.worker.start()
        server.restart()  # while the web process goes on
        *_, answer = quarters
        assert answer["changed"] == ROWS
        settled(site, 2)
        logger.info("%s: %d invalidations, %d done in place while it was away", service, ROWS, answer["refused"])
    finally:
        server.stop()


def test_a_broker_that_is_away_loses_nothing(make_site: Any) -> None:
    site = make_site("rabbitmq", url="amqp://127.0.0.1:1//", **SITE)
    site.web.tell("create", 2)
    answer = site.web.tell("change", 2)
    assert answer == {"changed": 2, "refused": 2, "errors": ["OperationalError"], "end": "change"}
    assert site.web.tell("verify", 2) == {"stale": 0, "missing": 0, "all": 2, "end": "verify"}


def test_ten_thousand_rows_of_one_transaction_are_twenty_messages(make_site: Any) -> None:
    site = make_site("rabbitmq", **SITE)
    site.web.tell("bulk", 10_000)
    assert site.web.tell("touch")["refused"] == 0
    messages = site.messages(site.name)
    assert len(messages) == 20  # BATCH_SIZE is 500
    sent = [message.payload[1]["rule_kwargs"] for message in messages]
    rows = [given["pk"] for rules in sent for listed in rules.values() for given in listed]
    assert sorted(rows) == list(range(1, 10_001))
