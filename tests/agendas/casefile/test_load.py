"""What loading does: every row with its mark, at the right time, whole, quickly, and beside what is there."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agendas.actions.models import ActionItem
from agendas.casefile import times
from agendas.casefile.check import check
from agendas.casefile.form import filled
from agendas.items.models import AgendaItem
from agendas.notes.models import Note
from conferences.meetings.models import Conference
from tests.agendas.casefile.files import GONE, HARBOR, changed, dumped, harbor, load, run, tables
from tests.casting import conference_of, planted
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import Role, role_bits
from workspace.people.models import TaskForce

pytestmark = pytest.mark.django_db
NOVEMBER = "/cases/0/conferences/1"


def named(mark: Mark) -> list[str]:
    return list(Named.objects.filter(mark=mark).order_by("pk").values_list("seat__key", flat=True))


def test_success_is_one_line_of_counts(tmp_path: Path) -> None:
    outcome = load(tmp_path, harbor())
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == ("Loaded harbor: 8 agencies, 14 people, 2 cases, 18 seats, 8 releases, 63 rows.\n")


def test_a_seat_is_its_own_author_and_named_and_has_its_agency_as_origin(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    for seat in Seat.unsealed.select_related("mark"):
        assert (seat.mark.author_id, seat.mark.origin_id) == (seat.pk, seat.agency_id)
        assert named(seat.mark) == [seat.key]
        assert seat.mark.audience & role_bits(["survivor"])


def test_a_conference_is_by_invitation_only(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    conference = Conference.unsealed.select_related("mark").get(key="november")
    mark = conference.mark
    assert (mark.invited_only, mark.topic, mark.audience, mark.author, mark.origin) == (
        *(True, "coordination", 0, None, None),
    )
    assert named(mark) == harbor()["cases"][0]["conferences"][1]["participants"]


def test_rows_hang_below_each_other_and_come_from_their_authors_agency(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    note = (
        Note.unsealed.select_related("mark__author", "item__conference")
        .filter(mark__author__key="ther")
        .first()
    )
    assert note is not None
    assert note.mark.parent_id == note.item_id
    assert note.item.mark.parent_id == note.item.conference_id
    assert note.mark.origin.key == "riverbend"
    hers = AgendaItem.unsealed.select_related("mark__author").get(key="mine")
    assert (hers.mark.author.role, hers.mark.origin) == (Role.SURVIVOR, None)


def test_an_owner_is_named_even_where_the_file_does_not_say_so(tmp_path: Path) -> None:
    load(tmp_path, changed(harbor(), {"/cases/0/actions/0/named": ["law"]}))
    action = ActionItem.unsealed.select_related("mark").get(key="extend")
    assert named(action.mark) == ["law", "shelter"]


def test_done_items_had_their_turn_in_order_and_the_current_one_is_last(tmp_path: Path) -> None:
    agenda = f"{NOVEMBER}/agenda"
    load(tmp_path, changed(harbor(), {f"{agenda}/4/status": "done", f"{agenda}/5/status": "parked"}))
    items = AgendaItem.unsealed.filter(conference__key="november").order_by("position")
    assert [(item.key, item.status, item.turn) for item in items][:6] == [
        ("limits", "done", 1),
        ("roles-item", "planned", 3),
        ("safety-check", "planned", None),
        ("progress", "planned", None),
        ("housing", "done", 2),
        ("papers-item", "parked", None),
    ]
    assert [item.position for item in items] == list(range(1, 12))


def test_rows_are_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    load(tmp_path, planted())
    case = planted()["cases"][0]
    keys = list(
        ActionItem.unsealed.filter(mark__case__key="alder").order_by("mark_id").values_list("key", flat=True)
    )
    assert keys == [action["key"] for action in case["actions"]]


def test_a_seat_without_an_agency_of_its_own_has_its_persons(tmp_path: Path) -> None:
    file = changed(
        harbor(),
        {
            "/cases/0/seats/9/agency": None,
            "/people/0/agency": "harborlight",
            "/cases/0/releases/5/agency": "lingua",
        },
    )
    assert load(tmp_path, file).status == 0
    homes = dict(Seat.unsealed.filter(case__key="juniper").values_list("key", "agency__key"))
    assert (homes["cm"], homes["det"], homes["nurse"], homes["m"]) == ("harborlight", "sheriff", None, None)


def test_what_a_narrower_parent_hides_is_loaded_with_a_warning(tmp_path: Path) -> None:
    item = f"{NOVEMBER}/agenda/0"
    note = {
        "author": "cm",
        "topic": "safety",
        "audience": ["mentor", "shelter"],
        "kind": "discussion",
        "text": "a",
    }
    outcome = load(tmp_path, changed(harbor(), {f"{item}/audience": ["survivor"], f"{item}/notes": [note]}))
    assert outcome.status == 0
    assert outcome.err == (
        f"Warning: {item}/notes/0: nobody but its author could ever see this: what it hangs below is narrower.\n"
    )


@pytest.mark.parametrize(("status", "warns"), [("offered", True), ("accepted", False)])
def test_what_she_is_asked_to_do_is_loaded_with_a_warning(status: str, warns: bool, tmp_path: Path) -> None:
    place = "/cases/0/actions/5"
    outcome = load(tmp_path, changed(harbor(), {f"{place}/author": "cm", f"{place}/status": status}))
    assert outcome.status == 0
    assert (f"Warning: {place}/owner: is the survivor. Nobody asks her" in outcome.err) == warns


@pytest.mark.parametrize(("status", "warns"), [("offered", True), ("accepted", True), ("done", False)])
def test_an_open_action_of_somebody_who_left_is_loaded_with_a_warning(
    status: str, warns: bool, tmp_path: Path
) -> None:
    file = changed(harbor(), {"/cases/0/actions/3/owner": "old-cm", "/cases/0/actions/3/status": status})
    outcome = load(tmp_path, file)
    assert outcome.status == 0
    assert outcome.err == (
        "Warning: /cases/0/actions/3/owner: has a seat that has ended by the file's anchor, "
        "and the action is still open.\n"
        if warns
        else ""
    )


def test_who_led_a_closed_meeting_may_have_left(tmp_path: Path) -> None:
    october = "/cases/0/conferences/0"
    file = changed(harbor(), {f"{october}/facilitator": "old-cm", f"{october}/participants/-": "old-cm"})
    outcome = load(tmp_path, file)
    assert (outcome.status, outcome.err) == (0, "")


def test_who_leads_a_meeting_to_come_may_leave_after_the_anchor(tmp_path: Path) -> None:
    outcome = load(tmp_path, changed(harbor(), {"/cases/0/seats/2/until": "2026-11-23T14:20:01Z"}))
    assert (outcome.status, outcome.err) == (0, "")


def test_the_first_and_last_instants_of_all_come_back_in_every_zone(tmp_path: Path) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        file = changed(
            harbor(),
            {
                "/task_force": harbor()["task_force"]
                | {"key": zone[-3:].lower().replace("+", "-"), "time_zone": zone},
                "/cases/0/seats/11/from": "1900-01-02T00:00:00Z",
                "/cases/0/releases/0/expires": "2999-12-30T23:59:59Z",
            },
        )
        assert load(tmp_path, file).status == 0
        out = dumped(file["task_force"]["key"])
        assert load(tmp_path, out, into_existing=True).status == 0


def test_a_row_for_its_author_alone_needs_no_warning(tmp_path: Path) -> None:
    note = {"author": "cm", "topic": "safety", "audience": [], "kind": "private", "text": "a"}
    assert load(tmp_path, changed(harbor(), {f"{NOVEMBER}/agenda/0/notes": [note]})).err == ""


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with HARBOR.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert run("loadcase", "-").out.startswith("Loaded harbor")


def test_a_database_without_tables_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TaskForce._meta, "db_table", "nowhere")
    outcome = load(tmp_path, harbor())
    assert outcome.status == 2
    assert re.fullmatch(
        r"The database cannot be used: .*nowhere.* Is it there, and migrated\?\n", outcome.err
    )


# Times


def test_shifting_moves_every_instant_and_every_day_as_far_as_the_anchor(tmp_path: Path) -> None:
    load(tmp_path, harbor(), shift_to_now=True)
    before, after = filled(harbor()), dumped("harbor")
    moved = times.instant(after["anchor"]) - times.instant(before["anchor"])
    now = TaskForce.objects.get().anchor
    assert timedelta(0) <= timezone.now() - now < timedelta(minutes=1)
    was, is_now = dict(moments(before)), dict(moments(after))
    assert {pointer: at + moved for pointer, at in was.items()} == is_now
    days = (times.day(after["anchor"][:10]) - times.day(before["anchor"][:10])).days
    for case, later in zip(before["cases"], after["cases"], strict=True):
        assert (times.day(later["opened"]) - times.day(case["opened"])).days == days
        for action, moved_action in zip(case["actions"], later["actions"], strict=True):
            assert (times.day(moved_action["due"]) - times.day(action["due"])).days == days


def moments(value: Any, pointer: str = "") -> list[tuple[str, datetime]]:
    if isinstance(value, str):
        try:
            return [(pointer, times.instant(value))]
        except ValueError:
            return []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, part in inside for found in moments(part, f"{pointer}/{step}")]


def test_what_would_be_moved_out_of_the_years_is_a_fault(tmp_path: Path) -> None:
    file = changed(
        harbor(), {"/anchor": "1950-01-01T00:00:00Z", "/cases/0/releases/0/expires": "2990-01-01T00:00:00Z"}
    )
    before = tables()
    outcome = load(tmp_path, file, shift_to_now=True)
    assert outcome.faults == {"/cases/0/releases/0": "would be moved out of the years 1900 to 2999."}
    assert tables() == before


# Beside what is there


def test_a_file_is_loaded_once(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    before = tables()
    outcome = load(tmp_path, harbor())
    assert outcome.status == 2
    assert len(outcome.faults) == 1 + 8 + 14 + 2
    assert set(outcome.faults.values()) == {"is there already. Load with --into-existing to add what is new."}
    assert tables() == before


def test_the_same_file_into_what_is_there_adds_nothing(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    before = tables()
    outcome = load(tmp_path, dumped("harbor"), into_existing=True)
    assert outcome.out == "Loaded harbor: 0 agencies, 0 people, 0 cases, 0 seats, 0 releases, 0 rows.\n"
    assert tables() == before


def test_into_existing_adds_what_is_new_and_leaves_the_rest(tmp_path: Path) -> None:
    small = changed(harbor(), {"/cases/0": GONE, "/people/4": GONE})
    small = changed(small, {"/cases/0/seats/3": GONE, "/agencies/2": GONE, "/cases/0/releases/1": GONE})
    assert load(tmp_path, small).status == 0
    seats = dict(Seat.unsealed.values_list("key", "mark__public_id"))
    bigger = changed(harbor(), {"/cases/1": small["cases"][0]})
    outcome = load(tmp_path, bigger, into_existing=True)
    assert outcome.out == "Loaded harbor: 1 agencies, 1 people, 1 cases, 12 seats, 6 releases, 58 rows.\n"
    assert dict(Seat.unsealed.filter(case__key="cedar").values_list("key", "mark__public_id")) == seats


def test_a_file_that_does_not_say_how_often_plans_are_reviewed_adds_to_a_task_force_that_does(
    tmp_path: Path,
) -> None:
    load(tmp_path, changed(harbor(), {"/cases/1": GONE}))
    silent = changed(harbor(), {"/task_force/reviews_plans": GONE})
    outcome = load(tmp_path, silent, into_existing=True)
    assert (outcome.status, "1 cases" in outcome.out) == (0, True), outcome.err
    assert TaskForce.objects.get().reviews_plans == 90


def test_into_existing_works_where_nothing_is(tmp_path: Path) -> None:
    assert load(tmp_path, harbor(), into_existing=True).status == 0


def test_two_task_forces_live_side_by_side_under_the_same_keys(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    other = changed(harbor(), {"/task_force/key": "other"})
    assert load(tmp_path, other).status == 0
    assert dumped("other")["cases"] == dumped("harbor")["cases"]


@pytest.mark.parametrize(
    ("changes", "pointer", "sentence"),
    [
        ({"/task_force/name": "B"}, "/task_force/name", "is another there"),
        ({"/agencies/0/kind": "housing"}, "/agencies/0", '"harborlight" is another there (kind)'),
        (
            {"/people/1/name": "D", "/people/1/language": "es"},
            "/people/1",
            '"dana" is another there (name, language)',
        ),
        ({"/cases/1/code_name": "Elm"}, "/cases/1", '"cedar" is another there (code_name)'),
        ({"/cases/0/seats/0/card/does": "I."}, "/cases/0", '"juniper" is another there (seats)'),
        ({f"{NOVEMBER}/agenda/0/notes/0/audience": ["survivor"]}, "/cases/0", "(conferences)"),
        ({"/cases/0/actions/0": GONE}, "/cases/0", "(actions)"),
        ({"/cases/0/plan/reviews": GONE}, "/cases/0", "(plan)"),
        ({"/task_force/reviews_plans": 60}, "/task_force/reviews_plans", "is another there"),
        (
            {"/people/1/key": "dane", "/cases/0/seats/1/person": "dane"},
            "/people/1/email",
            "somebody who is there",
        ),
    ],
)
def test_what_is_there_is_never_changed(
    changes: dict[str, Any], pointer: str, sentence: str, tmp_path: Path
) -> None:
    load(tmp_path, harbor())
    before, rows = dumped("harbor"), tables()
    outcome = load(tmp_path, changed(harbor(), changes), into_existing=True)
    assert outcome.status == 2
    assert sentence in outcome.faults[pointer]
    assert dumped("harbor") == before
    assert tables() == rows


def test_sets_in_another_order_are_no_difference(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    people = harbor()["cases"][0]["conferences"][1]["participants"]
    audience = harbor()["cases"][0]["actions"][0]["audience"]
    file = changed(
        harbor(), {f"{NOVEMBER}/participants": people[::-1], "/cases/0/actions/0/audience": audience[::-1]}
    )
    assert load(tmp_path, file, into_existing=True).status == 0


# Size


def statements(folder: Path, file: dict[str, Any]) -> list[str]:
    """The verb and table of each statement of a load; those that go on filling the same table count once."""
    with CaptureQueriesContext(connection) as captured:
        assert load(folder, file).status == 0
    found = (re.match(r'(INSERT INTO|SELECT|UPDATE)\b.*?"(\w+)"', query["sql"]) for query in captured)
    starts = [statement[0] for statement in found if statement]
    return [start for number, start in enumerate(starts) if number == 0 or start != starts[number - 1]]


def test_two_thousand_rows_take_the_queries_of_a_few(tmp_path: Path) -> None:
    few = statements(tmp_path, conference_of(12, 3, 6))
    many = statements(tmp_path, changed(conference_of(100, 60, 2000), {"/task_force/key": "many"}))
    assert many == few
    assert len(few) < 30


@pytest.mark.no_cover
def test_two_thousand_rows_are_checked_and_loaded_in_seconds(tmp_path: Path) -> None:
    before = timezone.now()
    load(tmp_path, conference_of(100, 60, 2000))
    assert timezone.now() - before < timedelta(seconds=10)


def test_the_casts_of_other_tests_are_without_fault() -> None:
    import json

    for file in (planted(), planted(1), conference_of()):
        assert check(json.dumps(file).encode()).document == file
