"""Who leads a conference: handed over to somebody who is here, or taken when whoever leads is gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conferences.meetings.models import Conference
from tests.cast import Stage
from workspace.disclosure.models import Case, Mark, Named, Release
from workspace.live.models import Presence
from workspace.people.models import public_id
from workspace.record.models import Event


class Table:
    """The open conference of the first case, with some of the invited in the room."""

    def __init__(self, stage: Stage, *here: str) -> None:
        self.stage = stage
        self.url = f"{stage.url('alder', 'conferences', 'now')}facilitator/"
        self.conference = stage.row(stage.place("alder", "conferences", "now")).pk
        for seat in here:
            Presence.objects.create(
                hub="h" * 20,
                conference_id=self.conference,
                seat_id=self.seat(seat).pk,
                seen_at=timezone.now(),
            )

    def seat(self, key: str) -> Any:
        return self.stage.seat("alder", key)

    @property
    def leader(self) -> str:
        return str(Conference.unsealed.get(pk=self.conference).facilitator.key)

    def press(self, person: str, to: str = "") -> Any:
        number = self.seat(to).mark.public_id if to else ""
        return self.stage.client(person).post(self.url, {"seat": number})

    def told(self) -> tuple[Any, ...]:
        return (
            self.leader,
            sorted(Case.objects.values_list("pk", "version")),
            Event.objects.exclude(verb="signed_in").count(),
        )


def test_the_lead_is_handed_over_to_somebody_who_is_here_and_given_back(stage: Stage) -> None:
    table = Table(stage, "cm", "ther")
    assert table.press("p-cm", "ther").status_code == 303
    handed = table.told()
    assert table.press("p-cm", "ther").status_code == 403, "they lead no more"
    assert table.press("p-ther", "ther").status_code == 303
    assert table.told() == handed, "a press that is sent again changes nothing"
    assert table.leader == "ther"
    given = Event.objects.get(verb="lead_handed_over")
    assert (given.seat_id, given.mark_id) == (table.seat("cm").pk, table.seat("ther").pk)
    item = stage.url("alder", "agenda", "wide")
    assert stage.client("p-cm").post(f"{item}done/").status_code == 403
    assert stage.client("p-ther").post(f"{item}done/").status_code == 303
    assert table.press("p-ther", "cm").status_code == 303
    assert table.leader == "cm"


def test_the_lead_gives_no_sight(stage: Stage) -> None:
    table = Table(stage, "cm", "det")
    before = stage.words("p-det")
    assert table.press("p-cm", "det").status_code == 303
    room = stage.client("p-det").get(stage.url("alder", "conferences", "now")).content
    assert stage.found(room) <= before


@pytest.mark.parametrize(
    "why", ["not here", "not invited", "interpreter", "not on the case", "nobody", "no number"]
)
def test_who_is_not_here_cannot_be_given_the_lead_and_the_answer_does_not_say_why(
    stage: Stage, why: str
) -> None:
    table = Table(stage, "cm", "ther", "interp", "det")
    to = {"not here": "sup", "not invited": "ther", "interpreter": "interp", "not on the case": "det"}.get(
        why
    )
    if why == "not invited":
        Named.objects.filter(mark=table.conference, seat=table.seat("ther")).delete()
    if why == "not on the case":
        Release.objects.filter(agency=table.seat("det").agency).update(
            withdrawn_at=stage.at - timedelta(hours=1)
        )
    before = table.told()
    number = table.seat(to).mark.public_id if to else "a\0b" if why == "no number" else public_id()
    answer = stage.client("p-cm").post(table.url, {"seat": number})
    assert answer.status_code == 409
    assert "This person is not here now." in answer.content.decode()
    assert table.told() == before
    absent = stage.client("p-cm").post(table.url, {"seat": public_id()})
    assert absent.content == answer.content


def test_a_seat_that_the_facilitator_does_not_see_is_as_one_that_never_was(stage: Stage) -> None:
    table = Table(stage, "cm", "ther", "mentor")
    assert table.press("p-cm", "mentor").status_code == 303
    Mark.objects.filter(pk=table.seat("ther").pk).update(audience=0)
    before = table.told()
    hidden, absent = (
        stage.client("p-mentor").post(table.url, {"seat": number})
        for number in (table.seat("ther").mark.public_id, public_id())
    )
    assert (hidden.status_code, hidden.content) == (409, absent.content)
    assert table.told() == before


TAKERS = {"p-sup", "p-cm", "p-adv"}  # of the holding agency


def test_who_takes_the_lead_when_its_holder_is_gone(stage: Stage) -> None:
    table = Table(stage)
    room = stage.place("alder", "conferences", "now")
    took = refused = 0
    for seat in stage.oracle.case("alder").seats.values():
        Conference.unsealed.filter(pk=table.conference).update(facilitator=table.seat("prov"))
        invited = stage.oracle.sees("alder", seat.key, room, stage.at)
        if not invited or seat.key == "prov":
            continue
        page = stage.client(seat.person).get(table.url.removesuffix("facilitator/")).content.decode()
        answer = table.press(seat.person)
        may = seat.person in TAKERS
        assert answer.status_code == (303 if may else 403), seat.person
        assert (f'formaction="{table.url}"' in page) == may, seat.person
        assert table.leader == (seat.key if may else "prov")
        took, refused = took + may, refused + (not may)
    assert took >= 2
    assert refused > 8


def test_the_facilitator_is_offered_who_is_here_and_nobody_else(stage: Stage) -> None:
    table = Table(stage, "cm", "ther", "interp", "law")
    room = stage.url("alder", "conferences", "now")
    page = stage.client("p-cm").get(room).content.decode()
    offered = {
        key
        for key in ("cm", "ther", "interp", "law", "sup")
        if f'id="heir-{table.seat(key).mark.public_id}"' in page
    }
    assert offered == {"ther", "law"}
    assert "Hand over the lead" not in stage.client("p-ther").get(room).content.decode()


def test_a_closed_conference_keeps_who_led_it(stage: Stage) -> None:
    table = Table(stage, "cm", "ther")
    Conference.unsealed.filter(pk=table.conference).update(status="closed")
    for person, to in (("p-cm", "ther"), ("p-sup", "")):
        answer = table.press(person, to)
        assert answer.status_code == 409
        assert "is closed" in answer.content.decode()
    page = stage.client("p-sup").get(stage.url("alder", "conferences", "now")).content.decode()
    assert f'formaction="{table.url}"' not in page
    assert table.leader == "cm"
