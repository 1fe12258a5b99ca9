"""Who answers for what: it is taken, given back, claimed and settled; and what there is to be done is added, worded,
divided among those who do it, and put away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.readers.changes import Choice, reading
from conferences.responsibilities.models import USUAL, How, Involved, Responsibility, dispute, involved_of
from workspace.disclosure import policy
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, mark_row
from workspace.disclosure.lens import Sight, again, open_rows, read_sights
from workspace.disclosure.models import Case, Mark, Seat
from workspace.disclosure.policy import Lens, Refusal
from workspace.disclosure.refusals import SENTENCES
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import offered
from workspace.record import changes as record
from workspace.text import cleaned

STAYS = "stays"
NOT_YOURS_TO_TAKE = gettext_lazy(
    "An interpreter answers for nothing here. Somebody else can take this, and those who carry the case can write "
    "down that you do it."
)
NOT_YOURS = gettext_lazy("Only whoever answers for this can give it back.")
NOT_TO_SETTLE = gettext_lazy(
    "Only whoever answers for this, or one of those who carry the case, can decide that."
)
NOT_TO_DIVIDE = gettext_lazy(
    "Who does what is written down by those who carry the case: a case manager, an advocate or the clinical "
    "supervisor. You can take what nobody answers for, or say that something is yours."
)
NOT_THE_AUTHOR = gettext_lazy("Only the person who wrote this can change its words.")
NOT_NEEDED = gettext_lazy("This case does not need this any more. It can be brought back.")
FREE = gettext_lazy("Nobody answers for this now. You can take it.")
CLAIMED_NO_MORE = gettext_lazy("They do not say that it is theirs any more. Look at the board again.")
CLAIMED_OTHERWISE = gettext_lazy(
    "Somebody else says by now that it is theirs, or does not any more. Nothing has changed. Look at the board again."
)
OVERTAKEN = gettext_lazy(
    "Somebody changed this in the meantime. How it stands now is shown on this page, and what you chose is still here. "
    "Press the button again to keep yours."
)
HERS_AS_IT_STANDS = gettext_lazy(
    "The survivor took this as it stands. Nobody makes something else of it: write that down as something new."
)
SAID_OTHERWISE = gettext_lazy(
    "It says something else by now. Below you see what it says now, and what you wrote."
)


@dataclass(frozen=True)
class Division:
    """Who does what, by the public ids of seats. `accountable`: none when it is empty; `STAYS` where whoever answers
    for it is not this writer's to change."""

    accountable: str
    does: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()

    def of(self, how: How) -> frozenset[str]:
        """Who is involved so."""
        return {How.DOES: self.does, How.ASKED: self.asked, How.TOLD: self.told}[how]


DIVIDED = (How.DOES, How.ASKED, How.TOLD)


