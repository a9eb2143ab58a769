"""The ORM broker, as the process of a change uses it."""

from typing import Any

from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ


class CallersORM(ORM):  # type: ignore[misc]
    """Leaves the caller's connections open. django-q2 closes old ones before each task, and a cursor with them from
    which the caller may be reading."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> Any:
        """The queue's rows."""
        return OrmQ.objects.using(Conf.ORM)
