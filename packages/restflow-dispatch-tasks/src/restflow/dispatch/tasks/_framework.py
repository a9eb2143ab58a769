"""Django's tasks framework, wherever it is: `django.tasks`, or the package `django_tasks` before Django 6.0."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def framework() -> Any:
    """The module; raises `ModuleNotFoundError` that says what to install."""
    if find_spec("django.tasks") is not None:
        return import_module("django.tasks")
    if find_spec("django_tasks") is None:
        raise ModuleNotFoundError(
            "This Django has no tasks framework: pip install django-tasks, or upgrade to Django 6.0.",
            name="django_tasks",
        )
    return import_module("django_tasks")


def first_queue(tasks: Any, alias: str, queue: str) -> tuple[str, str]:
    """A backend and a queue that a task can be declared on: those, where the project has them, else its first."""
    backends = tasks.task_backends
    wanted = [alias, *(other for other in backends.settings if other != alias)]
    for name in wanted:
        if name in backends.settings:
            known = backends[name].queues
            return name, queue if not known or queue in known else min(known)
    return alias, queue


def is_database(backend: Any) -> bool:
    """Whether a backend is the database backend of django-tasks-db."""
    return any(cls.__module__ == "django_tasks_db.backend" for cls in type(backend).__mro__)
