"""Brokers that are away and workers that are killed lose no invalidation."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from testsite.dispatched import failures
from testsite.processes import until

SITE = {"apps": failures.APPS, "autodiscover": ["restflow.dispatch.celery"]}
LOSSLESS = {"broker_transport": "restflow.dispatch.celery.redis:Transport"}


@pytest.mark.parametrize(("service", "celery"), [("redis", LOSSLESS), ("rabbitmq", {})], ids=["redis", "rabbitmq"])
def test_nothing_is_stale_or_lost_though_a_worker_is_killed_and_the_broker_restarted(
    service: str, celery: dict[str, str], make_site: Any, tmp_path: Path
) -> None:
    def process_is_killed(site: Any) -> None:
        # Celery's main process gives its message back
        until(lambda: "SIGKILL" in site.worker.said(), "a pool process is killed", failures.PATIENCE)

    failures.survives_a_kill_and_a_restart(
        service,
        partial(make_site, celery=celery, **SITE),
        tmp_path,
        process_is_killed=process_is_killed,
        done=" succeeded in ",
    )


def test_a_broker_that_is_away_loses_nothing(make_site: Any) -> None:
    failures.is_done_in_place(make_site("rabbitmq", url="amqp://127.0.0.1:1//", **SITE), "OperationalError")


def test_ten_thousand_rows_of_one_transaction_are_twenty_messages(make_site: Any) -> None:
    failures.are_twenty_messages(make_site("rabbitmq", **SITE), lambda message: dict(message.payload[1]["rule_kwargs"]))
