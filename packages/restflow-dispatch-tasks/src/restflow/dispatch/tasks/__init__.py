"""The invalidation dispatcher `django_tasks`: restflow's rules run as tasks of Django's tasks framework."""

from restflow.dispatch.tasks.dispatcher import DjangoTasksDispatcher

__all__ = ["DjangoTasksDispatcher"]
