"""Today: what one person owns, with the same label as everywhere else."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agendas.actions.models import ActionItem
from agendas.today import panels
from conferences.cards.models import Translation
from conferences.meetings.models import Conference
from conferences.meetings.panels import ConferenceRow, ConferencesPanel, conferences
from conferences.questions.models import RoleQuestion
from tests.cast import Stage
from tests.conferences.test_questions import answered
from workspace.disclosure.models import Mark, Named, Seat
from workspace.people.models import Person


def label(page: str, action: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page.partition(f'id="action-{action}"')[2].partition("</details>")[0])


def test_the_label_names_everybody_whom_the_plan_page_names(stage: Stage) -> None:
    """A text that others read never stands under a label that says it is private."""
    mine = stage.seat("alder", "sv")
    action = ActionItem.unsealed.select_related("mark").filter(mark__case=mine.case, status="accepted")[0]
    supervisor = stage.seat("alder", "sup")
    ActionItem.unsealed.filter(pk=action.pk).update(owner=mine)
    Mark.objects.filter(pk=action.pk).update(audience=0)
    for seat in (mine, supervisor):
        Named.objects.get_or_create(mark=action.mark, seat=seat)
    browser = stage.client("p-survivor")
    start = browser.get("/").content.decode()
    assert f'<a href="/cases/{stage.ids["/cases/0"]}/#action-{action.mark.public_id}">' in start
    assert start.index('id="tasks"') < start.index('id="cases"')
    today = label(start, action.mark.public_id)
    plan = label(browser.get(f"/cases/{stage.ids['/cases/0']}/").content.decode(), action.mark.public_id)
    assert supervisor.person.name in today
    assert supervisor.person.name in plan


def hers(stage: Stage, person: str) -> str:
    """What stands first on this person's Today."""
    page = stage.client(person).get("/").content.decode()
    return unescape(page).partition('id="hers"')[2].partition('id="newcomers"')[0]


def test_hers_begins_with_her_next_meeting_who_is_who_and_whom_to_ask_first(stage: Stage) -> None:
    manager, board = stage.seat("alder", "cm"), f"/cases/{stage.ids['/cases/0']}/roles/"
    first = hers(stage, "p-survivor")
    wanted = [
        f'href="{stage.url("alder", "conferences", "now")}"',
        f'href="{board}"',
        f'href="{board}#seat-{manager.mark.public_id}"',
        manager.person.name,
        manager.contact,
    ]
    places = [first.find(each) for each in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)
    for person in ("p-cm", "p-det", "p-interp", "p-guardian", "p-nowhere"):
        assert hers(stage, person).partition(">")[0].strip() == "data-panel hidden", person


def test_the_next_meeting_is_the_one_that_is_on_or_else_the_soonest_that_takes_place(stage: Stage) -> None:
    def address() -> str:
        return re.sub(r'["#].*', "", hers(stage, "p-survivor").partition('href="')[2], flags=re.DOTALL)

    its = Conference.unsealed.filter(mark__case__key="alder")
    assert address() == stage.url("alder", "conferences", "now")
    its.filter(key="now").update(status="open", paused=True)
    assert address() == stage.url("alder", "conferences", "now")
    its.filter(key="now").update(status="closed", paused=False)
    assert address() == stage.url("alder", "conferences", "quiet")
    its.filter(key="quiet").update(status="closed", cancelled_at=stage.at)
    assert address() == stage.url("alder", "conferences", "next")
    its.update(status="closed")
    assert address() == f"/cases/{stage.ids['/cases/0']}/roles/"


def test_how_to_reach_her_case_manager_is_said_in_her_language_where_it_is_there(stage: Stage) -> None:
    manager = stage.seat("alder", "cm")
    Translation.objects.create(
        seat=manager, language="es", contact="de lunes a viernes", by=manager, at=stage.at
    )
    for language, wanted in (("es", "de lunes a viernes"), ("en", manager.contact)):
        Person.objects.filter(key="p-survivor").update(language=language)
        assert wanted in hers(stage, "p-survivor")
    Seat.unsealed.filter(pk=manager.pk).update(until=stage.at)
    page = hers(stage, "p-survivor")
    assert manager.contact not in page
    assert "You have no case manager of your own right now" in page