@dataclass(frozen=True)
class Line:
    """Something that has to be done, opened, as its viewer may read and divide it. `seats`: those they see."""

    lens: Lens
    row: Any
    seats: Mapping[int, Any]

    @property
    def case(self) -> str:
        """The case, by its public id."""
        return str(self.seats[self.lens.seat].case_public_id)

    def sits(self, number: int) -> bool:
        """Whether this seat is seen, and held now."""
        seat, now = self.seats.get(number), timezone.now()
        return seat is not None and seat.starts <= now and (seat.until is None or now < seat.until)

    @property
    def free(self) -> bool:
        """Whether nobody answers for it, or a seat that is seen and cannot see to it any more. One that is not seen may
        have ended or not: that is nobody's to know who does not see it."""
        seat = self.seats.get(self.row.accountable_id)
        return self.row.accountable_id is None or (seat is not None and seat.mark_id in self._lost)

    @cached_property
    def _lost(self) -> frozenset[int]:
        """The seats that are seen and cannot see to it any more, as far as this viewer is told."""
        now = timezone.now()
        seated = read_sights({seat.person_id for seat in self.seats.values()}, now).seated
        return frozenset(
            number
            for number, seat in self.seats.items()
            if policy.is_lost(
                self.lens,
                self.row.row,
                seated.get(self.lens.case, {}).get(number),
                starts=seat.starts,
                until=seat.until,
                comes_in=bool(seat.comes_in),
                at=now,
            )
        )

    @property
    def taken(self) -> str:
        """That another answers for it already, as a sentence for somebody who would have taken it."""
        seat = self.seats.get(self.row.accountable_id)
        if seat is None:
            return _(
                "The team took this before you. Nothing has changed. If it is yours too, say so on the board."
            )
        said = _(
            "%(name)s took this before you. Nothing has changed. If it is yours too, say so on the board."
        )
        return said % {"name": seat.name}

    @property
    def taken_by_her(self) -> bool:
        """Whether the survivor answers for it, or says that it is hers, as far as is seen; and another looks."""
        hers = self.lens.survivor
        holds = self.row.accountable_id == hers or hers in self.involved(How.CLAIMS)
        return hers in self.seats and holds and not policy.may_give_to(self.lens, hers)

    def involved(self, how: How) -> frozenset[int]:
        """The seats that are seen, held now, and involved so."""
        return frozenset(
            seat for seat, is_so in involved_of(self.row.involved) if is_so == how and self.sits(seat)
        )

    def offered(self, how: How | None = None) -> list[Any]:
        """The seats that can be involved so, or can answer for it: those that would read it. Nobody gives the survivor
        something to do; she can be asked and told. An interpreter does their own work, and answers for nothing."""
        if how in (How.ASKED, How.TOLD):
            return self._reading
        given = [seat for seat in self._reading if policy.may_give_to(self.lens, seat.mark_id)]
        if how:
            return given
        return [s for s in given if policy.may_answer_for(s.role) and s.mark_id not in self._lost]

    @cached_property
    def _reading(self) -> list[Any]:
        return reading(self.row.row, [seat for number, seat in self.seats.items() if self.sits(number)])

    @cached_property
    def stands(self) -> Division:
        """Who does what now, of what this viewer may change."""
        now = {
            how: frozenset(seat.public_id for seat in self.offered(how) if seat.mark_id in self.involved(how))
            for how in DIVIDED
        }
        holder = next((s.public_id for s in self.offered() if s.mark_id == self.row.accountable_id), STAYS)
        return Division("" if self.free else holder, now[How.DOES], now[How.ASKED], now[How.TOLD])

    @property
    def edition(self) -> str:
        """A fingerprint of who does what as this viewer reads it, which comes back with the form."""
        seat = self.seats.get(self.row.accountable_id)
        told = [self.stands.accountable, seat.public_id if seat else ""]
        told += [sorted(self.stands.of(how)) for how in DIVIDED]
        told += [sorted(self.seats[number].public_id for number in self.involved(How.CLAIMS))]
        return salted_hmac("who does what", repr(told), algorithm="sha256").hexdigest()[:32]

    @property
    def dispute(self) -> str:
        """A fingerprint of between whom it is to be decided, as this viewer reads it."""
        seat = self.seats.get(self.row.accountable_id)
        claims = [self.seats[number].public_id for number in self.involved(How.CLAIMS)]
        return dispute(seat.public_id if seat else "", claims)


def line(sight: Sight, responsibility: str) -> Line | None:
    """What has to be done, as this person sees it; None when there is nothing there for them."""
    found = open_rows(sight, Responsibility.objects.sealed(mark__public_id=responsibility))
    if not found:
        return None
    lens = sight[found[0].row.case]
    seats = open_rows(sight, Seat.objects.sealed(case=lens.case))
    return Line(lens, found[0], {seat.mark_id: seat for seat in seats})


def take(sight: Sight, *, responsibility: str) -> str:
    """Answer for it from now on, where nobody does.

    This and all others give the public id of the case, and raise LookupError (nothing is there), NotAllowedError (it is
    not theirs to do) and StaleError (it stands otherwise by now).
    """
    with transaction.atomic():
        it = _locked(sight, responsibility)
        if not policy.may_take(it.lens):
            raise NotAllowedError(NOT_YOURS_TO_TAKE)
        _let_stand(it)
        if it.row.accountable_id == it.lens.seat:
            unchanged()
        elif it.free:
            _answers(it, it.lens.seat)
            record.done(it.lens, "responsibility_taken", mark=it.row.mark_id)
        else:
            raise StaleError(it.taken)
        return it.case


