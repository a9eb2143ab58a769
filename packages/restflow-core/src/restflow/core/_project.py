"""The Django project that the doctor is run in: whether its settings load, and what its system checks say."""

import os
import re
import sysconfig
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core.checks import CheckMessage, run_checks
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured

from restflow.core._report import Level, Problem, without_users
from restflow.core.errors import ConfigError

_LEVELS: tuple[tuple[int, Level], ...] = ((50, "critical"), (40, "error"), (30, "warning"), (20, "info"))
# Errors whose text names things rather than values: that of others (`int("the password")`) may hold a secret.
_TELLING = (ImportError, SyntaxError, NameError, AttributeError, KeyError, OSError, ImproperlyConfigured)
_CORES = re.compile(r"restflow\.[EW]0\d\d$")
"""The ids of core's own checks, whose messages say themselves where the mistake is."""


@dataclass(slots=True)
class Project:
    """How far the project of this process could be brought up."""

    configured: bool = False
    """Whether Django has settings."""
    ready: bool = False
    """Whether the apps are loaded."""
    failure: BaseException | None = None
    """What stopped it."""
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def load(cls) -> "Project":
        """Imports the settings, where there are any, and sets Django up unless it is."""
        project = cls()
        module = os.environ.get(ENVIRONMENT_VARIABLE)
        if not settings.configured and not module:
            return project
        try:
            settings.INSTALLED_APPS  # noqa: B018  # the first access imports the module
            project.configured = True
            if not apps.ready:
                django.setup(set_prefix=False)
            project.ready = True
        except (Exception, SystemExit) as error:  # whatever the project's own code raises
            project.failure = error
            project.problems.append(_unsettled(module, error) if not project.configured else _not_set_up(error))
        return project

    def excuses(self, error: BaseException) -> bool:
        """Whether an error comes of settings that are missing or broken, and so says nothing about its own place."""
        return not self.ready and any(self._is_consequence(link) for link in _chain(error))

    def _is_consequence(self, error: BaseException) -> bool:
        if isinstance(error, ImproperlyConfigured):
            return not isinstance(error, ConfigError)
        if isinstance(error, AppRegistryNotReady):
            return True
        return type(error) is type(self.failure) and str(error) == str(self.failure)


def _unsettled(module: str | None, error: BaseException) -> Problem:
    hint = f'Repair it, or name another module with --settings. The whole traceback: python -c "import {module}"'
    return Problem("restflow.E010", "error", f"The settings module {module} cannot be imported: {_said(error)}.", hint)


def _not_set_up(error: BaseException) -> Problem:
    hint = "Repair the app that it comes from. The system checks were not run. The whole traceback: manage.py check"
    return Problem("restflow.E011", "error", f"Django cannot be set up with these settings: {_said(error)}.", hint)


def _said(error: BaseException) -> str:
    """The error and the place that it comes from; its text only where that holds no value."""
    name = type(error).__name__
    text = f"{name}: {without_users(str(error))}" if isinstance(error, _TELLING) else name
    ways = (sysconfig.get_path("stdlib"), str(Path(django.__file__).parent), str(Path(__file__).parent), "<frozen")
    frames = reversed(traceback.extract_tb(error.__traceback__))
    place = next((frame for frame in frames if not frame.filename.startswith(ways)), None)
    if place is None or isinstance(error, SyntaxError):  # whose text tells the place
        return text
    return f"{text} ({place.filename}, line {place.lineno})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def check_problems() -> list[Problem]:
    """What the system checks tagged `restflow` report, but for those that the project silences."""
    try:
        messages = [message for message in run_checks(tags=["restflow"]) if not message.is_silenced()]
    except Exception as error:
        text = f"A system check tagged restflow raised instead of reporting: {_said(error)}."
        hint = "That is a mistake in the check. The whole traceback: manage.py check --tag restflow"
        return [Problem("restflow.E014", "error", text, hint)]
    return [_problem(message) for message in messages]


def _problem(message: CheckMessage) -> Problem:
    level: Level = next((name for least, name in _LEVELS if message.level >= least), "debug")
    text = str(message.msg)
    where = "" if message.obj is None or _CORES.match(message.id or "") else _object_name(message.obj)
    if where and where not in text:
        text = f"{where}: {text}"
    return Problem(
        message.id or "", level, without_users(text), without_users(str(message.hint)) if message.hint else None
    )


def _object_name(obj: object) -> str:
    if isinstance(obj, type):
        return f"{obj.__module__}.{obj.__qualname__}"
    try:
        return str(obj)
    except Exception:  # somebody else's code; the message stands without it
        return type(obj).__qualname__
