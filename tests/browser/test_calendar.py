"""One's own calendar, from the page to what a calendar program reads over the real line."""

import re

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.looks import PHONE, hard_to_press, sideways, violations
from tests.browser.visitors import Visitors


@pytest.mark.parametrize("scripts", [True, False])
def test_she_makes_an_address_reads_it_once_and_switches_it_off(
    house: House, visitors: Visitors, scripts: bool
) -> None:
    page = visitors.window(
        house,
        storage_state=house.states["marisol"],
        java_script_enabled=scripts,
        viewport=PHONE,
        has_touch=True,
    )
    page.goto("/")
    page.get_by_role("link", name=re.compile("My calendar|Mi calendario")).click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.get_by_role("checkbox").first.check()
    page.locator("#id_cover").fill("Taller de costura")
    page.locator("#calendar-form button").click()
    shown = page.locator("code.secret")
    expect(shown).to_be_visible()
    address = shown.inner_text().strip()
    if scripts:
        assert not violations(page, "the address")
        assert not sideways(page, 320)
        page.set_viewport_size(PHONE)
        assert not hard_to_press(page, 44, lone=True)
    with httpx.Client() as program:
        answer = program.get(address)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert "set-cookie" not in answer.headers
        entries = Calendar.from_ical(answer.content).walk("VEVENT")
        assert {str(entry["SUMMARY"]) for entry in entries} == {"Taller de costura"}
        assert program.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        page.goto("/calendar/")
        expect(page.locator("code.secret")).to_have_count(0)
        page.locator("#calendar-off button").click()
        expect(page.locator(".head .aside")).to_be_visible()
        assert program.get(address).status_code == 404
    told = house.server.log.read_text()
    assert "/calendar/…" in told
    assert address.rpartition("/")[2].removesuffix(".ics") not in told
