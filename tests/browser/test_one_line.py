"""Who does what by when, typed in one line while nine people wait."""

import re

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live


def talk_about(lead: Page, title: str) -> None:
    row = lead.locator("#agenda li", has_text=title)
    row.get_by_role("button", name="Talk about this now").click()


def test_a_line_and_two_presses_of_enter_and_whoever_is_asked_reads_it(
    house: House, visitors: Visitors
) -> None:
    lead = visitors.enter(house, "dana", house.item("actions-item"))
    asked = visitors.enter(house, "ruth", house.room)
    expect(lead.locator("#item").get_by_role("heading", name="What goes on")).to_be_visible()
    line = lead.get_by_label("Who does what by when, in one line")
    line.fill("Ruth returns the house keys in two weeks")
    line.press("Enter")
    form = lead.locator("#action-form")
    expect(form.get_by_label("What is to be done?")).to_have_value("Returns the house keys")
    expect(form.get_by_label("By when?", exact=True)).to_have_value(re.compile(r"2\d{3}-\d\d-\d\d"))
    expect(form.get_by_label("Who does it?").locator("option:checked")).to_contain_text("Ruth")
    # Nobody stands chosen to read it, and the first of those who could is where the keyboard is.
    expect(form.locator("[name=action-audience]").first).to_be_focused()
    form.get_by_label("Justice partners with the survivor").check()
    expect(form.get_by_role("heading", name="Who will read this")).to_be_visible()
    form.get_by_role("button", name="Keep this task").press("Enter")
    expect(asked.locator("#actions")).to_contain_text("Returns the house keys")
    # The line is there again, empty, and whom she chose herself stands chosen: Enter, then Enter.
    expect(lead.get_by_text("It is kept.")).to_be_visible()
    expect(line).to_be_focused()
    line.press_sequentially("Ruth brings the passport by the next meeting")
    line.press("Enter")
    expect(lead.locator("#action-send")).to_be_focused()
    lead.keyboard.press("Enter")
    expect(asked.locator("#actions")).to_contain_text("Brings the passport")
    expect(asked.locator("#actions li", has_text="Brings the passport")).to_contain_text(
        "by the next meeting"
    )
    expect(line).to_be_focused()


def test_the_line_goes_on_with_the_meeting_unless_somebody_types_in_it(
    house: House, visitors: Visitors
) -> None:
    lead = visitors.enter(house, "dana", house.room)
    writer = visitors.enter(house, "priya", house.room)
    spot = writer.locator("#task form")
    before = spot.get_attribute("data-item")
    talk_about(lead, "What has gone well")
    expect(writer.locator("#item h2")).to_contain_text("What has gone well")
    expect(spot).not_to_have_attribute("data-item", before or "")
    after = spot.get_attribute("data-item")
    writer.get_by_label("Who does what by when, in one line").fill("I call her sister")
    talk_about(lead, "Safety since we last met")
    expect(writer.locator("#item h2")).to_contain_text("Safety since we last met")
    expect(spot).to_have_attribute("data-item", after or "")
    expect(writer.get_by_label("Who does what by when, in one line")).to_have_value("I call her sister")
    expect(writer.locator("#task .moved")).to_be_visible()


def test_whoever_came_before_there_was_anything_to_talk_about_can_write_once_there_is(
    house: House, visitors: Visitors
) -> None:
    lead, other, says = (visitors.enter(house, who) for who in ("priya", "dana", "elena"))
    for page in (lead, other, says):
        page.get_by_role("link", name="December case conference").first.click()
        live(page)
        expect(page.locator("#item .none")).to_be_visible()
        expect(page.locator("#note-form, #line-form")).to_have_count(0)
    left = lead.locator("#agenda li", has_text="The food-safety course")
    left.get_by_role("button", name="Put it on this agenda").click()
    for page in (lead, other):
        expect(page.locator("#note-form")).to_be_visible()
        expect(page.get_by_label("Who does what by when, in one line")).to_be_visible()
    # Who says everything and adds nothing has no form, and is told of no failure.
    expect(says.locator("#item h2")).to_contain_text("The food-safety course")
    expect(says.locator("#note-form, #line-form")).to_have_count(0)
    expect(says.locator("#notice")).to_be_empty()


def test_on_a_phone_the_line_stands_under_what_is_talked_about(house: House, visitors: Visitors) -> None:
    page = visitors.enter(house, "dana", house.item("actions-item"), viewport={"width": 390, "height": 844})
    item, line, you = (page.locator(which).bounding_box() for which in ("#item", "#line-form", "#you"))
    assert item
    assert line
    assert you
    assert item["y"] + item["height"] <= line["y"] < you["y"]
    page.set_viewport_size({"width": 1280, "height": 900})
    button = page.get_by_role("button", name="Check this").bounding_box()
    field = page.get_by_label("Who does what by when, in one line").bounding_box()
    assert button
    assert field
    assert button["height"] <= field["height"] + 2, "its words stand in one line"


def test_the_line_is_there_again_when_the_form_is_left(house: House, visitors: Visitors) -> None:
    page = visitors.enter(house, "dana", house.item("actions-item"), viewport={"width": 390, "height": 844})
    page.get_by_label("Who does what by when, in one line").fill("Ruth calls tomorrow")
    page.get_by_role("button", name="Check this").click()
    page.get_by_role("link", name="Leave it").click()
    expect(page.get_by_label("Who does what by when, in one line")).to_be_focused()
    expect(page.locator("#action-form")).to_have_count(0)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
