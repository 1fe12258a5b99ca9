"""What goes out is what came in, with nothing left to be guessed, and it comes in again as the same."""

import re
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agendas.actions.models import ActionItem, Step
from agendas.casefile.dump import (
    ACTIONS,
    CANCELLED,
    CARDS,
    CARDS_BESIDE,
    CONFERENCES,
    GOALS,
    HANDOVERS,
    HISTORY,
    INVITATIONS,
    INVOLVED,
    ITEMS,
    PARTS,
    QUESTIONS,
    REMINDERS,
    REVIEWS,
    STANCES,
    TEMPLATE,
    VERSIONS,
    WORDS,
)
from agendas.goals.models import Barrier, Goal, GoalReading, GoalTranslation
from agendas.handover.models import Handover
from agendas.history.models import Entry
from agendas.items.models import AgendaItem, EarlierVersion
from agendas.notes.models import Decision, Note, Stance
from agendas.reminders.models import Reminding
from conferences.cards.models import Translation
from conferences.meetings.models import Conference, Invitation, Part, UsualPart
from conferences.questions.models import RoleQuestion
from conferences.responsibilities.models import How, Involved, Responsibility
from conferences.review.models import StillSo
from tests.agendas.casefile.files import GONE, changed, dumped, harbor, load, run, with_defaults
from tests.casting import conference_of, planted
from workspace.disclosure.models import Mark, Named, Seat
from workspace.people.models import TaskForce

pytestmark = pytest.mark.django_db
EVERYTHING = "This holds everything, whoever may see it: keep it as you would keep the cases themselves.\n"


@pytest.mark.parametrize("make", [harbor, planted, conference_of], ids=lambda make: make.__name__)
def test_a_dump_is_what_was_loaded_with_its_defaults_filled_in(make: Any, tmp_path: Path) -> None:
    load(tmp_path, make())
    assert dumped(make()["task_force"]["key"]) == with_defaults(make())


def test_without_reviews_of_plans_it_is_a_file_of_the_first_version(tmp_path: Path) -> None:
    reviews, force = "/cases/0/plan/reviews", "/task_force/reviews_plans"
    first = changed(harbor(), {"/casefile": 1, reviews: GONE, force: GONE})
    for number, changes in enumerate([{}, {reviews: harbor()["cases"][0]["plan"]["reviews"]}, {force: 30}]):
        key = {"/task_force/key": f"t{number}"}
        file = changed(first, key | changes)
        assert load(tmp_path, file).status == 0
        assert dumped(f"t{number}") == with_defaults(file | {"casefile": 2 if changes else 1})


