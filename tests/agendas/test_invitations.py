"""What the invited say of themselves, what whoever leads notes about them, and who gets to know which of it."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_django import Settings

from agendas.invitations.changes import answer_invitation
from agendas.items.models import ComesFor
from agendas.notes.models import Decision, Note, Stance
from conferences.meetings.models import Answer, ComesToPart, Conference, Invitation, Part, Status
from tests.agendas.test_notes import Paper
from tests.agendas.test_states import set_stage
from tests.cast import Stage
from tests.conferences.test_facilitator import Table
from tests.live_pass import connect, passed
from workspace.disclosure.changes import StaleError
from workspace.disclosure.models import Case, Mark, Named
from workspace.people.models import public_id
from workspace.record.models import Event

YES, SAME = "changed", "as it was"
NOT_BEGUN, CLOSED, LISTENS, LEADS = "has not begun", "is closed", "to listen", "Only the facilitator"
SPANISH = {
    NOT_BEGUN: "no ha comenzado",
    CLOSED: "está cerrada",
    LISTENS: "para escuchar",
    LEADS: "Solo quien dirige",
}
ANSWER = {"answer": "yes"}
# What is pressed, about whom ("own": oneself; else a seat), and what comes of it in each state for who takes part.
OWN: dict[str, tuple[str, ...]] = {
    #             planned    open  paused  closed
    "answer": (YES, YES, YES, CLOSED),
    "arrival": (YES, YES, YES, CLOSED),
    "departure": (YES, YES, YES, CLOSED),
    "apologies": (YES, YES, YES, CLOSED),
    "unsaid": (SAME, SAME, SAME, CLOSED),
    "hand": (NOT_BEGUN, YES, YES, CLOSED),
    "hand-down": (NOT_BEGUN, SAME, SAME, CLOSED),
    "statement": (YES, YES, YES, CLOSED),
}
OF_OTHERS: dict[str, tuple[str, ...]] = {
    "arrival": (YES, YES, YES, CLOSED),
    "departure": (YES, YES, YES, CLOSED),
    "apologies": (YES, YES, YES, CLOSED),
    "unsaid": (SAME, SAME, SAME, CLOSED),
    "observer": (YES, YES, YES, CLOSED),
    "participant": (SAME, SAME, SAME, CLOSED),
    "hand-down": (NOT_BEGUN, SAME, SAME, CLOSED),
}
# Role by role: the survivor, who leads, of the holding agency, outside agencies, and the interpreter.
ACTORS = ("p-survivor", "p-cm", "p-sup", "p-det", "p-law", "p-interp")
NOT_INVITED = ("p-nurse", "p-old-cm", "p-survivor-two", "p-nowhere")


class Room:
    """The open conference of the first case, and what it knows of the invited."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.place = stage.place("alder", "conferences", "now")
        self.url = stage.url("alder", "conferences", "now")
        self.conference = stage.row(self.place).pk
        seats = stage.oracle.case("alder").seats.values()
        self.seats = {
            seat.person: seat.key
            for seat in seats
            if stage.oracle.sees("alder", seat.key, self.place, stage.at)
        }
        self.names = {person["key"]: person["name"] for person in stage.casefile["people"]}

    def seat(self, person: str) -> Any:
        return self.stage.seat("alder", self.seats[person])

    def said(self, person: str) -> Invitation:
        which = {"conference_id": self.conference, "seat_id": self.seat(person).pk}
        return Invitation.objects.filter(**which).first() or Invitation(**which)

    def let(self, person: str, **columns: Any) -> None:
        which = {"conference_id": self.conference, "seat_id": self.seat(person).pk}
        Invitation.objects.update_or_create(**which, defaults=columns)

    def press(self, person: str, verb: str, about: str = "", **body: Any) -> Any:
        given = {"seat": self.seat(about).mark.public_id} if about else {}
        return self.stage.browser(person).post(f"{self.url}{verb}/", given | body)

    def page(self, person: str, more: str = "") -> str:
        return self.stage.browser(person).get(f"{self.url}{more}").content.decode()

    def panel(self, person: str, name: str) -> str:
        return self.page(person).partition(f'id="{name}"')[2].partition("</section>")[0]

    def parts(self) -> list[Part]:
        named = enumerate([("Everybody", False), ("Professionals", True)])
        return [
            Part.objects.create(
                conference_id=self.conference, position=place, name=name, minutes=20, without_her=without
            )
            for place, (name, without) in named
        ]

    def everything(self) -> tuple[Any, ...]:
        columns = ("seat_id", "answer", "attendance", "observes", "hand", "agreed_at")
        return (
            sorted(map(repr, Invitation.objects.filter(conference=self.conference).values_list(*columns))),
            sorted(ComesFor.objects.values_list("item", "seat")),
            sorted(ComesToPart.objects.values_list("part", "seat")),
            sorted(Case.objects.values_list("pk", "version")),
            Event.objects.exclude(verb="signed_in").count(),
            Note.unsealed.count() + Decision.unsealed.count() + Stance.objects.count(),
        )


