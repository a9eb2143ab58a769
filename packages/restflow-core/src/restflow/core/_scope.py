"""The names that the annotations of a class can use, gathered for their evaluation after the fact."""

import builtins
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

_METHODS = (types.FunctionType, classmethod, staticmethod, property)


class Scope:
    """Names for expressions: `names` first, then `module`, then the builtins.

    `module` is the dict of the module itself where possible, so that a lambda in an annotation keeps up with it; for a
    class in a function it is a copy that has the local variables of the function too.
    """

    __slots__ = ("module", "names")

    def __init__(self, names: dict[str, Any], module: dict[str, Any]) -> None:
        self.names = names
        self.module = module

    @classmethod
    def of(cls, owner: type, annotated: Mapping[str, Any]) -> "Scope":
        """The scope of the class body of `owner`, in which the names `annotated` have annotations."""
        module = _module_names(owner.__module__)
        for local in _local_names(owner):
            module = {**module, **local}
        names = {parameter.__name__: parameter for parameter in getattr(owner, "__type_params__", ())}
        names[owner.__name__] = owner
        names |= {
            name: value for name, value in vars(owner).items() if not _hides_a_type(name, value, annotated, module)
        }
        return cls(names, module)

    def in_module(self, name: str) -> "Scope":
        """The scope of an expression that stands in another module."""
        return Scope({}, {**self.names, **_module_names(name)})

    def evaluate(self, text: str) -> Any:
        """The value of an expression; whatever that raises."""
        # in parentheses, as the typing specification has it, so that it may span lines
        return eval(compile(f"({text}\n)", "<annotation>", "eval"), self.module, self.names)

    def evaluate_reference(self, reference: typing.ForwardRef) -> Any:
        """The value of a forward reference; whatever that raises."""
        if sys.version_info >= (3, 14):
            # it knows the names of the function and the module where it was written
            known = reference.__globals__ is not None or reference.__forward_module__ is not None
            return reference.evaluate(globals=None if known else self.module, locals=self.names)
        module = reference.__forward_module__
        if module is None:
            return self.evaluate(reference.__forward_arg__)
        scope = self.in_module(module if isinstance(module, str) else module.__name__)
        return scope.evaluate(reference.__forward_arg__)


def _hides_a_type(name: str, value: Any, annotated: Mapping[str, Any], module: Mapping[str, Any]) -> bool:
    """Whether the attribute took its name after the annotations had used it for a type.

    `start: date` beside `date: datetime | None = None`, or beside a method `date`, meant the type where it was written.
    """
    if name not in annotated and not isinstance(value, _METHODS):
        return False
    if isinstance(value, type) or typing.get_origin(value) is not None:
        return False
    return isinstance(module.get(name, getattr(builtins, name, None)), type)


def _module_names(name: str) -> dict[str, Any]:
    module = sys.modules.get(name)
    if module is not None:
        return module.__dict__
    # code that is executed without a module of its name
    return next((frame.f_globals for frame in _frames() if frame.f_globals.get("__name__") == name), {})


def _local_names(owner: type) -> Iterator[Mapping[str, Any]]:
    """The local variables of the functions around a class, from the outside in, of those that are running."""
    *functions, _ = owner.__qualname__.split(".<locals>.")
    if not functions:
        return
    wanted = [".<locals>.".join(functions[: depth + 1]) for depth in range(len(functions))]
    found: dict[str, Mapping[str, Any]] = {}
    for frame in _frames():
        name = frame.f_code.co_qualname
        if name in wanted and name not in found and frame.f_globals.get("__name__") == owner.__module__:
            found[name] = frame.f_locals
    yield from (found[name] for name in wanted if name in found)


def _frames() -> Iterator[types.FrameType]:
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
