"""Casts for tests: case files in which every text is a word of its own, and random moments of the policy.

`planted` holds every kind of row, door and border that the policy page speaks of; `conference_of` is one conference
of a chosen size; `random_situation` makes one question to the rule. All are the same again for the same seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle import CaseFacts, CaseFile, ReleaseFacts, RowFacts, SeatFacts

Raw = dict[str, Any]

ROLES = (
    "survivor",
    "guardian",
    "case_manager",
    "advocate",
    "clinical_supervisor",
    "therapist",
    "medical",
    "shelter",
    "counsel",
    "victim_witness",
    "investigator",
    "prosecutor",
    "child_protection",
    "interpreter",
    "provider",
    "mentor",
)
LISTABLE = (
    "coordination",
    "safety",
    "housing",
    "immigration",
    "criminal_case",
    "civil_legal",
    "medical",
    "mental_health",
    "substance_use",
    "benefits",
    "employment",
    "education",
    "family",
    "identity",
)
TOPICS = (*LISTABLE, "advocacy", "privileged")

EVERYONE = list(ROLES)
MANAGEMENT = ["survivor", "case_manager", "advocate", "clinical_supervisor", "interpreter"]
CARE = [*MANAGEMENT, "therapist", "medical", "shelter", "provider", "mentor"]
CLINICIANS = ["case_manager", "clinical_supervisor", "therapist"]
CLIENT = ["survivor", "counsel"]
CLIENT_AND_INTERPRETER = ["survivor", "counsel", "interpreter"]
JUSTICE = ["victim_witness", "investigator", "prosecutor"]
JUSTICE_WITH_HER = [*CLIENT_AND_INTERPRETER, "case_manager", *JUSTICE]
HERS = ["survivor", "case_manager"]

ZONE = ZoneInfo("America/New_York")
ANCHOR = datetime(2026, 11, 23, 9, 20, tzinfo=ZONE)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

AGENCIES = {
    "holder": "victim_services",
    "legal": "legal_services",
    "police": "law_enforcement",
    "da": "prosecution",
    "house": "housing",
    "minds": "mental_health",
    "clinic": "medical",
    "childsafe": "child_protection",
    "tongues": "language_services",
    "works": "education_employment",
    "aid": "benefits",
    "neighbor": "victim_services",
    "unseated": "other",
}


class Words:
    """Gives words that nobody gave before: equally long, so that none is a part of another."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._given: set[str] = set()

    def __call__(self) -> str:
        """The next one; the order of asking is all that matters."""
        word = "w" + "".join(self._random.choices(LETTERS, k=15))
        if word in self._given:
            return self()
        self._given.add(word)
        return word


def moment(**delta: float) -> str:
    """An instant so far from the anchor, as the clock on the wall says it."""
    return (ANCHOR.astimezone(ZoneInfo("UTC")) + timedelta(**delta)).astimezone(ZONE).isoformat()


def day(days: int) -> str:
    """A date so far from the anchor."""
    return (ANCHOR + timedelta(days=days)).date().isoformat()


