"""What time does: a reminder is chosen and goes out, and what nobody answers goes to somebody else."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.errors import MessageError
from email.utils import make_msgid
from functools import cache
from smtplib import SMTPException, SMTPServerDisconnected
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agendas.actions.models import OPEN, ActionItem, ActionStatus, is_hers
from agendas.history.changes import happened
from agendas.history.models import What
from agendas.reminders.models import (
    Due,
    How,
    Letter,
    LetterState,
    Reminding,
    due,
    letter_day,
    local_day,
    working_days_later,
)
from conferences.meetings.models import Conference, Status
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import Sight, open_rows, read_sights, sight_of
from workspace.disclosure.models import Mark, Seat
from workspace.disclosure.policy import (
    Lens,
    Row,
    Topic,
    asks_for_reminders,
    may_look_after,
    supervises,
)
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import Person, offered
from workspace.record import changes as record

logger = logging.getLogger(__name__)
RISES_AFTER = (3, 5)  # working days without an answer
FIRST_DELAY = timedelta(minutes=5)  # longer than any one try takes
LONGEST_DELAY = timedelta(hours=4)
NOT_SAFE = gettext_lazy("Say first that the address is safe, or choose another way.")


class Chosen(NamedTuple):
    """What somebody chose about their reminders."""

    how: str
    days: int
    overdue: bool
    unanswered: bool
    hour: int
    quiet_from: int
    quiet_until: int
    address: str
    safe: bool


def has_to_ask(sight: Sight) -> bool:
    """Whether somebody who sees this is reminded of nothing until they ask for it."""
    return any(map(asks_for_reminders, sight.values()))


def keep_reminding(person: int, chosen: Chosen, *, key: str) -> None:
    """Keep how somebody wants to be reminded. An address is kept for mail alone: who asks for none leaves none here.

    Raises StaleError (mail needs an address that they say is safe).
    """
    with transaction.atomic():
        # Two windows of theirs take turns. Whoever writes beside that what this person does is not kept waiting.
        Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person)
        now = timezone.now()
        sight = sight_of(person, now)
        if sight:
            # Their own open pages follow; nobody else reads anything new.
            case_changed(min(sight))
        once = record.Once.of(key, chosen)
        if record.own_taken(person, once):
            unchanged()
            return
        mail, asks = chosen.how == How.MAIL, has_to_ask(sight)
        if mail and asks and not chosen.safe:
            raise StaleError(NOT_SAFE)
        before = Reminding.objects.filter(person=person).first()
        kept = chosen if mail else chosen._replace(address="", safe=False)
        same = mail and before is not None and before.address == chosen.address
        if not same and not asks:
            # What they said of the address before, when they were asked, they did not say of this one.
            kept = kept._replace(safe=False)
        since = before.since if same and before else now
        Reminding.objects.update_or_create(
            person_id=person, defaults=kept._asdict() | {"since": since if mail else None}
        )
        if not same:
            Letter.objects.filter(person=person, state=LetterState.WAITING).delete()
        record.own_done(person, "reminders_chosen", once=once)


# What nobody answers


def raise_unanswered() -> int:
    """Let what its owner has not answered go to somebody else, after three working days and again after five; and on,
    if whoever had it then cannot see to it any more, or nobody could until now. How many did."""
    return sum(_rises(found.action, found.case) for found in _risings())


def _rises(action: int, case: int) -> bool:
    with transaction.atomic():
        case_changed(case)
        # Somebody may have answered on the way, or another machine have done this.
        found = next(iter(_risings(action)), None)
        if found is None:
            unchanged()
            return False
        if found.anew:
            # Only that the days are over, which they are whoever sits there. Not to whom it went: who was passed over,
            # and who leads a meeting, is not for all who read this. Neither is when somebody came who can see to it,
            # or whoever did cannot any more: then nothing is said at all.
            happened(None, _as_marked(action), What.ROSE)
        ActionItem.unsealed.filter(pk=action).update(rose=found.step, risen_to=found.to)
        return found.to != found.holder


class Marked(NamedTuple):
    """What the history of an action item asks of it, whoever sees that."""

    mark_id: int
    left_out_because: str
    row: Row


def _as_marked(action: int) -> Marked:
    mark = Mark.objects.get(pk=action)
    named = frozenset(mark.named.values_list("seat", flat=True))
    row = Row(mark.case_id, mark.author_id, mark.origin_id, Topic(mark.topic), mark.audience, named)
    return Marked(action, mark.left_out_because, row)


class Rising(NamedTuple):
    """An action item that nobody answered. `holder`: to whom it went before; `to`: to whom it goes, or still that one
    where nobody can see to it. `step`: how often it has risen then; `anew`: it has not risen so often before."""

    action: int
    case: int
    holder: int | None
    to: int | None
    step: int
    anew: bool


class Unanswered(NamedTuple):
    """An action item that waits for its owner's answer, `since` when, and to whom it went last."""

    action: int
    case: int
    author: int | None
    owner: int
    since: datetime
    rose: int
    holder: int | None
    owner_role: str
    zone: str


