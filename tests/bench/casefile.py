"""The conference that is measured: as many distinct people and seats as asked for, in twelve roles, with ten notes
of their own each. What a seat alone may read carries a word of that seat, so that a frame tells whose it is."""

import json
import random
from itertools import cycle, islice
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client

from agendas.items.models import AgendaItem
from conferences.meetings.models import Conference
from tests.casting import (
    AGENCIES,
    CARE,
    EVERYONE,
    HERS,
    JUSTICE_WITH_HER,
    LISTABLE,
    TABLE,
    Raw,
    Writer,
    tasks_of,
)
from tests.oracle import CaseFile
from workspace.disclosure.models import Seat

ITEMS = 24
NOTES_EACH = 10
SPANISH_EVERY = 7
SENTENCE = "was talked about, and somebody asks again on Monday."
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MANY_READ = 25  # whose notes go to whole groups: as many words stand before each reader whatever the size
PROFESSIONALS = [role for role in EVERYONE if role not in ("survivor", "guardian", "counsel", "interpreter")]


def conference(participants: int, items: int = ITEMS) -> CaseFile:
    """One case with one open conference of that size; two items of three are seen by everybody."""
    write = Writer(participants)
    roles = ["survivor", *islice(cycle(TABLE), participants - 1)]
    keys = [f"s{number:03}" for number in range(participants)]
    owner = keys[min(1, participants - 1)]
    agenda = [_item(write, number, keys) for number in range(items)]
    for number in range(participants):
        for turn, note in enumerate(_own_notes(write, number, keys, roles)):
            agenda[(number * 7 + turn * 5) % items]["notes"].append(note)
    case = write.case(
        "many",
        "holder",
        [_seat(write, number, keys[number], role) for number, role in enumerate(roles)],
        [_release(write, agency) for agency in sorted(set(TABLE.values()) - {"holder"})],
        plan={
            "goals": [write.row(keys[0], "housing", key="goal", words=write.word(), status="active")],
            "needs": [],
            "strengths": [],
        },
        actions=[write.action("action", keys[0], "housing", EVERYONE, owner, goal="goal")],
        conferences=[write.conference("many", "open", -0.3, owner, keys, agenda)],
    )
    return write.file(AGENCIES, [_person(write, number, role) for number, role in enumerate(roles)], [case])


def _person(write: Writer, number: int, role: str) -> Raw:
    language = "es" if number % SPANISH_EVERY == 0 else "en"
    return write.person(f"p{number:03}", TABLE.get(role), language)


def _seat(write: Writer, number: int, key: str, role: str) -> Raw:
    return write.seat(key, f"p{number:03}", role, TABLE.get(role), primary=number == 1)


def _release(write: Writer, agency: str) -> Raw:
    """Every agency's topics differ a little, so that lenses do; all may sit at the table."""
    number = sorted(AGENCIES).index(agency)
    return write.release(
        agency, [topic for place, topic in enumerate(LISTABLE) if place == 0 or (place + number) % 3], -30, 30
    )


def _item(write: Writer, number: int, keys: list[str]) -> Raw:
    narrow = number % 3 == 2
    audience = (CARE, JUSTICE_WITH_HER, HERS)[number // 3 % 3] if narrow else EVERYONE
    topic = LISTABLE[1 + number % (len(LISTABLE) - 1)] if narrow else "coordination"
    presenter = keys[(number * 7) % len(keys)] if audience == EVERYONE else None
    return write.item(f"i{number:03}", keys[0], topic, audience, presenter=presenter)


def _own_notes(write: Writer, number: int, keys: list[str], roles: list[str]) -> list[Raw]:
    """Four that nobody else reads, three for the own agency's kind, two for professionals, one for everyone; of
    those who came later, six for one other person instead."""
    key, role, other = keys[number], roles[number], (number + 1) % len(keys)
    # An attorney keeps nothing from her own client, and what one other person reads the survivor does not.
    named = [] if other == 0 or "counsel" in (role, roles[other]) else [keys[other]]
    kind = [other for other, home in TABLE.items() if home == TABLE.get(role)]
    kind_and_her = ["survivor", *kind] if kind else HERS
    audiences = [
        [],
        kind_and_her,
        PROFESSIONALS,
        kind_and_her,
        [],
        EVERYONE,
        [],
        kind_and_her,
        PROFESSIONALS,
        [],
    ]
    own = random.Random(number)
    if number >= MANY_READ:
        return [
            write.note(
                key,
                LISTABLE[(number + turn) % 4],
                [],
                *(named if audience else []),
                why=True,
                text=f"{write.word() if audience and named else _own_word(own, key)} {SENTENCE}",
            )
            for turn, audience in enumerate(audiences[:NOTES_EACH])
        ]
    return [
        write.note(
            key,
            LISTABLE[(number + turn) % 4],
            audience,
            why="survivor" not in audience,
            text=f"{write.word() if audience else _own_word(own, key)} {SENTENCE}",
        )
        for turn, audience in enumerate(audiences[:NOTES_EACH])
    ]


def _own_word(own: random.Random, key: str) -> str:
    return f"own-{key}-{''.join(own.choices(LETTERS, k=8))}"


def _load(casefile: CaseFile) -> None:
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(casefile, file)
        file.flush()
        call_command("loadcase", file.name, shift_to_now=True)
    with connection.cursor() as cursor:
        # What there is how many of, as a database that has run for a minute has counted by itself.
        cursor.execute("ANALYZE")


def prepare_tasks(cases: int, each: int) -> None:
    """Load so many cases with as many action items each, and print who sits on all of them, and one of the cases."""
    _load(tasks_of(cases, each))
    seat = Seat.unsealed.select_related("person", "case").filter(person__key="p-me").earliest("pk")
    print(json.dumps({"session": _session(seat.person), "case": seat.case.public_id}))


def prepare(participants: int, items: int) -> None:
    """Load the conference of that size, sign everybody in, and print who they are and where they meet."""
    _load(conference(participants, items))
    seats = Seat.unsealed.select_related("person").order_by("key")
    room = Conference.unsealed.select_related("mark").get()
    agenda = AgendaItem.unsealed.select_related("mark").order_by("pk")
    facts = {
        "room": room.mark.public_id,
        "items": [item.mark.public_id for item in agenda if item.mark.topic == "coordination"],
        "readers": [[seat.key, _session(seat.person), seat.role != "interpreter"] for seat in seats],
        "facilitator": min(1, len(seats) - 1),
    }
    print(json.dumps(facts))


def _session(person: Any) -> str:
    browser = Client()
    browser.force_login(person)
    return str(browser.cookies["s"].value)
