"""The same house without JavaScript."""

import re
from collections import Counter

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors

MOST_ALIKE = 3


def plain(visitors: Visitors, house: House, person: str, path: str = "/") -> Page:
    return visitors.enter(house, person, path, java_script_enabled=False)


def test_every_page_can_be_reached_and_read(house: House, visitors: Visitors) -> None:
    for person in ("dana", "marisol", "ruth"):
        page = plain(visitors, house, person)
        read, waiting, shapes = set[str](), ["/"], Counter[str]()
        while waiting:
            path = waiting.pop()
            read.add(path)
            # Of pages that differ only in what they are about, some.
            shape = re.sub(r"[\w-]{20}", "", path)
            shapes[shape] += 1
            if shapes[shape] > MOST_ALIKE:
                continue
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert page.locator("h1").first.is_visible(), path
            assert len(page.locator("main").inner_text()) > 40, path
            links = page.locator("a[href^='/']").all()
            found = {str(link.get_attribute("href")).partition("#")[0] for link in links}
            waiting += sorted(found - read - set(waiting))
        assert {house.room, house.case} <= read, person


def test_a_note_is_posted_in_two_steps(house: House, visitors: Visitors) -> None:
    visitors.expect_fault("status of 422")
    page = plain(visitors, house, "dana", house.item("limits"))
    page.locator("[name=note-text]").fill("plainword without a script")
    page.locator("[name=note-kind][value=discussion]").check()
    page.locator("[name=note-audience][value=care]").check()
    page.locator("#note-send").click()
    expect(page.locator("h1")).to_have_text("Your note is not kept yet")
    expect(page.locator("#note-readers")).to_contain_text("Marisol")
    expect(page.locator("[name=note-text]")).to_have_value("plainword without a script")
    page.locator("#note-send").click()
    expect(page).to_have_url(f"{house.url}{house.item('limits')}")
    expect(page.locator("#item")).to_contain_text("plainword without a script")


def test_the_facilitator_makes_an_item_current_and_marks_it_done(house: House, visitors: Visitors) -> None:
    page = plain(visitors, house, "dana", house.room)
    item = house.item("progress")
    page.locator(f"#agenda [formaction='{item}current/']").click()
    expect(page).to_have_url(f"{house.url}{house.room}")
    expect(page.locator("#item h2")).to_contain_text("What has gone well")
    page.locator(f"#agenda [formaction='{item}done/']").click()
    expect(page.locator(f"#agenda [formaction='{item}done/']")).to_have_count(0)


def test_the_survivor_takes_a_release_back(house: House, visitors: Visitors) -> None:
    page = plain(visitors, house, "marisol", f"{house.case}releases/")
    release = page.locator("#releases li", has_text="Sheriff")
    release.locator("button").click()
    expect(page).to_have_url(f"{house.url}{house.case}releases/")
    expect(release.locator("button")).to_have_count(0)
    ruth = plain(visitors, house, "ruth")
    expect(ruth.locator("main")).not_to_contain_text("November")


def test_a_language_is_chosen_and_kept(house: House, visitors: Visitors) -> None:
    page = plain(visitors, house, "ruth", house.room)
    page.get_by_role("button", name="Español").click()
    expect(page).to_have_url(f"{house.url}{house.room}")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(plain(visitors, house, "ruth").locator("html")).to_have_attribute("lang", "es")


def test_after_a_session_ran_out_one_goes_on_with_what_one_was_writing(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 403")
    visitors.expect_fault("status of 422")
    item = house.item("limits")
    page = plain(visitors, house, "dana", item)
    page.locator("[name=note-text]").fill("plainword\nafter the session")
    page.locator("[name=note-kind][value=discussion]").check()
    page.locator("[name=note-audience][value=care]").check()
    house.rows("UPDATE workspace_session SET expire_date = '2020-01-01'")
    page.locator("#note-send").click()
    expect(page.get_by_label("What you typed")).to_have_value("plainword\nafter the session")
    other = page.context.new_page()
    other.goto(house.link("dana"))
    other.locator("main form button").click()
    go_on = page.get_by_role("button", name="Go on with what I was writing")
    go_on.click()
    expect(page.get_by_label("What you typed")).to_have_value("plainword\nafter the session")
    go_on.click()
    expect(page.locator("h1")).to_have_text("Your note is not kept yet")
    expect(page.locator("[name=note-text]")).to_have_value("plainword\nafter the session")
    expect(page.locator("[name=note-audience][value=care]")).to_be_checked()
    expect(page.locator("#note-readers")).to_contain_text("Marisol")
    page.locator("#note-send").click()
    expect(page).to_have_url(f"{house.url}{item}")
    expect(page.locator("#item")).to_contain_text("after the session")
