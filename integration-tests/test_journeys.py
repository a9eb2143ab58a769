"""Journeys of users over the installed wheels: the tutorial's project, and projects that move here."""

import doctest
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from testsite import services
from testsite.dispatched import readme
from testsite.processes import free_port

sys.path.insert(0, str(Path(__file__).resolve().parent))

from documentation import tutorial
from documentation.blocks import blocks, commands, sides

ROOT = Path(__file__).resolve().parent.parent
SERVERS = {
    "uvicorn": ["uvicorn", "bookshop.asgi:application", "--port"],
    "granian": ["granian", "bookshop.asgi:application", "--interface", "asgi", "--port"],
    "daphne": ["daphne", "bookshop.asgi:application", "--port"],
    "hypercorn": ["hypercorn", "bookshop.asgi:application", "--bind"],
}
PINNED = "import django; print(f'django=={django.__version__}')"
PREFIX = f"journey-{os.getpid()}"
DEPLOYED = """
import os

DATABASES = {{"default": {database!r}}}
CACHES = {{
    "default": {{
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": {redis!r},
        "KEY_PREFIX": {prefix!r},
    }}
}}
ALLOWED_HOSTS = ["*"]
DEBUG = False
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, new_environment: Any) -> Any:
    """An environment with all of restflow, and the servers that users choose from."""
    environment = new_environment(tmp_path_factory.mktemp("journeys") / "everything")
    environment.install(
        "restflow[all]", "annotated-types", "redis", "uvicorn", "granian", "daphne", "hypercorn", "psycopg[binary]"
    )
    return environment


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    psycopg = pytest.importorskip("psycopg")
    entry = services.postgres_database()
    name = f"restflow_journey_{os.getpid()}"
    address = {key: entry[key.upper()] for key in ("user", "password", "host", "port")}
    with psycopg.connect(dbname=entry["NAME"], autocommit=True, **address) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield entry | {"NAME": name, "CONN_MAX_AGE": None}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def bookshop(everything: Any, database: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tutorial's project at its end, made by Django's own `startproject` and the files that the chapters show."""
    folder = tmp_path_factory.mktemp("bookshop")
    tutorial.make(len(tutorial.CHAPTERS), folder, str(everything.python))
    with (folder / "bookshop" / "settings.py").open("a") as settings:
        settings.write(DEPLOYED.format(database=database, redis=services.url("redis"), prefix=PREFIX))
    call(everything, folder, "manage.py", "makemigrations", "shop")
    call(everything, folder, "manage.py", "migrate", "--verbosity", "0")
    code = (
        "from django.contrib.auth.models import User; from shop.models import Author; "
        "User.objects.create_user('ada', password='correct horse'); Author.objects.create(name='Le Guin')"
    )
    call(everything, folder, "manage.py", "shell", "-c", code)
    yield folder
    import redis

    client = redis.Redis.from_url(services.url("redis"))
    for key in client.scan_iter(f"{PREFIX}*"):
        client.delete(key)


def call(environment: Any, folder: Path, *words: str) -> str:
    hidden = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV"}
    variables = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run([environment.python, *words], cwd=folder, capture_output=True, text=True, env=variables)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Served:
    """A served project: `ask()` gives status and body."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def lines(self, path: str, number: int) -> list[str]:
        """The first lines of a stream, which is then left."""
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return [answer.readline().decode().strip() for _ in range(number)]


@contextmanager
def served_by(environment: Any, folder: Path, command: list[str]) -> Iterator[Served]:
    """Runs a server's command, which ends with the option for the port or address, until the block is left."""
    port = free_port()
    program, *options = command
    options.append(f"127.0.0.1:{port}" if options[-1] == "--bind" else str(port))
    with serving([str(environment.python.parent / program), *options], folder, port) as site:
        yield site


@contextmanager
def serving(words: list[str], folder: Path, port: int, **more: str) -> Iterator[Served]:
    """Runs a command in the folder, with `more` variables, until the block is left; enters it once the port is open."""
    hidden = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV"}
    variables = {key: value for key, value in os.environ.items() if key not in hidden} | more
    printed = folder / "printed.log"
    with printed.open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, env=variables)
    try:
        for _ in range(3000):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, printed.read_text()
                time.sleep(0.1)
        yield Served(port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest, everything: Any, bookshop: Path) -> Iterator[Served]:
    with served_by(everything, bookshop, SERVERS[request.param]) as site:
        yield site