def _risings(action: int | None = None) -> list[Rising]:
    """Of all action items, or of this one, those that rise now: in six queries, whatever there is."""
    now = timezone.now()
    # Unsealed, here and below: it is time that looks, and nobody is told but those who see the row.
    asked = ActionItem.unsealed.annotate(since=Coalesce("asked_at", "mark__created_at"))
    which = {} if action is None else {"pk": action}
    waiting = asked.filter(status=ActionStatus.OFFERED, mark__removed_at=None, **which)
    # A day of them may have lost an hour to its clocks.
    old = waiting.filter(since__lte=now - timedelta(days=RISES_AFTER[0] - 1)).order_by("pk")
    found = old.values_list(
        *("pk", "mark__case_id", "mark__author_id", "owner_id", "since", "rose", "risen_to_id"),
        *("owner__role", "mark__case__task_force__time_zone"),
    )
    # Hers waits for nobody's answer.
    waits = (each for each in (Unanswered(*values) for values in found) if not is_hers(each))
    steps = {each: _step(each, now) for each in waits}
    steps = {each: step for each, step in steps.items() if step}
    if not steps:
        return []
    table = _table(steps, now)
    risings = (_rising(each, step, table) for each, step in steps.items())
    return [rising for rising in risings if rising]


def _step(each: Unanswered, now: datetime) -> int:
    """How often it has to have risen by now."""
    passed = sum(working_days_later(each.since, days, each.zone) <= now for days in RISES_AFTER)
    return max(passed, each.rose)


def _rising(each: Unanswered, step: int, table: "Table") -> Rising | None:
    """Where it goes now, or None: it stays as it is."""
    anew = step > each.rose
    if not anew and table.able(each, each.holder):
        return None
    # It goes on to the next, where there is one: whoever had it did nothing about it, or cannot any more.
    turn = table.in_turn(each)
    behind = turn.index(each.holder) + 1 if each.holder in turn else 0
    to = next((seat for seat in turn[behind:] + turn[:behind] if table.able(each, seat)), each.holder)
    if not anew and to == each.holder:
        return None
    return Rising(each.action, each.case, each.holder, to, step, anew)


@dataclass(frozen=True)
class Table:
    """By case: the lenses of all who sit on it and can come in, who leads its next conference, or led the last, and its
    primary case manager. `opened`: what a seat of a case sees of all that waits."""

    seated: Mapping[int, Mapping[int, Lens]]
    leads: Mapping[int, int]
    primary: Mapping[int, int]
    opened: Callable[[int, int], Mapping[int, Any]]

    def in_turn(self, each: Unanswered) -> list[int]:
        """The seats to which it may go, the first first: its author's, that of whoever leads, the primary case
        manager's, the clinical supervisors'."""
        seated = self.seated.get(each.case, {})
        supervisors = sorted(seat for seat, lens in seated.items() if supervises(lens))
        first = each.author, self.leads.get(each.case), self.primary.get(each.case)
        return list(dict.fromkeys(seat for seat in (*first, *supervisors) if seat is not None))

    def able(self, each: Unanswered, seat: int | None) -> bool:
        """Whether this seat's holder can see to it."""
        lens = self.seated.get(each.case, {}).get(seat or 0)
        row = lens and self.opened(each.case, lens.seat).get(each.action)
        return bool(lens and row and may_look_after(lens, row.row, each.owner))


