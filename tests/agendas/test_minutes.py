"""One's own record of a conference: what came out of it for me to read, on the screen and on paper."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import translation
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.items.models import AgendaItem
from agendas.notes.models import Note, Unconfirmed
from conferences.meetings.models import Conference, Status
from tests.agendas.test_states import set_stage
from tests.cast import Clock, Stage
from tests.live_pass import connect
from tests.servers import ROOT
from workspace.disclosure.labels import ROLES
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.changes import find_person
from workspace.people.models import Agency, Person


def url_of(stage: Stage) -> str:
    return f"{stage.url('alder', 'conferences', 'now')}record/"


@pytest.mark.parametrize("state", Status)
def test_everybody_finds_what_they_may_read_and_nothing_else(stage: Stage, state: Status) -> None:
    set_stage(stage, state)
    room, asked = stage.place("alder", "conferences", "now"), 0
    rows = [place for place in stage.oracle.rows("alder") if place.startswith(room) and place != room]
    written = [place for place in rows if place.split("/")[-2] in ("notes", "decisions")]
    for seat in stage.oracle.case("alder").seats.values():
        if seat.person in ("p-adv", "p-old-cm"):  # has had two seats
            continue
        answer = stage.client(seat.person).get(url_of(stage))
        if not stage.oracle.sees("alder", seat.key, room, stage.at):
            assert answer.status_code == 404
            continue
        page = answer.content.decode()
        for place in written:
            sees = stage.oracle.sees("alder", seat.key, place, stage.at) and state != Status.PLANNED
            assert bool(stage.oracle.texts(place) & stage.found(page)) == sees, (seat.person, place)
        assert stage.found(page) <= stage.words(seat.person)
        asked += 1
    assert asked > 8


def test_what_is_added_after_the_end_stands_by_itself(stage: Stage) -> None:
    set_stage(stage, "closed")
    Conference.unsealed.filter(key="now").update(closed_at=stage.at)
    place = next(
        place
        for place in stage.oracle.rows("alder")
        if "/notes/" in place
        and place.startswith(stage.place("alder", "conferences", "now"))
        and stage.oracle.sees("alder", "cm", place, stage.at)
    )
    note = stage.row(place)
    Mark.objects.filter(case=note.mark.case).update(created_at=stage.at)
    assert "Added after the meeting" not in stage.client("p-cm").get(url_of(stage)).content.decode()
    Mark.objects.filter(pk=note.pk).update(created_at=stage.at.replace(year=stage.at.year + 1))
    page = stage.client("p-cm").get(url_of(stage)).content.decode()
    assert Note.unsealed.get(pk=note.pk).text in page.partition("Added after the meeting")[2]


def test_an_action_that_was_written_down_meanwhile_is_of_it(stage: Stage) -> None:
    set_stage(stage, "planned")
    room, lead = stage.url("alder", "conferences", "now"), stage.client("p-cm")
    assert lead.post(f"{room}opening/").status_code == 303
    opened = Conference.unsealed.get(key="now", mark__case__key="alder").opened_at
    assert opened == stage.at
    action = stage.row(
        next(p for p in stage.oracle.rows("alder") if "/actions/" in p and stage.raw(p)["key"] == "ride")
    )
    for at, there in ((opened.replace(year=2025), False), (opened, True)):
        Mark.objects.filter(pk=action.pk).update(created_at=at, author=stage.seat("alder", "cm"))
        assert (action.title in lead.get(url_of(stage)).content.decode()) == there


@pytest.mark.parametrize(("author", "invited"), [("shelter", True), ("shelter", False), ("sv", True)])
def test_the_record_has_what_those_in_the_meeting_wrote_and_it_stays_as_it_was(
    stage: Stage, author: str, invited: bool
) -> None:
    set_stage(stage, "closed")
    seat, room = stage.seat("alder", author), stage.row(stage.place("alder", "conferences", "now"))
    Conference.unsealed.exclude(pk=room.pk).update(opened_at=None)
    Conference.unsealed.filter(pk=room.pk).update(opened_at=stage.at, closed_at=stage.at)
    if not invited:
        Named.objects.filter(mark=room.pk, seat=seat).delete()
    action = stage.row("/cases/0/actions/0")
    ActionItem.unsealed.filter(pk=action.pk).update(owner=seat, from_item=None, status="accepted")
    Mark.objects.filter(pk=action.pk).update(
        created_at=stage.at, author=seat, topic="coordination", audience=EVERY_ROLE
    )
    # Whoever does not see who wrote it learns nothing of whether they were in it.
    for person, knows in (("p-cm", True), ("p-survivor", True), ("p-law", author != "shelter")):
        record = stage.browser(person).get(url_of(stage)).content.decode()
        assert (action.title in record) == (invited and knows), person
    # Who is not in the record changes their words as at any other time.
    words = f"/actions/{action.mark.public_id}/wording/"
    assert stage.browser(seat.person.key).get(words).status_code == (409 if invited else 200)


@pytest.fixture
def demonstration(db: None, clock: Clock) -> Stage:
    return Stage(json.loads((ROOT / "agendas" / "casefile" / "harbor.json").read_text()), clock)


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_she_prints_tells_nobody_what_it_is_about(demonstration: Stage, language: str) -> None:
    person = find_person("marisol")
    person.language = language
    person.save()
    stage = demonstration
    url = f"{stage.url('juniper', 'conferences', 'november')}record/"
    browser = stage.client("marisol")
    screen = unescape(browser.get(url).content.decode())
    asks = {"en": "Is paper safe for you?", "es": "¿Es seguro para usted tenerlo en papel?"}[language]
    assert asks in screen
    paper = browser.get(f"{url}?paper=yes").content.decode()
    printed = re.sub(
        r"<[^>]+>|\s+",
        " ",
        unescape(paper.partition('id="paper"')[2].partition("<h1>")[2].partition("</main>")[0]),
    )
    assert "Walk the new bus route together, twice" in printed
    assert "Dana" in printed
    assert "Whitfield" not in printed
    titles = " ".join(re.findall(r"<title>.*?</title>", paper))
    names = [agency["name"] for agency in stage.casefile["agencies"]] + [stage.casefile["task_force"]["name"]]
    with translation.override("en"):
        names += [str(label) for label in ROLES.values()]
    with translation.override("es"):
        names += [str(label) for label in ROLES.values()]
    names += ["case", "caso", "cases", "casos", "conference", "conferencia"]
    for text in (printed, titles):
        assert not re.search(rf"(?i)\b({'|'.join(map(re.escape, names))})\b", text)
    assert "Ask the shelter board" in screen
    assert "Ask the shelter board" not in printed


def test_only_she_is_asked_and_only_she_has_such_a_paper(stage: Stage) -> None:
    set_stage(stage, "open")
    for person in ("p-cm", "p-interp"):
        browser = stage.client(person)
        plain, paper = (browser.get(f"{url_of(stage)}{query}").content for query in ("", "?paper=yes"))
        assert b'id="to-paper"' not in plain
        assert b'class="paper"' not in paper
    her = stage.client("p-survivor")
    assert b'id="to-paper"' in her.get(url_of(stage)).content
    assert b'class="paper"' in her.get(f"{url_of(stage)}?paper=yes").content
    set_stage(stage, "planned")
    assert b'class="paper"' not in her.get(f"{url_of(stage)}?paper=yes").content


def test_there_is_no_paper_of_a_meeting_that_was_called_off(stage: Stage) -> None:
    set_stage(stage, "planned")
    words_of(stage, "Sunday at ten", said_by="sup")
    row = Conference.unsealed.get(key="now", mark__case__key="alder")
    off = {"status": "closed", "cancelled_at": stage.at, "cancelled_by": row.facilitator, "opened_at": None}
    Conference.unsealed.filter(pk=row.pk).update(**off, closed_at=None)
    her = stage.client("p-survivor")
    for query in ("", "?paper=yes"):
        page = her.get(f"{url_of(stage)}{query}").content.decode()
        assert "Sunday at ten" not in page
        assert 'class="paper"' not in page


def words_of(
    stage: Stage, text: str, *, said_by: str, unconfirmed: bool = False, denied: bool = False
) -> None:
    """What the advocate wrote down of somebody's words."""
    item = stage.row(stage.place("alder", "agenda", "wide"))
    mark = Mark.objects.create(
        case_id=item.mark.case_id,
        topic="coordination",
        audience=2**16 - 1,
        parent=item.mark,
        author=stage.seat("alder", "adv"),
    )
    Mark.objects.filter(pk=mark.pk).update(created_at=stage.at - timedelta(minutes=1))
    note = Note.unsealed.create(
        mark=mark, item=item, text=text, kind="discussion", said_by=stage.seat("alder", said_by)
    )
    if unconfirmed:
        at = stage.at if denied else None
        Unconfirmed.objects.create(note=note, audience=2**16 - 1, named="[]", denied_at=at)