@pytest.fixture
def room(stage: Stage) -> Room:
    return Room(stage)


def says(answer: Any, sentence: str) -> bool:
    text = unescape(answer.content.decode())
    return sentence in text or SPANISH[sentence] in text


def cells(
    room: Room, table: dict[str, tuple[str, ...]], state: Status, *people: str
) -> Iterator[tuple[str, str]]:
    """What is pressed in this state, and what comes of it; each undone before the next. `people`: who presses."""
    for person in people:
        room.stage.browser(person)
    for verb, row in table.items():
        with room.stage.undone():
            set_stage(room.stage, state)
            yield verb, row[list(Status).index(state)]


def comes(answer: Any, cell: str, verb: str, room: Room) -> None:
    """Hold an answer against a cell of the table."""
    if cell in (YES, SAME):
        there = f"{room.url}answer/" if verb == "answer" else room.url
        assert (answer.status_code, answer["Location"]) == (303, there)
    else:
        assert answer.status_code == (403 if cell in (LISTENS, LEADS) else 409), verb
        assert says(answer, cell), (verb, cell)


@pytest.mark.parametrize("state", Status)
def test_what_everybody_invited_says_of_themselves(room: Room, state: Status) -> None:
    """The survivor, whoever leads, an outside agency, an interpreter: all alike; and an observer but for the hand."""
    for verb, cell in cells(room, OWN, state, *ACTORS, "p-pros"):
        for person in ACTORS:
            before = room.everything()
            answer = room.press(person, verb, **ANSWER)
            comes(answer, cell, verb, room)
            assert (room.everything() != before) == (cell == YES), (person, verb)
            after = room.everything()
            assert room.press(person, verb, **ANSWER).status_code == answer.status_code
            assert room.everything() == after, "a press that is sent again changes nothing"
        room.let("p-pros", observes=True)
        before = room.everything()
        heard = LISTENS if verb == "hand" and cell == YES else cell
        comes(room.press("p-pros", verb, **ANSWER), heard, verb, room)
        assert (room.everything() != before) == (heard == YES), verb


@pytest.mark.parametrize("state", Status)
def test_what_whoever_leads_notes_about_others(room: Room, state: Status) -> None:
    others = ("p-survivor", "p-sup", "p-det", "p-interp", "p-law")
    for verb, cell in cells(room, OF_OTHERS, state, "p-cm", *others):
        before = room.everything()
        answer = room.press("p-cm", verb, "p-law")
        comes(answer, cell, verb, room)
        assert (room.everything() != before) == (cell == YES), verb
        after = room.everything()
        assert room.press("p-cm", verb, "p-law").status_code == answer.status_code
        assert room.everything() == after, "a press that is sent again changes nothing"
        for person in others:
            comes(room.press(person, verb, "p-law"), LEADS, verb, room)
        assert room.everything() == after, verb


