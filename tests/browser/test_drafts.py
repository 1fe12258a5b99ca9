"""Drafts: what is being written survives on a device of one's own until it is sent; on any other nothing is kept."""

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, compose, keep, live

BACK = "What you were writing is back."
STORED = "() => JSON.stringify(Object.entries(localStorage))"
NOTHING = "!localStorage.length && !sessionStorage.getItem('draft ')"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


def come_in(page: Page, house: House, person: str, *, own: str = "yes") -> None:
    """Through the door, with an answer to its question or without one."""
    page.goto(house.link(person))
    if own:
        page.locator(f"[name=own][value={own}]").check()
    page.locator("main form button").click()
    page.wait_for_url(f"{house.url}/")


def writer(
    house: House, visitors: Visitors, person: str = "dana", *, own: str = "yes", path: str = ""
) -> Page:
    """Somebody at an item, on a device of their own unless told otherwise."""
    page = visitors.window(house)
    come_in(page, house, person, own=own)
    page.goto(path or house.room)
    live(page)
    return page


def text(page: Page) -> str:
    return page.locator("[name=note-text]").input_value()


def stored(page: Page, words: str) -> bool:
    """Whether the device keeps these words."""
    return words in str(page.evaluate(STORED))


def kept(page: Page, words: str) -> None:
    """Wait until the device keeps these words."""
    page.wait_for_function("words => JSON.stringify(Object.entries(localStorage)).includes(words)", arg=words)


def load_again(page: Page) -> None:
    page.reload()
    live(page)


def notes(house: House, words: str) -> int:
    return int(house.rows("SELECT count(*) FROM agendas_note WHERE text = ?", words)[0][0])