@pytest.mark.needs("postgres", "redis")
class TestTheTutorialsProject:
    def test_it_works_under_every_server(self, served: Served, request: pytest.FixtureRequest) -> None:
        title = f"The Dispossessed, {request.node.callspec.params['served']}"
        book = {"title": title, "author": 1, "price": "9.50", "pages": 341}
        assert served.ask("/api/books/", book)[0] == 401
        status, pair = served.ask("/auth/token/", {"username": "ada", "password": "correct horse"})
        assert status == 200
        status, made = served.ask("/api/books/", book, pair["access"])
        assert (status, made["author"]) == (201, {"id": 1, "name": "Le Guin"})
        assert served.ask("/api/books/", book, pair["access"])[0] == 400  # the title is taken

        status, page = served.ask(f"/api/books/?title__icontains={title.split()[-1]}&pages__gte=300&order_by=-price")
        assert (status, [row["title"] for row in page["results"]]) == (200, [title])
        status, error = served.ask("/api/books/?pages__gte=many")
        assert (status, list(error["error"]["details"])) == (400, ["pages__gte"])
        status, error = served.ask("/api/nothing/")
        assert (status, error["error"]["code"]) == (404, "not_found")
        assert served.ask("/api/authors/1/statistics/")[1]["books"] >= 1

        assert json.loads(served.lines("/api/export/", 1)[0])["title"].startswith("The Dispossessed")
        assert served.lines("/api/changes/", 3)[1] == "event: book"
        with urllib.request.urlopen(f"{served.address}/api/schema/", timeout=30) as answer:
            assert answer.read().startswith(b"openapi: 3")

        status, renewed = served.ask("/auth/refresh/", {"refresh": pair["refresh"]})
        assert status == 200
        assert served.ask("/auth/refresh/", {"refresh": pair["refresh"]})[0] == 401  # spent: the session ends
        assert served.ask("/auth/refresh/", {"refresh": renewed["refresh"]})[0] == 401

    def test_its_own_tests_and_checks_pass(self, everything: Any, bookshop: Path) -> None:
        call(everything, bookshop, "manage.py", "test")
        call(everything, bookshop, "manage.py", "check", "--fail-level", "WARNING")
        call(everything, bookshop, "manage.py", "spectacular", "--fail-on-warn", "--validate")


@pytest.mark.needs("redis")
class TestAProjectThatOnlyCaches:
    def test_a_worker_of_celery_on_redis_invalidates_for_the_web_process(
        self, make_environment: Any, tmp_path: Path
    ) -> None:
        """The files of the dispatcher's README, with what its first line installs and nothing else."""
        environment = make_environment("restflow-dispatch-celery", "celery[redis]")
        installed = environment.installed()
        own = {name for name in installed if name.startswith("restflow")}
        assert own == {"restflow-core", "restflow-caching", "restflow-dispatch-celery"}
        assert "djangorestframework" not in installed
        site = tmp_path / "site"
        site.mkdir()
        text = ROOT / "packages" / "restflow-dispatch-celery" / "README.md"
        command = ["celery", "-A", "shop", "worker", "--concurrency=1"]
        readme.its_project_invalidates_in_a_worker(text, site, command, python=environment.python)


class TestTheQuickstart:
    def test_its_commands_lead_from_an_empty_folder_to_the_answers_that_it_shows(
        self, wheelhouse: Path, tmp_path: Path
    ) -> None:
        """Nothing is done but what the page says, in its order; a free port stands for its 8000."""
        page = blocks(ROOT / "docs" / "quickstart.md")
        script, asked = ["set -e"], []
        for number, block in enumerate(page):
            if block.file and not block.hidden:
                saved = tmp_path / str(number)
                saved.write_text(block.source)
                script.append(f"cp {saved} {block.file}")
            for command, output in commands(block.source) if block.language == "console" else []:
                if command.startswith("curl "):
                    asked.append((command, output))
                else:
                    script.append(f"exec {command}" if command.startswith("uvicorn ") else command)
        assert script[-1].startswith("exec uvicorn")
        port = free_port()
        variables = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PIP_FIND_LINKS": str(wheelhouse),
            "UVICORN_PORT": str(port),
        }
        with serving(["bash", "-c", "\n".join(script)], tmp_path, port, **variables) as site:
            for command, output in asked:
                words = shlex.split(command.replace("http://127.0.0.1:8000", site.address))
                done = subprocess.run([*words, "--silent"], capture_output=True, text=True, check=True)
                flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
                assert doctest.OutputChecker().check_output(output, f"{done.stdout}\n", flags), (command, done.stdout)
            with urllib.request.urlopen(f"{site.address}/docs/", timeout=30) as answer:
                assert b"swagger" in answer.read().lower()
        assert len(asked) >= 4


