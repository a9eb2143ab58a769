"""The built site in a real browser, opened from a disk: found by searching, accessible, readable on a phone."""

import re
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from demo.tests.tabs import DESKTOP, PHONE, Open

PAGES = ["index.html", "guides/filters/relations.html", "reference/settings.html", "reference/filters.html"]
SCHEMES = {"light": "default", "dark": "slate"}
WITHOUT_FETCHING = {
    "preload": False
}  # axe would read the style sheets anew, which browsers forbid to pages from a disk
# the theme gives two landmarks of a page one name
OF_THE_THEME = {"landmark-unique"}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_its_window(
    visit: Open, on_disk: SimpleNamespace, path: str, viewport: dict[str, int], scheme: str
) -> None:
    page = visit(on_disk, path, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", SCHEMES[scheme])
    found = Axe().run(page, options=WITHOUT_FETCHING).response["violations"]
    violations = [each for each in found if each["id"] not in OF_THE_THEME]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("term", "page_found"),
    [
        ("restflow.E201", "reference/checks.html"),
        ("ActionConfig", "reference/views.html"),
        ("stale", "reference/caching.html"),
        ("validation_error", "reference/errors.html"),
        ("crossing", "reference/glossary.html"),
    ],
)
def test_searching_a_name_finds_its_page_first(
    visit: Open, on_disk: SimpleNamespace, term: str, page_found: str
) -> None:
    page = visit(on_disk, "index.html")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type(term)
    first = page.get_by_role("option").first
    expect(first).to_contain_text(re.compile(re.escape(term), re.IGNORECASE))
    first.click()
    expect(page).to_have_url(re.compile(re.escape(f"{on_disk.url}{page_found}")))


def test_the_chosen_tab_is_remembered_over_the_site(visit: Open, on_disk: SimpleNamespace) -> None:
    page = visit(on_disk, "guides/permissions/own.html")
    expect(page.get_by_text("async def ahas_object_permission")).to_be_visible()
    page.locator(".tabbed-labels").get_by_text("sync", exact=True).click()
    expect(page.get_by_text("def has_object_permission")).to_be_visible()
    page.goto(f"{on_disk.url}guides/caching/function.html")
    expect(page.get_by_text("author_card.invalidate_all()")).to_be_visible()
    expect(page.get_by_text("await author_card.ainvalidate_all()")).to_be_hidden()
