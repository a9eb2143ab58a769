"""The read endpoints: pages, filters and orderings over real rows."""

from typing import Any

import httpx
import pytest


def rows(api: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def names(api: httpx.Client, path: str) -> list[str]:
    return [row["name"] for row in rows(api, path)]


def test_the_root_leads_to_everything(api: httpx.Client, first: Any) -> None:
    links = api.get("").json()
    assert links["cities"] == f"{first.url}api/cities/"
    assert links.keys() == {"countries", "cities", "continents", "changes", "events", "me", "limits", "schema"}
    assert {api.get(links[name]).status_code for name in links if name not in ("events", "me")} == {200}


def test_cities_above_a_million_the_largest_first(api: httpx.Client) -> None:
    answer = api.get("cities/?population__gte=1000000&order_by=-population").json()
    sizes = [row["population"] for row in answer["results"]]
    assert len(sizes) == 20
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= 1_000_000
    assert answer["results"][0].keys() == {
        *("id", "name", "country", "population", "timezone", "is_capital", "version", "country_name"),
    }
    assert answer["previous"] is None
    assert "page=2" in answer["next"]


def test_pages_follow_one_another_without_gap_or_overlap(api: httpx.Client) -> None:
    together = [row["id"] for row in rows(api, "cities/?country=BD&page_size=60")]
    apart = [row["id"] for page in (1, 2, 3) for row in rows(api, f"cities/?country=BD&page={page}")]
    assert apart == together
    assert len(set(together)) == 60


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=Reykjavík", ["Reykjavík"]),
        ("name__startswith=Reykja&order_by=name", ["Reykjanesbær", "Reykjavík"]),
        ("q=muenchen&population__gte=1000000", ["Munich"]),
        ("q=M%C3%BCnchen&population__gte=1000000", ["Munich"]),
        ("country=BD&population__gte=3000000&order_by=name", ["Chattogram", "Dhaka"]),
        ("country__in=IS,LI&is_capital=true&order_by=name", ["Reykjavík", "Vaduz"]),
        ("continent=OC&is_capital=1&population__gte=300000", ["Wellington", "Canberra"]),
        ("timezone=Atlantic/Reykjavik&population__gt=100000", ["Reykjavík"]),
        ("timezone__startswith=Antarctica/&population__range=1000,", []),
        ("country=DE&population__range=1500000,3000000", ["Hamburg", "Munich"]),
        ("bbox=177,-20,-178,-16&is_capital=true", ["Suva"]),
        ("bbox=-22,64,-21,65&is_capital=true", ["Reykjavík"]),
    ],
)
def test_filters(api: httpx.Client, query: str, expected: list[str]) -> None:
    assert names(api, f"cities/?{query}") == expected


def test_a_negation_is_the_complement(api: httpx.Client) -> None:
    def count(query: str) -> int:
        return len(api.get(f"cities/export/?{query}").text.splitlines())

    for parameter in ("country{}=DE", "population__gte{}=1000000", "language{}=bn-BD", "bbox{}=0,0,90,90"):
        assert count(parameter.format("")) + count(parameter.format("!")) == 34_006
    assert "China" not in {row["country_name"] for row in rows(api, "cities/?country!=CN&page_size=100")}


def test_a_city_in_full(api: httpx.Client) -> None:
    [row] = rows(api, "cities/?name=Munich")
    city = api.get(f"cities/{row['id']}/").json()
    assert city["geoname_id"] == 2867714
    assert (city["country"], city["country_name"]) == ("DE", "Germany")
    assert city["location"] == {"latitude": "48.13743", "longitude": "11.57549", "timezone": "Europe/Berlin"}
    assert city["last_change"] is None
    assert city["version"] == 1
    assert {"München", "Мюнхен"} <= set(city["names"])


def test_countries(api: httpx.Client) -> None:
    assert api.get("countries/").json()["count"] == 252
    assert names(api, "countries/")[0] == "Afghanistan"
    assert names(api, "countries/?languages=is") == ["Iceland"]
    assert names(api, "countries/?currency=CHF&order_by=name") == ["Liechtenstein", "Switzerland"]
    assert names(api, "countries/?continent=EU&density__gte=5000&order_by=-density") == ["Monaco", "Gibraltar"]
    assert names(api, "countries/?cities__population__gte=20000000") == ["China"]
    by_density = rows(api, "countries/?order_by=density&page_size=100&page=3")
    assert by_density[-1]["area_km2"] is None  # unknown, and so last in either direction


def test_a_country_in_full(api: httpx.Client) -> None:
    country = api.get("countries/BD/").json()
    assert (country["code3"], country["capital"], country["continent"]) == ("BGD", "Dhaka", "AS")
    assert {language["code"]: language["name"] for language in country["languages"]} == {
        "bn-BD": "Bengali",
        "en": "English",
    }
    assert sorted(country["neighbours"]) == ["IN", "MM"]


@pytest.mark.parametrize(
    ("path", "status", "key", "text"),
    [
        ("cities/?population__gte=abc", 400, "population__gte", "valid integer"),
        ("cities/?populaton=5", 400, "populaton", "Did you mean 'population'?"),
        ("cities/?order_by=geoname_id", 400, "order_by", "not a valid choice"),
        ("cities/?bbox=1,2", 400, "bbox", "west,south,east,north"),
        ("cities/?bbox=a,b,c,d", 400, "bbox", "four numbers"),
        ("cities/?bbox=0,0,0,400", 400, "bbox", "Latitudes"),
        ("cities/?language=fr&currency=EUR", 400, "currency", "Unknown"),
        ("countries/?currency=XYZ", 400, "currency", "not a valid choice"),
        ("cities/?page=99999", 404, None, "Invalid page"),
        ("cities/?page=abc", 404, None, "Invalid page"),
        ("cities/99999999/", 404, None, "not found"),
        ("cities/abc/", 404, None, "not found"),
        ("cities/99999999999999999999999/", 404, None, "not found"),
        ("countries/XX/", 404, None, "not found"),
        ("countries/XX/report/", 404, None, "not found"),
        ("changes/?cursor=nonsense", 404, None, "Invalid cursor"),
        ("countries/?continent!!=EU", 400, "continent!!", "Unknown"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(
    api: httpx.Client, path: str, status: int, key: str | None, text: str
) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["code"] == {400: "validation_error", 404: "not_found"}[status]
    assert text.lower() in str(error["details"][key] if key else error["message"]).lower()


HOSTILE = [
    "\x00",
    "a" * 5000,
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "%",
    "_",
    "' OR 1=1 --",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\N{MATHEMATICAL DOUBLE-STRUCK DIGIT ONE}",
    "[]",
    '"',
    ",",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_parameter_makes_the_server_fail(api: httpx.Client, value: str) -> None:
    parameters = (
        "q name name__icontains country country__in language population population__range timezone "
        "updated_at updated_at__date bbox is_capital order_by page page_size"
    )
    for parameter in parameters.split():
        assert api.get("cities/", params={parameter: value}).status_code in (200, 400, 404), parameter


def test_too_many_parameters(api: httpx.Client) -> None:
    wanted = {
        f"name__{lookup}{sign}": "a"
        for lookup in ("icontains", "contains", "startswith", "endswith", "iexact")
        for sign in ("", "!")
    }
    wanted |= {f"population__{lookup}{sign}": "1" for lookup in ("gt", "gte", "lt", "lte") for sign in ("", "!")}
    wanted |= {f"updated_at__{lookup}": "2020-01-01" for lookup in ("gt", "gte", "lt", "lte")}
    answer = api.get("cities/", params=wanted)
    assert answer.status_code == 400
    assert "No more than 20" in answer.text
