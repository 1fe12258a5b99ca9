"""Who is who: the cards of a case, as one viewer reads them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from conferences.cards.models import PARTS, CardWords, plain, translations_of
from conferences.pictures.panels import picture_url
from conferences.roles.panels import Ask, Asks, Readers, Team, Who, initials
from conferences.usual.panels import Said, UsualCards, duties_told
from workspace.disclosure.labels import DUTIES, ROLES, duties_of
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import (
    Lens,
    Role,
    may_draft_card,
    may_translate_card,
    may_write_card,
)
from workspace.live.panels import Lines, value

# Whom a survivor is most likely to ask first.
ASKED = (
    *(Role.CASE_MANAGER, Role.ADVOCATE, Role.INTERPRETER, Role.COUNSEL, Role.SHELTER, Role.THERAPIST),
    *(Role.MEDICAL, Role.MENTOR, Role.GUARDIAN, Role.PROVIDER, Role.CLINICAL_SUPERVISOR),
    *(Role.VICTIM_WITNESS, Role.CHILD_PROTECTION, Role.INVESTIGATOR, Role.PROSECUTOR, Role.SURVIVOR),
)
# In the order in which they are read: what she tells, and to whom, she decides by the first.
LABELS = {
    "private": _("Is what you tell me private?"),
    "does": _("What I do"),
    "does_not": _("What I do not do"),
    "ask_about": _("Ask me about"),
    "contact": _("How and when to reach me"),
}


class Part(NamedTuple):
    """A part of a card as it is read. `sentences`: what its holder may have to do, in the reader's language; `usual`:
    they are those of the role; `language`: that of the words, where it is another."""

    label: Any
    text: str
    language: str
    sentences: tuple[Any, ...] = ()
    usual: bool = False


@value
class Translated:
    """A card in another language. `older`: the card was changed since."""

    said: Said
    by: Who
    older: bool

    @property
    def translator(self) -> Any:
        """By whom."""
        return _whoever(self.by)


@value
class Card:
    """A seat with what its holder says about it, and what is usual for the role. `duties`: what they may have to do, as
    bits; `usual_duties`: as is usual in the role, for they have not said it. `edition`: of one's own, for saying that
    it is right."""

    template: ClassVar[str] = "conferences/cards/_card.html"
    id: str
    name: str
    called: str
    sounds: str
    role: str
    agency: str
    picture_url: str
    primary: bool
    you: bool
    starts: datetime
    until: datetime | None
    said: Said
    duties: int
    usual_duties: bool
    translations: tuple[Translated, ...]
    usual: tuple[Said, ...]
    languages: str
    stand_in: Who
    drafted_by: Who
    confirmed_at: datetime | None
    readers: Readers
    edition: str
    may_write: bool
    may_translate: bool
    ask: Ask | None

    @property
    def url(self) -> str:
        """The address of the card."""
        return f"/seats/{self.id}/card/"

    @property
    def still_so_url(self) -> str:
        """Where its holder says that it is right."""
        return f"/seats/{self.id}/still-so/"

    @property
    def drafter(self) -> Any:
        """By whom it was drafted."""
        return _whoever(self.drafted_by)

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def initials(self) -> str:
        """What stands in the circle."""
        return initials(self.name)

    @property
    def says_nothing(self) -> bool:
        """Whether its holder has not said yet what they do."""
        return not (self.said.duties or any(_words(self.said)))

    @property
    def parts(self) -> list[Part]:
        """What it says, in the reader's language where somebody said it in that, else as it was written."""
        said = (
            replace(self.said, does="", does_not="", ask_about="", private="") if self.folded else self.said
        )
        translated = self.translation.said if self.translation else None
        duties = 0 if self.duties_of_role else self.duties
        return _parts(said, translated, duties, usual=self.usual_duties)

    @property
    def translation(self) -> Translated | None:
        """The card in the reader's language, where it is written in another one."""
        if not _is_foreign(self.said.language):
            return None
        return next((each for each in self.translations if not _is_foreign(each.said.language)), None)

    @property
    def original(self) -> list[Part]:
        """How its holder said it, where something of it is read in another language or not at first."""
        return _parts(self.said, None) if self.translation or self.folded else []

    @property
    def folded(self) -> bool:
        """Whether nobody put it into the reader's language: then what is usual for the role is read before it."""
        here = any(not _is_foreign(said.language) for said in self.usual)
        return bool(self.written_in and here and self.translation is None)

    @property
    def earlier(self) -> Translated | None:
        """What it said in the language that it is written in, before it was: for those who put it into words. What its
        holder took away since is gone from it, too."""
        its = plain(self.said.language)
        found = next((each for each in self.translations if plain(each.said.language) == its), None)
        if found is None or not (self.may_write or self.may_translate):
            return None
        still = (own and other for own, other in zip(_words(self.said), _words(found.said), strict=True))
        return replace(found, said=_said(found.said.language, tuple(still)))

    @property
    def earlier_parts(self) -> list[Part]:
        """The same, part by part."""
        return _parts(self.earlier.said, None) if self.earlier else []

    @property
    def language_label(self) -> str:
        """The language that it is written in, by its name."""
        return by_its_name(self.said.language)

    @property
    def reader_language(self) -> str:
        """The reader's language by its name."""
        return by_its_name(get_language() or "")

    @property
    def written_in(self) -> str:
        """The language it is written in by its name, where that is not the reader's and there is something to read."""
        return self.language_label if _is_foreign(self.said.language) and any(_words(self.said)) else ""

    @property
    def usual_parts(self) -> list[Part]:
        """What is usual for the role, where the card says nothing that the reader can read."""
        foreign = self.folded or any(part.language for part in self.parts)
        if not (self.usual and (self.says_nothing or foreign)):
            return []
        here = [said for said in self.usual if not _is_foreign(said.language)]
        said = (here or self.usual)[0]
        # What stands on the card of their duties is read in every language.
        return _parts(said, None, self.duties if self.duties_of_role else 0)

    @property
    def duties_of_role(self) -> bool:
        """Whether what is usual for the role says of the duties, too, what the card does not."""
        return self.usual_duties and (self.says_nothing or self.folded)