def test_to_whoever_is_not_invited_there_is_nothing(room: Room) -> None:
    before = room.everything()
    for state in Status:
        set_stage(room.stage, state)
        for person in NOT_INVITED:
            browser = room.stage.browser(person)
            for verb in (*OWN, "observer", "participant"):
                absent = browser.post(f"/conferences/{public_id()}/{verb}/", ANSWER)
                answer = browser.post(f"{room.url}{verb}/", ANSWER)
                assert (answer.status_code, answer.content) == (404, absent.content), (person, state, verb)
    assert room.everything() == before


def test_of_whom_nothing_can_be_noted_the_answer_does_not_say_why(room: Room) -> None:
    """Hidden from who leads, not invited, on another case, ended, nobody, and what is no identifier: one answer."""
    Mark.objects.filter(pk=room.seat("p-ther").pk).update(audience=0)
    Named.objects.filter(mark=room.conference, seat=room.seat("p-law").pk).delete()
    ended = room.stage.seat("alder", "old-cm")
    Named.objects.create(mark_id=room.conference, seat=ended)
    seats = [
        room.seat("p-ther").mark.public_id,
        room.seat("p-law").mark.public_id,
        room.stage.seat("birch", "law").mark.public_id,
        ended.mark.public_id,
        public_id(),
        "a\0b",
        "\ud800",
        "9" * 4000,
    ]
    before, browser = room.everything(), room.stage.browser("p-cm")
    for verb in OF_OTHERS:
        told = set()
        for seat in seats:
            body = urlencode({"seat": seat}, errors="surrogatepass")
            answer = browser.post(f"{room.url}{verb}/", body, "application/x-www-form-urlencoded")
            told.add((answer.status_code, answer.content))
        assert len(told) == 1, verb
        status, content = told.pop()
        assert status == 409
        assert b"This person is not invited" in content
    assert room.everything() == before


# Coming


def test_an_answer_is_seen_by_whoever_sees_the_seat_and_by_nobody_else(room: Room) -> None:
    hidden, seen = "p-ther", "p-law"
    assert "not come" not in room.panel("p-det", "here")
    for person in (hidden, seen):
        assert room.press(person, "answer", answer="no").status_code == 303
    place = room.stage.place("alder", "seats", "ther")
    told = {True: 0, False: 0}
    for person, key in room.seats.items():
        here = unescape(room.panel(person, "here"))
        sees = room.stage.oracle.sees("alder", key, place, room.stage.at)
        refused = here.count("does not come") + here.count("no viene")
        assert refused == 1 + sees, person
        assert (room.names[hidden] in here) == sees
        told[sees] += 1
    assert told[True] > 2
    assert told[False] > 3


def test_whoever_comes_for_some_says_for_what_and_it_stands_there(room: Room) -> None:
    both = room.parts()
    wide, hearing = (room.stage.url("alder", "agenda", key) for key in ("wide", "hearing"))
    body: dict[str, Any] = {
        "answer": "part",
        "items": [wide.split("/")[2], hearing.split("/")[2]],
        "parts": both[1].public_id,
    }
    assert room.press("p-pros", "answer", **body).status_code == 303
    name = room.names["p-pros"]
    lines = {
        person: [
            name in row.partition("</li>")[0]
            for row in room.panel(person, "agenda").split("<li ")[1:]
            if "Comes for this:" in row or "Viene para esto:" in row
        ]
        for person in ("p-cm", "p-det", "p-survivor", "p-ther")
    }
    assert lines == {"p-cm": [True, True], "p-det": [True, True], "p-survivor": [True, True], "p-ther": []}
    assert "comes for a part" in room.panel("p-cm", "here")
    answers = room.page("p-cm", "answer/")
    assert name in answers.partition("Professionals")[2].partition("</li>")[0]
    mine = room.page("p-pros", "answer/")
    assert len(re.findall(r'name="(?:items|parts)" value="[^"]+"[^>]* checked', mine)) == 3
    assert room.press("p-pros", "answer", answer="yes").status_code == 303
    assert not ComesFor.objects.exists()
    assert not ComesToPart.objects.exists()


