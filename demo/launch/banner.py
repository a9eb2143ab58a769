"""The banner: what is served where, and who may do what."""

import os
from dataclasses import dataclass
from typing import TextIO

BOLD, DIM, ACCENT, WARNING, PLAIN = "\033[1m", "\033[2m", "\033[36m", "\033[33m", "\033[0m"
RIGHTS = {"editor": "may change cities", "admin": "may do everything"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the banner tells."""

    url: str
    cities: int
    countries: int
    loaded: bool
    seconds: float
    passwords: dict[str, str] | None
    is_loopback: bool
    runs_on: str
    port_note: str = ""

    def text(self, *, colour: bool) -> str:
        """The banner, with terminal colours or without."""

        def painted(style: str, text: str) -> str:
            return f"{style}{text}{PLAIN}" if colour else text

        def link(path: str) -> str:
            return painted(ACCENT, self.url + path)

        took = f"{'loaded' if self.loaded else 'ready'} in {self.seconds:.1f} s"
        lines = [
            "",
            f" {painted(BOLD, 'restflow demo')}   {self.cities:,} cities · {self.countries:,} countries · {took}",
            *([f"   {painted(WARNING, self.port_note)}"] if self.port_note else []),
            "",
            f"   Page        {link('')}",
            f"   API         {link('api/')}",
            f"   Swagger UI  {link('docs/')}      Redoc  /redoc/     OpenAPI  /schema/",
            f"   Admin       {link('admin/')}",
            "",
            *self._accounts(),
            "",
        ]
        if not self.is_loopback:
            warnings = [
                "Other machines may reach this address, over plain HTTP: passwords are random,",
                "and the refresh cookie is not Secure. Do not serve the demo to people you do not trust.",
            ]
            lines += [*(painted(WARNING, f"   {warning}") for warning in warnings), ""]
        tail = f"   {self.runs_on}        Ctrl-C stops · --reset starts over"
        return "\n".join([*lines, painted(DIM, tail), ""])

    def _accounts(self) -> list[str]:
        if self.passwords is None:
            return ["   editor, admin   with the passwords that the first start has printed; --reset makes new ones"]
        wide = max(len(f"{name} / {password}") for name, password in self.passwords.items())
        return [f"   {f'{name} / {password}':<{wide}}     {RIGHTS[name]}" for name, password in self.passwords.items()]


def has_colours(stream: TextIO) -> bool:
    """Whether the stream is a terminal with colours, and nobody wishes to do without (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in (None, "", "dumb")
