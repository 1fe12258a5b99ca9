"""My tasks follow what others do, and are gone through without a mouse, a script or an eye on the page."""

import re
import time

from playwright.sync_api import Page, Route, expect

from tests.browser.house import House
from tests.browser.looks import violations
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}
OTHERS = ("extend", "bona-fide", "route", "ground")


def to_ruth(house: House, *keys: str, status: str = "accepted") -> None:
    """Have these action items be hers as well, as if they had been given to her."""
    marks = ", ".join(["?"] * len(keys))
    (ruth,) = house.rows("SELECT mark_id FROM workspace_seat WHERE key = 'det'")[0]
    house.rows(
        f"UPDATE agendas_actionitem SET owner_id = ?, status = ? WHERE key IN ({marks})", ruth, status, *keys
    )
    house.rows(
        "UPDATE workspace_mark SET audience = 65535, topic = 'coordination' WHERE id IN"
        f" (SELECT mark_id FROM agendas_actionitem WHERE key IN ({marks}))",
        *keys,
    )


def focused(page: Page) -> str:
    """The task whose title has the focus."""
    return str(
        page.evaluate(
            "document.activeElement.matches('[data-task]') ? document.activeElement.textContent : ''"
        )
    )


def caught(page: Page, verb: str) -> list[str]:
    """What is sent to this verb of an action item; nothing is done by it here."""
    found: list[str] = []

    def catch(route: Route) -> None:
        found.append(f"{route.request.method} {route.request.url.rpartition('/actions/')[2]}")
        if route.request.method == "POST":
            return route.fulfill(status=204)
        return route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>x</title>")

    page.route(re.compile(rf"/actions/[^/]+/{verb}/(\?.*)?$"), catch)
    return found


def test_a_new_task_is_on_the_detectives_start_page_within_a_second(house: House, visitors: Visitors) -> None:
    ruth = visitors.enter(house, "ruth", viewport=PHONE)
    dana = visitors.enter(house, "dana")
    dana.goto(f"{house.item('housing')}actions/")
    expect(ruth.locator("h1")).to_have_text("My tasks")
    form = dana.locator("#action-form")
    form.locator("[name=action-title]").fill("Bring the charger as well")
    owner = form.locator("[name=action-owner] option", has_text="Ruth Okafor").get_attribute("value")
    form.locator("[name=action-owner]").select_option(owner)
    form.locator("[name=action-topic]").select_option("coordination")
    form.locator("[name=action-audience][value=everyone]").check()
    form.locator("[name=action-shown_readers]").wait_for(state="attached")
    task = ruth.locator("#mine li", has_text="Bring the charger as well")
    dana.locator("#action-send").click()
    began = time.monotonic()
    task.wait_for()
    assert time.monotonic() - began < 1
    expect(task.get_by_role("button", name="Accept")).to_be_visible()
    expect(task).to_contain_text("asked by Dana Whitfield")


def test_the_list_is_gone_through_from_the_keyboard(house: House, visitors: Visitors) -> None:
    to_ruth(house, *OTHERS)
    ruth = visitors.enter(house, "ruth", "/tasks/")
    titles = ruth.locator("#mine > .rows [data-task]").all_inner_texts()
    assert len(titles) > 3
    assert not violations(ruth, "my tasks")
    ruth.keyboard.press("ArrowDown")
    assert not focused(ruth), "an arrow moves the page as long as its reader is not in the list"
    ruth.keyboard.press("a")
    for key, place in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0), ("k", 0)):
        ruth.keyboard.press(key)
        assert focused(ruth) == titles[place], key
    # It is the only one that waits for an answer, and stands first.
    accepted, moved, declined = (caught(ruth, verb) for verb in ("acceptance", "date", "declining"))
    ruth.keyboard.press("f")
    with ruth.expect_response("**/acceptance/*"):
        ruth.keyboard.press("a")
    (sent,) = accepted
    assert re.fullmatch(r"POST [\w-]{20}/acceptance/\?seen=\w+&back=%2Ftasks%2F", sent)
    ruth.keyboard.press("Control+d")
    assert not declined
    with ruth.expect_navigation():
        ruth.keyboard.press("d")
    assert [each.split("/")[1] for each in declined] == ["declining"]
    ruth.goto("/tasks/")
    live(ruth)
    finished = caught(ruth, "ending")
    ruth.keyboard.press("j")
    ruth.keyboard.press("j")
    ruth.keyboard.press("a")
    with ruth.expect_navigation():
        ruth.keyboard.press("f")
    assert len(finished) == len(accepted) == 1
    assert not moved


