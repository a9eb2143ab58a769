"""The grammar of annotations: `read` describes one, with those inside of it."""

import types
import typing
from dataclasses import replace
from typing import Annotated, Any, Literal, NewType, NoReturn

from restflow.core._aliases import alias_of
from restflow.core._constraints import UNCONSTRAINED, Constraints, separate
from restflow.core._leaves import CONTAINERS, describe_class, describe_literal
from restflow.core._site import UNSUPPORTED_HINT, Site, alias_value, leads_to_itself, refuse_missing
from restflow.core._type_spec import Base, Kind, TypeSpec
from restflow.core.names import annotation_text


def read(annotation: Any, site: Site, aliases: tuple[Any, ...] = ()) -> TypeSpec:
    """The description; `aliases` are those, with their arguments, being looked through, from the outside in.

    Raises `AnnotationError`.
    """
    around = _Around()
    part = annotation
    origin = None
    while not isinstance(part, type):
        origin = typing.get_origin(part)
        if origin is Annotated:
            around.metadata_found(part.__metadata__, site)
            part = part.__origin__
        elif origin in _UNIONS:
            members = [member for member in part.__args__ if member is not types.NoneType]
            around.nullable |= len(members) < len(part.__args__)
            if len(members) > 1:
                return around.spec(annotation, _union(members, around, site, aliases))
            part = members[0]
        elif isinstance(origin, type):
            break
        elif (marker := _marker_name(origin)) is not None:
            around.marker_found(marker)
            part = part.__args__[0]
        elif (alias := alias_of(part)) is not None:
            if leads_to_itself(part, aliases):
                site.refuse(f"the alias {alias.__name__} contains itself", "Use Any, or a class that contains itself.")
            aliases = (*aliases, part)
            part = alias_value(part, site)
        else:
            break
    else:
        return around.spec(annotation, describe_class(part, site))
    return around.spec(annotation, _form(part, origin, site, aliases))


_UNIONS = (typing.Union, types.UnionType)


def _marker_name(origin: Any) -> str | None:
    if origin is typing.Required:
        return "Required"
    if origin is typing.NotRequired:
        return "NotRequired"
    # typing_extensions has a ReadOnly of its own where typing lacks it
    return "ReadOnly" if getattr(origin, "_name", None) == "ReadOnly" else None


class _Around:
    """What stands around a type, collected from the outside in."""

    __slots__ = ("bounds", "metadata", "nullable", "read_only", "required")

    def __init__(self) -> None:
        self.metadata: tuple[Any, ...] = ()
        self.bounds: dict[str, Any] = {}
        self.nullable = False
        self.required: bool | None = None
        self.read_only = False

    def metadata_found(self, metadata: tuple[Any, ...], site: Site) -> None:
        try:
            others, bounds = separate(metadata)
        except Exception as error:
            site.refuse(
                f"metadata of Annotated cannot be read ({type(error).__name__}: {error})", "Correct or remove it."
            )
        self.metadata = (*others, *self.metadata)
        if bounds:
            self.bounds = bounds | self.bounds

    def marker_found(self, name: str) -> None:
        if name == "ReadOnly":
            self.read_only = True
        elif self.required is None:
            self.required = name == "Required"

    def spec(self, annotation: Any, base: Base) -> TypeSpec:
        if self.nullable:
            base["nullable"] = True
        if self.bounds:
            base["constraints"] = Constraints(**self.bounds)
        return TypeSpec(
            annotation=annotation, required=self.required, read_only=self.read_only, metadata=self.metadata, **base
        )


def _form(part: Any, origin: Any, site: Site, aliases: tuple[Any, ...]) -> Base:
    """What is written with something else than the name of a class."""
    container = CONTAINERS.get(origin) if isinstance(origin, type) else None
    if container is not None:
        return _container(part, *container, site, aliases)
    if isinstance(part, NewType):
        return {"kind": "plain", "type": part}
    if origin is Literal:
        return describe_literal(part, site)
    return _refuse_part(part, origin, site)