def test_coming_only_for_what_somebody_does_not_see_is_coming_to_them(room: Room) -> None:
    """Else they would learn that there is something they do not see."""
    place = room.stage.place("alder", "agenda", "hearing")
    chosen: dict[str, Any] = {"answer": "part", "items": [room.stage.ids[place]]}
    there = [person for person in room.seats if person != "p-det"]

    def told() -> dict[str, str]:
        return {person: stripped(room.page(person) + room.page(person, "answer/")) for person in there}

    assert room.press("p-det", "answer", answer="yes").status_code == 303
    before = told()
    assert room.press("p-det", "answer", **chosen).status_code == 303
    differ = {person for person, text in told().items() if text != before[person]}
    sees = {
        person
        for person in there
        if room.stage.oracle.sees("alder", room.seats[person], place, room.stage.at)
    }
    assert differ == sees
    assert len(sees) > 3
    assert len(there) - len(sees) > 5


def stripped(page: str) -> str:
    """A page without what differs each time it is asked for."""
    return re.sub(r'(csrfmiddlewaretoken" value|name="note-key" value|ws-connect)="[^"]*"', "", page)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answer": "perhaps"},
        {"answer": "part"},
        {"answer": "part", "items": ["a\0b"]},
        {"answer": "part", "items": ["hidden"]},
        {"answer": "part", "items": ["elsewhere"]},
        {"answer": "part", "parts": ["9" * 400]},
        {"answer": "a\0b", "items": ["\ufffd"]},
    ],
)
def test_what_is_no_answer_is_said_so_and_changes_nothing(room: Room, body: dict[str, Any]) -> None:
    hidden = {
        "hidden": room.stage.url("alder", "agenda", "lab").split("/")[2],
        "elsewhere": room.stage.ids[room.stage.place("birch", "agenda", "wide")],
    }
    body = body | {"items": [hidden.get(item, item) for item in body.get("items", [])]}
    before = room.everything()
    answer = room.press("p-cm", "answer", **body)
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert room.everything() == before


@pytest.mark.parametrize("person", ["p-cm", "p-survivor"])
def test_past_the_form_neither_a_hidden_item_nor_a_part_without_her_is_chosen(
    room: Room, person: str
) -> None:
    chosen = {"p-cm": ("items", [room.stage.url("alder", "agenda", "lab").split("/")[2]])}
    chosen["p-survivor"] = ("parts", [room.parts()[1].public_id])
    kind, numbers = chosen[person]
    before = room.everything()
    with pytest.raises(StaleError):
        answer_invitation(
            room.stage.sight(person),
            conference=room.url.split("/")[2],
            answer=Answer.IN_PART,
            items=numbers if kind == "items" else [],
            parts=numbers if kind == "parts" else [],
        )
    assert room.everything() == before


def test_the_survivor_is_told_who_comes_and_why_and_is_offered_no_part_without_her(room: Room) -> None:
    with_her, without_her = room.parts()
    page = unescape(room.page("p-survivor", "answer/"))
    seats = room.stage.oracle.case("alder").seats
    raw = {seat["key"]: seat for seat in room.stage.casefile["cases"][0]["seats"]}
    for person, key in room.seats.items():
        assert room.names[person] in page, "she knows who is on her team"
        assert raw[key]["card"]["does"] in page
    assert len(room.seats) < len(seats)
    assert f'value="{with_her.public_id}"' in page
    assert f'value="{without_her.public_id}"' not in page
    assert "los demás hablan sin usted" in page
    chosen: dict[str, Any] = {"answer": "part", "parts": [without_her.public_id]}
    assert room.press("p-survivor", "answer", **chosen).status_code == 422
    assert room.press("p-pros", "answer", **chosen).status_code == 303


