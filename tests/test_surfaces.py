"""Every way out of the house, with every identifier, as everybody: what is found is what the oracle allows, both ways.

A new address, live page or panel fails here until it stands in the tables below, with who is answered there.
"""

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from tests.cast import TICK, Stage, crawl, said, undone
from tests.live_client import elements
from tests.live_pass import Connection, connect, passed
from tests.oracle import Oracle, RowFacts, allowed, instant
from workspace.disclosure.models import Mark, Named
from workspace.live.announce import case_changed
from workspace.live.panels import pages
from workspace.live.passes import Passes
from workspace.people.models import Agency, public_id

KINDS = {"seats", "releases", "conferences", "agenda", "decisions"}


class Eyes:
    """What the oracle lets one person see and do; nobody signed in sees and does nothing."""

    def __init__(self, stage: Stage, person: str | None) -> None:
        self.oracle, self.at = stage.oracle, stage.at
        held = stage.oracle.seats_of(person, stage.at) if person else []
        self.seats = {case: seat for case, seat in held if stage.oracle.admitted(case, seat, stage.at)}
        self.keys = {f"/cases/{number}": case["key"] for number, case in enumerate(stage.casefile["cases"])}

    def case(self, place: str) -> str:
        return str(self.keys["/".join(place.split("/")[:3])])

    def sits(self, place: str) -> bool:
        return self.case(place) in self.seats

    def sees(self, place: str) -> bool:
        case = self.case(place)
        return case in self.seats and self.oracle.sees(case, self.seats[case], place, self.at)

    def role(self, place: str) -> str:
        case = self.case(place)
        return self.oracle.case(case).seats[self.seats[case]].role if case in self.seats else ""

    def holds(self, place: str, *roles: str) -> bool:
        """Whether this person sits there for the holding agency in one of these roles."""
        facts = self.oracle.case(self.case(place))
        return self.role(place) in roles and facts.seats[self.seats[facts.key]].agency == facts.holding

    def plans(self, place: str) -> bool:
        return self.holds(place, "case_manager", "advocate", "clinical_supervisor")

    def supervises(self, place: str) -> bool:
        return self.holds(place, "clinical_supervisor")

    def words_goals(self, place: str) -> bool:
        return self.role(place) == "survivor" or self.plans(place)

    def writes_in(self, place: str) -> bool:
        return self.sits(place) and self.role(place) != "interpreter"

    def hands_over(self, place: str) -> bool:
        return self.holds(place, "case_manager", "clinical_supervisor")

    def follows_handover(self, place: str) -> bool:
        return self.hands_over(place) or self.role(place) in ("survivor", "interpreter")

    def writes(self, place: str) -> bool:
        return self.sees(place) and self.role(place) != "interpreter"

    def writes_there(self, place: str) -> bool:
        return self.sits(place) and self.role(place) != "interpreter"

    def reads_every_release(self, place: str) -> bool:
        """Whether this person sees the releases of that case to agencies that are not their own."""
        facts = self.oracle.case(self.case(place))
        hers = self.role(place) in ("survivor", "interpreter")
        return hers or (self.sits(place) and facts.seats[self.seats[facts.key]].agency == facts.holding)

    def withdraws(self, place: str) -> bool:
        return self.role(place) == "survivor" or self.holds(place, "case_manager", "advocate")


Rule = Callable[[Eyes, str], bool]


@dataclass(frozen=True)
class Surface:
    """An address: the kinds of identifier it takes, and who is answered when they GET and when they POST.

    Without a rule the method is not for anybody: 405, whatever the identifier.
    """

    kind: str
    get: Rule | None = None
    post: Rule | None = None
    body: dict[str, Any] = field(default_factory=dict)

    def takes(self, place: str) -> bool:
        return kind_of(place) in self.kind.split()


