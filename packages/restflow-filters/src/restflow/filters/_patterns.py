"""Regular expressions of clients: a subset that every database understands and that cannot take exponential time.

Accepted are literals, `.`, `^`, `$`, classes without a nested `[`, the escapes `\\d \\D \\w \\W \\s \\S` and escaped
punctuation, groups, `|`, and the quantifiers `* + ? {m} {m,} {m,n}`.
"""

import string
from typing import Any

from django.utils.translation import gettext_lazy

MAX_LENGTH = 200
MAX_COUNT = 255
MAX_LONG_QUANTIFIERS = 3
"""How many quantifiers may repeat more than `LONG` times: each multiplies the work by the length of the text."""
LONG = 10
MAX_WAYS = 1000
"""In how many ways alternatives and short quantifiers may combine: `a?a?a?` and `(a|b)(a|b)` double with each part."""

_QUANTIFIERS = frozenset("*+?{")
_CLASS_ESCAPES = frozenset("dDwWsS")
_PUNCTUATION = frozenset(string.punctuation)


class PatternError(ValueError):
    """What is wrong with a pattern; `reason` is a translatable phrase."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason


def check(pattern: str) -> None:
    """Raises `PatternError` for a pattern outside of the subset."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(gettext_lazy("it is longer than 200 characters"))
    reader = _Reader(pattern)
    ways, _ = reader.alternatives(depth=0)
    if reader.position < len(pattern):
        raise PatternError(gettext_lazy("a closing parenthesis has no opening one"))
    if reader.long > MAX_LONG_QUANTIFIERS:
        raise PatternError(gettext_lazy("more than 3 quantifiers repeat more than 10 times"))
    if ways > MAX_WAYS:
        raise PatternError(gettext_lazy("it can match in too many ways"))


class _Reader:
    """Reads a pattern from left to right; each method returns in how many ways its part can match."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.long = 0

    def peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def take(self) -> str:
        char = self.peek()
        self.position += 1
        return char

    def alternatives(self, depth: int) -> tuple[int, bool]:
        """The ways of all branches up to a `)` or the end, and whether it may not be repeated."""
        ways, complex_ = self.branch(depth)
        while self.peek() == "|":
            self.take()
            more, _ = self.branch(depth)
            ways, complex_ = ways + more, True
        return ways, complex_

    def branch(self, depth: int) -> tuple[int, bool]:
        ways, complex_ = 1, False
        while (char := self.peek()) and char not in "|)":
            choices, repeatable, inside = self.atom(depth)
            complex_ = complex_ or inside
            if self.peek() and self.peek() in _QUANTIFIERS:
                if not repeatable:
                    raise PatternError(gettext_lazy("a quantifier has nothing to repeat"))
                if inside:
                    raise PatternError(
                        gettext_lazy("a quantifier repeats a group that holds a quantifier or an alternative")
                    )
                choices *= self.quantifier()
                complex_ = True
            ways *= choices
        return ways, complex_

    def atom(self, depth: int) -> tuple[int, bool, bool]:
        """The ways of an atom, whether a quantifier may follow, and whether it holds a quantifier or alternative."""
        char = self.take()
        if char in "^$":
            return 1, False, False
        if char == "(":
            if self.peek() == "?":
                raise PatternError(gettext_lazy("'(?' is not supported"))
            ways, inside = self.alternatives(depth + 1)
            if self.take() != ")":
                raise PatternError(gettext_lazy("a parenthesis is not closed"))
            return ways, True, inside
        if char == "[":
            self.character_class()
        elif char == "\\":
            self.escape()
        elif char in "*+?{}]":
            raise PatternError(
                gettext_lazy("a quantifier has nothing to repeat")
                if char in _QUANTIFIERS
                else gettext_lazy("a closing bracket has no opening one")
            )
        return 1, True, False

    def escape(self) -> str:
        """The character that an escape stands for; the empty string for a class of characters."""
        char = self.take()
        if char in _CLASS_ESCAPES and char:
            return ""
        if char not in _PUNCTUATION:
            raise PatternError(gettext_lazy("an escape is not supported"))
        return char

    def quantifier(self) -> int:
        """The choices that a quantifier leaves, as far as it is a short one; long ones are counted."""
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.peek(), (None, None))
        if least is None:
            least, most = self.counts()
        else:
            self.take()
        if self.peek() and self.peek() in _QUANTIFIERS:
            raise PatternError(gettext_lazy("a quantifier follows a quantifier"))
        if most is None or most > LONG:
            self.long += 1
            return 1
        return most - least + 1

    def counts(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.position)
        text = self.pattern[self.position + 1 : end] if end > 0 else ""
        low, comma, high = text.partition(",")
        if not (_is_count(low) and (_is_count(high) or not high)):
            raise PatternError(gettext_lazy("the counts of a quantifier are not numbers up to 255"))
        self.position = end + 1
        least = int(low)
        most = least if not comma else (int(high) if high else None)
        if most is not None and most < least:
            raise PatternError(gettext_lazy("the counts of a quantifier are in the wrong order"))
        return least, most

    def character_class(self) -> None:
        if self.peek() == "^":
            self.take()
        empty, before = True, ""  # `before`: what may begin a range
        while (char := self.take()) != "]" or empty:
            if not char:
                raise PatternError(gettext_lazy("a class is not closed"))
            if char == "[" or (char == "]" and empty):
                raise PatternError(gettext_lazy("a class holds an unescaped bracket"))
            if char in "-&|~" and self.peek() == char:  # set operations in some engines
                raise PatternError(gettext_lazy("a class holds a doubled '%s'") % char)
            if char == "-" and not empty and self.peek() != "]":
                before = self.range_end(before)
            else:
                before = self.escape() if char == "\\" else char
            empty = False

    def range_end(self, start: str) -> str:
        char = self.take()
        end = self.escape() if char == "\\" else char
        if not start or not end or char in "[-" or end < start:
            raise PatternError(gettext_lazy("a range of a class has no proper ends"))
        return ""  # what ends a range begins no other


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= MAX_COUNT
