"""Three people in one room, each in a browser of their own."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, compose, keep, live, shows_nothing

SOON = 5_000
PROMISED = 1_000
WATCH_FOR = """word => { window.arrived = null; new MutationObserver(() => {
    if (!window.arrived && document.body.innerText.includes(word)) window.arrived = Date.now();
}).observe(document.body, {childList: true, subtree: true, characterData: true}) }"""
NOTE_THE_PRESS = """() => document.getElementById("note-send")
    .addEventListener("click", () => { window.pressed = Date.now() })"""
WHO_IS_HERE = '<section class="panel" id="here"'
# How what somebody is doing in a page looks to them.
DOING = """() => { const field = document.activeElement; return {
    field: field.name, text: field.value, caret: [field.selectionStart, field.selectionEnd],
    top: Math.round(field.getBoundingClientRect().top), same: field === window.field,
    open: [...document.querySelectorAll("main details[open]")].map(fold => fold.id)} }"""


def milliseconds_to_reach(reader: Page, writer: Page, text: str, audience: str) -> int:
    """From the press until it stands on the other page, by the clock that both windows share."""
    compose(writer, text, audience)
    reader.evaluate(WATCH_FOR, text)
    writer.evaluate(NOTE_THE_PRESS)
    keep(writer)
    expect(reader.locator("#item")).to_contain_text(text, timeout=SOON)
    return int(reader.evaluate("window.arrived")) - int(writer.evaluate("window.pressed"))


def test_a_note_for_the_care_team_reaches_the_survivor_at_once_and_never_the_detective(
    house: House, visitors: Visitors
) -> None:
    dana, marisol, ruth = (visitors.enter(house, who, house.room) for who in ("dana", "marisol", "ruth"))
    taken = [
        milliseconds_to_reach(marisol, dana, f"quietword{number} for those who care", "care")
        for number in range(3)
    ]
    assert max(taken) < SOON
    assert min(taken) < PROMISED, taken
    compose(dana, "openword for the whole table", "everyone")
    keep(dana)
    expect(ruth.locator("#item")).to_contain_text("openword", timeout=SOON)
    said = "".join(visitors.frames[ruth])
    assert "openword" in said
    assert "quietword" not in said + ruth.content()
    ruth.reload()
    live(ruth)
    assert "quietword" not in ruth.content()
    assert "quietword" in "".join(visitors.frames[marisol])


def test_what_others_do_leaves_typing_focus_caret_place_and_folds_alone(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.enter(house, "dana", house.room)
    marisol = visitors.enter(house, "marisol", house.room, viewport={"width": 390, "height": 700})
    marisol.locator("#item > details > summary").click()
    field = marisol.locator("[name=note-text]")
    field.press_sequentially("Estoy escribiendo")
    for _ in range(4):
        field.press("ArrowLeft")
    marisol.evaluate("window.field = document.activeElement; scrollBy(0, 120)")
    before = marisol.evaluate(DOING)
    assert before["text"] == "Estoy escribiendo"
    assert before["caret"] == [13, 13]
    assert len(before["open"]) == 1
    height = marisol.evaluate("document.getElementById('item').offsetHeight")
    compose(dana, "foldword, with enough words to push down\n\n- what\n- stands\n- below", "care")
    keep(dana)
    expect(marisol.locator("#item")).to_contain_text("foldword")
    assert marisol.evaluate("document.getElementById('item').offsetHeight") > height + 60
    after = marisol.evaluate(DOING)
    assert abs(after["top"] - before["top"]) <= 2
    assert after == {**before, "top": after["top"], "same": True}
    marisol.keyboard.type("!")
    assert field.input_value() == "Estoy escribi!endo"


def test_a_focused_button_in_a_pushed_panel_keeps_its_focus(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    marisol = visitors.enter(house, "marisol", house.room)
    summary = marisol.locator("#item > details > summary")
    summary.focus()
    compose(dana, "focusword", "care")
    keep(dana)
    expect(marisol.locator("#item")).to_contain_text("focusword")
    expect(summary).to_be_focused()


def test_the_item_the_facilitator_makes_current_is_followed_unless_one_is_writing(
    house: House, visitors: Visitors
) -> None:
    dana, marisol, ruth = (visitors.enter(house, who, house.room) for who in ("dana", "marisol", "ruth"))
    marisol.locator("[name=note-text]").fill("Todavía estoy")
    dana.locator(f"#agenda button[formaction='{house.item('safety-check')}current/']").click()
    for page in (dana, marisol, ruth):
        expect(page.locator("#item h2")).to_contain_text("Safety since we last met")
    expect(ruth.locator("#note-form .under")).to_contain_text("Safety since we last met")
    expect(marisol.locator("#note-form .moved")).to_be_visible()
    expect(marisol.locator("[name=note-text]")).to_have_value("Todavía estoy")
    marisol.locator("#note-form [data-move]").click()
    expect(marisol.locator("#note-form .under")).to_contain_text("Safety since we last met")
    expect(marisol.locator("[name=note-text]")).to_have_value("Todavía estoy")


def test_a_hidden_item_made_current_moves_nothing_for_the_survivor(house: House, visitors: Visitors) -> None:
    dana, marisol = (visitors.enter(house, who, house.room) for who in ("dana", "marisol"))
    hidden = house.item("clinical")
    dana.locator(f"#agenda button[formaction='{hidden}current/']").click()
    expect(dana.locator("#item h2")).to_contain_text("Clinical review")
    dana.locator(f"#agenda button[formaction='{house.item('housing')}current/']").click()
    expect(marisol.locator("#item h2")).to_contain_text("Where to live")
    assert "linical review" not in "".join(visitors.frames[marisol]) + marisol.content()


def test_by_keyboard_alone_one_posts_a_note_and_makes_an_item_current(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.enter(house, "dana", house.room)
    tab_to(dana, "[name=note-text]")
    dana.keyboard.type("keyword by keyboard")
    tab_to(dana, "[name=note-kind]")
    dana.keyboard.press("Space")
    tab_to(dana, "[name=note-audience]")
    dana.keyboard.press("ArrowDown")
    dana.locator("[name=note-shown_readers]").wait_for(state="attached")
    tab_to(dana, "#note-send")
    dana.keyboard.press("Enter")
    expect(dana.locator("#item")).to_contain_text("keyword by keyboard")
    expect(dana.locator("[name=note-text]")).to_have_value("")
    assert dana.evaluate("document.getElementById('note-form').contains(document.activeElement)")
    dana.evaluate("document.activeElement.blur()")
    dana.locator("body").press("Home")
    tab_to(dana, f"#agenda [formaction='{house.item('progress')}current/']")
    dana.keyboard.press("Space")
    expect(dana.locator("#item h2")).to_contain_text("What has gone well")
    assert dana.evaluate("Boolean(document.activeElement.closest('#agenda'))")


def test_on_a_phone_the_writer_sees_the_note_that_was_kept(house: House, visitors: Visitors) -> None:
    marisol = visitors.enter(house, "marisol", house.room, viewport={"width": 390, "height": 700})
    compose(marisol, "seenword on a small screen", "justice")
    keep(marisol)
    expect(marisol.locator("#item article", has_text="seenword")).to_be_in_viewport()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_a_conference_closed_in_the_meantime_keeps_what_was_typed_and_takes_it_afterwards(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 409")
    dana = visitors.enter(house, "dana", house.room)
    compose(dana, "lateword, typed too late", "care")
    house.rows("UPDATE conferences_conference SET status = 'closed'")
    dana.locator("#note-send").click()
    expect(dana.locator("#note-form .errorlist")).to_contain_text("closed while you were writing")
    expect(dana.locator("[name=note-text]")).to_have_value("lateword, typed too late")
    dana.locator("#note-send").click()
    expect(dana.locator("[name=note-text]")).to_have_value("")
    expect(dana.locator("#item article", has_text="lateword")).to_be_visible()


def test_a_note_that_lacks_something_keeps_what_was_typed_and_says_what(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 422")
    dana = visitors.enter(house, "dana", house.room)
    dana.locator("[name=note-text]").fill("halfword")
    dana.locator("#note-send").click()
    expect(dana.locator("#note-form .errorlist").first).to_be_visible()
    expect(dana.locator("[name=note-text]")).to_have_value("halfword")
    expect(dana.locator("[aria-invalid=true]").first).to_be_focused()


def test_a_release_taken_back_empties_the_room_of_whom_it_let_in(house: House, visitors: Visitors) -> None:
    ruth = visitors.enter(house, "ruth", house.room)
    dana, marisol = (visitors.enter(house, who, f"{house.case}releases/") for who in ("dana", "marisol"))
    heard = len(visitors.frames[ruth])
    marisol.evaluate("addEventListener('click', () => { window.pressed = Date.now() }, true)")
    marisol.locator("#releases li", has_text="Sheriff").locator("button").click()
    ruth.wait_for_url(f"{house.url}/", timeout=SOON)
    left = ruth.evaluate("performance.timeOrigin") - marisol.evaluate("window.pressed")
    assert left < 1.5 * PROMISED, left
    expect(ruth.locator("main")).not_to_contain_text("November")
    assert not [frame for frame in visitors.frames[ruth][heard:] if not frame.startswith(WHO_IS_HERE)]
    expect(dana.locator("#releases li", has_text="Sheriff").locator(".tag")).to_have_text("taken back")
    visitors.expect_fault("status of 404")
    gone = ruth.goto(house.room)
    assert gone is not None
    assert gone.status == 404
    ruth.go_back()
    assert "November" not in ruth.content()


def test_a_session_that_ran_out_keeps_what_was_typed_and_says_so(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    dana.locator("[name=note-text]").fill("expiredword, half written")
    house.rows("UPDATE workspace_session SET expire_date = '2020-01-01 00:00:00'")
    expect(dana.locator("#notice")).to_contain_text("You have been signed out")
    expect(dana.locator("textarea")).to_have_value("expiredword, half written")
    expect(dana.locator("textarea")).to_be_focused()
    shows_nothing(dana.locator("body").inner_text())


def test_a_form_sent_after_the_session_has_ended_keeps_what_was_typed_and_says_so(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("403")  # said by Chromium, and by htmx
    dana = visitors.window(house, storage_state=house.states["dana"])
    dana.route_web_socket("**/live/**", lambda _: None)
    dana.goto(house.room)
    compose(dana, "endedword, half written", "care")
    house.rows("DELETE FROM workspace_session")
    dana.locator("#note-send").click()
    expect(dana.locator("#notice")).to_contain_text("You have been signed out")
    expect(dana.locator("[name=note-text]")).to_have_value("endedword, half written")