NOTE = {
    "note-text": "typed",
    "note-kind": "discussion",
    "note-topic": "coordination",
    "note-audience": "everyone",
    "note-key": "k" * 20,
}
ITEM = {
    "item-title": "typed",
    "item-kind": "other",
    "item-topic": "coordination",
    "item-audience": "everyone",
    "item-key": "k" * 20,
}
DECISION = {name.replace("note-", "decision-"): value for name, value in NOTE.items()}
ACTION = {name.replace("note-", "action-"): value for name, value in NOTE.items()} | {
    "action-title": "typed",
    "action-owner": "o" * 20,
}
QUESTION = {
    "question-text": "typed",
    "question-topic": "coordination",
    "question-audience": "all",
    "question-key": "k" * 20,
}
RELEASE = {
    "agency": "a" * 20,
    "topics": ["coordination"],
    "purpose": "typed",
    "starts": "2026-11-23T09:00",
    "expires": "2026-12-23T09:00",
    "explained_in": "es",
    "key": "k" * 20,
}
SEAT = {
    "email": "nobody@example.net",
    "role": "mentor",
    "known_to": "few",
    "topic": "employment",
    "starts": "2026-11-23T09:00",
    "key": "k" * 20,
}
MEETING = {
    "title": "typed",
    "kind": "coordination",
    "day": "2026-12-23",
    "time": "09:00",
    "zone": "America/New_York",
    "minutes": "60",
    "facilitator": "f" * 20,
    "invited": ["i" * 20],
    "key": "k" * 20,
}
CARD = {"does": "typed", "language": "en", "seen": "s" * 32, "key": "k" * 20}
LINE = {name.replace("note-", "line-"): value for name, value in NOTE.items()}
USUAL = {"usual-lines": ["rides"], "usual-audience": "everyone", "usual-key": "k" * 20}
PLANNED = {
    kind: {name.replace("note-", f"{kind}-"): value for name, value in NOTE.items()}
    | {f"{kind}-words": "typed"}
    for kind in ("goal", "need", "strength", "barrier", "reading")
}
REVIEW = {name.replace("note-", "review-"): value for name, value in NOTE.items()}
FEW = frozenset({"survivor", "case_manager", "clinical_supervisor", "interpreter"})
WRITTEN = "notes decisions agenda role_questions responsibilities goals needs strengths actions"
WITH_AN_IDENTIFIER = {
    "cases/<public:case>/": Surface("case", get=Eyes.sits),
    "cases/<public:case>/roles/": Surface("case", get=Eyes.sits),
    "cases/<public:case>/roles/paper/": Surface(
        "case", get=lambda eyes, place: eyes.role(place) == "survivor" or eyes.plans(place)
    ),
    "cases/<public:case>/responsibilities/": Surface("case", get=Eyes.plans, post=Eyes.plans, body=LINE),
    "cases/<public:case>/responsibilities/readers/": Surface("case", post=Eyes.plans, body=LINE),
    "cases/<public:case>/responsibilities/usual/": Surface(
        "case", get=Eyes.plans, post=Eyes.plans, body=USUAL
    ),
    "cases/<public:case>/responsibilities/usual/readers/": Surface("case", post=Eyes.plans, body=USUAL),
    "responsibilities/<public:responsibility>/": Surface(
        "responsibilities", get=Eyes.sees, post=Eyes.sees, body={"accountable": "a" * 20}
    ),
    "responsibilities/<public:responsibility>/wording/": Surface(
        "responsibilities", get=Eyes.sees, post=Eyes.sees, body={"text": "typed"}
    ),
    "responsibilities/<public:responsibility>/taking/": Surface("responsibilities", post=Eyes.sees),
    "responsibilities/<public:responsibility>/giving-back/": Surface("responsibilities", post=Eyes.sees),
    "responsibilities/<public:responsibility>/claim/": Surface("responsibilities", post=Eyes.sees),
    "responsibilities/<public:responsibility>/claim/withdrawal/": Surface("responsibilities", post=Eyes.sees),
    "responsibilities/<public:responsibility>/settlement/": Surface(
        "responsibilities", post=Eyes.sees, body={"seat": "s" * 20}
    ),
    "responsibilities/<public:responsibility>/putting-away/": Surface("responsibilities", post=Eyes.sees),
    "responsibilities/<public:responsibility>/bringing-back/": Surface("responsibilities", post=Eyes.sees),
    "cases/<public:case>/releases/": Surface(
        "case",
        get=Eyes.sits,
        post=lambda eyes, place: eyes.holds(place, "case_manager", "advocate"),
        body=RELEASE,
    ),
    "cases/<public:case>/seats/": Surface(
        "case", get=Eyes.sits, post=lambda eyes, place: eyes.holds(place, "case_manager"), body=SEAT
    ),
    "cases/<public:case>/conferences/": Surface("case", get=Eyes.sits, post=Eyes.plans, body=MEETING),
    "conferences/<public:conference>/schedule/": Surface(
        "conferences", get=Eyes.sees, post=Eyes.sees, body=MEETING
    ),
    "conferences/<public:conference>/invitations/": Surface(
        "conferences", post=Eyes.sees, body={"seat": "s" * 20}
    ),
    "conferences/<public:conference>/invitations/withdrawal/": Surface(
        "conferences", post=Eyes.sees, body={"seat": "s" * 20}
    ),
    "conferences/<public:conference>/roles/": Surface("conferences", get=Eyes.sees),
    "conferences/<public:conference>/roles/turn/": Surface(
        "conferences", post=Eyes.sees, body={"seat": "s" * 20}
    ),
    "seats/<public:seat>/still-so/": Surface("seats", post=Eyes.sees, body={"seen": "s" * 32}),
    "seats/<public:seat>/clear/": Surface("seats", post=Eyes.sees),
    "seats/<public:seat>/not-yet/": Surface("seats", post=Eyes.sees),
    "seats/<public:seat>/introduction/": Surface("seats", post=Eyes.sees),
    "seats/<public:seat>/not-met/": Surface("seats", post=Eyes.sees),
    "cases/<public:case>/handover/": Surface(
        "case", get=Eyes.follows_handover, post=Eyes.hands_over, body={"words": "typed", "key": "k" * 20}
    ),
    # No case file holds handovers; tests/agendas/test_handover.py asks of those that there are.
    "handovers/<public:handover>/read/": Surface("conferences", post=lambda *_: False),
    "handovers/<public:handover>/end/": Surface("conferences", post=lambda *_: False),
    **{
        f"handovers/<public:handover>/{step}/": Surface(
            "conferences", get=lambda *_: False, post=lambda *_: False
        )
        for step in ("telling", "overlap", "words", "introduction", "cancellation")
    },
    "handovers/<public:handover>/rows/<public:row>/taking/": Surface("actions", post=lambda *_: False),
    **{
        f"handovers/<public:handover>/rows/<public:row>/{step}/": Surface(
            "actions", get=lambda *_: False, post=lambda *_: False
        )
        for step in ("refusal", "owner")
    },
    "goals/<public:goal>/": Surface("goals", get=Eyes.sees),
    "goals/<public:goal>/words/": Surface(
        "goals", get=Eyes.sees, post=Eyes.sees, body={"words-words": "typed"}
    ),
    "goals/<public:goal>/translation/": Surface(
        "goals", get=Eyes.sees, post=Eyes.sees, body={"translation-words": "typed"}
    ),
    "goals/<public:goal>/readings/": Surface("goals", get=Eyes.sees, post=Eyes.sees, body=PLANNED["reading"]),
    "goals/<public:goal>/readings/readers/": Surface("goals", post=Eyes.sees, body=PLANNED["reading"]),
    **{
        f"goals/<public:goal>/{verb}/": Surface("goals", post=Eyes.sees, body={"seen": "active"})
        for verb in ("met", "setting-aside", "taking-up")
    },
    "cases/<public:case>/goals/": Surface(
        "case", get=Eyes.words_goals, post=Eyes.words_goals, body=PLANNED["goal"]
    ),
    "cases/<public:case>/goals/readers/": Surface("case", post=Eyes.words_goals, body=PLANNED["goal"]),
    **{
        f"cases/<public:case>/{kind}s/": Surface(
            "case", get=Eyes.writes_in, post=Eyes.writes_in, body=PLANNED[kind]
        )
        for kind in ("need", "strength", "barrier")
    },
    **{
        f"cases/<public:case>/{kind}s/readers/": Surface("case", post=Eyes.writes_in, body=PLANNED[kind])
        for kind in ("need", "strength", "barrier")
    },
    "needs/<public:need>/assessment/": Surface(
        "needs", get=Eyes.sees, post=Eyes.sees, body={"assessment-status": "met"}
    ),
    # No case file holds what is in the way; tests/agendas/test_goals.py asks of what there is.
    "barriers/<public:barrier>/assessment/": Surface("needs", get=lambda *_: False, post=lambda *_: False),
    "releases/<public:release>/withdrawal/": Surface("releases", post=Eyes.withdraws),
    "cases/<public:case>/questions/": Surface("case", get=Eyes.sits, post=Eyes.sits, body=QUESTION),
    "cases/<public:case>/questions/readers/": Surface("case", post=Eyes.sits, body=QUESTION),
    "seats/<public:seat>/questions/": Surface("seats", get=Eyes.sees, post=Eyes.sees, body={"to": "all"}),
    "responsibilities/<public:line>/questions/": Surface(
        "responsibilities", get=Eyes.sees, post=Eyes.sees, body={"to": "few"}
    ),
    "questions/<public:question>/answer/": Surface(
        "role_questions", get=Eyes.sees, post=Eyes.sees, body={"answer-text": "typed", "answer-key": "k" * 20}
    ),
    "questions/<public:question>/routing/": Surface(
        "role_questions", get=Eyes.sees, post=Eyes.sees, body={"to": "t" * 20}
    ),
    "questions/<public:question>/setting-aside/": Surface(
        "role_questions", get=Eyes.sees, post=Eyes.sees, body={"note": "typed"}
    ),
    "questions/<public:question>/agenda/": Surface("role_questions", post=Eyes.sees),
    "questions/<public:question>/everyone/": Surface("role_questions", get=Eyes.sees, post=Eyes.sees),
    "questions/<public:question>/closing/": Surface("role_questions", post=Eyes.sees),
    "questions/<public:question>/unclear/": Surface("role_questions", post=Eyes.sees),
    "questions/<public:question>/taking-back/": Surface("role_questions", post=Eyes.sees),
    "seats/<public:seat>/end/": Surface(
        "seats", post=lambda eyes, place: eyes.sees(place) and eyes.holds(place, "case_manager")
    ),
    # No case file holds pictures; tests/conferences/test_pictures.py asks of those that there are.
    "seats/<public:seat>/picture/": Surface("seats", get=lambda *_: False),
    "seats/<public:seat>/picture/change/": Surface("seats", get=Eyes.sees, post=Eyes.sees),
    "seats/<public:seat>/picture/removal/": Surface("seats", post=Eyes.sees),
    "seats/<public:seat>/card/": Surface("seats", get=Eyes.sees, post=Eyes.sees, body=CARD),
    "seats/<public:seat>/card/translation/": Surface(
        "seats", get=Eyes.sees, post=Eyes.sees, body=CARD | {"language": "es"}
    ),
    "conferences/<public:conference>/": Surface("conferences", get=Eyes.sees),
    "conferences/<public:conference>/items/": Surface(
        "conferences", get=Eyes.writes, post=Eyes.writes, body=ITEM
    ),
    "conferences/<public:conference>/items/readers/": Surface("conferences", post=Eyes.writes, body=ITEM),
    "conferences/<public:conference>/preparation/": Surface("conferences", get=Eyes.sees),
    "conferences/<public:conference>/opening/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/pause/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/facilitator/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/recorder/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/end/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/answer/": Surface(
        "conferences", get=Eyes.sees, post=Eyes.sees, body={"answer": "yes"}
    ),
    "conferences/<public:conference>/statement/": Surface("conferences", get=Eyes.sees, post=Eyes.sees),
    "conferences/<public:conference>/arrival/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/departure/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/apologies/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/unsaid/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/observer/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/participant/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/hand/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/hand-down/": Surface("conferences", post=Eyes.sees),
    "conferences/<public:conference>/parts/": Surface(
        "conferences", get=Eyes.sees, post=Eyes.sees, body={"name": "typed", "minutes": "5", "key": "k" * 20}
    ),
    # No case file holds parts; tests/conferences/test_parts.py asks of those that there are.
    "parts/<public:part>/opening/": Surface("conferences", post=lambda *_: False),
    "parts/<public:part>/end/": Surface("conferences", post=lambda *_: False),
    "conferences/<public:conference>/table/": Surface("conferences", get=Eyes.sees),
    "conferences/<public:conference>/preview/": Surface("conferences", get=Eyes.sees),
    # One identifier twice is never an answer; tests/agendas/test_preview.py asks with those that belong together.
    "conferences/<public:conference>/preview/<public:seat>/": Surface("conferences", get=lambda *_: False),
    "conferences/<public:conference>/closing/": Surface("conferences", get=Eyes.sees, post=Eyes.sees),
    "conferences/<public:conference>/cancellation/": Surface(
        "conferences", get=Eyes.sees, post=Eyes.sees, body={"words": "typed", "key": "k" * 20}
    ),
    "conferences/<public:conference>/record/": Surface("conferences", get=Eyes.sees),
    "items/<public:item>/": Surface("agenda", get=Eyes.sees),
    "items/<public:item>/current/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/done/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/parked/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/planned/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/place/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/wording/": Surface("agenda", get=Eyes.sees, post=Eyes.sees),
    "items/<public:item>/goal/": Surface("agenda", get=Eyes.sees, post=Eyes.sees),
    "items/<public:item>/refusal/": Surface("agenda", get=Eyes.sees, post=Eyes.sees),
    "items/<public:item>/continuation/": Surface("agenda", post=Eyes.sees),
    "items/<public:item>/notes/": Surface("agenda", post=Eyes.writes, body=NOTE),
    "items/<public:item>/readers/": Surface("agenda", post=Eyes.writes, body=NOTE),
    "items/<public:item>/note-form/": Surface("agenda", post=Eyes.writes, body=NOTE),
    "items/<public:number>/actions/line/": Surface(
        "agenda", get=Eyes.writes, post=Eyes.writes, body={"line-said": "somebody does this by Friday"}
    ),
    "items/<public:number>/actions/": Surface("agenda", get=Eyes.writes, post=Eyes.writes, body=ACTION),
    "items/<public:number>/actions/readers/": Surface("agenda", post=Eyes.writes, body=ACTION),
    "notes/<public:number>/action/": Surface("notes", get=Eyes.writes, post=Eyes.writes, body=ACTION),
    "notes/<public:number>/action/readers/": Surface("notes", post=Eyes.writes, body=ACTION),
    "decisions/<public:number>/action/": Surface("decisions", get=Eyes.writes, post=Eyes.writes, body=ACTION),
    "decisions/<public:number>/action/readers/": Surface("decisions", post=Eyes.writes, body=ACTION),
    "needs/<public:number>/action/": Surface("needs", get=Eyes.writes, post=Eyes.writes, body=ACTION),
    "needs/<public:number>/action/readers/": Surface("needs", post=Eyes.writes, body=ACTION),
    "goals/<public:number>/action/": Surface("goals", get=Eyes.writes, post=Eyes.writes, body=ACTION),
    "goals/<public:number>/action/readers/": Surface("goals", post=Eyes.writes, body=ACTION),
    "cases/<public:number>/actions/": Surface(
        "case", get=Eyes.writes_there, post=Eyes.writes_there, body=ACTION
    ),
    "cases/<public:number>/actions/readers/": Surface("case", post=Eyes.writes_there, body=ACTION),
    "notes/<public:note>/decision/": Surface("notes", get=Eyes.writes, post=Eyes.writes, body=DECISION),
    "notes/<public:note>/decision/readers/": Surface("notes", post=Eyes.writes, body=DECISION),
    "notes/<public:note>/confirmation/": Surface("notes", post=Eyes.sees),
    "notes/<public:note>/denial/": Surface("notes", post=Eyes.sees),
    "written/<public:written>/text/": Surface(
        "notes decisions", get=Eyes.sees, post=Eyes.sees, body={"written-text": "typed"}
    ),
    "written/<public:written>/history/": Surface(WRITTEN, get=Eyes.sees),
    "written/<public:written>/readers/": Surface(
        WRITTEN, get=Eyes.sees, post=Eyes.sees, body={"written-audience": "me"}
    ),
    "written/<public:written>/readers/names/": Surface(
        WRITTEN, post=Eyes.sees, body={"written-audience": "me"}
    ),
    "written/<public:written>/less/": Surface("notes decisions", get=Eyes.sees),
    "conferences/<public:conference>/plan/": Surface("conferences", get=Eyes.sees),
    "cases/<public:case>/plan/paper/": Surface(
        "case", get=lambda eyes, place: eyes.role(place) == "survivor" or eyes.plans(place)
    ),
    "cases/<public:case>/plan/picture/": Surface("case", get=Eyes.sits),
    "cases/<public:case>/plan/reviews/": Surface(
        "case", get=Eyes.supervises, post=Eyes.supervises, body=REVIEW
    ),
    "cases/<public:case>/plan/reviews/readers/": Surface("case", post=Eyes.supervises, body=REVIEW),
    "cases/<public:case>/plan/versions/": Surface("case", get=Eyes.sits),
    "goals/<public:goal>/confirmation/": Surface("goals", post=Eyes.sees),
    "goals/<public:goal>/not-now/": Surface("goals", post=Eyes.sees),
    "goals/<public:goal>/other-words/": Surface(
        "goals", get=Eyes.sees, post=Eyes.sees, body={"words": "typed", "language": "es", "key": "k" * 20}
    ),
    "actions/<public:action>/": Surface("actions", get=Eyes.sees),
    "actions/<public:action>/acceptance/": Surface("actions", post=Eyes.sees),
    "actions/<public:action>/reopening/": Surface("actions", post=Eyes.sees),
    "actions/<public:action>/goal/": Surface("actions", get=Eyes.sees, post=Eyes.sees),
    **{
        f"actions/<public:action>/{verb}/": Surface(
            "actions", get=Eyes.sees, post=Eyes.sees, body={"text": "typed", "word": "done", "key": "k" * 20}
        )
        for verb in (
            *("declining", "ending", "date", "owner", "wording", "comments", "steps", "helpers", "waiting"),
            "changed",
        )
    },
    # No case file holds steps; tests/agendas/test_followup.py asks of those that there are.
    **{
        f"actions/<public:action>/steps/<public:step>/{verb}/": Surface("actions", post=lambda *_: False)
        for verb in ("done", "open", "removal")
    },
    "decisions/<public:decision>/agreement/": Surface("decisions", post=Eyes.writes),
    "decisions/<public:decision>/difference/": Surface("decisions", post=Eyes.writes),
    "decisions/<public:decision>/goal/": Surface("decisions", get=Eyes.sees, post=Eyes.sees),
    "decisions/<public:decision>/silence/": Surface("decisions", post=Eyes.writes),
}
# Addresses without an identifier, with what GET and POST answer to whoever is signed in or out.
WITHOUT = {
    "": (200, 405),
    "health/": (200, 405),
    "kept/": (200, 405),
    "language/": (405, 303),
    "leave/": (200, 303),
    "sign-out/": (405, 303),
}
# The same for somebody who may plan meetings, for somebody who may not, and for whoever is signed out.
OF_THE_TASK_FORCE = {
    "meetings/template/": ((200, 422), (404, 404), (303, 403)),
    "cards/": ((200, 405), (404, 405), (303, 403)),
    "plans/review/": ((200, 422), (404, 404), (303, 403)),
    "reminders/": ((200, 422), (200, 422), (303, 403)),
    "cards/<role:role>/": ((200, 422), (404, 404), (303, 403)),
    # Everybody's own, whether they plan meetings or not.
    "tasks/": ((200, 405), (200, 405), (303, 403)),
    # Everybody's own.
    "calendar/": ((200, 422), (200, 422), (303, 403)),
    "calendar/address/": ((405, 422), (405, 422), (303, 403)),
    "calendar/revocation/": ((405, 303), (405, 303), (303, 403)),
}
TOKEN = "sign-in/<token:token>/"
# Tells whoever has it what its owner's lenses allow; tests/agendas/test_calendar.py holds it against the oracle.
FEED = "calendar/<token:secret>.ics"
# Live pages, with the identifiers that their sockets take: a case, a conference and perhaps an item, or none.
LIVE = {
    "today": "",
    "mine": "",
    "plan": "case",
    "goal": "goals",
    "releases": "case",
    "seats": "case",
    "board": "case",
    "leaflet": "case",
    "handover": "case",
    "meetings": "case",
    "room": "conferences",
    "schedule": "conferences",
    "answer": "conferences",
    "preparation": "conferences",
    "review": "conferences",
    "table": "conferences",
    "closing": "conferences",
    "record": "conferences",
    "paper": "conferences",
    "preview": "conferences",
    "plan_paper": "case",
    "readaloud": "conferences",
    "timeline": "case",
    "written": "decisions",
    "on_board": "role_questions",
    "in_plan": "goals",
    "action": "actions",
}
# Whoever is signed in has these, whatever they are narrowed to.
OF_EVERYBODY = {"today", "mine"}
# Panels, with the pages that each stands on, for everybody who sees the page.
PANELS = {
    "action": {"action"},
    "action_history": {"action"},
    "actions": {"plan", "room"},
    "agenda": {"room"},
    "aloud": {"readaloud"},
    "asked": {"today"},
    "barriers": {"plan"},
    "board": {"board"},
    "card": {"review"},
    "cards": {"board"},
    "case": {"plan"},
    "cases": {"today"},
    "checklist": {"handover"},
    "closing": {"closing"},
    "conferences": {"plan", "today", "meetings"},
    "due": {"board", "preparation"},
    "gaps": {"board"},
    "goal": {"goal"},
    "goal_past": {"goal"},
    "goal_work": {"goal"},
    "goals": {"plan"},
    "guests": {"answer"},
    "handover": {"handover"},
    "handover_news": {"today"},
    "here": {"room"},
    "hers": {"today"},
    "invitation": {"answer"},
    "invited": {"schedule"},
    "item": {"room"},
    "leaflet": {"leaflet"},
    "managers": {"plan"},
    "meeting": {"room"},
    # On the start page it stands for those who come for their tasks; it is there, and empty, for all others.
    "mine": {"mine", "today"},
    "narrow": {"mine"},
    "needs": {"plan"},
    "newcomers": {"board", "today"},
    "paper": {"paper"},
    "parts": {"room"},
    "people": {"review"},
    "undone": {"preparation"},
    "preparation": {"preparation"},
    "plan_paper": {"plan_paper"},
    "planreview": {"plan"},
    "plans_due": {"today"},
    # Of a conference and a seat: tests/agendas/test_preview.py asks with those that belong together.
    "preview": set(),
    "previews": {"preview"},
    "questions": {"board", "preparation", "review"},
    "readaloud": {"readaloud"},
    "record": {"record"},
    "releases": {"plan", "releases"},
    "reminders": {"today"},
    "responsibilities": {"board"},
    "review": {"review"},
    "roles": {"room"},
    "soon": {"preparation"},
    "strengths": {"plan"},
    "table": {"table"},
    "tasks": {"today"},
    "team": {"plan", "seats"},
    "timeline": {"timeline"},
    "updates": {"preparation"},
    "you": {"room"},
    "written": {"written", "on_board", "in_plan"},
}


