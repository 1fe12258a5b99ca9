"""A conference is planned: by whom, who can be invited, what it begins with; and every refusal in plain words."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from agendas.items.models import AgendaItem, StandingItem
from conferences.meetings.models import Conference, Invitation, Part, UsualPart
from tests.cast import Stage, crawl, undone
from tests.live_pass import connect, passed
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Case, Mark, Named, Seat
from workspace.live.passes import Passes
from workspace.people.changes import find_person
from workspace.people.models import TaskForce, public_id
from workspace.record.models import Event

PLANNERS = {"p-cm", "p-adv", "p-sup"}
# The clock stands at 2026-11-23 14:20 UTC; the police release ends in twenty days, the one to the clinic begins in
# seven, childsafe's was withdrawn and aid's lists no coordination.
SOON = {"day": "2026-11-30", "time": "14:30", "zone": "America/New_York"}


def url(stage: Stage, case: str = "/cases/0") -> str:
    return f"/cases/{stage.ids[case]}/conferences/"


def number(stage: Stage, seat: str) -> str:
    return str(stage.seat("alder", seat).mark.public_id)


def body(stage: Stage, *invited: str, lead: str = "cm", **given: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "title": "Plain title",
        "kind": "coordination",
        **SOON,
        "minutes": "60",
        "every_weeks": "",
        "place": "",
        "facilitator": number(stage, lead),
        "recorder": "",
        "invited": [number(stage, seat) for seat in invited],
        "observers": [],
        "key": public_id(),
    }
    return usual | given


def newest() -> Any:
    return Conference.unsealed.select_related("mark").latest("mark_id")


def everything() -> tuple[Any, ...]:
    return (
        Mark.objects.count(),
        sorted(Named.objects.values_list("mark", "seat")),
        sorted(Conference.unsealed.values_list()),
        sorted(Invitation.objects.values_list("conference", "seat", "observes", "answer")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


def test_a_planned_conference_is_there_for_the_invited_and_for_nobody_else(stage: Stage) -> None:
    guests = ("law", "det", "interp", "ther")
    answer = stage.client("p-cm").post(url(stage), body(stage, *guests, recorder=number(stage, "ther")))
    assert (answer.status_code, answer["Location"]) == (303, url(stage))
    row = newest()
    named = {"sv", "cm", *guests}
    assert (row.mark.topic, row.mark.audience, row.mark.invited_only) == ("coordination", 0, True)
    assert row.mark.author == stage.seat("alder", "cm")
    assert (row.facilitator, row.recorder) == (stage.seat("alder", "cm"), stage.seat("alder", "ther"))
    assert row.starts == datetime(2026, 11, 30, 19, 30, tzinfo=UTC)
    assert set(Named.objects.filter(mark=row.mark).values_list("seat__key", flat=True)) == named
    sees = {seat.person for seat in stage.oracle.case("alder").seats.values() if seat.key in named}
    room = f"/conferences/{row.mark.public_id}/"
    for person in stage.people:
        browser = stage.client(person)
        assert browser.get(room).status_code == (200 if person in sees else 404), person
        assert ("Plain title" in browser.get("/").content.decode()) == (person in sees), person


def test_it_begins_with_what_the_policy_s_source_asks_of_a_case_conference(stage: Stage) -> None:
    UsualPart.objects.create(
        task_force=TaskForce.objects.get(), position=2, name="Later", minutes=20, without_her=True
    )
    UsualPart.objects.create(task_force=TaskForce.objects.get(), position=1, name="First", minutes=40)
    assert stage.client("p-adv").post(url(stage), body(stage, "det", lead="adv")).status_code == 303
    row = newest()
    items = AgendaItem.unsealed.filter(conference=row).select_related("mark").order_by("position")
    assert [item.kind for item in items] == [
        *("limits_of_sharing", "roles", "safety", "progress", "needs", "impediments", "plan", "actions")
    ]
    assert sum(item.minutes for item in items) == 60
    for item in items:
        assert (item.status, item.mark.parent_id, item.mark.topic) == ("planned", row.pk, "coordination")
    parts = Part.objects.filter(conference=row).order_by("position")
    assert [(part.name, part.minutes, part.without_her) for part in parts] == [
        ("First", 40, False),
        ("Later", 20, True),
    ]
    page = stage.client("p-det").get(f"/conferences/{row.mark.public_id}/").content.decode()
    assert "What we share here, and what we do not" in page
    assert page.count('<li id="row-') == 8


def test_the_task_force_s_own_items_stand_in_its_own_language_and_order(stage: Stage) -> None:
    task_force = TaskForce.objects.get()
    TaskForce.objects.update(language="es")
    assert stage.client("p-cm").post(url(stage), body(stage)).status_code == 303
    titles = AgendaItem.unsealed.filter(conference=newest()).values_list("title", flat=True)
    assert "Lo que ha salido bien" in titles
    for position, title in ((2, "second"), (1, "first")):
        StandingItem.objects.create(task_force=task_force, position=position, kind="plan", title=title)
    assert stage.client("p-cm").post(url(stage), body(stage)).status_code == 303
    items = AgendaItem.unsealed.filter(conference=newest()).order_by("position")
    assert [(item.title, item.minutes) for item in items] == [("first", None), ("second", None)]


def test_only_those_who_carry_the_case_plan_its_conferences(stage: Stage) -> None:
    for person in stage.people:
        before, browser = everything(), stage.client(person)
        sits = Eyes(stage, person).sits("/cases/0")
        page = browser.get(url(stage))
        assert page.status_code == (200 if sits else 404), person
        assert ("meeting-form" in page.content.decode()) == (person in PLANNERS), person
        plan = browser.get(f"/cases/{stage.ids['/cases/0']}/").content.decode()
        assert ("Plan a meeting" in plan) == (person in PLANNERS), person
        lead = next((key for key in ("cm", "adv", "sup") if f"p-{key}" == person), "cm")
        answer = browser.post(url(stage), body(stage, lead=lead))
        assert answer.status_code == (303 if person in PLANNERS else 404), person
        assert (everything() != before) == (person in PLANNERS), person


def test_the_survivor_and_whoever_plans_are_always_invited(stage: Stage) -> None:
    Mark.objects.filter(pk=stage.seat("alder", "sv").pk).update(audience=0)
    page = stage.client("p-sup").get(url(stage)).content.decode()
    assert page.count("Is always invited") == 2
    assert find_person("p-survivor").name not in page
    assert stage.client("p-sup").post(url(stage), body(stage, lead="sup")).status_code == 303
    assert set(Named.objects.filter(mark=newest().mark).values_list("seat__key", flat=True)) == {"sv", "sup"}
    assert stage.client("p-survivor").get(f"/conferences/{newest().mark.public_id}/").status_code == 200


def test_nobody_is_named_whom_the_planner_may_not_see(stage: Stage) -> None:
    hidden, browser = "shelter", stage.client("p-adv")
    page = browser.get(url(stage)).content.decode()
    assert stage.found(page) <= stage.words("p-adv")
    assert number(stage, hidden) not in page
    before = everything()
    told = []
    for seat in (number(stage, hidden), public_id()):
        answer = browser.post(url(stage), body(stage, lead="adv", invited=[seat]))
        assert answer.status_code == 422
        told.append(answer.content.decode().replace(seat, "").partition('id="id_invited_set"')[2][:600])
    assert told[0] == told[1]
    assert everything() == before


INVITED = {
    # seat: (in a week, in thirty days)
    "law": (True, True),
    "det": (True, False),
    "vw": (False, False),
    "ther": (True, True),
    "nurse": (True, True),
    "cps": (False, False),
    "aid": (False, False),
    "interp": (True, True),
    "interp2": (True, True),
    "guard": (True, True),
    "volunteer": (False, False),
    "sup": (True, False),
    "old-adv": (False, False),
}


def test_who_can_be_invited_follows_the_release_in_force_when_it_starts(stage: Stage) -> None:
    # Some of them are known to the case manager alone.
    browser = stage.client("p-cm")
    Seat.unsealed.filter(pk=stage.seat("alder", "sup").pk).update(until=stage.at + timedelta(days=15))
    for seat, cells in INVITED.items():
        Mark.objects.filter(pk=stage.seat("alder", seat).pk).update(topic="coordination")
        for day, may in zip(("2026-11-30", "2026-12-23"), cells, strict=True):
            before = everything()
            with undone(browser):
                answer = browser.post(url(stage), body(stage, seat, day=day))
                assert (everything() != before) == may
            assert answer.status_code == (303 if may else 422), (seat, day)
            assert ('class="errorlist' in answer.content.decode()) != may


def test_whom_no_release_ever_lets_in_is_listed_with_why_and_what_to_do(stage: Stage) -> None:
    page = stage.client("p-cm").get(url(stage)).content.decode()
    for seat, possible in (("cps", False), ("aid", False), ("det", True), ("nurse", True), ("vw", True)):
        row = page.partition(f'id="guest-{number(stage, seat)}"')[2].partition("</li>")[0]
        assert row, seat
        assert ("disabled" in row) != possible, seat
        assert ("no release lets their agency sit at the table" in row) != possible, seat
        assert (f"/cases/{stage.ids['/cases/0']}/releases/" in row) != possible, seat


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no title": ({"title": " \0"}, "Give it a name."),
    "long title": ({"title": "x" * 201}, "This is too long. Say it in fewer words."),
    "no kind": ({"kind": "nonsense"}, "errorlist"),
    "no day": ({"day": ""}, "Give a day."),
    "no such day": ({"day": "2026-02-30"}, "Give a day."),
    "another age": ({"day": "9999-12-31"}, "Look at the year again."),
    "past": ({"day": "2026-11-23", "time": "09:20"}, "This lies in the past."),
    "no time": ({"time": "half two"}, "Give a time"),
    "no zone": ({"zone": "Atlantis"}, "Give the name of a time zone"),
    "bad zone": ({"zone": "../etc\0"}, "errorlist"),
    "hour that is left out": ({"day": "2027-03-14", "time": "02:30"}, "the clocks there are changed"),
    "hour that comes twice": ({"day": "2027-11-07", "time": "01:30"}, "the clocks there are changed"),
    "no length": ({"minutes": ""}, "between 5 and 480"),
    "too short": ({"minutes": "4"}, "between 5 and 480"),
    "too long": ({"minutes": "481"}, "between 5 and 480"),
    "huge": ({"minutes": "9" * 6000}, "between 5 and 480"),
    "no weeks": ({"every_weeks": "0"}, "between 1 and 52"),
    "many weeks": ({"every_weeks": "53"}, "between 1 and 52"),
    "long place": ({"place": "x" * 501}, "This is too long. Say it in fewer words."),
    "nobody leads": ({"facilitator": ""}, "Choose who leads."),
    "stranger leads": ({"facilitator": "a\0b"}, "errorlist"),
    "stranger comes": ({"invited": ["\0"]}, "errorlist"),
}


def test_what_is_refused_comes_back_with_what_was_typed(stage: Stage) -> None:
    before, browser = everything(), stage.client("p-cm")
    ticked = f'value="{number(stage, "law")}" checked'
    for wrong, (given, sentence) in WRONG.items():
        for headers in ({}, {"HX-Request": "true"}):
            sent = body(stage, "law", place="by phone") | given
            answer = browser.post(url(stage), sent, headers=headers)
            page = unescape(answer.content.decode())
            assert answer.status_code == 422, wrong
            assert sentence in page, wrong
            assert page.startswith("<form") == bool(headers)
            assert "place" in given or 'value="by phone"' in page, wrong
            assert "invited" in given or ticked in page, wrong
    assert everything() == before


@pytest.mark.parametrize(
    ("invited", "given"),
    [
        ((), {"facilitator": "law"}),  # is not invited
        (("interp",), {"facilitator": "interp"}),
        (("law",), {"recorder": "det"}),
        (("interp",), {"recorder": "interp"}),
        (("law",), {"recorder": "sv"}),
        (("law",), {"facilitator": "sv"}),
        (("law",), {"facilitator": "law", "observers": ["law"]}),
        (("law",), {"recorder": "law", "observers": ["law"]}),
        (("law",), {"observers": ["det"]}),
    ],
)
def test_whoever_leads_or_writes_down_is_invited_and_takes_part(
    stage: Stage, invited: tuple[str, ...], given: dict[str, Any]
) -> None:
    before = everything()
    named: dict[str, Any] = {
        name: [number(stage, each) for each in value] if name == "observers" else number(stage, value)
        for name, value in given.items()
    }
    assert stage.client("p-cm").post(url(stage), body(stage, *invited, **named)).status_code == 422
    assert everything() == before


def test_whose_seat_ends_before_the_meeting_does_not_lead_it(stage: Stage) -> None:
    Seat.unsealed.filter(pk=stage.seat("alder", "adv").pk).update(until=stage.at + timedelta(days=2))
    answer = stage.client("p-adv").post(url(stage), body(stage, lead="adv"))
    assert answer.status_code == 422
    assert "Choose somebody else for this." in answer.content.decode()
    # Somebody who carries the case is always among the invited: it may be somebody else, with a longer seat.
    led = stage.client("p-adv").post(url(stage), body(stage, "law", lead="law"))
    assert (led.status_code, "Your own seat has ended by then." in led.content.decode()) == (422, True)
    assert stage.client("p-adv").post(url(stage), body(stage, "law", "sup", lead="law")).status_code == 303


def test_a_form_sent_twice_plans_one_and_with_other_words_none(stage: Stage) -> None:
    browser, sent = stage.client("p-cm"), body(stage, "law")
    assert [browser.post(url(stage), sent).status_code for _ in range(2)] == [303, 303]
    assert Event.objects.filter(verb="conference_planned").count() == 1
    before = everything()
    again = browser.post(url(stage), sent | {"title": "Another"})
    assert again.status_code == 409
    assert everything() == before
    fresh = again.content.decode().partition('name="key" value="')[2].partition('"')[0]
    assert browser.post(url(stage), sent | {"title": "Another", "key": fresh}).status_code == 303


def test_whoever_only_listens_is_kept_as_such(stage: Stage) -> None:
    sent = body(stage, "law", "det", observers=[number(stage, "det")])
    assert stage.client("p-cm").post(url(stage), sent).status_code == 303
    listening = Invitation.objects.filter(conference=newest(), observes=True)
    assert [each.seat.key for each in listening] == ["det"]
    assert Invitation.objects.filter(conference=newest()).count() == 4


def test_the_zone_it_was_planned_in_stays_with_it(stage: Stage) -> None:
    assert stage.client("p-cm").post(url(stage), body(stage, zone="Asia/Tokyo")).status_code == 303
    assert (newest().zone, newest().starts) == ("Asia/Tokyo", datetime(2026, 11, 30, 5, 30, tzinfo=UTC))
    page = stage.client("p-cm").get(url(stage)).content.decode()
    assert "12:30 a.m. EST" in page


def test_the_survivor_s_open_start_page_tells_her_and_nobody_hears_of_it_who_is_not_invited(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    passes, owners = Passes(), dict[Any, str]()
    for person in stage.people:
        owners[connect("today", stage.client(person).cookies["s"].value).socket] = person
    passes.run(list(owners))
    assert stage.client("p-cm").post(url(stage), body(stage, "det", "interp")).status_code == 303
    outcome = passes.run(list(owners))
    assert {owners[socket] for socket, *_ in outcome.frames} == {"p-survivor", "p-cm", "p-det", "p-interp"}
    assert all("Plain title" in frame for _, frame, _ in outcome.frames)


def test_everything_of_a_new_conference_is_found_by_links_alone(stage: Stage) -> None:
    browser = stage.client("p-cm")
    assert browser.post(url(stage), body(stage, "det")).status_code == 303
    told = crawl(browser)
    assert f"/conferences/{newest().mark.public_id}/schedule/" in told
    assert "/meetings/template/" in told
    assert stage.found("".join(told.values())) == stage.words("p-cm")


def test_a_page_that_is_open_hears_of_a_meeting_by_its_socket(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    browser = stage.client("p-cm")
    page = connect("meetings", browser.cookies["s"].value, id=stage.ids["/cases/0"])
    answer = browser.post(url(stage), body(stage), headers={"HX-Request": "true", "X-Live": "1"})
    assert answer.status_code == 200
    assert answer.content.decode().startswith('<form id="meeting-form"')
    frames, closed = passed([page])
    assert "Plain title" in frames[page]
    assert not closed


def test_a_right_that_ended_on_the_way_plans_nothing(stage: Stage) -> None:
    sent = body(stage)
    Seat.unsealed.filter(pk=stage.seat("alder", "cm").pk).update(until=stage.at - timedelta(days=1))
    before = everything()
    assert stage.client("p-cm").post(url(stage), sent).status_code == 404
    assert everything() == before
