"""What a role usually does, as a task force says it, or as it is usually said."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from conferences.usual.models import WORDS, UsualCard
from workspace.disclosure.labels import DUTIES, DUTY_BIT, ROLES, Duty, duties_of
from workspace.disclosure.models import Case
from workspace.disclosure.policy import Role
from workspace.disclosure.sealed import TiedRows
from workspace.live.panels import value

# What a task force says is usual, read along with whatever has a column for the task force.
USUAL = TiedRows(UsualCard, "task_force", "language", "role", *WORDS, "contact", "duties").of("task_force_id")


@value
class Said:
    """What a card says, in one language. `duties`: as bits, the same in every language."""

    language: str
    does: str
    does_not: str
    ask_about: str
    private: str
    contact: str
    duties: int

    @property
    def duty_labels(self) -> list[Any]:
        """The duties as the holder says them."""
        return [DUTIES[duty][0] for duty in duties_of(self.duties)]

    @property
    def labelled(self) -> list[tuple[Any, str]]:
        """What it says, each with what it is about."""
        return [(WORDS[name], text) for name, text in self.texts.items() if text]

    @property
    def texts(self) -> dict[str, str]:
        """The words, by what they are about."""
        return {name: getattr(self, name) for name in WORDS}


@value
class RoleCard:
    """What a role usually does, for those who may say it otherwise. `own`: the task force says it in its own words."""

    role: str
    said: tuple[Said, ...]
    own: bool

    @property
    def label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("usual-card", args=[Role(self.role)])

    @property
    def here(self) -> Said:
        """What it says in the reader's language."""
        language = get_language()
        return next((said for said in self.said if said.language == language), self.said[0])

    @property
    def fields(self) -> dict[str, Any]:
        """What the form shows."""
        said = {f"{said.language}-{name}": text for said in self.said for name, text in said.texts.items()}
        return said | {"duties": [duty.value for duty in duties_of(self.said[0].duties)]}


@value
class UsualCards:
    """The usual cards of a task force. `own`: what it says in words of its own: role, and one card a language."""

    own: tuple[tuple[str, tuple[Said, ...]], ...] = ()

    def of(self, role: str) -> tuple[Said, ...]:
        """What this role usually does: one card a language."""
        return dict(self.own).get(role) or usually()[role]

    def card(self, role: str) -> RoleCard:
        """The same, for those who may say it otherwise."""
        return RoleCard(role, self.of(role), role in dict(self.own))


def says_something(seat: Any) -> bool:
    """Whether the card of this opened seat was written or confirmed; until then what is usual stands for it."""
    return bool(
        seat.confirmed_at or seat.duties or seat.contact or any(getattr(seat, name) for name in WORDS)
    )


def said_by_holder(seat: Any) -> bool:
    """Whether what the card of this opened seat says is its holder's: a draft that they have not confirmed is not."""
    return seat.drafted_by_id is None and says_something(seat)


@lru_cache(maxsize=256)
def usual_of(text: str | None) -> UsualCards:
    """The usual cards of a task force, as `USUAL` reads them."""
    said: dict[str, list[Said]] = defaultdict(list)
    for language, role, *words in TiedRows.read(text):
        said[role].append(Said(language, *words))
    return UsualCards(tuple((role, tuple(cards)) for role, cards in sorted(said.items())))


def duties_told(seat: Any, *, drafted: bool = False) -> tuple[int, bool]:
    """What the holder of this opened seat may have to do with what they are told, as bits, and whether that is only
    what is usual in their role: until they have said it themselves, or confirmed that none of it applies. `drafted`: as
    a draft says it, too, where it is read as one; beside a name it speaks for nobody."""
    if (drafted or seat.drafted_by_id is None) and (seat.duties or seat.confirmed_at):
        return int(seat.duties), False
    own = seat.usual_duties
    return usually()[seat.role][0].duties if own is None else int(own), True


def usual_in(case: int) -> UsualCards:
    """The usual cards of the task force that a case belongs to, in one query."""
    return usual_of(Case.objects.values_list(USUAL, flat=True).get(pk=case))


@cache
def usually() -> Mapping[str, tuple[Said, ...]]:
    """What every role usually does, where a task force has said nothing of its own."""
    read = json.loads(Path(__file__).with_name("usual.json").read_text(encoding="utf-8"))
    return {
        role: tuple(
            Said(language, **words, contact="", duties=sum(DUTY_BIT[Duty(duty)] for duty in duties))
            for language, words in cards.items()
        )
        for role, cards in read.items()
        for duties in [cards.pop("duties")]
    }


def is_usual(role: str, words: Mapping[str, Mapping[str, str]], duties: int) -> bool:
    """Whether these words, by language, and these duties are those that are usual anyway."""
    usual = usually()[role]
    return words == {said.language: said.texts for said in usual} and duties == usual[0].duties
