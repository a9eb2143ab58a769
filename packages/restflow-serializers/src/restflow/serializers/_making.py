"""Making a serializer: the state that DRF's constructor gives an instance, taken from the class's first instance.

DRF's constructor walks the classes for their messages, and counts every field of the process in an attribute of
`Field`; setting that makes the interpreter forget what it knows about all classes of fields. Here an instance that
was given nothing of a field's gets the state that its class gives, and takes its place in the count by a fraction.
"""

import inspect
from itertools import count
from typing import Any, ClassVar

from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.utils.serializer_helpers import ReturnDict

from restflow.serializers._twins import is_library_code

_BASE: Any = drf_serializers.BaseSerializer
_FIELD: Any = drf.Field
_QUICK = frozenset({"context", "partial", "many"})
_copied = ("error_messages", "style")
_given = ("instance", "initial_data", "partial", "_context", "_creation_counter", *_copied)
_order = count()
_FRACTION = 2**-32
_new, _field_new, _init, _field_init = _BASE.__new__, _FIELD.__new__, _BASE.__init__, _FIELD.__init__


class QuicklyMade(drf_serializers.BaseSerializer[Any]):
    """DRF's constructor, without what depends on the class alone."""

    _made_state: "ClassVar[_MadeState | None]" = None
    _is_made_by_drf: ClassVar[bool] = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A serializer, or with `many=True` a list of it."""
        made = cls._made_state
        many = kwargs.pop("many", False) if kwargs else False
        as_made = made is not None and made.cls is cls and _BASE.__new__ is _new and _FIELD.__new__ is _field_new
        if many or not as_made:
            return super().__new__(cls, *args, many=many, **kwargs)
        # what DRF's two come to
        self: Any = object.__new__(cls)
        self._args, self._kwargs = args, kwargs
        return self

    def __init__(self, instance: Any = None, data: Any = drf.empty, **kwargs: Any) -> None:
        cls = type(self)
        made = cls._made_state
        as_drf_does = (
            (not kwargs or kwargs.keys() <= _QUICK) and _BASE.__init__ is _init and _FIELD.__init__ is _field_init
        )
        if (
            made is not None
            and made.cls is cls
            and as_drf_does
            and cls.default_error_messages is made.default_error_messages
            and _FIELD.default_error_messages is made.field_messages
            and made.sources == made.sources_then
            and cls.initial is made.initial
            and cls.default_empty_html is made.default_empty_html
        ):
            state = self.__dict__
            state.update(made.shared)
            state["instance"] = instance
            if data is not drf.empty:
                state["initial_data"] = data
            state["partial"] = kwargs.get("partial", False) if kwargs else False
            state["_context"] = kwargs.get("context", {}) if kwargs else {}
            state["style"] = {}
            state["error_messages"] = made.messages.copy()
            # between the last field that was made and the next one, after its like
            state["_creation_counter"] = _FIELD._creation_counter - 1 + next(_order) * _FRACTION
            return
        before = set(self.__dict__)
        super().__init__(instance, data, **kwargs)
        if as_drf_does and before <= {"_args", "_kwargs"}:
            if "_is_made_by_drf" not in cls.__dict__:
                cls._is_made_by_drf = _is_made_by_drf(cls)
            cls._made_state = _MadeState(self) if cls._is_made_by_drf else None


def wrapped(output: dict[str, Any], serializer: Any) -> ReturnDict[str, Any]:
    """`ReturnDict(output, serializer=serializer)`, without its constructor: half the instructions."""
    made: ReturnDict[str, Any] = ReturnDict.__new__(ReturnDict)
    made.serializer = serializer
    made.update(output)
    return made


class _MadeState:
    """What DRF's constructor gives every instance of a class that is given nothing of a field's."""

    def __init__(self, instance: Any) -> None:
        cls = type(instance)
        self.cls = cls
        self.messages = dict(instance.error_messages)
        self.shared = {
            name: value
            for name, value in vars(instance).items()
            if name not in _given and name not in ("_args", "_kwargs")
        }
        self.default_error_messages = cls.default_error_messages
        self.field_messages = _FIELD.default_error_messages
        own = (vars(owner).get("default_error_messages") for owner in cls.__mro__)
        self.sources = tuple(messages for messages in own if messages is not None)
        # a project that rewords messages may do so in place, when some serializers have been made already
        self.sources_then = tuple(dict(messages) for messages in self.sources)
        self.initial = cls.initial
        self.default_empty_html = cls.default_empty_html


_SET = frozenset(vars(_BASE()))


def _is_made_by_drf(cls: Any) -> bool:
    """Whether DRF's constructors are the next after this one, and all they do is to set attributes in `__dict__`."""
    after = cls.__mro__[cls.__mro__.index(QuicklyMade) + 1 :]
    expected = [_BASE, _FIELD, object]
    own = all([owner for owner in after if name in vars(owner)] == expected for name in ("__new__", "__init__"))
    return (
        own
        and all(is_library_code(method) for method in (_new, _field_new, _init, _field_init))
        and cls.__setattr__ is object.__setattr__
        and not any(hasattr(type(inspect.getattr_static(cls, name, None)), "__set__") for name in _SET)
        and not isinstance(cls.initial, (dict, list, set))  # which could be changed in place
    )
