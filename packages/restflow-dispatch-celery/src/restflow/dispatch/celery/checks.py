"""The system check of the dispatcher `celery`; importing the dispatcher registers it."""

from typing import Any

from celery import current_app
from django.core.checks import CheckMessage, Error, register

from restflow.caching import CacheRegister


@register("restflow")
def check_celery(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`restflow.E306`, `restflow.E308`: where a rule uses Celery, its settings make sense and there is a broker."""
    from restflow.dispatch.celery.dispatcher import CeleryDispatcher

    used = CacheRegister.dispatchers_of(CeleryDispatcher)
    if not used:
        return []
    messages: list[CheckMessage] = []
    for problem in sorted({problem for dispatcher in used.values() if (problem := _problem(dispatcher))}):
        messages.append(Error(problem, obj=CeleryDispatcher, id="restflow.E306"))
    conf = current_app.conf
    if not (conf.broker_write_url or conf.broker_url or conf.task_always_eager):
        messages.append(
            Error(
                f"No Celery broker is configured, and rules are dispatched to one: {', '.join(sorted(used))}.",
                hint="Set CELERY_BROKER_URL (or the broker_url of your Celery app), and import the module with the app "
                "in the __init__.py of the project, so that every process has it.",
                obj=CeleryDispatcher,
                id="restflow.E308",
            )
        )
    return messages


def _problem(dispatcher: Any) -> str:
    try:
        dispatcher.routing()
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