class Writer:
    """Writes the raw parts of a case file, with a new word wherever a text belongs."""

    def __init__(self, seed: int) -> None:
        self.word = Words(seed)

    def file(self, agencies: dict[str, str], people: list[Raw], cases: list[Raw]) -> CaseFile:
        """The whole file around its cases."""
        return {
            "casefile": 2,
            "anchor": moment(),
            "task_force": {
                "key": "planted",
                "name": self.word(),
                "time_zone": "America/New_York",
                "language": "en",
                "reviews_plans": 90,
            },
            "agencies": [{"key": key, "name": self.word(), "kind": kind} for key, kind in agencies.items()],
            "people": people,
            "cases": cases,
        }

    def person(self, key: str, agency: str | None, language: str = "en", *, email: bool = True) -> Raw:
        """Somebody; their address is a word as well, which no page may show."""
        address = f"{self.word()}@example.org" if email else None
        return {"key": key, "name": self.word(), "email": address, "agency": agency, "language": language}

    def seat(
        self,
        key: str,
        person: str,
        role: str,
        agency: str | None,
        audience: Iterable[str] = EVERYONE,
        **more: Any,
    ) -> Raw:
        """A seat since half a year, on the topic coordination, unless `more` says otherwise."""
        parts = ("does", "does_not", "ask_about", "private", "contact")
        return {
            "key": key,
            "person": person,
            "role": role,
            "agency": agency,
            "primary": False,
            "topic": "coordination",
            "audience": list(audience),
            "named": [],
            "from": moment(days=-180),
            "until": None,
            "card": {part: self.word() for part in parts},
        } | more

    def release(
        self, agency: str, topics: Iterable[str], starts: int, expires: int, withdrawn: int | None = None
    ) -> Raw:
        """A release; its three instants in days from the anchor."""
        return {
            "agency": agency,
            "topics": list(topics),
            "purpose": self.word(),
            "starts": moment(days=starts),
            "expires": moment(days=expires),
            "withdrawn_at": None if withdrawn is None else moment(days=withdrawn),
            "explained_in": "es",
        }

    def row(
        self,
        author: str | None,
        topic: str,
        audience: Iterable[str] = EVERYONE,
        named: Iterable[str] = (),
        *,
        why: bool = False,
        **more: Any,
    ) -> Raw:
        """The part all rows have; `why` adds a reason for leaving the survivor out."""
        row = {"author": author, "topic": topic, "audience": list(audience), "named": list(named)} | more
        return row | {"left_out_because": self.word()} if why else row

    def note(self, author: str | None, topic: str, audience: Iterable[str], *named: str, **more: Any) -> Raw:
        """A note on an item."""
        return self.row(
            author, topic, audience, named, **({"kind": "discussion", "text": self.word()} | more)
        )

    def decision(
        self, author: str | None, topic: str, audience: Iterable[str], *named: str, **more: Any
    ) -> Raw:
        """A decision on an item."""
        return self.row(author, topic, audience, named, **({"text": self.word()} | more))

    def item(
        self,
        key: str,
        author: str | None,
        topic: str,
        audience: Iterable[str] = EVERYONE,
        *named: str,
        **more: Any,
    ) -> Raw:
        """An agenda item, planned, of kind `other`, without notes unless `more` brings them."""
        usual: Raw = {
            "key": key,
            "title": self.word(),
            "kind": "other",
            "minutes": 5,
            "presenter": None,
            "status": "planned",
            "notes": [],
            "decisions": [],
        }
        return self.row(author, topic, audience, named, **(usual | more))

    def action(
        self, key: str, author: str | None, topic: str, audience: Iterable[str], owner: str, **more: Any
    ) -> Raw:
        """An action item, accepted; its owner is named."""
        usual: Raw = {
            "key": key,
            "title": self.word(),
            "owner": owner,
            "due": None,
            "goal": None,
            "from_item": None,
            "status": "accepted",
            "outcome": self.word(),
        }
        return self.row(author, topic, audience, [owner], **(usual | more))

    def conference(
        self,
        key: str,
        status: str,
        starts: float,
        facilitator: str,
        participants: list[str],
        agenda: list[Raw],
    ) -> Raw:
        """A conference of ninety minutes that starts so many hours from the anchor."""
        return {
            "key": key,
            "title": self.word(),
            "kind": "clinical_review" if status == "closed" else "coordination",
            "starts": moment(hours=starts),
            "minutes": 90,
            "place": self.word(),
            "facilitator": facilitator,
            "participants": participants,
            "status": status,
            "agenda": agenda,
        }

    def case(self, key: str, holding_agency: str, seats: list[Raw], releases: list[Raw], **parts: Any) -> Raw:
        """A case, its rows in `parts`."""
        empty: Raw = {
            "plan": {"goals": [], "needs": [], "strengths": []},
            "actions": [],
            "responsibilities": [],
            "role_questions": [],
            "conferences": [],
        }
        head = {
            "key": key,
            "code_name": self.word(),
            "holding_agency": holding_agency,
            "opened": day(-200),
            "seats": seats,
            "releases": releases,
        }
        return head | empty | parts


def planted(seed: int = 0) -> CaseFile:
    """The whole cast: sixteen roles, two cases, every kind of door and row; every text a unique word."""
    write = Writer(seed)
    return write.file(AGENCIES, _people(write), [_alder(write), _birch(write)])


def _people(write: Writer) -> list[Raw]:
    homes = {
        "p-old-cm": "holder",
        "p-cm": "holder",
        "p-adv": "holder",
        "p-sup": "holder",
        "p-holder-nurse": "holder",
        "p-law": "legal",
        "p-det": "police",
        "p-det2": "police",
        "p-pros": "da",
        "p-vw": "da",
        "p-shelter": "house",
        "p-ther": "minds",
        "p-nurse": "clinic",
        "p-cps": "childsafe",
        "p-interp": "tongues",
        "p-prov": "works",
        "p-mentor": "works",
        "p-later": "works",
        "p-aid": "aid",
        "p-next-adv": "neighbor",
        "p-next-cm": "neighbor",
        "p-nowhere": "unseated",
    }
    alone = ["p-survivor", "p-guardian", "p-free-interp", "p-volunteer", "p-survivor-two", "p-no-agency"]
    spanish = {"p-survivor", "p-law", "p-interp"}
    people = [write.person(key, home, "es" if key in spanish else "en") for key, home in homes.items()]
    return people + [write.person(key, None, "es" if key in spanish else "en", email=False) for key in alone]


