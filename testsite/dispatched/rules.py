"""Rules that a dispatcher runs, made in a test, and what a project with such a rule is told and pays for."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.checks import run_checks

from restflow.caching import ArgsKeyField, CacheRegister, InvalidationRule, cache_result, invalidate_instance
from restflow.caching.rules._registry import registry


@contextmanager
def registered_as_before() -> Iterator[None]:
    """Rules that are made in here are gone afterwards."""
    rules, wrappers = registry.all(), dict(registry.wrappers)
    yield
    CacheRegister.clear()
    for rule in rules:
        registry.add(rule)
        CacheRegister._resolve(rule)
    registry.wrappers.clear()
    registry.wrappers.update(wrappers)


def cached(dispatcher: str, function: Callable[[str], Any] | None = None, **options: Any) -> Any:
    """A cached function of a name with one rule that the dispatcher runs."""
    rule = InvalidationRule(
        model="sessions.Session", field_mapping={"name": "session_key"}, dispatcher=dispatcher, **options
    )

    def load(name: str) -> str:
        return name

    key = {"name": ArgsKeyField("name", partition=True)}
    return cache_result(key_constructor=key, invalidates_on=[rule])(function or load)


def save(name: str) -> None:
    """What a save of a row would set off; the kit's rules are on another model."""
    from django.contrib.sessions.models import Session

    invalidate_instance(Session(session_key=name))


def told() -> list[tuple[str, str, str]]:
    """What `manage.py check` says of dispatchers and their brokers: id, message, hint."""
    own = ("restflow.E306", "restflow.E308", "restflow.W308")
    return [(str(m.id), m.msg, m.hint or "") for m in run_checks(tags=["restflow"]) if m.id in own]


PROJECT = """
import sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching", "shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
import django
django.setup()
from django.core.checks import run_checks
from restflow.caching import registered_dispatcher_names
run_checks()
name, *theirs = sys.argv[1:]
assert name in registered_dispatcher_names()
sys.stdout.write(" ".join(sorted(loaded for loaded in sys.modules if loaded.startswith(tuple(theirs)))))
"""


def imported(folder: Path, dispatcher: str, *theirs: str, rule: str = "") -> list[str]:
    """What a project with one rule has imported of a broker's client and its plug-in, once it is set up.

    `theirs`: how the names of such modules begin. `rule`: the rule's options, as source text.
    """
    shop = folder / "shop"
    shop.mkdir()
    (shop / "__init__.py").touch()
    (shop / "caches.py").write_text(
        "from restflow.caching import ArgsKeyField, InvalidationRule, cache_result\n"
        f"rule = InvalidationRule('contenttypes.ContentType', field_mapping={{'pk': 'pk'}}, {rule})\n"
        "@cache_result(key_constructor={'pk': ArgsKeyField('pk', partition=True)}, invalidates_on=[rule])\n"
        "def load(pk): return pk\n"
    )
    command = [sys.executable, "-W", "error", "-c", PROJECT, dispatcher, "restflow.dispatch", *theirs]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True).stdout.split()
