"""What she wants: it is said, said otherwise, put into another language, met, set aside and taken up again; and what
she needs, can do, and has in her way is written down and assessed again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import (
    Barrier,
    BarrierStatus,
    Goal,
    GoalReading,
    GoalStatus,
    GoalTranslation,
    Need,
    NeedStatus,
    Strength,
)
from agendas.history.changes import happened
from agendas.history.models import What
from conferences.readers.changes import Choice
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError, fingerprint, mark_row
from workspace.disclosure.lens import Sight, again, open_rows
from workspace.disclosure.models import Case, Guarded
from workspace.disclosure.policy import (
    Lens,
    Refusal,
    asks_own_client,
    may_assess,
    may_read_into_goal,
    may_translate_goal,
    may_word_goal,
    may_write_notes,
)
from workspace.live.announce import case_changed, unchanged
from workspace.record import changes as record
from workspace.text import cleaned

HERS_TO_SAY = _(
    "What she wants is said by the survivor, or written down on her word by a case manager, an advocate or the "
    "clinical supervisor of the agency that holds the record."
)
NOT_TO_TRANSLATE = _(
    "Her words are put into another language by the survivor, an interpreter, or those who carry the case."
)
NOT_TO_READ = _("How a goal is understood is written by professionals. What it says is in her own words.")
NOT_TO_ASSESS = _(
    "Where this stands is said by whoever wrote it down, by the survivor, or by those who carry the case."
)
SAID_OTHERWISE = _(
    "It was said otherwise in the meantime. Below you see what it says now, and what you wrote. "
    "Press the button again to keep yours."
)
TRANSLATED_OTHERWISE = _(
    "Somebody changed this in the meantime. What stands there now is shown above, and what you wrote is still here. "
    "Press the button again to keep yours."
)
HER_OWN_LANGUAGE = _("This is the language she said it in. Choose another one.")
STANDS_OTHERWISE = _("Somebody said something else about this in the meantime. Look at it again.")
ASSESSED_MEANWHILE = _(
    "Somebody said how this stands in the meantime. What they said is shown above, and what you wrote is still here. "
    "Press the button again to keep yours."
)
GONE = _("What you chose is not here any more. Choose again.")

# What may become of a goal, by where it stands; and where it stands then.
BECOMES: Mapping[What, tuple[tuple[GoalStatus, ...], GoalStatus]] = {
    What.MET: ((GoalStatus.ACTIVE,), GoalStatus.MET),
    What.SET_ASIDE: ((GoalStatus.ACTIVE,), GoalStatus.SET_ASIDE),
    What.TAKEN_UP: ((GoalStatus.MET, GoalStatus.SET_ASIDE), GoalStatus.ACTIVE),
}
VERBS = {
    What.MET: "goal_met",
    What.SET_ASIDE: "goal_set_aside",
    What.TAKEN_UP: "goal_taken_up",
}


@dataclass(frozen=True)
class Assessed:
    """What is assessed again and again. `said`: what is kept of each place where it may stand."""

    table: type[Guarded]
    said: Mapping[str, What]
    verb: str


NEEDS = Assessed(
    Need,
    {
        NeedStatus.OPEN: What.OPENED,
        NeedStatus.BEING_MET: What.BEING_MET,
        NeedStatus.MET: What.MET,
        NeedStatus.NO_SERVICE_FOUND: What.NO_SERVICE_FOUND,
    },
    "need_assessed",
)
BARRIERS = Assessed(
    Barrier, {BarrierStatus.STANDS: What.OPENED, BarrierStatus.GONE: What.GONE}, "barrier_assessed"
)


# Goals


def say_goal(
    sight: Sight,
    *,
    case: str,
    words: str,
    language: str,
    on_her_word: bool,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> str:
    """Write down what she wants, in her words. `on_her_word`: another writes it for her, and says that they are hers.
    `key`: the form's own; sent twice, it writes once. Gives the public id of the goal, or of the case where it was
    written before.

    Raises LookupError (nothing is there, or not theirs to write), RefusedError (the policy).
    """
    return _write(
        sight,
        case,
        lambda lens: may_word_goal(lens, on_her_word=True),
        Goal,
        "goal_said",
        {
            "words": cleaned(words),
            "language": language,
            "status": GoalStatus.ACTIVE,
        },
        choice,
        left_out_because,
        permitted,
        key,
        let=lambda lens: _let_be_hers(lens, choice, on_her_word=on_her_word),
        more=lambda: {"key": token_hex(8)},
    )


def _let_be_hers(lens: Lens, choice: Choice, *, on_her_word: bool) -> None:
    if not may_word_goal(lens, on_her_word=on_her_word):
        raise NotAllowedError(HERS_TO_SAY)
    if choice.leaves_her_out(lens):
        raise RefusedError(Refusal.GOAL_WITHOUT_HER)


def say_otherwise(
    sight: Sight, *, goal: str, words: str, language: str, on_her_word: bool, seen: str, key: str
) -> None:
    """She says it in other words; the words before are kept. `seen`: the edition (`edition_of`) that was read.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to say) and StaleError (it says something else by
    now).
    """
    with transaction.atomic():
        lens, row = locked_goal(sight, goal)
        if not may_word_goal(lens, row.row, on_her_word=on_her_word):
            raise NotAllowedError(HERS_TO_SAY)
        words = cleaned(words)
        once = record.Once.of(key, goal, words, language)
        if record.taken(lens, once):
            unchanged()
            return
        if (words, language) == (row.words, row.language):
            unchanged()
            return
        if seen != edition_of(row):
            raise StaleError(SAID_OTHERWISE)
        put_otherwise(lens, row, words, language)
        record.done(lens, "goal_said_otherwise", mark=row.mark_id, once=once)


def put_otherwise(lens: Lens, row: Any, words: str, language: str, *, conference: int | None = None) -> None:
    """Keep an opened goal in these words from now on, and those before in its history, in the transaction that is open.
    `conference`: where they were said. The same words in another language are no others."""
    changed: dict[str, Any] = {"language": language}
    if words != row.words:
        happened(lens, row, What.CORRECTED, text=row.words, conference=conference)
        changed |= {"words": words, "worded_at": timezone.now()}
    # Unsealed: the write of a row that the lens has just opened.
    Goal.unsealed.filter(pk=row.mark_id).update(**changed)


def edition_of(goal: Any) -> str:
    """A fingerprint of what a goal says."""
    return fingerprint(goal.words, goal.language)


def translate(sight: Sight, *, goal: str, language: str, words: str, seen: str, key: str) -> None:
    """Put her words into another language, beside them; what stood there in that language is kept. `seen`: the edition
    (`translation_edition`) that was read.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to say) and StaleError (it was changed meanwhile,
    or it is the language she said it in).
    """
    with transaction.atomic():
        lens, row = locked_goal(sight, goal)
        if not may_translate_goal(lens):
            raise NotAllowedError(NOT_TO_TRANSLATE)
        words = cleaned(words)
        once = record.Once.of(key, goal, language, words)
        if record.taken(lens, once):
            unchanged()
            return
        if language == row.language:
            raise StaleError(HER_OWN_LANGUAGE)
        if seen != translation_edition(row):
            raise StaleError(TRANSLATED_OTHERWISE)
        before = GoalTranslation.objects.filter(goal=row.mark_id, language=language).first()
        if before and before.words != words:
            happened(lens, row, What.TRANSLATED, text=before.words)
        GoalTranslation.objects.update_or_create(
            goal_id=row.mark_id,
            language=language,
            defaults={"words": words, "by_id": lens.seat, "at": timezone.now()},
        )
        record.done(lens, "goal_translated", mark=row.mark_id, once=once)


def translation_edition(goal: Any) -> str:
    """A fingerprint of what a goal says, and of what stands beside it in other languages."""
    return fingerprint(goal.words, goal.language, goal.translations)


def becomes(sight: Sight, *, goal: str, what: str, seen: str) -> str:
    """Say what became of a goal: it is met, set aside, or taken up again (`what`, as in `What`). `seen`: where it stood
    when the button was read. Gives the public id of the goal.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to say) and StaleError (it stands otherwise).
    """
    with transaction.atomic():
        lens, row = locked_goal(sight, goal)
        if not may_word_goal(lens, row.row, on_her_word=True):
            raise NotAllowedError(HERS_TO_SAY)
        it = What(what)
        before, after = BECOMES[it]
        if row.status == after:
            unchanged()
        elif row.status not in before or seen != row.status:
            raise StaleError(STANDS_OTHERWISE)
        else:
            happened(lens, row, it)
            # Unsealed: the write of a row that the lens has just opened.
            Goal.unsealed.filter(pk=row.mark_id).update(status=after)
            record.done(lens, VERBS[it], mark=row.mark_id)
        return str(row.public_id)


def read_into(
    sight: Sight,
    *,
    goal: str,
    text: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> None:
    """Write how one understands a goal, as a professional; her words stay as they are.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to write) and RefusedError (the policy).
    """
    with transaction.atomic():
        lens, row = locked_goal(sight, goal)
        let_read_into(lens)
        once = record.Once.of(key, goal, text, *_said(choice), left_out_because)
        if record.taken(lens, once):
            unchanged()
            return
        mark = _mark(lens, choice, left_out_because, permitted, parent=row.mark_id)
        # Unsealed: a new row.
        GoalReading.unsealed.create(mark=mark, goal_id=row.mark_id, text=cleaned(text))
        record.done(lens, "goal_read", mark=mark.pk, once=once)


def let_read_into(lens: Lens) -> None:
    """Go on for professionals. Raises NotAllowedError."""
    if not may_read_into_goal(lens):
        raise NotAllowedError(NOT_TO_READ)


def visible_goal(sight: Sight, goal: str) -> Any | None:
    """The goal, opened, or None when there is nothing there for this person."""
    found = open_rows(sight, Goal.objects.sealed(mark__public_id=goal))
    return found[0] if found else None


def locked_goal(sight: Sight, goal: str) -> tuple[Lens, Any]:
    """The goal, opened, and the lens of this person, once its case is locked. Raises LookupError."""
    return _locked(sight, Goal, goal)


# Needs, strengths and what is in the way


def write_need(
    sight: Sight,
    *,
    case: str,
    text: str,
    uncovered_by: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> str:
    """Write down a need. `uncovered_by`: the public id of the need that, once met, made it seen, or nothing. Raises as
    `say_goal` does, and StaleError where that is gone."""
    return _write(
        sight,
        case,
        may_write_notes,
        Need,
        "need_written",
        {"text": cleaned(text), "status": NeedStatus.OPEN},
        choice,
        left_out_because,
        permitted,
        key,
        link=("uncovered_by_id", Need, uncovered_by),
    )


def write_strength(
    sight: Sight,
    *,
    case: str,
    text: str,
    achieved_on: date | None,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> str:
    """Write down something she can do, or has done. Raises as `say_goal` does."""
    return _write(
        sight,
        case,
        may_write_notes,
        Strength,
        "strength_written",
        {"text": cleaned(text), "achieved_on": achieved_on},
        choice,
        left_out_because,
        permitted,
        key,
    )


def write_barrier(
    sight: Sight,
    *,
    case: str,
    text: str,
    goal: str,
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
) -> str:
    """Write down something that is in the way. `goal`: the public id of what it is in the way of, or nothing. Raises as
    `write_need` does."""
    return _write(
        sight,
        case,
        may_write_notes,
        Barrier,
        "barrier_written",
        {"text": cleaned(text), "status": BarrierStatus.STANDS},
        choice,
        left_out_because,
        permitted,
        key,
        link=("goal_id", Goal, goal),
    )


def assess(
    sight: Sight,
    kind: Assessed,
    *,
    number: str,
    status: str,
    because: str,
    permitted: bool,
    seen: str,
    key: str,
) -> str:
    """Say how a need, or something in the way, stands now, and why. `seen`: where it stood when the form was
    read. Gives the public id of the case.

    Raises LookupError (nothing is there), NotAllowedError (not theirs to say), StaleError (somebody else said
    something meanwhile) and RefusedError (their client was not asked).
    """
    with transaction.atomic():
        lens, row = _locked(sight, kind.table, number)
        let_assess(lens, row)
        because = cleaned(because)
        once = record.Once.of(key, number, status, because)
        if record.taken(lens, once):
            unchanged()
            return str(row.case_public_id)
        if seen != row.status:
            raise StaleError(ASSESSED_MEANWHILE)
        if status == row.status and not because:
            unchanged()
            return str(row.case_public_id)
        if asks_own_client(lens) and not permitted:
            raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
        happened(
            lens,
            row,
            kind.said[status],
            text=because,
            permitted_at=timezone.now() if asks_own_client(lens) else None,
        )
        # Unsealed: the write of a row that the lens has just opened.
        kind.table.unsealed.filter(pk=row.mark_id).update(status=status)
        record.done(lens, kind.verb, mark=row.mark_id, once=once)
        return str(row.case_public_id)


def let_assess(lens: Lens, row: Any) -> None:
    """Go on for whoever may say how it stands. Raises NotAllowedError."""
    if not may_assess(lens, row.row):
        raise NotAllowedError(NOT_TO_ASSESS)


# What all of them do


def lens_of(sight: Sight, case: str) -> Lens:
    """Through which lens this person sees this case. Raises LookupError."""
    found = Case.objects.filter(public_id=case).first()
    lens = sight.get(found.pk) if found else None
    if lens is None:
        raise LookupError(case)
    return lens


def _locked(sight: Sight, table: type[Guarded], number: str) -> tuple[Lens, Any]:
    found = open_rows(sight, table.objects.sealed(mark__public_id=number))
    if not found:
        raise LookupError(number)
    lens = sight[found[0].row.case]
    case_changed(lens.case)
    found = open_rows(again(lens), table.objects.sealed(mark__public_id=number))
    if not found:
        raise LookupError(number)
    return lens, found[0]


def _write(
    sight: Sight,
    case: str,
    may: Callable[[Lens], bool],
    table: type[Guarded],
    verb: str,
    columns: dict[str, Any],
    choice: Choice,
    left_out_because: str,
    permitted: bool,
    key: str,
    *,
    link: tuple[str, type[Guarded], str] | None = None,
    let: Callable[[Lens], None] | None = None,
    more: Callable[[], dict[str, Any]] | None = None,
) -> str:
    """Write a new row of the case. `link`: the column, the table and the public id of what it points at, if it does;
    `let`: goes on or raises; `more`: columns that are made up. Gives the public id of the case."""
    with transaction.atomic():
        lens = lens_of(sight, case)
        if not may(lens):
            raise LookupError(case)
        case_changed(lens.case)
        now = again(lens)
        if not now:
            raise LookupError(case)
        to = link[2] if link else ""
        once = record.Once.of(key, case, verb, sorted(columns.items()), to, *_said(choice), left_out_because)
        if record.taken(lens, once):
            unchanged()
            return case
        if let:
            let(lens)
        its_link: dict[str, Any] = {}
        if link and to:
            column, other, _to = link
            found = open_rows(now, other.objects.sealed(mark__case=lens.case))
            its_link[column] = next((row.mark_id for row in found if row.public_id == to), None)
            if its_link[column] is None:
                raise StaleError(GONE)
        mark = _mark(lens, choice, left_out_because, permitted)
        # Unsealed: a new row.
        table.unsealed.create(mark=mark, **columns, **its_link, **(more() if more else {}))
        record.done(lens, verb, mark=mark.pk, once=once)
        return case


def _said(choice: Choice) -> tuple[Any, ...]:
    return choice.topic, choice.audience, sorted(choice.named)


def _mark(
    lens: Lens, choice: Choice, left_out_because: str, permitted: bool, *, parent: int | None = None
) -> Any:
    if asks_own_client(lens) and not permitted:
        raise RefusedError(Refusal.OWN_CLIENT_NOT_ASKED)
    return mark_row(
        lens,
        topic=choice.topic,
        audience=choice.audience,
        named=choice.named,
        parent=parent,
        left_out_because=cleaned(left_out_because) if choice.leaves_her_out(lens) else "",
        permitted_at=timezone.now() if asks_own_client(lens) else None,
    )
