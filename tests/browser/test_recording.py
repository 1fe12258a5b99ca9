"""Somebody writes for others; whoever said it confirms it, and out of it comes a task, while everybody looks on."""

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.looks import violations
from tests.browser.visitors import Visitors

WORDS = "recordedword at the library"


def choose(page: Page, form: str, **values: str) -> None:
    """Choose these options and this audience, and wait until the readers stand there."""
    for name, value in values.items():
        field = page.locator(f"[name={form}-{name}]")
        if field.first.get_attribute("type") == "radio":
            page.locator(f"[name={form}-{name}][value={value}]").check()
        else:
            option = field.locator("option", has_text=value).get_attribute("value")
            field.select_option(option)
    page.locator(f"[name={form}-shown_readers]").wait_for(state="attached")


def test_what_is_written_for_somebody_is_confirmed_by_them_and_becomes_a_task(
    house: House, visitors: Visitors
) -> None:
    dana, priya, ruth = (visitors.enter(house, who, house.room) for who in ("dana", "priya", "ruth"))
    dana.get_by_text("Who writes for others").click()
    expect(dana.locator("[name=note-said_by]")).to_have_count(0)
    dana.locator("#recording").get_by_role("button", name="Dana Whitfield").click()
    expect(dana.locator("[name=note-said_by]")).to_be_visible()
    expect(ruth.locator("#meeting")).to_contain_text("What others say may be written down by Dana Whitfield")
    dana.locator("[name=note-text]").fill(WORDS)
    choose(dana, "note", kind="discussion", said_by="Priya Raman", audience="everyone")
    expect(dana.locator(".reading")).to_contain_text("Who reads this until Priya Raman confirms it")
    assert not violations(dana, "dana")
    dana.locator("#note-send").click()
    expect(priya.locator("#item")).to_contain_text("Is this what you said?")
    assert not violations(priya, "priya")
    assert WORDS not in "".join(visitors.frames[ruth]) + ruth.content()
    yes = priya.get_by_role("button", name="Yes, that is what I said")
    yes.focus()
    priya.keyboard.press("Enter")
    expect(ruth.locator("#item")).to_contain_text(WORDS)
    expect(priya.get_by_text("Is this what you said?")).to_have_count(0)
    note = dana.locator("#item article", has_text=WORDS)
    note.get_by_text("Make something of this").click()
    note.get_by_role("link", name="Make a task of it").click()
    expect(dana.locator("[name=action-title]")).to_have_value(WORDS)
    choose(dana, "action", owner="Ruth Okafor", audience="everyone")
    assert not violations(dana, "dana")
    dana.locator("#action-send").click()
    made = ruth.locator("#actions li", has_text=WORDS)
    expect(made).to_contain_text("you")
    expect(made.get_by_role("link", name="the note it came from")).to_be_visible()
    expect(dana.locator("#actions li", has_text=WORDS)).to_contain_text("Ruth Okafor")
