"""What a page of a task or of the plan says in passing is so: small sentences, each of which somebody relies on."""

import re
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from agendas.actions.models import ActionItem, ActionStatus, Helper
from agendas.goals.models import Need, Strength
from agendas.history.models import Entry
from agendas.minutes.panels import betrays, telling
from conferences.meetings.models import Conference, Invitation
from conferences.roles.panels import Team
from tests.agendas.test_followup import (
    CASE,
    EXTEND,
    form_of,
    hide_seats,
    number_of,
    page,
    place,
    press,
    put,
    row,
    say,
    url,
    wide,
)
from tests.cast import Stage, said
from workspace.disclosure.lens import NO_ROWS
from workspace.disclosure.models import Case, Mark, Release
from workspace.disclosure.policy import EVERY_ROLE, Topic, topic_bits
from workspace.people.models import Person

NEEDED = "A release about this is needed first"
THERE = "The release that this needed is there"


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def releases_house(stage: Stage, *topics: Topic) -> None:
    Release.objects.filter(agency=stage.seat("alder", "shelter").agency).update(topics=topic_bits(topics))
    Case.objects.update(version=10_000 + len(topics))


def test_a_release_that_was_needed_first_is_said_to_be_there_once_it_is(table: Stage) -> None:
    """To those who may know of it, and as long as it is there."""
    wide(table, EXTEND)
    # Whose task it is everybody knows.
    Mark.objects.filter(pk=table.seat("alder", "shelter").pk).update(
        topic="coordination", audience=EVERY_ROLE
    )
    releases_house(table, Topic.COORDINATION)
    assert say(table, "p-cm", EXTEND, "waiting/", release="housing").status_code == 303
    for there in (False, True, False):
        releases_house(table, Topic.COORDINATION, *([Topic.HOUSING] if there else []))
        for person in ("p-cm", "p-shelter"):
            told = page(table, person, EXTEND)
            assert (THERE in told, NEEDED in told) == (there, not there), (person, there)
        hers = page(table, "p-survivor", EXTEND)
        assert ("You gave the permission that this needed" in hers) == there
        assert ("somebody needs your permission" in hers) == (not there)
        # Another agency's releases are nothing that a detective reads of.
        assert NEEDED in page(table, "p-det", EXTEND)


def test_of_a_release_for_somebody_whose_seat_is_not_seen_nothing_is_said(table: Stage) -> None:
    wide(table, EXTEND)
    assert say(table, "p-cm", EXTEND, "waiting/", release="housing").status_code == 303
    releases_house(table, Topic.COORDINATION, Topic.HOUSING)
    assert THERE in page(table, "p-cm", EXTEND)
    hide_seats(table, "shelter")
    assert NEEDED in page(table, "p-cm", EXTEND)


def test_the_agency_that_holds_the_case_needs_no_release_to_know_so_none_is_said_to_be_there(
    table: Stage,
) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, owner=table.seat("alder", "adv"))
    assert say(table, "p-cm", EXTEND, "waiting/", release="housing").status_code == 303
    releases_house(table, Topic.COORDINATION, Topic.HOUSING)
    assert NEEDED in page(table, "p-cm", EXTEND)


def test_who_cannot_sign_in_is_not_offered_to_those_who_are_told_so(table: Stage) -> None:
    wide(table, EXTEND)
    offered = f'value="{number_of(table, "adv")}"'
    forms = (url(table, EXTEND, "owner/"), f"/cases/{table.ids[CASE]}/actions/")
    for signs_in in (True, False):
        Person.objects.filter(pk=table.seat("alder", "adv").person_id).update(is_active=signs_in)
        Case.objects.update(version=20_000 + signs_in)
        for form in forms:
            shown = said(table.browser("p-cm").get(form))
            chosen = re.search(r'<select[^>]* name="(?:action-owner|to)".*?</select>', shown, re.DOTALL)
            assert chosen, form
            assert (offered in chosen[0]) == signs_in, (form, signs_in)
    before = row(table, EXTEND).owner_id
    sent = form_of(table, "p-cm", EXTEND, "owner/") | {"to": number_of(table, "adv"), "permitted": "on"}
    assert table.browser("p-cm").post(url(table, EXTEND, "owner/"), sent).status_code in (409, 422)
    assert row(table, EXTEND).owner_id == before