def give_back(sight: Sight, *, responsibility: str) -> str:
    """Answer for it no more: then nobody does, until somebody takes it."""
    with transaction.atomic():
        it = _locked(sight, responsibility)
        if it.row.accountable_id == it.lens.seat:
            _answers(it, None)
            record.done(it.lens, "responsibility_given_back", mark=it.row.mark_id)
        elif it.row.accountable_id is None:
            unchanged()
        else:
            raise NotAllowedError(NOT_YOURS)
        return it.case


def claim(sight: Sight, *, responsibility: str) -> str:
    """Say that it is theirs too, though another answers for it."""
    with transaction.atomic():
        it = _locked(sight, responsibility)
        if not policy.may_take(it.lens):
            raise NotAllowedError(NOT_YOURS_TO_TAKE)
        _let_stand(it)
        if it.lens.seat in (it.row.accountable_id, *it.involved(How.CLAIMS)):
            unchanged()
        elif it.free:
            raise StaleError(FREE)
        else:
            Involved.objects.create(responsibility_id=it.row.mark_id, seat_id=it.lens.seat, how=How.CLAIMS)
            record.done(it.lens, "responsibility_claimed", mark=it.row.mark_id)
        return it.case


def withdraw_claim(sight: Sight, *, responsibility: str) -> str:
    """Say no more that it is theirs."""
    with transaction.atomic():
        it = _locked(sight, responsibility)
        if _claims_end(it, {it.lens.seat}):
            record.done(it.lens, "claim_withdrawn", mark=it.row.mark_id)
        else:
            unchanged()
        return it.case


def settle(sight: Sight, *, responsibility: str, seat: str, seen: str) -> str:
    """Decide between those who say it is theirs: `seat` answers for it from now on, or, when it is empty, whoever did.
    `seen`: between whom, when the button was read (`dispute`), so that nobody's word is ended by somebody who has not
    read it.

    Whoever answers for it hands it over; those who carry the case decide. A claim of somebody they do not see is not
    theirs to end.
    """
    with transaction.atomic():
        it = _locked(sight, responsibility)
        claims, holder = it.involved(How.CLAIMS), it.seats.get(it.row.accountable_id)
        if seat and holder is not None and holder.public_id == seat:
            unchanged()
            return it.case
        hands_over = it.row.accountable_id == it.lens.seat and seat
        if not hands_over and not policy.may_say_who_does_what(it.lens):
            raise NotAllowedError(NOT_TO_SETTLE)
        _let_stand(it)
        if not seat and not claims:
            unchanged()
            return it.case
        if not seat and it.free:
            raise StaleError(FREE)
        if seen != it.dispute:
            raise StaleError(CLAIMED_OTHERWISE)
        if seat:
            _answers(it, _claimant(it, claims, seat))
        _claims_end(it, claims)
        record.done(it.lens, "claims_settled", mark=it.row.mark_id)
        return it.case


def _claimant(it: Line, claims: Collection[int], seat: str) -> int:
    """Who says that it is theirs, of this public id. Raises StaleError unless they do and can read it, and
    NotAllowedError for the survivor: she takes it herself once it is free."""
    number = next((number for number in claims if it.seats[number].public_id == seat), None)
    if number is None:
        raise StaleError(CLAIMED_NO_MORE)
    if not policy.may_give_to(it.lens, number):
        raise NotAllowedError(SENTENCES[Refusal.HERS_TO_OFFER])
    if it.seats[number] not in it.offered():
        raise StaleError(SENTENCES[Refusal.OWNER_COULD_NOT_READ])
    return number


