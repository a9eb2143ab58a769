"""A broker's wheel, installed alone with what it needs: it works, and the others are told how to be had."""

from collections.abc import Callable
from typing import Any

import pytest

PROJECT = """
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    USE_TZ=True,
)
import django, sys
django.setup()
from django.core.checks import run_checks
import restflow.caching
from restflow.caching import ArgsKeyField, InvalidationRule, cache_result
from restflow.core import PluginError

run_checks()
assert not [name for name in sys.modules if name.startswith(("{module}", "restflow.dispatch"))]
print(restflow.caching.{cls}.name, restflow.caching.{cls}().durable)
try:
    restflow.caching.{missing_cls}
except PluginError as error:
    print(error)


@cache_result(
    key_constructor={{"pk": ArgsKeyField("pk", partition=True)}},
    invalidates_on=[InvalidationRule("contenttypes.ContentType", field_mapping={{"pk": "pk"}}, dispatcher="{missing}")],
)
def load(pk): ...


print([(message.id, message.hint) for message in run_checks(tags=["restflow"]) if message.id == "restflow.E306"])
"""
CELERY = ("celery", "celery", "CeleryDispatcher")
DRAMATIQ = ("dramatiq", "dramatiq", "DramatiqDispatcher")


@pytest.mark.parametrize(("own", "other"), [(CELERY, DRAMATIQ), (DRAMATIQ, CELERY)], ids=["celery", "dramatiq"])
def test_it_brings_what_it_needs_and_no_more(
    own: tuple[str, str, str], other: tuple[str, str, str], make_environment: Callable[..., Any]
) -> None:
    broker, module, cls = own
    environment = make_environment(f"restflow-dispatch-{broker}")
    installed = environment.installed()
    ours = {name for name in installed if name.startswith("restflow")}
    assert ours == {"restflow-core", "restflow-caching", f"restflow-dispatch-{broker}"}
    assert module in installed
    assert not installed & {"djangorestframework", other[1], "rq", "django-rq", "django-q2", "django-tasks"}
    said = environment.run(PROJECT.format(module=module, cls=cls, missing_cls=other[2], missing=other[0]))
    first, refused, checked = said.strip().splitlines()
    assert first == f"{broker} True"
    for text in (refused, checked):
        assert f"pip install restflow-dispatch-{other[0]}" in text
    assert "restflow.E306" in checked