def _alder(write: Writer) -> Raw:
    """The first case, held by `holder`: nearly everything happens here."""
    return write.case(
        "alder",
        "holder",
        _alder_seats(write),
        _alder_releases(write),
        plan=_alder_plan(write),
        actions=_alder_actions(write),
        responsibilities=_alder_responsibilities(write),
        role_questions=_alder_questions(write),
        conferences=[_past(write), _now(write), _next(write), _without_her_advocate(write)],
    )


def _alder_seats(write: Writer) -> list[Raw]:
    seat = write.seat
    few = ["survivor", "case_manager", "clinical_supervisor", "interpreter"]
    handover = moment(days=-40)
    return [
        seat("sv", "p-survivor", "survivor", None),
        seat(
            "guard", "p-guardian", "guardian", None, ["survivor", "guardian", "case_manager"], topic="family"
        ),
        seat("old-cm", "p-old-cm", "case_manager", "holder", until=handover),
        seat("cm", "p-cm", "case_manager", "holder", primary=True, **{"from": handover}),
        seat("old-adv", "p-adv", "advocate", "holder", few, until=handover),
        seat("adv", "p-adv", "advocate", "holder", CARE, topic="advocacy", **{"from": handover}),
        seat("sup", "p-sup", "clinical_supervisor", "holder"),
        seat("holder-nurse", "p-holder-nurse", "medical", "holder", few, topic="medical"),
        seat("ther", "p-ther", "therapist", "minds", few, topic="mental_health"),
        seat("nurse", "p-nurse", "medical", "clinic", few, topic="medical"),
        seat("shelter", "p-shelter", "shelter", "house", ["survivor"], topic="housing", named=["cm", "law"]),
        seat("law", "p-law", "counsel", "legal"),
        seat("vw", "p-vw", "victim_witness", "da"),
        seat("pros", "p-pros", "prosecutor", "da", JUSTICE_WITH_HER, topic="criminal_case"),
        seat("det", "p-det", "investigator", "police"),
        seat("det2", "p-det2", "investigator", "police", ["survivor", "case_manager"], topic="safety"),
        seat("cps", "p-cps", "child_protection", "childsafe"),
        seat("interp", "p-interp", "interpreter", "tongues"),
        seat("interp2", "p-free-interp", "interpreter", None, ["survivor", "case_manager"]),
        seat("prov", "p-prov", "provider", "works", CARE, topic="substance_use"),
        seat("mentor", "p-mentor", "mentor", "works", CARE, topic="employment"),
        seat("volunteer", "p-volunteer", "mentor", None, few),
        seat("aid", "p-aid", "provider", "aid", few, topic="benefits"),
        seat("next-adv", "p-next-adv", "advocate", "neighbor", MANAGEMENT, topic="safety"),
        seat("next-cm", "p-next-cm", "case_manager", "neighbor", MANAGEMENT, topic="family"),
        seat("later", "p-later", "provider", "works", ["survivor", "provider"], **{"from": moment(days=7)}),
    ]


def _alder_releases(write: Writer) -> list[Raw]:
    release = write.release
    return [
        release("legal", ["coordination", "immigration", "civil_legal"], -50, 60),
        release("legal", ["identity", "benefits"], -50, -10),
        release("legal", ["safety"], 5, 60),
        release("police", ["coordination", "criminal_case", "safety", "substance_use"], -20, 20),
        release("da", ["coordination", "criminal_case"], -20, 2),
        release("house", ["coordination", "housing", "safety", "substance_use"], -60, 40),
        release("minds", ["coordination", "mental_health", "substance_use", "medical"], -60, 40),
        release("minds", ["family"], -60, 40, -1),
        release("clinic", ["coordination", "medical"], -100, -22),
        release("clinic", ["coordination", "medical"], 7, 90),
        release("childsafe", ["coordination", "family", "education"], -30, 30, -3),
        release("works", ["coordination", "employment", "education", "substance_use"], -30, 30),
        release("aid", ["benefits"], -30, 30),
        release("neighbor", ["coordination", "safety", "family"], -30, 30),
    ]


