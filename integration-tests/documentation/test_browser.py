"""The built site in a real browser: found by searching, accessible, readable on a phone, and of this machine alone."""

import re
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from demo.tests.tabs import DESKTOP, PHONE, Open

PAGES = ["", "guides/filters/relations/", "reference/settings/", "reference/filters/"]
SCHEMES = {"light": "default", "dark": "slate"}
# the theme gives two landmarks of a page one name
OF_THE_THEME = {"landmark-unique"}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "start")
def test_a_page_is_accessible_and_fits_its_window(
    visit: Open, served: SimpleNamespace, path: str, viewport: dict[str, int], scheme: str
) -> None:
    page = visit(served, path, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    expect(page.locator("body")).to_have_attribute(
        "data-md-color-scheme", {"light": "default", "dark": "slate"}[scheme]
    )
    violations = [each for each in Axe().run(page).response["violations"] if each["id"] not in OF_THE_THEME]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("term", "page_found"),
    [
        ("restflow.E201", "reference/checks/"),
        ("ActionConfig", "reference/views/"),
        ("stale", "reference/caching/"),
        ("validation_error", "reference/errors/"),
        ("crossing", "reference/glossary/"),
    ],
)
def test_searching_a_name_finds_its_page_first(
    visit: Open, served: SimpleNamespace, term: str, page_found: str
) -> None:
    page = visit(served)
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type(term)
    first = page.get_by_role("option").first
    expect(first).to_contain_text(re.compile(re.escape(term), re.IGNORECASE))
    first.click()
    expect(page).to_have_url(re.compile(re.escape(f"{served.url}{page_found}")))


def test_the_chosen_tab_is_remembered_over_the_site(visit: Open, served: SimpleNamespace) -> None:
    page = visit(served, "guides/permissions/own/")
    expect(page.get_by_text("async def ahas_object_permission")).to_be_visible()
    page.locator(".tabbed-labels").get_by_text("sync", exact=True).click()
    expect(page.get_by_text("def has_object_permission")).to_be_visible()
    page.goto(f"{served.url}guides/caching/function/")
    expect(page.get_by_text("author_card.invalidate_all()")).to_be_visible()
    expect(page.get_by_text("await author_card.ainvalidate_all()")).to_be_hidden()
