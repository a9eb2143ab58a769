"""The cached report: what wipes it, what does not, and that many who ask at once compute it once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from demo.tests.test_writing import NEW


def status(client: httpx.Client, code: str, query: str = "") -> str:
    answer = client.get(f"countries/{code}/report/{query}")
    assert answer.status_code == 200, answer.text
    told = answer.headers["x-cache-status"]
    return "HIT" if told == "STALE" else told  # on a slow machine a minute passes; nothing was wiped


@pytest.fixture
def city(editable: httpx.Client) -> dict[str, Any]:
    """A new city of Bhutan, whose report and that of Nepal are in the cache."""
    made: dict[str, Any] = editable.post("cities/", json={**NEW, "country": "BT"}).json()
    for code in ("BT", "NP"):
        status(editable, code)
        assert status(editable, code) == "HIT"
    return made


def patch(client: httpx.Client, city: dict[str, Any], **values: Any) -> None:
    answer = client.patch(f"cities/{city['id']}/", json={"version": city["version"], **values})
    assert answer.status_code == 200, answer.text
    city.update(answer.json())


def test_a_population_wipes_the_report_of_its_country_alone(editable: httpx.Client, city: dict[str, Any]) -> None:
    before = editable.get("countries/BT/report/").json()
    patch(editable, city, population=1_000_012)
    assert status(editable, "NP") == "HIT"
    after = editable.get("countries/BT/report/")
    assert after.headers["x-cache-status"] == "MISS"
    assert after.json()["inhabitants"] == before["inhabitants"] + 1_000_000
    assert status(editable, "BT") == "HIT"


def test_a_name_wipes_nothing(editable: httpx.Client, city: dict[str, Any]) -> None:
    patch(editable, city, name="Another name")
    assert (status(editable, "BT"), status(editable, "NP")) == ("HIT", "HIT")


def test_a_move_wipes_both_countries(editable: httpx.Client, city: dict[str, Any]) -> None:
    patch(editable, city, country="NP")
    assert (status(editable, "BT"), status(editable, "NP")) == ("MISS", "MISS")


def test_a_new_city_a_deleted_one_and_a_census_wipe(
    editable: httpx.Client, admin: httpx.Client, city: dict[str, Any]
) -> None:
    editable.post("cities/", json={**NEW, "country": "NP"}).raise_for_status()
    assert (status(editable, "BT"), status(editable, "NP")) == ("HIT", "MISS")
    editable.patch("cities/bulk/", json=[{"id": city["id"], "population": 77}]).raise_for_status()
    assert (status(editable, "BT"), status(editable, "NP")) == ("MISS", "HIT")
    admin.delete(f"cities/{city['id']}/").raise_for_status()
    assert (status(editable, "BT"), status(editable, "NP")) == ("MISS", "HIT")


def test_what_is_rolled_back_wipes_nothing(editable: httpx.Client, city: dict[str, Any]) -> None:
    refused = editable.patch(f"cities/{city['id']}/", json={"version": 99, "population": 5})
    assert refused.status_code == 409
    assert status(editable, "BT") == "HIT"


def test_editors_may_have_it_computed_anew(editable: httpx.Client, city: dict[str, Any]) -> None:
    assert status(editable, "BT", "?fresh=1") == "REFRESH"
    assert status(editable, "BT") == "HIT"
    refused = httpx.get(f"{editable.base_url}countries/BT/report/?fresh=1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")
    assert editable.get("countries/BT/report/?fresh=perhaps").status_code == 400


def test_twenty_who_ask_at_once_compute_it_once(editable: httpx.Client, city: dict[str, Any]) -> None:
    patch(editable, city, population=500)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: editable.get("countries/BT/report/"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-cached-at"] for answer in answers}) == 1


def test_the_figures_are_what_they_say(api: httpx.Client) -> None:
    report = api.get("countries/DE/report/").json()
    lines = api.get("cities/export/?country=DE").text.splitlines()
    sizes = sorted(int(line.split('"population":')[1].split(",")[0]) for line in lines)
    assert (report["cities"], report["inhabitants"]) == (len(sizes), sum(sizes))
    mean_difference = sum(abs(one - other) for one in sizes for other in sizes) / len(sizes) ** 2
    assert report["gini"] == pytest.approx(mean_difference / 2 / (sum(sizes) / len(sizes)), abs=0.001)
    assert 0.5 < report["zipf"] < 1.5
    assert 1 < report["nearest_km"] < 50


def test_continents_are_sent_once_and_then_known(api: httpx.Client) -> None:
    first = api.get("continents/")
    assert len(first.json()) == 7
    again = api.get("continents/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get("continents/").headers["x-cache-status"] == "HIT"