def _alder_plan(write: Writer) -> Raw:
    def goal(key: str, status: str, *row: Any, **more: Any) -> Raw:
        return write.row(*row, key=key, words=write.word(), status=status, **more)

    def need(status: str, *row: Any, **more: Any) -> Raw:
        return write.row(*row, text=write.word(), status=status, **more)

    def strength(*row: Any) -> Raw:
        return write.row(*row, text=write.word())

    def review(days: int, topic: str, audience: list[str], **more: Any) -> Raw:
        return write.row("sup", topic, audience, text=write.word(), reviewed_at=moment(days=days), **more)

    return {
        "goals": [
            goal("own-door", "active", "sv", "housing"),
            goal("papers", "active", "sv", "immigration", [*MANAGEMENT, "counsel"]),
            goal("school", "met", "sv", "education", ["survivor", "provider", "mentor", "case_manager"]),
            goal("mine", "active", "sv", "family", []),
            goal("ours", "active", "sv", "identity", ["interpreter"]),
            goal("sober", "set_aside", "cm", "substance_use"),
        ],
        "needs": [
            need("open", "cm", "housing", CARE),
            need("no_service_found", "nurse", "medical", [*MANAGEMENT, "medical"]),
            need("being_met", None, "benefits", [*MANAGEMENT, "provider", "counsel"]),
            need("met", "ther", "mental_health", CLINICIANS, why=True),
            need("open", "adv", "advocacy", CARE),
        ],
        "strengths": [
            strength("sv", "safety", ["survivor", "case_manager"], ["det", "interp2"]),
            strength("mentor", "employment"),
            strength("sv", "family", ["case_manager"], ["interp"]),
        ],
        "reviews": [
            review(-190, "substance_use", EVERYONE),
            review(-120, "coordination", MANAGEMENT),
            review(-20, "mental_health", ["advocate", *CLINICIANS], why=True),
        ],
    }


def _alder_actions(write: Writer) -> list[Raw]:
    action = write.action
    return [
        action(
            "extend", "cm", "housing", MANAGEMENT, "shelter", goal="own-door", from_item="wide", due=day(6)
        ),
        action("advice", "law", "privileged", [], "law", goal="papers", from_item="secret"),
        action(
            "ground",
            "sup",
            "mental_health",
            CLINICIANS,
            "ther",
            from_item="clinical",
            status="offered",
            why=True,
        ),
        action(
            "devices", "det", "criminal_case", ["investigator", "prosecutor"], "det", why=True, due=day(-4)
        ),
        action("visit", "sv", "employment", ["survivor", "mentor"], "sv", goal="school"),
        action("alone", "sv", "family", [], "sv", goal="mine", status="declined"),
        action("course", None, "education", EVERYONE, "prov", goal="school", status="done"),
        action(
            "translate", "cm", "identity", ["survivor"], "interp", goal="ours", status="not_done", due=day(-9)
        ),
        action("call", "adv", "advocacy", ["survivor", "advocate"], "cm", status="no_longer_possible"),
        action("ride", "shelter", "substance_use", EVERYONE, "holder-nurse", goal="sober", due=day(1)),
    ]


def _alder_responsibilities(write: Writer) -> list[Raw]:
    def duty(accountable: str | None, doing: list[str], *row: Any, **more: Any) -> Raw:
        return write.row(*row, text=write.word(), accountable=accountable, doing=doing, **more)

    return [
        duty("vw", ["cm", "shelter"], "cm", "coordination"),
        duty("shelter", ["ther", "nurse"], "cm", "coordination"),
        duty(None, [], "cm", "identity"),
        duty("law", [], "law", "immigration", [*MANAGEMENT, "counsel"]),
        duty("old-cm", ["later"], None, "safety", ["case_manager", "investigator"], ["shelter"], why=True),
    ]


def _alder_questions(write: Writer) -> list[Raw]:
    def question(about: str | None, answered_by: str | None, *row: Any) -> Raw:
        answer = None if answered_by is None else write.word()
        return write.row(*row, text=write.word(), about=about, answer=answer, answered_by=answered_by)

    return [
        question(None, "cm", "sv", "coordination"),
        question("vw", None, "sv", "coordination", [*MANAGEMENT, "counsel"]),
        question("shelter", "ther", "sv", "housing", ["survivor", "victim_witness"]),
        question("cps", "cps", "guard", "family", ["survivor", "guardian", "child_protection"]),
        question("law", "law", "sv", "privileged", EVERYONE),
    ]


