"""The project's broker: made where the project is first imported, so that every process has it."""

import dramatiq
from django.conf import settings


def make(kind, **options):
    """A broker of Dramatiq's."""
    if kind == "rabbitmq":
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        return RabbitmqBroker(confirm_delivery=True, **options)
    from dramatiq.brokers.redis import RedisBroker

    return RedisBroker(**options)


dramatiq.set_broker(make(**settings.BROKER))
