"""What a recorder wrote down of somebody's words: read at the holding agency and by who said it until they confirm it,
then by whom its author chose, and by nobody else at any time."""

import re
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from agendas.notes.models import Decision, Note, Unconfirmed
from conferences.meetings.models import Conference, Status
from tests.agendas.test_notes import DIGEST, NAME, Authors, Paper
from tests.agendas.test_states import set_stage
from tests.cast import Stage
from tests.live_pass import connect, passed
from tests.oracle import RowFacts
from workspace.disclosure.models import Case, Mark, Named
from workspace.people.models import public_id
from workspace.record.models import Event

WORDS = "whatwassaid"
UNTIL, ONCE = ">Who reads this until", ">Who will read this once"


class Words:
    """A recorder of the open conference, the words of a speaker, and who may read them by the oracle."""

    def __init__(self, stage: Stage, recorder: str = "cm", speaker: str = "ther", **chosen: Any) -> None:
        self.stage, self.authors = stage, Authors(stage)
        self.recorder, self.speaker = recorder, speaker
        self.facts = self.authors.facts
        Conference.unsealed.filter(key="now", mark__case__key="alder").update(
            recorder=stage.seat("alder", recorder)
        )
        self.paper = Paper(stage, self.facts.seats[recorder].person, self.authors.item)
        self.chosen = {"audience": "care", "topic": "coordination", "text": WORDS} | chosen
        self.chosen["said_by"] = stage.seat("alder", speaker).mark.public_id
        roles = set(self.chosen.get("roles", ()))
        people = {key for key in self.facts.seats if self.number(key) in self.chosen.get("people", ())}
        self.wanted = self.authors.row(recorder, self.chosen["topic"], self.chosen["audience"], roles, people)

    def number(self, key: str) -> str:
        return self.stage.ids[self.stage.place("alder", "seats", key)]

    @property
    def first(self) -> RowFacts:
        """The row until it is confirmed, worked out apart from the project's own rule."""
        holding = {
            key
            for key, seat in self.facts.seats.items()
            if seat.agency == self.facts.holding
            and (seat.role in self.wanted.audience or key in self.wanted.named)
        }
        return replace(self.wanted, audience=frozenset(), named=frozenset(holding | {self.speaker}))

    def write(self) -> "Words":
        answer = self.paper.post(**self.chosen)
        assert answer.status_code == 303, answer.content.decode()
        return self

    @property
    def note(self) -> Any:
        return Note.unsealed.select_related("mark").get(text=WORDS)

    def press(self, person: str, what: str, edition: object = 1) -> Any:
        url = f"/notes/{self.note.mark.public_id}/{what}/"
        return self.stage.client(person).post(url, {"edition": edition})

    def person(self, key: str) -> str:
        return self.facts.seats[key].person

    def readers(self) -> set[str]:
        """The seats in whose page the words stand."""
        return {
            key
            for key, seat in self.authors.seats.items()
            if WORDS in self.stage.client(seat.person).get(self.authors.item).content.decode()
        }

    def allowed(self, row: RowFacts) -> set[str]:
        return {key for key in self.authors.seats if self.authors.reads(key, row)}

    def article(self, key: str) -> str:
        page = self.stage.client(self.person(key)).get(self.authors.item).content.decode()
        return page.partition(f'id="note-{self.note.mark.public_id}"')[2].partition("</article>")[0]