def _past(write: Writer) -> Raw:
    """A closed conference, with a case manager whose seat has ended."""
    item = write.item
    return write.conference(
        "past",
        "closed",
        -31 * 24,
        "cm",
        ["sv", "old-cm", "cm", "sup", "ther", "shelter", "interp", "law", "nurse"],
        [
            item(
                "p-limits",
                "old-cm",
                "coordination",
                kind="limits_of_sharing",
                presenter="old-cm",
                status="done",
                notes=[
                    write.note("nurse", "medical", EVERYONE),
                    write.note("old-cm", "advocacy", ["case_manager"], why=True),
                    write.note("cm", "safety", MANAGEMENT, "old-adv"),
                ],
                decisions=[write.decision("old-cm", "housing", CARE)],
            ),
            item(
                "p-parked",
                None,
                "benefits",
                [*MANAGEMENT, "counsel"],
                kind="needs",
                status="parked",
                minutes=None,
            ),
        ],
    )


def _now(write: Writer) -> Raw:
    """The open conference: nearly everybody, the second interpreter and a few others not invited."""
    participants = [
        *("sv", "guard", "cm", "adv", "sup", "holder-nurse", "ther", "nurse", "shelter", "law", "vw", "pros"),
        *("det", "cps", "interp", "prov", "mentor", "volunteer", "next-adv", "next-cm"),
    ]
    agenda = [_wide(write), *_narrow_items(write), *_private_items(write)]
    return write.conference("now", "open", -0.3, "cm", participants, agenda)


def _wide(write: Writer) -> Raw:
    """An item for everyone, with a note of every topic for everyone: topics and releases alone make the difference."""
    authors = cycle(["cm", "det", None, "shelter", "sv", "ther", "prov", "nurse", "next-adv"])
    bound = {"advocacy": "adv", "privileged": "law"}
    open_notes = [write.note(bound.get(topic, next(authors)), topic, EVERYONE) for topic in TOPICS]
    note = write.note
    special = [
        note(
            "sv", "advocacy", ["survivor", "case_manager", "advocate", "clinical_supervisor", "investigator"]
        ),
        note("next-adv", "advocacy", ["survivor", "advocate", "case_manager", "interpreter"]),
        note("sv", "privileged", ["survivor", "counsel", "case_manager"]),
        note("sv", "safety", [], kind="private"),
        note("sv", "safety", ["interpreter"], kind="survivors_words"),
        note("cm", "safety", ["case_manager"], "shelter", "vw", why=True),
        note("sup", "mental_health", [], kind="private"),
        note("det", "medical", JUSTICE, why=True),
        note(None, "criminal_case", [], "pros", "sv"),
        note("law", "privileged", [], "law", kind="private"),
        note("interp", "coordination", ["case_manager"], "interp", why=True),
    ]
    return write.item(
        "wide",
        "cm",
        "coordination",
        kind="roles",
        status="current",
        presenter="shelter",
        notes=open_notes + special,
        decisions=[
            write.decision("cm", "coordination", EVERYONE),
            write.decision("cm", "housing", HERS, "shelter"),
            write.decision(None, "substance_use", EVERYONE),
        ],
    )


def _narrow_items(write: Writer) -> list[Raw]:
    """Items that only some see, with notes that say they are for more."""
    item, note = write.item, write.note
    return [
        item(
            "clinical",
            "sup",
            "mental_health",
            CLINICIANS,
            presenter="ther",
            kind="progress",
            why=True,
            notes=[
                note("sup", "coordination", EVERYONE),
                note("ther", "substance_use", CLINICIANS, kind="clinical", why=True),
                note("ther", "mental_health", ["clinical_supervisor"], "cm", kind="clinical"),
            ],
            decisions=[write.decision("sup", "mental_health", CLINICIANS, why=True)],
        ),
        item(
            "hearing",
            "vw",
            "criminal_case",
            JUSTICE_WITH_HER,
            presenter="pros",
            kind="impediments",
            notes=[
                note("pros", "criminal_case", JUSTICE_WITH_HER),
                note("det", "criminal_case", JUSTICE, why=True),
                note("det", "substance_use", EVERYONE),
            ],
        ),
        item(
            "lab", "det", "medical", ["investigator", "prosecutor"], kind="plan", why=True, status="proposed"
        ),
        item(
            "aside",
            None,
            "safety",
            HERS,
            "det",
            "mentor",
            kind="safety",
            notes=[note("cm", "safety", EVERYONE), note(None, "safety", EVERYONE, "mentor")],
        ),
        item("gap", "nurse", "medical", [*MANAGEMENT, "medical"], kind="service_gap", presenter="nurse"),
    ]