def divide(sight: Sight, *, responsibility: str, division: Division, seen: str) -> str:
    """Say who answers for it, does it, is asked and is told. Seats that the writer does not see stay as they are.
    `seen`: its edition when the form was read.

    Raises RefusedError as well, for somebody who could not read it, and for the survivor.
    """
    with transaction.atomic():
        it = _locked(sight, responsibility)
        let_divide(it)
        _let_stand(it)
        claims = it.involved(How.CLAIMS)
        if division == it.stands and not claims:
            unchanged()
            return it.case
        if seen != it.edition:
            raise StaleError(OVERTAKEN)
        if division.accountable != STAYS:
            _answers(it, _number(it, None, division.accountable) if division.accountable else None)
        for how in DIVIDED:
            _involve(it, how, division.of(how))
        _claims_end(it, claims)
        record.done(it.lens, "responsibility_divided", mark=it.row.mark_id)
        return it.case


def put_away(sight: Sight, *, responsibility: str) -> str:
    """This case does not need it."""
    return _put(sight, responsibility, away=True)


def bring_back(sight: Sight, *, responsibility: str) -> str:
    """This case needs it after all."""
    return _put(sight, responsibility, away=False)


def reword(sight: Sight, *, responsibility: str, text: str, before: str, permitted: bool) -> str:
    """Its author says it in other words. `before`: what it said when they began to write. `permitted`: they say that
    their own client permits it.

    Raises StaleError as well when it says something else by now, or the survivor took it as it is, and RefusedError
    (the policy).
    """
    with transaction.atomic():
        it = _locked(sight, responsibility)
        let_word(it)
        text = one_line(text)
        if text == it.row.text:
            unchanged()
            return it.case
        if it.taken_by_her:
            raise StaleError(HERS_AS_IT_STANDS)
        # What came from a file may have space in it that does not come back from a form.
        if one_line(before) != one_line(it.row.text):
            raise StaleError(SAID_OTHERWISE)
        if policy.asks_own_client(it.lens):
            if not permitted:
                raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
            Mark.objects.filter(pk=it.row.mark_id).update(permitted_at=timezone.now())
        _write(it, text=text)
        record.done(it.lens, "responsibility_reworded", mark=it.row.mark_id)
        return it.case


def add(sight: Sight, *, case: str, text: str, choice: Choice, left_out_because: str, key: str) -> None:
    """Write down something that has to be done; nobody answers for it yet. `key`: the form's own; sent twice, it writes
    once. Raises LookupError (not theirs to write) and RefusedError (the policy)."""
    with transaction.atomic():
        _case, lens = _door(sight, case)
        once = record.Once.of(
            key, case, text, choice.topic, choice.audience, sorted(choice.named), left_out_because
        )
        if record.taken(lens, once):
            unchanged()
            return
        because = cleaned(left_out_because) if choice.leaves_her_out(lens) else ""
        mark = _new(lens, one_line(text), choice, because)
        record.done(lens, "responsibility_added", mark=mark, once=once)


def add_usual(sight: Sight, *, case: str, lines: Collection[str], audience: int, key: str) -> None:
    """Write down these of the usual list, in the language of the task force, but for those that are on the board.
    Raises as `add` does."""
    with transaction.atomic():
        found, lens = _door(sight, case)
        once = record.Once.of(key, case, sorted(lines), audience)
        if record.taken(lens, once):
            unchanged()
            return
        new = [name for name in still_usual(again(lens), lens) if name in lines]
        if not new:
            unchanged()
            return
        with translation.override(offered(found.task_force.language)):
            texts = {name: str(USUAL[name][0]) for name in new}
        marks = [_new(lens, text, Choice(USUAL[name][1], audience)) for name, text in texts.items()]
        record.done(lens, "usual_responsibilities_added", mark=marks[0], once=once)


def still_usual(sight: Sight, lens: Lens) -> list[str]:
    """The names of those of the usual list that this person does not see on the board, in whatever language."""
    there = {row.text for row in open_rows(sight, Responsibility.objects.sealed(mark__case=lens.case))}
    said: dict[str, set[str]] = {name: set() for name in USUAL}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, (text, _topic) in USUAL.items():
                said[name].add(str(text))
    return [name for name, texts in said.items() if not texts & there]


def let_divide(it: Line) -> None:
    """Go on for those who carry the case. Raises NotAllowedError."""
    if not policy.may_say_who_does_what(it.lens):
        raise NotAllowedError(NOT_TO_DIVIDE)


