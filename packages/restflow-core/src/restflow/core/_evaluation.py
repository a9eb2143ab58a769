"""The annotations of a class body, evaluated: eager, quoted, `from __future__`, and deferred ones alike."""

import ast
import collections.abc
import dataclasses
import functools
import inspect
import operator
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from restflow.core._aliases import AliasError, is_alias, value_of
from restflow.core._scope import Scope

_LEFT_OUT = (typing.ClassVar, typing.Final, dataclasses.InitVar)


def class_annotations(cls: type) -> dict[str, Any]:
    """The annotations written in the body of `cls`, not those it inherits, in order and evaluated.

    Names are looked up in the class namespace, the type parameters of the class, the local variables of the function
    that defines it (as long as that function runs), and its module. `Self` and the name of the class are the class.
    An annotation with a name that is not there yet is a `typing.ForwardRef` of that name: ask again later. A string
    that is no expression, or fails otherwise, stays the string that it is, for `describe_annotation` to refuse.

    `ClassVar`, `Final` and `InitVar` are left out. A `TypedDict` counts what it inherits as its own, as typing does.
    """
    written = _written(cls)
    if not written:
        return {}
    evaluation = _Evaluation(cls, lambda: Scope.of(cls, written))
    found: dict[str, Any] = {}
    for name, annotation in written.items():
        try:
            value = evaluation.resolve(annotation)
        except _MissingNameError as error:
            if evaluation.is_left_out_unseen(annotation):
                continue
            value = typing.ForwardRef(error.name)
        if not _is_left_out(value):
            found[name] = value
    return found


if sys.version_info >= (3, 14):
    import annotationlib

    def _written(cls: type) -> Mapping[str, Any]:
        try:
            return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
        except Exception:  # one annotation that fails, in whatever way, takes all with it
            return annotationlib.get_annotations(cls, format=annotationlib.Format.STRING)

else:

    def _written(cls: type) -> Mapping[str, Any]:
        return inspect.get_annotations(cls)


def _is_left_out(annotation: Any) -> bool:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = annotation.__origin__
    if isinstance(annotation, dataclasses.InitVar):
        return True
    return any(annotation is special or typing.get_origin(annotation) is special for special in _LEFT_OUT)


class _MissingNameError(Exception):
    """A name that is not there yet, dotted if it is an attribute."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Evaluation:
    """Evaluates the strings inside of annotations, and puts the class where `Self` stands."""

    def __init__(self, cls: type, make_scope: Callable[[], Scope], under_way: tuple[Any, ...] = ()) -> None:
        self.cls = cls
        self.make_scope = make_scope
        self.under_way = under_way  # strings and aliases that led here: one that leads to itself has no end

    @functools.cached_property
    def scope(self) -> Scope:
        """Made when first needed: annotations without strings need none."""
        return self.make_scope()

    def resolve(self, annotation: Any) -> Any:
        """The annotation without strings in it; the same object if it has none. Raises `_MissingNameError`."""
        if isinstance(annotation, str):
            return self._evaluated(annotation, annotation, lambda: self.scope.evaluate(annotation))
        if isinstance(annotation, typing.ForwardRef):
            text = annotation.__forward_arg__
            return self._evaluated(annotation, text, lambda: self.scope.evaluate_reference(annotation))
        if annotation is typing.Self:
            return self.cls
        if is_alias(annotation):
            return self._alias(annotation)
        origin = typing.get_origin(annotation)
        if origin in (None, typing.Literal, collections.abc.Callable):
            return annotation
        if origin is typing.Annotated:
            inner = self.resolve(annotation.__origin__)
            if inner is annotation.__origin__:
                return annotation
            return typing.Annotated[(inner, *annotation.__metadata__)]
        args = typing.get_args(annotation)
        resolved = tuple([self.resolve(arg) for arg in args])
        if all(new is old for new, old in zip(resolved, args, strict=True)):
            return annotation
        return _with_args(annotation, resolved)

    def is_left_out_unseen(self, annotation: Any) -> bool:
        """Whether an annotation that cannot be evaluated is a `ClassVar` all the same, which needs no value."""
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return _is_left_out(annotation)
        node = _expression(annotation)
        while isinstance(node, ast.Subscript):
            head = self._value_of(node.value)
            if head is not typing.Annotated:
                return head in _LEFT_OUT
            node = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        return node is not None and self._value_of(node) in _LEFT_OUT

    def _value_of(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        try:
            return self.scope.evaluate(ast.unparse(node))
        except (NameError, AttributeError):
            return None

    def _evaluated(self, annotation: Any, text: str, evaluate: Callable[[], Any]) -> Any:
        try:
            value = evaluate()
        except NameError as error:
            raise _MissingNameError(error.name or text) from error
        except AttributeError as error:  # of a module that is being imported
            raise _MissingNameError(_attribute(text, error.name or text)) from error
        except Exception:  # the author's own expression can fail in any way
            return text
        if text in self.under_way:
            return text
        return self._inside(text, self.scope).resolve(value)

    def _alias(self, alias: Any) -> Any:
        """The alias, or its value if that has strings in it, which the module of the alias gives a meaning."""
        if any(alias is outer for outer in self.under_way):
            return alias
        try:
            value = value_of(alias)
        except AliasError as error:
            if error.missing is not None:
                raise _MissingNameError(error.missing) from error
            return alias
        resolved = self._inside(alias, self.scope.in_module(alias.__module__)).resolve(value)
        return alias if resolved is value else resolved

    def _inside(self, part: Any, scope: Scope) -> "_Evaluation":
        return _Evaluation(self.cls, lambda: scope, (*self.under_way, part))


def _with_args(annotation: Any, args: tuple[Any, ...]) -> Any:
    """The annotation with other arguments; unchanged if they do not fit."""
    try:
        if isinstance(annotation, types.UnionType):
            return functools.reduce(operator.or_, args)
        if isinstance(annotation, types.GenericAlias):
            origin: Any = annotation.__origin__
            return annotation if annotation.__unpacked__ else origin[args]
        return annotation.copy_with(args)
    except TypeError:
        return annotation


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError:
        return None


def _attribute(text: str, name: str) -> str:
    """`module.name` as the expression has it."""
    tree = _expression(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Attribute) and node.attr == name:
            return ast.unparse(node)
    return name