class TestAProjectThatMoves:
    def test_an_existing_project_moves_view_by_view(self, everything: Any, tmp_path: Path) -> None:
        """Each step replaces one class by its namesake; every answer stays what it was."""
        shutil.copytree(Path(__file__).with_name("journeys") / "view_by_view", tmp_path / "site")
        call_output = call(everything, tmp_path / "site", "run.py")
        steps = json.loads(call_output)
        names = list(steps)
        assert names[0] == "plain REST framework"
        assert len(names) >= 5
        for name in names[1:]:
            assert steps[name] == steps[names[0]], name

    def test_a_drf_restflow_project_changes_its_install_line(
        self, everything: Any, tmp_path: Path, new_environment: Any
    ) -> None:
        before = new_environment(tmp_path / "before")
        before.install("drf-restflow==2.0.1", "djangorestframework-simplejwt", "drf-spectacular")
        site = tmp_path / "site"
        shutil.copytree(Path(__file__).with_name("journeys") / "drf_restflow", site)
        old, new = [json.loads(call(environment, site, "run.py")) for environment in (before, everything)]
        assert old.keys() == new.keys()
        differences = {name: (old[name], new[name]) for name in old if old[name] != new[name]}
        assert differences.keys() == set(json.loads((site / "differences.json").read_text())), differences

    @pytest.mark.parametrize("library", ["django-filter", "djangorestframework-simplejwt"])
    def test_a_project_of_another_library_moves_as_its_page_shows(
        self, everything: Any, tmp_path: Path, new_environment: Any, library: str
    ) -> None:
        """The two sides of the page's `diff` blocks give equal answers but where its last table says."""
        name = library.removeprefix("djangorestframework-")
        page = ROOT / "docs" / "migrating" / f"{name}.md"
        before = new_environment(tmp_path / "before")
        before.install(call(everything, tmp_path, "-c", PINNED), "djangorestframework", library)
        answers = []
        for number, environment in enumerate((before, everything)):
            site = side_of(page, name.replace("-", "_"), tmp_path, number)
            answers.append(json.loads(call(environment, site, "run.py")))
        old, new = answers
        assert len(old) >= 30
        different = {step for step in old if old[step] != new[step]}
        said = page.read_text().partition("## What answers differently")[2]
        rows = re.findall(r"^\| ([^|]+) \|", said, re.M)[1:]
        assert different == {step.strip("`") for row in rows for step in row.split(", ")}, (old, new)
        public = call(before, tmp_path / "site-0", "public.py").split()
        assert [each for each in public if f"`{each}`" not in page.read_text()] == []

    def test_a_viewset_of_adrf_moves_as_its_page_shows(
        self, everything: Any, tmp_path: Path, new_environment: Any
    ) -> None:
        before = new_environment(tmp_path / "before")
        before.install(call(everything, tmp_path, "-c", PINNED), "djangorestframework", "adrf")
        page = ROOT / "docs" / "migrating" / "adrf.md"
        old, new = [
            json.loads(call(environment, side_of(page, "adrf", tmp_path, number), "run.py"))
            for number, environment in enumerate((before, everything))
        ]
        assert len(old) >= 30
        assert new == old


def side_of(page: Path, journey: str, folder: Path, number: int) -> Path:
    """The journey's project with the files before (0) or after (1) that the page's `diff` blocks show."""
    site = folder / f"site-{number}"
    shutil.copytree(ROOT / "docs" / "_projects" / "shop", site)
    shutil.copytree(Path(__file__).with_name("journeys") / journey, site, dirs_exist_ok=True)
    for block in [block for block in blocks(page) if block.language == "diff"]:
        (site / str(block.file)).write_text(sides(block)[number])
    return site
