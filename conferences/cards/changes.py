"""A card is written by its holder, drafted for them until they confirm it, and said in another language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.cards.models import PARTS, CardWords, Translation, edition, plain
from conferences.meetings.models import Conference, Status
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import Sight, again, open_rows, seats_that_see, sight_of
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import (
    Lens,
    may_draft_card,
    may_stand_in,
    may_translate_card,
    may_write_card,
)
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

NOT_THEIRS = _(
    "Only the person on this card changes it. Until they have said that it is right, whoever leads a meeting can draft "
    "it for them."
)
NOT_TO_TRANSLATE = _(
    "Only the person on this card, an interpreter or whoever leads a meeting puts it into another language."
)
NOT_YOURS_TO_CONFIRM = _("Only the person on this card can say that it is right.")
OVER = _("This person is not on the team any more, so their card stays as it is.")
OVERTAKEN = _(
    "Somebody changed this card in the meantime. How it stands now is shown on this page, and what you typed is still "
    "here. Press the button again to keep yours."
)
READ_AGAIN = _("This card was changed in the meantime. Read it again, then press the button.")
SAYS_NOTHING = _("There is nothing on this card yet. It has to be written first.")
CANNOT_STAND_IN = _("That person cannot stand in here any more. Choose somebody else, or nobody.")
SAME_LANGUAGE = _("The card is written in this language already. Choose another one.")


@dataclass(frozen=True)
class Held:
    """A card that somebody sees: the seat it is on, and the seats they see, all opened. `leads`: whether they lead a
    conference of the case that is not over."""

    lens: Lens
    row: Any
    seats: tuple[Any, ...]
    leads: bool

    @property
    def own(self) -> bool:
        """Whether it is their own."""
        return may_write_card(self.lens, self.row.mark_id)

    @property
    def case(self) -> str:
        """The public id of its case."""
        return str(self.row.case_public_id)

    @property
    def words(self) -> CardWords:
        """What it says to them."""
        stand_in = next((seat for seat in self.seats if seat.mark_id == self.row.stand_in_id), None)
        sits = stand_in is not None and _sits(stand_in)
        return CardWords.of(self.row, stand_in.public_id if stand_in and sits else "")

    @property
    def over(self) -> bool:
        """Whether the seat has ended."""
        return self.row.until is not None and self.row.until <= timezone.now()

    def let_write(self) -> None:
        """Go on for whoever may write or draft it. Raises NotAllowedError, and StaleError where the seat has ended."""
        drafts = may_draft_card(
            self.lens, self.row.mark_id, leads=self.leads, confirmed=self.row.confirmed_at is not None
        )
        if not (self.own or drafts):
            raise NotAllowedError(NOT_THEIRS)
        if self.over:
            raise StaleError(OVER)

    def let_translate(self) -> None:
        """Go on for whoever may say it in another language. Raises NotAllowedError, and StaleError where there is
        nothing to say, or the seat has ended."""
        if not may_translate_card(self.lens, self.row.mark_id, leads=self.leads):
            raise NotAllowedError(NOT_TO_TRANSLATE)
        if self.over:
            raise StaleError(OVER)
        if not any(self.words.parts):
            raise StaleError(SAYS_NOTHING)

    def stand_ins(self) -> list[Any]:
        """Who may be asked while the holder is away: those who sit now, and whom the writer and the holder both see.
        The survivor sees every seat."""
        theirs = sight_of(self.row.person_id, timezone.now()).get(self.lens.case)
        if theirs is None or theirs.seat != self.row.mark_id:
            return []
        return [
            seat
            for seat in self.seats
            if seat.mark_id != self.row.mark_id
            and may_stand_in(seat.role, of=self.row.role)
            and _sits(seat)
            and seats_that_see(seat.row, [theirs])
        ]


def held(sight: Sight, seat: str) -> Held:
    """The card of this seat, as somebody sees it. Raises LookupError (nothing is there)."""
    found = open_rows(sight, Seat.objects.sealed(mark__public_id=seat))
    if not found:
        raise LookupError(seat)
    row = found[0]
    lens = sight[row.case_id]
    meetings = open_rows(sight, Conference.objects.sealed(mark__case=lens.case))
    leads = any(each.facilitator_id == lens.seat and each.state != Status.CLOSED for each in meetings)
    return Held(lens, row, open_rows(sight, Seat.objects.sealed(case=lens.case)), leads)


def write_card(sight: Sight, *, seat: str, card: CardWords, seen: str, key: str) -> str:
    """Write one's own card, which confirms it, or draft another's; the public id of the case. `seen`: the edition when
    the form was read. `key`: the form's own; sent twice, it writes once.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to write) and StaleError (somebody changed it in
    the meantime, the seat has ended, or nobody can be asked in their stead any more).
    """
    with transaction.atomic():
        its = _locked(sight, seat)
        its.let_write()
        card, stands = card.kept(), its.words
        once = record.Once.of(key, seat, card)
        if record.taken(its.lens, once):
            unchanged()
            return its.case
        if stands.edition != seen:
            raise StaleError(OVERTAKEN)
        if card == stands and not its.own:
            unchanged()
            return its.case
        now, empty = timezone.now(), not any(card._replace(language=""))
        _keep_other_words(its, card, now)
        columns = card._asdict() | {"stand_in": _stand_in(its, card.stand_in)}
        if card != stands:
            columns["worded_at"] = now
        # Unsealed: the write of a row that the lens has just opened.
        Seat.unsealed.filter(pk=its.row.mark_id).update(
            **columns,
            confirmed_at=now if its.own and not empty else None,
            drafted_by=None if its.own or empty else its.lens.seat,
        )
        verb = "card_written" if its.own else "card_drafted"
        record.done(its.lens, verb, mark=its.row.mark_id, once=once)
        return its.case


def translate_card(
    sight: Sight, *, seat: str, language: str, parts: Iterable[str], seen: str, key: str
) -> str:
    """Say a card in another language; without any words that language is taken away. `parts`: in the order of `PARTS`.
    `seen`: the edition of the card and its translation when the form was read. `key`: as above.

    Raises LookupError, NotAllowedError (not theirs to translate) and StaleError (there is nothing to translate, it is
    in that language already, or somebody changed it in the meantime).
    """
    with transaction.atomic():
        its = _locked(sight, seat)
        its.let_translate()
        parts = tuple(map(cleaned, parts))
        once = record.Once.of(key, seat, language, parts)
        if record.taken(its.lens, once):
            unchanged()
            return its.case
        if language not in other_languages(its):
            raise StaleError(SAME_LANGUAGE)
        if translation_edition(its, language) != seen:
            raise StaleError(OVERTAKEN)
        there = Translation.objects.filter(seat=its.row.mark_id, language=language)
        if any(parts):
            said = dict(zip(PARTS, parts, strict=True)) | {"by_id": its.lens.seat, "at": timezone.now()}
            Translation.objects.update_or_create(seat_id=its.row.mark_id, language=language, defaults=said)
        elif not there.delete()[0]:
            unchanged()
            return its.case
        record.done(its.lens, "card_translated", mark=its.row.mark_id, once=once)
        return its.case


def language_of(its: Held) -> str:
    """The language that a card is written in: what it says, or the task force's."""
    if its.row.language:
        return str(its.row.language)
    return str(Case.objects.values_list("task_force__language", flat=True).get(pk=its.lens.case))


