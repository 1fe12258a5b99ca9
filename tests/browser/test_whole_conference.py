"""A whole conference in four windows, from its planning to what is left for the next: at each step each of the four
shows what the policy allows, and nothing else."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, compose, keep, live

WHO = ("dana", "priya", "marisol", "ruth")
STANDING = 8


class Table:
    """The four windows: facilitator, clinical supervisor, survivor, detective."""

    def __init__(self, house: House, visitors: Visitors) -> None:
        self.house = house
        self.pages = {who: visitors.enter(house, who) for who in WHO}
        self.dana, self.priya, self.marisol, self.ruth = (self.pages[who] for who in WHO)

    def go(self, path: str) -> None:
        """Everybody opens this page."""
        for page in self.pages.values():
            page.goto(path)
            live(page)

    def only(self, text: str, who: Collection[str], place: str = "main") -> None:
        """These read it, and nobody else does, not even on a page opened anew."""
        for name, page in self.pages.items():
            there = page.locator(place).get_by_text(text, exact=False)
            if name in who:
                expect(there.first).to_be_attached()
            else:
                expect(there).to_have_count(0)
                assert text not in page.request.get(page.url).text(), name

    def at(self, title: str) -> None:
        """The meeting is at this item, on every page."""
        for page in self.pages.values():
            expect(page.locator("#item h2")).to_contain_text(title)

    def status(self, english: str, spanish: str) -> None:
        for name, page in self.pages.items():
            expect(page.locator("#meeting .tag")).to_have_text(spanish if name == "marisol" else english)


def rows(page: Page) -> list[str]:
    """The agenda, as ids."""
    return [str(row.get_attribute("id")) for row in page.locator("#agenda .agenda > li").all()]


def titles(page: Page) -> list[str]:
    return [link.inner_text() for link in page.locator("#agenda .agenda > li > a").all()]


def row(page: Page, title: str) -> Locator:
    return page.locator("#agenda .agenda > li", has_text=title)


def note(page: Page, text: str, audience: str, **more: str) -> None:
    """Write a note under the item that the meeting is at."""
    item = page.locator("#item").get_attribute("data-item")
    assert item
    expect(page.locator("#note-form")).to_have_attribute("data-item", item)
    compose(page, text, audience)
    for name, value in more.items():
        page.locator(f"[name=note-{name}]").fill(value)
    keep(page)


def chosen(form: Locator, prefix: str, audience: str) -> None:
    """Choose an audience, and wait for the names of those who will read it."""
    form.locator(f"[name={prefix}-audience][value={audience}]").check()
    form.locator(f"[name={prefix}-shown_readers]").wait_for(state="attached")


def plan_it(table: Table) -> str:
    """Dana plans it; the address of its room."""
    table.dana.goto(f"{table.house.case}conferences/")
    live(table.dana)
    form = table.dana.locator("#meeting-form")
    form.locator("[name=title]").fill("Winter meeting")
    form.locator("[name=day]").fill(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}")
    form.locator("[name=time]").fill("14:30")
    form.locator("[name=every_weeks]").fill("2")
    for name in ("Priya", "Ruth Okafor"):
        form.get_by_role("checkbox", name=name).first.check()
    form.locator("#meeting-send").click()
    table.only("Winter meeting", WHO, "#conferences")
    address = table.dana.get_by_role("link", name="Winter meeting").get_attribute("href")
    assert address
    return address


def prepare(table: Table, room: str) -> None:
    """Answers, a proposal for some, an update beforehand."""
    table.marisol.goto(f"{room}answer/")
    live(table.marisol)
    table.marisol.locator("[name=answer][value=yes]").check()
    table.marisol.locator("main form button.primary").click()
    table.go(room)
    expect(table.dana.locator("#agenda .agenda > li")).to_have_count(STANDING)
    table.priya.get_by_role("link", name="Propose something").click()
    form = table.priya.locator("#item-form")
    form.locator("[name=item-title]").fill("Sleep and rest")
    chosen(form, "item", "management")
    table.priya.locator("#item-send").click()
    table.priya.wait_for_url(f"**{room}")
    live(table.priya)
    table.only("Sleep and rest", ("dana", "priya", "marisol"), "#agenda")
    row(table.dana, "Sleep and rest").locator("summary").click()
    row(table.dana, "Sleep and rest").get_by_role("button", name="Put it on the agenda").click()
    expect(row(table.dana, "Sleep and rest").locator(".meta").first).not_to_contain_text("proposed")
    row(table.priya, "What is needed").get_by_role("link").click()
    live(table.priya)
    note(table.priya, "Ahead of the meeting: a quieter room.", "management")


def preview_as_the_detective(table: Table, room: str) -> None:
    """What she will see, and no more."""
    frames = len(table.ruth.locator("#agenda .agenda > li").all())
    table.dana.get_by_role("link", name="Check what each person sees").click()
    table.dana.get_by_role("link", name="Ruth Okafor").click()
    expect(table.dana.locator("main")).to_contain_text("Ruth Okafor")
    assert titles(table.dana) == [] or "Sleep and rest" not in table.dana.locator("main").inner_text()
    expect(table.dana.locator("#agenda .agenda > li")).to_have_count(frames)
    expect(table.dana.locator("main")).not_to_contain_text("Sleep and rest")
    assert table.dana.locator("main button:enabled").count() == 0
    table.go(room)


def run_it(table: Table) -> None:
    """Open it, go through every standing item, and change their order on the way."""
    table.dana.get_by_role("button", name="Open the meeting").click()
    table.status("open now", "abierta ahora")
    before = rows(table.dana)
    last = row(table.dana, "Sleep and rest")
    last.locator("summary").click()
    last.get_by_role("button", name="Move up").click()
    expect(table.dana.locator("#agenda .agenda > li").nth(STANDING - 1)).to_have_id(before[-1])
    seen = rows(table.ruth)
    assert seen == [each for each in before if each != before[-1]]
    for title in titles(table.dana)[: STANDING - 1]:
        row(table.dana, title).locator("button.turn").press("Enter")
        table.at(title)
        if title != "What is needed":
            table.dana.locator("#item").get_by_role("button", name="Mark as done").press("Enter")
            expect(row(table.dana, title)).to_have_attribute("data-status", "done")
    # The detective's page goes on showing the last item that is hers, and never that there is another.
    shown = table.ruth.locator("#item h2").inner_text()
    row(table.dana, "Sleep and rest").locator("button.turn").press("Enter")
    expect(table.marisol.locator("#item h2")).to_contain_text("Sleep and rest")
    assert table.ruth.locator("#item h2").inner_text() == shown
    table.only("Sleep and rest", ("dana", "priya", "marisol"))


def write(table: Table) -> None:
    """Notes of three audiences, one of them narrowed; a decision; an action item made from a note."""
    row(table.dana, "What is needed").locator("button.turn").press("Enter")
    table.at("What is needed")
    note(table.dana, "Everybody hears this.", "everyone")
    table.only("Everybody hears this.", WHO, "#item")
    note(table.priya, "For the care of her alone.", "management")
    table.only("For the care of her alone.", ("dana", "priya", "marisol"), "#item")
    note(table.dana, "Between clinicians.", "clinicians", left_out_because="She asked not to hear it here.")
    table.only("Between clinicians.", ("dana", "priya"), "#item")
    narrow(table, "Everybody hears this.")


def narrow(table: Table, text: str) -> None:
    """Whoever wrote it lets fewer people see it; it is gone from the detective's page at once."""
    said = table.dana.locator("article", has_text=text)
    said.locator("summary", has_text="Who can see this").click()
    said.get_by_role("link", name="Change who can see this").click()
    live(table.dana)
    chosen(table.dana.locator("#written-form"), "written", "management")
    table.dana.locator("#written-send").click()
    table.dana.wait_for_url("**/items/**")
    live(table.dana)
    table.only(text, ("dana", "priya", "marisol"), "#item")


