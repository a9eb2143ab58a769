"""What pages say of types is what mypy says: blocks below `<!-- types -->`, with what each `reveal_type` shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation.blocks import blocks

ROOT = Path(__file__).resolve().parent.parent.parent
REVEALED = re.compile(r"^reveal_type\(.*\)  # (.+)$")
NOTE = re.compile(r'^(.+?):(\d+): note: Revealed type is "(.+)"$', re.MULTILINE)


def plain(shown: str) -> str:
    """A type as people write it, of what mypy prints."""
    return re.sub(r"\b(builtins|typing)\.|\?", "", shown)


def test_the_types_that_pages_show_are_those_of_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    wanted = {}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        lines = "".join(block.source for block in blocks(page) if block.typed).splitlines()
        if not lines:
            continue
        path = tmp_path / f"{page.stem.replace('-', '_')}_page.py"
        path.write_text("\n".join(lines) + "\n")
        for number, line in enumerate(lines, 1):
            if shown := REVEALED.match(line):
                wanted[path.name, str(number)] = shown[1]
    assert len(wanted) >= 6
    configuration, cache = str(ROOT / "pyproject.toml"), str(tmp_path / "cache")
    command = [sys.executable, "-m", "mypy", "--config-file", configuration, "--cache-dir", cache, "--no-pretty"]
    done = subprocess.run([*command, *map(str, tmp_path.glob("*.py"))], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = {(Path(file).name, number): plain(shown) for file, number, shown in NOTE.findall(done.stdout)}
    assert said == wanted
