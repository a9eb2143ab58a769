"""Names of headers and of the scope's own values, in each spelling that tests use, as one set without doubles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCOPE_NAMES = frozenset({"REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "QUERY_STRING"})
"""WSGI's names for what is no header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeParts:
    """Headers by lower-case name, and the values of the scope that WSGI names; `None` is not given."""

    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def replaced_by(self, *others: "ScopeParts") -> "ScopeParts":
        """These parts, where none of the others says otherwise; the last one wins."""
        headers, values = dict(self.headers), dict(self.values)
        for other in others:
            headers.update(other.headers)
            values.update(other.values)
        return ScopeParts(headers=headers, values=values)

    @property
    def remote_addr(self) -> str:
        return self.values.get("REMOTE_ADDR", "127.0.0.1")

    @property
    def server_name(self) -> str:
        return self.values.get("SERVER_NAME", "testserver")

    @property
    def server_port(self) -> str | None:
        return self.values.get("SERVER_PORT")

    @property
    def host(self) -> str:
        """The header `Host` of a request that gives none."""
        port = self.server_port
        return self.server_name if port in (None, "80", "443") else f"{self.server_name}:{port}"

    @property
    def script_name(self) -> str:
        return self.values.get("SCRIPT_NAME", "")

    @property
    def query(self) -> str:
        return self.values.get("QUERY_STRING", "")


def scope_parts(names: Mapping[str, Any]) -> ScopeParts:
    """Sorts names given in any spelling: `HTTP_X_TOKEN`, `X-Token` and `x_token` are one header."""
    values = {name: str(value) for name, value in names.items() if name in SCOPE_NAMES}
    headers = {_header_name(name): str(value) for name, value in names.items() if name not in SCOPE_NAMES}
    return ScopeParts(headers=headers, values=values)


def _header_name(name: str) -> str:
    return name.removeprefix("HTTP_").replace("_", "-").lower()


def header_pairs(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers as ASGI has them."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