@value
class CardsPanel:
    """Who is on the team now, and who was or will be. `own`: the viewer's own card; `drafted`: somebody drafted it for
    them."""

    id: ClassVar[str] = "cards"
    template: ClassVar[str] = "conferences/cards/_cards.html"
    cards: Lines
    others: Lines
    own: str
    drafted: bool


class Own(NamedTuple):
    """What one viewer may do about a card."""

    you: bool
    may_write: bool
    may_translate: bool
    ask: Ask | None


def cards(
    team: Team,
    lens: Lens,
    at: datetime,
    usual: UsualCards,
    language: str,
    asks: Asks | None,
    *,
    leads: bool,
) -> CardsPanel:
    """The cards of those whom the viewer sees, in the order in which the survivor is likely to ask them, the viewer's
    own last. The seats come with `TRANSLATIONS` and `PICTURE`. `language`: what cards are written in that do not say
    it; `asks`: how the viewer asks about the others'; `leads`: whether the viewer leads a conference of this case that
    is not over."""
    sitting, others = team.sitting(at)

    def card(seat: Any) -> Card:
        over = seat.until is not None and seat.until <= at
        return team.once(
            _card,
            seat,
            sitting,
            _own(lens, seat, asks, leads=leads, over=over),
            "" if over else picture_url(seat),
            usual.of(seat.role),
            language,
        )

    def order(seat: Any) -> tuple[Any, ...]:
        return seat.mark_id == lens.seat, not seat.primary, ASKED.index(Role(seat.role)), seat.mark_id

    own = team.seats.get(lens.seat)
    return CardsPanel(
        Lines(map(card, sorted(sitting, key=order))),
        Lines(map(card, others)),
        own.public_id if own else "",
        bool(own and own.drafted_by_id),
    )


def _own(lens: Lens, seat: Any, asks: Asks | None, *, leads: bool, over: bool) -> Own:
    number, own = seat.mark_id, may_write_card(lens, seat.mark_id)
    drafts = may_draft_card(lens, number, leads=leads, confirmed=seat.confirmed_at is not None)
    return Own(
        own,
        (own or drafts) and not over,
        may_translate_card(lens, number, leads=leads) and not over and any(_words(seat)),
        asks.about(seat, "seats") if asks and not own else None,
    )


def _card(
    team: Team,
    seat: Any,
    sitting: OpenedRows,
    own: Own,
    picture: str,
    usual: tuple[Said, ...],
    language: str,
) -> Card:
    # Whoever has gone is not asked.
    stand_in = next((other for other in sitting if other.mark_id == seat.stand_in_id), None)
    words = CardWords.of(seat, stand_in.public_id if stand_in else "")
    duties, usual_duties = duties_told(seat, drafted=True)
    return Card(
        id=seat.public_id,
        name=seat.name,
        called=seat.called,
        sounds=seat.sounds,
        role=seat.role,
        agency=seat.agency_name or "",
        picture_url=picture,
        primary=seat.primary,
        starts=seat.starts,
        until=seat.until,
        said=_said(seat.language or language, _words(seat), seat.duties),
        duties=duties,
        usual_duties=usual_duties,
        translations=tuple(
            Translated(_said(its, parts), team.who(by), bool(seat.worded_at and at < seat.worded_at))
            for by, at, its, *parts in translations_of(seat.translations)
        ),
        usual=usual,
        languages=seat.languages,
        stand_in=team.who(stand_in.mark_id) if stand_in else Who(),
        drafted_by=team.who(seat.drafted_by_id),
        confirmed_at=seat.confirmed_at,
        readers=team.readers(seat),
        edition=words.edition if own.you else "",
        **own._asdict(),
    )


def _said(language: str, words: Sequence[str], duties: int = 0) -> Said:
    return Said(language=language, duties=duties, **dict(zip(PARTS, words, strict=True)))


def _words(said: Any) -> tuple[str, ...]:
    return tuple(getattr(said, part) for part in PARTS)


def _parts(said: Said, translated: Said | None, duties: int = 0, *, usual: bool = False) -> list[Part]:
    """What is said, part by part, with these duties; what its holder took away is not said in another language
    either."""
    found = []
    for name, label in LABELS.items():
        own, other = getattr(said, name), getattr(translated, name) if translated else ""
        text, language = (other, "") if own and other else (own, said.language)
        its = duties_of(duties) if name == "private" else ()
        sentences = tuple(DUTIES[duty][0] for duty in its)
        if text or sentences:
            foreign = language if text and _is_foreign(language) else ""
            found.append(Part(label, text, foreign, sentences, usual))
    return found


def _whoever(who: Who) -> Any:
    return who.names[0] if who.names else _("the team")


def _is_foreign(language: str) -> bool:
    """Whether this is another language than the reader's."""
    return bool(language) and plain(language) != plain(get_language() or "")


def by_its_name(language: str) -> str:
    """A language by its name in the middle of a sentence, where this house knows it."""
    try:
        name = str(get_language_info(plain(language))["name_translated"])
    except KeyError:
        return language
    # English begins them with a capital, Spanish does not.
    return name if not _is_foreign("en") else name.lower()
