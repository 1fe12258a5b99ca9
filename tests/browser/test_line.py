"""The line to the server: what a page says when it is gone, and how it comes back."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, compose, keep, live

SILENCE_MS = 16_000
WHOLE = "line => line.scrollWidth <= line.clientWidth"
LOST = ("ERR_CONNECTION_REFUSED", "[object Event]")  # by Chromium, and by htmx for the socket


def test_without_the_server_the_page_says_so_veils_and_comes_back_by_itself(
    own_house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    small = {"width": 320, "height": 640}
    marisol = visitors.window(own_house, storage_state=own_house.states["marisol"], viewport=small)
    marisol.clock.install()
    marisol.goto(own_house.room)
    live(marisol)
    marisol.locator("#item > details > summary").click()
    marisol.locator("[name=note-text]").fill("Sigo escribiendo")
    line, veil = marisol.locator("#line"), marisol.locator("#veil")
    own_house.stop()
    expect(line).to_have_attribute("data-state", "reconnecting")
    assert line.evaluate(WHOLE)
    expect(marisol.locator("#item")).to_be_visible()
    marisol.clock.fast_forward(SILENCE_MS)
    expect(line).to_have_attribute("data-state", "dead")
    expect(line).to_be_in_viewport()
    assert line.evaluate(WHOLE)
    expect(veil).to_be_visible()
    expect(marisol.locator("#item")).to_be_hidden()
    expect(marisol.locator("#meeting")).to_be_hidden()
    expect(marisol.locator("#note-form .under")).to_be_hidden()
    expect(marisol.locator("#readers")).to_be_hidden()
    expect(marisol.locator("[name=note-text]")).to_have_value("Sigo escribiendo")
    expect(marisol.locator("[name=note-text]")).to_be_visible()
    own_house.start_again()
    live(marisol)
    expect(marisol.locator("#item")).to_be_visible()
    expect(veil).to_be_hidden()
    expect(marisol.locator("#item > details")).to_have_attribute("open", "")
    expect(marisol.locator("[name=note-text]")).to_be_focused()
    dana = visitors.enter(own_house, "dana", own_house.room)
    compose(dana, "backword, once the line was back", "care")
    keep(dana)
    expect(marisol.locator("#item")).to_contain_text("backword")


def test_what_was_missed_while_the_line_was_gone_is_there_when_it_is_back(
    own_house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    ruth = visitors.enter(own_house, "ruth", own_house.room)
    own_house.stop()
    expect(ruth.locator("#line")).to_have_attribute("data-state", "reconnecting")
    own_house.rows("UPDATE agendas_agendaitem SET title = 'Retitled meanwhile' WHERE key = 'limits'")
    own_house.start_again()
    live(ruth)
    expect(ruth.locator("#agenda")).to_contain_text("Retitled meanwhile")


def test_a_press_while_the_line_is_gone_says_so_and_keeps_what_was_typed(
    own_house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest")
    dana = visitors.enter(own_house, "dana", own_house.room)
    compose(dana, "dropword", "care")
    own_house.stop()
    dana.locator("#note-send").click()
    expect(dana.locator("#notice")).to_contain_text("the line dropped")
    expect(dana.locator("[name=note-text]")).to_have_value("dropword")


COUNT_SOCKETS = """() => {
  window.made = 0;
  window.Unwatched = WebSocket;
  window.WebSocket = class extends Unwatched { constructor(url) { super(url); made++; } };
}"""
AS_MANY_AS_A_SESSION_MAY = """() => Promise.all(Array.from({length: 32}, () => new Promise(resolve => {
  new Unwatched(location.origin.replace("http", "ws") + "/live/today/").onmessage = resolve;
})))"""
SEEN = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("focus"));
}"""
RESTS = "This page rests because many pages are open. It goes on when you come back to it."


def resting(page: Page) -> None:
    """The page is covered, says why, and does not go on by itself."""
    expect(page.locator("#veil")).to_contain_text(RESTS)
    expect(page.locator("#item")).to_be_hidden()
    expect(page.locator("[name=note-text]")).to_be_visible()
    page.clock.run_for(60_000)
    expect(page.locator("#veil")).to_contain_text(RESTS)
    assert page.evaluate("made") == 0


def goes_on(page: Page) -> None:
    """The page is as it was, and has connected once."""
    live(page)
    expect(page.locator("#veil")).to_be_hidden()
    expect(page.locator("#item")).to_be_visible()
    expect(page.locator("[name=note-text]")).to_have_value("half a thou")
    expect(page.locator("[name=note-text]")).to_be_focused()
    assert page.evaluate("made") == 1
    page.evaluate("made = 0")


def test_one_page_too_many_rests_and_goes_on_when_its_reader_comes_back(
    own_house: House, visitors: Visitors
) -> None:
    dana = visitors.window(own_house, storage_state=own_house.states["dana"])
    dana.clock.install()
    dana.goto(own_house.room)
    live(dana)
    dana.locator("[name=note-text]").fill("half a thou")
    dana.evaluate(COUNT_SOCKETS)
    dana.evaluate(AS_MANY_AS_A_SESSION_MAY)
    resting(dana)
    dana.evaluate(SEEN, True)
    assert dana.evaluate("made") == 0
    own_house.rows("UPDATE agendas_agendaitem SET title = 'Retitled meanwhile' WHERE key = 'limits'")
    own_house.rows("UPDATE workspace_case SET version = version + 1")
    dana.evaluate(SEEN, False)
    goes_on(dana)
    expect(dana.locator("#agenda")).to_contain_text("Retitled meanwhile")
    dana.evaluate(AS_MANY_AS_A_SESSION_MAY)
    resting(dana)
    dana.get_by_role("button", name="Go on with this page").click()
    goes_on(dana)
