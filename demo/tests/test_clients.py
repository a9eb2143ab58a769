"""Clients that public generators make of the document talk to the running site, and know its errors."""

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from demo.tests.running import SOON, Site, environment
from testsite import services

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
from demo.settings import *

RESTFLOW_SETTINGS = RESTFLOW_SETTINGS | {"SCHEMA": {"NEGATED_PARAMETERS": False}}
"""
"""openapi-python-client drops an operation with parameters that differ in punctuation alone, as `name` and `name!`."""
STREAMED, NDJSON = "GET /api/cities/export/ within cities.", "application/x-ndjson"
"""It knows no type for such lines, and says so; the others are typed."""
OSLO = {"name": "Oslo-by", "country": "NO", "timezone": "Europe/Oslo", "population": 12}

CLIENT, SNAPSHOT = Path(__file__).with_name("client.ts"), Path(__file__).with_name("openapi.yaml")
TYPESCRIPT = ("openapi-typescript@7", "openapi-fetch@0.17", "typescript@5")

Modules = Callable[[str], Any]


@pytest.fixture(scope="module")
def folder(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the document for clients in it."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "client_settings.py").write_text(SETTINGS)
    env = environment() | {"RESTFLOW_DEMO_DATA": str(loaded), "PYTHONPATH": f"{folder}:{ROOT}"}
    describe = [sys.executable, "-m", "django", "spectacular", "--settings", "client_settings", "--fail-on-warn"]
    subprocess.run([*describe, "--file", "openapi.yaml"], cwd=folder, env=env, check=True, timeout=SOON)
    return folder


@pytest.fixture(scope="module")
def generator(folder: Path) -> "subprocess.CompletedProcess[str]":
    """openapi-python-client, after its work."""
    (folder / "config.yaml").write_text("post_hooks: []\n")  # nobody reads the package, so nothing formats it
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--path", "openapi.yaml"]
    command += ["--config", "config.yaml", "--output-path", "world_client"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=SOON)


@pytest.fixture(scope="module")
def generated(folder: Path, generator: Any) -> Iterator[Modules]:
    """`generated("models")`: a module of the package that was generated."""
    assert generator.returncode == 0, generator.stdout
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"world_client.{name}")
    sys.path.remove(str(folder))


@pytest.fixture
def connect(generated: Modules, writable: Site) -> Iterator[Callable[..., Any]]:
    """`connect(token)`: the generated client; it raises for a status that the document does not have."""
    module = generated("client")
    options = {"base_url": writable.url.rstrip("/"), "raise_on_unexpected_status": True}
    with ExitStack() as opened:
        yield lambda token=None: opened.enter_context(
            module.AuthenticatedClient(**options, token=token) if token else module.Client(**options)
        )


@pytest.fixture
def editor(generated: Modules, connect: Callable[..., Any]) -> Any:
    """The generated client after it has logged in."""
    models = generated("models")
    body = models.TokenObtainRequest(username="editor", password="editor-demo")
    tokens = generated("api.token.token_create").sync(client=connect(), body=body)
    assert isinstance(tokens, models.TokenPair), tokens
    return connect(tokens.access)


def test_the_generator_understands_every_operation_but_streams(generator: Any, folder: Path) -> None:
    said = generator.stderr.splitlines()
    assert [line for line in said if line.startswith(("WARNING", "ERROR"))] == [f"WARNING parsing {STREAMED}"]
    assert all(NDJSON in line for line in said if line.startswith("Cannot parse"))
    operations = [path for path in folder.glob("world_client/api/*/*.py") if path.name != "__init__.py"]
    assert len(operations) == 21


def test_it_lists_and_retrieves(generated: Modules, editor: Any) -> None:
    models = generated("models")
    page = generated("api.cities.cities_list").sync(client=editor, population_gte=20_000_000, country="CN")
    assert isinstance(page, models.PagesCityListList)
    assert {type(row) for row in page.results} == {models.CityList}
    assert "Shanghai" in {row.name for row in page.results}
    city = generated("api.cities.cities_retrieve").sync(client=editor, id=str(page.results[0].id))
    assert isinstance(city, models.City)
    assert isinstance(city.location, models.Location)


def test_it_creates_with_authentication(generated: Modules, editor: Any) -> None:
    models = generated("models")
    body = models.NewCityRequest(**OSLO, latitude="59.91", longitude="10.75")
    answer = generated("api.cities.cities_create").sync_detailed(client=editor, body=body)
    assert (answer.status_code, type(answer.parsed)) == (HTTPStatus.CREATED, models.City)
    assert (answer.parsed.name, answer.parsed.location.latitude) == ("Oslo-by", "59.91000")


def test_errors_have_the_type_of_the_envelope(generated: Modules, editor: Any, connect: Callable[..., Any]) -> None:
    models = generated("models")
    body = models.NewCityRequest(**OSLO | {"country": "XX"}, latitude="91", longitude="10.75")
    refused = generated("api.cities.cities_create").sync_detailed(client=editor, body=body)
    assert (refused.status_code, type(refused.parsed)) == (HTTPStatus.BAD_REQUEST, models.ErrorEnvelope)
    assert refused.parsed.error.code == "validation_error"
    assert set(refused.parsed.error.details.additional_keys) == {"country", "latitude"}

    missing = generated("api.cities.cities_retrieve").sync_detailed(client=editor, id="999999999")
    assert (missing.status_code, type(missing.parsed)) == (HTTPStatus.NOT_FOUND, models.ErrorEnvelope)

    unknown = generated("api.me.me_retrieve").sync_detailed(client=connect("spoilt"))
    assert (unknown.status_code, type(unknown.parsed)) == (HTTPStatus.UNAUTHORIZED, models.ErrorEnvelope)


@pytest.fixture(scope="module")
def java_generator(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`java_generator("python")`: the folder that openapi-generator made of the document, negated names and all."""

    def generate(language: str, **properties: str) -> Path:
        folder = tmp_path_factory.mktemp(language)
        command = [
            str(Path(sys.executable).with_name("openapi-generator-cli")),
            "generate",
            "--input-spec",
            str(SNAPSHOT),
        ]
        command += ["--generator-name", language, "--output", str(folder)]
        if properties:
            command += ["--additional-properties", ",".join(f"{name}={value}" for name, value in properties.items())]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=5 * SOON)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return folder

    return generate