def addresses(patterns: Any = None, start: str = "") -> Iterator[str]:
    """Every pattern of the URLconf."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        here = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, here)
        else:
            assert isinstance(entry, URLPattern)
            yield here


def test_every_address_stands_in_the_table_and_the_table_has_no_other() -> None:
    assert sorted(addresses()) == sorted([*WITH_AN_IDENTIFIER, *WITHOUT, *OF_THE_TASK_FORCE, TOKEN, FEED])


def test_every_live_page_stands_in_the_table_and_the_table_has_no_other() -> None:
    assert sorted(pages()) == sorted(LIVE)


def panels() -> set[str]:
    """The id of every panel that is written in the `panels.py` of a room."""
    assert pages()
    rooms = [vars(module) for name, module in sys.modules.items() if name.endswith(".panels")]
    written = [value for room in rooms for value in room.values() if hasattr(value, "template")]
    return {value.id for value in written if isinstance(getattr(value, "id", None), str)}


def test_every_panel_stands_in_the_table_and_the_table_has_no_other() -> None:
    assert sorted(panels()) == sorted(PANELS)


def kind_of(place: str) -> str:
    """What is at that place in the file."""
    return "case" if place.count("/") == 2 else place.split("/")[-2]


@dataclass
class Walk:
    """One person's way past every address, with what they found on it."""

    stage: Stage
    person: str | None
    whole: bool
    found: set[str] = field(default_factory=set)
    hidden: int = 0
    answered: int = 0
    nothing: dict[tuple[str, bool, bool, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = self.stage.client(self.person)
        self.eyes = Eyes(self.stage, self.person)
        self.choose = random.Random(f"walk of {self.person}")
        self.allowed = self.stage.words(self.person)

    def by_links(self) -> set[str]:
        """The addresses that links lead to."""
        told = crawl(self.browser, **({"forms": None} if self.whole else {}))
        for page, text in told.items():
            self.read(text, page)
        return set(told)

    def by_guessing(self, known: set[str]) -> None:
        """Every address with identifiers of its own kind, of other kinds, and one that never was; by day each person
        tries every third one, as they happen to come."""
        for pattern, surface in WITH_AN_IDENTIFIER.items():
            if not self.whole and self.person is not None and self.choose.randrange(3):
                continue
            for method, rule in (("GET", surface.get), ("POST", surface.post)):
                htmx = method == "POST" and self.choose.random() < 0.5
                absent = self.absent(pattern, method, rule, htmx)
                for number in self.chosen(surface, method, rule):
                    if re.sub(r"<[^>]*>", number, f"/{pattern}") in known and method == "GET":
                        continue
                    self.compare(pattern, method, number, htmx, rule, absent)

    def absent(self, pattern: str, method: str, rule: Rule | None, htmx: bool) -> str:
        """What is answered about what never was. To somebody who is signed in every address says the same, and the
        whole walk asks each for it; whoever is signed out is given back what was sent."""
        alike = method, rule is None, htmx, pattern if self.whole or self.person is None else ""
        if alike not in self.nothing:
            told = said(self.ask(pattern, method, public_id(), htmx))
            self.read(told, pattern)
            assert told.startswith(self.status_of_nothing(method, rule)), (self.person, method, pattern)
            self.nothing[alike] = told
        return self.nothing[alike]

    def compare(
        self, pattern: str, method: str, number: str, htmx: bool, rule: Rule | None, absent: str
    ) -> None:
        place = self.places.get(number)
        surface = WITH_AN_IDENTIFIER[pattern]
        for_them = bool(rule and place and surface.takes(place) and rule(self.eyes, place))
        told = said(self.ask(pattern, method, number, htmx))
        self.read(told, f"{method} {pattern} {place}")
        if for_them:
            self.answered += 1
            assert not told.startswith(("404", "405", "500")), (self.person, method, pattern, place)
        else:
            self.hidden += 1
            assert told == absent, (self.person, method, pattern, place)

    def status_of_nothing(self, method: str, rule: Rule | None) -> str:
        if self.person is None:
            return "303" if method == "GET" else "403"
        return "404" if rule else "405"

    def ask(self, pattern: str, method: str, number: str, htmx: bool) -> Any:
        url = re.sub(r"<[^>]*>", number, f"/{pattern}")
        headers = {"HX-Request": "true"} if htmx else {}
        if method == "GET":
            return self.browser.get(url, headers=headers)
        with undone(self.browser):
            return self.browser.post(url, WITH_AN_IDENTIFIER[pattern].body, headers=headers)

    @property
    def places(self) -> dict[str, str]:
        return {number: place for place, number in self.stage.ids.items()}

    def chosen(self, surface: Surface, method: str, rule: Rule | None) -> list[str]:
        """All identifiers in the whole walk; else one that is theirs, some that are hidden, and one of another kind or
        of nothing."""
        if self.whole:
            return sorted(self.stage.every_id)
        strange = self.choose.choice([public_id(), *self.some(self.strangers(surface), 1)])
        if rule is None:
            return [strange]
        fitting = [place for place in self.stage.ids if surface.takes(place)]
        theirs = [place for place in fitting if rule(self.eyes, place)]
        others = [place for place in fitting if place not in theirs]
        chosen = self.some(theirs, 1) + self.some(others, 2 if method == "GET" else 1)
        return [*(self.stage.ids[place] for place in chosen), strange]

    def strangers(self, surface: Surface) -> frozenset[str]:
        """The identifiers of all that is of another kind."""
        return self.stage.every_id - {
            number for place, number in self.stage.ids.items() if surface.takes(place)
        }

    def some(self, among: Any, count: int) -> list[str]:
        return self.choose.sample(sorted(among), min(count, len(among)))

    def read(self, text: str, where: str) -> None:
        """Keep what was found; nothing hidden may be in it."""
        found = self.stage.found(text)
        assert found <= self.allowed, (self.person, where, found - self.allowed)
        self.found |= found


@pytest.mark.no_cover
def test_everybody_finds_exactly_what_the_policy_allows_and_hidden_equals_absent(
    stage: Stage, nightly: bool
) -> None:
    hidden = answered = 0
    people = [*stage.people, None]
    if connections["default"].vendor == "postgresql" and not nightly:
        people = people[::3]  # everybody walked on SQLite
    for person in people:
        walk = Walk(stage, person, nightly)
        known = walk.by_links()
        assert walk.found == walk.allowed, (person, walk.allowed - walk.found)
        walk.by_guessing(known)
        hidden, answered = hidden + walk.hidden, answered + walk.answered
    assert len(stage.words("p-survivor")) > 200
    assert stage.words("p-nowhere") == {
        *(agency["name"] for agency in stage.casefile["agencies"] if agency["key"] == "unseated"),
        *(person["name"] for person in stage.casefile["people"] if person["key"] == "p-nowhere"),
    }
    assert hidden > 60 * len(people)
    assert answered > 2 * len(people)


def test_addresses_without_an_identifier_answer_everybody_alike(stage: Stage) -> None:
    for person in ("p-cm", "p-nowhere", None):
        browser = stage.client(person)
        for path, statuses in WITHOUT.items():
            for method, status in zip(("get", "post"), statuses, strict=True):
                with undone(browser):
                    answer = getattr(browser, method)(f"/{path}", {"language": "es"})
                assert answer.status_code == status, (person, path)
                assert stage.found(said(answer)) <= stage.words(person)


def test_what_belongs_to_the_task_force_is_there_for_those_who_may_plan_meetings(stage: Stage) -> None:
    keys = [f"/cases/{number}" for number in range(len(stage.casefile["cases"]))]
    planning = {person for person in stage.people if any(map(Eyes(stage, person).plans, keys))}
    assert {"p-cm", "p-next-cm"} < planning
    assert "p-survivor" not in planning
    for person in [*stage.people, None]:
        browser = stage.client(person)
        for path, (planner, other, nobody) in OF_THE_TASK_FORCE.items():
            statuses = planner if person in planning else other if person else nobody
            for method, status in zip(("get", "post"), statuses, strict=True):
                with undone(browser):
                    answer = getattr(browser, method)(f"/{path.replace('<role:role>', '9')}")
                assert answer.status_code == status, (person, path)
                assert stage.found(said(answer)) <= stage.words(person)


def test_no_identifier_is_a_way_to_sign_in(stage: Stage) -> None:
    """Tokens are no identifiers; the page for a wrong one is the same for all of them but for its own address."""

    def told(browser: Client, token: str, method: str) -> str:
        answer = getattr(browser, method)(f"/sign-in/{token}/")
        assert answer.status_code == 404
        text = said(answer).replace(token, "")
        return re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|expires=[^;]+', "", text)

    for person in (None, "p-cm"):
        browser = stage.client(person)
        browser.get("/")
        for method in ("get", "post"):
            absent = told(browser, public_id(), method)
            assert not stage.found(absent)
            for number in sorted(stage.every_id)[::5]:
                assert told(browser, number, method) == absent
        assert bool(browser.cookies.get("s")) == (person is not None)


def test_no_identifier_is_a_way_into_a_calendar(stage: Stage) -> None:
    """Nor is it told whether a calendar was ever there: the answer is that of an address which never was."""
    for person in (None, "p-cm"):
        browser = stage.client(person)
        absent = said(browser.get("/nowhere/"))
        assert absent.startswith("404")
        tried = [public_id() * 3, *sorted(stage.every_id)[::5]]
        assert {said(browser.get(f"/calendar/{each[:43]}.ics")) for each in tried} == {absent}


@pytest.mark.parametrize("number", ["1", "2", "alder", "cm", "now", "wide", "0", "-1", "%00", "a" * 3000])
def test_keys_of_the_file_and_numbers_of_the_tables_are_no_addresses(stage: Stage, number: str) -> None:
    browser = stage.client("p-cm")
    answers = set()
    for pattern, surface in WITH_AN_IDENTIFIER.items():
        url = re.sub(r"<[^>]*>", number, f"/{pattern}")
        answers |= {said(browser.get(url)), said(browser.post(url, surface.body))}
    assert len(answers) == 1
    assert answers.pop().startswith("404")


def test_other_methods_and_forged_forms_are_answered_alike(stage: Stage) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = stage.client("p-cps").cookies
    for pattern, surface in WITH_AN_IDENTIFIER.items():
        # The last stands in the case furthest from theirs.
        hidden = max(place for place in stage.ids if surface.takes(place))
        numbers = stage.ids[hidden], next(iter(stage.ids.values())), public_id()
        urls = [re.sub(r"<[^>]*>", number, f"/{pattern}") for number in numbers]
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "POST"):
            answers = [strict.generic(method, url) for url in urls]
            assert len({said(answer) for answer in answers}) == 1
            assert answers[0].status_code in (403, 405)


def test_a_seat_cannot_be_probed_by_giving_one(stage: Stage) -> None:
    """Who sits where the giver may not see it gets the answer of an address that nobody has."""
    seats, browser = f"/cases/{stage.ids['/cases/0']}/seats/", stage.client("p-cm")
    later = next(person for person in stage.casefile["people"] if person["key"] == "p-later")
    mentor = next(person for person in stage.casefile["people"] if person["key"] == "p-mentor")

    def told(email: str) -> str:
        answer = browser.post(seats, SEAT | {"email": email}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        text = said(answer).replace(email, "")
        return re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|expires=[^;]+', "", text)

    assert told(later["email"]) == told("nobody@example.net")
    assert told(mentor["email"]) != told("nobody@example.net")


# Sockets


def scopes(stage: Stage) -> Iterator[tuple[str, str, str, str]]:
    """Page, place, id and look of every socket anybody could ask for, and of some that never were."""
    yield "today", "", "", ""
    yield "mine", "", "", ""
    yield "mine", "", "", "own-week-2"
    for place in [place for place in stage.ids if kind_of(place) == "case"]:
        yield "mine", place, stage.ids[place], "asked-any-1"
    for page, kind in LIVE.items():
        for place in [place for place in stage.ids if kind and kind_of(place) == kind]:
            yield page, place, stage.ids[place], ""
        if kind:
            yield page, "nowhere", public_id(), ""
    for place in [place for place in stage.ids if kind_of(place) == "agenda"]:
        room = stage.ids[place.rpartition("/agenda/")[0]]
        yield "room", place, room, stage.ids[place]
    yield "room", "nowhere", room, public_id()


def answered(eyes: Eyes, page: str, place: str) -> bool:
    """Whether somebody has this page about what is at that place."""
    if page == "handover":
        return eyes.follows_handover(place)
    return (eyes.sits if kind_of(place) == "case" else eyes.sees)(place)


def pushed(stage: Stage, people: list[str]) -> int:
    """Open every socket as these people, run one pass, and hold what was pushed against the oracle."""
    sockets: dict[Connection, tuple[str, str, str]] = {}
    for person in people:
        session = stage.client(person).cookies["s"].value
        for page, place, number, look in scopes(stage):
            sockets[connect(page, session, id=number, look=look)] = person, page, place
    assert not [connection for connection in sockets if connection.socket is None]
    frames, closed = passed(list(sockets))
    found: dict[str, set[str]] = {person: set() for person in people}
    eyes = {person: Eyes(stage, person) for person in people}
    for connection, (person, page, place) in sockets.items():
        seen = page in OF_EVERYBODY or (place != "nowhere" and answered(eyes[person], page, place))
        assert (connection in closed) != seen, (person, page, place)
        assert (connection in frames) == seen, (person, page, place)
        frame = frames.get(connection, "")
        standing = {panel for panel, on in PANELS.items() if page in on}
        assert elements(frame, lambda _: True).keys() == (standing if seen else set()), (person, page, place)
        words = stage.found(frame)
        assert words <= stage.words(person), (person, page, place, words - stage.words(person))
        found[person] |= words
    for person in people:
        assert stage.words(person) - found[person] <= beside_the_panels(stage, person), person
    return len(frames)


def beside_the_panels(stage: Stage, person: str) -> set[str]:
    """What stands on pages outside their live panels: who one is, and the agencies that a release can name."""
    names = {agency["key"]: agency["name"] for agency in stage.casefile["agencies"]}
    own = next(each for each in stage.casefile["people"] if each["key"] == person)
    eyes = Eyes(stage, person)
    records = any(eyes.holds(place, "case_manager", "advocate") for place in eyes.keys)
    listed = set(names.values()) if records else {names.get(own["agency"], "")}
    return {own["name"], *listed}


@pytest.fixture
def origin(settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]


def test_every_socket_pushes_exactly_what_the_policy_allows(stage: Stage, origin: None) -> None:
    assert pushed(stage, stage.people) > 200


def test_whoever_may_not_connect_is_accepted_and_closed_alike(stage: Stage, origin: None) -> None:
    session, case = stage.client("p-cm").cookies["s"].value, stage.ids["/cases/0"]
    refused = [
        connect("plan", session, origin="http://testserver:8001", id=case),
        connect("plan", session, origin="https://testserver", id=case),
        connect("plan", session, origin="", id=case),
        connect("nothing", session, id=case),
        connect("plan/more", session, id=case),
    ]
    for connection in refused:
        assert connection.socket is None
        assert connection.sent == [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 4403}]
    nobody = connect("plan", "", id=case)
    assert nobody.sent == [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 4402}]
    strangers = [
        connect("plan", "s" * 32, id=case),
        connect("plan", session, id=public_id()),
        connect("plan", session, id=stage.ids["/cases/1"]),
    ]
    frames, closed = passed([*strangers, connect("plan", session, id=case)])
    assert closed == set(strangers)
    assert len(frames) == 1


