"""Runs the blocks of one page, in order, in a process and a throw-away project of its own.

`python page.py PAGE` prints one JSON object a block that failed, and exits with 1 if any did; `python page.py PAGE
python` runs the page's Python alone.
"""

import ast
import doctest
import importlib
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import traceback
import types
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "integration-tests"), str(ROOT)]

from documentation.blocks import Block, blocks, commands, is_settings, needed  # noqa: E402
from documentation.project import Project, namespace_module  # noqa: E402
from testsite import services  # noqa: E402

# set up a machine, or serve for ever: that their words are right is tested by the demo and the layout tests
UNRUN = {"cd", "mkdir", "source", "export", "git", "hatch", "python3", "django-admin"}
UNRUN |= {"uvicorn", "granian", "hypercorn", "daphne", "celery"}
UNRUN_PYTHON = (["manage.py", "startapp"], ["-m", "venv"])
UNRUN_PYTHON += tuple(["manage.py", server] for server in ("runserver", "rqworker", "qcluster", "db_worker"))
ELLIPSIS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class PageError(Exception):
    """A block did not do what the page says."""


class Page:
    """The page's project and namespace, and what is done with each kind of block."""

    def __init__(self, path: Path, folder: Path, database: dict[str, object] | None) -> None:
        self.path = path
        self.blocks = blocks(path)
        named = re.search(r"<!-- project: ([\w-]+) -->", path.read_text())
        if named:
            shutil.copytree(ROOT / "docs" / "_projects" / named[1], folder, dirs_exist_ok=True)
        self.project = Project(folder, self.blocks, chapters_before(path), database)
        self.module = namespace_module()
        self.namespace = vars(self.module)
        self.kinds: dict[str, Callable[[Block], None]] = {
            "python": self.python,
            "console": self.console,
            "http": self.http,
            "json": lambda block: json.loads(block.source),
            "toml": self.toml,
            "yaml": self.yaml,
        }

    def run(self, languages: Collection[str]) -> int:
        """Runs the blocks of the languages, of all without any; 1 if one failed."""
        self.project.set_up()
        if (self.project.folder / "rows.py").exists():
            importlib.import_module("rows")
        failed = 0
        for block in self.blocks:
            if block.skipped or block.language not in (languages or self.kinds):
                continue
            if block.beside and not find_spec(block.beside):
                continue
            try:
                self.kinds[block.language](block)
            except BaseException as error:
                failed += 1
                place = f"{self.path.relative_to(ROOT)}:{block.line}"
                text = str(error) if isinstance(error, PageError) else traceback.format_exc(limit=-4)
                print(json.dumps({"where": place, "language": block.language, "error": text}))
        return 1 if failed else 0

    def python(self, block: Block) -> None:
        expected = block.attributes.get("raises")
        try:
            if is_settings(block):
                self.project.configure(block.source)
            elif block.file:
                self.project.use(block.file, block.source, self.namespace)
            else:
                self._execute(block)
        except Exception as error:
            if expected is None:
                raise
            text = f"{type(error).__name__}: {error}"
            if not doctest.OutputChecker().check_output(f"...{expected}...\n", f"{text}\n", ELLIPSIS):
                raise PageError(f"raised {text}\nnot {expected}") from None
        else:
            if expected is not None:
                raise PageError(f"nothing was raised, where the page says {expected}")

    def _execute(self, block: Block) -> None:
        source = "\n" * block.line + block.source  # so that a traceback has the page's lines
        code = compile(source, str(self.path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        before = self.namespace.get("urlpatterns")
        if code.co_flags & inspect.CO_COROUTINE:
            from asgiref.sync import async_to_sync

            run = types.FunctionType(code, self.namespace)
            async_to_sync(run)()
        else:
            exec(code, self.namespace)
        if self.namespace.get("urlpatterns") is not before:
            self.project.adopt_urls(self.namespace)

    def console(self, block: Block) -> None:
        for command, output in commands(block.source):
            words = shlex.split(command, comments=True)
            if words[:2] == ["pip", "install"] or words[:3] == ["python", "-m", "pip"]:
                self._requirements(words[words.index("install") + 1 :])
                continue
            if words[0] in UNRUN or words[1:3] in UNRUN_PYTHON:
                continue
            shown = self._called(words)
            if output and not doctest.OutputChecker().check_output(output, shown, ELLIPSIS):
                raise PageError(f"$ {command}\nprinted:\n{shown}\nthe page says:\n{output}")

    def _called(self, words: list[str]) -> str:
        limit: list[str] = []
        if words[0] == "curl":
            address = self.project.live()
            words = [re.sub(r"^https?://(127\.0\.0\.1|localhost):8000", address, word) for word in words]
            limit = [] if "--max-time" in words else ["--max-time", "30"]
            words = ["curl", "--silent", "--show-error", *limit, *words[1:]]
        elif words[0] == "python":
            # the tables are there from the start, before a page makes its migrations
            existing = ["--fake-initial"] if words[1:3] == ["manage.py", "migrate"] else []
            words = [sys.executable, *words[1:], *existing]
        elif words[0] == "restflow":
            words = [sys.executable, "-m", "restflow.core", *words[1:]]
        done = subprocess.run(words, cwd=self.project.folder, capture_output=True, text=True, timeout=120)
        text = done.stdout.replace("\r\n", "\n") + done.stderr
        timed = words[0] == "curl" and not limit and done.returncode == 28  # the page's own limit ended a stream
        if done.returncode and not timed:
            raise PageError(f"{shlex.join(words)}: status {done.returncode}\n{text}")
        return text if text.endswith("\n") else f"{text}\n"

    @staticmethod
    def _requirements(words: list[str]) -> None:
        """Each named distribution of ours exists with the extras it is asked for."""
        from packaging.requirements import Requirement

        for word in words:
            if word.startswith("-"):
                continue
            requirement = Requirement(word)
            if not requirement.name.startswith("restflow"):
                continue
            extras = metadata.metadata(requirement.name).get_all("Provides-Extra") or []
            unknown = set(requirement.extras) - set(extras)
            if unknown:
                raise PageError(f"{requirement.name} has no extra {sorted(unknown)}; it has {sorted(extras)}")

    def http(self, block: Block) -> None:
        """A request and, after it, the response: its status, some of its headers, a part of its JSON."""
        from django.test import Client

        request, separator, response = re.split(r"^(HTTP/[\d.]+ )", block.source, maxsplit=1, flags=re.M)
        if not separator:
            raise PageError("no response is shown")
        (method, target), headers, body = _message(request)
        (status, *_), expected_headers, expected = _message(response)
        client = Client(raise_request_exception=False)
        kind = headers.pop("Content-Type", "application/json")
        answer = client.generic(method, target, body.encode(), content_type=kind, headers=headers)
        content = b"".join(answer.streaming_content) if answer.streaming and not answer.is_async else None
        text = (answer.content if content is None else content).decode()
        if answer.status_code != int(status):
            what = f"{method} {urlsplit(target).path} answered {answer.status_code}, not {status}"
            raise PageError(f"{what}\n{text[:1500]}")
        for name, value in expected_headers.items():
            if not doctest.OutputChecker().check_output(f"{value}\n", f"{answer.headers.get(name)}\n", ELLIPSIS):
                raise PageError(f"{name}: {answer.headers.get(name)}, not {value}")
        if expected.strip():
            if answer.headers["Content-Type"].endswith("json"):
                _compare(json.loads(expected), json.loads(text), "")
            elif not doctest.OutputChecker().check_output(expected, text, ELLIPSIS):
                raise PageError(f"answered:\n{text}\nnot:\n{expected}")

    @staticmethod
    def toml(block: Block) -> None:
        document = tomllib.loads(block.source)
        for requirement in document.get("project", {}).get("dependencies", []):
            Page._requirements([requirement])

    @staticmethod
    def yaml(block: Block) -> None:
        import yaml

        list(yaml.safe_load_all(block.source))


def chapters_before(path: Path) -> list[Block]:
    """The blocks of the tutorial's chapters before this one: `3-filters.md` goes on from `1-...` and `2-...`."""
    number = re.match(r"(\d+)-", path.name)
    if number is None:
        return []
    earlier = sorted(path.parent.glob("*.md"), key=lambda other: int(other.name.partition("-")[0]))
    return [block for other in earlier[: int(number[1]) - 1] for block in blocks(other)]


def _message(text: str) -> tuple[list[str], dict[str, str], str]:
    """First line's words, headers, body."""
    head, _, body = text.strip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    headers = dict(re.split(r":\s*", line, maxsplit=1) for line in lines)
    return first.split(), headers, body


def _compare(expected: Any, actual: Any, place: str) -> None:
    """`expected` is part of `actual`; `"..."` stands for any value, and as the last entry of a list for any more."""
    if expected == "...":
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in actual:
                raise PageError(f"{place}.{key} is missing; there are {sorted(actual)}")
            _compare(value, actual[key], f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        more = expected[-1:] == ["..."]
        shown = expected[:-1] if more else expected
        if len(shown) > len(actual) or (not more and len(shown) != len(actual)):
            raise PageError(f"{place or 'the list'} has {len(actual)} entries, not {len(shown)}: {actual}")
        for index, value in enumerate(shown):
            _compare(value, actual[index], f"{place}[{index}]")
    elif expected != actual or type(expected) is not type(actual):
        raise PageError(f"{place or 'the answer'} is {actual!r}, not {expected!r}")


@contextmanager
def database_for(path: Path) -> Iterator[dict[str, object] | None]:
    """A database of the page's own on the server that it needs, until the block is left; `None`: SQLite will do."""
    if "postgres" not in needed(path):
        yield None
        return
    import psycopg

    entry = services.postgres_database() | {"NAME": f"page_{os.getpid()}"}
    with psycopg.connect(services.url("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {entry['NAME']}")
        try:
            yield entry
        finally:
            server.execute(f"DROP DATABASE {entry['NAME']} WITH (FORCE)")


def main(name: str, *languages: str) -> int:
    warnings.simplefilter("error")
    path = Path(name).resolve()
    with tempfile.TemporaryDirectory() as folder, database_for(path) as database:
        return Page(path, Path(folder), database).run(languages)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
