"""A right that ends between a verb's first look and its turn on the case writes nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from agendas.items.changes import make_current, mark_done
from agendas.notes.changes import add_note
from conferences.cases.changes import end_seat, give_seat
from conferences.readers.changes import Choice
from conferences.releases.changes import record_release, withdraw_release
from tests.cast import Stage
from workspace.disclosure.lens import Sight
from workspace.disclosure.models import Case, Mark, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, Role, Topic
from workspace.people.models import Agency, public_id
from workspace.record.models import Event

CASE = "/cases/0"
Verb = Callable[[Stage, Sight], object]


def item(stage: Stage) -> str:
    """An item of the open conference that its facilitator sees and that is not the current one."""
    led = next(
        number
        for number, conference in enumerate(stage.raw(CASE)["conferences"])
        if conference["status"] == "open" and conference["facilitator"] == "cm"
    )
    return next(
        stage.ids[f"{CASE}/conferences/{led}/agenda/{number}"]
        for number, raw in enumerate(stage.raw(f"{CASE}/conferences/{led}")["agenda"])
        if raw["status"] == "planned" and "case_manager" in raw["audience"]
    )


def note(stage: Stage, sight: Sight) -> None:
    everyone = Choice(Topic.COORDINATION, EVERY_ROLE, frozenset())
    add_note(
        sight,
        item=item(stage),
        kind="discussion",
        choice=everyone,
        text="late",
        left_out_because="",
        permitted=False,
        key=public_id(),
    )


def release(stage: Stage, sight: Sight) -> None:
    record_release(
        sight,
        case=stage.ids[CASE],
        agency=Agency.objects.get(key="clinic").public_id,
        topics=1,
        purpose="late",
        starts=stage.at,
        expires=stage.at + timedelta(days=1),
        explained_in="es",
        key=public_id(),
    )


def seat(stage: Stage, sight: Sight) -> None:
    give_seat(
        sight,
        case=stage.ids[CASE],
        email=next(each["email"] for each in stage.casefile["people"] if each["key"] == "p-old-cm"),
        role=Role.ADVOCATE,
        topic=Topic.COORDINATION,
        audience=EVERY_ROLE,
        starts=stage.at,
        until=None,
        key=public_id(),
    )


VERBS: dict[str, Verb] = {
    "make current": lambda stage, sight: make_current(sight, item=item(stage)),
    "mark done": lambda stage, sight: mark_done(sight, item=item(stage)),
    "add a note": note,
    "record a release": release,
    "withdraw a release": lambda stage, sight: withdraw_release(
        sight,
        release=Release.objects.filter(
            case__public_id=stage.ids[CASE], withdrawn_at=None, starts__lte=stage.at, expires__gt=stage.at
        )[0].public_id,
    ),
    "give a seat": seat,
    "end a seat": lambda stage, sight: end_seat(sight, seat=stage.seat("alder", "interp").mark.public_id),
}


def state() -> tuple[object, ...]:
    """What any of the verbs would change."""
    return (
        Mark.objects.count(),
        Event.objects.count(),
        sorted(Case.objects.values_list("pk", "version")),
        sorted(Release.objects.values_list("pk", "withdrawn_at").filter(withdrawn_at=None)),
        sorted(Seat.unsealed.filter(until=None).values_list("pk", flat=True)),
    )


@pytest.mark.parametrize("name", VERBS)
def test_a_seat_that_ended_on_the_way_writes_nothing(stage: Stage, name: str) -> None:
    sight = stage.sight("p-cm")
    held = stage.seat("alder", "cm")
    Seat.unsealed.filter(pk=held.pk).update(until=stage.at, primary=False)
    before = state()
    with pytest.raises(LookupError):
        VERBS[name](stage, sight)
    assert state() == before


@pytest.mark.parametrize("name", VERBS)
def test_the_same_verb_writes_while_the_seat_is_held(stage: Stage, name: str) -> None:
    sight, before = stage.sight("p-cm"), state()
    VERBS[name](stage, sight)
    assert state() != before
