"""The system checks: every filter set with a model compiles, and the database of its model has its lookups."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from restflow.filters import filterset
from restflow.filters._postgres import needs_postgres


@register("restflow")
def check_filtersets(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`restflow.E201` for each filter set that does not compile; imports the URLconf, so that the sets are known.

    `restflow.W201` for a lookup that only PostgreSQL has on a model that is stored elsewhere.
    """
    messages: list[CheckMessage] = []
    if urlconf := getattr(settings, "ROOT_URLCONF", None):
        try:
            import_module(urlconf)
        except Exception as error:  # a broken URLconf is a message here, and Django's own check reports it too
            messages.append(Error(f"The URLconf {urlconf!r} cannot be imported: {error}", id="restflow.E201"))
    for cls in sorted(filterset.declared, key=lambda known: (known.__module__, known.__qualname__)):
        try:
            plan = cls.compiled()
        except (ImproperlyConfigured, TypeError, ValueError) as error:
            text = f"{getattr(error, 'message', str(error))} (in {filterset.source_file(cls)})"
            messages.append(Error(text, hint=getattr(error, "hint", None), obj=cls, id="restflow.E201"))
        else:
            messages.extend(_foreign_lookups(cls, plan))
    return messages


def _foreign_lookups(cls: type, plan: Any) -> Iterator[CheckMessage]:
    if plan.model is None:
        return
    alias = router.db_for_read(plan.model)
    vendor = connections[alias].vendor
    if vendor == "postgresql":
        return
    for parameter in plan.parameters.values():
        if not parameter.toggled and any(
            needs_postgres(plan.columns.get(path), parameter.lookup) for path in parameter.paths
        ):
            yield Warning(
                f"{plan.owner}: the parameter {parameter.name!r} uses a lookup that only PostgreSQL has, and "
                f"{plan.model._meta.label} is read from {alias!r}, which is {vendor}.",
                hint="Route the model to a PostgreSQL database, or leave the lookup out.",
                obj=cls,
                id="restflow.W201",
            )