def everything() -> tuple[Any, ...]:
    return (
        sorted(Note.unsealed.values_list("pk", "mark__audience", "mark__left_out_because")),
        sorted(Named.objects.values_list("mark", "seat")),
        sorted(Unconfirmed.objects.values_list("pk", "denied_at")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


CASES: list[dict[str, Any]] = [
    {},
    {"audience": "everyone"},
    {"recorder": "ther", "speaker": "prov"},
    {"recorder": "sup", "speaker": "sv", "audience": "management"},
    {"recorder": "adv", "speaker": "sup", "audience": "clinicians"},
    {"recorder": "cm", "speaker": "det", "audience": "justice"},
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_before_and_after_it_is_confirmed_exactly_those_read_it_who_may(stage: Stage, number: int) -> None:
    words = Words(stage, **CASES[number])
    told = words.paper.readers(words.paper.filled(**words.chosen))
    until, once = told.partition(ONCE)[0], told.partition(ONCE)[2]
    assert UNTIL in until
    assert set(NAME.findall(until)) == words.authors.who_reads(words.recorder, words.first)
    assert set(NAME.findall(once)) == words.authors.who_reads(words.recorder, words.wanted)
    words.write()
    before = words.readers()
    assert before == words.allowed(words.first)
    assert {words.recorder, words.speaker} <= before
    holding = {key for key in before if words.facts.seats[key].agency == words.facts.holding}
    spoken = {key for key in before if words.facts.seats[key].role == "interpreter"}
    assert before - holding <= {words.recorder, words.speaker} | spoken
    assert not spoken or words.speaker == "sv", "an interpreter reads no more than the survivor"
    assert words.press(words.person(words.speaker), "confirmation").status_code == 303
    after = words.readers()
    assert after == words.allowed(words.wanted)
    assert before <= after | {words.recorder}
    assert not Unconfirmed.objects.exists()


def test_what_is_denied_stays_where_it_is_and_says_so(stage: Stage) -> None:
    words = Words(stage).write()
    assert words.press("p-ther", "denial").status_code == 303
    assert words.readers() == words.allowed(words.first)
    for key in words.readers():
        said = words.article(key)
        others = "did not confirm it" in said or "no lo confirmó" in said
        assert others == (key != "ther"), key
        assert ("You said that this is not what you said." in said) == (key == "ther")
        assert "Is this what you said?" not in said, "whoever said no is not asked once more"
        assert ("denial/" in said) is False
        assert ("confirmation/" in said) == (key == "ther")
    told = everything()
    assert words.press("p-ther", "denial").status_code == 303
    assert everything() == told, "a press that is sent again changes nothing"
    assert words.press("p-ther", "confirmation").status_code == 303
    assert words.readers() == words.allowed(words.wanted)
    told = everything()
    assert words.press("p-ther", "confirmation").status_code == 303
    assert everything() == told
    late = words.press("p-ther", "denial")
    assert late.status_code == 409
    assert "You said already that these are your words." in late.content.decode()
    verbs = list(Event.objects.filter(mark=words.note.mark).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["note_added", "words_denied", "words_confirmed"]


@pytest.mark.parametrize("state", Status)
def test_only_the_speaker_answers_and_only_until_the_conference_is_closed(stage: Stage, state: str) -> None:
    words = Words(stage).write()
    set_stage(stage, state)
    buttons = words.article("ther")
    assert ("The meeting was closed before whoever said this" in buttons) == (state == Status.CLOSED)
    for verb in ("denial", "confirmation"):
        absent = stage.client("p-cm").post(f"/notes/{public_id()}/{verb}/")
        before = everything()
        for key in words.authors.seats.keys() - {"ther"}:
            answer = words.press(words.person(key), verb)
            if key in words.allowed(words.first):
                assert answer.status_code == 403
                assert "Only whoever said this" in answer.content.decode()
            else:
                assert answer.status_code == absent.status_code == 404
        assert everything() == before
        answer = words.press("p-ther", verb)
        assert (f"{verb}/" in buttons) == (state != Status.CLOSED)
        assert (everything() == before) == (state == Status.CLOSED)
        if state == Status.CLOSED:
            assert answer.status_code == 409
            assert "is closed" in answer.content.decode()
        else:
            assert answer.status_code == 303


def test_the_question_is_put_to_the_speaker_alone_with_who_would_read_it(stage: Stage) -> None:
    words = Words(stage, audience="people", people=[])
    words.chosen["people"] = [words.number(key) for key in ("ther", "mentor", "sv")]
    words.write()
    names = words.authors.names
    Mark.objects.filter(pk=stage.seat("alder", "mentor").pk).update(audience=0)
    for key in words.readers():
        asked = words.article(key).partition('class="aside"')[2].partition("</div>")[0]
        assert ("confirmation/" in asked) == (key == "ther")
        assert names[words.person("mentor")] not in asked
        assert (names[words.person("sv")] in asked) == (key == "ther")
    assert "Said by" in words.article("cm")
    assert names["p-ther"] in words.article("cm").partition("Said by")[2].partition("written by")[0]
    assert names["p-cm"] in words.article("ther").partition("written by")[2].partition("</p>")[0]


def test_a_text_that_changed_meanwhile_is_read_again_first(stage: Stage) -> None:
    words = Words(stage).write()
    Note.unsealed.filter(pk=words.note.pk).update(edition=2)
    before = everything()
    for edition in (1, "", "a\0b", "9" * 50):
        answer = words.press("p-ther", "confirmation", edition)
        assert answer.status_code == 409
        assert "Read it again" in answer.content.decode()
    assert everything() == before
    assert words.press("p-ther", "confirmation", 2).status_code == 303


def test_why_the_survivor_is_not_among_them_goes_when_she_is(stage: Stage) -> None:
    words = Words(stage, left_out_because="typed, not meant").write()
    assert words.note.mark.left_out_because == "It is not confirmed yet by whoever said it."
    words.press("p-ther", "confirmation")
    assert words.note.mark.left_out_because == ""
    Note.unsealed.filter(text=WORDS).update(text="earlier")
    other = Words(stage, audience="clinicians", left_out_because="hers to hear from us first").write()
    assert other.note.mark.left_out_because == "hers to hear from us first"
    other.press("p-ther", "confirmation")
    assert other.note.mark.left_out_because == "hers to hear from us first"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"audience": "management"}, "could not confirm it"),
    ({"audience": "me"}, "could not confirm it"),
    ({"topic": "advocacy"}, "could not confirm it"),
    ({"topic": "immigration"}, "could not confirm it"),
    ({"audience": "roles", "roles": ["therapist", "counsel"]}, "own client"),
    ({"kind": "decision"}, "A decision is nobody’s own words."),
    *(({"audience": "everyone", "speaker": key}, "cannot write for") for key in ("interp", "law", "cm")),
]


def test_what_the_speaker_could_not_read_and_for_whom_nobody_writes(stage: Stage) -> None:
    for wrong, sentence in WRONG:
        words = Words(stage, **wrong)
        before = everything(), Decision.unsealed.count(), Mark.objects.count()
        answer = words.paper.post(**words.chosen)
        page = answer.content.decode()
        assert answer.status_code == 422, wrong
        assert sentence in page
        assert WORDS in page
        assert (everything(), Decision.unsealed.count(), Mark.objects.count()) == before


def test_who_is_no_recorder_any_more_does_not_post_it_as_their_own(stage: Stage) -> None:
    words = Words(stage)
    body = words.paper.filled(**words.chosen)
    shown = DIGEST.search(words.paper.readers(body))
    assert shown
    Conference.unsealed.filter(key="now").update(recorder=None)
    before = everything()
    answer = words.paper.send(body | {"note-shown_readers": shown[1]})
    assert answer.status_code == 422
    assert "You cannot write for this person now." in answer.content.decode()
    assert WORDS in answer.content.decode()
    own = words.paper.send(body | {"note-shown_readers": shown[1], "note-said_by": ""})
    assert own.status_code == 422, "who reads it is another question, and is shown first"
    assert everything() == before


def test_a_speaker_whose_seat_has_ended_answers_no_more_and_a_new_seat_does_not_inherit_it(
    stage: Stage,
) -> None:
    words = Words(stage).write()
    seat = stage.seat("alder", "ther")
    type(seat).unsealed.filter(pk=seat.pk).update(until=stage.at)
    assert words.press("p-ther", "confirmation").status_code == 404
    assert words.readers() == words.allowed(words.first) - {"ther"}


def test_frames_go_to_those_who_read_it_and_to_nobody_else(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    words = Words(stage)
    room, look = stage.ids[stage.place("alder", "conferences", "now")], words.authors.item.split("/")[2]
    opened = {
        key: connect("room", stage.client(seat.person).cookies["s"].value, id=room, look=look)
        for key, seat in words.authors.seats.items()
    }

    def told() -> set[str]:
        frames, closed = passed(list(opened.values()))
        assert not closed
        return {key for key, connection in opened.items() if connection in frames}

    assert told() == set(opened)
    words.write()
    assert told() == words.allowed(words.first)
    words.press("p-ther", "denial")
    assert told() == words.allowed(words.first)
    words.press("p-ther", "confirmation")
    assert told() == words.allowed(words.wanted)
    assert len(words.allowed(words.wanted)) < len(opened)
    for key, connection in opened.items():
        assert connection.socket
        if key not in words.allowed(words.wanted):
            assert not re.search(WORDS, words.article(key))
