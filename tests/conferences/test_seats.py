"""A seat is given, a seat is ended: who may, what is refused, and what follows at once."""

import re
from datetime import timedelta
from typing import Any

import pytest

from conferences.meetings.models import Conference, Invitation
from tests.cast import TICK, Stage, crawl, said
from tests.oracle import Oracle
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark, Named, Seat
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def email(stage: Stage, person: str) -> str:
    return str(next(each["email"] for each in stage.casefile["people"] if each["key"] == person))


def body(stage: Stage, person: str = "p-old-cm", **given: Any) -> dict[str, Any]:
    usual = {
        "email": email(stage, person),
        "role": "advocate",
        "known_to": "all",
        "topic": "coordination",
        "starts": "2026-11-23T09:20",
        "until": "",
        "key": public_id(),
    }
    return usual | given


def url(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/seats/"


def end(stage: Stage, key: str) -> str:
    return f"/seats/{stage.seat('alder', key).mark.public_id}/end/"


def test_a_seat_counts_from_its_first_instant_and_inherits_nothing(stage: Stage) -> None:
    former, case = stage.client("p-old-cm"), f"/cases/{stage.ids[CASE]}/"
    assert former.get(case).status_code == 404
    assert stage.client("p-cm").post(url(stage), body(stage)).status_code == 303
    pages = crawl(former)
    assert case in pages
    assert not [page for page in pages if page.startswith(("/conferences/", "/items/"))]
    seat = Seat.unsealed.select_related("mark").latest("mark_id")
    assert (seat.role, seat.starts, seat.until) == ("advocate", stage.at, None)
    assert (seat.mark.author_id, seat.mark.origin_id, seat.mark.parent_id) == (seat.pk, seat.agency_id, None)
    assert list(Named.objects.filter(mark=seat.mark).values_list("seat_id", flat=True)) == [seat.pk]
    stage.clock.at -= TICK
    assert former.get(case).status_code == 404


def test_the_same_form_sent_twice_gives_one_seat(stage: Stage) -> None:
    browser, given, before = stage.client("p-cm"), body(stage), Seat.unsealed.count()
    assert [browser.post(url(stage), given).status_code for _ in range(2)] == [303, 303]
    assert Seat.unsealed.count() == before + 1
    assert Event.objects.filter(verb="seat_given").count() == 1


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    "wrong",
    [
        {"email": ""},
        {"email": "nobody"},
        {"email": "nobody@example.net"},
        {"role": ""},
        {"role": "survivor"},
        {"role": "investigator"},
        {"role": "prosecutor"},
        {"role": "counsel"},
        {"known_to": ""},
        {"known_to": "nonsense"},
        {"topic": "privileged"},
        {"topic": "substance_use", "role": "child_protection"},
        {"starts": ""},
        {"until": "2026-11-23T09:20"},
        {"until": "2026-11-22T09:20"},
        {"until": "sometime"},
    ],
)
def test_what_is_refused_comes_back_with_what_was_typed(
    stage: Stage, wrong: dict[str, Any], htmx: bool
) -> None:
    before = Seat.unsealed.count(), Mark.objects.count()
    given = body(stage) | wrong
    headers = {"HX-Request": "true"} if htmx else {}
    answer = stage.client("p-cm").post(url(stage), given, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not given["email"] or f'value="{given["email"]}"' in page
    assert 'class="errorlist' in page
    assert page.startswith("<form") == htmx
    assert (Seat.unsealed.count(), Mark.objects.count()) == before


@pytest.mark.parametrize("person", ["p-det", "p-pros"])
def test_an_attorney_of_law_enforcement_or_prosecution_is_not_the_survivor_s(
    stage: Stage, person: str
) -> None:
    other = f"/cases/{stage.ids['/cases/1']}/seats/"
    refused = stage.client("p-next-cm").post(other, body(stage, person, role="counsel"))
    assert refused.status_code == 422


def test_one_person_has_at_most_one_seat_at_a_time(stage: Stage) -> None:
    browser, day = stage.client("p-cm"), "2026-12-{}T09:00"
    first = body(stage, starts=day.format("10"), until=day.format("20"))
    assert browser.post(url(stage), first).status_code == 303
    for starts, until, status in (
        ("11", "12", 422),
        ("05", "11", 422),
        ("19", "25", 422),
        ("05", "25", 422),
        ("10", "20", 422),
        ("20", "25", 303),
        ("05", "10", 303),
    ):
        given = body(stage, starts=day.format(starts), until=day.format(until))
        assert browser.post(url(stage), given).status_code == status, (starts, until)
    assert browser.post(url(stage), body(stage, "p-mentor")).status_code == 422


def test_only_a_case_manager_of_the_holding_agency_gives_and_ends_seats(stage: Stage) -> None:
    before = Seat.unsealed.count()
    others = [person for person in stage.people if person != "p-cm"]
    for person in others:
        browser = stage.client(person)
        assert browser.post(url(stage), body(stage)).status_code == 404, person
        assert browser.post(end(stage, "mentor")).status_code == 404, person
        assert "seat-form" not in browser.get(url(stage)).content.decode()
    assert Seat.unsealed.count() == before
    assert stage.seat("alder", "mentor").until is None


def test_a_seat_is_ended_from_that_moment_on_and_at_the_first_press(stage: Stage) -> None:
    first, browser = stage.at, stage.client("p-cm")
    for _ in range(2):
        assert browser.post(end(stage, "mentor")).status_code == 303
        stage.clock.at += TICK
    assert stage.seat("alder", "mentor").until == first
    assert Event.objects.filter(verb="seat_ended").count() == 1


def test_the_survivor_s_seat_and_the_last_case_manager_s_are_not_ended(stage: Stage) -> None:
    browser = stage.client("p-cm")
    for key in ("sv", "cm"):
        assert browser.post(end(stage, key)).status_code == 409
        assert stage.seat("alder", key).until is None
    given = body(stage, role="case_manager", starts="2026-11-23T09:00")
    assert browser.post(url(stage), given).status_code == 303
    assert browser.post(end(stage, "cm")).status_code == 303
    assert stage.seat("alder", "cm").until == stage.at
    assert browser.get(f"/cases/{stage.ids[CASE]}/").status_code == 404


def test_a_seat_that_never_began_is_gone_and_its_place_is_free(stage: Stage) -> None:
    browser = stage.client("p-cm")
    given = body(stage, starts="2026-12-10T09:00")
    assert browser.post(url(stage), given).status_code == 303
    seat = Seat.unsealed.select_related("mark").latest("mark_id")
    assert browser.post(f"/seats/{seat.mark.public_id}/end/").status_code == 303
    assert seat.mark.public_id not in browser.get(url(stage)).content.decode()
    assert browser.post(url(stage), given | {"key": public_id()}).status_code == 303
    stage.clock.at += timedelta(days=30)
    assert stage.client("p-old-cm").get(f"/cases/{stage.ids[CASE]}/").status_code == 200


def test_a_seat_that_is_hidden_from_its_giver_stays_so_whatever_is_asked(stage: Stage) -> None:
    """Whoever sits here unseen and whoever has no address here are one answer, for every role that is asked for."""
    hidden = stage.seat("alder", "pros")
    Mark.objects.filter(pk=hidden.mark_id).update(audience=0b10001)
    browser = stage.client("p-cm")
    known = email(stage, hidden.person.key)
    for role in ("counsel", "investigator", "provider"):
        sitting = browser.post(url(stage), body(stage, role=role, email=known, key="k" * 20))
        nobody = browser.post(url(stage), body(stage, role=role, email="nobody@example.org", key="k" * 20))
        assert sitting.status_code == nobody.status_code == 422
        told, untold = (
            answer.content.decode().replace(known, "").replace("nobody@example.org", "")
            for answer in (sitting, nobody)
        )
        assert TOKEN.sub("", told) == TOKEN.sub("", untold), role


def invited(key: str) -> set[str]:
    found = Named.objects.filter(
        mark__in=Conference.unsealed.filter(key=key, mark__case__key="alder").values("mark")
    )
    return set(found.values_list("seat__key", flat=True))


def test_a_meeting_that_loses_the_last_who_carries_the_case_gets_another_and_whoever_ended_the_seat_hears_nothing(
    stage: Stage,
) -> None:
    Person.objects.update(language="en")
    browser, before = stage.client("p-cm"), {key: invited(key) for key in ("now", "next", "quiet")}
    room = stage.url("alder", "conferences", "quiet")
    assert "another who does is invited to it" in browser.get(url(stage)).content.decode()
    mentor, sup = (said(browser.post(end(stage, key))) for key in ("mentor", "sup"))
    assert mentor == sup, "there may be a meeting that they do not know"
    assert {key: invited(key) - before[key] for key in before} == {
        "now": set(),
        "next": set(),
        "quiet": {"adv"},
    }
    # What everybody sees then is what the policy says of the file with that seat ended and that one invited.
    changed = stage.rewritten()
    alder = changed["cases"][0]
    for seat in alder["seats"]:
        if seat["key"] in ("sup", "mentor"):
            seat["until"] = changed["anchor"]
    [quiet] = [each for each in alder["conferences"] if each["key"] == "quiet"]
    quiet["participants"].append("adv")
    stage.oracle = Oracle(changed)
    place, sees = stage.place("alder", "conferences", "quiet"), set[str]()
    for person in stage.people:
        answer = stage.client(person).get(room)
        assert (answer.status_code == 200) == Eyes(stage, person).sees(place), person
        assert stage.found(answer.content) <= stage.words(person), person
        sees |= {person} if answer.status_code == 200 else set()
    assert sees == {"p-survivor", "p-law", "p-adv"}
    advocate = stage.client("p-adv")
    assert advocate.post(f"{room}facilitator/").status_code == 303
    assert "schedule-form" in advocate.get(f"{room}schedule/").content.decode()


def test_whoever_only_listens_takes_part_once_nobody_else_there_carries_the_case(stage: Stage) -> None:
    quiet = Conference.unsealed.get(key="quiet", mark__case__key="alder")
    advocate = stage.seat("alder", "adv")
    Named.objects.create(mark=quiet.mark, seat=advocate)
    Invitation.objects.create(conference=quiet, seat=advocate, observes=True)
    browser, listens = stage.client("p-cm"), Invitation.objects.filter(conference=quiet, observes=True)
    assert browser.post(end(stage, "mentor")).status_code == 303
    assert listens.exists(), "the supervisor is there"
    assert browser.post(end(stage, "sup")).status_code == 303
    assert not listens.exists()
    assert "cm" not in invited("quiet")


def test_who_is_invited_then_is_there_when_the_meeting_is_and_nobody_else_is_called(stage: Stage) -> None:
    browser, starts = stage.client("p-cm"), stage.at + timedelta(days=20)
    Seat.unsealed.filter(pk=stage.seat("alder", "adv").pk).update(until=starts - TICK)
    over = Conference.unsealed.filter(key="past", mark__case__key="alder")
    Named.objects.filter(mark__in=over.values("mark")).delete()
    assert browser.post(end(stage, "sup")).status_code == 303
    assert invited("quiet") == {"sv", "sup", "law", "cm"}
    assert invited("past") == set()
    # A seat that ends by its own date is made up for with the next one that is given.
    Named.objects.filter(seat=stage.seat("alder", "cm")).delete()
    assert browser.post(url(stage), body(stage)).status_code == 303
    given = Seat.unsealed.latest("mark_id").key
    assert given in invited("quiet")
    assert "cm" not in invited("quiet"), "where another can, it is not whoever gives or ends the seat"