def _private_items(write: Writer) -> list[Raw]:
    """Hers alone, hers and the interpreter's, hers and her attorney's."""
    item, note = write.item, write.note
    return [
        item(
            "hers",
            "sv",
            "safety",
            [],
            kind="survivors_words",
            presenter="sv",
            notes=[note("sv", "safety", EVERYONE, kind="survivors_words")],
        ),
        item(
            "hers-spoken",
            "sv",
            "family",
            ["interpreter"],
            kind="survivors_words",
            notes=[note("sv", "family", []), note("cm", "family", MANAGEMENT)],
        ),
        item(
            "secret",
            "law",
            "privileged",
            CLIENT_AND_INTERPRETER,
            presenter="law",
            notes=[
                note("law", "privileged", CLIENT, kind="private"),
                note("sv", "privileged", CLIENT_AND_INTERPRETER, kind="survivors_words"),
                note("law", "immigration", EVERYONE),
            ],
        ),
        item("named-only", "law", "civil_legal", [], "sv", "law", kind="actions"),
        item("justice", "next-adv", "family", ["survivor", "guardian", "advocate"], "interp2", kind="other"),
        item("done", "cm", "employment", CARE, kind="progress", status="done", minutes=None),
    ]


def _next(write: Writer) -> Raw:
    """A planned conference: the other interpreter, no detective, a provider whose seat has not begun."""
    agenda = [
        write.item("n-limits", "sup", "coordination", kind="limits_of_sharing", presenter="sup"),
        write.item("n-needs", "sv", "benefits", HERS, kind="needs", status="proposed", presenter="sv"),
    ]
    people = ["sv", "cm", "sup", "law", "interp2", "later", "nurse", "aid"]
    return write.conference("next", "planned", 24 * 24, "sup", people, agenda)


def _without_her_advocate(write: Writer) -> Raw:
    """A second planned conference, with neither interpreter, run by the supervisor with the attorney."""
    agenda = [
        write.item("q-plan", "law", "immigration", [*MANAGEMENT, "counsel"], kind="plan", presenter="law")
    ]
    return write.conference("quiet", "planned", 20 * 24, "sup", ["sv", "sup", "law"], agenda)


def _birch(write: Writer) -> Raw:
    """The second case, held by `neighbor`: here the first case's holder is an outside agency."""
    seat, release, note = write.seat, write.release, write.note
    return write.case(
        "birch",
        "neighbor",
        [
            seat("sv", "p-survivor-two", "survivor", None),
            seat("cm", "p-next-cm", "case_manager", "neighbor", primary=True),
            seat("sup", "p-sup", "clinical_supervisor", "holder"),
            seat("law", "p-law", "counsel", "legal", ["survivor", "case_manager"]),
            seat("det", "p-det", "investigator", "police"),
            seat(
                "cps", "p-cps", "child_protection", "childsafe", ["survivor", "case_manager"], topic="family"
            ),
            seat("interp", "p-interp", "interpreter", "tongues"),
        ],
        [
            release("holder", ["coordination", "safety"], -30, 30),
            release("legal", ["coordination", "immigration"], -30, 30),
            release("police", ["coordination", "criminal_case"], -60, 30, -11),
            release("childsafe", ["coordination", "family", "substance_use"], -10, 10),
        ],
        plan={
            "goals": [
                write.row("sv", "education", MANAGEMENT, key="school", words=write.word(), status="active")
            ],
            "needs": [write.row("cm", "substance_use", text=write.word(), status="open")],
            "strengths": [write.row("sup", "education", text=write.word())],
        },
        actions=[write.action("enrol", "cm", "family", HERS, "cps", goal="school", from_item="wide")],
        conferences=[
            write.conference(
                "now",
                "planned",
                30,
                "cm",
                ["sv", "cm", "sup", "det", "cps", "interp"],
                [
                    write.item(
                        "wide",
                        "cm",
                        "coordination",
                        kind="limits_of_sharing",
                        notes=[
                            note("cm", "advocacy", EVERYONE),
                            note("sup", "advocacy", ["survivor", "case_manager"]),
                            note("det", "criminal_case", EVERYONE),
                            note("cm", "substance_use", EVERYONE),
                        ],
                    )
                ],
            )
        ],
    )


TABLE = {
    "case_manager": "holder",
    "advocate": "holder",
    "clinical_supervisor": "holder",
    "therapist": "minds",
    "medical": "clinic",
    "shelter": "house",
    "counsel": "legal",
    "victim_witness": "da",
    "investigator": "police",
    "prosecutor": "da",
    "interpreter": "tongues",
}


