"""The invalidation dispatcher `django_q`: restflow's rules run as tasks of django-q2."""

from restflow.dispatch.q.dispatcher import DjangoQDispatcher

__all__ = ["DjangoQDispatcher"]
