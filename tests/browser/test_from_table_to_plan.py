"""What is decided at the table is done by somebody, and she sees it in her plan: one line, from the room to the end."""

import time

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}
SAID = "Ruth asks the lab about the photographs in two weeks"
TASK = "Asks the lab about the photographs"
BECAME = "The lab sends them on Monday."


def test_one_line_in_the_room_is_on_the_detectives_start_page_within_a_second_and_ends_in_her_plan(
    house: House, visitors: Visitors
) -> None:
    lead = visitors.enter(house, "dana", house.item("actions-item"))
    ruth = visitors.enter(house, "ruth", "/", viewport=PHONE)
    marisol = visitors.enter(house, "marisol", house.case)
    mine = ruth.locator("#mine li", has_text=TASK)
    hers = marisol.locator("li[id^=action-]", has_text=TASK)
    write_down(lead)
    kept = time.monotonic()
    expect(mine).to_be_visible(timeout=1_000)
    assert time.monotonic() - kept < 1
    expect(hers).to_contain_text("recibió el pedido de hacer esto por usted")
    mine.get_by_role("button", name="Accept").click()
    expect(hers).to_contain_text("hace esto por usted")
    mine.get_by_role("link", name="Finish").click()
    ruth.get_by_label("Done", exact=True).check()
    ruth.locator("[name=outcome]").fill(BECAME)
    ruth.locator("[name=permitted]").check()
    ruth.locator("#action-send").click()
    live(ruth)
    # She opens what has ended, and it is there without anybody copying it.
    marisol.locator("#ended-actions > summary").click()
    expect(hers).to_contain_text("hizo esto por usted")
    expect(hers).to_contain_text(BECAME)
    expect(lead.locator("#actions li", has_text=TASK)).to_contain_text("done")


def write_down(lead: Page) -> None:
    """One line, and who may read it; the press that keeps it comes last."""
    line = lead.get_by_label("Who does what by when, in one line")
    line.fill(SAID)
    line.press("Enter")
    form = lead.locator("#action-form")
    expect(form.get_by_label("What is to be done?")).to_have_value(TASK)
    form.get_by_label("Justice partners with the survivor").check()
    expect(form.get_by_role("heading", name="Who will read this")).to_be_visible()
    form.get_by_role("button", name="Keep this task").press("Enter")