def everybody_at(stage: Stage) -> dict[Any, str]:
    """A socket of every page for everybody, and whose it is."""
    owners: dict[Any, str] = {}
    for person in stage.people:
        session = stage.client(person).cookies["s"].value
        for page, _, number, look in scopes(stage):
            if not look:
                owners[connect(page, session, id=number).socket] = person
    return owners


@pytest.mark.parametrize("what", ["note", "release", "seat"])
def test_a_row_that_comes_changes_no_byte_for_whoever_does_not_see_it(
    stage: Stage, origin: None, what: str
) -> None:
    facts, passes, owners = stage.oracle.case("alder"), Passes(), everybody_at(stage)
    open_still = set(owners) - set(passes.run(list(owners)).closed)
    manager, case = stage.client("p-cm"), f"/cases/{stage.ids['/cases/0']}/"
    item = stage.url("alder", "agenda", "wide")
    row = RowFacts("alder", "employment", origin="holder", audience=FEW)
    seeing = {seat.person for seat in facts.seats.values() if allowed(facts, seat.key, row, stage.at)}
    if what == "note":
        note = NOTE | {"note-audience": "me", "note-left_out_because": "typed"}
        shown = manager.post(f"{item}readers/", note).content.decode().partition('shown_readers" value="')[2]
        answer = manager.post(f"{item}notes/", note | {"note-shown_readers": shown.partition('"')[0]})
        seeing = {"p-cm"}
    elif what == "release":
        other = Agency.objects.get(key="unseated").public_id
        answer = manager.post(f"{case}releases/", RELEASE | {"agency": other})
        seeing = {person for person in stage.people if Eyes(stage, person).reads_every_release("/cases/0")}
    else:
        former = next(each["email"] for each in stage.casefile["people"] if each["key"] == "p-old-cm")
        answer = manager.post(f"{case}seats/", SEAT | {"email": former})
        seeing |= {"p-old-cm"}
    assert answer.status_code == 303
    outcome = passes.run(list(open_still))
    assert not outcome.closed
    assert {owners[socket] for socket, *_ in outcome.frames} == seeing


