"""How the page and its siblings look and load: accessible in every state, light, from this site alone."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.tests.tabs import DESKTOP, PATIENCE, PHONE, Open, log_in, ready

SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.mark.parametrize("path", ["docs/", "redoc/", "admin/login/"])
def test_the_other_pages_load_from_this_site_alone(visit: Open, first: Any, path: str) -> None:
    page = visit(first, path)
    told = {"docs/": "restflow demo", "redoc/": "restflow demo", "admin/login/": "Log in"}[path]
    expect(page.locator("body")).to_contain_text(told)
    complaints = visit.complaints  # type: ignore[attr-defined]
    complaints[:] = [text for text in complaints if "cdn.redoc.ly" not in text]  # its vendor's logo, which is blocked


def open_dialog(page: Page) -> None:
    log_in(page)
    page.get_by_role("button", name=re.compile("^Edit ")).first.click()
    expect(page.locator("#city-population")).to_be_focused()


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "start": ("", lambda page: None),
    "country": (
        "?country=DE&population__gte=100000",
        lambda page: expect(page.locator("#report-status")).to_be_visible(),
    ),
    "refused": ("?population__gte=abc&populaton=1", lambda page: None),
    "log-in": ("", lambda page: page.get_by_role("button", name="Log in").first.click()),
    "editing": ("?country=IS", open_dialog),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_state_is_accessible_and_pictured(visit: Open, first: Any, scheme: str, viewport: dict[str, int]) -> None:
    for name, (path, prepare) in STATES.items():
        page = ready(visit(first, path, color_scheme=scheme, viewport=viewport, reduced_motion="reduce"))
        prepare(page)
        violations = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
        if os.environ.get("RESTFLOW_SCREENSHOTS"):
            SCREENSHOTS.mkdir(exist_ok=True)
            kind = f"{name}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=SCREENSHOTS / kind, full_page=name not in ("log-in", "editing"))
        page.context.close()
    visit.complaints[:] = [text for text in visit.complaints if "status of 400" not in text]  # type: ignore[attr-defined]


def test_the_page_is_light(visit: Open, first: Any) -> None:
    sizes: dict[str, int] = {}
    page = visit(first, "healthz")

    def weigh(response: Any) -> None:
        if "/api/events" not in response.url:  # which never ends
            sizes[response.url] = len(response.body())

    page.on("response", weigh)
    page.goto(first.url)
    ready(page)
    assert len(sizes) > 10
    assert sum(sizes.values()) < 120_000
    scripts = (Path(__file__).parents[1] / "page" / "static" / "page").glob("*.js")
    assert sum(script.stat().st_size for script in scripts) < 40_000


def test_what_is_painted_first_waits_for_no_module(visit: Open, first: Any) -> None:
    """Why the largest contentful paint is early, which `benchmarks/questions/demo.py` measures."""
    page = visit(first, "healthz")
    page.route(re.compile(r"/(?!theme)\w+\.js$"), lambda route: None)  # never answered
    page.goto(first.url, wait_until="commit")
    largest = f"""() => new Promise((resolve) => {{
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1).element?.closest("main, header")?.tagName))
            .observe({{type: "largest-contentful-paint", buffered: true}});
        setTimeout(() => resolve("nothing was painted"), {PATIENCE});
    }})"""
    assert page.evaluate(largest) in ("MAIN", "HEADER")
    blocking = "performance.getEntriesByType('resource').filter((one) => one.renderBlockingStatus === 'blocking')"
    names = page.evaluate(f"{blocking}.map((one) => one.name)")
    assert {name.rpartition("/")[2] for name in names} == {"style.css", "theme.js"}  # no flash of the other theme
    page.unroute_all()


@pytest.mark.skipif(os.name == "nt", reason="a signal")
def test_ctrl_c_ends_a_site_that_pages_listen_to(visit: Open, start: Any, copy: Path) -> None:
    site = start("--data", copy, "--port", 0)
    pages = [ready(visit(site)) for _ in range(3)]
    site.process.send_signal(signal.SIGINT)
    assert site.process.wait(30) == 0
    for page in pages:
        page.close()
    visit.complaints.clear()  # type: ignore[attr-defined]
