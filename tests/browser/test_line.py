"""The line to the server: what a page says when it is gone, and how it comes back."""

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, compose, keep, live

SILENCE_MS = 16_000
WHOLE = "line => line.scrollWidth <= line.clientWidth"
LOST = ("ERR_CONNECTION_REFUSED", "[object Event]")  # by Chromium, and by htmx for the socket


def test_without_the_server_the_page_says_so_veils_and_comes_back_by_itself(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    small = {"width": 320, "height": 640}
    marisol = visitors.window(house, storage_state=house.states["marisol"], viewport=small)
    marisol.clock.install()
    marisol.goto(house.room)
    live(marisol)
    marisol.locator("#item > details > summary").click()
    marisol.locator("[name=note-text]").fill("Sigo escribiendo")
    line, veil = marisol.locator("#line"), marisol.locator("#veil")
    house.stop()
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
    expect(marisol.locator("#note-readers")).to_be_hidden()
    expect(marisol.locator("[name=note-text]")).to_have_value("Sigo escribiendo")
    expect(marisol.locator("[name=note-text]")).to_be_visible()
    house.start_again()
    live(marisol)
    expect(marisol.locator("#item")).to_be_visible()
    expect(veil).to_be_hidden()
    expect(marisol.locator("#item > details")).to_have_attribute("open", "")
    expect(marisol.locator("[name=note-text]")).to_be_focused()
    dana = visitors.enter(house, "dana", house.room)
    compose(dana, "backword, once the line was back", "care")
    keep(dana)
    expect(marisol.locator("#item")).to_contain_text("backword")


def test_what_was_missed_while_the_line_was_gone_is_there_when_it_is_back(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    ruth = visitors.enter(house, "ruth", house.room)
    house.stop()
    expect(ruth.locator("#line")).to_have_attribute("data-state", "reconnecting")
    house.rows("UPDATE agendas_agendaitem SET title = 'Retitled meanwhile' WHERE key = 'limits'")
    house.start_again()
    live(ruth)
    expect(ruth.locator("#agenda")).to_contain_text("Retitled meanwhile")


def test_a_press_while_the_line_is_gone_says_so_and_keeps_what_was_typed(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault(*LOST)
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest")
    dana = visitors.enter(house, "dana", house.room)
    compose(dana, "dropword", "care")
    house.stop()
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
RESTS = "This page rests because many pages are open. It goes on when you touch it or type."


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
    house: House, visitors: Visitors
) -> None:
    dana = visitors.window(house, storage_state=house.states["dana"])
    dana.clock.install()
    dana.goto(house.room)
    live(dana)
    dana.locator("[name=note-text]").fill("half a thou")
    dana.evaluate(COUNT_SOCKETS)
    dana.evaluate(AS_MANY_AS_A_SESSION_MAY)
    resting(dana)
    dana.evaluate(SEEN, True)
    assert dana.evaluate("made") == 0
    house.rows("UPDATE agendas_agendaitem SET title = 'Retitled meanwhile' WHERE key = 'limits'")
    house.rows("UPDATE workspace_case SET version = version + 1")
    dana.evaluate(SEEN, False)
    goes_on(dana)
    expect(dana.locator("#agenda")).to_contain_text("Retitled meanwhile")
    dana.evaluate(AS_MANY_AS_A_SESSION_MAY)
    resting(dana)
    dana.get_by_role("button", name="Go on with this page").click()
    goes_on(dana)


class Gate:
    """What stands between a page and its line: open, or shut, so that nothing but the line is gone."""

    def __init__(self, page: Page) -> None:
        self.shut = False
        self.lines: list[WebSocketRoute] = []
        page.route_web_socket("**/live/**", self._through)

    def close(self) -> None:
        self.shut = True
        for line in self.lines:
            line.close(code=1012)
        self.lines.clear()

    def _through(self, line: WebSocketRoute) -> None:
        if self.shut:
            line.close(code=1013)
        else:
            line.connect_to_server()
            self.lines.append(line)


def heard(page: Page) -> None:
    """From now on, remember what a screen reader is told."""
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => {
            const text = document.getElementById("announcer").textContent; if (text) told.push(text);
        }).observe(document.getElementById("announcer"), {childList: true}) }"""
    )


def test_a_note_kept_while_the_line_is_coming_back_leaves_one_where_one_is(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.window(house, storage_state=house.states["dana"])
    gate = Gate(dana)
    dana.goto(house.room)
    live(dana)
    heard(dana)
    compose(dana, "kept in between", "care")
    gate.close()
    expect(dana.locator("#line")).to_have_attribute("data-state", "reconnecting")
    keep(dana)
    expect(dana.locator("#announcer")).to_have_text("It is kept.")
    expect(dana.locator("#item")).not_to_contain_text("kept in between")
    gate.shut = False
    expect(dana.locator("#item")).to_contain_text("kept in between")
    expect(dana).to_have_url(f"{house.url}{house.room}")
    assert "It is kept." in dana.evaluate("told")


def test_a_page_that_is_live_again_says_so(house: House, visitors: Visitors) -> None:
    dana = visitors.window(house, storage_state=house.states["dana"])
    gate = Gate(dana)
    dana.clock.install()
    dana.goto(house.room)
    live(dana)
    heard(dana)
    gate.close()
    dana.clock.fast_forward(SILENCE_MS)
    expect(dana.locator("#veil")).to_contain_text("It comes back by itself.")
    expect(dana.locator("#veil .typed")).to_be_visible()
    gate.shut = False
    dana.clock.run_for(6_000)
    live(dana)
    assert "The page is live again." in dana.evaluate("told")


def test_the_first_press_after_one_that_failed_is_a_press(house: House, visitors: Visitors) -> None:
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest")
    visitors.expect_fault("ERR_FAILED")
    marisol = visitors.enter(house, "marisol", house.room, viewport={"width": 360, "height": 640})
    compose(marisol, "una frase", "care")
    marisol.route("**/notes/", lambda route: route.abort())
    marisol.locator("#note-send").click()
    expect(marisol.locator("#notice")).to_contain_text("se cortó")
    marisol.unroute("**/notes/")
    marisol.locator("[name=note-text]").press_sequentially(" y media")
    marisol.locator("#note-send").scroll_into_view_if_needed()
    box = marisol.locator("#note-send").bounding_box()
    assert box
    marisol.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(marisol.locator("#item")).to_contain_text("una frase y media")
    expect(marisol.locator("#notice")).to_be_empty()


def test_a_press_that_takes_long_says_so_and_one_that_breaks_keeps_what_was_typed(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 500")
    visitors.expect_fault("Response Status Error Code 500")
    marisol = visitors.window(house, storage_state=house.states["marisol"])
    marisol.clock.install()
    marisol.goto(house.room)
    live(marisol)
    compose(marisol, "una frase", "care")
    held: list[Route] = []
    marisol.route("**/notes/", lambda route: held.append(route))
    marisol.locator("#note-send").click()
    expect(marisol.locator("#notice")).to_be_empty()
    marisol.clock.run_for(3_500)
    expect(marisol.locator("#notice")).to_contain_text("Todavía está en camino")
    held.pop().fulfill(status=500, body="<!doctype html><p id=error>in English</p>", content_type="text/html")
    expect(marisol.locator("#notice")).to_contain_text("Lo que escribió sigue aquí. Inténtelo otra vez")
    expect(marisol.locator("[name=note-text]")).to_have_value("una frase")
    marisol.locator("#note-send").click()
    marisol.clock.run_for(3_500)
    expect(marisol.locator("#notice")).to_contain_text("Todavía está en camino")
    held.pop().continue_()
    expect(marisol.locator("#item")).to_contain_text("una frase")
    expect(marisol.locator("#notice")).to_be_empty()


def test_the_field_stays_where_it_is_when_the_meeting_goes_on(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.room)
    marisol = visitors.enter(house, "marisol", house.room, viewport={"width": 360, "height": 640})
    field = marisol.locator("[name=note-text]")
    field.press_sequentially("Todavía escribo")
    marisol.evaluate("scrollBy(0, 60)")
    top = "document.activeElement.getBoundingClientRect().top"
    before = marisol.evaluate(top)
    dana.locator(f"#agenda button[formaction='{house.item('safety-check')}current/']").click()
    expect(marisol.locator("#note-form .moved")).to_be_visible()
    expect(marisol.locator("#item h2")).to_contain_text("Safety since we last met")
    assert abs(marisol.evaluate(top) - before) <= 2
    expect(field).to_be_focused()