def test_her_words_are_hers_whoever_wrote_them_down(stage: Stage) -> None:
    set_stage(stage, "open")
    Person.objects.filter(key="p-survivor").update(language="en")
    words_of(stage, "qhers", said_by="sv")
    words_of(stage, "qother", said_by="sup")
    browser = stage.client("p-survivor")
    screen = browser.get(url_of(stage)).content.decode()
    hers, others = (
        screen.partition(f"<h2>{what}")[2].partition("<h2>")[0] for what in ("What you said", "What was said")
    )
    assert "qhers" in hers, screen
    assert "qhers" not in others
    assert "qother" in others
    paper = browser.get(f"{url_of(stage)}?paper=yes").content.decode()
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    for text, key in (("qhers", "p-survivor"), ("qother", "p-sup")):
        line = next(part for part in paper.split("<li") if text in part)
        assert names[key] in line
        assert names["p-adv"] not in line


@pytest.mark.parametrize("denied", [False, True])
def test_words_that_nobody_confirmed_are_not_printed_as_said(stage: Stage, denied: bool) -> None:
    set_stage(stage, "open")
    words_of(stage, "qhers", said_by="sv", unconfirmed=True, denied=denied)
    browser = stage.client("p-survivor")
    assert "qhers" in browser.get(url_of(stage)).content.decode()
    paper = browser.get(f"{url_of(stage)}?paper=yes").content.decode()
    assert "qhers" not in paper