def conference_of(participants: int = 100, items: int = 60, notes: int = 600) -> CaseFile:
    """One case with one open conference of that size, as many people and seats as participants, in twelve roles."""
    write = Writer(participants + items + notes)
    roles = dict(enumerate(["survivor", *islice(cycle(TABLE), participants - 1)]))
    keys = {number: f"s{number:03}" for number in roles}
    people = [write.person(f"p{number:03}", TABLE.get(role)) for number, role in roles.items()]
    seats = [
        write.seat(keys[number], f"p{number:03}", role, TABLE.get(role), primary=number == 1)
        for number, role in roles.items()
    ]
    agenda = [_item_of_many(write, number, list(keys.values())) for number in range(items)]
    for number in range(notes):
        agenda[number % items]["notes"].append(_note_of_many(write, number, keys, roles))
    owner = keys[min(1, participants - 1)]
    case = write.case(
        "many",
        "holder",
        seats,
        [_full_release(write, agency) for agency in sorted(set(TABLE.values()) - {"holder"})],
        plan={
            "goals": [write.row(keys[0], "housing", key="goal", words=write.word(), status="active")],
            "needs": [],
            "strengths": [],
        },
        actions=[write.action("action", keys[0], "housing", EVERYONE, owner, goal="goal")],
        conferences=[write.conference("many", "open", -0.3, owner, list(keys.values()), agenda)],
    )
    return write.file(AGENCIES, people, [case])


def tasks_of(cases: int, each: int) -> CaseFile:
    """So many cases with as many action items each, of an advocate and a detective who sit on all of them."""
    write = Writer(cases * 100 + each)
    homes = {"p-me": "holder", "p-cm": "holder", "p-det": "police"}
    people = [write.person(key, home) for key, home in homes.items()]
    people += [write.person(f"p-sv{number:03}", None, email=False) for number in range(cases)]
    found = [_case_of_tasks(write, number, each) for number in range(cases)]
    return write.file(AGENCIES, people, found)


# Of 25 action items: whose they are, who asked, and where each stands. Nine of them concern the advocate.
KINDS_OF_TASKS = (
    *(("me", "cm", "accepted"),) * 2,
    *(("me", "det", "offered"),) * 1,
    *(("det", "me", "accepted"),) * 1,
    *(("cm", "me", "offered"),) * 1,
    *(("me", "cm", "done"),) * 3,
    *(("det", "me", "not_done"),) * 1,
    *(("det", "cm", "accepted"),) * 5,
    *(("cm", "cm", "accepted"),) * 4,
    *(("cm", "det", "accepted"),) * 3,
    *(("det", "det", "done"),) * 4,
)


def _case_of_tasks(write: Writer, number: int, each: int) -> Raw:
    actions = [
        write.action(
            f"a{place:03}", author, LISTABLE[place % 3], EVERYONE, owner, status=status, due=day(due)
        )
        for place, (owner, author, status) in enumerate(islice(cycle(KINDS_OF_TASKS), each))
        for due in [(number * 7 + place * 3) % 90 - 20]
    ]
    seats = [
        write.seat("sv", f"p-sv{number:03}", "survivor", None),
        write.seat("cm", "p-cm", "case_manager", "holder", primary=True),
        write.seat("me", "p-me", "advocate", "holder"),
        write.seat("det", "p-det", "investigator", "police"),
    ]
    return write.case(f"c{number:03}", "holder", seats, [_full_release(write, "police")], actions=actions)


def _full_release(write: Writer, agency: str) -> Raw:
    """Every agency's topics differ a little, so that lenses do."""
    number = sorted(AGENCIES).index(agency)
    topics = [topic for place, topic in enumerate(LISTABLE) if place == 0 or (place + number) % 3]
    return write.release(agency, topics, -30, 30)


def _item_of_many(write: Writer, number: int, keys: list[str]) -> Raw:
    audiences = (EVERYONE, CARE, EVERYONE, JUSTICE_WITH_HER, MANAGEMENT, EVERYONE)
    return write.item(
        f"i{number:03}",
        keys[number % len(keys)],
        LISTABLE[number % 3],
        audiences[number % len(audiences)],
        presenter=keys[(number * 7) % len(keys)],
        status="current" if number == 0 else "planned",
    )


def _note_of_many(write: Writer, number: int, keys: dict[int, str], roles: dict[int, str]) -> Raw:
    """Notes of many authors, topics and audiences; each seventh also names somebody."""
    audiences = (EVERYONE, CARE, MANAGEMENT, CLINICIANS, JUSTICE_WITH_HER, CLIENT, HERS)
    audience = audiences[number % len(audiences)]
    author = (number * 13) % len(keys)
    guest = (number * 5) % len(keys)
    invite = number % 7 == 2 and roles[guest] != "survivor"
    named = [keys[guest]] if invite else []
    return write.note(keys[author], LISTABLE[number % len(LISTABLE)], audience, *named)


