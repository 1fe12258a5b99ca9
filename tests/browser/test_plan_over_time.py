"""The plan as a picture over time: the same stands in a table behind it, and all of it is reached from the keyboard."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.looks import NARROW, out_of_reach, sideways, unfold, violations
from tests.browser.visitors import Visitors, live


def test_the_table_behind_the_picture_says_all_of_it_and_is_opened_from_the_keyboard(
    house: House, visitors: Visitors
) -> None:
    page = visitors.enter(house, "marisol", house.case, viewport=NARROW)
    page.get_by_role("link", name="El plan a lo largo del tiempo").click()
    live(page)
    table = page.get_by_role("table")
    expect(table).to_have_count(0)
    picture = page.get_by_role("region", name="El plan a lo largo del tiempo, como dibujo")
    picture.focus()
    expect(picture).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#in-words > summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(page.locator(".over-time .rows > li").count())
    assert page.locator(".over-time :is(circle, rect)").count() == rows.locator("td p").count()
    own = rows.filter(has_text="Visit the training bakery")
    expect(own).to_contain_text("(lo ofreció)")
    expect(own).not_to_contain_text("en curso")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="El plan a lo largo del tiempo, como tabla")).to_be_focused()
    page.keyboard.press("Tab")
    expect(table.get_by_role("link").first).to_be_focused()
    assert not violations(page, "picture")
    assert not sideways(page, 320)
    unfold(page)
    assert not out_of_reach(page)


def test_what_is_done_is_seen_in_the_picture_as_it_happens(house: House, visitors: Visitors) -> None:
    page = visitors.enter(house, "marisol", f"{house.case}plan/picture/")
    page.locator("#in-words > summary").click()
    task = page.get_by_role("row").filter(has_text="Walk the new bus route together, twice")
    expect(task).to_contain_text("(en curso)")
    lead = visitors.enter(house, "dana", "/tasks/")
    lead.locator("#mine li", has_text="Walk the new bus route").get_by_role("link", name="Finish").click()
    lead.get_by_label("Done", exact=True).check()
    lead.locator("[name=outcome]").fill("We took it twice.")
    lead.locator("#action-send").click()
    live(lead)
    expect(task).to_contain_text("(hecho)")
    expect(page.locator("#in-words")).to_have_attribute("open", "")
    without = visitors.enter(house, "marisol", f"{house.case}plan/picture/", java_script_enabled=False)
    without.locator("#in-words > summary").click()
    expect(without.get_by_role("row").filter(has_text="Walk the new bus route")).to_contain_text("(hecho)")