def test_the_example_comes_out_with_the_times_it_was_written_with(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    out = dumped("harbor")
    assert out["anchor"] == harbor()["anchor"]
    for before, after in zip(harbor()["cases"], out["cases"], strict=True):
        assert [seat["from"] for seat in after["seats"]] == [seat["from"] for seat in before["seats"]]


@pytest.mark.parametrize("make", [harbor, planted, conference_of], ids=lambda make: make.__name__)
def test_a_dump_loaded_into_an_empty_database_dumps_to_the_same_bytes(make: Any, tmp_path: Path) -> None:
    key = make()["task_force"]["key"]
    load(tmp_path, make())
    first = run("dumpcase", key).out
    TaskForce.objects.filter(key=key).update(key="another")
    assert load(tmp_path, first.encode()).status == 0
    assert run("dumpcase", key).out == first


@pytest.mark.parametrize("status", ["planned", "open", "closed"])
def test_a_current_item_comes_back_whatever_its_conference_is(status: str, tmp_path: Path) -> None:
    file = changed(harbor(), {"/cases/0/conferences/1/status": status})
    load(tmp_path, file)
    assert dumped("harbor") == with_defaults(file)


def test_odd_but_sound_texts_come_back_as_they_were(tmp_path: Path) -> None:
    texts = [
        "<b>&amp;</b>",
        " space around ",
        "a\r\nb\tc",
        "\u0627\u0644\u0633\u0644\u0627\u0645 \U0001f331",
        "a\u2028\u200bb",
        "'; --",
    ]
    for number, text in enumerate(texts):
        file = changed(harbor(), {"/task_force/key": f"t{number}", "/cases/0/plan/goals/0/words": text})
        assert load(tmp_path, file).status == 0
        assert dumped(f"t{number}") == with_defaults(file)


def test_instants_of_old_zones_and_other_offsets_come_back(tmp_path: Path) -> None:
    """Monrovia was 43 minutes and 8 seconds behind, which no case file can write."""
    file = changed(
        harbor(),
        {
            "/task_force/time_zone": "Africa/Monrovia",
            "/cases/0/seats/11/from": "1930-01-01T00:00:00.25+05:45",
            "/cases/0/seats/10/from": "2026-06-01t09:00:00.5z",
        },
    )
    assert load(tmp_path, file).status == 0
    seats = dumped("harbor")["cases"][0]["seats"]
    assert seats[11]["from"] == "1929-12-31T18:15:00.250000+00:00"
    assert seats[10]["from"] == "2026-06-01T09:00:00.500000+00:00"
    assert load(tmp_path, dumped("harbor"), into_existing=True).status == 0


def test_it_says_that_the_file_holds_everything(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    outcome = run("dumpcase", "harbor")
    assert (outcome.status, outcome.err) == (0, EVERYTHING)


def test_an_unknown_task_force_is_one_clear_line() -> None:
    outcome = run("dumpcase", "nowhere")
    assert (outcome.status, outcome.out, outcome.err) == (2, "", "There is no task force 'nowhere'.\n")


def test_removed_rows_and_what_hung_below_them_stay_behind_and_are_counted(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    gone = [
        Goal.unsealed.get(mark__case__key="juniper", key="papers").mark_id,
        AgendaItem.unsealed.get(key="housing").mark_id,
    ]
    Mark.objects.filter(pk__in=gone).update(removed_at=timezone.now())
    below = Mark.objects.filter(parent__in=gone).count()
    outcome = run("dumpcase", "harbor")
    assert outcome.err == f"{EVERYTHING}Rows that were removed are not in it: {2 + below}.\n"
    expected = with_defaults(harbor())
    case = expected["cases"][0]
    case["plan"]["goals"] = [goal for goal in case["plan"]["goals"] if goal["key"] != "papers"]
    agenda = case["conferences"][1]["agenda"]
    agenda[:] = [item for item in agenda if item["key"] != "housing"]
    for action in case["actions"]:
        action["goal"] = None if action["goal"] == "papers" else action["goal"]
        action["from_item"] = None if action["from_item"] == "housing" else action["from_item"]
    assert dumped("harbor") == expected
    assert below > 0
    assert load(tmp_path, changed(dumped("harbor"), {"/task_force/key": "again"})).status == 0


def test_what_the_file_has_no_place_for_stays_behind_and_is_counted(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    decision, seats = Decision.unsealed.all()[0], Seat.unsealed.all()[:3]
    Stance.objects.bulk_create(
        Stance(decision=decision, seat=seat, agrees=bool(number)) for number, seat in enumerate(seats)
    )
    conference = Conference.unsealed.get(key="november")
    Invitation.objects.bulk_create(
        Invitation(conference=conference, seat=seat, answer="yes") for seat in seats[:2]
    )
    Part.objects.create(conference=conference, position=1, name="everyone", minutes=20)
    Conference.unsealed.filter(key="november").update(every_weeks=2)
    Conference.unsealed.filter(key="december").update(status="closed", cancelled_at=timezone.now())
    AgendaItem.unsealed.filter(key="housing").update(declined=True)
    UsualPart.objects.create(
        task_force=TaskForce.objects.get(), position=1, name="professionals only", minutes=10
    )
    note = Note.unsealed.select_related("mark")[0]
    Note.unsealed.filter(pk=note.pk).update(said_by=seats[0])
    mark = Mark.objects.create(case=note.mark.case, topic=note.mark.topic, audience=0)
    EarlierVersion.unsealed.create(mark=mark, of=note.mark, edition=1, text="as it was")
    Seat.unsealed.filter(pk=seats[0].pk).update(duties=1)
    Translation.objects.create(seat=seats[0], by=seats[0], language="es", at=timezone.now())
    StillSo.objects.create(seat=seats[0], at=timezone.now())
    line = Responsibility.unsealed.all()[0]
    Involved.objects.create(responsibility=line, seat=seats[0], how=How.TOLD)
    RoleQuestion.unsealed.update(closed_at=timezone.now())
    handed = Mark.objects.create(case=note.mark.case, topic="coordination", audience=0)
    Handover.unsealed.create(mark=handed, person=seats[0].person, words="bye")
    goal = Goal.unsealed.select_related("mark")[0]
    Goal.unsealed.filter(pk=goal.pk).update(language="es")
    GoalTranslation.objects.create(goal=goal, language="en", words="so", by=seats[0], at=timezone.now())
    for table in (GoalReading, Barrier, Entry):
        of = {"of": goal.mark, "what": "met"} if table is Entry else {"text": "so", "goal": goal}
        status = {"status": "stands"} if table is Barrier else {}
        below = Mark.objects.create(case=goal.mark.case, topic="coordination", audience=0)
        table.unsealed.create(mark=below, **of, **status)
    extend = ActionItem.unsealed.get(key="extend")
    ActionItem.unsealed.filter(pk=extend.pk).update(by_next=True, due=None)
    Step.objects.create(action=extend, text="first")
    Reminding.objects.create(person=seats[0].person, how="nothing")
    told = re.findall(r"Not in it: (\d+) of this: (.+)\.\n", run("dumpcase", "harbor").err)
    assert {what: int(count) for count, what in told} == {
        STANCES: 3,
        VERSIONS: 1,
        WORDS: 1,
        INVITATIONS: 2,
        PARTS: 1,
        CONFERENCES: 1,
        CANCELLED: 1,
        ITEMS: 1,
        TEMPLATE: 1,
        CARDS: 1,
        CARDS_BESIDE: 1,
        REVIEWS: 1,
        INVOLVED: 1,
        QUESTIONS: RoleQuestion.unsealed.count(),
        HANDOVERS: 1,
        HISTORY: 1,
        GOALS: 4,
        ACTIONS: 2,
        REMINDERS: 1,
    }


def test_a_removed_note_stays_behind_alone(tmp_path: Path) -> None:
    load(tmp_path, harbor())
    note = Note.unsealed.select_related("item").filter(item__key="safety-check").first()
    assert note is not None
    Mark.objects.filter(pk=note.mark_id).update(removed_at=timezone.now())
    expected = deepcopy(with_defaults(harbor()))
    del expected["cases"][0]["conferences"][1]["agenda"][2]["notes"][0]
    assert dumped("harbor") == expected


def with_a_seat_that_never_began(folder: Path) -> Seat:
    """A seat to come was given, ended before it began, and given again from the same moment on."""
    old = harbor()["cases"][0]["seats"][11]
    seats = [
        old | {"key": "given", "from": "2027-01-01T09:00:00Z", "until": "2027-02-01T09:00:00Z"},
        old | {"key": "again", "from": "2028-01-01T09:00:00Z", "until": None},
    ]
    load(folder, changed(changed(harbor(), {"/cases/0/seats/-": seats[0]}), {"/cases/0/seats/-": seats[1]}))
    given: Seat = Seat.unsealed.get(key="given")
    again = Seat.unsealed.get(key="again")
    Mark.objects.filter(pk=given.pk).update(removed_at=timezone.now())
    given.starts, given.until = again.starts, again.starts + timedelta(microseconds=1)
    given.save()
    return given


def test_a_seat_that_never_began_stays_behind(tmp_path: Path) -> None:
    with_a_seat_that_never_began(tmp_path)
    outcome = run("dumpcase", "harbor")
    assert outcome.err == f"{EVERYTHING}Rows that were removed are not in it: 1.\n"
    assert [seat["key"] for seat in dumped("harbor")["cases"][0]["seats"]][-2:] == ["old-cm", "again"]
    again = load(tmp_path, changed(dumped("harbor"), {"/task_force/key": "again"}))
    assert (again.status, again.err) == (0, "")


@pytest.mark.parametrize("referring", ["named", "doing", "author", "presenter", "another seat"])
def test_a_seat_that_never_began_comes_along_where_something_refers_to_it(
    referring: str, tmp_path: Path
) -> None:
    seat = with_a_seat_that_never_began(tmp_path)
    item = AgendaItem.unsealed.get(key="housing")
    if referring == "named":
        Named.objects.create(mark_id=item.pk, seat=seat)
    elif referring == "another seat":
        Named.objects.create(mark_id=Seat.unsealed.get(key="again").pk, seat=seat)
    elif referring == "doing":
        duty: Responsibility = Responsibility.unsealed.all()[0]
        Involved.objects.create(responsibility=duty, seat=seat)
    elif referring == "author":
        Mark.objects.filter(pk=item.pk).update(author=seat)
    else:
        AgendaItem.unsealed.filter(pk=item.pk).update(presenter=seat)
    assert [seat["key"] for seat in dumped("harbor")["cases"][0]["seats"]][-2:] == ["given", "again"]
    assert run("dumpcase", "harbor").err == EVERYTHING


def test_a_seat_that_only_a_removed_row_named_stays_behind(tmp_path: Path) -> None:
    seat = with_a_seat_that_never_began(tmp_path)
    note = Note.unsealed.filter(item__key="safety-check").first()
    assert note is not None
    Named.objects.create(mark_id=note.pk, seat=seat)
    Mark.objects.filter(pk=note.pk).update(removed_at=timezone.now())
    assert "given" not in [seat["key"] for seat in dumped("harbor")["cases"][0]["seats"]]


def test_an_action_keeps_its_owner_named(tmp_path: Path) -> None:
    load(tmp_path, changed(harbor(), {"/cases/0/actions/0/named": []}))
    owner = ActionItem.unsealed.select_related("owner").get(key="extend").owner.key
    assert dumped("harbor")["cases"][0]["actions"][0]["named"] == [owner]


def test_any_size_takes_the_same_queries(tmp_path: Path) -> None:
    counts = []
    for number, file in enumerate((conference_of(3, 2, 2), conference_of(40, 30, 200))):
        key = f"t{number}"
        load(tmp_path, changed(file, {"/task_force/key": key}))
        with CaptureQueriesContext(connection) as captured:
            dumped(key)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30
