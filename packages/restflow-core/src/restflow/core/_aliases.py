"""Looking through `type` aliases (PEP 695), those of typing_extensions included, with and without arguments."""

import typing
from typing import Any, TypeGuard


class AliasError(Exception):
    """An alias that has no value: `str(error)` says why. `missing` is the name that is not defined, if that is why."""

    def __init__(self, reason: str, missing: str | None = None) -> None:
        super().__init__(reason)
        self.missing = missing


def is_alias(annotation: Any) -> bool:
    """Whether it is a `TypeAliasType`; by shape, because typing_extensions has a class of its own."""
    return type(annotation).__name__ == "TypeAliasType" and hasattr(annotation, "__type_params__")


def alias_of(annotation: Any) -> Any:
    """The alias behind `Alias` or `Alias[int]`; `None` for anything else."""
    if is_alias(annotation):
        return annotation
    origin = getattr(annotation, "__origin__", None)
    return origin if is_alias(origin) else None


def value_of(annotation: Any) -> Any:
    """What `Alias` or `Alias[int]` stands for. Raises `AliasError`."""
    alias = alias_of(annotation)
    try:
        value = alias.__value__
    except NameError as error:
        raise AliasError(f"{error.name!r} is not defined", error.name) from error
    except Exception as error:
        raise AliasError(f"its value cannot be evaluated ({type(error).__name__}: {error})") from error
    parameters = alias.__type_params__
    if not parameters:
        return value
    arguments = typing.get_args(annotation)
    if len(arguments) > len(parameters):
        raise AliasError(f"it takes {len(parameters)} arguments")
    meanings = dict(zip(parameters, arguments, strict=False))
    for parameter in parameters[len(arguments) :]:
        if _has_default(parameter):
            meanings[parameter] = parameter.__default__
        else:
            raise AliasError(f"it lacks an argument for {parameter.__name__}")
    return _substituted(value, meanings)


def _has_default(parameter: Any) -> TypeGuard[Any]:
    has_default = getattr(parameter, "has_default", None)  # Python 3.13, typing_extensions
    return bool(has_default is not None and has_default())


def _substituted(value: Any, meanings: dict[Any, Any]) -> Any:
    if isinstance(value, typing.TypeVar):
        return meanings.get(value, value)
    free = getattr(value, "__parameters__", ())
    if not free:
        return value
    # positions are those of the value, in which parameters may stand in another order than in the alias
    try:
        return value[tuple(meanings.get(parameter, parameter) for parameter in free)]
    except Exception as error:
        raise AliasError(f"its arguments do not fit ({type(error).__name__}: {error})") from error