def test_a_client_of_openapi_generator_talks_to_the_site(
    java_generator: Callable[..., Path], writable: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(java_generator("python", packageName="world_of_java"))
    client, errors = importlib.import_module("world_of_java"), importlib.import_module("world_of_java.exceptions")
    with client.ApiClient(client.Configuration(host=writable.url.rstrip("/"))) as connection:
        cities = client.CitiesApi(connection)
        page = cities.cities_list(population__gte=20_000_000, country="CN")
        assert {type(row) for row in page.results} == {client.CityList}
        assert "Shanghai" in {row.name for row in page.results}
        assert "Shanghai" not in {row.name for row in cities.cities_list(country="CN", name2="Shanghai").results}
        with pytest.raises(errors.NotFoundException) as missing:
            cities.cities_retrieve(id="999999999")
    assert isinstance(missing.value.data, client.ErrorEnvelope)


def test_openapi_generator_makes_a_client_for_typescript(java_generator: Callable[..., Path]) -> None:
    folder = java_generator("typescript-fetch")
    assert {"CitiesApi.ts", "TokenApi.ts"} <= {path.name for path in folder.glob("**/apis/*.ts")}


@pytest.fixture
def npm(tmp_path: Path) -> Callable[..., str]:
    """`npm("exec", ...)`: what npm says, in a folder of the test's own."""
    program = shutil.which("npm")
    if program is None:
        (pytest.fail if services.required() else pytest.skip)("no npm")

    def run(*arguments: str) -> str:
        command = [program, *arguments]
        finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=5 * SOON)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    return run


def test_types_for_typescript_are_strict_and_talk_to_the_site(
    npm: Callable[..., str], writable: Site, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(CLIENT, tmp_path)
    npm("install", "--no-audit", "--no-fund", *TYPESCRIPT)
    npm("exec", "--", "openapi-typescript", str(SNAPSHOT), "--output", "world.d.ts", "--default-non-nullable=false")
    npm("exec", "--", "tsc", "--strict", "--module", "nodenext", "--target", "es2022", "world.d.ts", CLIENT.name)
    said = npm("exec", "--", "node", "client.js", writable.url.rstrip("/"))
    countries, code, latitude = json.loads(said)
    assert countries
    assert "CN" not in countries
    assert (code, latitude) == ("validation_error", "59.91000")