START = datetime(2026, 3, 1, 9, tzinfo=ZoneInfo("UTC"))
CLOCK = [START + timedelta(hours=hour) for hour in range(6)]


def random_situation(rng: random.Random) -> tuple[CaseFacts, str, RowFacts, datetime]:
    """A case, one of its seats, a row and an instant; now and then the row is of another case.

    Few instants exist, so that most of them are somebody's border.
    """
    at = rng.choice(CLOCK) + timedelta(microseconds=rng.choice([0, 0, 0, 0, -1, 1]))
    case = _random_case(rng)
    viewer = rng.choice(list(case.seats))
    row = _random_row(rng, case, viewer, depth=rng.choice([0, 0, 1, 1, 2, 3]))
    return (replace(case, key="other") if rng.random() < 0.02 else case), viewer, row, at


def _random_case(rng: random.Random) -> CaseFacts:
    roles = ["survivor", *rng.choices(ROLES[1:], k=rng.randint(3, 7))]
    seats = {f"s{number}": _random_seat(rng, f"s{number}", role) for number, role in enumerate(roles)}
    releases = tuple(_random_release(rng) for _ in range(rng.randint(2, 7)))
    return CaseFacts("case", "a", seats, releases)


def _random_seat(rng: random.Random, key: str, role: str) -> SeatFacts:
    homes: list[str | None] = ["a", "a", "b", "b", "c", "d", None]
    agency = None if role == "survivor" else rng.choice(homes)
    first = rng.choice([0, 0, 0, 1, 2])
    until = rng.choice([None, None, rng.choice(CLOCK[first + 1 :])])
    return SeatFacts(key, f"person-{key}", role, agency, CLOCK[first], until)


def _random_release(rng: random.Random) -> ReleaseFacts:
    topics = set(rng.sample(LISTABLE, rng.randint(1, 10))) | set(rng.choice([(), ("coordination",)]))
    first = rng.choice([0, 0, 1, 2, 3])
    withdrawn = rng.choice([None, None, rng.choice(CLOCK)])
    return ReleaseFacts(
        agency=rng.choice(["b", "b", "c", "d"]),
        topics=frozenset(topics),
        starts=CLOCK[first],
        expires=rng.choice(CLOCK[first + 1 :]),
        withdrawn_at=withdrawn,
    )


def _random_row(rng: random.Random, case: CaseFacts, viewer: str, depth: int) -> RowFacts:
    """Parents are kinder than the row in question; else hardly anything below them would ever be seen."""
    parent = _random_parent(rng, case, viewer, depth - 1) if depth else None
    author = rng.choice([None, viewer, rng.choice(list(case.seats))])
    topic = rng.choice([*TOPICS, "advocacy", "privileged", "substance_use", "privileged", "advocacy"])
    audience = frozenset(rng.choice([[], ROLES, rng.sample(ROLES, rng.randint(1, 8)), rng.sample(ROLES, 12)]))
    row = RowFacts(
        case="case",
        topic=topic,
        author=author,
        origin=_origin(case, author),
        audience=audience,
        named=frozenset(key for key in case.seats if rng.random() < 0.15),
        parent=parent,
        removed=rng.random() < 0.03,
    )
    return rng.choice([row] * 6 + [_seat_row(rng, case)]) if parent is None else row


def _random_parent(rng: random.Random, case: CaseFacts, viewer: str, depth: int) -> RowFacts:
    if depth and rng.random() < 0.2:
        return _random_row(rng, case, viewer, depth)
    if not depth and rng.random() < 0.7:
        named = frozenset(key for key in case.seats if rng.random() < 0.8)
        return RowFacts("case", "coordination", named=named, removed=rng.random() < 0.03, conference=True)
    author = rng.choice(list(case.seats))
    return RowFacts(
        case="case",
        topic=rng.choice(["coordination", "coordination", *TOPICS]),
        author=author,
        origin=_origin(case, author),
        audience=frozenset(ROLES),
        parent=_random_parent(rng, case, viewer, depth - 1) if depth else None,
    )


def _seat_row(rng: random.Random, case: CaseFacts) -> RowFacts:
    key = rng.choice(list(case.seats))
    return RowFacts(
        case="case",
        topic=rng.choice(["coordination", "coordination", *LISTABLE]),
        author=key,
        origin=_origin(case, key),
        audience=frozenset({"survivor", *rng.sample(ROLES, rng.randint(0, 8))}),
        named=frozenset({key}),
    )


def _origin(case: CaseFacts, author: str | None) -> str | None:
    """The author's agency; hers is none, as she has none in these cases."""
    return None if author is None else case.seats[author].agency
