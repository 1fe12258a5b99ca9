"""What every page has to be, in every look: accessible, within its width, and neutral to whoever glances at it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.house import DEMONSTRATION, House
from tests.browser.looks import NARROW, PHONE, WIDE, hard_to_press, out_of_reach, sideways, unfold, violations
from tests.browser.visitors import Visitors, live
from tests.servers import ROOT
from workspace.disclosure.policy import Topic

Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, ViewportSize]] = [
    ("light", WIDE),
    ("dark", NARROW),
    ("light", NARROW),
    ("dark", WIDE),
]
PAGES = {
    None: ["/", "sign-in", "/leave/", "/nowhere/"],
    "dana": [
        *("/", "room", "item", "answer", "statement", "case", "releases", "seats", "/nowhere/", "/tasks/"),
        *("conferences", "schedule", "cancellation", "/meetings/template/", "roles", "card", "translation"),
        *("responsibilities", "responsibilities/usual", "handover", "/cards/", "/cards/14/", "/calendar/"),
        *("/reminders/", "/plans/review/"),
    ],
    "marisol": [
        *("/", "room", "answer", "case", "releases", "roles", "handover", "/tasks/", "/calendar/"),
        "/reminders/",
    ],
    "ruth": ["/", "room", "case", "/tasks/"],
    "priya": ["/", "case", "plan/reviews"],
}


def address(house: House, name: str, person: str | None) -> str:
    """Where a page stands that a test calls by its name."""
    if name == "sign-in":
        return house.link("ruth")
    known = {
        "room": house.room,
        "item": house.item("housing"),
        "case": house.case,
        "answer": f"{house.room}answer/",
        "statement": f"{house.room}statement/",
        "card": house.card("cm"),
        "translation": f"{house.card('cm')}translation/",
        "schedule": f"{house.conference('december')}schedule/",
        "cancellation": f"{house.conference('december')}cancellation/",
    }
    return known.get(name) or (name if name.startswith("/") else f"{house.case}{name}/")


def look_at(page: Page, scheme: Scheme, size: ViewportSize, name: str) -> list[Any]:
    """What axe finds on this page, seen so."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    return violations(page, f"{name} {scheme} {size['width']}")


def every_page(house: House, visitors: Visitors) -> Iterator[tuple[str, Page]]:
    """Every page of these people, ready to be looked at."""
    visitors.expect_fault("status of 404")
    for person, names in PAGES.items():
        page = visitors.enter(house, person, has_touch=True)
        for name in names:
            page.goto(address(house, name, person))
            if page.locator("#line").count():
                live(page)
            yield f"{person} {name}", page


def test_every_page_is_accessible_within_its_width_and_neutral(
    house: House, visitors: Visitors, nightly: bool
) -> None:
    telling = telling_words()
    assert {"juniper", "marisol", "harborlight", "housing", "whitfield"} <= telling
    faults = []
    for number, (name, page) in enumerate(every_page(house, visitors)):
        assert not telling & glanced_at(house, page), name
        assert page.locator("[download]").count() == 0
        remembered = "main form:not([autocomplete=off]) :is(input:not([type=hidden]), textarea)"
        assert page.locator(remembered).count() == 0, (
            f"{name}: the browser would offer this to the next person"
        )
        unfold(page)
        for look in LOOKS if nightly else [LOOKS[number % 4]]:
            faults += look_at(page, *look, name)
        assert not sideways(page, 320), name
        page.set_viewport_size(PHONE)
        # Whatever she presses on her own pages is as large as a finger.
        faults += [(name, *small) for small in hard_to_press(page, 24)]
        if name.startswith("marisol "):
            faults += [(name, *small) for small in hard_to_press(page, 44, lone=True)]
        for press in page.locator("button.leave").all():
            expect(press).to_be_in_viewport()
    assert not faults


def glanced_at(house: House, page: Page) -> set[str]:
    """The words of its title, its address and the names of all files it loads."""
    path = re.sub(r"[\w-]{20,}", "", page.url.removeprefix(house.url))
    path = path.replace("/conferences/", "/")  # a plain word of every office
    return set(re.findall(r"\w{3,}", f"{page.title()} {path} {' '.join(files(page))}".lower()))


