"""`--check`: tries the running site as a client does. It makes one edit, to see its effect, and takes it back."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

Check = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers in lower case, the parsed JSON or the text."""

    status: int
    headers: dict[str, str]
    data: Any

    def is_error(self, status: int, code: str) -> bool:
        """Whether it is that error, in the envelope."""
        envelope = self.data.get("error", {}) if isinstance(self.data, dict) else {}
        return self.status == status and envelope.get("code") == code and bool(envelope.get("message"))


class Client:
    """Asks the site; `token` is sent with each request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.token = ""

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Answer:
        """The answer to a request; `body` is sent as JSON, or as it is where it is bytes."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self._url + path, data=content, headers=headers, method=method)
        try:
            with urlopen(request, timeout=30) as response:
                return _read(response.status, response)
        except HTTPError as error:
            with error:
                return _read(error.code, error)

    def first_of_stream(self, path: str) -> str:
        """The first line of a stream."""
        with urlopen(self._url + path, timeout=10) as response:
            return str(response.readline().decode())


def _read(status: int, response: Any) -> Answer:
    text = response.read().decode()
    headers = {name.lower(): value for name, value in response.headers.items()}
    is_json = headers.get("content-type", "").startswith("application/json")
    return Answer(status, headers, json.loads(text) if is_json and text else text)


def run(url: str, cities: int, countries: int, passwords: dict[str, str] | None) -> int:
    """Prints each check and how it went; 0 if all went well, else 1."""
    client = Client(url)
    failed = 0
    for name, passed in _checks(client, cities, countries, passwords or {}):
        failed += not passed
        sys.stdout.write(f"{'ok  ' if passed else 'FAIL'} {name}\n")
        sys.stdout.flush()
    return 1 if failed else 0


def _checks(client: Client, cities: int, countries: int, passwords: dict[str, str]) -> Iterator[Check]:
    yield from _reading(client, cities, countries)
    yield from _filters(client)
    yield from _errors(client)
    if "editor" in passwords:
        yield from _editing(client, passwords["editor"])


def _reading(client: Client, cities: int, countries: int) -> Iterator[Check]:
    lines = client.ask("api/cities/export/").data.splitlines()
    yield f"{cities:,} cities are exported, a line each", len(lines) == cities and "id" in json.loads(lines[-1])
    yield f"{countries:,} countries are listed", client.ask("api/countries/").data["count"] == countries
    for path in (
        "api/",
        "api/continents/",
        "api/countries/BD/",
        "api/countries/export/",
        "api/cities/",
        "api/changes/",
    ):
        answer = client.ask(path)
        yield f"{path} answers", answer.status == 200 and "server-timing" in answer.headers
    limited = client.ask("api/limits/")
    yield "a throttle tells what is left", limited.status in (200, 429) and "ratelimit" in limited.headers
    yield "database and cache are reached", client.ask("healthz").data == {"database": True, "cache": True}
    for path in ("", "docs/", "redoc/", "schema/", "admin/login/"):
        yield f"/{path} answers", client.ask(path).status == 200
    yield "events are streamed", client.first_of_stream("api/events/").startswith("retry: ")


def _filters(client: Client) -> Iterator[Check]:
    def names(query: str) -> list[str]:
        return [row["name"] for row in client.ask(f"api/cities/?{query}&page_size=100").data["results"]]

    for name in ("Мюнхен", "muenchen", "München"):
        yield f"{name} finds Munich once", names(f"q={quote(name)}&population__gte=1000000").count("Munich") == 1
    rows = client.ask("api/cities/?country!=DE&q=Berlin").data["results"]
    yield "country!=DE leaves out Germany", bool(rows) and "DE" not in {row["country"] for row in rows}
    yield "a rectangle may cross the date line", "Suva" in names("bbox=177,-20,-178,-16")
    both = client.ask("api/cities/?language=fr-CA,en-CA&page_size=100").data["results"]
    yield "of several languages all are spoken", {row["country"] for row in both} == {"CA"}
    sizes = [row["population"] for row in client.ask("api/cities/?population__gte=1000000").data["results"]]
    yield "cities above a million, largest first", min(sizes) >= 10**6 and sizes == sorted(sizes)[::-1]


def _errors(client: Client) -> Iterator[Check]:
    unknown = client.ask("api/cities/?populaton=1")
    yield (
        "an unknown parameter is refused with the nearest name",
        unknown.is_error(400, "validation_error") and "'population'" in str(unknown.data),
    )
    many = "&".join(f"name__icontains=a{number}" for number in range(60))
    yield "sixty parameters are refused", client.ask(f"api/cities/?{many}").status == 400
    hostile = [client.ask(f"api/cities/?population={quote(value)}").status for value in ("\0", "9" * 400, "NaN", "'--")]
    yield "hostile values are refused", set(hostile) <= {200, 400}
    yield "an unknown page is not found", client.ask("api/cities/?page=100000").is_error(404, "not_found")
    yield "an unknown country is not found", client.ask("api/countries/ZZ/").is_error(404, "not_found")
    yield "an unknown address is not found", client.ask("nowhere/").is_error(404, "not_found")
    yield "a stranger has no account", client.ask("api/me/").is_error(401, "not_authenticated")
    posted = client.ask("api/cities/", "POST", {"name": "Atlantis"})
    yield "a stranger may not write", posted.is_error(401, "not_authenticated")


def _editing(client: Client, password: str) -> Iterator[Check]:
    answer = client.ask("api/token/", "POST", {"username": "editor", "password": password})
    yield "the editor logs in", answer.status == 200
    client.token = answer.data["access"]
    yield "broken JSON is refused", client.ask("api/cities/", "POST", b'{"name": ').is_error(400, "parse_error")
    yield "the editor is one", client.ask("api/me/").data["groups"] == ["editors"]

    def report(query: str = "") -> str:
        return client.ask(f"api/countries/IS/report/{query}").headers.get("x-cache-status", "")

    yield "a report is computed anew for editors", report("?fresh=1") == "REFRESH"
    yield "and comes from the cache then", report() == "HIT"
    city = client.ask("api/cities/?country=IS").data["results"][0]
    path, population = f"api/cities/{city['id']}/", city["population"]

    def save(version: int, **values: Any) -> Answer:
        return client.ask(path, "PATCH", {"version": version, **values})

    yield "a name is changed", save(city["version"], name=f"{city['name']}'").status == 200
    yield "which leaves the report", report() == "HIT"
    yield "a stale version is refused", save(city["version"], population=1).is_error(409, "conflict")
    changed = save(city["version"] + 1, name=city["name"], population=population + 1)
    yield "a population is changed", changed.status == 200
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: client.ask("api/countries/IS/report/").headers, range(20)))
    told = {headers.get("x-cache-status") for headers in found}
    yield "which wipes the report", "MISS" in told
    yield "and twenty who ask compute it once", len({headers.get("x-cached-at") for headers in found}) == 1
    yield "the edit is taken back", save(city["version"] + 2, population=population).status == 200
    deleted = client.ask(path, "DELETE")
    yield "an editor may not delete", deleted.is_error(403, "permission_denied")
