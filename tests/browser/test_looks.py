"""What every page has to be, in every look: accessible, within its width, and neutral to whoever glances at it."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.house import DEMONSTRATION, House
from tests.browser.visitors import Visitors, live
from tests.servers import ROOT
from workspace.disclosure.policy import Topic

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
PAGES = {
    None: ["/", "sign-in", "/leave/", "/nowhere/"],
    "dana": [
        *("/", "room", "item", "answer", "statement", "case", "releases", "seats", "/nowhere/"),
        *("conferences", "schedule", "cancellation", "/meetings/template/"),
    ],
    "marisol": ["/", "room", "answer", "case", "releases"],
    "ruth": ["/", "room", "case"],
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
        "schedule": f"{house.conference('december')}schedule/",
        "cancellation": f"{house.conference('december')}cancellation/",
    }
    return known.get(name) or (name if name.startswith("/") else f"{house.case}{name}/")


def every_page(house: House, visitors: Visitors, **options: Any) -> Iterator[tuple[str, Page]]:
    """Every page of these people, ready to be looked at."""
    visitors.expect_fault("status of 404")
    for person, names in PAGES.items():
        page = visitors.enter(house, person, **options)
        for name in names:
            page.goto(address(house, name, person))
            if page.locator("#line").count():
                live(page)
            if page.locator("#about-leaving").count() and name == "/":
                page.locator("#about-leaving summary").click()
            yield f"{person} {name}", page


@pytest.mark.parametrize(("scheme", "viewport"), [("light", WIDE), ("dark", NARROW)])
def test_axe_finds_nothing_on_any_page(
    house: House, visitors: Visitors, scheme: str, viewport: dict[str, int]
) -> None:
    faults = []
    for name, page in every_page(house, visitors, color_scheme=scheme, viewport=viewport):
        faults += violations(page, name)
    assert not faults


@pytest.mark.parametrize(("scheme", "viewport"), [("light", NARROW), ("dark", WIDE)])
def test_axe_finds_nothing_in_any_state_of_a_meeting(
    own_house: House, visitors: Visitors, scheme: str, viewport: dict[str, int]
) -> None:
    pages = {
        person: visitors.enter(own_house, person, color_scheme=scheme, viewport=viewport)
        for person in ("dana", "marisol")
    }
    for state in ("planned", "open", "paused", "closed"):
        columns = ("open", True) if state == "paused" else (state, False)
        own_house.rows(
            "UPDATE conferences_conference SET status = ?, paused = ? WHERE key = 'november'", *columns
        )
        for person, page in pages.items():
            page.goto(own_house.room)
            live(page)
            unfold(page)
            assert not violations(page, f"{person} {state}")


def violations(page: Page, name: str) -> list[tuple[str, str, list[Any]]]:
    """What axe finds on this page, and where."""
    return [
        (name, fault["id"], [node["target"] for node in fault["nodes"]][:3])
        for fault in Axe().run(page).response["violations"]
    ]


def unfold(page: Page) -> None:
    """Open every fold."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def test_at_320_pixels_nothing_has_to_be_scrolled_sideways(house: House, visitors: Visitors) -> None:
    for name, page in every_page(house, visitors, viewport=NARROW, has_touch=True):
        unfold(page)
        wide, inner = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert wide <= inner == NARROW["width"], name
        for press in page.locator("button.leave").all():
            expect(press).to_be_in_viewport()


def telling_words() -> set[str]:
    """Names and topics of the demonstration: whatever would tell somebody who glances at a title or an address."""
    told = json.loads((ROOT / DEMONSTRATION).read_text())
    names = [told["task_force"]["name"], *(agency["name"] for agency in told["agencies"])]
    names += [person["name"] for person in told["people"]] + [case["code_name"] for case in told["cases"]]
    names += [case["key"] for case in told["cases"]] + [topic.value for topic in Topic]
    words = {word.lower() for name in names for word in re.findall(r"\w{3,}", name)}
    return (words | {"trafficking", "survivor", "victim", "shelter", "police", "conference"}) - {"the"}


def test_titles_addresses_and_files_are_neutral(house: House, visitors: Visitors) -> None:
    telling = telling_words()
    assert {"juniper", "marisol", "harborlight", "housing", "whitfield"} <= telling
    for name, page in every_page(house, visitors):
        path = re.sub(r"[\w-]{20,}", "", page.url.removeprefix(house.url))
        path = path.replace("/conferences/", "/")  # a plain word of every office
        said = f"{page.title()} {path} {' '.join(files(page))}".lower()
        assert not telling & set(re.findall(r"\w{3,}", said)), name
        assert page.locator("[download]").count() == 0
        remembered = "main form:not([autocomplete=off]) :is(input:not([type=hidden]), textarea)"
        assert page.locator(remembered).count() == 0, (
            f"{name}: the browser would offer this to the next person"
        )


def files(page: Page) -> list[str]:
    """Names of everything the page loads."""
    found = page.evaluate("[...document.querySelectorAll('link, [src]')].map(file => file.href ?? file.src)")
    return [urlsplit(url).path.replace("/", " ") for url in found]


def test_on_a_phone_the_language_chosen_before_signing_in_is_kept(
    own_house: House, visitors: Visitors
) -> None:
    own_house.rows("UPDATE workspace_person SET language = 'en' WHERE key = 'marisol'")
    phone = {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "locale": "en-US",
    }
    page = visitors.window(own_house, **phone)
    page.goto("/")
    page.get_by_role("button", name="Español").tap()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.goto(own_house.link("marisol"))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.locator("main form button").tap()
    page.wait_for_url(f"{own_house.url}/")
    for path in ("/", own_house.room, own_house.case, f"{own_house.case}releases/"):
        page.goto(path)
        live(page)
        expect(page.locator("html")).to_have_attribute("lang", "es")
        assert not page.evaluate("document.scrollingElement.scrollWidth > innerWidth")
        expect(page.locator(".leave")).not_to_have_text("Leave this page")
    again = visitors.window(own_house, locale="en-US")
    again.goto(own_house.link("marisol"))
    again.locator("main form button").click()
    again.wait_for_url(f"{own_house.url}/")
    expect(again.locator("html")).to_have_attribute("lang", "es")