def test_what_a_file_says_became_of_a_task_is_kept_as_nobodys_words_when_it_is_opened_again(
    table: Stage,
) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, status="not_done", outcome="no bus ran", ended_at=timezone.now())
    assert press(table, "p-cm", EXTEND, "reopening/") == 303
    told = page(table, "p-sup", EXTEND)
    assert "no bus ran" in told
    kept = {
        entry.what: entry for entry in Entry.unsealed.select_related("mark").filter(of=row(table, EXTEND).pk)
    }
    assert (kept["not_done"].text, kept["not_done"].mark.author) == ("no bus ran", None)
    assert kept["open_again"].text == ""
    assert kept["open_again"].mark.author == table.seat("alder", "cm")


def test_what_its_owner_said_became_of_it_stands_once_when_it_is_opened_again(table: Stage) -> None:
    wide(table, EXTEND)
    said_so = {"word": "done", "outcome": "they kept the room"}
    assert say(table, "p-shelter", EXTEND, "ending/", **said_so).status_code == 303
    assert press(table, "p-cm", EXTEND, "reopening/") == 303
    assert page(table, "p-sup", EXTEND).count("they kept the room") == 1


def test_whoever_is_given_it_has_not_kept_anybody_waiting_and_helps_nobody(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, status=ActionStatus.OFFERED, rose=2, risen_to=table.seat("alder", "cm"))
    Helper.objects.create(action=row(table, EXTEND), seat=table.seat("alder", "sup"))
    assert say(table, "p-cm", EXTEND, "owner/", to=number_of(table, "sup")).status_code == 303
    after = row(table, EXTEND)
    assert (after.owner.key, after.rose, after.risen_to_id) == ("sup", 0, None)
    assert not Helper.objects.filter(action=after).exists()
    assert "Helped by" not in page(table, "p-cm", EXTEND)


def test_a_step_says_that_it_is_done_once_it_is_and_not_before(table: Stage) -> None:
    assert say(table, "p-shelter", EXTEND, "steps/", text="call the landlord").status_code == 303
    shown = page(table, "p-cm", EXTEND).partition('id="step-')[2].partition("</li>")[0]
    assert '<span class="tag on">done</span>' not in shown
    step = shown.partition('"')[0]
    assert table.browser("p-shelter").post(url(table, EXTEND, f"steps/{step}/done/")).status_code == 303
    shown = page(table, "p-cm", EXTEND).partition('id="step-')[2].partition("</li>")[0]
    assert '<span class="tag on">done</span>' in shown


def test_needs_stand_below_their_domain_of_life_and_in_no_other(table: Stage) -> None:
    told = said(table.browser("p-sup").get(f"/cases/{table.ids[CASE]}/"))
    part = told.partition('id="needs"')[2].partition("</section>")[0]
    found = dict(each.split("</h3>", 1) for each in part.split("<h3>")[1:])
    every = Need.unsealed.select_related("mark").filter(mark__case__key="alder")
    seen = [need for need in every if need.text in part]
    assert len({need.mark.topic for need in seen}) > 2
    labels = {
        "housing": "Housing",
        "benefits": "Benefits",
        "mental_health": "Mental health",
        "medical": "Health",
    }
    told_of = 0
    for need in seen:
        for label, lines in found.items():
            if need.mark.topic in labels:
                assert (need.text in lines) == label.startswith(labels[need.mark.topic]), (need.text, label)
                told_of += 1
    assert told_of > 2