def _table(waiting: Collection[Unanswered], at: datetime) -> Table:
    """Everything about the cases of these, in five queries."""
    cases = {each.case for each in waiting}
    active = Q(until=None) | Q(until__gt=at)
    seats = Seat.unsealed.filter(active, case__in=cases, starts__lte=at, person__is_active=True)
    people: dict[int, dict[int, int]] = {}
    primary: dict[int, int] = {}
    for seat, case, person, is_primary in seats.values_list("mark_id", "case_id", "person_id", "primary"):
        people.setdefault(case, {})[seat] = person
        if is_primary:
            primary[case] = seat
    sights = read_sights({min(those.values()) for those in people.values()}, at)
    held = Conference.unsealed.filter(mark__case__in=cases, cancelled_at=None, mark__removed_at=None)
    meetings = held.order_by("starts", "pk").values_list("mark__case_id", "status", "facilitator")
    still: dict[int, int] = {}
    last: dict[int, int] = {}
    for case, status, facilitator in meetings:
        if status == Status.CLOSED:
            last[case] = facilitator
        else:
            still.setdefault(case, facilitator)
    seated = {
        case: {seat: lens for seat, lens in sights.seated.get(case, {}).items() if seat in those}
        for case, those in people.items()
    }
    sealed = ActionItem.objects.sealed_by("mark__case_id", mark__in={each.action for each in waiting})

    @cache
    def opened(case: int, seat: int) -> dict[int, Any]:
        return {row.mark_id: row for row in open_rows({case: seated[case][seat]}, sealed[case])}

    return Table(seated, last | still, primary, opened)


# Letters


class Post(NamedTuple):
    """What became of the letters: how many went out in this round, how many wait for another."""

    sent: int
    waiting: int


def send_letters() -> Post:
    """Send the letters whose time has come, one a person and a day at most. What is due is looked at with the person's
    own eyes at that moment; where nothing is left, nothing goes out.

    Whoever moves a letter's next try takes it, so two who do this at once never send it twice. It is marked as sent
    once the server has it: a machine that dies in between sends it once more, and never silently none. A server that
    cannot be reached, or lets nobody in, ends the round; what it did not take waits, each time longer. One that goes
    away, or says nothing, while it is given a letter may have it: it is given it once more, and then no more that
    day. One letter that cannot go, because of its address or what the server says of it, keeps back no other.
    """
    sent = 0
    if settings.SENDS_MAIL and settings.ALLOWED_ORIGINS:
        for reminding in _not_settled():
            try:
                sent += _letter_goes_out(reminding)
            except (OSError, ValueError, MessageError) as fault:
                why = type(fault.__cause__ or fault).__name__
                logger.warning("a letter was not sent, and waits: %s", why)
                if _is_away(fault):
                    break
    return Post(sent, Letter.objects.filter(state=LetterState.WAITING).count())


class NoWayInError(OSError):
    """The server is not there, or does not take the name and password with which this place signs in."""


class NoWordError(OSError):
    """The server was there, and did not say whether it took the letter."""


def _is_away(fault: Exception) -> bool:
    """Whether the server takes no letter at all, and not this one letter is the reason."""
    return isinstance(fault, SMTPServerDisconnected) or not isinstance(
        fault, SMTPException | ValueError | MessageError
    )


def _not_settled() -> Iterator[Reminding]:
    """Those who asked for mail and whose letter may go out now, but for those of whom that was settled."""
    now = timezone.now()
    over = Letter.objects.exclude(state=LetterState.WAITING).filter(day__gte=now.date() - timedelta(days=3))
    settled = set(over.values_list("person_id", "day"))
    asked = Reminding.objects.filter(how=How.MAIL, person__is_active=True).order_by("pk")
    for reminding in asked.select_related("person__task_force"):
        day = letter_day(reminding, now, reminding.person.task_force.time_zone)
        if day is not None and (reminding.person_id, day) not in settled:
            yield reminding


def _letter_goes_out(reminding: Reminding) -> bool:
    letter = _taken(reminding)
    if letter is None:
        return False
    # It may have been chosen otherwise on the way.
    reminding = Reminding.objects.select_related("person__task_force").get(pk=reminding.pk)
    zone = reminding.person.task_force.time_zone
    if letter_day(reminding, timezone.now(), zone) is None:
        # Its hour is not now any more: it waits.
        return False
    if not _has_something(reminding):
        Letter.objects.filter(pk=letter.pk).update(state=LetterState.NOTHING)
        return False
    try:
        _send(_message(reminding))
    except NoWordError:
        # Somebody else may look at the telephone on which they come: two are enough. Tomorrow's says the same.
        if letter.tries:
            _has_gone(letter, zone)
        raise
    _has_gone(letter, zone)
    return True


def _has_gone(letter: Letter, zone: str) -> None:
    sent = Letter(
        person_id=letter.person_id,
        day=letter.day,
        state=LetterState.SENT,
        next_try=letter.next_try,
        sent_on=local_day(timezone.now(), zone),
    )
    # Whoever chose another address on the way forgot the letter that waited. It came all the same.
    Letter.objects.bulk_create(
        [sent], update_conflicts=True, unique_fields=["person", "day"], update_fields=["state", "sent_on"]
    )


