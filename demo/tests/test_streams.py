"""Exports and events: complete, prompt, resumable, and gone when their client is."""

# ruff: noqa: ASYNC212  # what others write meanwhile is written by a plain client: the loop has nothing else to do

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.tests.running import SOON
from demo.tests.test_writing import NEW
from restflow.test import aiter_ndjson, aiter_sse


def resident(pid: int) -> int:
    """Bytes, as Linux counts them."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        pytest.skip("memory is read from /proc")
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> set[str]:
    """The files and sockets that a process has open."""
    return {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}


def test_every_city_is_a_line(api: httpx.Client, first: Any) -> None:
    api.get("cities/export/?country=BD")  # the first of its kind: imports, caches
    before = resident(first.process.pid)
    with api.stream("GET", "cities/export/") as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        rows = [json.loads(line) for line in answer.iter_lines()]
    assert len({row["id"] for row in rows}) == len(rows) == 34_006
    assert resident(first.process.pid) - before < 20 * 10**6
    assert rows[0].keys() == api.get("cities/").json()["results"][0].keys()


def test_the_export_takes_the_filters_of_the_list(api: httpx.Client) -> None:
    exported = [json.loads(line)["id"] for line in api.get("cities/export/?country=IS&order_by=name").text.splitlines()]
    listed = api.get("cities/?country=IS&order_by=name&page_size=100").json()["results"]
    assert exported == [row["id"] for row in listed]
    refused = api.get("cities/export/?populaton=1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "validation_error")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are read from /proc")
def test_exports_that_are_given_up_leave_nothing(api: httpx.Client, first: Any) -> None:
    """Neither connections nor threads pile up, however many clients go away half-way."""

    def leave(times: int) -> tuple[int, int]:
        for _ in range(times):
            with (
                httpx.Client(base_url=api.base_url, timeout=SOON) as client,
                client.stream("GET", "cities/export/") as answer,
            ):
                next(answer.iter_raw())
        for _ in range(200):
            api.get("cities/?country=LI").raise_for_status()
            if len(sockets()) <= idle:
                break
        return len(sockets()), len(list(Path(f"/proc/{first.process.pid}/task").iterdir()))

    def sockets() -> set[str]:
        return {name for name in descriptors(first.process.pid) if name.startswith("socket:")}

    api.get("cities/export/?country=BD")
    idle = len(sockets())
    open_sockets, threads = leave(20)
    assert open_sockets <= idle
    assert threads <= 16 + 6  # those of PersistentThreads, and the process's own


def test_countries_are_one_document(api: httpx.Client) -> None:
    answer = api.get("countries/export/")
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()) == 252


async def test_a_change_reaches_the_listeners_of_all_processes_and_is_not_lost(
    writable: Any, editable: httpx.Client, start: Any
) -> None:
    other = start("--data", writable.folder, "--port", 0)
    async with httpx.AsyncClient(timeout=SOON) as client:
        urls = [f"{site.url}api/events/" for site in (writable, other)]
        made = editable.post("cities/", json={**NEW, "country": "BT"}).json()
        seen: dict[str, int] = {}
        for url in urls:
            latest = (await client.get(f"{writable.url}api/changes/")).json()["results"][0]["id"]
            async with client.stream("GET", url, headers={"Last-Event-ID": str(latest - 1)}) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                events = aiter_sse(answer, timeout=SOON)
                first = await anext(events)
                assert (first.event, first.json()["what"]["city_id"]) == ("change", made["id"])
                version = made["version"]
                saved = await asyncio.to_thread(
                    editable.patch, f"cities/{made['id']}/", json={"population": 20 + version, "version": version}
                )
                made = saved.json()
                live = await anext(events)
                assert live.json()["what"]["after"] == {"population": 20 + version}
                seen[url] = int(live.id)
        for number in range(10):  # while nobody listens
            saved = editable.patch(f"cities/{made['id']}/", json={"population": number, "version": made["version"]})
            made = saved.json()
        for url in urls:
            async with client.stream("GET", url, headers={"Last-Event-ID": str(seen[urls[1]])}) as answer:
                events = aiter_sse(answer, timeout=SOON)
                missed = [(await anext(events)).json()["what"]["after"]["population"] for _ in range(10)]
                assert missed == list(range(10))
    assert other.interrupt() == (0, "")


async def test_a_listener_may_narrow_to_a_country(writable: Any, editable: httpx.Client) -> None:
    latest = editable.get("changes/").json()["results"][0]["id"]
    for code in ("IS", "BD"):
        editable.post("cities/", json={**NEW, "country": code}).raise_for_status()
    async with (
        httpx.AsyncClient(timeout=SOON) as client,
        client.stream("GET", f"{writable.url}api/events/?country=BD&after={latest}") as answer,
    ):
        event = await anext(aiter_sse(answer, timeout=SOON))
        assert event.json()["what"]["country_code"] == "BD"


@pytest.mark.parametrize("seen", ["nonsense", "-1", "9" * 30, "\N{ARABIC-INDIC DIGIT ONE}", ""], ids=range(5))
async def test_an_id_that_is_none_of_ours_does_no_harm(writable: Any, editable: httpx.Client, seen: str) -> None:
    async with (
        httpx.AsyncClient(timeout=SOON) as client,
        client.stream("GET", f"{writable.url}api/events/", params={"after": seen}) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        await asyncio.sleep(0.3)  # "from now on" begins when the stream has asked what the latest line is
        await asyncio.to_thread(editable.post, "cities/", json={**NEW, "name": f"After {seen[:20]}"})
        told = ""
        while "After" not in told:
            told = await asyncio.wait_for(anext(lines), SOON)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are read from /proc")
async def test_two_hundred_idle_listeners_hold_no_connection_to_the_database(writable: Any) -> None:
    def databases() -> int:
        return sum(
            file.is_symlink() and os.readlink(file).endswith("world.sqlite3")
            for file in Path(f"/proc/{writable.process.pid}/fd").iterdir()
        )

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=SOON, limits=limits) as client:
        requests = [client.build_request("GET", f"{writable.url}api/events/") for _ in range(200)]
        answers = await asyncio.gather(*(client.send(request, stream=True) for request in requests))
        assert {answer.status_code for answer in answers} == {200}
        for answer in answers:
            assert await anext(answer.aiter_raw()) == b"retry: 1000\n\n"
        assert databases() <= 17  # one a thread, and the reader's
        assert (await client.get(f"{writable.url}api/cities/")).status_code == 200
        await asyncio.gather(*(answer.aclose() for answer in answers))


async def test_pages_of_changes_neither_skip_nor_repeat_while_new_ones_arrive(
    writable: Any, editable: httpx.Client
) -> None:
    for _ in range(5):
        editable.post("cities/", json=NEW).raise_for_status()
    page = editable.get("changes/?page_size=2").json()
    ids = [row["id"] for row in page["results"]]
    newest = ids[0]
    while page["next"] and len(ids) < 8:
        editable.post("cities/", json=NEW).raise_for_status()
        page = editable.get(page["next"]).json()
        ids += [row["id"] for row in page["results"]]
    assert ids == list(range(newest, newest - len(ids), -1))


async def test_lines_are_read_by_the_projects_own_tools(first: Any) -> None:
    async with (
        httpx.AsyncClient(timeout=SOON) as client,
        client.stream("GET", f"{first.url}api/cities/export/?country=LI") as answer,
    ):
        rows = [row async for row in aiter_ndjson(answer)]
    assert [row["name"] for row in rows] == ["Vaduz"]
