"""What a role usually does is said in a task force's own words, or in the usual ones again."""

from collections.abc import Mapping

from django.db import transaction

from conferences.usual.models import WORDS, UsualCard
from workspace.disclosure import policy
from workspace.disclosure.changes import OVERTAKEN, StaleError, fingerprint
from workspace.disclosure.lens import Sight, again
from workspace.disclosure.models import Case
from workspace.disclosure.policy import Lens, Role
from workspace.live.announce import case_changed, unchanged
from workspace.people.models import TaskForce
from workspace.record import changes as record
from workspace.text import cleaned


def door(sight: Sight) -> tuple[TaskForce, Lens]:
    """The task force and a lens of somebody who may plan conferences on some case of it, and so may say what they begin
    with and who is who there. Raises LookupError for everybody else."""
    lens = next((lens for _case, lens in sorted(sight.items()) if policy.may_schedule(lens)), None)
    if lens is None:
        raise LookupError
    return Case.objects.select_related("task_force").get(pk=lens.case).task_force, lens


def edition_of(task_force: TaskForce, role: Role) -> str:
    """A fingerprint of what the task force says of a role in words of its own."""
    own = UsualCard.objects.filter(task_force=task_force, role=role).order_by("language")
    return fingerprint(*own.values_list("language", "duties", *WORDS))


def keep_usual(
    sight: Sight, *, role: Role, words: Mapping[str, Mapping[str, str]], duties: int, seen: str, key: str
) -> None:
    """Say what a role usually does: words by language and then by what they are about; without any, in the usual ones.
    `duties`: as bits. `seen`: the edition when the form was read. Every open page of a case that shows them follows.

    Raises LookupError (not theirs) and StaleError (somebody changed it in the meantime).
    """
    with transaction.atomic():
        task_force, lens = door(sight)
        locked = TaskForce.objects.select_for_update().get(pk=task_force.pk)
        door(again(lens))
        once = record.Once.of(key, role, words, duties)
        if record.taken(lens, once):
            unchanged()
            return
        if edition_of(locked, role) != seen:
            raise StaleError(OVERTAKEN)
        UsualCard.objects.filter(task_force=locked, role=role).delete()
        UsualCard.objects.bulk_create(
            UsualCard(
                task_force=locked,
                role=role,
                language=language,
                duties=duties,
                **{name: cleaned(text) for name, text in said.items()},
            )
            for language, said in words.items()
        )
        if edition_of(locked, role) == seen:
            unchanged()
            return
        for case in Case.objects.filter(task_force=locked).order_by("pk").values_list("pk", flat=True):
            case_changed(case)
        record.done(lens, "usual_card_changed", once=once)
