"""Every block of the documentation runs: the site's pages and each README."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation.blocks import blocks, needed

ROOT = Path(__file__).resolve().parent.parent.parent
CONCEPTS = "docs/concepts.md"  # test_concepts.py runs it, with what its samples take for granted
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("docs/**/*.md", "packages/*/README.md", "README.md", "*/README.md")
    for path in ROOT.glob(pattern)
    if "/_" not in str(path) and str(path.relative_to(ROOT)) != CONCEPTS
)
# what runs, and what stands for itself
LANGUAGES = {"python", "console", "http", "json", "toml", "yaml", "sql", "text", "mermaid", "ini", "diff", "bash", "js"}
SKIPPED_AT_MOST = 0.02


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.needs(*needed(ROOT / page))) for page in PAGES],
)
def test_every_block_runs(page: str) -> None:
    command = [sys.executable, str(Path(__file__).with_name("page.py")), str(ROOT / page)]
    hidden = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    failures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"where"')]
    report = "\n\n".join(f"{one['where']} ({one['language']}):\n{one['error']}" for one in failures)
    assert done.returncode == 0, report or f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_has_a_language(page: str) -> None:
    unknown = [(block.line, block.language) for block in blocks(ROOT / page) if block.language not in LANGUAGES]
    assert unknown == []


def test_what_a_sample_needs_beside_its_package_is_there_and_is_told() -> None:
    """Where the module is absent the block is left out, so one that nobody has would never run."""
    providers = packages_distributions()
    for page in PAGES:
        text = (ROOT / page).read_text()
        for module in {block.beside for block in blocks(ROOT / page)} - {""}:
            assert find_spec(module), (page, module)
            names = {module, *providers.get(module.partition(".")[0], ())}
            assert any(name.lower() in text for name in names), (page, module)


def test_few_blocks_are_skipped_each_for_a_reason() -> None:
    found = [(page, block) for page in PAGES for block in blocks(ROOT / page) if block.language != "text"]
    skipped = [f"{page}:{block.line}: {block.skipped}" for page, block in found if block.skipped]
    print("\n".join(skipped))
    assert len(skipped) <= SKIPPED_AT_MOST * len(found), "\n".join(skipped)


@pytest.mark.parametrize("readme", sorted(ROOT.glob("packages/*/README.md")), ids=lambda path: path.parent.name)
def test_a_package_introduces_itself_within_150_lines_with_all_its_settings(readme: Path) -> None:
    text = readme.read_text()
    assert text.count("\n") < 150
    assert "MIT licence" in text
    assert set(re.findall(r"\]\((?!https://)[^)]+\)", text)) == set(), "links are absolute: it stands alone on PyPI"
    for entry in entry_points(group="restflow.settings"):
        assert entry.dist
        if entry.dist.name == readme.parent.name:
            keys = [name for name in entry.load().__annotations__ if name.isupper()]
            assert keys
            assert [key for key in keys if f"`{key}`" not in text] == []


def test_the_links_between_pages_hold() -> None:
    broken = []
    for page in [*PAGES, CONCEPTS]:
        path = ROOT / page
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, _anchor = target.partition("#")
            if file and "://" not in file and not (path.parent / file).exists():
                broken.append(f"{page}: {target}")
    assert broken == []
