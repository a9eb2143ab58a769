"""What the tests of the page use: tabs that complain of nothing and ask no other host, and what visitors do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from demo.tests.running import chromium_path
from testsite import services

PATIENCE = 60_000  # milliseconds: a bound for what hangs, not a promise
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
expect.set_options(timeout=PATIENCE)

Open = Callable[..., Page]
_BAD = ("error", "warning")


def browsers() -> Iterator[Browser]:
    """One headless Chromium; skips or fails the test where there is none."""
    path = chromium_path()
    if path is None:
        (pytest.fail if services.required() else pytest.skip)("no Chromium (RESTFLOW_CHROMIUM names one)")
    switches = "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    arguments = [f"--{switch}" for switch in (*switches.split(), "disable-component-update", "disable-sync")]
    arguments.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")  # no other network
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


def tabs(browser: Browser) -> Iterator[Open]:
    """`visit(site, "?country=DE")` opens the page in a tab that complains of nothing, and asks no other host."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    asked: set[str] = set()
    own: set[str] = set()

    def opened(site: Any, path: str = "", *, context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = browser.new_context(viewport=options.pop("viewport", DESKTOP), **options)
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
        page = context.new_page()
        own.add(site.url)
        page.on("console", lambda message: complaints.append(message.text) if message.type in _BAD else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        page.goto(site.url + path)
        return page

    opened.complaints = complaints  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    blocked = "https://cdn.redoc.ly/redoc/logo-mini.svg"  # Redoc's vendor's logo: the site's policy blocks the request
    assert {url for url in asked if not url.startswith((*own, "data:"))} <= {blocked}
    # whether the browser has told of that by now is a matter of time
    assert [text for text in complaints if blocked not in text] == []


def ready(page: Page) -> Page:
    """The page once its script runs: rows, and the feed."""
    expect(page.locator("#feed-state")).to_have_attribute("data-state", "on")
    expect(page.locator("#cities.loading")).to_have_count(0)
    return page


def log_in(page: Page, name: str = "editor", password: str | None = None) -> None:
    page.get_by_role("button", name="Log in").first.click()
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password or f"{name}-demo")
    page.locator("#log-in-dialog").get_by_role("button", name="Log in").click()


def refused(visit: Open, *statuses: str) -> None:
    """Takes what the browser logs of refused requests from the complaints; each is to be there."""
    complaints = visit.complaints  # type: ignore[attr-defined]
    for status in statuses:
        found = [complaint for complaint in complaints if f"status of {status}" in complaint]
        assert found
        complaints[:] = [complaint for complaint in complaints if complaint not in found]
