"""What a cached function's signature says, read once per function."""

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

Values = tuple[Any, ...]

CONTEXT = frozenset({"self", "cls", "request"})
"""Parameters that are no part of a URL."""


class CallShape:
    """How the arguments of a call are bound to the parameters.

    `bind(*args, **kwargs)` gives the values in the order of `names`, defaults applied, and raises the function's own
    `TypeError` for a call that does not fit: it is a function of the same signature.
    """

    __slots__ = (
        "_by_name",
        "bind",
        "index",
        "names",
        "positional_only",
        "required",
        "signature",
        "var_keyword",
        "var_positional",
    )

    def __init__(self, func: Callable[..., Any]) -> None:
        self.signature = signature = inspect.signature(func)
        parameters = signature.parameters
        self.names = tuple(parameters)
        self.index = {name: position for position, name in enumerate(self.names)}
        kinds = {parameter.kind: name for name, parameter in parameters.items()}
        self.var_positional: str | None = kinds.get(inspect.Parameter.VAR_POSITIONAL)
        self.var_keyword: str | None = kinds.get(inspect.Parameter.VAR_KEYWORD)
        self.positional_only = frozenset(n for n, p in parameters.items() if p.kind is p.POSITIONAL_ONLY)
        self.required = tuple(
            name
            for name, p in parameters.items()
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        )
        stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
        self._by_name = frozenset(name for name, p in parameters.items() if p.kind not in stars)
        self.bind = _binder(signature, getattr(func, "__name__", "call"), getattr(func, "__qualname__", "call"))

    def given(self, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a partial call by name, no default applied; raises `TypeError` for what does not fit."""
        if not args and kwargs.keys() <= self._by_name:
            return dict(kwargs)
        given: dict[str, Any] = {}
        bound = self.signature.bind_partial(*args, **{k: v for k, v in kwargs.items() if k in self.index})
        for name, value in bound.arguments.items():
            if name == self.var_keyword:
                given.update(value)
            else:
                given[name] = value
        given.update((k, v) for k, v in kwargs.items() if k not in self.index)
        return given

    def accepts(self, name: str) -> bool:
        """Whether a call can carry an argument of that name."""
        return name in self.index or self.var_keyword is not None


def _binder(signature: inspect.Signature, name: str, qualname: str) -> Callable[..., Values]:
    """A function of that signature that returns its arguments: Python itself binds, and words the errors."""
    parts: list[str] = []
    defaults: list[Any] = []
    keyword_defaults: dict[str, Any] = {}
    seen_star = False
    parameters = list(signature.parameters.values())
    for position, p in enumerate(parameters):
        default = "" if p.default is p.empty else "=None"
        if p.kind is p.VAR_POSITIONAL:
            parts.append(f"*{p.name}")
            seen_star = True
        elif p.kind is p.VAR_KEYWORD:
            parts.append(f"**{p.name}")
        else:
            if p.kind is p.KEYWORD_ONLY and not seen_star:
                parts.append("*")
                seen_star = True
            parts.append(p.name + default)
        if default and p.kind is p.KEYWORD_ONLY:
            keyword_defaults[p.name] = p.default
        elif default:
            defaults.append(p.default)
        last_positional_only = p.kind is p.POSITIONAL_ONLY and (
            position + 1 == len(parameters) or parameters[position + 1].kind is not p.POSITIONAL_ONLY
        )
        if last_positional_only:
            parts.append("/")
    values = "".join(f"{p.name}," for p in parameters)
    # the names are identifiers of an existing signature, so this source can be nothing but a lambda
    bind = eval(f"lambda {', '.join(parts)}: ({values})")
    bind.__defaults__ = tuple(defaults) or None
    bind.__kwdefaults__ = keyword_defaults or None
    bind.__name__, bind.__qualname__ = name, qualname
    binder: Callable[..., Values] = bind
    return binder


_shapes: "WeakKeyDictionary[Callable[..., Any], CallShape]" = WeakKeyDictionary()


def shape_of(func: Callable[..., Any]) -> CallShape:
    """The shape of a function, read once."""
    try:
        return _shapes[func]
    except KeyError:
        shape = _shapes[func] = CallShape(func)
        return shape


def path_of_function(func: Callable[..., Any]) -> str:
    """The dotted path `module.qualname` of a function, method or classmethod."""
    plain: Any = getattr(func, "__func__", func)
    return f"{plain.__module__}.{plain.__qualname__}"
