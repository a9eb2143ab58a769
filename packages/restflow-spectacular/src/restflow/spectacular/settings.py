"""The section `SCHEMA` of `RESTFLOW_SETTINGS`."""

from collections.abc import Iterator

from restflow.core import SettingsSection

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"})


class SchemaSettings(SettingsSection):
    """What the OpenAPI document shows beyond what the code fixes."""

    FILTER_METHODS: tuple[str, ...] | None = ("GET",)
    """HTTP methods, in any letter case, whose collection operations show a filter set's parameters; `None`: all."""
    NEGATED_PARAMETERS: bool = True
    """Whether the `!` parameters are described; without them, what has one carries `x-negation`."""
    ERROR_STATUSES: tuple[int, ...] = (400, 401, 403, 404, 409, 429)
    """The statuses of the error responses that are described where an operation can produce them."""

    def problems(self) -> Iterator[str]:
        """What the types do not tell."""
        yield from method_problems("FILTER_METHODS", self.FILTER_METHODS)
        yield from status_problems("ERROR_STATUSES", self.ERROR_STATUSES)


def method_problems(name: str, methods: tuple[str, ...] | None) -> Iterator[str]:
    """A complaint for each name that is no HTTP method."""
    for method in methods or ():
        if method.upper() not in METHODS:
            yield f"{name}: {method!r} is no HTTP method; those are {', '.join(sorted(METHODS))}"


def status_problems(name: str, statuses: tuple[int, ...]) -> Iterator[str]:
    """A complaint for each status that is none of an error."""
    for status in statuses:
        if not 400 <= status <= 599:
            yield f"{name}: {status} is no status of an error (400 to 599)"
