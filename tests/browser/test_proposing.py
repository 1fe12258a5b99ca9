"""A proposal goes its whole way, and what was left before comes back, while everybody's page follows."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live


def test_the_survivor_proposes_and_reads_what_became_of_it(house: House, visitors: Visitors) -> None:
    dana, marisol, ruth = (
        visitors.enter(house, who, house.room, viewport={"width": 390, "height": 844})
        for who in ("dana", "marisol", "ruth")
    )
    rows = ruth.locator("#agenda li").count()
    marisol.locator(f"#agenda a[href='{house.room}items/']").click()
    marisol.locator("[name=item-title]").fill("Who sits beside me")
    expect(marisol.locator("[name=item-kind]")).to_have_value("survivors_words")
    marisol.locator("[name=item-audience][value=management]").check()
    expect(marisol.locator("#item-readers")).to_contain_text("Dana Whitfield")
    marisol.locator("#item-send").click()
    expect(marisol).to_have_url(f"{house.url}{house.room}")
    live(marisol)
    row = dana.locator("#agenda .agenda > li", has_text="Who sits beside me")
    row.get_by_role("link", name="Not this time").click()
    dana.get_by_role("button", name="Say that it is not for this time").click()
    expect(dana.locator(".errorlist")).to_have_text("Write a word first. Whoever proposed it reads it.")
    visitors.expect_fault("status of 422")
    dana.locator("[name=reply]").fill("Elena does, as you asked. We plan it next time.")
    dana.get_by_role("button", name="Say that it is not for this time").click()
    live(dana)
    expect(marisol.locator("#declined[open]")).to_contain_text("Elena does, as you asked.")
    expect(marisol.locator("#agenda .agenda")).not_to_contain_text("Who sits beside me")
    dana.locator("#agenda button", has_text="Put it on this agenda").click()
    expect(marisol.locator("#agenda .agenda > li").last).to_contain_text("The food-safety course")
    expect(marisol.locator("#agenda [id^=left-]")).to_have_count(0)
    expect(ruth.locator("#agenda li")).to_have_count(rows)
    told = [
        frame for frame in visitors.frames[ruth] if 'id="here"' not in frame or frame.count("<section") > 1
    ]
    assert not told, "nothing but who is here"