def let_word(it: Line) -> None:
    """Go on for its author. Raises NotAllowedError."""
    if not policy.may_edit(it.lens, it.row.row):
        raise NotAllowedError(NOT_THE_AUTHOR)


def one_line(text: str) -> str:
    """A text as it is kept here."""
    return " ".join(cleaned(text).split())


def _door(sight: Sight, case: str) -> tuple[Case, Lens]:
    """The case, locked, and the lens of somebody who may say what has to be done in it. Raises LookupError for
    everybody else."""
    found = Case.objects.select_related("task_force").filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if found is None or lens is None or not policy.may_say_who_does_what(lens):
        raise LookupError(case)
    case_changed(found.pk)
    if not again(lens):
        raise LookupError(case)
    return found, lens


def _locked(sight: Sight, responsibility: str) -> Line:
    it = line(sight, responsibility)
    if it is None:
        raise LookupError(responsibility)
    case_changed(it.lens.case)
    it = line(again(it.lens), responsibility)
    if it is None:
        raise LookupError(responsibility)
    return it


def _let_stand(it: Line) -> None:
    if it.row.put_away_at:
        raise StaleError(NOT_NEEDED)


def _put(sight: Sight, responsibility: str, *, away: bool) -> str:
    with transaction.atomic():
        it = _locked(sight, responsibility)
        let_divide(it)
        if bool(it.row.put_away_at) == away:
            unchanged()
        else:
            _write(it, put_away_at=timezone.now() if away else None, **({} if away else _not_hers_again(it)))
            verb = "responsibility_put_away" if away else "responsibility_brought_back"
            record.done(it.lens, verb, mark=it.row.mark_id)
        return it.case


def _not_hers_again(it: Line) -> dict[str, Any]:
    """What was the survivor's before it was put away is hers again only at a press of hers."""
    if it.lens.seat == it.lens.survivor:
        return {}
    hers = Involved.objects.filter(responsibility=it.row.mark_id, seat=it.lens.survivor)
    hers.filter(how__in=(How.DOES, How.CLAIMS)).delete()
    return {"accountable": None} if it.row.accountable_id == it.lens.survivor else {}


def _number(it: Line, how: How | None, seat: str) -> int:
    """The seat of this public id. Raises RefusedError unless it can be involved so."""
    number = next((number for number, each in it.seats.items() if each.public_id == seat), None)
    if number == it.lens.survivor and how not in (How.ASKED, How.TOLD):
        raise RefusedError(Refusal.HERS_TO_OFFER)
    if number not in [each.mark_id for each in it.offered(how)]:
        raise RefusedError(Refusal.OWNER_COULD_NOT_READ)
    return int(number or 0)


def _involve(it: Line, how: How, chosen: Collection[str]) -> None:
    numbers = {_number(it, how, seat) for seat in chosen}
    theirs = Involved.objects.filter(responsibility=it.row.mark_id, how=how)
    given_up = {seat.mark_id for seat in it.offered(how)} - numbers
    theirs.filter(seat__in=given_up).delete()
    Involved.objects.bulk_create(
        [Involved(responsibility_id=it.row.mark_id, seat_id=number, how=how) for number in sorted(numbers)],
        ignore_conflicts=True,
    )


def _answers(it: Line, seat: int | None) -> None:
    _write(it, accountable=seat)
    if seat is not None:
        _claims_end(it, {seat})


def _claims_end(it: Line, seats: Collection[int]) -> int:
    claims = Involved.objects.filter(responsibility=it.row.mark_id, how=How.CLAIMS, seat__in=seats)
    return int(claims.delete()[0])


def _write(it: Line, **columns: Any) -> None:
    # Unsealed: the write of a row that the lens has just opened.
    Responsibility.unsealed.filter(pk=it.row.mark_id).update(**columns)


def _new(lens: Lens, text: str, choice: Choice, left_out_because: str = "") -> int:
    mark = mark_row(
        lens,
        topic=choice.topic,
        audience=choice.audience,
        named=choice.named,
        left_out_because=left_out_because,
    )
    # Unsealed: a new row.
    Responsibility.unsealed.create(mark=mark, text=text)
    return int(mark.pk)
