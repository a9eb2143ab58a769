"""The lookups that a filter may offer: categories, the declared forms, and which value each lookup takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from restflow.core import ConfigError
from restflow.core.names import suggestion

ALL_FIELDS = "__all__"
"""`Meta.fields = ALL_FIELDS`: every column but files and secrets. As `lookups`: every lookup but the unsafe ones."""

LOOKUP_CATEGORIES: dict[str, tuple[str, ...]] = {
    "basic": ("exact", "in", "isnull"),
    "text": ("icontains", "contains", "startswith", "endswith", "iexact"),
    "comparison": ("gt", "gte", "lt", "lte"),
    "date": ("date", "year", "month", "day", "week", "week_day", "quarter"),
    "time": ("time", "hour", "minute", "second"),
    "postgres": ("search", "trigram_similar", "unaccent"),
    "pg_array": ("contains", "overlaps", "contained_by"),
    "unsafe": ("regex", "iregex"),
}
"""The names that `lookups` takes for several lookups at once."""

# The bounds of the integer that a date or time component is.
COMPONENTS: dict[str, tuple[int, int]] = {
    "year": (1, 9999),
    "iso_year": (1, 9998),  # Django bounds an ISO year by the first day of the next one
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "week_day": (1, 7),
    "iso_week_day": (1, 7),
    "quarter": (1, 4),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
COMPARISONS = frozenset({"exact", "gt", "gte", "lt", "lte"})
FRAGMENTS = frozenset({"icontains", "contains", "startswith", "istartswith", "endswith", "iendswith", "iexact"})
PATTERNS = frozenset({"regex", "iregex"})
ARRAYS = frozenset({"contains", "overlap", "contained_by"})
# What `django.contrib.postgres` adds to text columns, once it is installed.
POSTGRES_TEXT = frozenset(
    {"search", "trigram_similar", "trigram_word_similar", "trigram_strict_word_similar", "unaccent"}
)
# NOT of these, over a column, is what Django itself completes for NULLs.
TWO_VALUED = COMPARISONS | FRAGMENTS | PATTERNS | COMPONENTS.keys() | {"in", "range", "isnull", "date", "time"}

_COMPLETE = ("postgres", "pg_array")  # categories that leave nothing out: what the column lacks is refused
_OPTIONS = ("lookup", "help_text", "allow_negate", "deprecated", "config", "search_type")
_SEARCH_TYPES = ("plain", "phrase", "websearch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One lookup of a filter: the `suffix` of its parameter, the ORM `lookup`, and what was declared for it alone.

    `config` and `search_type` are those of PostgreSQL's `SearchQuery`.
    """

    suffix: str
    lookup: str
    help_text: Any = None
    allow_negate: bool | None = None
    deprecated: bool = False
    config: str | None = None
    search_type: str | None = None
    from_category: bool = False


def expand(lookups: Any, categories: tuple[str, ...], where: str) -> tuple[Variant, ...]:
    """The variants that a `lookups` argument declares, in order, each suffix once.

    `categories` is what `"__all__"` stands for; `where` names class and filter in the `ConfigError` of a wrong form.
    """
    if lookups is None:
        return ()
    if lookups == ALL_FIELDS:
        lookups = list(categories)
    if isinstance(lookups, Mapping):
        found = _expand_mapping(lookups, where)
    elif isinstance(lookups, list | tuple):
        found = [variant for name in lookups for variant in _expand_name(name, where)]
    else:
        raise ConfigError(
            f"{where}: lookups must be a list, a tuple, a dict or '__all__', got {lookups!r}.",
            hint=f"Write lookups=[{lookups!r}]." if isinstance(lookups, str) else None,
        )
    named = {variant.suffix for variant in found if not variant.from_category}
    variants: dict[str, Variant] = {}
    for variant in found:
        # named on its own as well, a lookup must be supported by the column
        if variant.from_category and variant.suffix in named:
            variant = replace(variant, from_category=False)
        variants.setdefault(variant.suffix, variant)
    return tuple(variants.values())


def _category(name: str, **options: Any) -> list[Variant]:
    return [
        Variant(suffix=lookup, lookup=lookup, from_category=name not in _COMPLETE, **options)
        for lookup in LOOKUP_CATEGORIES[name]
    ]


def _expand_name(name: Any, where: str) -> Iterable[Variant]:
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{where}: a lookup must be a string, got {name!r}.")
    return _category(name) if name in LOOKUP_CATEGORIES else [Variant(suffix=name, lookup=name)]


def _expand_mapping(lookups: Mapping[Any, Any], where: str) -> list[Variant]:
    found: list[Variant] = []
    for suffix, value in lookups.items():
        if not isinstance(suffix, str) or not suffix:
            raise ConfigError(f"{where}: a suffix of lookups must be a string, got {suffix!r}.")
        if isinstance(value, str) and value:
            found.append(Variant(suffix=suffix, lookup=value))
        elif isinstance(value, Mapping):
            found.extend(_expand_options(suffix, value, where))
        else:
            raise ConfigError(f"{where}: lookups[{suffix!r}] must be a lookup or a dict of options, got {value!r}.")
    return found


def _expand_options(suffix: str, options: Mapping[str, Any], where: str) -> list[Variant]:
    place = f"{where}: lookups[{suffix!r}]"
    if unknown := [key for key in options if key not in _OPTIONS]:
        raise ConfigError(
            f"{place} has no option {unknown[0]!r}.", hint=suggestion(str(unknown[0]), _OPTIONS, what="options")
        )
    own = {key: value for key, value in options.items() if key != "lookup"}
    lookup = options.get("lookup", suffix)
    if not isinstance(lookup, str) or not lookup:
        raise ConfigError(f"{place}: lookup must be a string, got {lookup!r}.")
    if not isinstance(own.get("allow_negate"), bool | None) or not isinstance(own.get("deprecated", False), bool):
        raise ConfigError(f"{place}: allow_negate and deprecated must be booleans.")
    _check_search(own, lookup, place)
    if "lookup" not in options and suffix in LOOKUP_CATEGORIES:
        return _category(suffix, **own)
    return [Variant(suffix=suffix, lookup=lookup, **own)]


def _check_search(options: Mapping[str, Any], lookup: str, place: str) -> None:
    """Refuses a `config` or `search_type` that is no search's, or under which a client's slip is a server error."""
    for key in ("config", "search_type"):
        if options.get(key) is None:
            continue
        if lookup.rpartition("__")[2] != "search":
            raise ConfigError(f"{place}: {key} belongs to the lookup 'search', not to {lookup!r}.")
        if not isinstance(options[key], str) or not options[key]:
            raise ConfigError(f"{place}: {key} must be a string, got {options[key]!r}.")
    kind = options.get("search_type")
    if kind == "raw":
        raise ConfigError(
            f"{place}: search_type 'raw' would make a server error of a client's slip.",
            hint="Use 'websearch', which takes any text.",
        )
    if kind is not None and kind not in _SEARCH_TYPES:
        raise ConfigError(
            f"{place}: there is no search_type {kind!r}.", hint=suggestion(kind, _SEARCH_TYPES, what="search types")
        )
