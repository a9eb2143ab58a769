"""The write endpoints: what is valid is stored with its line in the log, and what is not leaves no trace."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

NEW = {
    "name": "Atlantis",
    "country": "IS",
    "population": 12,
    "latitude": "31.5",
    "longitude": -24.25,
    "timezone": "Atlantic/Azores",
}


def log(folder: Path, city: int | None = None) -> list[tuple[Any, ...]]:
    """The log of changes: of one city, or all of it."""
    with closing(sqlite3.connect(folder / "world.sqlite3")) as database:
        columns = "kind, city_name, country_code, json(before), json(after)"
        which = "" if city is None else f"WHERE city_id = {city}"
        return database.execute(f"SELECT {columns} FROM world_change {which} ORDER BY id").fetchall()


def test_a_city_is_made_changed_and_deleted(editable: httpx.Client, admin: httpx.Client, writable: Any) -> None:
    made = editable.post("cities/", json=NEW)
    assert made.status_code == 201, made.text
    city = made.json()
    assert city["country_name"] == "Iceland"
    assert city["location"] == {"latitude": "31.50000", "longitude": "-24.25000", "timezone": "Atlantic/Azores"}
    assert (city["last_change"]["kind"], city["last_change"]["by"]) == ("created", "editor")
    assert (city["version"], city["geoname_id"], city["is_capital"], city["names"]) == (1, None, False, [])
    path = f"cities/{city['id']}/"
    assert editable.get(path).json() == city

    changed = editable.patch(path, json={"population": 13, "country": "PT", "version": 1})
    assert changed.status_code == 200, changed.text
    assert changed.json() == city | {
        "population": 13,
        "country": "PT",
        "country_name": "Portugal",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
        "last_change": changed.json()["last_change"],
    }
    assert changed.json()["last_change"]["kind"] == "updated"
    assert editable.patch(path, json={"version": 2}).json() == changed.json()  # nothing changes, the version neither
    replaced = editable.put(path, json={**NEW, "version": 2})
    assert replaced.status_code == 200, replaced.text
    assert replaced.json()["version"] == 3

    refused = editable.delete(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")
    gone = admin.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert editable.get(path).status_code == 404
    told = log(writable.folder, city["id"])
    assert [line[:3] for line in told] == [
        ("created", "Atlantis", "IS"),
        ("updated", "Atlantis", "PT"),
        ("updated", "Atlantis", "IS"),
        ("deleted", "Atlantis", "IS"),
    ]
    assert told[1][3:] == ('{"country_id":"IS","population":12}', '{"country_id":"PT","population":13}')


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"name", "country", "population", "latitude", "longitude", "timezone"}),
        ({"name": ""}, {"name"}),
        ({"name": "a" * 81}, {"name"}),
        ({"name": "a\x00b"}, {"name"}),
        ({"name": ["a"]}, {"name"}),
        ({"name": None}, {"name"}),
        ({"country": "XX"}, {"country"}),
        ({"country": {"code": "IS"}}, {"country"}),
        ({"population": "many"}, {"population"}),
        ({"population": -1}, {"population"}),
        ({"population": True}, {"population"}),
        ({"population": 10**30}, {"population"}),
        ({"latitude": 90.1}, {"latitude"}),
        ({"latitude": "NaN"}, {"latitude"}),
        ({"longitude": -181}, {"longitude"}),
        ({"longitude": "1.1234567"}, {"longitude"}),
        ({"timezone": "Mars/Olympus"}, {"timezone"}),
        ({"timezone": "../../etc/passwd"}, {"timezone"}),
        ({"is_capital": "perhaps"}, {"is_capital"}),
        ({"popluation": 5}, {"popluation"}),
        ({"name": 7.5, "population": {}, "timezone": []}, {"population", "timezone"}),
    ],
)
def test_what_is_wrong_is_named(editor: httpx.Client, body: dict[str, Any], wrong: set[str]) -> None:
    refused = editor.post("cities/", json={**NEW, **body} if body else {})
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["code"] == "validation_error"
    assert set(refused.json()["error"]["details"]) == wrong


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"name": ', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'["Atlantis"]', "application/json", 400),
        (b"7", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b"name=Atlantis", "application/x-www-form-urlencoded", 415),
        (b'{"name": "Atlantis"}', "text/plain", 415),
    ],
)
def test_what_is_no_json_object_is_refused(editor: httpx.Client, content: bytes, media_type: str, status: int) -> None:
    refused = editor.post("cities/", content=content, headers={"Content-Type": media_type})
    assert refused.status_code == status, refused.text
    assert refused.json()["error"]["code"] in ("parse_error", "validation_error", "unsupported_media_type")


def test_refused_requests_have_stored_nothing(editor: httpx.Client, loaded: Path) -> None:
    for body in ({**NEW, "population": "many"}, {**NEW, "country": "XX"}):
        editor.post("cities/", json=body)
    [row] = editor.get("cities/?name=Munich").json()["results"]
    assert editor.patch(f"cities/{row['id']}/", json={"population": -5, "version": 1}).status_code == 400
    assert editor.patch(f"cities/{row['id']}/", json={"population": 5}).status_code == 400  # no version
    assert editor.get("cities/?name=Munich").json()["results"] == [row]
    assert len(editor.get("cities/export/").text.splitlines()) == 34_006
    assert [line[0] for line in log(loaded)] == ["bulk"]  # that of loading


WRITES = [
    ("POST", "cities/"),
    ("PUT", "cities/1/"),
    ("PATCH", "cities/1/"),
    ("PATCH", "cities/bulk/"),
    ("DELETE", "cities/1/"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_strangers_may_not_write(api: httpx.Client, method: str, path: str) -> None:
    refused = api.request(method, path, json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_authenticated")
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_of_two_editors_the_second_is_told_and_no_edit_is_lost(editable: httpx.Client, admin: httpx.Client) -> None:
    city = editable.post("cities/", json=NEW).json()
    path = f"cities/{city['id']}/"
    assert editable.patch(path, json={"population": 20, "version": 1}).status_code == 200
    late = admin.patch(path, json={"population": 30, "name": "Atlantis II", "version": 1})
    assert late.status_code == 409
    error = late.json()["error"]
    assert (error["code"], error["details"]["sent_version"], error["details"]["current_version"]) == ("conflict", 1, 2)
    assert error["details"]["current"]["population"] == 20
    assert admin.get(path).json()["population"] == 20
    assert admin.patch(path, json={"name": "Atlantis II", "version": 2}).status_code == 200
    merged = admin.get(path).json()
    assert (merged["population"], merged["name"], merged["last_change"]["by"]) == (20, "Atlantis II", "admin")


def test_a_census_is_written_at_once_or_not_at_all(editable: httpx.Client, writable: Any) -> None:
    cities = [editable.post("cities/", json=NEW).json()["id"] for _ in range(3)]
    before = len(log(writable.folder))
    counted = editable.patch("cities/bulk/", json=[{"id": city, "population": 100 + city} for city in cities])
    assert counted.status_code == 200, counted.text
    assert {row["id"]: (row["population"], row["version"]) for row in counted.json()} == {
        city: (100 + city, 2) for city in cities
    }
    told = log(writable.folder)
    assert len(told) == before + 1
    assert (told[-1][0], told[-1][4]) == ("bulk", '{"cities":3}')
    wrong = editable.patch("cities/bulk/", json=[{"id": cities[0], "population": 1}, {"id": cities[1]}])
    assert wrong.status_code == 400
    assert editable.get(f"cities/{cities[0]}/").json()["population"] == 100 + cities[0]
    assert len(log(writable.folder)) == before + 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        [5],
        [{"id": 1}],
        [{"population": 5}],
        [{"id": -1, "population": 5}],
        [{"id": 10**30, "population": 5}],
        [{"id": "1", "population": 5, "name": "x"}],
        [{"id": 1, "population": 5}] * 2,
        [{"id": number, "population": 5} for number in range(1, 202)],
    ],
    ids=range(11),
)
def test_what_is_no_census_is_refused(editor: httpx.Client, body: Any) -> None:
    refused = editor.patch("cities/bulk/", json=body)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["code"] == "validation_error"


def test_what_the_client_may_not_set_is_refused(editable: httpx.Client) -> None:
    for name, value in {"id": 1, "version": 9, "geoname_id": 5, "names": ["x"], "updated_by": 1}.items():
        refused = editable.post("cities/", json={**NEW, name: value})
        assert (refused.status_code, set(refused.json()["error"]["details"])) == (400, {name})


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "cities/1/"), ("DELETE", "cities/"), ("POST", "countries/"), ("DELETE", "countries/BD/")],
)
def test_methods_that_do_not_exist(editor: httpx.Client, method: str, path: str) -> None:
    refused = editor.request(method, path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in refused.headers["allow"]


def test_no_change_is_lost_among_many_at_once(editable: httpx.Client, writable: Any) -> None:
    city = editable.post("cities/", json=NEW).json()["id"]

    def grow(number: int) -> int:
        """Tries with whatever version is current until it is; the number of conflicts on the way."""
        for conflicts in range(1000):
            version = editable.get(f"cities/{city}/").json()["version"]
            saved = editable.patch(f"cities/{city}/", json={"population": 100 + number, "version": version})
            if saved.status_code == 200:
                return conflicts
            assert saved.status_code == 409
        raise AssertionError("never saved")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(grow, range(12)))
    assert editable.get(f"cities/{city}/").json()["version"] == 13
    assert len(log(writable.folder, city)) == 13