PEOPLE, STATES = ("dana", "marisol", "ruth"), ("planned", "open", "paused", "closed")
BY_DAY = [("marisol", "paused"), ("dana", "open")]
ALIKE = 2  # pages that differ only in what they are about lead to the same pages, as a rule


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every person in every state of the meeting; by day some, and of those some pages."""
    if {"person", "state"} <= set(metafunc.fixturenames):
        every = [(person, state) for state in STATES for person in PEOPLE]
        metafunc.parametrize(("person", "state"), every if metafunc.config.getoption("--nightly") else BY_DAY)


def ways(house: House, person: str) -> dict[str, str]:
    """Every page to which a way of links leads this person: one address of each kind."""
    cookies = {held["name"]: held["value"] for held in house.states[person]["cookies"]}
    met: dict[str, list[str]] = {}
    waiting = [house.room, "/", f"{house.room}record/?paper=yes", "/leave/"]
    with httpx.Client(base_url=house.url, cookies=cookies) as client:
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"[\w-]{20}|(?<=/cards/)\d+", "…", path)
            if path in met.get(kind, []) or len(met.get(kind, [])) == ALIKE:
                continue
            answer = client.get(path)
            assert answer.status_code == 200, path
            met.setdefault(kind, []).append(path)
            waiting += re.findall(r'<a [^>]*href="(/[^"#]*)', answer.text)
            if path.endswith("/text/"):  # a link to these comes later: to what it was, to what says less
                waiting += [path.replace("/text/", "/history/"), path.replace("/text/", "/less/")]
    return {kind: paths[0] for kind, paths in met.items()}


def test_every_page_is_for_everybody_in_every_state_of_a_meeting(
    house: House, visitors: Visitors, person: str, state: str, nightly: bool
) -> None:
    columns = ("open", True) if state == "paused" else (state, False)
    house.rows("UPDATE conferences_conference SET status = ?, paused = ? WHERE key = 'november'", *columns)
    page = visitors.enter(house, person)
    faults: list[Any] = []
    for number, (kind, path) in enumerate(sorted(ways(house, person).items())):
        if not nightly and (crc32(f"{kind}{state}".encode()) % 8) and kind != "/conferences/…/":
            continue
        page.goto(path)
        if page.locator("#line").count():
            live(page)
        name = f"{person} {state} {kind}"
        assert page.locator("h1:not(.preview *)").count() == 1, name  # a preview holds a page with its own
        page.set_viewport_size(WIDE)
        faults += [(name, fault) for fault in out_of_reach(page)]
        unfold(page)
        for look in LOOKS if nightly else [LOOKS[number % 4]]:
            faults += look_at(page, *look, name)
        faults += [(name, width) for width, text in ((320, ""), (640, "200%")) if sideways(page, width, text)]
    assert not faults


def telling_words() -> set[str]:
    """Names and topics of the demonstration: whatever would tell somebody who glances at a title or an address."""
    told = json.loads((ROOT / DEMONSTRATION).read_text())
    names = [told["task_force"]["name"], *(agency["name"] for agency in told["agencies"])]
    names += [person["name"] for person in told["people"]] + [case["code_name"] for case in told["cases"]]
    names += [case["key"] for case in told["cases"]] + [topic.value for topic in Topic]
    words = {word.lower() for name in names for word in re.findall(r"\w{3,}", name)}
    return (words | {"trafficking", "survivor", "victim", "shelter", "police", "conference"}) - {"the"}


def files(page: Page) -> list[str]:
    """Names of everything the page loads."""
    found = page.evaluate("[...document.querySelectorAll('link, [src]')].map(file => file.href ?? file.src)")
    return [urlsplit(url).path.replace("/", " ") for url in found]


def test_on_a_phone_the_language_chosen_before_signing_in_is_kept(house: House, visitors: Visitors) -> None:
    house.rows("UPDATE workspace_person SET language = 'en' WHERE key = 'marisol'")
    phone = {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "locale": "en-US",
    }
    page = visitors.window(house, **phone)
    page.goto("/")
    page.get_by_role("button", name="Español").tap()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.goto(house.link("marisol"))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.locator("main form button").tap()
    page.wait_for_url(f"{house.url}/")
    for path in ("/", house.room, house.case, f"{house.case}releases/"):
        page.goto(path)
        live(page)
        expect(page.locator("html")).to_have_attribute("lang", "es")
        assert not page.evaluate("document.scrollingElement.scrollWidth > innerWidth")
        expect(page.locator(".leave")).not_to_have_text("Leave this page")
    again = visitors.window(house, locale="en-US")
    again.goto(house.link("marisol"))
    again.locator("main form button").click()
    again.wait_for_url(f"{house.url}/")
    expect(again.locator("html")).to_have_attribute("lang", "es")


WHOLE_OR_GONE = """(line, whole) => {
  const word = document.createRange();
  word.selectNodeContents(line);
  const its = word.getBoundingClientRect(), box = line.getBoundingClientRect();
  const fits = its.right <= box.right && its.bottom <= box.bottom + 1;
  return its.width > 0 && (fits || !whole && its.top >= box.bottom);
}"""


def test_with_letters_twice_as_large_nothing_is_cut_off_on_a_phone(house: House, visitors: Visitors) -> None:
    page = visitors.window(house, storage_state=house.states["marisol"], viewport=PHONE, has_touch=True)
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    for path in ("/", house.case, house.room, f"{house.room}plan/", "/reminders/"):
        page.goto(path)
        if page.locator("#line").count():
            live(page)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "34px"
        assert not page.evaluate("document.scrollingElement.scrollWidth > innerWidth"), path
        for press in page.locator(".bar :is(button, a)").all():
            expect(press).to_be_in_viewport(ratio=1)
        page.evaluate("scrollTo(0, 2000)")
        expect(page.locator("button.leave")).to_be_in_viewport(ratio=1)


def test_with_letters_twice_as_large_nothing_scrolls_sideways_on_the_smallest_phone(
    house: House, visitors: Visitors
) -> None:
    page = visitors.window(house, storage_state=house.states["marisol"], viewport=NARROW, has_touch=True)
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    offered = "SELECT public_id FROM workspace_mark JOIN agendas_actionitem ON mark_id = id WHERE title = ?"
    [[hers]] = house.rows(offered, "Visit the training bakery")
    task = f"/actions/{hers}/"
    pages = (task, *(f"{task}{form}/" for form in ("ending", "owner", "helpers", "waiting")))
    board, meeting = f"{house.case}roles/", (house.room, f"{house.room}record/", f"{house.room}preparation/")
    forms = (f"/written/{hers}/readers/", f"{house.case}actions/", *pages)
    for path in ("/reminders/", "/calendar/", board, *meeting, *forms):
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "34px"
        unfold(page)
        assert not page.evaluate("document.scrollingElement.scrollWidth > innerWidth"), path


def test_the_word_beside_the_dot_is_whole_or_out_of_sight(house: House, visitors: Visitors) -> None:
    for person in ("ruth", "marisol"):
        page = visitors.enter(house, person)
        for width in (320, 340, 360, 375, 390, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            assert page.locator("#line").evaluate(WHOLE_OR_GONE), (person, width)
        assert page.locator("#line").evaluate(f"line => ({WHOLE_OR_GONE})(line, true)")