def test_a_task_is_finished_from_the_keyboard_in_a_dozen_presses_and_the_list_is_there_again(
    house: House, visitors: Visitors
) -> None:
    to_ruth(house, *OTHERS)
    ruth = visitors.enter(house, "ruth", "/tasks/?part=own")
    ruth.keyboard.press("j")
    title = focused(ruth)
    with ruth.expect_navigation():
        ruth.keyboard.press("f")
    ruth.keyboard.press("Tab")
    expect(ruth.get_by_role("link", name="Back to the list")).to_be_focused()
    for key in ("Tab", "Space", "Tab"):
        ruth.keyboard.press(key)
    assert ruth.locator("[name=word]").first.is_checked()
    ruth.keyboard.type("It is there")
    for key in ("Tab", "Space", "Tab"):
        ruth.keyboard.press(key)
    with ruth.expect_navigation(url=re.compile(r"/tasks/\?part=own$")):
        ruth.keyboard.press("Enter")
    live(ruth)
    assert title not in ruth.locator("#mine").inner_text()
    # Nothing is in the way of the next one.
    ruth.keyboard.press("j")
    assert focused(ruth)
    with ruth.expect_navigation(url=re.compile(r"/comments/")):
        ruth.keyboard.press("q")


def test_no_key_does_anything_while_one_writes_or_once_they_are_turned_off(
    house: House, visitors: Visitors
) -> None:
    to_ruth(house, *OTHERS)
    ruth = visitors.enter(house, "ruth", "/tasks/")
    keys = ruth.locator("#keys")
    ruth.keyboard.press("?")
    expect(keys).to_have_attribute("open", "")
    expect(keys.locator("summary")).to_be_focused()
    assert "to the next task" in keys.inner_text()
    assert not violations(ruth, "keys")
    ruth.evaluate("document.querySelector('#mine li').append(document.createElement('textarea'))")
    ruth.locator("#mine textarea").focus()
    ruth.keyboard.type("jkadm?")
    assert ruth.locator("#mine textarea").input_value() == "jkadm?"
    ruth.evaluate("document.querySelector('#mine textarea').remove()")
    keys.get_by_role("button").click()
    ruth.keyboard.press("j")
    assert not focused(ruth)
    ruth.reload()
    live(ruth)
    ruth.keyboard.press("j")
    assert not focused(ruth), "this tab remembers it"
    ruth.locator("#keys summary").click()
    expect(ruth.locator("#keys-off")).to_have_attribute("aria-pressed", "true")
    ruth.locator("#keys-off").click()
    ruth.keyboard.press("j")
    assert focused(ruth)


def test_the_focus_stays_at_a_task_that_goes_to_another_part(house: House, visitors: Visitors) -> None:
    ruth = visitors.enter(house, "ruth", "/tasks/")
    ruth.keyboard.press("j")
    title = focused(ruth)
    assert title
    house.rows("UPDATE agendas_actionitem SET status = 'accepted' WHERE title = ?", title)
    house.rows("UPDATE workspace_case SET version = version + 1")
    expect(ruth.locator("#mine h2").first).to_have_text("What you do")
    assert focused(ruth) == title


def test_without_javascript_the_list_is_whole_and_narrows(house: House, visitors: Visitors) -> None:
    to_ruth(house, *OTHERS)
    ruth = visitors.enter(house, "ruth", "/tasks/", java_script_enabled=False, viewport=PHONE)
    assert not ruth.locator("#keys").is_visible()
    every = ruth.locator("#mine > .rows > li").count()
    ruth.locator("#narrow summary").click()
    ruth.get_by_role("link", name=re.compile(r"^Waits for my answer \(\d\)$")).click()
    assert "part=waiting" in ruth.url
    rows = ruth.locator("#mine > .rows > li")
    assert 0 < rows.count() < every
    button = rows.first.get_by_role("button", name="Accept")
    sent = caught(ruth, "acceptance")
    button.click(no_wait_after=True)
    ruth.wait_for_timeout(100)
    assert len(sent) == 1
    ruth.get_by_role("link", name="Show all").click()
    assert ruth.locator("#mine > .rows > li").count() == every
