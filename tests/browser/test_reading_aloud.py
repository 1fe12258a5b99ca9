"""The plan is read aloud: she answers on her telephone, and it stands at once on the page of whoever leads."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.house import House
from tests.browser.looks import NARROW, PHONE, hard_to_press, out_of_reach, sideways, violations
from tests.browser.visitors import Visitors, live

DOOR, PAPERS, BAKERY = (
    "A door that only I have the key to.",
    "Papers with my real name, so nobody can hold them over me.",
    "Work in a bakery. I was good at it.",
)
HERS = "Hacer pan. Lo hacía bien."


def goal(page: Page, words: str) -> Locator:
    return page.locator("#aloud > ul > li").filter(has=page.locator("p.goal", has_text=words))


def test_she_agrees_corrects_and_says_not_now_and_whoever_leads_sees_it_come(
    house: House, visitors: Visitors
) -> None:
    lead = visitors.enter(house, "dana", f"{house.room}plan/")
    hers = visitors.enter(house, "marisol", f"{house.room}plan/", viewport=PHONE, has_touch=True)
    goal(hers, DOOR).get_by_role("button", name="Sí, sigue siendo así").tap()
    expect(goal(hers, DOOR)).to_contain_text("Usted dijo: sí, sigue siendo así.")
    expect(goal(hers, DOOR)).to_contain_text("Todavía puede decir otra cosa:")
    expect(goal(lead, DOOR)).to_contain_text("She said: yes, still right.")
    # A finger that presses twice says it once.
    goal(hers, PAPERS).get_by_role("button", name="Ahora no").dblclick()
    expect(goal(hers, PAPERS)).to_contain_text("Usted dijo: ahora no.")
    expect(goal(lead, PAPERS)).to_contain_text("She said: not now.")
    assert house.rows("SELECT count(*) FROM agendas_entry WHERE what = 'not_now'") == [(1,)]
    goal(hers, BAKERY).get_by_role("link", name="Yo lo diría de otra manera").tap()
    hers.get_by_label("¿Cómo lo diría usted?").fill(HERS)
    expect(hers.get_by_label("¿En qué idioma está dicho?").locator(":checked")).to_have_text("Español")
    hers.get_by_role("button", name="Guardar estas palabras").tap()
    live(hers)
    expect(goal(hers, HERS)).to_be_in_viewport()
    expect(goal(hers, HERS)).to_contain_text(f"Antes: {BAKERY}")
    expect(goal(lead, HERS)).to_contain_text("She said it in other words.")
    expect(lead.locator("#readaloud ol .tag")).to_have_text(["still right", "not now", "said in other words"])
    assert not violations(hers, "read aloud")
    assert not sideways(hers, 320)
    hers.set_viewport_size(PHONE)
    assert not hard_to_press(hers, 44, lone=True)
    assert not out_of_reach(lead)


@pytest.mark.parametrize("press", ["Ahora no", "Yo lo diría de otra manera"])
def test_without_a_script_and_after_the_meeting_closed_nothing_is_lost(
    house: House, visitors: Visitors, press: str
) -> None:
    visitors.expect_fault("status of 409")
    page = visitors.enter(house, "marisol", f"{house.room}plan/", java_script_enabled=False, viewport=NARROW)
    its = goal(page, DOOR)
    if press == "Ahora no":
        its.get_by_role("button", name=press).click()
        expect(its).to_contain_text("Usted dijo: ahora no.")
        house.rows("UPDATE conferences_conference SET status = 'closed' WHERE key = 'november'")
        its.get_by_role("button", name="Sí, sigue siendo así").click()
    else:
        its.get_by_role("link", name=press).click()
        page.locator("textarea").fill(HERS)
        house.rows("UPDATE conferences_conference SET status = 'closed' WHERE key = 'november'")
        page.get_by_role("button", name="Guardar estas palabras").click()
        expect(page.locator("textarea")).to_have_value(HERS)
    expect(page.locator("main")).to_contain_text("se puede decir con otras palabras en cualquier momento")
    if press != "Ahora no":
        # Where they are kept after all.
        page.get_by_role("link", name="Ir a la página de la meta").click()
        page.get_by_role("link", name="Decirlo con otras palabras").click()
        page.locator("textarea").fill(HERS)
        page.get_by_role("button", name="Guardar estas palabras").click()
        expect(page.locator("h1")).to_have_text(HERS)
