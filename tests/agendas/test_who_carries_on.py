"""While the case manager changes, somebody always carries the case, and what was for the new one stays with them."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from agendas.handover.models import Handover
from conferences.meetings.models import Conference
from tests.agendas.test_handover import NEW, OVERLAP, at, begun, overlapping, page, plan, settle, told
from tests.cast import Stage
from tests.casting import ZONE
from tests.conferences.test_due import LEAVING, why
from tests.conferences.test_seats import body, end, invited, url
from workspace.disclosure.models import Case, Named, Release, Seat
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"


@pytest.fixture(autouse=True)
def english(stage: Stage) -> None:
    Person.objects.update(language="en")


def arriving(row: Handover) -> Seat:
    found: Seat = Seat.unsealed.select_related("mark").get(pk=row.arriving_id)
    return found


def ended(stage: Stage, person: str, seat: Seat) -> int:
    return int(stage.client(person).post(f"/seats/{seat.mark.public_id}/end/").status_code)


def colleague(stage: Stage) -> str:
    """Somebody else of the holding agency, who has no seat on the case."""
    theirs = stage.seat("alder", "next-cm")
    Seat.unsealed.filter(pk=theirs.pk).update(until=theirs.starts + timedelta(days=1))
    Person.objects.filter(key="p-next-cm").update(agency=stage.seat("alder", "cm").agency)
    return "p-next-cm"


# Whoever was to leave stays


@pytest.mark.parametrize("when", ["by the other", "by themselves", "not begun", "handed over"])
def test_when_the_seat_of_the_new_one_ends_whoever_was_to_leave_stays(stage: Stage, when: str) -> None:
    row = overlapping(stage, starts="2026-11-25T09:00") if when == "not begun" else overlapping(stage)
    assert why(stage, "cm", "p-sup") == LEAVING
    if when == "handed over":
        settle(stage)
        assert stage.browser("p-cm").post(at(row, "end")).status_code == 303
    stage.clock.at += timedelta(hours=1)
    # Another who stays for a while is not the one who was to leave.
    extra = body(stage, colleague(stage), role="case_manager", until="2027-01-01T09:00")
    assert stage.client("p-cm").post(url(stage), extra).status_code == 303
    assert ended(stage, NEW if when == "by themselves" else "p-cm", arriving(row)) == 303
    stays = stage.seat("alder", "cm")
    assert (stays.until, stays.hands_over_to_id) == (None, None)
    assert Event.objects.filter(verb="seat_goes_on", mark=stays.mark).count() == 1
    assert why(stage, "cm", "p-sup") != LEAVING
    stage.clock.at += timedelta(days=60)
    late = body(stage, NEW, role="case_manager", starts="2027-02-01T09:00")
    assert stage.client("p-cm").post(url(stage), late).status_code == 303
    assert "Their seat ends by itself" not in stage.client("p-sup").get(page(stage)).content.decode()


def test_the_last_without_a_last_day_leaves_the_case_to_somebody_who_goes_on(stage: Stage) -> None:
    given = body(stage, NEW, role="case_manager", starts="2026-11-23T09:00", until="2026-12-20T09:00")
    manager = stage.client("p-cm")
    assert manager.post(url(stage), given).status_code == 303
    other = Seat.unsealed.select_related("mark").latest("mark_id")
    with stage.undone():  # Who comes later follows, so nobody's day is dropped.
        follows = body(stage, colleague(stage), role="case_manager", starts="2026-12-01T09:00")
        assert manager.post(url(stage), follows).status_code == 303
        assert manager.post(end(stage, "cm")).status_code == 303
        assert Seat.unsealed.get(pk=other.pk).until == other.until
    with stage.undone():  # Who has another seat to come cannot stay.
        follows = body(stage, NEW, starts="2026-12-20T09:00")
        assert manager.post(url(stage), follows).status_code == 303
        assert manager.post(end(stage, "cm")).status_code == 409
        assert stage.seat("alder", "cm").until is None
    with stage.undone():  # Who cannot sign in carries nothing.
        Person.objects.filter(key=NEW).update(is_active=False)
        assert manager.post(end(stage, "cm")).status_code == 409
    with stage.undone():  # A seat that has a last day itself takes nothing along.
        assert ended(stage, "p-cm", other) == 303
        assert stage.seat("alder", "cm").until is None
    assert manager.post(end(stage, "cm")).status_code == 303
    assert Seat.unsealed.get(pk=other.pk).until is None


def test_whoever_cannot_sign_in_any_more_does_not_become_the_case_manager(stage: Stage) -> None:
    row = told(stage)
    Person.objects.filter(key=NEW).update(is_active=False)
    manager, days = stage.browser("p-cm"), OVERLAP | {"key": public_id()}
    refused = manager.post(at(row, "overlap"), days)
    assert (refused.status_code, "cannot sign in any more" in refused.content.decode()) == (422, True)
    Person.objects.update(is_active=True)
    assert manager.post(at(row, "overlap"), days).status_code == 303
    settle(stage)
    Person.objects.filter(key=NEW).update(is_active=False)
    assert manager.post(at(row, "end")).status_code == 409
    assert stage.seat("alder", "cm").primary


# She is told first


def test_who_takes_over_gets_no_seat_for_it_on_the_page_of_the_team_before_she_was_told(stage: Stage) -> None:
    row, manager, before = begun(stage), stage.browser("p-cm"), Seat.unsealed.count()
    theirs = {"role": "case_manager", "starts": "2026-11-23T09:00"}
    refused = manager.post(url(stage), body(stage, NEW, **theirs))
    assert (refused.status_code, "She hears it first" in refused.content.decode()) == (422, True)
    assert Seat.unsealed.count() == before
    with stage.undone():
        assert manager.post(url(stage), body(stage, NEW)).status_code == 303, "another seat is no matter"
    with stage.undone():
        assert manager.post(url(stage), body(stage, colleague(stage), **theirs)).status_code == 303
    for way in ("read", "telling", "cancellation"):
        given = {"seen": "open", "day": "2026-11-23", "how_text": "so", "words": "w", "key": public_id()}
        with stage.undone():
            teller = "p-survivor" if way == "read" else "p-sup"
            assert stage.browser(teller).post(at(row, way), given).status_code == 303, way
            assert manager.post(url(stage), body(stage, NEW, **theirs)).status_code == 303, way
    # What she reads of one that is over tells her nothing of the next one.
    ends = {"words": "not after all", "key": public_id()}
    assert manager.post(at(row, "cancellation"), ends).status_code == 303
    begun(stage)
    her = stage.browser("p-survivor")
    assert her.post(at(row, "read"), {"seen": "called_off"}).status_code == 303
    assert manager.post(url(stage), body(stage, NEW, **theirs)).status_code == 422


def test_handovers_that_were_under_way_before_are_known_from_then_on(stage: Stage) -> None:
    forwards: Any = import_module("agendas.migrations.0009_handovers_under_way").forwards
    begun(stage)
    Case.objects.update(untold=None)
    forwards(apps, None)
    assert Case.objects.get(key="alder").untold == Person.objects.get(key=NEW)
    row = Handover.unsealed.select_related("mark").get()
    assert stage.browser("p-survivor").post(at(row, "read"), {"seen": "open"}).status_code == 303
    assert stage.browser("p-cm").post(at(row, "overlap"), OVERLAP | {"key": public_id()}).status_code == 303
    Seat.unsealed.update(hands_over_to=None)
    forwards(apps, None)
    assert Case.objects.get(key="alder").untold is None
    row.refresh_from_db()
    assert list(Seat.unsealed.exclude(hands_over_to=None).values_list("key", "hands_over_to")) == [
        ("cm", row.arriving_id)
    ]


# What is hers


@pytest.mark.parametrize("readers", ["new", "managers"])
def test_her_words_are_hers_alone_again_when_it_is_called_off(stage: Stage, readers: str) -> None:
    row, her = told(stage), stage.browser("p-survivor")
    written = {"text": "call me in the morning", "readers": readers, "key": public_id()}
    assert her.post(at(row, "words"), written).status_code == 303
    assert stage.browser("p-cm").post(at(row, "overlap"), OVERLAP | {"key": public_id()}).status_code == 303
    assert "call me in the morning" in stage.browser(NEW).get(page(stage)).content.decode()
    ends = {"words": "not after all", "key": public_id()}
    assert stage.browser("p-sup").post(at(row, "cancellation"), ends).status_code == 303
    for person in stage.people:
        shown = stage.browser(person).get(page(stage)).content.decode()
        assert "call me in the morning" not in shown, person


def test_she_changes_her_words_as_long_as_the_new_one_reads_them_and_no_release_widens(stage: Stage) -> None:
    releases = list(Release.objects.order_by("pk").values())
    row, her = overlapping(stage), stage.browser("p-survivor")
    settle(stage)
    written = {"text": "mornings", "readers": "managers", "key": public_id()}
    assert her.post(at(row, "words"), written).status_code == 303
    assert stage.browser("p-cm").post(at(row, "end")).status_code == 303
    form = her.get(at(row, "words"))
    assert f"{at(row, 'words')}" in her.get(page(stage)).content.decode()
    seen = form.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    narrower = {"text": "evenings", "readers": "new", "seen": seen, "key": public_id()}
    assert her.post(at(row, "words"), narrower).status_code == 303
    assert "evenings" in stage.browser(NEW).get(page(stage)).content.decode()
    assert "evenings" not in stage.browser("p-sup").get(page(stage)).content.decode()
    assert list(Release.objects.order_by("pk").values()) == releases
    stage.clock.at += timedelta(hours=1)
    assert ended(stage, "p-cm", arriving(row)) == 303
    assert her.get(at(row, "words")).status_code == 409
    assert f"{at(row, 'words')}" not in her.get(page(stage)).content.decode()


# The last day passes


def test_a_meeting_in_which_the_last_day_passes_has_somebody_who_stays(stage: Stage) -> None:
    quiet = Conference.unsealed.filter(key="quiet", mark__case__key="alder")
    Named.objects.filter(mark__in=quiet.values("mark"), seat__key__in=("sup", "adv")).delete()
    Named.objects.create(mark_id=quiet.get().pk, seat=stage.seat("alder", "cm"))
    Seat.unsealed.filter(key__in=("sup", "adv"), case__key="alder").update(
        until=stage.at + timedelta(hours=2)
    )
    for starts, minutes, days in ((12, 60, {}), (11, 30, {}), (30, 60, {"starts": "2026-11-24T09:00"})):
        begins = stage.at.replace(hour=23, minute=30) + timedelta(days=starts - 1)
        with stage.undone():
            quiet.update(starts=begins, minutes=minutes)
            row = overlapping(stage, **days)
            assert row.last_day is not None
            over = begins + timedelta(minutes=minutes) > row.last_day
            assert (arriving(row).key in invited("quiet")) == over, (starts, minutes)


# The days without one


def test_days_without_one_are_counted_by_the_clock_on_the_wall(stage: Stage) -> None:
    old, now = (Seat.unsealed.filter(key=key, case__key="alder") for key in ("old-cm", "cm"))
    opened = stage.at.replace(year=2026, month=3, day=1).date()
    Case.objects.filter(key="alder").update(opened=opened)

    def midnight(month: int, day: int, hour: int = 0) -> Any:
        return stage.at.replace(month=month, day=day, hour=hour, minute=0, tzinfo=ZONE)

    for first, until, starts, told_of in (
        # The clocks go forward on 8 March: that day has 23 hours.
        (midnight(3, 1, 21), midnight(3, 8), midnight(3, 9), ["1 day without"]),
        (midnight(3, 1, 21), midnight(3, 8), midnight(3, 15), ["7 days without"]),
        (midnight(3, 1, 21), midnight(3, 8), midnight(3, 8), []),
        (midnight(3, 1, 21), midnight(3, 8), midnight(3, 7), []),
        (midnight(3, 3, 9), midnight(3, 20), midnight(3, 7), ["2 days without"]),
    ):
        old.update(starts=first, until=until)
        now.update(starts=starts, until=None)
        shown = plan(stage, "p-survivor")
        counted = [each for each in ("1 day without", "2 days without", "7 days without") if each in shown]
        assert counted == told_of, (until, starts)
        assert shown.count("without a case manager") == len(told_of), (until, starts)
    # A last day to come is no day without one, nor is the wait for whoever comes after it.
    now.update(until=stage.at + timedelta(days=2))
    old.update(starts=stage.at + timedelta(days=9), until=None)
    assert "days without" not in plan(stage, "p-survivor").partition(stage.seat("alder", "cm").person.name)[2]
