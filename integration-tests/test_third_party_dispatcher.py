"""Somebody else's wheel publishes a dispatcher: rules find it by name, and it passes the published contract kit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DISPATCHER = '''
"""Work in a folder: one file a message, and a process that reads them."""

import json
import os
import sys
import time
import uuid
from pathlib import Path

from restflow.caching import Dispatcher


class SpoolDispatcher(Dispatcher):
    """Writes a message into a folder for a worker of its own."""

    name = "spool"
    durable = True
    options = ("folder",)

    def dispatch(self, *, rule_ids, rule_kwargs, **context):
        folder = Path(self.config["folder"])
        message = folder / f"{time.time_ns()}-{uuid.uuid4().hex}"
        message.with_suffix(".new").write_text(json.dumps([rule_ids, rule_kwargs, context]))
        message.with_suffix(".new").rename(message.with_suffix(".json"))

    def flush(self, timeout):
        deadline = time.monotonic() + timeout
        while any(Path(self.config["folder"]).glob("*.json")):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def work(folder):
    import django

    django.setup()
    from restflow.caching.tasks import run_cache_rules

    at_work = Path(folder, "at-work")
    while True:
        for message in sorted(Path(folder).glob("*.json")) if at_work.exists() else ():
            rule_ids, rule_kwargs, context = json.loads(message.read_text())
            try:
                run_cache_rules(rule_ids, rule_kwargs, dispatcher_name="spool", context=context)
            except Exception:
                continue  # the next round tries again
            message.unlink()
        time.sleep(0.01)


if __name__ == "__main__":
    work(sys.argv[1])
'''
SETTINGS = """
INSTALLED_APPS = ["django.contrib.contenttypes", "restflow.caching"]
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "suite.sqlite3"}}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": "shared-cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
"""
SUITE = """
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import django
import pytest

django.setup()

from restflow.caching.testing import DispatcherContract

HERE = Path(__file__).parent


class TestSpool(DispatcherContract):
    dispatcher = "spool"
    config = {"folder": str(HERE / "spool")}
    other_config = {"folder": str(HERE / "elsewhere")}

    @pytest.fixture(autouse=True, scope="class")
    def _process(self):
        # one process for all tests: it takes Django longer to start than to do the work
        (HERE / "spool").mkdir()
        process = subprocess.Popen([sys.executable, "-m", "acme_spool", str(HERE / "spool")], cwd=HERE)
        yield
        process.terminate()
        process.wait()

    @contextmanager
    def worker(self):
        at_work = HERE / "spool" / "at-work"
        at_work.touch()
        try:
            yield
        finally:
            at_work.unlink()

    def broken(self):
        return self.make({"folder": str(HERE / "not" / "there")})
"""
ENTRY_POINTS = {"restflow.dispatchers": {"spool": "acme_spool:SpoolDispatcher"}}
PROJECT = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"], USE_TZ=True)
django.setup()
from restflow.caching import InvalidationRule, registered_dispatcher_names
from restflow.core import PluginError

def rule(name, **config):
    return InvalidationRule(
        model="contenttypes.ContentType", invalidate_all=True, dispatcher=name, dispatcher_config=config
    )
"""


@pytest.fixture
def environment(make_environment: Callable[..., Any], build_wheel: Callable[..., Path]) -> Any:
    """A fresh environment with restflow-caching and the third party's wheel."""
    wheel = build_wheel("acme-spool", {"acme_spool.py": DISPATCHER}, ENTRY_POINTS)
    return make_environment("restflow-caching", wheel)


def test_it_passes_the_contract_kit_with_a_worker_process_of_its_own(environment: Any, run: Callable[..., str]) -> None:
    environment.install("pytest>=9,<10")
    (environment.folder / "suite_settings.py").write_text(SETTINGS)
    (environment.folder / "test_spool.py").write_text(SUITE)
    said = run(
        environment.python,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_spool.py"),
        cwd=environment.folder,
        DJANGO_SETTINGS_MODULE="suite_settings",
        PYTHONPATH=str(environment.folder),
    )
    assert "28 passed" in said, said
    assert "skipped" not in said, said


def test_rules_find_it_by_name_and_its_mistakes_are_named(environment: Any, build_wheel: Callable[..., Path]) -> None:
    broken = build_wheel(
        "acme-broken",
        {"acme_broken.py": "raise RuntimeError('no licence file')"},
        {"restflow.dispatchers": {"broken": "acme_broken:Dispatcher"}},
    )
    environment.install(broken)
    code = """
print(registered_dispatcher_names())
print(type(rule("spool", folder="x").get_dispatcher()).__module__)
for name, config in (("spool", {"foldr": "x"}), ("spoool", {}), ("broken", {}), ("celery", {})):
    try:
        rule(name, **config).get_dispatcher()
    except (TypeError, PluginError) as error:
        print(type(error).__name__, str(error).replace(chr(10), " "))
"""
    names, module, *errors = environment.run(PROJECT + code).splitlines()
    assert names == "['asyncio', 'broken', 'inline', 'spool', 'threadpool']"
    assert module == "acme_spool"
    for said, words in zip(
        errors,
        (
            ("TypeError", "foldr", "folder"),
            ("PluginError", "spoool", "spool"),
            ("PluginError", "acme-broken", "no licence file"),
            ("PluginError", "celery", "pip install restflow-dispatch-celery"),
        ),
        strict=True,
    ):
        assert all(word in said for word in words), said


def test_two_wheels_that_claim_one_name_are_both_named(environment: Any, build_wheel: Callable[..., Path]) -> None:
    rival = build_wheel(
        "acme-rival",
        {"acme_rival.py": DISPATCHER},
        {"restflow.dispatchers": {"spool": "acme_rival:SpoolDispatcher"}},
    )
    environment.install(rival)
    code = """
try:
    rule("spool", folder="x").get_dispatcher()
except PluginError as error:
    print(error)
print(rule("threadpool").get_dispatcher().name)
"""
    said = environment.run(PROJECT + code)
    assert "acme-spool" in said
    assert "acme-rival" in said
    assert said.splitlines()[-1] == "threadpool"
