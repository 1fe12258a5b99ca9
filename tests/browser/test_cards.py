"""A survivor on a phone finds out who somebody is and what they keep private; holders keep their cards right."""

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}


def test_from_her_start_page_to_what_somebody_keeps_private_in_two_presses(
    house: House, visitors: Visitors
) -> None:
    house.rows("UPDATE workspace_seat SET duties = 16, language = 'en' WHERE key = 'vw'")
    marisol = visitors.enter(house, "marisol", "/", viewport=PHONE)
    marisol.get_by_role("link", name="Quién es quién").first.click()
    live(marisol)
    grace = marisol.locator("#cards .who", has_text="Grace Adeyemi")
    expect(grace.locator("summary").first).to_contain_text("defensora de víctimas y testigos")
    grace.locator("summary").first.click()
    expect(grace.locator("dd li").first).to_have_text(
        "Puede que tenga que entregarlo a la otra parte en el juicio."
    )
    usual = grace.locator(".reading")
    expect(usual).to_contain_text("Lo que suele hacer esta función")
    expect(usual.locator("dt").first).to_have_text("¿Es privado lo que usted me cuenta?")
    # How Grace Adeyemi said it herself, which is not in her language, is one press further.
    expect(grace.locator("dd[lang=en]").first).not_to_be_visible()
    grace.get_by_text("Como se escribió, en inglés").click()
    expect(grace.get_by_text("I work in the prosecutor's office")).to_be_visible()


def test_a_card_that_somebody_writes_is_there_for_all_and_leaves_open_what_was_open(
    house: House, visitors: Visitors
) -> None:
    marisol = visitors.enter(house, "marisol", f"{house.case}roles/", viewport=PHONE)
    open_card = marisol.locator("#cards .who", has_text="Dana Whitfield")
    open_card.locator("summary").first.click()
    open_card.get_by_text("Como se escribió, en inglés").click()
    dana = visitors.enter(house, "dana", house.room)
    dana.locator("#roles").get_by_role("link", name="Your card").click()
    live(dana)
    dana.get_by_role("link", name="Change your card").click()
    dana.get_by_label("What I do", exact=True).fill("I come along to court.")
    dana.get_by_label("If somebody is in danger right now, I must act.").check()
    dana.get_by_role("button", name="Keep my card").click()
    expect(dana.locator("#cards > .people > .who").last.get_by_text("I come along to court.")).to_be_visible()
    expect(open_card.get_by_text("I come along to court.")).to_be_visible()
    expect(open_card.locator("dd li")).to_have_text(
        ["Si alguien está en peligro en este momento, debo actuar."]
    )
    with dana.expect_response("**/still-so/") as told:
        dana.get_by_role("button", name="Yes, it is still right").click()
    assert told.value.status == 204


def test_a_card_is_drafted_and_confirmed_without_javascript(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", f"{house.case}roles/", java_script_enabled=False)
    ruth = dana.locator("#cards .who", has_text="Ruth Okafor")
    ruth.locator("summary").first.click()
    ruth.get_by_role("link", name="Draft this card").click()
    dana.get_by_label("What I do", exact=True).fill("I look for those who hurt you.")
    dana.get_by_role("button", name="Keep this draft").click()
    expect(ruth.locator("summary .tag").first).to_have_text("draft")
    theirs = visitors.enter(house, "ruth", f"{house.case}roles/", java_script_enabled=False)
    own = theirs.locator("#cards .who", has_text="Ruth Okafor")
    # The board says at its top that a draft waits, and leads to it, unfolded.
    theirs.get_by_role("link", name="Somebody drafted your own card.").click()
    expect(own).to_contain_text("Draft by Dana Whitfield, not confirmed yet.")
    own.get_by_role("button", name="This is right").click()
    expect(own).to_contain_text("You said that this is right:")
    dana.reload()
    expect(ruth.locator("summary .tag")).to_have_count(0)
    expect(ruth.get_by_role("link", name="Draft this card")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_pasted_and_is_too_long_comes_back_whole_and_is_not_cut_off(
    house: House, visitors: Visitors, scripts: bool
) -> None:
    visitors.expect_fault("status of 422")
    ruth = visitors.window(house, storage_state=house.states["ruth"], java_script_enabled=scripts)
    ruth.goto(house.card("det"))
    does = ruth.get_by_label("What I do", exact=True)
    does.fill("I come along. " * 100)
    ruth.get_by_role("button", name="Keep my card").click()
    expect(ruth.locator(".errorlist")).to_have_text("This is too long. Say it in fewer words.")
    assert len(does.input_value()) == 1_400