def test_an_accomplishment_stands_with_its_day(table: Stage) -> None:
    strength = Strength.unsealed.filter(mark__case__key="alder", mark__topic="employment").get()
    case = f"/cases/{table.ids[CASE]}/"
    assert "2026-05-04" not in said(table.browser("p-survivor").get(case))
    Strength.unsealed.filter(pk=strength.pk).update(achieved_on=date(2026, 5, 4))
    Case.objects.update(version=30_000)
    shown = said(table.browser("p-survivor").get(case)).partition(strength.text)[2].partition("</li>")[0]
    assert 'datetime="2026-05-04"' in shown


def test_who_does_not_see_her_seat_learns_nothing_of_whether_she_is_at_the_meeting(table: Stage) -> None:
    """Nor of whether she signs in: no byte of the reading aloud, and the same refusal."""
    hide_seats(table, "sv")
    room = table.row(table.place("alder", "conferences", "now"))
    Conference.unsealed.filter(pk=room.pk).update(status="open", paused=False)
    address, goal = (
        table.url("alder", "conferences", "now"),
        table.ids[table.place("alder", "goals", "own-door")],
    )
    told: list[Any] = []
    for attendance in ("", "arrived"):
        for signs_in in (True, False):
            Invitation.objects.update_or_create(
                conference=room, seat=table.seat("alder", "sv"), defaults={"attendance": attendance}
            )
            Person.objects.filter(key="p-survivor").update(is_active=signs_in)
            Case.objects.update(version=40_000 + len(told))
            browser = table.browser("p-cm")
            read = said(browser.get(f"{address}plan/")).partition("<main")[2].partition("</main>")[0]
            assert "own-door" not in read
            where = address.split("/")[-2]
            answer = browser.post(f"/goals/{goal}/confirmation/?conference={where}", {"seen": "x"})
            told.append((re.sub(r'ws-connect="[^"]*"|value="[^"]*"', "", read), answer.status_code))
    assert all(each == told[0] for each in told)
    assert told[0][1] == 403
    assert "confirmation/" not in told[0][0]
    assert "She is not" not in told[0][0]


@pytest.mark.parametrize(
    "words",
    [
        *("about the crime", "her criminal record", "they press charges", "the grand jury", "a deposition"),
        *("sign the affidavit", "continued presence", "su expediente", "del delito", "el ministerio público"),
    ],
)
def test_words_of_courts_and_files_stay_off_paper(words: str) -> None:
    assert betrays(telling(Team(NO_ROWS)), words)


@pytest.mark.parametrize(
    "words", ["look at a room", "take the bus on Friday", "llamar el viernes", "free of charge"]
)
def test_words_of_every_day_go_on_paper(words: str) -> None:
    assert not betrays(telling(Team(NO_ROWS)), words)


def test_there_is_something_to_read_in_the_plan(table: Stage) -> None:
    """What these tests look for is there to begin with."""
    assert ActionItem.unsealed.filter(mark__case__key="alder").count() > 4


def test_of_what_has_ended_the_list_says_who_did_it_and_who_asked_for_it(table: Stage) -> None:
    """Each of them reads of the other, and nobody that they asked whom they were asked by."""
    wide(table, EXTEND)
    Mark.objects.filter(pk=table.seat("alder", "shelter").pk).update(
        topic="coordination", audience=EVERY_ROLE
    )
    put(table, EXTEND, status="done", ended_at=timezone.now())
    author, owner = (table.seat("alder", key).person.name for key in ("cm", "shelter"))
    for person, says, other in (("p-cm", owner, author), ("p-shelter", f"asked by {author}", owner)):
        told = said(table.browser(person).get("/tasks/")).partition(f'id="task-{table.ids[place(EXTEND)]}"')[
            2
        ]
        line = " ".join(re.sub(r"<[^>]*>", " ", told.partition("</li>")[0]).split())
        assert says in line, person
        assert f"asked by {owner}" not in line
        assert other not in line
