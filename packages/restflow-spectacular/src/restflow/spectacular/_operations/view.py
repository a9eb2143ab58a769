"""The schema object of one operation, and what it knows about the view."""

from copy import copy
from typing import Any

from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema

from restflow.spectacular import _docs, _streams, _views

Schema = dict[str, Any]

_OF_VIEW = "_restflow_schema"


class OfView(AutoSchema):
    """One object per view instance, so that documents can be made at the same time; each operation begins anew."""

    def __init__(self) -> None:
        super().__init__()
        self._forget()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """The schema of a view instance: the object that the generator set, else a copy of the class's."""
        if instance is None:
            return self
        own = instance.__dict__.get(_OF_VIEW)
        if own is None:
            own = copy(self)
            own._forget()
            own.view = instance
            instance.__dict__[_OF_VIEW] = own
        return own

    def __set__(self, instance: Any, other: Any) -> None:
        """Sets the schema of one view instance."""
        instance.__dict__[_OF_VIEW] = other
        if other is not None:
            other.view = instance

    def _forget(self) -> None:
        self._returned: list[Any] = []

    def restflow_action_config(self) -> Any:
        """The `ActionConfig` of the action, `None` without one."""
        return _views.config_of(self.view)

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular does
        """The docstring of the handler or the view class, where the project wrote it."""
        view_class = type(self.view)
        return _docs.method_doc(
            view_class, getattr(self.view, "action", None) or self.method.lower()
        ) or _docs.class_doc(view_class)

    def _handler(self) -> Any:
        return _views.handler_of(self.view, self.method)

    def _returned_class(self) -> Any:
        if not self._returned:
            self._returned.append(_streams.returned_class(self._handler()))
        return self._returned[0]

    def _warn_of(self, culprit: type, method: str, error: Exception) -> None:
        warn(f"{self.method} {self.path}: {culprit.__qualname__}.{method}() raised {error!r}. Left out.")