def _container(part: Any, kind: Kind, made: type, site: Site, aliases: tuple[Any, ...]) -> Base:
    if getattr(part, "__unpacked__", False):
        site.refuse(f"{annotation_text(part)} is unpacked", "Write the items, or tuple[T, ...].")
    args = getattr(part, "__args__", None)
    if args is None:  # `typing.List`
        return {"kind": kind, "type": made}
    variadic = kind == "tuple" and len(args) == 2 and args[1] is ...
    items = args[:1] if variadic else args
    if len(items) != _LENGTHS.get(kind, len(items) or 1):
        site.refuse(f"{annotation_text(part)} has {len(items)} types for its items", f"Write {_WRITTEN[kind]}.")
    specs = tuple([read(item, site, aliases) for item in items])
    if kind == "dict":
        key, *specs_of_values = specs
        if not _is_text(key):
            site.refuse(
                f"a key of a JSON object is a string, not {annotation_text(key.annotation)}", "Write dict[str, T]."
            )
        specs = tuple(specs_of_values)
    return {"kind": kind, "type": made, "args": specs, "variadic": variadic}


_LENGTHS = {"list": 1, "set": 1, "dict": 2}
_WRITTEN = {"list": "list[T]", "set": "set[T]", "dict": "dict[str, T]", "tuple": "tuple[T, ...] or tuple[A, B]"}


def _is_text(spec: TypeSpec) -> bool:
    """Whether it is `str` or a subtype of it."""
    if spec.nullable:
        return False
    if spec.kind == "literal":
        return all(isinstance(choice, str) for choice in spec.choices)
    if spec.kind == "union":
        return all(map(_is_text, spec.args))
    cls = spec.type
    while isinstance(cls, NewType):
        cls = cls.__supertype__
    return spec.kind in ("plain", "enum") and isinstance(cls, type) and issubclass(cls, str)


def _union(members: list[Any], around: _Around, site: Site, aliases: tuple[Any, ...]) -> Base:
    found: list[TypeSpec] = []
    for member in members:
        spec = _member(member, site, aliases)
        if spec is None:
            around.nullable = True
            continue
        around.nullable |= spec.nullable
        spec = replace(spec, nullable=False) if spec.nullable else spec
        plain_union = spec.kind == "union" and _says_nothing_more(spec)
        for one in spec.args if plain_union else (spec,):
            if not any(_meaning(one) == _meaning(other) for other in found):
                found.append(one)
    if not found:
        site.refuse("None alone is no type", "Write `T | None`.")
    if len(found) > 1:
        return {"kind": "union", "args": tuple(found)}
    return _absorbed(found[0], around)


def _member(member: Any, site: Site, aliases: tuple[Any, ...]) -> TypeSpec | None:
    """The spec of a member; `None` for an alias of `None`."""
    value, seen = member, aliases
    while alias_of(value) is not None and not leads_to_itself(value, seen):
        seen = (*seen, value)
        value = alias_value(value, site)
    return None if value is None or value is types.NoneType else read(member, site, aliases)


def _says_nothing_more(spec: TypeSpec) -> bool:
    return not spec.metadata and spec.constraints == UNCONSTRAINED and spec.required is None and not spec.read_only


def _meaning(spec: TypeSpec) -> tuple[Any, ...]:
    """What makes two members one type, however they are written; of equal values of other types, such as 1 and True,
    a `Literal` has two."""
    choices = [(type(choice), choice) for choice in spec.choices]
    around = (spec.nullable, spec.required, spec.read_only, spec.metadata, spec.constraints)
    return spec.kind, spec.type, list(map(_meaning, spec.args)), spec.variadic, choices, around


def _absorbed(only: TypeSpec, around: _Around) -> Base:
    """What is left of a union whose members turn out to be one."""
    around.metadata = (*only.metadata, *around.metadata)
    own = {bound: value for bound in Constraints.__slots__ if (value := getattr(only.constraints, bound)) is not None}
    around.bounds = own | around.bounds
    around.read_only |= only.read_only
    if around.required is None:
        around.required = only.required
    return {name: getattr(only, name) for name in ("kind", "type", "args", "variadic", "choices")}


def _refuse_part(part: Any, origin: Any, site: Site) -> NoReturn:
    if part is None:
        site.refuse("None alone is no type", "Write `T | None`.")
    if isinstance(part, typing.ForwardRef):
        refuse_missing(part.__forward_arg__, site)
    text = annotation_text(part)
    if isinstance(part, str):
        site.refuse(f"the string {text} is no type", "Write an annotation that evaluates to a type.")
    if isinstance(part, typing.TypeVar):
        site.refuse(f"{text} is a type variable, which stands for no type here", "Write a concrete type.")
    if part is typing.Self:
        site.refuse("Self has a meaning in a class body only", "Name the class.")
    if origin is not None and isinstance(origin, type):
        site.refuse(f"{text} is no container that JSON has", UNSUPPORTED_HINT)
    site.refuse(f"{text} is no type of a value", UNSUPPORTED_HINT)