def test_a_row_that_goes_changes_no_byte_for_whoever_did_not_see_it(
    stage: Stage, origin: None, nightly: bool
) -> None:
    passes, choose, told = Passes(), random.Random("rows"), 0
    owners = everybody_at(stage)
    open_still = set(owners) - set(passes.run(list(owners)).closed)
    # A seat is ended, not removed, while somebody holds it.
    held = {
        stage.place(case, "seats", key)
        for person in stage.people
        for case, key in stage.oracle.seats_of(person, stage.at)
    }
    rows = [place for case in ("alder", "birch") for place in stage.oracle.rows(case) if place not in held]
    gone: list[str] = []
    for place in choose.sample(rows, len(rows) if nightly else 20):
        seeing = {person for person in stage.people if Eyes(stage, person).sees(place)}
        gone.append(place)
        mark = Mark.objects.get(public_id=stage.ids[place])
        Mark.objects.filter(pk=mark.pk).update(removed_at=stage.at)
        case_changed(mark.case_id)
        outcome = passes.run(list(open_still))
        changed = {owners[socket] for socket, *_ in outcome.frames} | {
            owners[each] for each in outcome.closed
        }
        assert changed <= seeing, (place, changed - seeing)
        if "/conferences/" not in place:
            assert changed == seeing, (place, seeing - changed)
        open_still -= set(outcome.closed)
        told += len(changed)
        stage.oracle = Oracle(stage.casefile, removed=gone)
    assert told > 50


