"""The cluster of `Q_CLUSTER`: whether it is there, what its broker promises, and the way to it."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import transaction

if TYPE_CHECKING:
    from django_q.brokers import Broker

PATIENCE = 5.0
"""Seconds that connecting to Redis, and its answer, may take where the project's settings do not say."""
OTHER_BROKERS = ("broker_class", "iron_mq", "sqs", "orm", "mongo")
"""What in `Q_CLUSTER` names another broker than the plain Redis one, which is django-q2's default."""


def configuration() -> dict[str, Any]:
    """`Q_CLUSTER`; empty where the project has none."""
    return getattr(settings, "Q_CLUSTER", None) or {}


def runs_in_place() -> bool:
    """Whether tasks are run by the process that queues them."""
    return bool(configuration().get("sync"))


def problems(cluster: str | None) -> Iterator[CheckMessage]:
    """What keeps tasks from being queued, or lets them be lost."""
    found = list(_mistakes(cluster))
    yield from (Error(message, hint=hint, obj="Q_CLUSTER", id="restflow.E308") for message, hint in found)
    if not found and not runs_in_place() and not any(configuration().get(name) for name in OTHER_BROKERS):
        yield Warning(
            "The dispatcher 'django_q' queues on django-q2's Redis broker, which forgets a message when a worker takes "
            "it: what a killed worker held is lost, and a rule that fails is not run again.",
            hint="Add 'broker_class': 'restflow.dispatch.q.brokers.AcknowledgingRedis' to Q_CLUSTER, or use its ORM "
            "broker ('orm': 'default').",
            obj="Q_CLUSTER",
            id="restflow.W308",
        )


def _mistakes(cluster: str | None) -> Iterator[tuple[str, str]]:
    conf = configuration()
    if not conf:
        yield (
            "The dispatcher 'django_q' has no cluster: the settings have no Q_CLUSTER.",
            "Add Q_CLUSTER = {'name': 'myproject', 'orm': 'default', 'timeout': 60, 'retry': 120} to the settings.",
        )
        return
    if not apps.is_installed("django_q"):
        yield (
            "The dispatcher 'django_q' queues on django-q2, and 'django_q' is not in INSTALLED_APPS.",
            "Add 'django_q' to INSTALLED_APPS, and run manage.py migrate.",
        )
    names = {conf.get("name", "default"), conf.get("cluster_name"), *(conf.get("ALT_CLUSTERS") or {})}
    if cluster is not None and cluster not in names:
        yield (
            f"The dispatcher 'django_q' queues for the cluster {cluster!r}, which Q_CLUSTER does not have.",
            f"Add it to Q_CLUSTER['ALT_CLUSTERS'], and start its workers with Q_CLUSTER_NAME={cluster}.",
        )
    if not any(conf.get(name) for name in OTHER_BROKERS) and find_spec("redis") is None:
        yield (
            "The dispatcher 'django_q' queues on Redis, and Redis's client is not installed.",
            "pip install redis, or use the ORM broker: Q_CLUSTER = {'orm': 'default', ...}.",
        )


def open_broker(cluster: str | None) -> "Broker":
    """The broker of a cluster, which tells at once where its server is down; raises `LookupError` for no cluster."""
    for message, hint in _mistakes(cluster):
        raise LookupError(f"{message} {hint}")
    from django_q.brokers import get_broker
    from django_q.conf import Conf

    if Conf.ORM and not (Conf.BROKER_CLASS or Conf.IRON_MQ or Conf.SQS):
        from restflow.dispatch.q._orm import CallersORM

        return CallersORM(cluster)
    broker = get_broker(cluster)
    if not Conf.DJANGO_REDIS and hasattr(broker.connection, "set_retry"):
        _impatient(broker.connection)
    return broker


def prepare_connection() -> None:
    """Where the broker is a database: a connection that its restart has broken is opened anew.

    Raises `RuntimeError` where it is in a transaction: a rollback would take the task with it.
    """
    from django_q.conf import Conf

    if not Conf.ORM or Conf.BROKER_CLASS:
        return
    connection = transaction.get_connection(Conf.ORM)
    if connection.in_atomic_block:
        raise RuntimeError(
            f"The broker's database {Conf.ORM!r} is in a transaction that may be rolled back, and the change of the "
            f"other database is committed already."
        )
    if connection.errors_occurred and not connection.is_usable():
        connection.close()


def _impatient(connection: Any) -> None:
    """One second try at once, for a connection that a restarted server has closed, and no waiting."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    connection.set_retry(Retry(NoBackoff(), 1))
    options = connection.connection_pool.connection_kwargs
    for option in ("socket_connect_timeout", "socket_timeout"):
        if options.get(option) is None:
            options[option] = PATIENCE
