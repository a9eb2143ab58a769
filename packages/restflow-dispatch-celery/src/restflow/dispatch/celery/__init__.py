"""Invalidation work on Celery workers."""

from restflow.dispatch.celery.dispatcher import CeleryDispatcher

__all__ = ["CeleryDispatcher"]
