"""Whoever is not sure who somebody is asks in one press; it is answered, and clear when whoever asked says so."""

import re

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}


def test_she_asks_about_the_court_advocate_on_her_phone_and_says_herself_that_it_is_clear(
    house: House, visitors: Visitors
) -> None:
    house.rows("UPDATE workspace_seat SET duties = 1 WHERE key = 'sup'")
    dana = visitors.enter(house, "dana", f"{house.case}roles/")
    ruth = visitors.enter(house, "ruth", f"{house.case}roles/")
    marisol = visitors.enter(house, "marisol", viewport=PHONE)
    # Two presses from Today to what Grace does, one more to ask.
    marisol.get_by_role("link", name=re.compile("Quién es quién")).first.click()
    live(marisol)
    card = marisol.locator("li[id^=seat-]").filter(has_text="Grace")
    card.locator("summary").first.click(position={"x": 20, "y": 10})
    expect(card.locator("dl").first).to_be_visible()
    card.get_by_role("button", name="Preguntar a la persona responsable de mi caso").click()
    expect(card.get_by_role("link", name=re.compile("Usted preguntó"))).to_be_visible()
    hers = marisol.locator("[id^=question-]").filter(has_text="No tengo claro esto.")
    expect(hers).to_contain_text("La persona responsable de su caso aún no ha respondido.")
    # Her case manager sees it at once, in her own language, and answers.
    asked = dana.locator("#questions [id^=question-]").filter(has_text="I am not sure about this.")
    expect(asked).to_contain_text("Grace")
    asked.get_by_role("link", name=re.compile("^Answer")).click()
    dana.get_by_label("Your answer").fill(
        "Grace works for the court. She tells the prosecutor what you tell her."
    )
    reads = dana.locator("form .reading li", has_text="Priya Raman").first
    expect(reads).to_contain_text("Must report abuse of a child")
    dana.get_by_role("button", name="Keep this answer").click()
    expect(dana).to_have_url(re.compile("/roles/#question-"))
    expect(hers).to_contain_text("She tells the prosecutor what you tell her.")
    hers.get_by_role("button", name="Ya está claro").click()
    expect(marisol.locator("#questions-over")).to_have_count(1)
    # It is folded away now: what is around it has the focus, and not nothing.
    expect(marisol.locator("#questions")).to_be_focused()
    expect(dana.locator("#questions-over li").filter(has_text="I am not sure about this.")).to_have_count(1)
    assert not visitors.frames[ruth]
    expect(ruth.locator("#questions")).not_to_contain_text("I am not sure about this.")


def test_what_she_takes_back_is_gone_for_whoever_is_writing_an_answer_and_their_words_are_kept(
    house: House, visitors: Visitors
) -> None:
    for status in (404, 422):
        visitors.expect_fault(f"status of {status}", f"Response Status Error Code {status}")
    ruth = visitors.enter(house, "ruth", f"{house.case}roles/")
    marisol = visitors.enter(house, "marisol", f"{house.case}roles/", viewport=PHONE)
    card = marisol.locator("li[id^=seat-]").filter(has_text="Grace")
    card.locator("summary").first.click(position={"x": 20, "y": 10})
    card.get_by_role("button", name="Preguntar a todas las personas de aquí").click()
    hers = marisol.locator("#questions [id^=question-]").filter(has_text="No tengo claro esto.")
    asked = ruth.locator("#questions [id^=question-]").filter(has_text="I am not sure about this.")
    asked.get_by_role("link", name=re.compile("^Answer")).click()
    ruth.get_by_role("button", name="Keep this answer").click()
    expect(ruth.locator("#answer-form")).to_contain_text("Write something first.")
    ruth.get_by_label("Your answer").fill("what I was writing")
    hers.get_by_role("button", name=re.compile("^Retirar la pregunta")).click()
    expect(hers).to_have_count(1)
    expect(marisol.locator("#questions-over li")).to_have_count(1)
    ruth.get_by_role("button", name="Keep this answer").click()
    expect(ruth.locator("#notice")).to_contain_text("The page is not here.")
    expect(ruth.get_by_label("Your answer")).to_have_value("what I was writing")