def test_a_regret_is_kept_without_a_reason_and_offers_to_leave_something_in_writing(room: Room) -> None:
    answer = room.press("p-law", "answer", answer="no")
    page = room.stage.browser("p-law").get(answer["Location"]).content.decode()
    words = page.partition('id="words" open')[2].partition("</details>")[0]
    items = re.findall(r'href="(/items/[^/]+/)#note-form"', words)
    agenda = re.findall(r'href="(/items/[^/]+/)"', room.panel("p-law", "agenda"))
    assert items == agenda
    assert Event.objects.filter(verb="invitation_answered", mark=room.conference).count() == 1
    assert 'id="words"' not in room.page("p-interp", "answer/"), "the interpreter adds nothing"


def test_today_asks_once_and_offers_it_to_her(room: Room) -> None:
    Conference.unsealed.filter(pk=room.conference).update(status="planned")
    link = f'href="{room.url}answer/"'

    def row(person: str) -> str:
        page = unescape(room.stage.browser(person).get("/").content.decode())
        return page.partition(f'id="conference-{room.url.split("/")[2]}"')[2].partition("</li>")[0]

    assert "You have not said whether you come." in row("p-det")
    assert "Quién viene, y si usted quiere venir" in row("p-survivor")
    assert "Aún no ha dicho" not in row("p-survivor")
    for person in ("p-det", "p-survivor"):
        assert link in row(person)
        assert room.press(person, "answer", answer="no").status_code == 303
    assert "You said that you do not come." in row("p-det")
    assert "Ha dicho que no viene." in row("p-survivor")
    Conference.unsealed.filter(pk=room.conference).update(status="open")
    assert link not in row("p-det")


# Being here


def test_who_is_noted_to_be_here_is_here_until_they_have_left(room: Room) -> None:
    name = room.names["p-law"]

    def shown(person: str) -> str:
        found = re.search(rf"<li[^>]*><bdi>{name}</bdi>.*?</li>", room.panel(person, "here"))
        return found.group() if found else ""

    for verb, words in (
        ("arrival", 'class="arrived"'),
        ("departure", "has left"),
        ("apologies", "sends apologies"),
        ("unsaid", "is invited"),
    ):
        assert room.press("p-cm", verb, "p-law").status_code == 303
        assert words in shown("p-det")
        assert words in shown("p-cm")
    noted = Event.objects.filter(verb="attendance_noted")
    assert {event.mark_id for event in noted} == {room.seat("p-law").pk}
    assert {event.seat_id for event in noted} == {room.seat("p-cm").pk}


def test_only_who_leads_is_offered_to_note_and_only_about_those_they_see(room: Room) -> None:
    Mark.objects.filter(pk=room.seat("p-ther").pk).update(audience=0)
    noted = set(re.findall(r'id="noted-([^"]+)"', room.page("p-cm")))
    invited = set(room.stage.raw(room.place)["participants"]) - {"cm", "ther"}
    seen = {
        key
        for key in invited
        if room.stage.oracle.sees("alder", "cm", room.stage.place("alder", "seats", key), room.stage.at)
    }
    assert noted == {room.stage.seat("alder", key).mark.public_id for key in seen}
    assert len(noted) > 10
    assert 'id="noted-' not in room.page("p-sup")
    set_stage(room.stage, "closed")
    assert 'id="noted-' not in room.page("p-cm")


# Observers


