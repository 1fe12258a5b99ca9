"""What people say of themselves in a meeting, in their own windows: whether they come, that they want to speak."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live


def test_hands_go_up_and_down_and_an_observer_has_none(house: House, visitors: Visitors) -> None:
    dana, ruth = (visitors.enter(house, who, house.room) for who in ("dana", "ruth"))
    marisol = visitors.enter(house, "marisol", house.room, viewport={"width": 390, "height": 844})
    stop = marisol.locator(f"#meeting button[formaction='{house.room}pause/']")
    expect(stop).to_be_in_viewport()
    hand = marisol.locator("#hand")
    hand.focus()
    marisol.keyboard.press("Enter")
    expect(hand).to_have_attribute("formaction", f"{house.room}hand-down/")
    expect(hand).to_be_focused()
    ruth.get_by_role("button", name="Raise my hand").click()
    expect(dana.locator("#you .speakers li")).to_have_count(2)
    expect(dana.locator("#you .speakers li").first).to_contain_text("Marisol")
    dana.locator("#you .speakers li", has_text="Marisol").get_by_role("button").press("Enter")
    expect(dana.locator("#you .speakers li")).to_have_count(1)
    expect(hand).to_have_attribute("formaction", f"{house.room}hand/")
    dana.get_by_text("Note who is here or has gone").click()
    noted = dana.locator("#noting li")
    ruth.locator("[name=note-text]").fill("half a sentence")
    noted.filter(has_text="Ruth Okafor").get_by_role("button", name="Only listens").click()
    expect(ruth.locator("#you")).to_contain_text("You are at this meeting to listen")
    expect(ruth.locator("#hand")).to_have_count(0)
    expect(dana.locator("#you .speakers")).to_have_count(0)
    expect(ruth.locator("#note-form")).to_have_count(0)
    stays = ruth.get_by_label("What you typed is still here")
    expect(stays).to_have_value("half a sentence")
    expect(stays).to_be_focused()
    noted.filter(has_text="Ruth Okafor").get_by_role("button", name="Takes part").press("Enter")
    expect(ruth.locator("#note-form [name=note-text]")).to_have_value("half a sentence")
    expect(stays).to_have_count(0)
    noted.filter(has_text="Tomás Ibarra").get_by_role("button", name="Is here").click()
    tomas = ruth.locator("#here .names li", has_text="Tomás Ibarra")
    expect(tomas).to_have_class("arrived")


def test_whether_one_comes_is_said_with_the_keyboard_and_without_javascript(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.enter(house, "dana", house.room)
    ruth = visitors.enter(house, "ruth", f"{house.room}answer/")
    live(ruth)
    items = ruth.locator("[data-when=part]")
    expect(items).to_be_hidden()
    ruth.get_by_role("radio", name="Yes, I come").focus()
    for _ in range(2):
        ruth.keyboard.press("ArrowDown")
    expect(items).to_be_visible()
    ruth.keyboard.press("Tab")
    ruth.keyboard.press("Space")
    ruth.get_by_role("button", name="Keep my answer").press("Enter")
    expect(ruth.locator("#invitation")).to_contain_text("You said that you come for a part.")
    expect(dana.locator("#agenda")).to_contain_text("Comes for this: Ruth Okafor")
    plain = visitors.enter(house, "marisol", f"{house.room}answer/", java_script_enabled=False)
    plain.locator("#answer-form input[value=no]").check()
    plain.locator("#answer-form button").click()
    expect(plain.locator("#words")).to_have_attribute("open", "")
    expect(dana.locator("#here .names li", has_text="Marisol")).to_contain_text("does not come")
