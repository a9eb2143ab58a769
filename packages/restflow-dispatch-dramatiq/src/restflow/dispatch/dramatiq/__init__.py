"""Invalidation work on Dramatiq workers."""

from restflow.dispatch.dramatiq.actors import register_actor
from restflow.dispatch.dramatiq.dispatcher import DramatiqDispatcher

__all__ = ["DramatiqDispatcher", "register_actor"]