# Time


def borders(stage: Stage) -> dict[Any, set[str]]:
    """Every instant at which something begins or ends by itself, and whom it concerns."""
    found: dict[Any, set[str]] = {}
    for case in stage.casefile["cases"]:
        for seat in case["seats"]:
            for name in ("from", "until"):
                if seat[name]:
                    found.setdefault(instant(seat[name]), set()).add(seat["person"])
        for release in case["releases"]:
            people = {seat["person"] for seat in case["seats"] if seat["agency"] == release["agency"]}
            for name in ("starts", "expires", "withdrawn_at"):
                if release[name]:
                    found.setdefault(instant(release[name]), set()).update(people)
    return found


@pytest.mark.no_cover
def test_pages_follow_each_border_to_the_microsecond(stage: Stage, origin: None, nightly: bool) -> None:
    choose, changed = random.Random("borders"), 0
    for border, people in borders(stage).items():
        concerned = sorted(people) if nightly else choose.sample(sorted(people), min(2, len(people)))
        before: dict[str, frozenset[str]] = {}
        for at in (border - TICK, border):
            stage.clock.at = at
            pushed(stage, concerned)
            changed += sum(
                before.get(person, stage.words(person)) != stage.words(person) for person in concerned
            )
            before = {person: stage.words(person) for person in concerned}
    assert changed > 10


