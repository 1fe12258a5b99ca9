"""Leaving: blank at once, a neutral page, nothing left behind."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live, shows_nothing

# Read in the same breath as the press, before anything has come from the server.
LEFT_AT_ONCE = "() => { %s; return document.documentElement.childNodes.length }"
PRESS = "document.querySelector('button.leave').click()"
SHIFT = """for (const kind of ["keydown", "keyup"])
    document.body.dispatchEvent(new KeyboardEvent(kind, {key: "Shift", bubbles: true}))"""


def in_the_room(house: House, visitors: Visitors, **options: object) -> Page:
    """Somebody who came in by the door of this test, so that leaving ends nobody else's session."""
    page = visitors.window(house, **options)
    page.goto(house.link("dana"))
    page.locator("main form button").click()
    page.wait_for_url(f"{house.url}/")
    page.goto(house.room)
    return page


def left(house: House, visitors: Visitors, page: Page) -> None:
    """The neutral page; and nothing behind the back button, nor for whoever holds the cookie still."""
    expect(page).to_have_title("Calendar")
    expect(page).to_have_url(f"{house.url}/leave/")
    shows_nothing(page.content())
    expect(page.locator("table.month")).to_be_visible()
    visitors.expect_fault("status of 404")  # the link by which one came in, which is used up
    for _ in range(3):
        page.go_back()
        shows_nothing(page.content())
    page.goto(house.room)
    expect(page).to_have_url(f"{house.url}/")
    expect(page.locator("h1")).to_have_text("You are not signed in")


@pytest.mark.parametrize("press", [PRESS, f"{SHIFT}; {SHIFT}; {SHIFT}"], ids=["button", "shift three times"])
def test_the_page_is_blank_before_anything_else_happens(house: House, visitors: Visitors, press: str) -> None:
    page = in_the_room(house, visitors)
    live(page)
    assert page.evaluate(LEFT_AT_ONCE % press) == 0
    page.wait_for_url("**/leave/")


def test_pressing_the_button_leaves_and_ends_the_session_and_the_socket(
    house: House, visitors: Visitors
) -> None:
    ruth = visitors.enter(house, "ruth", house.room)
    dana_here = ruth.locator("#here .arrived", has_text="Dana")
    page = in_the_room(house, visitors)
    live(page)
    expect(dana_here).to_have_count(1)
    taken = page.context.storage_state()
    page.get_by_role("button", name="Leave this page").click()
    left(house, visitors, page)
    expect(dana_here).to_have_count(0)
    thief = visitors.window(house, storage_state=taken)
    thief.goto(house.room)
    expect(thief).to_have_url(f"{house.url}/")
    expect(thief.locator("h1")).to_have_text("You are not signed in")


def test_pressing_shift_three_times_leaves_even_out_of_a_note(house: House, visitors: Visitors) -> None:
    page = in_the_room(house, visitors)
    live(page)
    page.locator("[name=note-text]").press_sequentially("half a thought")
    for _ in range(3):
        page.keyboard.press("Shift")
    left(house, visitors, page)


def test_capitals_do_not_leave(house: House, visitors: Visitors) -> None:
    page = visitors.enter(house, "ruth", house.room)
    field = page.locator("[name=note-text]")
    for key in ("Shift+A", "Shift+B", "Shift", "Shift", "Shift+C", "Shift"):
        field.press(key)
    expect(field).to_have_value("ABC")
    expect(page.locator("#item")).to_be_visible()


def test_leaving_empties_every_window_of_the_browser(house: House, visitors: Visitors) -> None:
    page = in_the_room(house, visitors)
    other = page.context.new_page()
    other.goto(house.case)
    live(other)
    page.get_by_role("button", name="Leave this page").click()
    expect(other).to_have_title("Calendar")
    shows_nothing(other.content())


def test_signed_out_elsewhere_the_page_leaves(house: House, visitors: Visitors) -> None:
    page = in_the_room(house, visitors)
    live(page)
    elsewhere = visitors.window(house, storage_state=page.context.storage_state())
    elsewhere.goto("/")
    elsewhere.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{house.url}/")
    expect(page.locator("h1")).to_have_text("You are not signed in")
    page.go_back()
    shows_nothing(page.content())
    assert page.evaluate("performance.timeOrigin") - elsewhere.evaluate("performance.timeOrigin") < 2_000


def test_without_javascript_the_button_leaves_too(house: House, visitors: Visitors) -> None:
    page = in_the_room(house, visitors, java_script_enabled=False)
    page.get_by_role("button", name="Leave this page").click()
    left(house, visitors, page)
