"""Who is who on one page of paper: what she can ask whom, and nothing that tells whoever finds it."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.utils import translation
from pytest_django import Settings

from conferences.cards.models import Translation
from conferences.usual.models import UsualCard
from conferences.usual.panels import usually
from tests.cast import TICK, Clock, Stage, said
from tests.live_pass import connect
from tests.servers import ROOT
from tests.test_surfaces import Eyes
from workspace.disclosure.labels import ROLES
from workspace.disclosure.models import Mark, Seat
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Agency, Person, public_id

CASE = "/cases/0"


def url_of(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/roles/paper/"


def page_of(stage: Stage, person: str) -> str:
    return str(stage.client(person).get(f"{url_of(stage)}?paper=yes").content.decode())


def printed(page: str) -> list[str]:
    """What stands on the paper: a line for each of those she can ask, after the head of it."""
    article = unescape(page.partition('<article class="names"')[2].partition("</article>")[0]).partition(">")[
        2
    ]
    lines = [re.sub(r"<[^>]+>", "\n", part).strip() for part in article.split("<li>")]
    return [re.sub(r"\s*\n\s*", " | ", line) for line in lines]


def line_of(stage: Stage, person: str, by: str = "p-survivor") -> str:
    """The line of somebody of whom the name is planted."""
    return line_of_name(stage, name_of(stage, person), by)


def line_of_name(stage: Stage, name: str, by: str = "p-survivor") -> str:
    """The line that begins with this name."""
    return next((line for line in printed(page_of(stage, by)) if line.startswith(name)), "")


def name_of(stage: Stage, person: str) -> str:
    return str(next(each["name"] for each in stage.casefile["people"] if each["key"] == person))


def says(stage: Stage, key: str, **words: Any) -> None:
    Seat.unsealed.filter(pk=stage.seat("alder", key).mark_id).update(**words)


def in_english(person: str = "p-survivor") -> None:
    Person.objects.filter(key=person).update(language="en")


@pytest.fixture
def demonstration(db: None, clock: Clock) -> Stage:
    return Stage(json.loads((ROOT / "agendas" / "casefile" / "harbor.json").read_text()), clock)


def test_only_she_and_those_who_carry_the_case_find_it(stage: Stage) -> None:
    absent: dict[tuple[str, str], str] = {}
    found = 0
    for person in (
        "p-survivor",
        "p-cm",
        "p-adv",
        "p-sup",
        "p-next-cm",
        "p-det",
        "p-interp",
        "p-law",
        "p-nurse",
    ):
        eyes, browser = Eyes(stage, person), stage.client(person)
        for number in (0, 1):
            place = f"/cases/{number}"
            allowed = eyes.role(place) == "survivor" or eyes.plans(place)
            board = f"/cases/{stage.ids[place]}/roles/"
            for query in ("", "?paper=yes"):
                answer = browser.get(f"{board}paper/{query}")
                assert answer.status_code == (200 if allowed else 404), (person, place)
                if not allowed:
                    nowhere = f"/cases/{public_id()}/roles/paper/{query}"
                    assert said(answer) == absent.setdefault((person, query), said(browser.get(nowhere)))
            linked = f'href="{board}paper/"' in browser.get(board).content.decode()
            assert linked == allowed
            found += allowed
    assert found == 5


def test_whether_paper_is_safe_is_asked_first(stage: Stage) -> None:
    in_english()
    for person, asks in (("p-survivor", "Is paper safe for you?"), ("p-cm", "Is paper safe for her?")):
        browser = stage.client(person)
        page = browser.get(url_of(stage)).content.decode()
        assert asks in page
        assert 'class="paper"' not in page
        assert not stage.found(page) - {name_of(stage, person)}
        assert 'href="' + url_of(stage) + '?paper=yes"' in page


def test_she_finds_all_whom_she_sees_and_they_whom_both_see(stage: Stage) -> None:
    # A seat that she sees and her case manager does not.
    hidden = stage.seat("alder", "ther")
    Mark.objects.filter(pk=hidden.mark_id).update(audience=1)
    facts = stage.oracle.case("alder")
    sitting = {
        seat.person: seat
        for seat in facts.seats.values()
        if seat.key == dict(stage.oracle.seats_of(seat.person, stage.at)).get("alder") and seat.key != "sv"
    }
    names = {name_of(stage, person) for person in sitting}
    assert len(names) > 10
    found = {line.partition(" |")[0] for line in printed(page_of(stage, "p-survivor"))[1:]}
    assert found == names
    theirs = {line.partition(" |")[0] for line in printed(page_of(stage, "p-cm"))[1:]}
    assert theirs == names - {name_of(stage, "p-ther")}
    assert name_of(stage, "p-survivor") not in found | theirs


def test_what_both_do_not_see_leaves_no_trace(stage: Stage) -> None:
    """Neither in whose name is written longer, nor in what is left out, nor as who stands in."""
    hidden = stage.seat("alder", "ther")
    before = page_of(stage, "p-cm")
    assert name_of(stage, "p-ther") in before
    Mark.objects.filter(pk=hidden.mark_id).update(audience=1)
    without = page_of(stage, "p-cm")
    Person.objects.filter(key="p-ther").update(name=f"{name_of(stage, 'p-det')} Other")
    Agency.objects.filter(key="minds").update(name="Sunday Market")
    says(stage, "ther", does="I am here on Sunday Market", contact="the shelter")
    says(stage, "det", does="Find me at Sunday Market", language="es", stand_in=hidden)
    shown = page_of(stage, "p-cm")
    assert "Find me at Sunday Market" in shown
    assert "Find me at Sunday Market" not in page_of(stage, "p-survivor")
    says(stage, "det", does="", language="", stand_in=None)
    line = re.compile(r"<li>.*?</li>", re.DOTALL)
    assert line.findall(page_of(stage, "p-cm")) == line.findall(without)


def test_the_words_of_a_card_are_in_her_language(stage: Stage) -> None:
    for language, texts in {
        "en": ("Bikes on Monday", "Ring twice"),
        "es": ("Bicicletas el lunes", "Dos toques"),
    }.items():
        Person.objects.filter(key="p-survivor").update(language=language)
        UsualCard.objects.all().delete()
        Translation.objects.all().delete()
        says(stage, "det", does="Bikes on Monday", contact="Ring twice", language="en", drafted_by=None)
        seat = stage.seat("alder", "det")
        Translation.objects.create(
            seat=seat,
            by=seat,
            at=stage.at,
            language="es-MX",
            does="Bicicletas el lunes",
            contact="Dos toques",
        )
        for person in ("p-survivor", "p-cm"):
            assert line_of(stage, "p-det", person).split(" | ")[1:] == list(texts)


def test_a_translation_that_is_older_than_the_card_is_not_printed(stage: Stage) -> None:
    says(stage, "interp", does="I sing", contact="0555 0100", language="en")
    seat, spanish = stage.seat("alder", "interp"), {"does": "Yo canto", "contact": "Dos toques"}
    Translation.objects.create(seat=seat, by=seat, at=stage.at, language="es", **spanish)
    assert "Yo canto | Dos toques" in line_of(stage, "p-interp")
    says(stage, "interp", worded_at=stage.at + TICK)
    line = line_of(stage, "p-interp")
    assert "Yo canto" not in line
    assert line.endswith("| 0555 0100")


def test_without_words_in_her_language_stands_what_is_usual_for_the_role(stage: Stage) -> None:
    says(stage, "interp", does="Words in English", contact="0555 0100", language="en")
    usual = {said.language: said.does for said in usually()["interpreter"]}
    line = line_of(stage, "p-interp")
    assert line.split(" | ")[1:] == [line.split(" | ")[1], "0555 0100"]
    assert usual["es"].startswith(line.split(" | ")[1])
    force = stage.seat("alder", "interp").case.task_force
    UsualCard.objects.create(task_force=force, role="interpreter", language="es", does="Hablo por las dos.")
    assert line_of(stage, "p-interp").split(" | ")[1] == "Hablo por las dos."


def test_a_draft_is_no_words_of_theirs(stage: Stage) -> None:
    says(stage, "interp", does="Un borrador", contact="0555 0100", language="es")
    assert "Un borrador | 0555 0100" in line_of(stage, "p-interp")
    says(stage, "interp", drafted_by=stage.seat("alder", "cm"))
    line = line_of(stage, "p-interp")
    assert line
    assert "Un borrador" not in line
    assert "0555" not in line
    says(stage, "interp", called="Apodo", stand_in=stage.seat("alder", "prov"))
    text = " ".join(printed(page_of(stage, "p-survivor")))
    assert "Apodo" not in text
    assert "no está" not in text
    says(stage, "interp", drafted_by=None)
    assert line_of_name(stage, "Apodo").endswith(f": {name_of(stage, 'p-prov')}")


def test_a_sentence_that_tells_is_left_out_and_what_is_left_stays(stage: Stage) -> None:
    in_english()
    says(
        stage,
        "prov",
        language="en",
        does="I work at the shelter. I mend bikes. I like tea. I sing.",
        contact="0555 0100\nask@prov.example.org\nat the court\nThe D. A. knows\nafter nine",
    )
    assert line_of(stage, "p-prov").split(" | ")[1:] == ["I mend bikes. I like tea.", "0555 0100 after nine"]
    says(stage, "prov", does="My police work.", contact="www.police.example")
    assert line_of(stage, "p-prov") == name_of(stage, "p-prov")
    assert "Some things are not on this paper" in page_of(stage, "p-survivor")


def test_words_that_tell_together_are_not_told_apart_by_a_full_stop_or_a_line(stage: Stage) -> None:
    in_english()
    for text in ("Tea with forced\nlabor groups", "Green\ncard help", "I lead the task.\nForce is strong"):
        says(stage, "prov", language="en", does=text, contact=text)
        assert line_of(stage, "p-prov") == name_of(stage, "p-prov"), text
        assert "Some things are not on this paper" in page_of(stage, "p-survivor")


def test_a_name_to_use_that_says_for_whom_somebody_works_is_not_printed(stage: Stage) -> None:
    Agency.objects.filter(key="minds").update(name="Harbor House")
    for called in ("Harbor Ana", "Ana, Harbor House", "ana@harbor.org"):
        says(stage, "ther", called=called)
        assert line_of(stage, "p-ther"), called
        assert not re.search("(?i)harbor", " ".join(printed(page_of(stage, "p-survivor"))))
    says(stage, "ther", called="Anita")
    assert line_of_name(stage, "Anita")


@pytest.mark.parametrize(
    "title",
    ["Agent", "Deputy", "Lt", "Lieutenant", "Capt", "Captain", "Trooper", "Marshal", "Sergeant", "Inspector"],
)
def test_no_rank_is_printed_as_somebody_s_name(stage: Stage, title: str) -> None:
    Person.objects.filter(key="p-det").update(name=f"{title} Ana Ruiz")
    assert line_of_name(stage, "Ana")
    assert title not in " ".join(printed(page_of(stage, "p-survivor")))


def test_two_of_the_same_first_name_can_be_told_apart(stage: Stage) -> None:
    for person, name in {
        "p-cm": "Ana Perez",
        "p-adv": "Ana Pineda",
        "p-det": "Officer Ana Ruiz",
        "p-prov": "Alejandra Mora",
        "p-interp": "Inés Diaz",
        "p-mentor": "Robert Stone",
    }.items():
        Person.objects.filter(key=person).update(name=name)
    says(stage, "prov", called="Ana")
    says(stage, "interp", called="Your case manager Inés")
    says(stage, "mentor", called="Bobby")
    found = {line.partition(" |")[0] for line in printed(page_of(stage, "p-survivor"))[1:]}
    assert {"Ana Pe.", "Ana Pi.", "Ana R.", "Ana M.", "Inés", "Bobby"} <= found


def test_a_stand_in_stands_there_where_she_sees_them(stage: Stage) -> None:
    in_english()
    says(stage, "cm", stand_in=stage.seat("alder", "prov"))
    line = f"When {name_of(stage, 'p-cm')} is away: {name_of(stage, 'p-prov')}"
    assert line in line_of(stage, "p-cm")
    says(stage, "prov", until=stage.at)
    assert "is away" not in line_of(stage, "p-cm")


def words_that_tell(stage: Stage) -> "re.Pattern[str]":
    """Agencies, roles in every language, and what it is all about."""
    words = {agency["name"] for agency in stage.casefile["agencies"]} | {stage.casefile["task_force"]["name"]}
    for language in ("en", "es"):
        with translation.override(language):
            words |= {str(label) for label in ROLES.values()}
    words |= {
        "case",
        "caso",
        "cases",
        "casos",
        "conference",
        "conferencia",
        "agency",
        "agencia",
        "role",
        "rol",
    }
    return re.compile(rf"(?i)\b({'|'.join(map(re.escape, words))})\b")


# Of whom so much is told by anything they do that nothing is left of it.
BY_NAME_ALONE = {"shelter", "victim_witness", "investigator", "prosecutor", "child_protection"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_usual_for_any_role_tells_nothing(demonstration: Stage, language: str) -> None:
    """Whoever holds a seat and has said nothing: not what they are, nor for whom, nor what it is about."""
    stage, tells, told = demonstration, words_that_tell(demonstration), {}
    Person.objects.filter(key="marisol").update(language=language)
    dana = Seat.unsealed.get(case__key="juniper", person__key="dana")
    her = stage.client("marisol")
    for role in usually().keys() - {"survivor"}:
        Seat.unsealed.filter(pk=dana.mark_id).update(role=role, primary=False, does="", contact="")
        page = her.get(f"/cases/{stage.ids[CASE]}/roles/paper/?paper=yes").content.decode()
        lines = printed(page)
        for text in (" ".join(lines), " ".join(re.findall(r"<title>.*?</title>", page))):
            assert not tells.search(text), (role, tells.search(text))
        told[role] = next(line for line in lines if line.startswith("Dana")).partition(" | ")[2]
    alone = {role for role, words in told.items() if not words}
    assert alone - {"counsel"} == BY_NAME_ALONE, told


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_paper_of_the_demonstration_tells_anything(demonstration: Stage, language: str) -> None:
    stage = demonstration
    Person.objects.filter(key="marisol").update(language=language)
    for person in ("marisol", "dana"):
        page = stage.client(person).get(f"/cases/{stage.ids[CASE]}/roles/paper/?paper=yes").content.decode()
        lines = printed(page)
        assert not words_that_tell(stage).search(" ".join(lines))
        assert lines[0] == {"en": "Names and numbers", "es": "Nombres y números"}[language]
        assert "Whitfield" not in " ".join(lines)
        assert next(line for line in lines if line.startswith("Dana"))


def test_it_follows_and_goes_when_the_right_to_it_ends(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    case = stage.seat("alder", "sv").case_id

    def paper_of(person: str) -> Any:
        return connect("leaflet", stage.client(person).cookies["s"].value, id=stage.ids[CASE]).socket

    hers, theirs, others = paper_of("p-survivor"), paper_of("p-cm"), [paper_of("p-det"), paper_of("p-interp")]
    passes = Passes()
    frames = {socket: frame for socket, frame, _ in passes.run([hers, theirs, *others]).frames}
    assert not any(stage.found(frames[socket]) for socket in others)
    says(stage, "prov", does="qbikes", language="es")
    case_changed(case)
    changed = {socket: frame for socket, frame, _ in passes.run([hers, theirs, *others]).frames}
    assert set(changed) == {hers, theirs}
    assert all("qbikes" in frame for frame in changed.values())
    Mark.objects.filter(pk=stage.seat("alder", "prov").mark_id).update(audience=1)
    case_changed(case)
    [(socket, frame, _)] = passes.run([hers, theirs, *others]).frames
    assert socket == theirs
    assert "qbikes" not in frame
    says(stage, "cm", until=stage.at)
    case_changed(case)
    assert passes.run([hers, theirs, *others]).closed == [theirs]
