"""Whoever leads a meeting opens it, takes a break, moves what is on its agenda, and ends it; the others follow."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live


def order(page: Page) -> list[str]:
    """The items of the agenda, in their order."""
    return [str(row.get_attribute("id")) for row in page.locator("#agenda .agenda > li").all()]


def stands(page: Page, wanted: list[str]) -> None:
    """Wait until the agenda of this page has these items in this order, and no others."""
    for place, row in enumerate(wanted):
        expect(page.locator("#agenda .agenda > li").nth(place)).to_have_id(row)
    expect(page.locator("#agenda .agenda > li")).to_have_count(len(wanted))


def test_an_item_is_moved_by_its_handle(house: House, visitors: Visitors) -> None:
    dana, marisol, ruth = (
        visitors.enter(house, who, house.room, viewport={"width": 1280, "height": 1000})
        for who in ("dana", "marisol", "ruth")
    )
    before = order(dana)
    theirs = {page: order(page) for page in (marisol, ruth)}
    dana.locator(f"#{before[0]} .handle").hover()
    dana.mouse.down()
    box = dana.locator(f"#{before[2]}").bounding_box()
    assert box
    dana.mouse.move(box["x"] + 20, box["y"] + box["height"] - 4, steps=5)
    expect(dana.locator(f"#{before[3]}")).to_have_class("drop")
    expect(dana.locator(f"#{before[0]}")).to_have_class("dragged")
    dana.mouse.up()
    wanted = [before[1], before[2], before[0], *before[3:]]
    stands(dana, wanted)
    expect(dana.locator("#agenda .dragged, #agenda .drop")).to_have_count(0)
    for page, seen in theirs.items():
        stands(page, [row for row in wanted if row in seen])
        assert before[0] in seen
    assert len(theirs[ruth]) < len(before)


def test_a_drag_that_is_given_up_moves_nothing(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room, viewport={"width": 1280, "height": 1000})
    before, sent = order(dana), []
    dana.on("request", lambda request: sent.append(request.url))
    dana.locator(f"#{before[0]} .handle").hover()
    dana.mouse.down()
    box = dana.locator(f"#{before[2]}").bounding_box()
    assert box
    dana.mouse.move(box["x"] + 20, box["y"] + box["height"] - 4, steps=5)
    expect(dana.locator("#agenda .drop")).to_have_count(1)
    dana.keyboard.press("Escape")
    expect(dana.locator("#agenda .drop")).to_have_count(0)
    dana.mouse.up()
    assert order(dana) == before
    assert not sent


def test_an_item_is_moved_parked_and_taken_up_again_with_the_keyboard(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.enter(house, "dana", house.room)
    marisol = visitors.enter(house, "marisol", house.room)
    before, seen = order(dana), order(marisol)
    row = dana.locator(f"#{before[1]}")
    row.locator("summary").focus()
    dana.keyboard.press("Enter")
    down = row.get_by_role("button", name="Move down")
    down.focus()
    for place in (2, 3):
        dana.keyboard.press("Enter")
        expect(dana.locator("#agenda .agenda > li").nth(place)).to_have_id(before[1])
        expect(down).to_be_focused()
        expect(row.locator("details")).to_have_attribute("open", "")
    row.get_by_role("button", name="Keep for another time").focus()
    dana.keyboard.press("Enter")
    expect(row.locator(".meta").first).to_contain_text("for another time")
    expect(marisol.locator(f"#{before[1]} .meta").first).to_contain_text("para otra ocasión")
    row.get_by_role("button", name="Take it up again").focus()
    dana.keyboard.press("Enter")
    expect(row.locator(".meta").first).not_to_contain_text("for another time")
    wanted = [before[0], before[2], before[3], before[1], *before[4:]]
    stands(dana, wanted)
    stands(marisol, [row for row in wanted if row in seen])


def test_a_press_holds_though_somebody_comes_in_meanwhile(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    dana.get_by_role("button", name="Take a break").hover()
    dana.mouse.down()
    visitors.enter(house, "priya", house.room)
    expect(dana.locator("#handing-over button")).to_have_count(1)
    dana.mouse.up()
    expect(dana.locator("#meeting")).to_contain_text("There is a break.")


def test_a_break_and_the_end_are_told_to_everybody(house: House, visitors: Visitors) -> None:
    dana, marisol, ruth = (visitors.enter(house, who, house.room) for who in ("dana", "marisol", "ruth"))
    ruth.locator("[name=note-text]").fill("half a thought")
    dana.get_by_role("button", name="Take a break").click()
    expect(ruth.locator("#meeting")).to_contain_text("There is a break.")
    expect(marisol.locator("#meeting")).to_contain_text("Hay un descanso.")
    expect(dana.get_by_role("button", name="Talk about this now")).to_have_count(0)
    expect(dana.locator("#meeting .aside")).to_contain_text("Press “Go on”")
    expect(ruth.locator("[name=note-text]")).to_have_value("half a thought")
    dana.get_by_role("button", name="Go on").click()
    expect(ruth.locator("#meeting")).not_to_contain_text("There is a break.")
    dana.get_by_text("End the meeting").click()
    dana.get_by_role("button", name="End it now").click()
    for page, word in ((dana, "closed"), (ruth, "closed"), (marisol, "cerrada")):
        expect(page.locator("#meeting .tag")).to_have_text(word)
        expect(page.locator("#agenda button, #meeting button")).to_have_count(0)
    expect(marisol.locator("#agenda")).to_contain_text("sin tratar")
    expect(marisol.locator("#agenda .changed")).to_have_count(0)
    expect(dana.locator("#note-form h2")).to_have_text("Add something after the meeting")
    expect(marisol.locator("#note-form h2")).to_have_text("Añadir algo después de la reunión")
    expect(ruth.locator("[name=note-text]")).to_have_value("half a thought")


def test_how_long_the_meeting_has_been_at_its_item_is_told_quietly(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    dana.locator(f"#agenda button[formaction='{house.item('safety-check')}current/']").click()
    expect(dana.locator("#item h2")).to_contain_text("Safety since we last met")
    expect(dana.locator("#since")).to_be_visible()
    expect(dana.locator("#so-far")).to_be_hidden()
    then = "(time, minutes) => { time.dateTime = new Date(Date.now() - minutes * 60_000).toISOString() }"
    for minutes in (12, 13, 14):  # more often than anything is pushed meanwhile
        dana.locator("#since").evaluate(then, minutes + 0.1)
        expect(dana.locator("#so-far b")).to_have_text(str(minutes))
    assert not dana.locator("[role=status] #so-far, [aria-live] #so-far").count()


def test_who_presses_twice_means_it_once(house: House, visitors: Visitors) -> None:
    house.rows("UPDATE conferences_conference SET status = 'planned' WHERE key = 'november'")
    dana = visitors.window(house, storage_state=house.states["dana"])
    dana.clock.install()
    dana.goto(house.room)
    live(dana)
    box = dana.get_by_role("button", name="Open the meeting").bounding_box()
    assert box
    place = box["x"] + 20, box["y"] + box["height"] / 2
    dana.clock.pause_at(datetime.now(UTC) + timedelta(seconds=2))
    dana.mouse.click(*place)
    expect(dana.get_by_role("button", name="Take a break")).to_be_visible()
    under = dana.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('button').textContent", [*place]
    )
    assert under == "Take a break"
    sent: list[str] = []
    dana.on("request", lambda request: sent.append(request.url))
    dana.mouse.click(*place)
    dana.clock.run_for(1_000)
    assert not sent
    dana.mouse.click(*place)
    expect(dana.locator("#meeting .tag")).to_have_text("paused")
    verbs = house.rows("SELECT verb FROM workspace_event WHERE verb LIKE 'conference%' ORDER BY id")
    assert verbs == [("conference_opened",), ("conference_paused",)]


def test_when_whoever_leads_is_gone_somebody_else_goes_on_leading(house: House, visitors: Visitors) -> None:
    dana, marisol, priya = (visitors.enter(house, who, house.room) for who in ("dana", "marisol", "priya"))
    dana.context.close()
    priya.get_by_text("If whoever leads cannot go on").click()
    priya.get_by_role("button", name="Lead this meeting").click()
    expect(priya.locator("#meeting")).to_contain_text("You lead this meeting")
    expect(marisol.locator("#meeting")).to_contain_text("Priya")
    priya.locator(f"#agenda button[formaction='{house.item('safety-check')}current/']").click()
    expect(marisol.locator("#item h2")).to_contain_text("Safety since we last met")
    dana = visitors.enter(house, "dana", house.room)
    expect(dana.locator("#agenda button")).to_have_count(0)
    priya.get_by_text("Hand over the lead").click()
    priya.get_by_role("button", name="Dana Whitfield").click()
    expect(dana.locator("#meeting")).to_contain_text("You lead this meeting")
    expect(dana.locator("#agenda .turn").first).to_be_visible()
    expect(priya.locator("#agenda button")).to_have_count(0)
