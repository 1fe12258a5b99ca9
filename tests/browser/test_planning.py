"""A meeting is planned in one window and stands in the others at once; so does an invitation that is taken back."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live


def test_a_meeting_is_planned_and_an_invitation_taken_back_while_its_holder_is_writing(
    house: House, visitors: Visitors
) -> None:
    visitors.expect_fault("status of 422")
    marisol, ruth = (visitors.enter(house, who) for who in ("marisol", "ruth"))
    dana = visitors.enter(house, "dana", house.case)
    dana.get_by_role("link", name="Plan a meeting").click()
    live(dana)
    form = dana.locator("#meeting-form")
    form.locator("[name=title]").fill("Winter meeting")
    form.locator("[name=day]").fill(f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}")
    form.get_by_role("checkbox", name="Ruth Okafor").check()
    form.locator("#meeting-send").click()
    expect(form.locator("[aria-invalid=true]")).to_have_count(1)
    expect(form.locator("[name=title]")).to_have_value("Winter meeting")
    expect(form.get_by_role("checkbox", name="Ruth Okafor").first).to_be_checked()
    form.locator("[name=time]").fill("14:30")
    form.locator("#meeting-send").click()
    for page in (dana, marisol, ruth):
        expect(page.locator("#conferences")).to_contain_text("Winter meeting")
    expect(form.locator("[name=title]")).to_have_value("Case conference")
    expect(dana.locator("#notice")).to_contain_text("It is kept.")
    for page in (dana, ruth):
        page.get_by_role("link", name="Winter meeting").click()
        live(page)
        expect(page.locator("#agenda .agenda > li")).to_have_count(8)
    ruth.locator("[name=note-text]").fill("half a thought")
    dana.get_by_role("link", name="Time, place and who is invited").click()
    live(dana)
    row = dana.locator("#invited li", has_text="Ruth Okafor")
    row.locator("summary").click()
    row.get_by_role("button", name="Take the invitation back").click()
    # She loses the meeting at once, and not what she was writing.
    expect(ruth.locator("main textarea")).to_have_value("half a thought")
    expect(ruth.locator("main .panel")).to_have_count(0)
    expect(ruth.locator("main")).not_to_contain_text("Winter")
    ruth.goto("/")
    expect(ruth.locator("main")).to_contain_text("November")
    expect(ruth.locator("main")).not_to_contain_text("Winter")
    dana.locator("#other-guests summary").click()
    expect(dana.locator("#other-guests")).to_contain_text("Ruth Okafor")
    expect(marisol.locator("#conferences")).to_contain_text("Winter meeting")
    # It is called off, and says so to whoever has it open; nobody begins to write in it any more.
    marisol.get_by_role("link", name="Winter meeting").click()
    live(marisol)
    expect(marisol.locator("#note-form")).to_have_count(1)
    dana.get_by_role("link", name="Call this meeting off").click()
    dana.locator("[name=words]").fill("We meet in January.")
    dana.locator("#cancelling-send").click()
    for page in (dana, marisol):
        expect(page.locator("#meeting .aside")).to_contain_text("We meet in January.")
    expect(marisol.locator("#note-form")).to_have_count(0)
