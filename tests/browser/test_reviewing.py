"""Everybody goes through who is who together: whoever leads turns, others follow, and she says what is not clear."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors

PHONE = {"width": 390, "height": 844}


def test_she_follows_on_her_phone_and_says_what_is_not_clear_to_those_who_carry_her_case(
    house: House, visitors: Visitors
) -> None:
    cards = f"{house.room}roles/"
    dana = visitors.enter(house, "dana", house.room)
    dana.get_by_role("link", name="Go through who is who").click()
    expect(dana).to_have_url(f"{house.url}{cards}")
    marisol = visitors.enter(house, "marisol", viewport=PHONE)
    marisol.get_by_role("link", name="Entrar en la reunión").click()
    marisol.goto(cards)
    ruth, priya = (visitors.enter(house, who, cards) for who in ("ruth", "priya"))
    for page in (marisol, ruth):
        expect(page.locator("#card")).to_be_hidden()
        expect(page.locator("#review button, #people button")).to_have_count(0)
    dana.get_by_role("button", name="Next person: Dana Whitfield").click()
    for page in (dana, marisol, ruth, priya):
        expect(page.locator("#card h2")).to_contain_text("Dana Whitfield")
    dana.locator("#people li", has_text="Grace Adeyemi").get_by_role("button").click()
    expect(marisol.locator("#card h2")).to_have_text("Grace Adeyemi")
    expect(marisol.locator("#card")).to_contain_text("Lo que no hago")
    expect(ruth.locator("#card h2")).to_have_text("Grace Adeyemi")
    for name in ("Dana Whitfield", "Marisol", "Priya Raman"):
        expect(ruth.locator("#people li", has_text=name)).to_contain_text("is here")
    heard = len(visitors.frames[ruth])
    expect(marisol.locator("#card .help")).to_contain_text("Dana Whitfield, Priya Raman")
    marisol.locator("#card").get_by_role("button", name="Todavía no está claro", exact=True).click()
    expect(marisol.get_by_role("link", name="Decir qué no está claro")).to_be_visible()
    for page in (dana, priya):
        expect(page.locator("#card")).to_contain_text("She said: this is not clear to me yet.")
    # She has a shelter whose name the detective does not know: he goes on seeing the card before.
    dana.locator("#people li", has_text="Joan Tully").get_by_role("button").click()
    for page in (marisol, priya):
        expect(page.locator("#card h2")).to_have_text("Joan Tully")
    assert len(visitors.frames[ruth]) == heard
    dana.locator("#back").click()
    expect(priya.locator("#card h2")).to_have_text("Tomás Ibarra")
    dana.locator("#people li", has_text="Grace Adeyemi").get_by_role("button").click()
    expect(marisol.locator("#card h2")).to_have_text("Grace Adeyemi")
    marisol.locator("#card").get_by_role("button", name="Ya está claro").click()
    expect(dana.locator("#card")).to_contain_text("She said: this is clear to me.")
    expect(ruth.locator("#card h2")).to_have_text("Grace Adeyemi")
    for part in ("#review", "#card", "#people"):
        assert "clear" not in ruth.locator(part).inner_text()
    assert "Joan" not in ruth.locator("main").inner_text()


def test_it_works_without_javascript_and_with_the_keyboard(house: House, visitors: Visitors) -> None:
    cards = f"{house.room}roles/"
    plain = visitors.enter(house, "dana", cards, java_script_enabled=False)
    plain.get_by_role("button", name="Next person: Dana Whitfield").click()
    expect(plain.locator("#card h2")).to_contain_text("Dana Whitfield")
    plain.get_by_role("button", name="Still so").click()
    expect(plain).to_have_url(f"{house.url}{cards}")
    expect(plain.locator("#card")).to_contain_text("November case conference")
    dana = visitors.enter(house, "dana", cards)
    following = dana.locator("#next")
    following.focus()
    for name in ("Elena Sandoval", "Tomás Ibarra"):
        dana.keyboard.press("Enter")
        expect(dana.locator("#card h2")).to_have_text(name)
        expect(following).to_be_focused()
    marisol = visitors.enter(house, "marisol", cards, java_script_enabled=False, viewport=PHONE)
    marisol.locator("#card").get_by_role("button", name="Está claro", exact=True).click()
    expect(marisol).to_have_url(f"{house.url}{cards}")
    expect(marisol.locator("#card")).to_contain_text("Usted dijo: esto está claro para mí.")
