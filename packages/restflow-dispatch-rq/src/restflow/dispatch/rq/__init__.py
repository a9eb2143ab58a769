"""The invalidation dispatcher `django_rq`: restflow's rules run as jobs of RQ."""

from restflow.dispatch.rq.dispatcher import DjangoRqDispatcher

__all__ = ["DjangoRqDispatcher"]
