"""A conference is moved and renamed, people are invited to it and not any more, in each of its states; and a series
goes on."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from agendas.items.models import AgendaItem, ComesFor
from agendas.scheduling.changes import next_of_series, visible_conference
from conferences.meetings.models import ComesToPart, Conference, Invitation, Part, Status, UsualPart
from tests.agendas.test_scheduling import PLANNERS, body, everything, newest, number
from tests.agendas.test_scheduling import url as planning
from tests.agendas.test_states import set_stage
from tests.cast import Stage, said, undone
from tests.casting import ZONE
from tests.live_pass import connect, passed
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE
from workspace.people.models import Person, TaskForce, public_id
from workspace.record.models import Event

YES, BEGUN, CLOSED = "changed", "has begun", "is closed"
TABLE = {
    #                         planned open  paused closed
    "schedule": (YES, BEGUN, BEGUN, CLOSED),
    "invitations": (YES, YES, YES, CLOSED),
    "invitations/withdrawal": (YES, YES, YES, CLOSED),
}
CELLS = [
    (verb, state, cell) for verb, cells in TABLE.items() for state, cell in zip(Status, cells, strict=True)
]


def room(stage: Stage, key: str = "now") -> str:
    return stage.url("alder", "conferences", key)


def held(key: str = "now") -> Any:
    """The conference of the first case with this key."""
    return Conference.unsealed.get(key=key, mark__case__key="alder")


def put(key: str = "now", **columns: Any) -> None:
    Conference.unsealed.filter(pk=held(key).pk).update(**columns)


def named(key: str = "now") -> set[str]:
    found = Named.objects.filter(mark=held(key).mark_id)
    return set(found.values_list("seat__key", flat=True))


def seen(stage: Stage, person: str, key: str) -> str:
    page = stage.client(person).get(f"{room(stage, key)}schedule/").content.decode()
    return page.partition('name="seen" value="')[2].partition('"')[0]


def plan(stage: Stage, person: str = "p-cm", key: str = "next", **given: Any) -> dict[str, Any]:
    """What the form sends when nothing is changed in it but what is given."""
    row = held(key)
    starts = row.starts.astimezone(ZONE)
    usual = {
        "title": row.title,
        "kind": row.kind,
        "day": f"{starts:%Y-%m-%d}",
        "time": f"{starts:%H:%M}",
        "zone": "America/New_York",
        "minutes": row.minutes,
        "place": row.place,
        "facilitator": row.facilitator.mark.public_id,
        "seen": seen(stage, person, key),
        "key": public_id(),
    }
    return usual | given


def press(stage: Stage, person: str, verb: str, key: str = "now", **given: str) -> Any:
    return stage.client(person).post(f"{room(stage, key)}{verb}/", given)


@pytest.mark.parametrize(("verb", "state", "cell"), CELLS)
def test_what_may_be_changed_in_each_state_and_by_whom(
    stage: Stage, verb: str, state: str, cell: str
) -> None:
    """Who leads, here an attorney of another agency, and who carries the case; invited is by the latter alone."""
    place = stage.place("alder", "conferences", "now")
    set_stage(stage, "planned")
    put("now", facilitator=stage.seat("alder", "law"), starts=stage.at + timedelta(days=3))
    Person.objects.update(language="en")
    Mark.objects.filter(pk=stage.seat("alder", "interp2").pk).update(audience=EVERY_ROLE)
    answered: Counter[int] = Counter()
    forms = {"p-law": plan(stage, "p-law", "now"), "p-cm": plan(stage, "p-cm", "now")}
    set_stage(stage, state)
    for person in stage.people:
        browser, sees = stage.client(person), Eyes(stage, person).sees(place)
        sent = {
            "schedule": forms.get(person, forms["p-cm"]) | {"title": "Another title", "key": public_id()},
            "invitations": {"seat": number(stage, "interp2")},
            "invitations/withdrawal": {"seat": number(stage, "det")},
        }[verb]
        if verb == "schedule" and person == "p-law":
            sent |= {"facilitator": number(stage, "law")}
        before = everything()
        with undone(browser):
            answer = browser.post(f"{room(stage)}{verb}/", sent)
            assert (everything() != before) == (answer.status_code == 303), person
        text = unescape(answer.content.decode())
        answered[answer.status_code] += 1
        if not sees:
            absent = browser.post(f"/conferences/{public_id()}/{verb}/", sent)
            assert (answer.status_code, said(answer)) == (404, said(absent)), person
        elif person not in PLANNERS | {"p-law"}:
            assert (answer.status_code, "Ask one of them." in text) == (403, True), person
        elif cell != YES:
            assert (answer.status_code, cell in text) == (409, True), person
        elif (person, verb) == ("p-law", "invitations"):
            assert (answer.status_code, "Ask one of them." in text) == (403, True)
        else:
            assert answer.status_code == 303, (person, text)
    assert answered[404] > 5
    assert answered[403] > 8
    assert answered[303 if cell == YES else 409] >= 3


def test_a_conference_is_moved_and_renamed_and_each_is_asked_again(stage: Stage) -> None:
    row = held("next")
    law = stage.seat("alder", "law")
    Invitation.objects.create(conference=row, seat=law, answer="yes")
    item = AgendaItem.unsealed.get(key="n-limits")
    ComesFor.objects.create(item=item, seat=law)
    part = Part.objects.create(conference=row, position=1, name="everyone", minutes=30)
    ComesToPart.objects.create(part=part, seat=law)
    address = f"{room(stage, 'next')}schedule/"
    renamed = plan(stage, title="Another title", place="by phone", every_weeks="4")
    assert stage.client("p-cm").post(address, renamed).status_code == 303
    row.refresh_from_db()
    assert (row.title, row.place, row.every_weeks) == ("Another title", "by phone", 4)
    assert Invitation.objects.get(conference=row, seat=law).answer == "yes", "it is at the same time"
    starts = row.starts
    moved = plan(
        stage, day="2026-12-22", time="10:00", zone="America/Chicago", facilitator=number(stage, "cm")
    )
    assert stage.client("p-cm").post(address, moved).status_code == 303
    row.refresh_from_db()
    assert (row.starts, row.zone) == (datetime(2026, 12, 22, 16, tzinfo=UTC), "America/Chicago")
    assert row.starts != starts
    assert row.facilitator == stage.seat("alder", "cm")
    assert Invitation.objects.get(conference=row, seat=law).answer == ""
    assert not ComesFor.objects.exists()
    assert not ComesToPart.objects.exists()
    before = everything()
    assert stage.client("p-cm").post(
        address, plan(stage, time="10:00", zone="America/Chicago", day="2026-12-22")
    )
    assert everything() == before, "nothing was changed"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"day": "2026-11-22"}, "lies in the past"),
        ({"title": ""}, "Give it a name."),
        ({"facilitator": "nobody"}, "errorlist"),
        ({"minutes": "-1"}, "between 5 and 480"),
    ],
)
def test_a_change_that_cannot_be_keeps_what_was_typed(
    stage: Stage, given: dict[str, str], sentence: str
) -> None:
    before = everything()
    sent = plan(stage, place="still typed") | given
    answer = stage.client("p-cm").post(f"{room(stage, 'next')}schedule/", sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert 'value="still typed"' in answer.content.decode()
    assert everything() == before


def test_who_changes_what_another_has_changed_is_told_and_keeps_their_words(stage: Stage) -> None:
    address = f"{room(stage, 'next')}schedule/"
    mine = plan(stage, title="Mine", place="typed by me")
    theirs = plan(
        stage, "p-sup", title="Theirs", kind="clinical_review", every_weeks="7", recorder=number(stage, "cm")
    )
    assert stage.client("p-sup").post(address, theirs).status_code == 303
    answer = stage.client("p-cm").post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Mine"' in page
    now = page.partition('id="as-it-is"')[2].partition("</dl>")[0]
    cm, sup = (stage.seat("alder", key).person.name for key in ("cm", "sup"))
    length = f">{held('next').minutes}<"
    for each in ("Theirs", "clinical review", ">7<", cm, sup, "America/New_York", length):
        assert each in now, each
    assert "typed by me" not in now
    assert held("next").title == "Theirs"
    fresh = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("seen", "key")}
    assert stage.client("p-cm").post(address, mine | fresh).status_code == 303
    assert held("next").title == "Mine"


def test_who_hands_over_in_the_form_and_plans_no_meetings_is_led_to_the_meeting(stage: Stage) -> None:
    put("next", facilitator=stage.seat("alder", "law"))
    browser, address = stage.client("p-law"), f"{room(stage, 'next')}schedule/"
    for headers in ({}, {"HX-Request": "true", "X-Live": "1"}):
        put("next", facilitator=stage.seat("alder", "law"))
        sent = plan(stage, "p-law", facilitator=number(stage, "cm"))
        answer = browser.post(address, sent, headers=headers)
        where = answer.headers.get("HX-Redirect", answer.headers.get("Location"))
        assert where == f"{room(stage, 'next')}?handed-over"
        assert 'role="status">' in browser.get(where).content.decode().partition('id="meeting"')[0]
    assert held("next").facilitator == stage.seat("alder", "cm")


def test_a_form_is_not_overtaken_by_what_its_reader_cannot_see(stage: Stage) -> None:
    hidden = [stage.seat("alder", key) for key in ("law", "nurse")]
    Mark.objects.filter(pk__in=[seat.pk for seat in hidden]).update(audience=0)
    put("next", facilitator=hidden[0])
    mine = plan(stage, title="Mine", facilitator="as-it-is")
    put("next", facilitator=hidden[1])
    assert stage.client("p-cm").post(f"{room(stage, 'next')}schedule/", mine).status_code == 303
    assert (held("next").title, held("next").facilitator) == ("Mine", hidden[1])


def test_whoever_leads_unseen_stays_as_it_is(stage: Stage) -> None:
    hidden = stage.seat("alder", "law")
    Mark.objects.filter(pk=hidden.pk).update(audience=0)
    put("next", facilitator=hidden, recorder=hidden)
    page = stage.client("p-cm").get(f"{room(stage, 'next')}schedule/").content.decode()
    assert hidden.person.name not in page
    sent = plan(stage, title="New", facilitator="as-it-is", recorder="as-it-is")
    assert stage.client("p-cm").post(f"{room(stage, 'next')}schedule/", sent).status_code == 303
    row = held("next")
    assert (row.title, row.facilitator, row.recorder) == ("New", hidden, hidden)
    # Nobody takes "as it is" who is offered the name.
    Seat.unsealed.filter(pk=hidden.pk).update(until=held("next").starts - timedelta(days=1))
    assert 'value="as-it-is"' in stage.client("p-cm").get(f"{room(stage, 'next')}schedule/").content.decode()
    Seat.unsealed.filter(pk=hidden.pk).update(until=None)
    sent = plan(stage, "p-sup", facilitator="as-it-is")
    Mark.objects.filter(pk=hidden.pk).update(audience=EVERY_ROLE)
    assert stage.client("p-sup").post(f"{room(stage, 'next')}schedule/", sent).status_code == 422


def test_whose_invitation_is_taken_back_loses_everything_at_once(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    mentor, place = stage.client("p-mentor"), stage.place("alder", "conferences", "now")
    opened = {
        page: connect(page, mentor.cookies["s"].value, id=number_)
        for page, number_ in (("room", stage.ids[place]), ("schedule", stage.ids[place]), ("today", ""))
    }
    assert not passed(list(opened.values()))[1]
    row = stage.row(place)
    part = Part.objects.create(conference=row, position=1, name="everyone", minutes=30)
    ComesToPart.objects.create(part=part, seat=stage.seat("alder", "mentor"))
    Invitation.objects.create(
        conference=row, seat=stage.seat("alder", "mentor"), answer="part", hand=1, agreed_at=stage.at
    )
    put("now", recorder=stage.seat("alder", "mentor"))
    before = {person: stage.client(person).get(room(stage)).status_code for person in stage.people}
    answer = press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, "mentor"))
    assert (answer.status_code, answer["Location"]) == (303, f"{room(stage)}schedule/")
    frames, closed = passed(list(opened.values()))
    assert closed == {opened["room"], opened["schedule"]}
    assert stage.raw(place)["title"] not in frames[opened["today"]]
    after = {person: stage.client(person).get(room(stage)).status_code for person in stage.people}
    assert {person for person in stage.people if before[person] != after[person]} == {"p-mentor"}
    assert said(mentor.get(room(stage))) == said(mentor.get(f"/conferences/{public_id()}/"))
    assert not ComesToPart.objects.exists()
    kept = Invitation.objects.get(conference=row)
    assert (kept.answer, kept.hand, kept.agreed_at) == ("", None, stage.at)
    assert held("now").recorder is None
    again = everything()
    assert press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, "mentor")).status_code == 303
    assert everything() == again, "a press that is sent again changes nothing"
    assert press(stage, "p-cm", "invitations", seat=number(stage, "mentor")).status_code == 303
    assert mentor.get(room(stage)).status_code == 200


def test_the_survivor_and_whoever_leads_stay_invited_and_so_does_somebody_who_carries_the_case(
    stage: Stage,
) -> None:
    for seat, sentence in (("sv", "The survivor knows of every meeting"), ("cm", "Hand the lead over")):
        before = everything()
        answer = press(stage, "p-sup", "invitations/withdrawal", seat=number(stage, seat))
        assert answer.status_code == 409
        assert sentence in answer.content.decode()
        assert everything() == before
    put("now", facilitator=stage.seat("alder", "law"))
    for seat, status in (("adv", 303), ("sup", 303), ("cm", 409)):
        answer = press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, seat))
        assert answer.status_code == status, seat
    assert "Somebody who carries the case has to stay" in answer.content.decode()
    assert {"cm"} == named() & {"cm", "adv", "sup"}


def test_who_takes_their_own_invitation_back_is_led_to_the_start_page(stage: Stage) -> None:
    answer = press(stage, "p-adv", "invitations/withdrawal", seat=number(stage, "adv"))
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert stage.client("p-adv").get(room(stage)).status_code == 404


@pytest.mark.parametrize("verb", ["invitations", "invitations/withdrawal"])
def test_a_seat_that_is_not_seen_is_as_one_that_never_was(stage: Stage, verb: str) -> None:
    before = everything()
    answers = {
        press(stage, "p-sup", verb, seat=seat).content
        for seat in (number(stage, "shelter"), public_id(), "a\0b", "")
    }
    assert len(answers) == 1
    assert b"The team changed in the meantime." in answers.pop()
    assert everything() == before


def test_what_is_refused_about_invitations_says_what_can_be_done(stage: Stage) -> None:
    for seat in ("aid", "old-adv", "old-cm"):
        before = everything()
        answer = press(stage, "p-cm", "invitations", seat=number(stage, seat))
        assert answer.status_code == 409, seat
        assert "Record a release first, or choose another day." in answer.content.decode()
        assert everything() == before
    for seat in ("cm", "sv"):
        answer = press(stage, "p-sup", "invitations", listener=number(stage, seat))
        assert answer.status_code == 409
        assert "takes part" in answer.content.decode()


def test_somebody_is_let_only_listen_and_take_part_again(stage: Stage) -> None:
    page = f"{room(stage)}schedule/"
    for name, listens in (("listener", True), ("seat", False)):
        assert press(stage, "p-cm", "invitations", **{name: number(stage, "law")}).status_code == 303
        assert Invitation.objects.get(seat__key="law").observes == listens
        row = (
            stage.client("p-det")
            .get(page)
            .content.decode()
            .partition(f'id="guest-{number(stage, "law")}"')[2]
        )
        assert ("only listens" in row.partition("</li>")[0]) == listens
    before = everything()
    assert press(stage, "p-cm", "invitations", seat=number(stage, "det")).status_code == 303
    assert everything() == before, "they take part already"


def test_who_may_not_change_it_reads_who_is_invited_and_nothing_of_releases(stage: Stage) -> None:
    Person.objects.update(language="en")
    put("now", facilitator=stage.seat("alder", "law"))
    Named.objects.filter(mark=held().mark_id, seat__key="vw").delete()
    told = {
        person: stage.client(person).get(f"{room(stage)}schedule/").content.decode()
        for person in ("p-cm", "p-law", "p-det", "p-survivor")
    }
    assert "Invite somebody else" in told["p-cm"]
    assert "no release lets their agency" in told["p-cm"]
    for person in ("p-law", "p-det", "p-survivor"):
        assert "Invite somebody else" not in told[person], person
        assert "no release" not in told[person], person
    assert "Take the invitation back" in told["p-law"]
    for person in ("p-det", "p-survivor"):
        assert "formaction" not in told[person].partition('id="invited"')[2].partition("</section>")[0], (
            person
        )


# The next one of a series


def series(stage: Stage, weeks: int | None = 2, **columns: Any) -> Any:
    """The open conference, closed now, as its facilitator has it opened."""
    put("now", status="closed", every_weeks=weeks, **columns)
    return opened(stage)


def opened(stage: Stage, person: str = "p-cm") -> tuple[Any, Any]:
    sight = stage.sight(person)
    row = visible_conference(sight, stage.ids[stage.place("alder", "conferences", "now")])
    return sight[row.case_id], row


def follow(stage: Stage, weeks: int | None = 2, **columns: Any) -> Any:
    lens, row = series(stage, weeks, **columns)
    with transaction.atomic():
        next_of_series(lens, row)
    return Conference.unsealed.filter(follows=row.mark_id).select_related("mark").first()


def test_the_next_of_a_series_has_everything_but_what_was_said(stage: Stage) -> None:
    UsualPart.objects.create(task_force=TaskForce.objects.get(), position=1, name="First", minutes=40)
    law, det = stage.seat("alder", "law"), stage.seat("alder", "det")
    now = held("now")
    Invitation.objects.create(conference=now, seat=det, observes=True, answer="no", agreed_at=stage.at)
    found = follow(stage, recorder=law)
    assert found.starts == now.starts + timedelta(weeks=2)
    kept = ("title", "kind", "minutes", "place", "zone", "facilitator", "recorder", "every_weeks")
    now.refresh_from_db()
    assert [getattr(found, name) for name in kept] == [getattr(now, name) for name in kept]
    assert found.status == "planned"
    assert AgendaItem.unsealed.filter(conference=found).count() == 8
    assert Part.objects.filter(conference=found).count() == 1
    again = Invitation.objects.get(conference=found, seat=det)
    assert (again.observes, again.answer, again.agreed_at) == (True, "", None)
    lens, row = opened(stage)
    before = everything()
    next_of_series(lens, row)
    assert everything() == before, "there is one next conference"
    assert not Conference.unsealed.filter(follows=follow(stage, None)).exists()


def test_who_is_still_on_the_case_and_let_in_is_invited_again_seen_by_whoever_closes_it_or_not(
    stage: Stage,
) -> None:
    Seat.unsealed.filter(pk=stage.seat("alder", "mentor").pk).update(until=stage.at + timedelta(days=10))
    Mark.objects.filter(pk=stage.seat("alder", "ther").pk).update(audience=0)
    found = follow(stage)
    invited = set(Named.objects.filter(mark=found.mark).values_list("seat__key", flat=True))
    assert named() - invited == {"mentor", "cps", "nurse", "volunteer"}
    assert invited < named()
    assert "ther" in invited


def test_a_series_goes_on_at_the_same_time_on_the_wall_and_in_the_future(stage: Stage) -> None:
    summer = datetime(2026, 7, 6, 14, 30, tzinfo=ZONE)
    found = follow(stage, 1, starts=summer, zone="America/New_York")
    local = found.starts.astimezone(ZONE)
    assert found.starts > stage.at
    assert found.starts - timedelta(weeks=1) <= stage.at
    assert (local.weekday(), local.hour, local.minute) == (0, 14, 30)
    assert found.starts.utcoffset() == timedelta(0)
    assert (found.starts - summer) % timedelta(weeks=1) == timedelta(hours=1)


def test_who_cannot_lead_the_next_one_is_followed_by_somebody_who_carries_the_case(stage: Stage) -> None:
    law, cm = stage.seat("alder", "law"), stage.seat("alder", "cm")
    Release.objects.filter(agency=law.agency).update(withdrawn_at=stage.at)
    found = follow(stage, facilitator=law, recorder=law)
    assert (found.facilitator, found.recorder) == (cm, None)
    conference = held("now")
    Conference.unsealed.filter(pk=found.pk).update(follows=None)
    carrying = [stage.seat("alder", key) for key in ("cm", "adv", "sup")]
    Named.objects.filter(mark=conference.mark, seat__in=carrying).delete()
    lens, row = opened(stage, "p-det")
    next_of_series(lens, row)
    found = Conference.unsealed.get(follows=row.mark_id)
    assert found.facilitator == cm
    assert Named.objects.filter(mark=found.mark, seat=cm).exists()
    assert Event.objects.filter(verb="next_conference_made").count() == 2


def test_a_meeting_of_a_series_can_be_planned(stage: Stage) -> None:
    assert stage.client("p-cm").post(planning(stage), body(stage, every_weeks="2")).status_code == 303
    assert newest().every_weeks == 2


def test_whose_seat_has_ended_is_nobody_who_carries_the_case(stage: Stage) -> None:
    put("now", facilitator=stage.seat("alder", "law"))
    assert press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, "adv")).status_code == 303
    Seat.unsealed.filter(pk=stage.seat("alder", "sup").pk).update(until=stage.at)
    before = everything()
    answer = press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, "cm"))
    assert (answer.status_code, "carries the case has to stay" in answer.content.decode()) == (409, True)
    assert everything() == before
    # Nor is it whose seat ends before the meeting.
    starts = stage.at + timedelta(days=5)
    put("now", status="planned", starts=starts)
    Seat.unsealed.filter(pk=stage.seat("alder", "sup").pk).update(until=starts)
    assert press(stage, "p-sup", "invitations/withdrawal", seat=number(stage, "cm")).status_code == 409
    assert press(stage, "p-cm", "invitations/withdrawal", seat=number(stage, "sup")).status_code == 303


def test_apologies_for_one_time_are_none_for_another(stage: Stage) -> None:
    row = held("next")
    invitation = Invitation.objects.create(
        conference=row, seat=stage.seat("alder", "sv"), answer="no", attendance="apologies"
    )
    later = f"{row.starts.astimezone(ZONE) + timedelta(days=1):%Y-%m-%d}"
    sent = plan(stage, "p-sup", day=later)
    assert stage.client("p-sup").post(f"{room(stage, 'next')}schedule/", sent).status_code == 303
    invitation.refresh_from_db()
    assert (invitation.answer, invitation.attendance) == ("", "")


def test_who_is_only_to_listen_from_now_on_has_no_hand_up(stage: Stage) -> None:
    assert stage.client("p-det").post(f"{room(stage)}hand/").status_code == 303
    assert press(stage, "p-cm", "invitations", listener=number(stage, "det")).status_code == 303
    row = Invitation.objects.get(conference=held("now"), seat=stage.seat("alder", "det"))
    assert (row.observes, row.hand) == (True, None)


def test_the_survivor_who_led_is_not_made_to_lead_the_next_one(stage: Stage) -> None:
    """Nobody is put in her debt: nor does whoever plans a meeting."""
    found = follow(stage, facilitator=stage.seat("alder", "sv"))
    assert found.facilitator.key == "cm"
    assert Named.objects.filter(mark=found.mark, seat=stage.seat("alder", "sv")).exists()


def test_somebody_who_still_carries_the_case_by_then_is_invited_to_a_meeting_that_is_moved_and_to_the_next_one(
    stage: Stage,
) -> None:
    law, soon = stage.seat("alder", "law"), stage.at + timedelta(days=10)
    for key in ("cm", "sup"):
        Seat.unsealed.filter(pk=stage.seat("alder", key).pk).update(until=soon)
    for key in ("now", "next"):
        Named.objects.filter(mark=held(key).mark, seat=stage.seat("alder", "adv")).delete()
    put("next", facilitator=law)
    later = f"{soon.astimezone(ZONE) + timedelta(days=30):%Y-%m-%d}"
    sent = plan(stage, "p-law", day=later)
    assert stage.client("p-law").post(f"{room(stage, 'next')}schedule/", sent).status_code == 303
    assert "adv" in named("next")
    found = follow(stage, facilitator=law)
    assert found.facilitator == law
    assert Named.objects.filter(mark=found.mark, seat=stage.seat("alder", "adv")).exists()