def decide(table: Table, room: str) -> None:
    """A decision that everybody hears, and a task out of a note."""
    table.dana.goto(room)
    live(table.dana)
    form = table.dana.locator("#note-form")
    compose(table.dana, "We meet at the new place from now on.", "everyone")
    form.locator("[name=note-kind][value=decision]").check()
    form.locator("[name=note-shown_readers]").wait_for(state="attached")
    keep(table.dana)
    table.only("We meet at the new place from now on.", WHO, "#item")
    table.ruth.get_by_role("button", name="I agree").click()
    expect(table.dana.locator(".decision")).to_contain_text("Ruth Okafor")
    said = table.dana.locator("article", has_text="For the care of her alone.")
    said.locator("summary", has_text="Make something of this").click()
    said.get_by_role("link", name="Make a task of it").click()
    form = table.dana.locator("#action-form")
    form.locator("[name=action-title]").fill("Ask about the quiet room")
    owner = form.locator("[name=action-owner] option", has_text="I do it myself").get_attribute("value")
    form.locator("[name=action-owner]").select_option(owner)
    chosen(form, "action", "management")
    table.dana.locator("#action-send").click()
    table.only("Ask about the quiet room", ("dana", "priya", "marisol"), "#actions")


def close_it(table: Table, room: str) -> None:
    """A break that she asks for, going on, the lead handed over, and the end."""
    table.go(room)
    table.marisol.get_by_role("button", name="Necesito un descanso").click()
    table.status("paused", "en pausa")
    table.dana.get_by_role("button", name="Go on").click()
    table.status("open now", "abierta ahora")
    row(table.dana, "Who does what by when").locator("summary").first.click()
    row(table.dana, "Who does what by when").get_by_role("button", name="Keep for another time").click()
    table.dana.locator("#handing-over summary").click()
    table.dana.locator("#handing-over").get_by_role("button", name="Priya").click()
    expect(table.priya.get_by_role("button", name="Take a break")).to_be_visible()
    expect(table.dana.get_by_role("button", name="Take a break")).to_have_count(0)
    table.priya.goto(f"{room}closing/")
    live(table.priya)
    expect(table.priya.locator("#closing .tag.on")).to_have_count(2)
    expect(table.priya.locator("#closing")).to_contain_text("We meet at the new place from now on.")
    expect(table.priya.locator("#closing")).to_contain_text("Ask about the quiet room")
    table.priya.locator("#closing-form input[type=checkbox]").check()
    table.priya.locator("#closing-send").click()
    table.priya.wait_for_url(f"**{room}")
    live(table.priya)
    table.status("closed", "cerrada")


def test_a_whole_conference_from_planning_to_what_is_left(house: House, visitors: Visitors) -> None:
    table = Table(house, visitors)
    room = plan_it(table)
    prepare(table, room)
    preview_as_the_detective(table, room)
    run_it(table)
    write(table)
    decide(table, room)
    close_it(table, room)
    table.go("/")
    addresses = set()
    for page in table.pages.values():
        links = page.locator("#conferences > .rows a[href^='/conferences/']", has_text="Winter meeting")
        expect(links).to_have_count(1)
        addresses.add(str(links.get_attribute("href")))
    assert len(addresses - {room}) == 1
    # One address for all of them, and the meeting they were just in is another one.
    table.go(addresses.pop())
    for name, page in table.pages.items():
        expect(page.locator("#agenda .agenda > li")).to_have_count(STANDING)
        left = page.locator("#agenda h3 ~ .rows")
        if name == "ruth":
            expect(page.locator("#agenda")).not_to_contain_text("Sleep and rest")
        else:
            expect(left).to_contain_text("Sleep and rest")
