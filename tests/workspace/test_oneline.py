"""Of one line, who does what by when is understood; what is not stays as it was typed."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspace.oneline import Understood, understood

MONDAY = date(2026, 11, 23)
PEOPLE = {
    "marcus": ("Marcus Webb", "Marc"),
    "ruth": ("Det. Ruth Alvarez",),
    "tomas": ("Tomás Ibarra",),
    "rojas": ("Tomás Rojas",),
    "ana": ("Ana-Lucía Paz",),
}


def read(line: str, today: date = MONDAY, *, day_first: bool = False) -> Understood:
    return understood(line, PEOPLE, me="me", today=today, day_first=day_first)


WHO = {
    "Marcus calls the shelter": ("marcus", "Calls the shelter"),
    "marc: call the shelter": ("marcus", "Call the shelter"),
    "Webb will call the shelter": ("marcus", "Call the shelter"),
    "Marcus’ll call the shelter": ("marcus", "Call the shelter"),
    "Marcus - call the shelter": ("marcus", "Call the shelter"),
    "Ms. Alvarez to return the phone": ("ruth", "Return the phone"),
    "Detective Alvarez has to return it": ("ruth", "Return it"),
    "tomas ibarra pide la copia": ("tomas", "Pide la copia"),
    "Tomás Rojas va a pedir la copia": ("rojas", "Pedir la copia"),
    "Ana-Lucía va a llamar": ("ana", "Llamar"),
    "I call her school": ("me", "Call her school"),
    "I’ll call her school": ("me", "Call her school"),
    "yo llamo a la escuela": ("me", "Llamo a la escuela"),
    "Voy a llamar a la escuela": ("me", "Llamar a la escuela"),
    # Two are called so; somebody else; a thing of theirs; nobody.
    "Tomás asks for a copy": ("", "Tomás asks for a copy"),
    "Somebody calls the shelter": ("", "Somebody calls the shelter"),
    "Ruth’s phone comes back": ("", "Ruth’s phone comes back"),
    "I’d like to go": ("", "I’d like to go"),
    "call the shelter": ("", "Call the shelter"),
    "Call the shelter!": ("", "Call the shelter"),
    # One or another is not one.
    "Ruth or Marcus calls the shelter": ("", "Ruth or Marcus calls the shelter"),
    "Ruth/Marcus call the shelter": ("", "Ruth/Marcus call the shelter"),
    "Ruth, Marcus and/or Ana-Lucía call": ("", "Ruth, Marcus and/or Ana-Lucía call"),
    "Ruth o yo llamamos": ("", "Ruth o yo llamamos"),
    "ask Marcus": ("", "Ask Marcus"),
    "": ("", ""),
}


@pytest.mark.parametrize("line", WHO)
def test_a_line_begins_with_who_does_it(line: str) -> None:
    found = read(line)
    assert (found.who, found.what) == WHO[line]
    assert (found.due, found.by_next) == (None, False)


TOGETHER = {
    "Ruth and Marcus visit the house": ("ruth", ("marcus",), "Visit the house"),
    "Ruth, Marcus and Ana-Lucía visit the house": ("ruth", ("marcus", "ana"), "Visit the house"),
    "Ruth with Marcus will visit the house": ("ruth", ("marcus",), "Visit the house"),
    "Ruth and I visit the house": ("ruth", ("me",), "Visit the house"),
    "I and Ruth visit the house": ("me", ("ruth",), "Visit the house"),
    "Ruth & Marcus: visit the house": ("ruth", ("marcus",), "Visit the house"),
    "Ruth y Marcus van a visitar la casa": ("ruth", ("marcus",), "Visitar la casa"),
    "Ruth and Ruth visit the house": ("ruth", (), "Visit the house"),
    # Along with nobody who is known here, the line says it all; and after a comma, or with something, it goes on.
    "Ruth and the landlord visit the house": ("ruth", (), "Ruth and the landlord visit the house"),
    "Ruth and Marcus’s aunt visit the house": ("ruth", (), "Ruth and Marcus’s aunt visit the house"),
    "Ruth, call the house": ("ruth", (), "Call the house"),
    "Ruth with patience calls the house": ("ruth", (), "With patience calls the house"),
    "Ruth calls Marcus": ("ruth", (), "Calls Marcus"),
}


@pytest.mark.parametrize("line", TOGETHER)
def test_those_who_are_named_along_with_whoever_does_it_help(line: str) -> None:
    found = read(line)
    assert (found.who, found.helping, found.what) == TOGETHER[line]


FRIDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 24)
WHEN = {
    "by Friday": FRIDAY,
    "by fri": FRIDAY,
    "on Friday": FRIDAY,
    "Friday": FRIDAY,
    "by this Friday": FRIDAY,
    "by next Friday": date(2026, 12, 4),
    "before Friday": date(2026, 11, 26),
    "no later than Friday": FRIDAY,
    "by Monday": date(2026, 11, 30),
    "by the end of the week": FRIDAY,
    "by end of week": FRIDAY,
    "by the end of this week": FRIDAY,
    "next week": date(2026, 12, 4),
    "by the end of next week": date(2026, 12, 4),
    "by the end of the month": date(2026, 11, 30),
    "antes de fin de mes": date(2026, 11, 29),
    "a finales de mes": date(2026, 11, 30),
    "a finales de la semana": FRIDAY,
    "la semana que viene": date(2026, 12, 4),
    "la próxima semana": date(2026, 12, 4),
    "today": MONDAY,
    "by tomorrow": TUESDAY,
    "by the day after tomorrow": date(2026, 11, 25),
    "in three days": date(2026, 11, 26),
    "within 2 weeks": date(2026, 12, 7),
    "by November 27": FRIDAY,
    "by Nov. 27th": FRIDAY,
    "by 27 November 2026": FRIDAY,
    "by the 27th of November": FRIDAY,
    "by the 5th": date(2026, 12, 5),
    "by 11/27": FRIDAY,
    "by 27/11": FRIDAY,
    "by 27.11.": FRIDAY,
    "by 12/1/26": date(2026, 12, 1),
    "by 2026-12-01": date(2026, 12, 1),
    "by Jan 4": date(2027, 1, 4),
    "para el viernes": FRIDAY,
    "antes del viernes": date(2026, 11, 26),
    "hasta el viernes que viene": FRIDAY,
    "el próximo viernes": FRIDAY,
    "el miércoles": date(2026, 11, 25),
    "hoy": MONDAY,
    "mañana": TUESDAY,
    "pasado mañana": date(2026, 11, 25),
    "para el 27 de noviembre": FRIDAY,
    "a más tardar el día 5": date(2026, 12, 5),
    "dentro de dos semanas": date(2026, 12, 7),
}


@pytest.mark.parametrize("said", WHEN)
def test_a_day_is_understood_and_taken_out_of_the_words(said: str) -> None:
    for line in (f"Ruth returns the phone {said}", f"Ruth returns the phone, {said}."):
        assert read(line) == Understood("Returns the phone", "ruth", WHEN[said]), line


@pytest.mark.parametrize(
    "said", ["by the next meeting", "next time", "by our next case conference", "para la próxima reunión"]
)
def test_the_next_meeting_is_no_day(said: str) -> None:
    assert read(f"Ruth returns the phone {said}") == Understood("Returns the phone", "ruth", None, True)


@pytest.mark.parametrize(
    "line",
    [
        "Prepares for Friday",
        "Asks about the reunion del viernes",
        "Calls before Friday's hearing",
        "Calls by Feb 30",
        "Calls by Nov 20",
        "Sends 2.5 pages",
        "Brings 3/4 of it",
        "Buys a Sunday dress",
        "Sits in the sun",
        "Va por la mañana",
        "Walks on May Street",
    ],
)
def test_what_is_no_day_by_which_stays_in_the_words(line: str) -> None:
    assert read(f"Ruth {line}") == Understood(line, "ruth")


def test_a_day_that_says_more_is_understood_and_stays() -> None:
    assert read("Ruth calls by Friday at 3 pm") == Understood("Calls by Friday at 3 pm", "ruth", FRIDAY)
    assert read("Ruth calls by Friday morning") == Understood("Calls by Friday morning", "ruth", FRIDAY)


def test_a_day_may_stand_anywhere_with_its_by() -> None:
    wanted = Understood("Calls the shelter", "marcus", FRIDAY)
    assert read("By Friday Marcus calls the shelter") == wanted
    assert read("Marcus, by Friday, calls the shelter") == wanted
    assert read("Ruth calls before Friday's hearing by Monday").due == date(2026, 11, 30)


def test_figures_are_read_as_the_language_writes_them_and_a_day_that_is_over_is_none() -> None:
    assert read("Ruth calls by 4/12").due == date(2027, 4, 12)
    assert read("Ruth calls by 4/12", day_first=True).due == date(2026, 12, 4)
    assert read("Ruth calls by 4.12.").due == date(2026, 12, 4)
    assert read("Ruth calls by 2026-11-22").due is None
    assert read("Ruth calls before today").due is None


def test_on_a_friday_friday_is_the_next_one() -> None:
    assert read("by Friday", FRIDAY).due == FRIDAY + timedelta(days=7)
    assert read("by this Friday", FRIDAY).due == FRIDAY


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*WHEN, *WHO, "by", "the", "31", "ß", "ﬁ", "İ", "'s", "  ", "\x00"])).map(
        " ".join
    )
)
def test_whatever_is_typed_nothing_is_made_up(line: str) -> None:
    found = read(line)
    letters = iter(line.casefold())
    assert all(letter in letters for letter in found.what.casefold())
    assert found.who in ("", "me", *PEOPLE)
    assert found.due is None or found.due >= MONDAY
    assert not (found.due and found.by_next)


def test_what_only_joins_names_and_another_syllable_name_nobody() -> None:
    people = {"ana": ["Ana de la Cruz"], "minsu": ["김민수"]}
    today = date(2026, 11, 23)
    for line in ("la trabajadora llama a casa", "de la casa llama alguien", "강미선 calls the shelter"):
        assert understood(line, people, me="me", today=today).who == "", line
    for line in ("Ana llama", "Cruz llama", "de la Cruz llama"):
        assert understood(line, people, me="me", today=today).who == "ana", line
    assert understood("김민수 calls", people, me="me", today=today).who == "minsu"
