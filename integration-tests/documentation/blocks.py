"""The blocks of a Markdown page: what is shown in fences, and what is hidden in comments to set a page up."""

import re
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path

from sybil import Document
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

_INFO = re.compile(r"(?P<info>[^\n`]*)$\n", re.MULTILINE)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_RAISES = re.compile(r"<!-- raises: (.*?) -->\s*\Z", re.DOTALL)
_TYPED = re.compile(r"<!-- types -->\s*\Z")
_BESIDE = re.compile(r"<!-- beside: ([\w.]+) -->\s*\Z")
_FILE = re.compile(r"# ([\w/.-]+\.(?:py|html|toml))\n")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its `language`, the attributes of its fence, and where it begins (`line`, from 1)."""

    language: str
    source: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    skipped: str = ""
    """The reason why it is not run; empty: it is."""
    typed: bool = False
    """Whether a type checker reads it too."""
    hidden: bool = False
    """Whether readers do not see it: what sets a page up."""
    beside: str = ""
    """The module that it needs beside what the page's own package brings; without it, it is left out."""

    @property
    def file(self) -> str | None:
        """The path of the project's file that the block is, if it is one."""
        named = _FILE.match(self.source) if self.language == "python" else None
        return named[1] if named else self.attributes.get("title")


def needed(path: Path) -> list[str]:
    """The servers that the page asks for: `<!-- needs: postgres -->`."""
    return re.findall(r"<!-- needs: (\w+) -->", path.read_text(encoding="utf-8"))


def blocks(path: Path) -> list[Block]:
    """The blocks of the page in their order. `ValueError` names a skip that gives no reason."""
    document = Document(path.read_text(encoding="utf-8"), str(path))
    found: list[tuple[int, Block]] = []
    for region in RawFencedCodeBlockLexer(info_pattern=_INFO)(document):
        info = region.lexemes["info"].strip()
        language = info.partition(" ")[0]
        line = document.text.count("\n", 0, region.start) + 1
        source = textwrap.dedent(region.lexemes["source"])
        # what a fence must raise stands in a comment above it: the site's generator shows an option that it does not
        # know as text
        above = _RAISES.search(document.text, 0, region.start)
        attributes = dict(_ATTRIBUTE.findall(info)) | ({"raises": above[1]} if above else {})
        typed = _TYPED.search(document.text, 0, region.start) is not None
        beside = _BESIDE.search(document.text, 0, region.start)
        block = Block(language, source, line, attributes, typed=typed, beside=beside[1] if beside else "")
        found.append((region.start, block))
    for region in DirectiveInHTMLCommentLexer("invisible-code-block", arguments=r"[\w-]+")(document):
        line = document.text.count("\n", 0, region.start) + 1
        found.append((region.start, Block(region.lexemes["arguments"], region.lexemes["source"], line, hidden=True)))
    return _without_skipped(document, sorted(found, key=lambda entry: entry[0]))


def _without_skipped(document: Document, found: list[tuple[int, Block]]) -> list[Block]:
    skips = [
        (match.start(), match[1].strip().strip('"'))
        for match in re.finditer(r"<!--+ *skip: *next\b(.*?)-->", document.text, re.DOTALL)
    ]
    result = []
    for start, block in found:
        reasons = [skip for skip in skips if skip[0] < start]
        if reasons:
            skips = [skip for skip in skips if skip not in reasons]
            if not reasons[-1][1]:
                raise ValueError(f"{document.path}:{block.line}: a skip needs a reason")
            block = replace(block, skipped=reasons[-1][1])
        result.append(block)
    return result


def is_settings(block: Block) -> bool:
    """Whether it adds to the project's settings."""
    return block.language == "python" and not block.skipped and (block.file or "").rpartition("/")[2] == "settings.py"


def sides(block: Block) -> tuple[str, str]:
    """The file before and after, of which a `diff` block shows every line."""
    lines = block.source.splitlines(keepends=True)
    before, after = ("".join(line[1:] for line in lines if not line.startswith(other)) for other in "+-")
    return before, after


def commands(source: str) -> list[tuple[str, str]]:
    """The commands of a `console` block, after each `$ `, with the output shown below."""
    parts = re.split(r"^\$ ", source, flags=re.M)[1:]
    result = []
    for part in parts:
        lines = part.split("\n")
        command = lines.pop(0)
        while command.endswith("\\"):
            command = command[:-1] + lines.pop(0)
        result.append((command, "\n".join(lines)))
    return result
