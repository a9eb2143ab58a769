"""The site: it builds without a warning, its links hold, it asks no other host, and its indexes name every page."""

import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation import collected, navigation, publish, tutorial

ROOT = Path(__file__).resolve().parent.parent.parent
OF_REST_FRAMEWORK = {
    "restflow.authentication.get_authorization_header",
    "restflow.permissions.SAFE_METHODS",
}  # described there
BANNED = re.compile(r"\b(blazing\w*|seamless\w*|simply|just|easily|powerful|effortless\w*)\b", re.IGNORECASE)


class Page(HTMLParser):
    """A page's anchors, the links that it offers, and what a browser loads for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag == "a" and values.get("href"):
            self.links.add(str(values["href"]))
        address = values.get("src") or (values.get("href") if tag == "link" else None)
        if address and values.get("rel") not in ("canonical", "next", "prev", "edit"):
            self.loaded.add(address)


def test_every_link_and_anchor_of_the_built_site_resolves(site: Path) -> None:
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        base = f"file:///{path.relative_to(site)}"
        for link in page.links:
            parts = urlsplit(urljoin(base, link))
            if parts.scheme != "file" or path.name == "404.html":
                continue
            target = site / unquote(parts.path).lstrip("/")
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                broken.append(f"{path.relative_to(site)}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                broken.append(f"{path.relative_to(site)}: {link}: no such anchor")
    assert broken == []


def test_links_of_the_readmes_to_the_site_resolve_in_it(site: Path) -> None:
    address = re.search(r"^site_url: (\S+)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert address
    texts = {path: path.read_text() for path in ROOT.glob("packages/*/README.md")}
    links = {link for text in texts.values() for link in re.findall(rf"\]\({re.escape(address[1])}([^)]*)\)", text)}
    assert len(links) > 40
    broken = set()
    for link in links:
        page, _, anchor = link.partition("#")
        if not (site / page).is_file() or (anchor and anchor not in Page((site / page).read_text()).anchors):
            broken.add(link)
    assert broken == set()


def test_every_link_of_the_index_for_assistants_resolves_in_the_built_site(site: Path) -> None:
    links = re.findall(r"^- \[.+\]\((\S+)\)$", (site / "llms.txt").read_text(), re.MULTILINE)
    assert len(links) > 80
    assert [link for link in links if not (site / link).is_file()] == []


def test_every_public_name_has_its_anchor_in_the_reference(site: Path, of_the_code: Callable[[str], Any]) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in site.glob("reference/*.html"))
    public = {f"{module}.{name}" for module, names in of_the_code("public_names()").items() for name in names}
    assert len(public) > 300
    missing = {name for name in public if f'id="{name}"' not in text}
    assert missing <= OF_REST_FRAMEWORK


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    foreign = {
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.html")
        for address in Page(path.read_text(encoding="utf-8")).loaded
        if urlsplit(address).netloc
    }
    assert foreign == set()


def test_the_navigation_and_the_index_for_assistants_name_every_page() -> None:
    hint = "run integration-tests/documentation/navigation.py"
    assert (ROOT / "mkdocs.yml").read_text() == navigation.configuration(), hint
    assert (ROOT / "docs" / "llms.txt").read_text() == navigation.llms(), hint
    assert (ROOT / "docs" / "llms-full.txt").read_text() == navigation.llms_full(), hint
    listed = {path for paths in navigation.pages().values() for path in paths}
    assert {path for path in navigation.DOCS.rglob("*.md") if "_projects" not in path.parts} == listed
    assert len(navigation.llms()) < 20_000
    assert len(navigation.llms_full()) < 1_000_000


def test_the_pages_of_the_repositorys_files_are_current() -> None:
    for name, text in collected.pages().items():
        path = navigation.DOCS / "project" / name
        assert path.read_text() == text, f"{name}: run integration-tests/documentation/navigation.py"


def test_the_chapters_show_what_they_change() -> None:
    for path, text in tutorial.pages().items():
        assert path.read_text() == text, f"{path.name}: run integration-tests/documentation/navigation.py"
    assert "+class BookWriteSerializer(ModelSerializer):" in tutorial.changes(2)["shop/serializers.py"]


def test_changelogs_are_joined_by_date() -> None:
    one = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2027-02-01\n\n### Fixed\n\n- A.\n"
    one += "\n## [0.1.0] - 2027-01-01\n\n- B.\n"
    other = "# Changelog\n\n## [Unreleased]\n\n- C.\n\n## [0.1.0] - 2027-01-01\n\n- D.\n"
    lines = collected.joined({"two": other, "one": one}).splitlines()
    assert [line for line in lines if line.startswith(("## ", "### ", "**", "- "))] == [
        *("## Unreleased", "### two", "- C."),
        *("## 2027-02-01", "### one 0.2.0", "**Fixed**", "- A."),
        *("## 2027-01-01", "### one 0.1.0", "- B.", "### two 0.1.0", "- D."),
    ]


def test_the_page_about_benchmarks_names_every_question() -> None:
    named = re.findall(r"^\| `(\w+)` \|", (navigation.DOCS / "project" / "benchmarks.md").read_text(), re.MULTILINE)
    files = {path.stem for path in (ROOT / "benchmarks" / "questions").glob("[a-z]*.py")}
    assert sorted(named) == sorted(files)


def test_the_header_has_the_version(site: Path) -> None:
    assert f"\nsite_name: restflow {publish.minor()}\n" in f"\n{(ROOT / 'mkdocs.yml').read_text()}"
    header = (site / "quickstart.html").read_text().partition("<header")[2].partition("</header>")[0]
    assert f"restflow {publish.minor()}" in header


def test_older_versions_are_kept_beside_the_newest(tmp_path: Path) -> None:
    target = tmp_path / "public"
    for version in ("0.9", "0.10", "0.9"):
        site = tmp_path / "site" / version
        site.mkdir(parents=True, exist_ok=True)
        (site / "index.html").write_text(version)
        (site / f"only-in-{version}.html").touch()
        publish.publish(site, target, version)
    (target / ".hidden").touch()
    publish.publish(tmp_path / "site" / "0.10", target, "0.10")
    assert {path.name for path in target.iterdir()} == {"0.9", "0.10", ".hidden", "index.html", "only-in-0.10.html"}
    assert [(target / each / "index.html").read_text() for each in (".", "0.9", "0.10")] == ["0.10", "0.9", "0.10"]


def test_pages_begin_with_what_the_reader_will_have() -> None:
    free = {"index.md", "concepts.md", "quickstart.md"}
    for path in navigation.DOCS.rglob("*.md"):
        if "_projects" not in path.parts and path.name not in free:
            text = re.sub(r"<!--.*?-->\n*", "", path.read_text(), flags=re.DOTALL)
            assert re.match(r"# .+\n\n(At the end of this|By the end of this)", text), path


def test_pages_praise_nothing() -> None:
    found = []
    for path in [
        *navigation.DOCS.rglob("*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("*/README.md"),
        *ROOT.glob("packages/*/README.md"),
    ]:
        prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(), flags=re.DOTALL)
        if path.name == "performance.md" or "_projects" in path.parts:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in BANNED.findall(prose)]
    assert found == []