def test_an_observer_is_shown_as_one_and_adds_nothing(room: Room) -> None:
    item = room.stage.url("alder", "agenda", "wide")
    paper = Paper(room.stage, "p-det", item)
    decision = next(
        place
        for place in room.stage.oracle.rows("alder")
        if place.startswith(room.place)
        and place.split("/")[-2] == "decisions"
        and room.stage.oracle.sees("alder", "det", place, room.stage.at)
    )
    address = f"/decisions/{room.stage.ids[decision]}/agreement/"
    assert f'formaction="{address}"' in room.page("p-det", "")
    assert room.press("p-det", "hand").status_code == 303
    assert room.press("p-cm", "observer", "p-det").status_code == 303
    here = room.panel("p-cm", "here").partition(room.names["p-det"])[2]
    assert "listens" in here.partition("</li>")[0]
    page, before = room.page("p-det"), room.everything()
    assert "You are at this meeting to listen" in page
    assert 'id="note-form"' not in page
    assert f'formaction="{address}"' not in page
    assert f'formaction="{room.url}hand/"' not in page
    for answer in (
        paper.post(audience="everyone", text="typed before"),
        room.stage.browser("p-det").post(address),
        room.press("p-det", "hand"),
    ):
        assert answer.status_code == 403
        assert says(answer, LISTENS)
    assert room.everything() == before, "the hand went down, and nothing was written"
    assert room.said("p-det").hand is None
    assert room.press("p-cm", "participant", "p-det").status_code == 303
    assert paper.post(audience="everyone", text="typed before").status_code == 303


def test_the_survivor_and_whoever_leads_are_no_observers(room: Room) -> None:
    before = room.everything()
    hers = room.press("p-cm", "observer", "p-survivor")
    assert (hers.status_code, "She always takes part" in hers.content.decode()) == (403, True)
    for about in ("", "p-cm"):
        own = room.press("p-cm", "observer", about)
        assert (own.status_code, "Hand over the lead first" in own.content.decode()) == (409, True)
    assert room.everything() == before
    offered = re.findall(r'id="observer-([^"]+)"', room.page("p-cm"))
    assert room.seat("p-survivor").mark.public_id not in offered
    assert room.seat("p-law").mark.public_id in offered


def test_whoever_writes_down_what_others_say_is_no_observer(room: Room) -> None:
    Conference.unsealed.filter(pk=room.conference).update(recorder=room.seat("p-sup"))
    before, answer = room.everything(), room.press("p-cm", "observer", "p-sup")
    assert (answer.status_code, "writes down takes part" in answer.content.decode()) == (409, True)
    assert room.everything() == before


def test_leading_never_passes_to_an_observer(room: Room) -> None:
    table = Table(room.stage, "cm", "det", "sup")
    room.let("p-det", observes=True)
    room.let("p-sup", observes=True)
    answer = table.press("p-cm", "det")
    assert (answer.status_code, "here to listen" in answer.content.decode()) == (409, True)
    assert table.press("p-sup").status_code == 403
    assert table.leader == "cm"
    assert f'id="heir-{room.seat("p-det").mark.public_id}"' not in room.page("p-cm")
    assert "If whoever leads cannot go on" not in room.page("p-sup")
    room.let("p-sup", observes=False)
    assert "If whoever leads cannot go on" in room.page("p-sup")


# Who wants to speak


def test_each_sees_the_order_of_those_they_see(room: Room) -> None:
    order = ["p-law", "p-ther", "p-survivor", "p-det", "p-interp", "p-shelter"]
    order = [person for person in order if person in room.seats]
    for person in order:
        assert room.press(person, "hand").status_code == 303
    kept = [room.said(person).hand for person in order]
    assert kept == list(range(1, len(order) + 1))
    lengths = set()
    for person, key in room.seats.items():
        wanted = [
            room.names[other]
            for other in order
            if room.stage.oracle.sees(
                "alder", key, room.stage.place("alder", "seats", room.seats[other]), room.stage.at
            )
        ]
        shown = room.panel(person, "you").partition('class="speakers"')[2].partition("</ol>")[0]
        assert re.findall(r"<bdi>(\w+)</bdi>", shown) == wanted, person
        assert not re.search(r"\bvalue=", shown) or person == "p-cm"
        lengths.add(len(wanted))
    assert len(lengths) > 1
    assert room.press("p-cm", "hand-down", "p-law").status_code == 303
    assert room.press("p-survivor", "hand-down").status_code == 303
    assert room.press("p-law", "hand").status_code == 303
    shown = room.panel("p-cm", "you").partition('class="speakers"')[2].partition("</ol>")[0]
    now = [person for person in order if person not in ("p-law", "p-survivor")] + ["p-law"]
    seen = [room.names[person] for person in now if room.names[person] in shown]
    assert re.findall(r"<bdi>(\w+)</bdi>", shown) == seen
    assert seen[-1] == room.names["p-law"]


