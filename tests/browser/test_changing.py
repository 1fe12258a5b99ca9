"""What was written is changed in two windows at once, and closed to some, whose pages follow."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.looks import NARROW, violations
from tests.browser.visitors import Visitors, compose, keep, live

SOON = 1_500  # a second is promised


def write(page: Page, text: str) -> str:
    """A note for everybody; gives its address."""
    compose(page, text, "everyone")
    keep(page)
    article = page.locator("#item article", has_text=text)
    expect(article).to_be_visible()
    return f"/written/{str(article.get_attribute('id')).removeprefix('note-')}/"


def test_of_two_windows_on_one_text_the_second_sees_both_and_puts_them_together(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 409")
    desk, phone, ruth = (
        visitors.enter(house, "dana", house.room),
        visitors.enter(house, "dana", house.room, viewport=NARROW),
        visitors.enter(house, "ruth", house.room),
    )
    written = write(desk, "The bus leaves at two")
    for page in (desk, phone):
        page.locator(f"#item a[href='{written}text/']").click()
        expect(page.locator("[name=written-text]")).to_have_value("The bus leaves at two")
    assert not violations(phone, "text")
    phone.locator("[name=written-text]").fill("The bus leaves at three")
    phone.locator("#written-send").click()
    expect(phone.locator("#item article", has_text="at three")).to_contain_text("changed")
    expect(ruth.locator("#item")).to_contain_text("The bus leaves at three")
    desk.locator("[name=written-text]").fill("The bus leaves from the station")
    desk.locator("#written-send").click()
    form = desk.locator("#written-form")
    expect(form.locator(".errorlist")).to_contain_text("changed in the meantime")
    expect(form.locator(".both .prose")).to_have_text("The bus leaves at three")
    field = form.locator("[name=written-text]")
    expect(field).to_have_value("The bus leaves from the station")
    for width in (1280, 320):
        desk.set_viewport_size({"width": width, "height": 800})
        theirs, mine = form.locator(".both .prose").bounding_box(), field.bounding_box()
        assert theirs
        assert mine
        if width == 1280:
            assert theirs["x"] + theirs["width"] <= mine["x"], "side by side"
        else:
            assert theirs["y"] + theirs["height"] <= mine["y"], "one under the other"
        assert not violations(desk, f"both texts at {width}")
        assert not desk.evaluate("document.scrollingElement.scrollWidth > innerWidth")
    field.fill("The bus leaves from the station at three")
    form.get_by_role("button", name="Keep mine in place").click()
    expect(ruth.locator("#item")).to_contain_text("from the station at three")
    ruth.locator(f"#item a[href='{written}history/']").click()
    earlier = ruth.locator("#written .notes article")
    expect(earlier).to_have_count(2)
    expect(earlier.first).to_contain_text("The bus leaves at three")
    assert not violations(ruth, "history")


def test_what_she_closes_to_somebody_is_gone_from_their_pages_at_once(
    house: House, visitors: Visitors
) -> None:
    house.rows("UPDATE workspace_person SET language = 'en' WHERE key = 'marisol'")
    ruth, reading, marisol = (
        visitors.enter(house, "ruth", house.room),
        visitors.enter(house, "ruth", house.room),
        visitors.enter(house, "marisol", house.room, viewport=NARROW),
    )
    written = write(ruth, "Seen near the old mill")
    reading.goto(f"{written}history/")
    live(reading)
    note = marisol.locator("#item article", has_text="old mill")
    note.locator("[id^=see-] summary").click()
    note.get_by_role("link", name="Let fewer people see this").click()
    live(marisol)
    expect(marisol.locator("#written")).to_contain_text("Seen near the old mill")
    dana = visitors.enter(house, "dana", f"{written}history/")
    marisol.locator("[name=written-audience][value=people]").check()
    people = marisol.locator("#id_written-people_set label")
    expect(people.filter(has_text="Dana")).to_be_visible()
    marisol.locator("#id_written-people_set label", has_text="Tomás").locator("input").check()
    expect(marisol.locator("#written-readers")).to_contain_text("Who could no longer read it")
    assert not violations(marisol, "readers")
    assert not marisol.evaluate("document.scrollingElement.scrollWidth > innerWidth")
    priya = visitors.enter(house, "priya", house.room)
    expect(priya.locator("#item")).to_contain_text("old mill")
    marisol.locator("#written-send").click()
    dana.wait_for_url(f"{house.url}/", timeout=SOON)
    expect(priya.locator("#item")).not_to_contain_text("old mill", timeout=SOON)
    marisol.wait_for_url("**/items/**")
    expect(marisol.locator("#item")).to_contain_text("old mill")
    expect(reading.locator("#written")).to_contain_text("Seen near the old mill")