def other_languages(its: Held) -> list[str]:
    """The languages that a card can be said in besides its own."""
    own = plain(language_of(its))
    return [code for code, _name in settings.LANGUAGES if code != own]


def translated(its: Held, language: str) -> tuple[str, ...]:
    """What a card says in that language now, in the order of `PARTS`; nothing where it does not."""
    found = Translation.objects.filter(seat=its.row.mark_id, language=language).values_list(*PARTS).first()
    return found or ("",) * len(PARTS)


def translation_edition(its: Held, language: str) -> str:
    """A fingerprint of a card and of what it says in that language."""
    return edition(its.words.parts, language, translated(its, language))


def _keep_other_words(its: Held, card: CardWords, now: datetime) -> None:
    """Where a card is written in another language from now on, what its holder said in the first stays, as what it says
    in that. If the card now says what its translation said, they have changed places; else what stays is older than the
    card. A draft is replaced: it speaks for nobody."""
    was, said = language_of(its), its.words.parts
    turned = any(card.parts) and translated(its, card.language) == card.parts
    if turned:
        Translation.objects.filter(seat=its.row.mark_id, language=card.language).delete()
    if its.row.drafted_by_id or not any(said) or said == card.parts or plain(was) == plain(card.language):
        return
    # A region has no form of its own, where it could be put otherwise.
    stays = next((code for code, _name in settings.LANGUAGES if code == plain(was)), was)
    at = now if turned else its.row.worded_at or its.row.created_at
    kept = dict(zip(PARTS, said, strict=True)) | {"by_id": its.row.mark_id, "at": at}
    Translation.objects.update_or_create(seat_id=its.row.mark_id, language=stays, defaults=kept)


def _locked(sight: Sight, seat: str) -> Held:
    lens = held(sight, seat).lens
    case_changed(lens.case)
    return held(again(lens), seat)


def _sits(seat: Any) -> bool:
    now = timezone.now()
    return bool(seat.starts <= now and (seat.until is None or now < seat.until))


def _stand_in(its: Held, chosen: str) -> int | None:
    """The seat of this public id. Where none is chosen, one that the writer does not see stays: they changed nothing
    about it. Raises StaleError."""
    if chosen:
        found = next((seat for seat in its.stand_ins() if seat.public_id == chosen), None)
        if found is None:
            raise StaleError(CANNOT_STAND_IN)
        return int(found.mark_id)
    visible = {seat.mark_id for seat in its.seats}
    return its.row.stand_in_id if its.row.stand_in_id not in visible else None
