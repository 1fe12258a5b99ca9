"""A part of the meeting, a screen on the wall, and what somebody else sees: in four windows, by keyboard."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.looks import violations
from tests.browser.visitors import Visitors, live


def sound(page: Page) -> None:
    """Nothing on this page keeps anybody out."""
    assert not violations(page, page.url)


def test_parts_the_wall_and_a_preview(house: House, visitors: Visitors) -> None:
    dana, marisol = (visitors.enter(house, who, house.room) for who in ("dana", "marisol"))
    visitors.expect_fault("422")
    dana.get_by_role("link", name="Add a part").focus()
    dana.keyboard.press("Enter")
    dana.locator("[name=name]").fill("Professionals only")
    dana.locator("[name=minutes]").fill("300")
    dana.locator("[name=without_her]").check()
    dana.keyboard.press("Tab")
    dana.keyboard.press("Enter")
    expect(dana.locator(".errorlist")).to_contain_text("from 1 to 240")
    expect(dana.locator("[name=minutes]")).to_be_focused()
    expect(dana.locator("[name=name]")).to_have_value("Professionals only")
    sound(dana)
    dana.locator("[name=minutes]").fill("20")
    dana.locator("#part-send").click()
    expect(marisol.locator("#parts summary")).to_be_visible()
    dana.locator("#parts summary").focus()
    dana.keyboard.press("Enter")
    dana.get_by_role("button", name="Begin this part").focus()
    dana.keyboard.press("Enter")
    expect(marisol.locator("#parts .aside")).to_contain_text("es sin usted: Professionals only")
    expect(marisol.locator("#parts .aside")).to_contain_text("La esperamos de vuelta")

    ruth = visitors.enter(house, "ruth", house.room)
    wide = {"width": 1280, "height": 900}
    wall = visitors.enter(house, "dana", f"{house.room}table/", viewport=wide)
    expect(wall.locator("#table h1")).to_be_visible()
    expect(wall.locator("#table")).to_contain_text("Professionals only")
    expect(wall.locator("#table")).to_contain_text("Ruth")
    sound(wall)
    wall.get_by_role("button", name="Full screen").click()
    assert wall.evaluate("document.fullscreenElement === document.documentElement")
    wall.evaluate("document.exitFullscreen()")
    dana.get_by_role("button", name="End this part").click()
    expect(wall.locator("#table")).not_to_contain_text("Professionals only")
    expect(marisol.locator("#parts .aside")).to_contain_text("Ya puede volver.")

    dana.get_by_role("link", name="Check what each person sees").click()
    sound(dana)
    dana.get_by_role("link", name="Ruth Okafor").click()
    expect(dana.locator("fieldset.preview")).to_contain_text("Led by")
    live(dana)
    sound(dana)
    sent: list[str] = []
    dana.on("request", lambda request: sent.append(request.url))
    dana.get_by_role("button", name="I need a break").click(force=True)
    for _ in range(30):
        dana.keyboard.press("Tab")
        assert not dana.evaluate("document.activeElement.matches('.preview :is(a, button)')")
    assert not sent
    expect(ruth.locator("#meeting .tag")).to_have_text("open now")
    ruth.get_by_role("button", name="I need a break").click()
    expect(dana.locator("fieldset.preview #meeting .tag")).to_have_text("paused")
    assert not dana.locator(".preview [href]:not(use)").count()

    paper = visitors.enter(house, "marisol", f"{house.room}record/?paper=yes")
    expect(paper.locator("#paper")).to_contain_text("Lea primero cada línea.")
    sound(paper)

    # Whoever put it up is invited no more: the wall does not go on to their own start page.
    conference = "SELECT mark_id FROM conferences_conference WHERE key = 'november'"
    house.rows(f"DELETE FROM workspace_named WHERE mark_id = ({conference})")
    house.rows("UPDATE workspace_case SET version = version + 1")
    wall.wait_for_url("**/leave/")
    for page in (dana, paper):
        page.wait_for_url(f"{house.url}/")
    expect(wall.locator("#table")).to_have_count(0)
