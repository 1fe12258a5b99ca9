"""What somebody may have to do with what they are told stands beside their name wherever it says who sees something:
beside theirs and no other, and for nobody who may not know that they are on the team."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from conferences.usual.models import UsualCard
from conferences.usual.panels import usually
from tests.agendas.test_notes import Paper
from tests.cast import Stage
from tests.oracle import allowed
from workspace.disclosure.labels import DUTIES, DUTY_BIT, EVERY_DUTY, Duty, duties_of
from workspace.disclosure.models import Case, Seat
from workspace.people.models import Person

PERSON = re.compile(r"<li><p><b><bdi>(\w+)</bdi></b>(.*?)</li>", re.DOTALL)
LINE = re.compile(r'<p class="meta">(.*?)</p>', re.DOTALL)
SEE = re.compile(r'<details class="see" id="see-([\w-]{20})">.*?<p>(.*?)</p>', re.DOTALL)
NAMED = re.compile(r'<bdi>(\w+)</bdi>(?: <span class="soft">\((.*?)\)</span>)?')
EMPTY = {"does": "", "does_not": "", "ask_about": "", "private": "", "contact": ""}


def words(bits: int) -> str:
    return ", ".join(str(DUTIES[duty][1]) for duty in duties_of(bits))


@pytest.fixture
def duties(stage: Stage) -> dict[str, int]:
    """The duties of every seat of a case, by key; no two have the same, and everybody reads English."""
    Person.objects.update(language="en")
    held = {}
    for number, seat in enumerate(Seat.unsealed.filter(case__key="alder").order_by("pk")):
        held[seat.key] = 37 * number % EVERY_DUTY + 1
        Seat.unsealed.filter(pk=seat.pk).update(duties=held[seat.key])
    assert len(set(held.values())) == len(held)
    return held


def knows(stage: Stage, viewer: str, seat: str) -> bool:
    return stage.oracle.sees("alder", viewer, stage.place("alder", "seats", seat), stage.at)


def writers(stage: Stage) -> Iterator[tuple[str, str]]:
    """Seats and people who may write under the item that all of the open conference see."""
    place = stage.place("alder", "agenda", "wide")
    for seat in stage.oracle.case("alder").seats.values():
        if seat.role != "interpreter" and stage.oracle.sees("alder", seat.key, place, stage.at):
            yield seat.key, seat.person


def told(stage: Stage, person: str) -> dict[str, list[str]]:
    """What this writer reads below each name that would read a note to everyone."""
    paper = Paper(stage, person, stage.url("alder", "agenda", "wide"))
    said = paper.readers(paper.filled(audience="everyone")).partition('id="note-readers"')[2]
    assert said
    return {name: [unescape(line) for line in LINE.findall(rest)] for name, rest in PERSON.findall(said)}


def test_each_duty_stands_beside_exactly_those_who_hold_it_where_a_writer_reads_who_will_read(
    stage: Stage, duties: dict[str, int]
) -> None:
    names = dict(Person.objects.values_list("key", "name"))
    facts, hidden = stage.oracle.case("alder"), 0
    wide = stage.oracle.row(stage.place("alder", "agenda", "wide"))
    for writer, person in writers(stage):
        readers = {
            seat.key: names[seat.person]
            for seat in facts.seats.values()
            if allowed(facts, seat.key, wide, stage.at)
        }
        found = told(stage, person)
        assert set(found) == {name for key, name in readers.items() if knows(stage, writer, key)}
        for key, name in readers.items():
            if not knows(stage, writer, key):
                hidden += 1
            elif key == writer:
                assert found[name] == [], "of oneself one knows"
            else:
                first = words(duties[key])
                assert found[name][0] == first[0].upper() + first[1:], (writer, key)
    assert hidden, "somebody is on the team without every writer's knowing"


def test_until_somebody_has_said_their_duties_it_says_what_is_usual_and_that_it_is(stage: Stage) -> None:
    Person.objects.update(language="en")
    Seat.unsealed.filter(case__key="alder").update(duties=0)
    seats = Seat.unsealed.filter(case__key="alder")
    blank, written, confirmed = "det", "pros", "vw"
    seats.filter(key=blank).update(**EMPTY)
    seats.filter(key=confirmed).update(confirmed_at=stage.at)
    names = dict(Seat.unsealed.filter(case__key="alder").values_list("key", "person__name"))
    found = told(stage, "p-cm")
    usual = [duty for duty in Duty if duty not in (Duty.PRIVILEGED, Duty.CONFIDENTIAL)]
    assert found[names[blank]] == ["Usual in this role: " + words(sum(DUTY_BIT[duty] for duty in usual))]
    line = found[names[written]][0]
    assert line == "Usual in this role: " + words(usually()["prosecutor"][0].duties)
    assert found[names[written]][1].startswith("What they")
    assert [each[:9] for each in found[names[confirmed]]] == ["What they"]
    # The same on the card, and in the label of a row that names them.
    page = board_of(stage, "p-cm")
    for key, stands in ((written, True), (confirmed, False)):
        seat = stage.seat("alder", key)
        card = re.search(rf'<li id="seat-{seat.mark.public_id}".*?\n</li>', page, re.DOTALL)
        assert card
        assert (unescape(str(DUTIES[Duty.GIVES_TO_DEFENCE][0])) in unescape(card[0])) is stands, key
        assert ('<span class="meta">Usual in this role:' in card[0]) is stands, key
        said = {
            words
            for label in SEE.findall(page)
            for name, words in NAMED.findall(label[1])
            if name == names[key]
        }
        assert said == {line[0].lower() + line[1:] if stands else ""}, key


def test_what_the_task_force_says_of_a_role_stands_beside_names_in_every_panel(stage: Stage) -> None:
    Person.objects.update(language="en")
    det = Seat.unsealed.filter(case__key="alder", key="det")
    det.update(duties=0, confirmed_at=None)
    name = Person.objects.get(key="p-det").name
    for number, language in enumerate(("en", "es")):
        UsualCard.objects.create(
            task_force=Case.objects.get(key="alder").task_force,
            role="investigator",
            language=language,
            does=f"{number}",
            duties=DUTY_BIT[Duty.CONFIDENTIAL],
        )
    assert told(stage, "p-cm")[name][0] == "Usual in this role: keeps it confidential"
    labels = [label for _, label in SEE.findall(board_of(stage, "p-cm"))]
    said = [each for label in labels for each in NAMED.findall(label)]
    assert (name, "usual in this role: keeps it confidential") in said


@pytest.mark.parametrize("page", ["usual list", "answer", "setting aside", "card/", "card/translation/"])
def test_each_duty_stands_beside_whoever_reads_the_board(
    stage: Stage, duties: dict[str, int], page: str
) -> None:
    names = dict(Person.objects.values_list("key", "name"))
    facts = stage.oracle.case("alder")
    browser = stage.client("p-sup")
    if page == "usual list":
        body = {"usual-lines": ["rides"], "usual-audience": "everyone"}
        case = stage.ids["/cases/0"]
        answer = browser.post(f"/cases/{case}/responsibilities/usual/readers/", body)
    elif page.startswith("card"):
        answer = browser.get(f"/seats/{stage.ids[stage.place('alder', 'seats', 'law')]}/{page}")
    else:
        question = stage.ids["/cases/0/role_questions/1"]
        answer = browser.get(f"/questions/{question}/{'answer' if page == 'answer' else 'setting-aside'}/")
    assert answer.status_code == 200
    people = PERSON.findall(answer.content.decode())
    found = {name: [unescape(line) for line in LINE.findall(rest)] for name, rest in people}
    assert len(found) > 3
    for key, seat in facts.seats.items():
        name, first = names[seat.person], words(duties[key])
        if name in found and not key.startswith("old-"):
            stands = first[0].upper() + first[1:] in found[name]
            assert stands != (key == "sup"), (key, "of oneself one knows")


def test_each_duty_stands_beside_exactly_the_named_who_hold_it_on_every_row(
    stage: Stage, duties: dict[str, int]
) -> None:
    places = {number: place for place, number in stage.ids.items()}
    names = dict(Person.objects.values_list("key", "name"))
    facts, seen, kept = stage.oracle.case("alder"), 0, 0
    for viewer in ("sv", "cm", "sup", "det", "interp", "law", "shelter"):
        browser, case = stage.client(facts.seats[viewer].person), f"/cases/{stage.ids['/cases/0']}/"
        pages = [browser.get(url) for url in (case, f"{case}roles/", stage.url("alder", "agenda", "wide"))]
        whole = "".join(page.content.decode() for page in pages if page.status_code == 200)
        for number, label in SEE.findall(whole):
            row = stage.oracle.row(places[number])
            if row.case != "alder":
                continue
            told = {(name, unescape(words)) for name, words in NAMED.findall(label)}
            theirs = {key: (names[facts.seats[key].person], words(duties[key])) for key in row.named}
            assert told == {said for key, said in theirs.items() if knows(stage, viewer, key)}, (
                viewer,
                label,
            )
            seen += len(told)
            kept += len(theirs) - len(told)
    assert seen > 20
    assert kept, "somebody is named without every reader's knowing"


def test_whoever_was_shown_other_duties_reads_them_before_anything_is_kept(stage: Stage) -> None:
    paper = Paper(stage, "p-cm", stage.url("alder", "agenda", "wide"))
    body = paper.filled(audience="everyone")
    shown = re.search(r'shown_readers" value="(\w+)"', paper.readers(body))
    assert shown
    seat = Seat.unsealed.filter(case__key="alder", key="det")
    seat.update(duties=DUTY_BIT[Duty.GIVES_TO_DEFENCE])
    answer = paper.send(body | {"note-shown_readers": shown[1]})
    assert answer.status_code == 422
    assert "Please read who will see this" in answer.content.decode()


def test_a_draft_says_nothing_for_whoever_has_not_confirmed_it(stage: Stage) -> None:
    """Somebody else's words about what is kept private are not what they say of themselves."""
    Person.objects.update(language="en")
    det = Seat.unsealed.filter(case__key="alder", key="det")
    det.update(**EMPTY, duties=0, confirmed_at=None)
    name = Person.objects.get(key="p-det").name
    before = told(stage, "p-cm")[name]
    assert before[0].startswith("Usual in this role: ")
    det.update(
        private="I keep it all.",
        duties=DUTY_BIT[Duty.PRIVILEGED],
        drafted_by=stage.seat("alder", "sup"),
    )
    assert told(stage, "p-cm")[name] == before
    labels = [NAMED.findall(label) for _, label in SEE.findall(board_of(stage, "p-cm"))]
    usual = before[0][0].lower() + before[0][1:]
    assert {words for found in labels for each, words in found if each == name} == {usual}
    det.update(drafted_by=None, confirmed_at=stage.at)
    assert told(stage, "p-cm")[name] == [
        "Protected by law (privileged)",
        'What they say about keeping it private: <span dir="auto">I keep it all.</span>',
    ]


def board_of(stage: Stage, person: str) -> str:
    return stage.browser(person).get(f"/cases/{stage.ids['/cases/0']}/roles/").content.decode()