TELLS = """
The CASE is next week | Two court dates | The courthouse on 5th | Judge Ortiz was kind | My T visa |
U-VISAS take long | The policeman came back | A policewoman calls | Police | Detectives ask |
Talk to the prosecutors | Her attorney's office | a lawyer | Legal aid | the shelters are full | for victims |
As a witness | The trafficker lives there | about trafficking | my pimp | They exploited me |
immigration papers | Immigrant rights | Asylum interview | Call ICE | the FBI man | HSI called |
A protection order | orders of protection | Restraining order | I am pregnant | Pregnancy test |
She felt safe | Safety first | Patrols pass by |
Prenatal clinic | the survivors' group | My safety plan | Escape on Friday | the DA calls | The hotline number
| Therapy at nine | Traf\u00adfickers | the _police_ came | **Traf**ficked | Pol\u200bice | VÍCTIMAS | victima
| Los casos | Mi abogada | los Abogados | La policia | policías | El juez | La jueza | los jueces | Fiscalía |
fiscalia | El tribunal | Trata de personas | Salió de la trata | El tratante | inmigración | INMIGRACION |
La migra | asilo | Estoy embarazada | La clínica | clinicas | el albergue | Un refugio | Orden de protección |
ordenes de proteccion | La explotación | proxeneta | El testigo | Denunciar | la cárcel | deportación |
La corte | D.A. calls at nine | The d.a. calls | I.C.E. came | The D. A. calls | call_police_now | the case_manager |
her_attorney | court*date
"""
HARMLESS = """
A courtesy call | The new bus policy | My insurance policies | Bring the suitcase | A migraine again |
Nice rice | Traffic on the bridge | The visible light | The warranty of the phone | Sunday at ten | A pimple |
The sports bag | La cosecha de maíz | La casa de Dana | casarse | Los deportes del sábado |
Se trata de la cita | El tráfico de la mañana | La cortesía | El sexto piso | Ella da clases |
No es un fracaso | Acostarse temprano | La casera | At 9 a.m. sharp | E.g. a walk | J. D. Okafor
"""


def lines_of(text: str) -> set[str]:
    return {line.strip() for line in re.split(r"[|\n]", text)} - {""}


