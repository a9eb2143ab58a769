"""Descriptions from the project's docstrings, never from those that a project inherits from a library."""

from typing import Any

from drf_spectacular.plumbing import get_doc

_LIBRARIES = ("rest_framework", "restflow")
_READY_MADE = "restflow.authentication.views"  # these classes, though not their handlers, describe themselves


def _is_library(obj: Any) -> bool:
    return (getattr(obj, "__module__", None) or "").partition(".")[0] in _LIBRARIES


def class_doc(cls: type) -> str:
    """The docstring of the class, or of the nearest base of the project's own that has one."""
    for klass in cls.__mro__:
        if _is_library(klass) and klass.__module__ != _READY_MADE:
            return ""
        if klass.__dict__.get("__doc__"):
            return str(get_doc(cls))
    return ""


def method_doc(cls: type, name: str) -> str:
    """The docstring of a method where the project wrote the method."""
    for klass in cls.__mro__:
        if name in klass.__dict__:
            method = klass.__dict__[name]
            own = not _is_library(method) and not _is_library(klass) and getattr(method, "__doc__", None)
            return str(get_doc(method)) if own else ""
    return ""
