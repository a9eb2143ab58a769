"""Making a serializer: the state that DRF's constructor gives an instance, taken from the class's first instance.

DRF's constructor walks the classes for their messages, and counts every field of the process in an attribute of
`Field`; setting that makes the interpreter forget what it knows about all classes of fields. Here an instance that
was given nothing of a field's gets the state that its class gives, and takes its place in the count by a fraction.
"""

from itertools import count
from typing import Any

from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers

_BASE = drf_serializers.BaseSerializer
_QUICK = frozenset({"context", "partial", "many"})
_constructors = (_BASE.__init__, drf.Field.__init__)
_copied = ("error_messages", "style")
_given = ("instance", "initial_data", "partial", "_context", "_creation_counter", *_copied)
_Counting: Any = drf.Field
_order = count()
_FRACTION = 2**-32


class QuicklyMade(_BASE[Any]):
    """DRF's constructor, without what depends on the class alone."""

    def __init__(self, instance: Any = None, data: Any = drf.empty, **kwargs: Any) -> None:
        cls: Any = type(self)
        made: _MadeState | None = cls.__dict__.get("_made_state")
        if made is not None and kwargs.keys() <= _QUICK and made.holds(cls):
            state = self.__dict__
            state["instance"] = instance
            if data is not drf.empty:
                state["initial_data"] = data
            state["partial"] = kwargs.get("partial", False)
            state["_context"] = kwargs.get("context", {})
            state.update(made.shared)
            state["style"] = {}
            state["error_messages"] = made.messages.copy()
            # between the last field that was made and the next one, after its like
            state["_creation_counter"] = _Counting._creation_counter - 1 + next(_order) * _FRACTION
            return
        before = set(self.__dict__)
        super().__init__(instance, data, **kwargs)
        if made is None and not kwargs and before <= {"_args", "_kwargs"} and _is_made_by_drf(cls):
            cls._made_state = _MadeState(self)


class _MadeState:
    """What DRF's constructor gives every instance of a class that is given nothing of a field's."""

    def __init__(self, instance: Any) -> None:
        cls = type(instance)
        self.messages = dict(instance.error_messages)
        self.shared = {
            name: value
            for name, value in vars(instance).items()
            if name not in _given and name not in ("_args", "_kwargs")
        }
        self._made_from = (cls.default_error_messages, cls.initial, cls.default_empty_html, *_constructors)

    def holds(self, cls: Any) -> bool:
        now = (
            cls.default_error_messages,
            cls.initial,
            cls.default_empty_html,
            _BASE.__init__,
            drf.Field.__init__,
        )
        return all(a is b for a, b in zip(now, self._made_from, strict=True))


def _is_made_by_drf(cls: type) -> bool:
    """Whether DRF's constructors are the next after this one, and set nothing that could be changed in place."""
    after = cls.__mro__[cls.__mro__.index(QuicklyMade) + 1 :]
    own = [owner for owner in after if "__init__" in vars(owner)]
    return own == [_BASE, drf.Field, object] and not isinstance(cls.initial, (dict, list, set))  # type: ignore[attr-defined]