def test_a_seat_that_ends_leaves_nothing(stage: Stage) -> None:
    mentor, seat = stage.client("p-mentor"), stage.place("alder", "seats", "mentor")
    room = stage.url("alder", "conferences", "now")
    assert len(stage.found("".join(crawl(mentor).values()))) > 50
    assert stage.client("p-cm").post(f"/seats/{stage.ids[seat]}/end/").status_code == 303
    stage.casefile = stage.rewritten()
    stage.raw(seat)["until"] = stage.at.isoformat()
    stage.oracle = Oracle(stage.casefile)
    told = crawl(mentor)
    assert sorted(told) == ["/", "/calendar/", "/reminders/", "/tasks/"]
    assert stage.found("".join(told.values())) == stage.words("p-mentor")
    assert said(mentor.get(room)) == said(mentor.get(f"/conferences/{public_id()}/"))
    seen = {
        person: stage.found("".join(crawl(stage.client(person)).values())) for person in ("p-cm", "p-prov")
    }
    assert seen == {person: stage.words(person) for person in seen}


def test_a_release_that_is_withdrawn_leaves_nothing(stage: Stage) -> None:
    detective, place = stage.client("p-det"), "/cases/0/releases/3"
    assert stage.raw(place)["agency"] == "police"
    before = stage.found("".join(crawl(detective).values()))
    assert len(before) > 50
    her = stage.client("p-survivor")
    assert her.post(f"/releases/{stage.ids[place]}/withdrawal/").status_code == 303
    stage.casefile = stage.rewritten()
    stage.raw(place)["withdrawn_at"] = stage.at.isoformat()
    stage.oracle = Oracle(stage.casefile)
    assert stage.found("".join(crawl(detective).values())) == stage.words("p-det")
    assert len(stage.words("p-det")) == 2
    stage.clock.at -= TICK
    assert stage.found("".join(crawl(detective).values())) == stage.words("p-det") == before
    wide = stage.url("alder", "agenda", "wide")
    assert detective.get(wide).status_code == 200
    stage.clock.at += TICK
    assert said(detective.get(wide)) == said(detective.get(f"/items/{public_id()}/"))


