"""Brokers that are away and workers that are killed lose no invalidation."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from testsite.dispatched import failures
from testsite.processes import until

SITE = {"apps": failures.APPS}


@pytest.mark.parametrize("service", ["redis", "rabbitmq"])
def test_nothing_is_stale_or_lost_though_a_worker_is_killed_and_the_broker_restarted(
    service: str, make_site: Any, tmp_path: Path
) -> None:
    def process_is_killed(site: Any) -> None:
        # then Dramatiq ends the others too
        until(lambda: not site.worker.running, "a worker process is killed, and all end", failures.PATIENCE)
        assert "exited unexpectedly" in site.worker.said()
        site.worker.start()

    failures.survives_a_kill_and_a_restart(
        service,
        partial(make_site, **SITE),
        tmp_path,
        process_is_killed=process_is_killed,
        done="Completed after ",
    )


def test_a_broker_that_is_away_loses_nothing(make_site: Any) -> None:
    failures.is_done_in_place(make_site("rabbitmq", url="amqp://127.0.0.1:1//", **SITE), "ConnectionClosed")


def test_ten_thousand_rows_of_one_transaction_are_twenty_messages(make_site: Any) -> None:
    failures.are_twenty_messages(
        make_site("redis", **SITE), lambda message: dict(json.loads(message)["kwargs"]["rule_kwargs"])
    )
