"""Losing one's place: the page is emptied within a second or so, and nothing of it is left behind."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors

EMPTIED_WITHIN_MS = 1_500  # a second, and the time in which the page that follows is loaded


def uninvited(house: House, person: str) -> None:
    """No longer at this conference, though still on the case."""
    seat = "SELECT mark_id FROM workspace_seat JOIN workspace_person AS one ON one.id = person_id WHERE one.key = ?"
    house.rows(f"DELETE FROM workspace_named WHERE seat_id IN ({seat})", person)
    house.rows("UPDATE workspace_case SET version = version + 1")


def unseated(house: House, person: str) -> None:
    """No longer on the case."""
    one = "SELECT id FROM workspace_person WHERE key = ?"
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    house.rows(f"UPDATE workspace_seat SET until = {now} WHERE person_id IN ({one})", person)


def deactivated(house: House, person: str) -> None:
    """No longer anybody here."""
    house.rows("UPDATE workspace_person SET is_active = 0 WHERE key = ?", person)


def emptied(house: House, visitors: Visitors, page: Page, end: Callable[[], None]) -> None:
    """End it; the page shows nothing of what it showed, nor does the way back."""
    expect(page.locator("main")).to_contain_text("November")
    heard = len(visitors.frames[page])
    before = page.evaluate("Date.now()")
    end()
    page.wait_for_url(f"{house.url}/")
    assert page.evaluate("performance.timeOrigin") - before < EMPTIED_WITHIN_MS
    assert not [frame for frame in visitors.frames[page][heard:] if "November" in frame]
    expect(page.locator("main")).not_to_contain_text("November")
    page.go_back()
    assert "November" not in page.content()


def test_whoever_loses_their_place_sees_the_page_emptied(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    for person, end in (("ruth", uninvited), ("elena", unseated), ("marisol", deactivated)):
        page = visitors.enter(house, person, house.room)
        emptied(house, visitors, page, partial(end, house, person))
    expect(dana.locator("#meeting")).to_contain_text("November")


def test_whoever_loses_their_place_while_writing_keeps_what_they_typed_and_nothing_else(
    house: House, visitors: Visitors
) -> None:
    ruth = visitors.enter(house, "ruth", house.room)
    ruth.locator("[name=note-text]").fill("half a thought")
    expect(ruth.locator("#agenda")).to_be_visible()
    uninvited(house, "ruth")
    expect(ruth.locator("#notice")).to_contain_text("This page is not open to you any more.")
    expect(ruth.locator("main textarea")).to_have_value("half a thought")
    expect(ruth.locator("main textarea")).to_be_focused()
    assert "November" not in ruth.content()
    expect(ruth.locator("main :is(h1, h2, li, article, button)")).to_have_count(0)
    expect(ruth.get_by_role("link", name="To the start page")).to_be_visible()