def test_a_participant_who_is_removed_loses_everything_below_the_conference(stage: Stage) -> None:
    detective, place = stage.client("p-det"), stage.place("alder", "conferences", "now")
    before = stage.found("".join(crawl(detective).values()))
    here = {f"/conferences/{stage.ids[place]}/", stage.url("alder", "agenda", "wide")}
    assert here <= crawl(detective).keys()
    named = Named.objects.filter(mark__public_id=stage.ids[place], seat=stage.seat("alder", "det"))
    assert named.delete()[0] == 1
    stage.casefile = stage.rewritten()
    stage.raw(place)["participants"].remove("det")
    stage.oracle = Oracle(stage.casefile)
    after = stage.found("".join(crawl(detective).values()))
    assert after == stage.words("p-det") < before
    assert not here & crawl(detective).keys()
    for address in here:
        start = address.rstrip("/").rpartition("/")[0]
        assert said(detective.get(address)) == said(detective.get(f"{start}/{public_id()}/"))


@pytest.mark.parametrize(
    ("kind", "key"), [("agenda", "wide"), ("conferences", "now"), ("seats", "law"), ("goals", "own-door")]
)
def test_a_row_that_is_removed_is_gone_with_all_that_hangs_below_it(
    stage: Stage, kind: str, key: str
) -> None:
    place = stage.place("alder", kind, key)
    before = stage.words("p-survivor")
    stage.without(place)
    for person in ("p-survivor", "p-cm"):
        assert stage.found("".join(crawl(stage.client(person)).values())) == stage.words(person)
    assert stage.words("p-survivor") < before


def test_an_interpreter_reads_nothing_that_the_survivor_does_not(stage: Stage) -> None:
    rows = [place for place in stage.oracle.rows("alder") if "/seats/" not in place]
    spoken = [place for place in rows if stage.oracle.sees("alder", "interp", place, stage.at)]
    assert len(spoken) > 50
    assert all(stage.oracle.sees("alder", "sv", place, stage.at) for place in spoken)
    pages_of = {
        person: "".join(crawl(stage.client(person)).values()) for person in ("p-interp", "p-survivor")
    }
    texts = {text for place in rows for text in stage.oracle.texts(place)}
    hers, said_aloud = (texts & stage.found(pages_of[person]) for person in ("p-survivor", "p-interp"))
    assert texts & said_aloud
    only = {
        text
        for place in rows
        if not stage.oracle.sees("alder", "sv", place, stage.at)
        for text in stage.oracle.texts(place)
    }
    assert only
    assert not only & said_aloud
    assert (
        said_aloud - {text for place in stage.oracle.rows("birch") for text in stage.oracle.texts(place)}
        <= hers
    )