def test_a_line_with_a_word_that_tells_is_left_out_whole_and_no_other(stage: Stage) -> None:
    set_stage(stage, "open")
    tells, harmless = lines_of(TELLS), lines_of(HARMLESS)
    assert len(tells) + len(harmless) > 80
    for text in (*tells, *harmless):
        words_of(stage, text, said_by="sup")
    paper = stage.client("p-survivor").get(f"{url_of(stage)}?paper=yes").content.decode()
    printed = [
        re.sub(r"<[^>]+>", "", line).strip()
        for line in unescape(paper).split('<div class="prose" dir="auto">')
    ]
    told = {line.partition("\n")[0] for line in printed}
    assert not told & (tells | {re.sub(r"[*_]", "", line) for line in tells})
    assert harmless <= told, harmless - told
    assert "Lea primero cada línea." in paper
    assert "Algunas cosas no están en este papel." in paper


@pytest.mark.parametrize(
    ("agency", "text"),
    [
        ("Harbor House", "Walk to harbor house"),
        ("Harbor House", "HARBOR HOUSE at nine"),
        ("Harbor House", "Walk to harbor  house"),
        ("Harbor House", "Walk to harbor-house"),
        ("ICE", "Call ICE on Monday"),
        ("Unit 4 of the DA", "The DA calls"),
    ],
)
def test_no_agency_is_printed_however_it_is_typed(stage: Stage, agency: str, text: str) -> None:
    set_stage(stage, "open")
    Agency.objects.filter(key="police").update(name=agency)
    words_of(stage, text, said_by="sup")
    words_of(stage, "A walk in the house", said_by="sup")
    browser = stage.client("p-survivor")
    assert text in browser.get(url_of(stage)).content.decode()
    paper = browser.get(f"{url_of(stage)}?paper=yes").content.decode()
    assert text not in paper
    assert "A walk in the house" in paper


@pytest.mark.parametrize("before", ["Officer", "Det.", "Detective", "Attorney"])
def test_what_stands_before_a_name_is_not_printed(stage: Stage, before: str) -> None:
    set_stage(stage, "open")
    Person.objects.filter(key="p-det").update(name=f"{before} Inés Diaz")
    words_of(stage, "Sunday at ten", said_by="det")
    paper = stage.client("p-survivor").get(f"{url_of(stage)}?paper=yes").content.decode()
    line = next(part for part in paper.split("<li") if "Sunday at ten" in part)
    assert ">Inés</b>" in line
    assert before not in paper


def test_an_item_has_the_number_that_it_has_in_the_room(stage: Stage) -> None:
    set_stage(stage, "open")
    room = stage.place("alder", "conferences", "now")
    item = stage.row(stage.place("alder", "agenda", "wide"))
    for other in AgendaItem.unsealed.filter(conference=stage.row(room)).exclude(pk=item.pk):
        AgendaItem.unsealed.filter(pk=other.pk).update(declined=True, reply="not now")
    AgendaItem.unsealed.filter(pk=item.pk).update(position=10_000)
    browser, title = stage.client("p-cm"), re.compile(rf'<span class="number">(\d+)</span> <bdi>{item.title}')
    room_says = title.search(browser.get(stage.url("alder", "agenda", "wide")).content.decode())
    record_says = title.search(browser.get(url_of(stage)).content.decode())
    assert room_says
    assert record_says
    assert record_says[1] == room_says[1]


def test_what_stands_to_be_printed_goes_when_it_may_not_be_read_any_more(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    set_stage(stage, "open")
    words_of(stage, "qhers", said_by="sv")
    case, scope = stage.seat("alder", "sv").case_id, stage.ids[stage.place("alder", "conferences", "now")]

    def paper_of(person: str) -> Any:
        return connect("paper", stage.client(person).cookies["s"].value, id=scope).socket

    hers, others = paper_of("p-survivor"), [paper_of(person) for person in ("p-cm", "p-interp", "p-det")]
    passes = Passes()
    frames = {socket: frame for socket, frame, _ in passes.run([hers, *others]).frames}
    assert "qhers" in frames[hers]
    assert not any(stage.found(frames[socket]) or "qhers" in frames[socket] for socket in others)
    Mark.objects.filter(pk=Note.unsealed.get(text="qhers").pk).update(removed_at=stage.at)
    case_changed(case)
    [(_, frame, _)] = passes.run([hers, *others]).frames
    assert "qhers" not in frame
    Seat.unsealed.filter(pk=stage.seat("alder", "sv").pk).update(until=stage.at)
    assert passes.run([hers, *others]).closed == [hers]
