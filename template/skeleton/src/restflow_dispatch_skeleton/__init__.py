"""Invalidation work on skeleton workers."""

from restflow_dispatch_skeleton.dispatcher import SkeletonDispatcher

__all__ = ["SkeletonDispatcher"]