def test_a_draft_does_not_introduce_somebody_new_to_her(stage: Stage) -> None:
    new = stage.seat("alder", "later")

    def introduced() -> str:
        page = unescape(stage.client("p-survivor").get("/").content.decode())
        return page.partition(f'id="new-{new.mark.public_id}"')[2].partition("</li>")[0]

    assert new.does in introduced()
    Seat.unsealed.filter(pk=new.pk).update(drafted_by=stage.seat("alder", "sup"), confirmed_at=None)
    assert introduced()
    assert new.does not in introduced()


def test_what_somebody_drafted_for_her_case_manager_is_not_where_she_is_told_to_call(stage: Stage) -> None:
    manager = stage.seat("alder", "cm")
    Seat.unsealed.filter(pk=manager.pk).update(
        drafted_by=stage.seat("alder", "vw"), confirmed_at=None, contact="w-a-number-somebody-else-wrote"
    )
    first = hers(stage, "p-survivor")
    assert manager.person.name in first
    assert "w-a-number-somebody-else-wrote" not in first
    Seat.unsealed.filter(pk=manager.pk).update(drafted_by=None, confirmed_at=stage.at)
    assert "w-a-number-somebody-else-wrote" in hers(stage, "p-survivor")


def test_a_number_that_was_changed_since_it_was_translated_is_not_where_she_is_told_to_call(
    stage: Stage,
) -> None:
    manager = stage.seat("alder", "cm")
    Person.objects.filter(key="p-survivor").update(language="es")
    Translation.objects.create(
        seat=manager, language="es", contact="w-an-old-number", by=manager, at=stage.at - timedelta(days=9)
    )
    assert "w-an-old-number" in hers(stage, "p-survivor")
    Seat.unsealed.filter(pk=manager.pk).update(contact="w-the-new-number", worded_at=stage.at)
    first = hers(stage, "p-survivor")
    assert "w-an-old-number" not in first
    assert "w-the-new-number" in first


def test_what_she_asked_stands_there_from_the_answer_until_she_says_whether_it_is_clear(stage: Stage) -> None:
    seat = stage.ids[stage.place("alder", "seats", "cm")]
    assert stage.browser("p-survivor").post(f"/seats/{seat}/questions/", {"to": "few"}).status_code == 303
    question = RoleQuestion.unsealed.select_related("mark").latest("mark_id")
    link = f'href="/cases/{stage.ids["/cases/0"]}/roles/#question-{question.mark.public_id}"'
    url = f"/questions/{question.mark.public_id}"
    assert link not in hers(stage, "p-survivor")
    assert answered(stage, "p-cm", question, "I go with you.").status_code == 303
    name = stage.seat("alder", "cm").person.name
    said = re.sub(r"<[^>]+>|\s+", " ", hers(stage, "p-survivor").partition(link)[2])
    assert name in said.partition("Who is who")[0]
    assert "I go with you." not in hers(stage, "p-survivor")
    stage.browser("p-survivor").post(f"{url}/unclear/")
    assert link not in hers(stage, "p-survivor")
    assert answered(stage, "p-cm", question, "To court.").status_code == 303
    assert link in hers(stage, "p-survivor")
    stage.browser("p-survivor").post(f"{url}/closing/")
    assert link not in hers(stage, "p-survivor")


def test_of_many_meetings_none_is_compared_with_another_and_little_of_each_is_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with two hundred cases has thousands of them."""
    Conference.unsealed.filter(key="now").update(status="closed", closed_at=stage.at)
    browser, real = stage.browser("p-cm"), conferences

    def listed(*given: Any) -> ConferencesPanel:
        with monkeypatch.context() as patch:
            patch.setattr(ConferenceRow, "__eq__", lambda *_: pytest.fail("compared"))
            return real(*given)

    monkeypatch.setattr(panels, "conferences", listed)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get("/").content.decode()
    past = page.partition('id="past-meetings"')[2]
    assert Conference.unsealed.get(key="now", mark__case__key="alder").title in past
    told = " ".join(query["sql"] for query in asked)
    assert "conferences_conference" in told
    assert not {"conferences_part", "conferences_comestopart"} & set(re.findall(r"\w+", told))


def test_the_meeting_that_is_on_stands_before_what_is_to_be_looked_after(stage: Stage) -> None:
    page = stage.browser("p-cm").get("/").content.decode()
    places = [page.index(f'id="{panel}"') for panel in ("conferences", "reminders", "asked", "tasks")]
    assert places == sorted(places)
