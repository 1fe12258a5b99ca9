"""A question about roles is taken onto the agenda of a meeting; who reads it there."""

import re

import pytest

from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from conferences.questions.models import RoleQuestion
from tests.cast import Stage
from tests.conferences.test_questions import asked, board, others, press, sees, told, words
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Mark, Release
from workspace.disclosure.policy import EVERY_ROLE, topic_bits
from workspace.people.models import Person, public_id
from workspace.record.models import Event


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Nobody has asked anything yet."""
    Mark.objects.filter(pk__in=RoleQuestion.unsealed.values("pk")).update(removed_at=stage.at)
    return stage


def reads_item(stage: Stage, person: str, item: AgendaItem) -> bool:
    return bool(open_rows(stage.sight(person), AgendaItem.objects.sealed(mark=item.pk)))


def room(stage: Stage) -> Conference:
    found: Conference = Conference.unsealed.get(mark__case__key="alder", key="now")
    return found


@pytest.mark.parametrize("to", ["few", "all"])
def test_on_the_agenda_a_question_is_read_by_nobody_who_does_not_read_it_elsewhere(
    stage: Stage, to: str
) -> None:
    shown = 0
    for about in ("ther", "vw", "shelter"):
        with stage.undone():
            question = asked(stage, "p-survivor", "seats", about, to)
            before = {person: board(stage, person) for person in others(stage)}
            given = {"conference": room(stage).mark.public_id}
            assert press(stage, "p-cm", question, "agenda", **given) == 303
            item = AgendaItem.unsealed.get(question=question.pk)
            assert (item.conference_id, item.kind, item.status) == (room(stage).pk, "roles", "planned")
            invited = set(room(stage).mark.named.values_list("seat__key", flat=True))
            for person, seat in others(stage).items():
                reads = sees(stage, person, question) and seat in invited
                assert reads_item(stage, person, item) == reads, (about, person)
                assert (f"/items/{item.mark.public_id}/" in board(stage, person)) == reads, (about, person)
                assert reads or board(stage, person) == before[person]
                shown += reads
    assert shown > 5


def test_whoever_sees_no_more_whom_a_question_is_about_does_not_read_it_on_the_agenda(stage: Stage) -> None:
    Person.objects.update(language="en")
    question = asked(stage, "p-det", "seats", "pros", "all")
    assert press(stage, "p-cm", question, "agenda", conference=room(stage).mark.public_id) == 303
    item = AgendaItem.unsealed.get(question=question.pk)
    invited = set(room(stage).mark.named.values_list("seat__key", flat=True))

    def readers() -> set[str]:
        reading = {person for person in others(stage) if reads_item(stage, person, item)}
        there = {person for person, seat in others(stage).items() if seat in invited}
        assert reading == {person for person in there if sees(stage, person, question)}
        return reading

    before = readers()
    police = Release.objects.filter(agency=stage.seat("alder", "det").agency)
    police.update(topics=topic_bits(["coordination"]))
    assert before - readers() == {"p-det"}
    page = told(stage.browser("p-det").get(f"/conferences/{room(stage).mark.public_id}/"))
    assert item.mark.public_id not in page


def test_taken_twice_it_stands_there_once_and_who_does_not_lead_proposes_it(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    given = {"conference": room(stage).mark.public_id}
    assert [press(stage, person, question, "agenda", **given) for person in ("p-sup", "p-cm")] == [303, 303]
    item = AgendaItem.unsealed.get(question=question.pk)
    assert (item.status, item.mark.author_id, item.title) == (
        "proposed",
        question.mark.author_id,
        "No tengo claro esto.",
    )
    assert list(Event.objects.filter(verb__startswith="question_").values_list("verb", flat=True)) == [
        "question_asked",
        "question_proposed",
    ]
    assert press(stage, "p-interp", question, "agenda", **given) == 403


def test_where_the_item_is_hidden_nothing_says_that_the_question_is_on_an_agenda(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    before = board(stage, "p-sup")
    assert press(stage, "p-cm", question, "agenda") == 303
    item = AgendaItem.unsealed.select_related("mark").get(question=question.pk)
    shown = f"/items/{item.mark.public_id}/"
    assert shown in board(stage, "p-sup")
    Mark.objects.filter(pk=item.pk).update(audience=0)
    assert board(stage, "p-sup") == before
    assert shown in board(stage, "p-survivor")
    Mark.objects.filter(pk=item.pk).update(removed_at=stage.at)
    assert shown not in board(stage, "p-survivor")


def test_a_long_question_is_shortened_and_what_is_over_is_not_taken(stage: Stage) -> None:
    words(stage, "p-survivor", audience="all", text="who\n" * 200)
    question = RoleQuestion.unsealed.select_related("mark").latest("mark_id")
    for number in (public_id(), "\x00", "0"):
        assert press(stage, "p-cm", question, "agenda", conference=number) == 409
    assert press(stage, "p-cm", question, "agenda") == 303
    item = AgendaItem.unsealed.get(question=question.pk)
    assert len(item.title) == 200
    assert "\n" not in item.title
    over = asked(stage, "p-survivor", "seats", "vw", "all")
    assert press(stage, "p-survivor", over, "closing") == 303
    assert press(stage, "p-cm", over, "agenda") == 409
    Conference.unsealed.filter(mark__case__key="alder").update(status="closed", paused=False)
    other = asked(stage, "p-survivor", "seats", "det", "all")
    answer = stage.browser("p-cm").post(f"/questions/{other.mark.public_id}/agenda/")
    assert answer.status_code == 409
    assert "no meeting to come" in told(answer)


def test_the_next_meeting_prepares_with_what_is_open(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    page = f"/conferences/{room(stage).mark.public_id}/preparation/"
    shown = f'id="question-{question.mark.public_id}"'
    answer = f"/questions/{question.mark.public_id}/answer/"
    assert shown in told(stage.browser("p-cm").get(page))
    assert answer in told(stage.browser("p-cm").get(page))
    assert answer not in told(stage.browser("p-survivor").get(page))
    assert press(stage, "p-survivor", question, "closing") == 303
    assert shown not in told(stage.browser("p-cm").get(page))
    assert shown in board(stage, "p-cm")


def test_what_a_meeting_left_of_one_question_is_not_hidden_by_another_in_the_same_words(stage: Stage) -> None:
    """What is asked in one press reads the same, whatever it is about."""
    first, second = (asked(stage, "p-survivor", "seats", about, "all") for about in ("vw", "det"))
    assert press(stage, "p-cm", first, "agenda") == 303
    item = AgendaItem.unsealed.select_related("mark").get(question=first.pk)
    over = Conference.unsealed.get(mark__case__key="alder", key="past")
    AgendaItem.unsealed.filter(pk=item.pk).update(conference=over)
    Mark.objects.filter(pk=item.pk).update(parent=over.pk)
    shown, meeting = f"/items/{item.mark.public_id}/", f"/conferences/{room(stage).mark.public_id}/"
    assert shown in told(stage.browser("p-cm").get(meeting))
    assert press(stage, "p-cm", second, "agenda") == 303
    assert shown in told(stage.browser("p-cm").get(meeting))


UNSURE = "I am not sure about this"


@pytest.mark.parametrize(("kind", "key"), [("seats", "shelter"), ("seats", "vw"), ("responsibilities", 3)])
def test_on_the_agenda_it_says_what_it_is_about_as_far_as_its_reader_sees_that_in_their_language(
    stage: Stage, kind: str, key: str | int
) -> None:
    Person.objects.update(language="en")
    Person.objects.filter(key__in=["p-survivor", "p-sup"]).update(language="es")
    place = stage.place("alder", "seats", str(key)) if kind == "seats" else f"/cases/0/{kind}/{key}"
    question = asked(stage, "p-survivor", kind, key, "all")
    assert press(stage, "p-cm", question, "agenda") == 303
    item = AgendaItem.unsealed.select_related("mark").get(question=question.pk)
    # Whoever was let read the question still does, and what it is about was narrowed since.
    Mark.objects.filter(pk=item.pk).update(audience=EVERY_ROLE, topic="coordination")
    name = stage.seat("alder", str(key)).person.name if kind == "seats" else stage.raw(place)["text"]
    number = item.mark.public_id
    pages = [f"/conferences/{room(stage).mark.public_id}/{page}" for page in ("", "preparation/")]
    reading = {True: 0, False: 0}
    for person, seat in others(stage).items():
        if not reads_item(stage, person, item):
            continue
        shown = [told(stage.browser(person).get(page)) for page in [*pages, f"/items/{number}/"]]
        says = {
            re.sub(r"<[^>]+>", "", title)
            for page in shown
            for title in re.findall(rf'href="/items/{number}/"[^>]*dir="auto">(.*?)</a>', page)
        }
        spanish = person in ("p-survivor", "p-sup")
        sees_it = stage.oracle.sees("alder", seat, place, stage.at)
        about = name if sees_it else ("el equipo" if spanish else "the team") if kind == "seats" else ""
        first = "No tengo claro esto" if spanish else UNSURE
        assert says == {f"{first}: {about}" if about else f"{first}."}, person
        shown.append(told(stage.browser(person).get(f"/written/{number}/history/")))
        assert f"{first}: {about}" in shown[-1] if about else f"{first}." in shown[-1], person
        assert sees_it or all(name not in page for page in shown), person
        reading[sees_it] += 1
    assert reading[True] > 3
    assert reading[False] or key == "vw"
    # What somebody says in their own words stays as they said it.
    AgendaItem.unsealed.filter(pk=item.pk).update(title="w-own words")
    assert "w-own words" in told(stage.browser("p-cm").get(pages[0]))