def expire(house: House, page: Page) -> None:
    """The session of this window comes to its end by itself."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    house.rows(f"UPDATE workspace_session SET expire_date = {now} WHERE session_key = ?", cookies["s"])


def test_a_draft_comes_back_whole_and_asks_anew_who_will_read_it(house: House, visitors: Visitors) -> None:
    page = writer(house, visitors)
    compose(page, "reloadword half", "supervisor")
    page.locator("[name=note-left_out_because]").fill("only clinical")
    load_again(page)
    expect(page.locator("#note-form .back")).to_contain_text(BACK)
    assert text(page) == "reloadword half"
    expect(page.locator("[name=note-audience][value=supervisor]")).to_be_checked()
    expect(page.locator("#note-readers")).to_contain_text("Who will read this")
    expect(page.locator("[name=note-left_out_because]")).to_have_value("only clinical")
    expect(page.locator("[name=note-text]")).not_to_be_focused()
    assert "csrf" not in str(page.evaluate(STORED))
    page.get_by_role("button", name="Throw it away").click()
    assert text(page) == ""
    expect(page.locator("#note-form .back")).to_have_count(0)
    expect(page.locator("#note-readers")).to_contain_text("Once everything above is chosen")
    load_again(page)
    assert text(page) == ""
    assert not stored(page, "reloadword")


def test_what_is_sent_is_gone_from_the_device(house: House, visitors: Visitors) -> None:
    page = writer(house, visitors)
    compose(page, "sentword", "care")
    kept(page, "sentword")
    keep(page)
    assert not stored(page, "sentword")
    load_again(page)
    assert text(page) == ""
    expect(page.locator("#note-form .back")).to_have_count(0)


def test_what_was_kept_although_its_answer_was_lost_is_not_written_twice(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("ERR_FAILED")
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest")
    page = writer(house, visitors)
    compose(page, "lostword", "care")
    page.route("**/notes/", lambda route: (route.fetch(), route.abort()))
    page.locator("#note-send").click()
    expect(page.locator("#notice")).to_contain_text("the line dropped")
    page.unroute("**/notes/")
    assert stored(page, "lostword")
    load_again(page)
    expect(page.locator("#item")).to_contain_text("lostword")
    page.wait_for_function("() => !localStorage.length")
    assert text(page) == ""
    assert notes(house, "lostword") == 1


def test_what_was_not_kept_comes_back_and_is_written_once(house: House, visitors: Visitors) -> None:
    visitors.expect_fault("ERR_FAILED")
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest")
    page = writer(house, visitors)
    compose(page, "dropword", "care")
    page.route("**/notes/", lambda route: route.abort())
    page.locator("#note-send").click()
    expect(page.locator("#notice")).to_contain_text("the line dropped")
    page.unroute("**/notes/")
    load_again(page)
    expect(page.locator("#note-form .back")).to_be_visible()
    expect(page.locator("[name=note-shown_readers]")).to_be_attached()
    keep(page)
    assert notes(house, "dropword") == 1
    assert not stored(page, "dropword")


def test_words_that_came_after_what_was_kept_are_not_thrown_away(house: House, visitors: Visitors) -> None:
    visitors.expect_fault("ERR_FAILED", "status of 409")
    visitors.expect_fault("htmx:sendError", "htmx:afterRequest", "Error Code 409")
    page = writer(house, visitors)
    compose(page, "firstword", "care")
    page.route("**/notes/", lambda route: (route.fetch(), route.abort()))
    page.locator("#note-send").click()
    expect(page.locator("#notice")).to_contain_text("the line dropped")
    page.unroute("**/notes/")
    page.locator("[name=note-text]").fill("firstword and more")
    load_again(page)
    expect(page.locator("[name=note-text]")).to_have_value("firstword and more")
    expect(page.locator("[name=note-shown_readers]")).to_be_attached()
    page.locator("#note-send").click()
    expect(page.locator("#note-form .errorlist")).to_contain_text("kept before, with other words")
    load_again(page)
    expect(page.locator("[name=note-text]")).to_have_value("firstword and more")
    expect(page.locator("[name=note-shown_readers]")).to_be_attached()
    keep(page)
    assert (notes(house, "firstword"), notes(house, "firstword and more")) == (1, 1)
    assert not page.evaluate("localStorage.length")


def test_what_was_written_before_the_meeting_went_on_comes_back_under_its_item(
    house: House, visitors: Visitors
) -> None:
    page = writer(house, visitors, "marisol")
    page.locator("[name=note-text]").press_sequentially("bajo lo anterior")
    under = page.locator("#note-form").get_attribute("data-item")
    dana = visitors.enter(house, "dana", house.room)
    dana.locator(f"#agenda button[formaction='{house.item('progress')}current/']").click()
    expect(page.locator("#note-form .moved")).to_be_visible()
    load_again(page)
    expect(page.locator("[name=note-text]")).to_have_value("bajo lo anterior")
    expect(page.locator("#note-form")).to_have_attribute("data-item", str(under))
    expect(page.locator("#note-form .moved")).to_be_visible()
    page.locator("#note-form [data-move]").click()
    expect(page.locator("#note-form .moved")).to_be_hidden()
    load_again(page)
    expect(page.locator("[name=note-text]")).to_have_value("bajo lo anterior")
    expect(page.locator("#note-form .moved")).to_be_hidden()
    assert len(json.loads(page.evaluate(STORED))) == 1


def test_after_a_session_ran_out_the_same_person_finds_it_and_another_one_does_not(
    house: House, visitors: Visitors
) -> None:
    page = writer(house, visitors)
    page.locator("[name=note-text]").fill("expiredword")
    expire(house, page)
    expect(page.locator("#notice")).to_contain_text("What you typed is kept on this device")
    expect(page.locator("main textarea")).to_have_value("expiredword")
    page.goto("/")
    expect(page.locator("h1")).to_have_text("You are not signed in")
    come_in(page, house, "dana")
    # Who will read what came back is asked anew, as long as there is somebody who asks.
    with page.expect_response("**/readers/"):
        page.goto(house.room)
    expect(page.locator("[name=note-text]")).to_have_value("expiredword")
    expire(house, page)
    expect(page.locator("#notice")).to_contain_text("What you typed is kept on this device")
    page.goto("/")
    assert stored(page, "expiredword")
    come_in(page, house, "ruth")
    assert not stored(page, "expiredword")
    page.goto(house.room)
    live(page)
    assert text(page) == ""


def test_a_page_that_wakes_without_its_session_leaves_and_its_draft_waits(
    house: House, visitors: Visitors
) -> None:
    page = visitors.window(house)
    come_in(page, house, "dana")
    lines: list[WebSocketRoute] = []

    def through(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live/room/**", through)
    page.goto(house.room)
    live(page)
    page.locator("[name=note-text]").fill("asleepword")
    page.context.clear_cookies()
    lines[-1].close(code=4402)
    page.wait_for_url(f"{house.url}/")
    expect(page.locator("h1")).to_have_text("You are not signed in")
    assert stored(page, "asleepword")


def test_a_draft_of_somebody_who_only_listens_by_now_is_shown_and_waits_for_the_form(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 403")
    visitors.expect_fault("Error Code 403")
    page = writer(house, visitors, "ruth")
    compose(page, "listenword", "care")
    dana = visitors.enter(house, "dana", house.room)
    dana.get_by_text("Note who is here or has gone").click()
    ruths = dana.locator("#noting li", has_text="Ruth Okafor")
    ruths.get_by_role("button", name="Only listens").press("Enter")
    stays = page.get_by_label("What you typed is still here")
    expect(stays).to_have_value("listenword")
    page.once("dialog", lambda dialog: dialog.accept())
    load_again(page)
    expect(stays).to_have_value("listenword")
    ruths.get_by_role("button", name="Takes part").press("Enter")
    expect(page.locator("#note-form .back")).to_contain_text(BACK)
    expect(page.locator("[name=note-audience][value=care]")).to_be_checked()
    keep(page)
    text = page.locator("#item article", has_text="listenword").get_by_role("link", name="Change the text")
    text.click()
    page.locator("[name=written-text]").fill("listenword, and more")
    kept(page, "and more")
    ruths.get_by_role("button", name="Only listens").press("Enter")
    page.locator("#written-send").click()
    expect(page.locator("#notice")).to_contain_text("You are at this meeting to listen")
    expect(page.locator("[name=written-text]")).to_have_value("listenword, and more")
    page.reload()
    expect(page.locator("h1")).to_have_text("This could not be done")
    expect(stays).to_have_value("listenword, and more")


@pytest.mark.parametrize("own", ["no", ""], ids=["shared", "not said"])
def test_on_a_shared_device_nothing_is_kept(house: House, visitors: Visitors, own: str) -> None:
    page = writer(house, visitors, own=own)
    page.locator("[name=note-text]").fill("sharedword")
    page.locator("[name=note-kind][value=discussion]").check()
    load_again(page)
    assert text(page) == ""
    assert page.evaluate(NOTHING)


@pytest.mark.parametrize("way", ["leave", "shift", "sign out", "elsewhere"])
def test_leaving_leaves_nothing(house: House, visitors: Visitors, way: str) -> None:
    page = writer(house, visitors)
    other = page.context.new_page()
    other.goto(house.item("limits"))
    live(other)
    for each in (page, other):
        each.locator("[name=note-text]").fill("leavingword")
        kept(each, "leavingword")
    page.locator("[name=note-text]").press_sequentially(" and what was not put away yet")
    # Not with the mouse: it would take the focus out of the field first, on which who would read the note is asked, and
    # whether that is answered before the session is over or after is a matter of luck.
    if way == "leave":
        page.get_by_role("button", name="Leave this page").dispatch_event("click")
    elif way == "shift":
        for _ in range(3):
            page.keyboard.press("Shift")
    elif way == "sign out":
        page.get_by_role("button", name="Sign out").dispatch_event("click")
    else:
        key = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}["s"]
        house.rows("DELETE FROM workspace_session WHERE session_key = ?", key)
    for each in (page, other):
        each.wait_for_url(lambda url: "conferences" not in url and "items" not in url)
    assert page.evaluate(NOTHING)


def test_two_tabs_keep_a_draft_each(house: House, visitors: Visitors) -> None:
    one = writer(house, visitors)
    two = one.context.new_page()
    two.goto(house.room)
    live(two)
    compose(one, "tabword one", "care")
    two.locator("[name=note-text]").fill("tabword two")
    kept(two, "tabword two")
    for page, words in ((one, "tabword one"), (two, "tabword two")):
        load_again(page)
        expect(page.locator("[name=note-text]")).to_have_value(words)
    expect(one.locator("[name=note-shown_readers]")).to_be_attached()
    keep(one)
    expect(one.locator("#note-form .back")).to_have_count(0)
    load_again(two)
    assert text(two) == "tabword two"
    assert not stored(two, "tabword one")


def test_old_drafts_go_and_a_full_or_damaged_storage_breaks_nothing(house: House, visitors: Visitors) -> None:
    page = writer(house, visitors)
    page.locator("[name=note-text]").fill("oldword")
    kept(page, "oldword")
    page.evaluate(
        """() => { for (const [name, told] of Object.entries(localStorage))
            localStorage[name] = JSON.stringify({...JSON.parse(told), at: Date.now() - 8 * 24 * 3600_000}) }"""
    )
    page.evaluate("localStorage['draft damaged'] = '{'")
    page.context.new_page().goto(house.case)
    page.wait_for_function("() => !localStorage.length")
    page.context.add_init_script(FULL)
    load_again(page)
    compose(page, "fullword", "care")
    keep(page)
    assert notes(house, "fullword") == 1