def _send(message: EmailMessage) -> None:
    post = get_connection()
    try:
        post.open()
    except OSError as fault:
        raise NoWayInError from fault
    try:
        post.send_messages([message])
    except (SMTPServerDisconnected, TimeoutError, ConnectionError) as fault:
        raise NoWordError from fault
    finally:
        # However the server says goodbye: what it took, it has.
        with suppress(OSError):
            post.close()


def _taken(reminding: Reminding) -> Letter | None:
    """The letter of this person whose time has come, taken for one try; None where there is none, or somebody else has
    it."""
    now, zone = timezone.now(), reminding.person.task_force.time_zone
    day = letter_day(reminding, now, zone)
    own = Letter.objects.filter(person=reminding.person_id)
    lately = list(
        own.filter(Q(state=LetterState.WAITING) | Q(day__gte=local_day(now, zone) - timedelta(days=1)))
    )
    waiting = next((each for each in lately if each.state == LetterState.WAITING), None)
    settled = {each.day for each in lately if each.state != LetterState.WAITING}
    if day is None or day in settled:
        return None
    # One that came late may be that of the day before: then there is no other on the day on which it came.
    if any(each.sent_on == local_day(now, zone) for each in lately):
        _write(reminding, day, now, LetterState.NOTHING)
        return None
    if waiting and waiting.next_try > now:
        return None
    if waiting and waiting.day < day:
        own.filter(pk=waiting.pk, next_try=waiting.next_try).delete()
        waiting = None
    if waiting is None:
        _write(reminding, day, now, LetterState.WAITING)
    free = own.filter(day=day, state=LetterState.WAITING, next_try__lte=now)
    letter = free.first()
    if letter is None:
        return None
    delay = min(FIRST_DELAY * 3**letter.tries, LONGEST_DELAY)
    taken = free.filter(tries=letter.tries).update(tries=F("tries") + 1, next_try=now + delay)
    return letter if taken else None


def _write(reminding: Reminding, day: date, now: datetime, state: LetterState) -> None:
    """Write the letter of that day; where another machine does so at this moment, one of the two is kept."""
    letter = Letter(person_id=reminding.person_id, day=day, next_try=now, state=state)
    Letter.objects.bulk_create([letter], ignore_conflicts=True)


def _has_something(reminding: Reminding) -> bool:
    """Whether there is anything now of which this person wants to be reminded by mail, and mail may go to them."""
    now, person = timezone.now(), reminding.person
    sight = sight_of(person.pk, now)
    wanted = reminding.how == How.MAIL and person.is_active and (reminding.safe or not has_to_ask(sight))
    return bool(sight) and wanted and bool(what_is_due(person, sight, reminding, now))


def what_is_due(person: Person, sight: Sight, reminding: Reminding, at: datetime) -> Due:
    """What this person wants to be reminded of, of what they see."""
    cases, still = list(sight), [status.value for status in OPEN]
    meetings = Conference.objects.sealed_by("mark__case_id", mark__case__in=cases)
    mine = {"mark__case__in": cases, "status__in": still}
    groups = [
        ActionItem.objects.sealed_by("mark__case_id", owner__person=person.pk, **mine),
        ActionItem.objects.sealed_by("mark__case_id", risen_to__person=person.pk, **mine),
    ]
    zone, found = person.task_force.time_zone, Due()
    for case, lens in sight.items():
        rows = {row.mark_id: row for group in groups for row in open_rows(sight, group[case])}
        seen = open_rows(sight, meetings[case])
        found += due(rows.values(), seen, lens, reminding.wants, at=at, zone=zone)
    return found


def _message(reminding: Reminding) -> EmailMessage:
    """The same words for everybody who reads that language: a line that there is something, and where to look. Whoever
    sees the letter learns nothing else; neither does whoever carries it."""
    origin = settings.ALLOWED_ORIGINS[0]
    with translation.override(offered(reminding.person.language)):
        return EmailMessage(
            _("A reminder"),
            render_to_string("agendas/reminders/letter.txt", {"origin": origin}),
            to=[reminding.address],
            headers={
                # Not the machine's own name, which may say more.
                "Message-ID": make_msgid(domain=urlsplit(origin).hostname),
                "Auto-Submitted": "auto-generated",
            },
        )


def let_letters_go(before: datetime) -> int:
    """Forget the letters of days long gone. How many there were."""
    return Letter.objects.filter(day__lt=before.date()).delete()[0]
