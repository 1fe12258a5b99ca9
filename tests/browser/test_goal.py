"""The page of one goal: she reads it, says it in other words, offers something for it, and takes that back."""

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.looks import NARROW, PHONE, hard_to_press, out_of_reach, sideways, violations
from tests.browser.visitors import Visitors, live

DOOR = "A door that only I have the key to."
HERS = "Una puerta mía, y silencio."
OFFER = "Pedir la llave"


def test_she_finds_a_goal_says_it_in_her_words_and_others_read_that_at_once(
    house: House, visitors: Visitors
) -> None:
    lead = visitors.enter(house, "dana", house.case)
    hers = visitors.enter(house, "marisol", viewport=PHONE, has_touch=True)
    hers.locator("#hers").get_by_role("link", name="Mi plan").tap()
    expect(hers.locator("h1")).to_have_text("Mi plan")
    hers.get_by_role("link", name=DOOR).tap()
    live(hers)
    expect(hers.locator("#goal_work")).to_contain_text("Joan Tully hace esto por usted para el")
    assert not violations(hers, "goal")
    assert not sideways(hers, 320)
    hers.set_viewport_size(PHONE)
    assert not hard_to_press(hers, 44, lone=True)
    assert not out_of_reach(hers)
    hers.get_by_role("link", name="Decirlo con otras palabras").tap()
    expect(hers.locator("select :checked")).to_have_text("Español")
    hers.locator("textarea").fill(HERS)
    hers.get_by_role("button", name="Guardar estas palabras").tap()
    live(hers)
    expect(hers.locator("h1")).to_have_text(HERS)
    expect(hers.locator("#goal_past")).to_contain_text(DOOR)
    expect(lead.locator("#goals")).to_contain_text(HERS)
    hers.get_by_role("button", name="Ya logré esto").tap()
    hers.get_by_role("button", name="Quiero esto otra vez").tap()
    expect(hers.get_by_role("button", name="Ya logré esto")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_she_offers_something_for_a_goal_and_takes_it_back_and_owes_nothing(
    house: House, visitors: Visitors, scripts: bool
) -> None:
    if not scripts:
        visitors.expect_fault("status of 422")
    hers = visitors.enter(house, "marisol", house.case, java_script_enabled=scripts, viewport=NARROW)
    hers.get_by_role("link", name=DOOR).click()
    hers.get_by_role("link", name="Pedir algo u ofrecer algo").click()
    hers.get_by_label("¿Qué hay que hacer?").fill(OFFER)
    hers.get_by_label("¿Quién lo hace?").select_option(label="Lo hago yo")
    hers.get_by_label("Gestión del caso").check()
    if scripts:
        expect(hers.locator("#action-readers")).to_contain_text("Dana Whitfield")
    hers.locator("#action-send").click()
    if not scripts:
        expect(hers.locator("#action-readers")).to_contain_text("Dana Whitfield")
        hers.locator("#action-send").click()
    offer = hers.locator("li[id^=action-]", has_text=OFFER)
    expect(offer).to_contain_text("Usted ofreció hacer esto. Puede cambiar de idea:")
    lead = visitors.enter(house, "dana", house.case)
    theirs = lead.locator("li[id^=action-]", has_text=OFFER)
    expect(theirs.locator(".tag").first).to_have_text("offered")
    offer.get_by_role("link", name=OFFER).click()
    hers.get_by_role("link", name="Lo hice, o ya no").click()
    expect(hers.locator("main")).to_contain_text("Usted lo ofreció. No se lo debe a nadie.")
    hers.get_by_label("Ya no").check()
    hers.locator("#action-send").click()
    expect(hers.locator("#action_history")).to_contain_text("Ya no")
    for words in ("no es posible", "no se hizo", "vencid", "aceptada"):
        expect(hers.locator("main")).not_to_contain_text(words)
    lead.locator("#goals details[id^=ended-] > summary").first.click()
    expect(theirs.locator(".tag").first).to_have_text("not any more")
