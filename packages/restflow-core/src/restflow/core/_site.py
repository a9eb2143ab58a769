"""Where an annotation stands, to refuse it there, and the aliases in it."""

from typing import Any, NoReturn

from restflow.core._aliases import AliasError, value_of
from restflow.core.errors import AnnotationError
from restflow.core.names import annotation_text

UNSUPPORTED_HINT = "Write a class, a Literal, a container such as list[T], or a union of these."


class Site:
    """Where the annotation stands, for messages."""

    __slots__ = ("annotation", "name", "owner")

    def __init__(self, owner: str, name: str, annotation: Any) -> None:
        self.owner = owner
        self.name = name
        self.annotation = annotation

    def refuse(self, reason: str, hint: str) -> NoReturn:
        """Raises `AnnotationError`."""
        raise AnnotationError(self.owner, self.name, self.annotation, reason, hint=hint)


def leads_to_itself(alias: Any, aliases: tuple[Any, ...]) -> bool:
    """Whether an alias has no end: its arguments count, because `Pair[Pair[int]]` has one, and may grow for ever."""
    return len(aliases) >= _ALIASES_AT_MOST or any(alias == outer for outer in aliases)


_ALIASES_AT_MOST = 50


def alias_value(annotation: Any, site: Site) -> Any:
    """What an alias stands for. Raises `AnnotationError`."""
    try:
        value = value_of(annotation)
    except AliasError as error:
        if error.missing is not None:
            refuse_missing(error.missing, site)
        site.refuse(f"the alias {annotation_text(annotation)} has no value: {error}", "Correct the alias.")
    if isinstance(value, str):  # class_annotations has evaluated every other one
        site.refuse(
            f"the alias {annotation_text(annotation)} is a string, which has no meaning outside of a class body and "
            "none that contains itself",
            "Use Any, or a class that contains itself.",
        )
    return value


def refuse_missing(name: str, site: Site) -> NoReturn:
    """Raises `AnnotationError` for a name that is not there yet, or never will be."""
    site.refuse(
        f"{name!r} is not defined", "Import or define it at module level, outside of any `if TYPE_CHECKING` block."
    )
