"""What a card says, and in which languages."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from conferences.cards.models import PARTS, translations_of
from conferences.cards.panels import by_its_name
from conferences.roles.panels import Team, Who
from conferences.usual.panels import USUAL, Said, UsualCards, duties_told, usual_of
from workspace.disclosure import lean
from workspace.disclosure.labels import DUTIES, duties_of
from workspace.disclosure.policy import Role
from workspace.live.panels import value
from workspace.people.models import Person


@value
class Side:
    """A card in one language. `by`: who put it into that, where it was not its holder; `older`: the card was changed
    since; `usual`: the duties are those of the role, for its holder has not said theirs."""

    said: Said
    by: Who = Who()
    older: bool = False
    usual: bool = False

    @property
    def duties(self) -> tuple[Any, ...]:
        """What its holder may have to do with what they are told, as they say it."""
        return tuple(DUTIES[duty][0] for duty in duties_of(self.said.duties))

    @property
    def language_label(self) -> str:
        """The language by its name, in the reader's words."""
        return by_its_name(self.said.language)


@value
class Tongues:
    """What is spoken in a case: by the survivor, and by its task force, in whose language a card is written that says
    of none. `cards`: what that says is usual."""

    hers: str
    usual: str
    cards: UsualCards


def _tongues(cases: Collection[int]) -> QuerySet[Any]:
    found = Person.objects.filter(seat__case__in=cases, seat__role=Role.SURVIVOR)
    columns = "seat__case_id", "language", "task_force__language", USUAL
    return found.select_related(None).values_list(*columns)


def load_tongues(cases: Collection[int]) -> Mapping[int, Tongues]:
    """What is spoken in these cases, in one query."""
    return {
        case: Tongues(hers, usual, usual_of(cards))
        for case, hers, usual, cards in lean.read(_tongues, cases=cases)
    }


def sides(team: Team, seat: Any, usual: str) -> tuple[Side, ...]:
    """What the card of this opened seat, which comes with `TRANSLATIONS`, says, in its own language first. `usual`: the
    task force's language."""

    duties, of_role = duties_told(seat, drafted=True)

    def said(language: str, words: Iterable[str]) -> Said:
        return Said(language=language, duties=duties, **dict(zip(PARTS, words, strict=True)))

    written = [getattr(seat, part) for part in PARTS]
    own = said(seat.language or usual, written)
    others = (
        # What its holder took away is not said in another language either.
        Side(
            said(language, (part and (other or part) for part, other in zip(written, words, strict=True))),
            team.who(by),
            bool(seat.worded_at and at < seat.worded_at),
            of_role,
        )
        for by, at, language, *words in translations_of(seat.translations)
    )
    return (Side(own, usual=of_role), *(side for side in others if side.said.language != own.language))


def usually(seat: Any, usual: UsualCards) -> tuple[Side, ...]:
    """What somebody in the role of this opened seat usually does."""
    return tuple(map(Side, usual.of(seat.role)))


def without_duties(every: tuple[Side, ...]) -> tuple[Side, ...]:
    """The same without duties: what stands on the card of its holder's is read in every language."""
    return tuple(replace(side, said=replace(side.said, duties=0)) for side in every)


def in_reading(every: tuple[Side, ...]) -> Side:
    """Of the same in several languages that of whoever reads now, or else the first."""
    wanted = translation.get_language() or ""
    return next((side for side in every if side.said.language.split("-")[0] == wanted), every[0])


def is_read(side: Side) -> bool:
    """Whether it is in the language of whoever reads now."""
    return side.said.language.split("-")[0] == (translation.get_language() or "")


def says_any(side: Side) -> bool:
    """Whether there is a word on it."""
    return any(getattr(side.said, part) for part in PARTS)
