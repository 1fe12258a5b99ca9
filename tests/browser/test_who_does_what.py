"""Who takes care of what: taken at a press, seen by the others at once, on a telephone and without a script."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors

FREE = "Keeps identity documents safe"


def question(page: Page, text: str) -> str:
    """Where the board asks who answers for this."""
    found = page.locator("#gaps li", has_text=text).get_attribute("id")
    return f"#{found}"


def test_what_nobody_answers_for_is_taken_at_a_press_and_everybody_sees_it(
    house: House, visitors: Visitors
) -> None:
    board = f"{house.case}roles/"
    dana = visitors.enter(house, "dana", board)
    marisol = visitors.enter(house, "marisol", board, viewport={"width": 320, "height": 640})
    asked = question(dana, FREE)
    expect(marisol.locator(asked)).to_contain_text("Todavía nadie responde por esto")
    take = marisol.locator(f"{asked} button")
    take.focus()
    marisol.keyboard.press("Enter")
    expect(dana.locator(asked)).to_have_count(0)
    line = asked.replace("gap", "responsibility")
    expect(dana.locator(f"{line} > details > summary")).to_contain_text("Answers for it: Marisol")
    expect(dana.locator(f"{line} .strips circle")).to_have_count(1)
    expect(marisol.locator("#gaps")).to_contain_text("Por todo lo que hay aquí responde una persona.")
    # The words behind the picture are wider than the screen, and the page is not.
    marisol.locator("#in-words > summary").click()
    expect(marisol.locator("#in-words tbody th")).to_have_count(4)
    assert marisol.evaluate("document.documentElement.scrollWidth") == 320
    marisol.locator(f"{line} > details > summary").click()
    marisol.get_by_role("button", name="Devolverlo").click()
    expect(dana.locator(asked)).to_contain_text("Nobody answers for this yet.")
    # Who gave it back by mistake takes it again where they are.
    marisol.locator(line).get_by_role("button", name="Yo me encargo").click()
    expect(dana.locator(asked)).to_have_count(0)
    # Nothing was refused: what would close a notice is no stop on the way.
    expect(dana.locator("#dismiss")).to_be_hidden()


def test_without_a_script_it_is_taken_and_given_back_as_well(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", f"{house.case}roles/", java_script_enabled=False)
    asked = question(dana, FREE)
    dana.locator(f"{asked} button").click()
    expect(dana.locator(asked)).to_have_count(0)
    dana.locator(f"{asked.replace('gap', 'about')} > summary").click()
    dana.get_by_role("button", name="Give it back").click()
    expect(dana.locator(asked)).to_have_count(1)