def test_hands_go_down_when_the_meeting_closes(room: Room) -> None:
    assert room.press("p-law", "hand").status_code == 303
    assert room.press("p-cm", "end").status_code == 303
    assert not Invitation.objects.filter(hand__isnull=False).exists()
    assert 'class="speakers"' not in room.page("p-cm")


# The statement of confidentiality


def test_who_accepted_the_statement_is_told_to_whoever_leads_alone(room: Room) -> None:
    def told(person: str) -> str:
        return room.panel(person, "you").partition('id="accepted"')[2]

    for person in ("p-law", "p-ther"):
        assert room.press(person, "statement").status_code == 303
    at = room.said("p-law").agreed_at
    assert at is not None
    assert room.press("p-law", "statement").status_code == 303
    assert room.said("p-law").agreed_at == at
    assert Event.objects.filter(verb="statement_accepted", seat=room.seat("p-law")).count() == 1
    Mark.objects.filter(pk=room.seat("p-ther").pk).update(audience=0)
    assert room.names["p-law"] in told("p-cm")
    assert room.names["p-ther"] not in told("p-cm")
    assert not told("p-det")
    page = unescape(room.page("p-det"))
    assert "I accept the statement" in page
    assert "Ha aceptado la declaración" in unescape(room.page("p-law"))


def test_the_statement_is_that_of_the_conference_or_the_usual_one(room: Room) -> None:
    usual = room.page("p-det", "statement/")
    assert "This statement is not a release." in usual
    assert "I accept the statement" in usual
    force = Case.objects.get(key="alder").task_force
    force.statement = "what later meetings begin with"
    force.save()
    assert "This statement is not a release." in room.page("p-det", "statement/"), "it is as it was"
    text = "What **we** say here\n\n<script>alert(1)</script>"
    Conference.unsealed.filter(key="now").update(statement=text)
    own = room.page("p-det", "statement/")
    assert "<strong>we</strong>" in own
    assert "<script>alert" not in own
    assert "This statement is not a release." not in own
    set_stage(room.stage, "closed")
    assert "I accept the statement" not in room.page("p-det", "statement/")


# Frames


@pytest.mark.parametrize(
    ("verb", "body"),
    [("answer", {"answer": "no"}), ("departure", {}), ("hand", {}), ("arrival", {})],
)
def test_what_somebody_says_is_pushed_to_those_who_see_their_seat_and_to_nobody_else(
    room: Room, settings: Settings, verb: str, body: dict[str, Any]
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    number = room.url.split("/")[2]
    opened = {
        person: connect("room", room.stage.browser(person).cookies["s"].value, id=number)
        for person in room.seats
    }
    assert len(passed(list(opened.values()))[0]) == len(opened)
    assert room.press("p-ther", verb, **body).status_code == 303
    frames, closed = passed(list(opened.values()))
    place = room.stage.place("alder", "seats", "ther")
    told = {person for person, connection in opened.items() if connection in frames}
    assert told == {
        person
        for person, key in room.seats.items()
        if room.stage.oracle.sees("alder", key, place, room.stage.at)
    }
    assert 2 < len(told) < len(opened)
    assert not closed


def test_accepting_the_statement_is_pushed_to_oneself_and_to_whoever_leads(
    room: Room, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    number = room.url.split("/")[2]
    opened = {
        person: connect("room", room.stage.browser(person).cookies["s"].value, id=number)
        for person in room.seats
    }
    passed(list(opened.values()))
    assert room.press("p-law", "statement").status_code == 303
    frames, _ = passed(list(opened.values()))
    assert {person for person, each in opened.items() if each in frames} == {"p-law", "p-cm"}
