"""The page in a real Chromium: filters, editing in two tabs, errors, lost connections, no JavaScript, the keyboard."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from demo.tests.running import logged_in
from demo.tests.tabs import Open, log_in, ready, refused


def test_a_visitor_searches_filters_pages_and_goes_back(visit: Open, first: Any) -> None:
    page = ready(visit(first))
    expect(page.locator("#rows tr")).to_have_count(20)
    page.locator("#filters").get_by_label("Search").press_sequentially("Munich")
    munich = page.get_by_role("row", name=re.compile("^Munich "))
    expect(munich).to_contain_text("1,505,005")
    expect(page).to_have_url(f"{first.url}?q=Munich")
    expect(page.locator("#url")).to_have_text("/api/cities/?q=Munich")
    expect(page.locator("#json")).to_contain_text('"name": "Munich"')
    expect(page.locator("#badges")).to_contain_text("200")
    expect(page.locator("#badges")).to_contain_text("1 query")
    page.locator("#filters").get_by_label("Search").fill("")
    expect(page.get_by_role("row", name=re.compile("^Shanghai"))).to_be_visible()
    expect(page).to_have_url(first.url)

    page.locator("#filters").get_by_label("Country").select_option(label="Germany")
    expect(page.locator("#rows tr").first).to_contain_text("Berlin")
    expect(page.locator("#report-status")).to_have_text(re.compile("^(MISS|HIT|STALE) "))
    expect(page.locator("#report")).to_contain_text("Zipf exponent")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#report-status")).to_have_text(re.compile("^(HIT|STALE) "))
    page.get_by_role("link", name="next").click()
    expect(page).to_have_url(f"{first.url}?country=DE&page=2")
    expect(page.locator("#rows")).not_to_contain_text("3,426,354")
    page.locator("#filters").get_by_label("not", exact=True).check()
    expect(page).to_have_url(f"{first.url}?country!=DE")
    expect(page.locator("#rows")).not_to_contain_text("Germany")
    expect(page.get_by_role("link", name="Remove country!=DE")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(f"{first.url}?country=DE&page=2")
    page.go_back()
    expect(page.locator("#rows tr").first).to_contain_text("3,426,354")
    expect(page.locator("#filters").get_by_label("Country")).to_have_value("DE")
    page.get_by_role("link", name="Remove country=DE").click()
    expect(page).to_have_url(first.url)


def test_an_edit_in_one_tab_shows_in_the_other(visit: Open, writable: Any) -> None:
    one = ready(visit(writable, "?country=FJ"))
    other = ready(visit(writable, "?country=FJ"))
    expect(one.get_by_role("button", name=re.compile("^Edit "))).to_have_count(0)
    log_in(one)
    expect(one.locator("#who")).to_have_text("editor")
    name = one.locator("#rows th").first.inner_text().removesuffix("★").strip()
    one.get_by_role("button", name=f"Edit {name}").click()
    expect(other.locator("#report-status")).to_be_visible()
    other.get_by_role("button", name="Ask again").click()
    expect(other.locator("#report-status")).to_have_text(re.compile("^(HIT|STALE) "))
    inhabitants = [page.locator("#report dd").nth(1) for page in (one, other)]
    before = inhabitants[1].inner_text()
    one.locator("#city-population").fill("987654")
    one.get_by_role("button", name="Save").click()
    expect(one.locator("#city-dialog")).to_be_hidden()
    for page in (one, other):
        expect(page.get_by_role("row", name=re.compile(f"^{name}"))).to_contain_text("987,654")
        expect(page.locator("#feed")).to_contain_text("→ 987,654")
        expect(page.locator("#feed")).to_contain_text("the report of Fiji was invalidated")
    for shown in inhabitants:  # the tab that asks first has it computed, the other may find it in the cache
        expect(shown).not_to_have_text(before)
    assert inhabitants[0].inner_text() == inhabitants[1].inner_text()

    one.reload()
    expect(one.locator("#who")).to_have_text("editor")  # the cookie has kept the session
    one.get_by_role("button", name="Log out").click()
    expect(one.get_by_role("button", name=re.compile("^Edit "))).to_have_count(0)
    one.reload()
    expect(ready(one).locator("#who")).to_be_hidden()


def test_who_saves_second_sees_both_versions(visit: Open, writable: Any, editable: Any) -> None:
    page = ready(visit(writable, "?country=TO"))
    log_in(page)
    page.get_by_role("button", name=re.compile("^Edit ")).first.click()
    expect(page.locator("#city-dialog")).to_be_visible()
    city = editable.get("cities/?country=TO").json()["results"][0]
    change = {"version": city["version"], "population": 111_222}
    editable.patch(f"cities/{city['id']}/", json=change).raise_for_status()
    page.locator("#city-population").fill("333444")
    page.get_by_role("button", name="Save").click()
    conflict = page.locator("#conflict")
    expect(conflict).to_contain_text("333444")
    expect(conflict).to_contain_text("111,222")
    conflict.get_by_role("button", name="Reload").click()
    expect(page.locator("#city-population")).to_have_value("111222")
    page.locator("#city-latitude").fill("95")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#city-latitude")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#city-latitude-problem")).to_contain_text("90")
    page.get_by_role("button", name="Cancel").last.click()
    refused(visit, "409", "400")


def test_what_is_wrong_is_told_beside_its_field(visit: Open, first: Any) -> None:
    page = ready(visit(first))
    field = page.locator("#filters").get_by_label("Population at least")
    field.fill("abc")
    expect(page.locator("#population__gte-problem")).to_have_text("A valid integer is required.")
    expect(field).to_have_attribute("aria-describedby", "population__gte-problem")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#json")).to_contain_text('"code": "validation_error"')
    field.fill("1000000")
    expect(page.locator("#population__gte-problem")).to_be_hidden()
    refused(visit, "400")
    wrong = visit(first, "?populaton=5")
    expect(wrong.locator("#elsewhere")).to_contain_text("Did you mean 'population'?")
    ready(wrong)
    expect(wrong.locator("#elsewhere")).to_contain_text("Did you mean 'population'?")
    refused(visit, "400")


def test_a_wrong_password_is_told(visit: Open, first: Any) -> None:
    page = ready(visit(first))
    log_in(page, password="guess")
    expect(page.locator("#log-in-problem")).to_contain_text("No active account")
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.locator("#log-in-dialog")).to_be_hidden()
    refused(visit, "401")


def test_a_lost_connection_is_told_and_nothing_is_missed(visit: Open, start: Any, copy: Path) -> None:
    site = start("--data", copy, "--port", 0)
    page = ready(visit(site))
    port = site.url.rstrip("/").rpartition(":")[2]
    assert site.interrupt()[0] == 0
    expect(page.locator("#feed-text")).to_have_text("connection lost, trying again")
    other = start("--data", copy, "--port", 0)
    with logged_in(other, "editor") as editor:
        city = editor.get("cities/").json()["results"][0]
        change = {"version": city["version"], "population": 24_999_999}
        editor.patch(f"cities/{city['id']}/", json=change).raise_for_status()
    again = start("--data", copy, "--port", port)
    expect(page.locator("#feed-text")).to_have_text("connected")
    expect(page.locator("#feed")).to_contain_text("→ 24,999,999")
    expect(page.get_by_role("row", name=re.compile("^Shanghai"))).to_contain_text("24,999,999")
    page.close()
    for each in (other, again):
        assert each.interrupt()[0] == 0
    visit.complaints.clear()  # type: ignore[attr-defined]  # of connections refused


def test_it_works_without_javascript(visit: Open, first: Any) -> None:
    page = visit(first, java_script_enabled=False)
    expect(page.locator("#rows tr")).to_have_count(20)
    page.locator("#filters").get_by_label("Country").select_option("DE")
    page.locator("#filters").get_by_label("not", exact=True).check()
    page.locator("#filters").get_by_label("Search").fill("Berlin")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{first.url}?q=Berlin&country%21=DE")
    expect(page.locator("#rows")).not_to_contain_text("Germany")
    expect(page.locator("#filters").get_by_label("not", exact=True)).to_be_checked()
    page.get_by_role("link", name="Reset").click()
    page.get_by_role("link", name="next").click()
    expect(page).to_have_url(f"{first.url}?page=2")
    page.goto(f"{first.url}?population__gte=abc")
    expect(page.locator("#population__gte-problem")).to_have_text("A valid integer is required.")
    expect(page.locator("#json")).to_contain_text("validation_error")
    refused(visit, "400")


def test_the_keyboard_is_enough(visit: Open, writable: Any) -> None:
    page = ready(visit(writable, "?country=WS"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the cities")).to_be_focused()
    page.locator("#filters").get_by_label("Search").focus()
    page.keyboard.type("Ap")
    expect(page.locator("#rows tr").first).to_contain_text("Apia")
    page.get_by_role("button", name="Log in").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("editor")
    page.keyboard.press("Tab")
    page.keyboard.type("editor-demo")
    page.keyboard.press("Enter")
    edit = page.get_by_role("button", name="Edit Apia")
    expect(edit).to_be_visible()
    edit.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#city-population")).to_be_focused()
    page.keyboard.type("54321")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile("^Apia"))).to_contain_text("54,321")
