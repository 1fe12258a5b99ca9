"""A task force's cases as a case file that holds everything, in its full form.

Whatever refers is read before what it refers to, so that a row written meanwhile never refers to something that is not
in the file. All reads are unsealed: this is for whoever runs the machine and takes everything out, not for a viewer.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from agendas.actions.models import ActionItem, Helper, Step
from agendas.casefile import times
from agendas.goals.models import Barrier, Goal, GoalReading, GoalTranslation, Need, Strength
from agendas.handover.models import Handover
from agendas.history.models import Entry
from agendas.items.models import AgendaItem, EarlierVersion, ItemStatus, StandingItem
from agendas.notes.models import Decision, Note, Stance
from agendas.planreview.models import PlanReview
from agendas.reminders.models import Reminding
from conferences.cards.models import Translation
from conferences.meetings.models import Conference, Invitation, Part, UsualPart
from conferences.pictures.models import Picture
from conferences.questions.models import RoleQuestion
from conferences.responsibilities.models import How, Involved, Responsibility
from conferences.review.models import CardTurn, Clear, StillSo
from conferences.usual.models import UsualCard
from workspace.disclosure.models import Case, Guarded, Mark, Named, Release, Seat
from workspace.disclosure.policy import roles_of, topics_of
from workspace.people.models import Agency, Person, TaskForce

# What hangs below a removed row went with it.
REMOVED = (
    Q(removed_at__isnull=False)
    | Q(parent__removed_at__isnull=False)
    | Q(parent__parent__removed_at__isnull=False)
)
Raw = dict[str, Any]
STANCES = "Who agreed with a decision, or saw it differently"
VERSIONS = "What items, notes and decisions said before they were changed"
WORDS = "Who said what a recorder wrote down, and whether they confirmed it"
INVITATIONS = "What is known of the invited: their answers, who was there, who accepted the statement"
PARTS = "Parts of conferences"
CONFERENCES = "How conferences are repeated, who writes them down, when and how they were closed"
CANCELLED = "Which conferences were called off, by whom and with what words; here they stand as closed"
ITEMS = "Which proposals were declined, and which items take up earlier ones"
TEMPLATE = "What the conferences of the task force begin with, and what roles usually do"
CARDS = "What cards say besides what somebody does: duties, languages, who stands in, whether it is confirmed"
CARDS_BESIDE = "Cards in other languages, and pictures"
REVIEWS = "When cards were gone through, who said that theirs is still so, and what was clear to the survivor"
INVOLVED = (
    "Who is asked and told of a responsibility, or says that it is theirs, and what a case does not need"
)
QUESTIONS = (
    "How questions about roles went on: what they are about, who was asked, earlier answers, how they ended"
)
HANDOVERS = "Handovers of the primary case manager"
REMINDERS = "What people chose about their reminders"
HISTORY = "What became of goals, needs and action items, who said so, and when"
GOALS = (
    "Goals in other languages and as others understand them, what is in the way, what a need uncovered, "
    "when something was achieved, and what was said and decided about a goal"
)
ACTIONS = "What action items came of, wait for and consist of, and who helps"
# Rows of a table by the number of what they belong to.
Groups = dict[type[Guarded], dict[int, list[Any]]]


def as_text(document: Raw) -> str:
    """The file as it is written: the same bytes for the same content, and of the first version that has a place for all
    of it."""
    return json.dumps(_of_the_first_version(document), ensure_ascii=False, indent=2)


def _of_the_first_version(document: Raw) -> Raw:
    """The same, if there is nothing in it that came later; so whoever knows that version alone can read it."""
    force, cases = document["task_force"], document["cases"]
    if force["reviews_plans"] or any(case["plan"]["reviews"] for case in cases):
        return document
    earlier = {name: force[name] for name in force if name != "reviews_plans"}
    plans = [{name: case["plan"][name] for name in case["plan"] if name != "reviews"} for case in cases]
    cases = [case | {"plan": plan} for case, plan in zip(cases, plans, strict=True)]
    return document | {"casefile": 1, "task_force": earlier, "cases": cases}


class Reading:
    """Everything of a task force, read in a fixed number of queries."""

    def __init__(self, task_force: TaskForce) -> None:
        self.task_force = task_force
        self.zone = ZoneInfo(task_force.time_zone)
        self.below: Groups = {table: self._rows(table, "item_id") for table in (Note, Decision)}
        of_the_case: tuple[type[Guarded], ...] = (RoleQuestion, Responsibility, ActionItem)
        self.rows: Groups = {table: self._rows(table, "mark.case_id") for table in of_the_case}
        self.items = self._rows(AgendaItem, "conference_id", "position", "mark_id")
        for table in (Conference, PlanReview, Strength, Need, Goal):
            self.rows[table] = self._rows(table, "mark.case_id")
        of_marks = Named.objects.filter(mark__case__task_force=task_force).order_by("pk")
        self.named = _grouped(of_marks, "mark_id")
        of_the_lines = Involved.objects.filter(responsibility__mark__case__task_force=task_force)
        doing = of_the_lines.filter(how=How.DOES).order_by("seat_id")
        self.doing = _grouped(doing, "responsibility_id")
        self._read_seats()
        self.releases = _grouped(
            Release.objects.filter(case__task_force=task_force).order_by("pk"), "case_id"
        )
        self.cases = list(Case.objects.filter(task_force=task_force).order_by("pk"))
        self.people = list(Person.objects.filter(task_force=task_force).order_by("pk"))
        self.agencies = list(Agency.objects.filter(task_force=task_force).order_by("pk"))
        self._index()

    def _rows(self, table: type[Guarded], group: str, *order: str) -> dict[int, list[Any]]:
        of_task_force = Mark.objects.filter(case__task_force=self.task_force).exclude(REMOVED)
        rows = table.unsealed.filter(mark__in=of_task_force).select_related("mark")
        return _grouped(rows.order_by(*(order or ("mark_id",))), group)

    def _read_seats(self) -> None:
        """A seat that never began was removed. It comes along where something refers to it all the same."""
        found = Seat.unsealed.filter(case__task_force=self.task_force).select_related("mark")
        seats = list(found.order_by("mark_id"))
        groups = (self.items, *self.below.values(), *self.rows.values())
        rows = [*seats, *(row for group in groups for row in _all(group))]
        referred = {number for row in rows for number in self._seats_of(row) if number != row.pk}
        never_began = {seat.pk for seat in seats if seat.mark.removed_at is not None}
        self.kept = never_began & referred
        self.seats = _grouped((seat for seat in seats if seat.pk not in never_began - referred), "case_id")

    def _seats_of(self, row: Guarded) -> Iterator[int | None]:
        """The numbers of the seats that the row speaks of."""
        yield row.mark.author_id
        for column in row._meta.concrete_fields:
            if column.related_model is Seat:
                yield getattr(row, column.attname)
        for links in (self.named, self.doing):
            yield from (link.seat_id for link in links.get(row.pk, ()))

    def _index(self) -> None:
        keyed: dict[str, list[Any]] = {
            "agency": self.agencies,
            "person": self.people,
            "seat": _all(self.seats),
            "goal": _all(self.rows[Goal]),
            "item": _all(self.items),
        }
        self.keys: dict[str, dict[int | None, str]] = {
            what: {row.pk: row.key for row in rows} for what, rows in keyed.items()
        }

    def without_a_place(self) -> dict[str, int]:
        """What the file has no place for: what it is, and how much of it there is. One query counts it all."""
        wanted = self._of_conferences() | self._of_the_board() | self._of_the_plan()
        counted = [(what, rows) for what, every in wanted.items() for rows in every]
        numbers = {f"n{place}": _count(rows) for place, (_, rows) in enumerate(counted)}
        found: Raw = dict(TaskForce.objects.filter(pk=self.task_force.pk).values(**numbers).get())
        totals: Counter[str] = Counter()
        for place, (what, _) in enumerate(counted):
            totals[what] += found[f"n{place}"]
        return {what: totals[what] for what in wanted if totals[what]}

    def _of_conferences(self) -> dict[str, list[QuerySet[Any]]]:
        """What the file has no place for of conferences and what was said there."""
        force = self.task_force
        rows = {"mark__case__task_force": force}
        conferences, items = Conference.unsealed.filter(**rows), AgendaItem.unsealed.filter(**rows)
        ended = Q(opened_at__isnull=False) | ~Q(roles_waived="", safety_waived="")
        repeated = Q(every_weeks__isnull=False) | Q(follows__isnull=False) | Q(recorder__isnull=False)
        template = (StandingItem, UsualPart, UsualCard)
        return {
            STANCES: [Stance.objects.filter(decision__mark__case__task_force=force)],
            VERSIONS: [EarlierVersion.unsealed.filter(**rows)],
            WORDS: [Note.unsealed.filter(said_by__isnull=False, **rows)],
            INVITATIONS: [Invitation.objects.filter(conference__mark__case__task_force=force)],
            PARTS: [Part.objects.filter(conference__mark__case__task_force=force)],
            CONFERENCES: [conferences.filter(ended | repeated)],
            CANCELLED: [conferences.filter(cancelled_at__isnull=False)],
            ITEMS: [items.filter(Q(declined=True) | Q(continues__isnull=False))],
            TEMPLATE: [table.objects.filter(task_force=force) for table in template],
        }

    def _of_the_board(self) -> dict[str, list[QuerySet[Any]]]:
        """What the file has no place for of the role-clarification board, and of handovers."""
        cases = {"mark__case__task_force": self.task_force}
        of_seats = {"seat__case__task_force": self.task_force}
        words = ~Q(called="", sounds="", languages="", language="")
        moments = Q(confirmed_at__isnull=False) | Q(introduced_at__isnull=False)
        seats = Q(duties__gt=0) | Q(stand_in__isnull=False) | Q(drafted_by__isnull=False)
        went_on = (
            Q(line__isnull=False)
            | Q(routed_to__isnull=False)
            | ~Q(routed_role="")
            | Q(answered_at__isnull=False)
        )
        ended = Q(closed_at__isnull=False) | Q(set_aside_at__isnull=False) | Q(unclear_at__isnull=False)
        others = Involved.objects.filter(responsibility__mark__case__task_force=self.task_force)
        return {
            CARDS: [Seat.unsealed.filter(words | moments | seats, case__task_force=self.task_force)],
            CARDS_BESIDE: [table.objects.filter(**of_seats) for table in (Translation, Picture)],
            REVIEWS: [
                *(table.objects.filter(**of_seats) for table in (CardTurn, StillSo)),
                Clear.unsealed.filter(**cases),
            ],
            INVOLVED: [
                others.exclude(how=How.DOES),
                Responsibility.unsealed.filter(**cases, put_away_at__isnull=False),
            ],
            QUESTIONS: [RoleQuestion.unsealed.filter(went_on | ended, **cases)],
            HANDOVERS: [Handover.unsealed.filter(**cases)],
        }

    def _of_the_plan(self) -> dict[str, list[QuerySet[Any]]]:
        """What the file has no place for of the plan, and of action items."""
        cases = {"mark__case__task_force": self.task_force}
        linked = Q(need__isnull=False) | Q(from_note__isnull=False) | Q(from_decision__isnull=False)
        waits = Q(waits_for__isnull=False) | ~Q(release_first="") | Q(by_next=True)
        steps = {"action__mark__case__task_force": self.task_force}
        said = Q(worded_at__isnull=False) | ~Q(language="")
        return {
            HISTORY: [Entry.unsealed.filter(**cases)],
            GOALS: [
                Goal.unsealed.filter(said, **cases),
                GoalTranslation.objects.filter(goal__mark__case__task_force=self.task_force),
                GoalReading.unsealed.filter(**cases),
                Need.unsealed.filter(uncovered_by__isnull=False, **cases),
                Strength.unsealed.filter(achieved_on__isnull=False, **cases),
                Barrier.unsealed.filter(**cases),
                AgendaItem.unsealed.filter(goal__isnull=False, **cases),
                Decision.unsealed.filter(goal__isnull=False, **cases),
            ],
            ACTIONS: [
                ActionItem.unsealed.filter(linked | waits, **cases),
                *(table.objects.filter(**steps) for table in (Helper, Step)),
            ],
            REMINDERS: [Reminding.objects.filter(person__task_force=self.task_force)],
        }

    def removed(self) -> int:
        """How many rows are left out, because they were removed."""
        removed = Mark.objects.filter(REMOVED, case__task_force=self.task_force)
        return removed.exclude(pk__in=self.kept).count()

    def document(self) -> Raw:
        """The whole file."""
        task_force = self.task_force
        return {
            "casefile": 2,
            "anchor": self._at(task_force.anchor),
            "task_force": {
                name: getattr(task_force, name)
                for name in ("key", "name", "time_zone", "language", "reviews_plans")
            },
            "agencies": [{"key": row.key, "name": row.name, "kind": row.kind} for row in self.agencies],
            "people": [
                {
                    "key": person.key,
                    "name": person.name,
                    "email": person.email,
                    "agency": self._key("agency", person.agency_id),
                    "language": person.language,
                }
                for person in self.people
            ],
            "cases": [self._case(case) for case in self.cases],
        }

    def _case(self, case: Case) -> Raw:
        rows = {table: found.get(case.pk, []) for table, found in self.rows.items()}
        return {
            "key": case.key,
            "code_name": case.code_name,
            "holding_agency": self._key("agency", case.holding_agency_id),
            "opened": case.opened.isoformat(),
            "seats": [self._seat(seat) for seat in self.seats.get(case.pk, [])],
            "releases": [self._release(release) for release in self.releases.get(case.pk, [])],
            "plan": {
                "goals": [self._row(row, "key", "words", "status") for row in rows[Goal]],
                "needs": [self._row(row, "text", "status") for row in rows[Need]],
                "strengths": [self._row(row, "text") for row in rows[Strength]],
                "reviews": [self._review(row) for row in rows[PlanReview]],
            },
            "actions": [self._action(row) for row in rows[ActionItem]],
            "responsibilities": [self._responsibility(row) for row in rows[Responsibility]],
            "role_questions": [self._question(row) for row in rows[RoleQuestion]],
            "conferences": [self._conference(row) for row in rows[Conference]],
        }

    def _seat(self, seat: Seat) -> Raw:
        card = ("does", "does_not", "ask_about", "private", "contact")
        return {
            "key": seat.key,
            "person": self._key("person", seat.person_id),
            "role": seat.role,
            "agency": self._key("agency", seat.agency_id),
            "primary": seat.primary,
            "topic": seat.mark.topic,
            "audience": _names(roles_of(seat.mark.audience)),
            "named": self._named(seat),
            "from": self._at(seat.starts),
            "until": self._at(seat.until),
            "card": {part: getattr(seat, part) for part in card},
        }

    def _release(self, release: Release) -> Raw:
        return {
            "agency": self._key("agency", release.agency_id),
            "topics": _names(topics_of(release.topics)),
            "purpose": release.purpose,
            "starts": self._at(release.starts),
            "expires": self._at(release.expires),
            "withdrawn_at": self._at(release.withdrawn_at),
            "explained_in": release.explained_in,
        }

    def _row(self, row: Guarded, *columns: str) -> Raw:
        """What every row says of who may see it, and these columns."""
        return {
            "author": self._key("seat", row.mark.author_id),
            "topic": row.mark.topic,
            "audience": _names(roles_of(row.mark.audience)),
            "named": self._named(row),
            "left_out_because": row.mark.left_out_because,
            **{column: getattr(row, column) for column in columns},
        }

    def _review(self, review: PlanReview) -> Raw:
        return self._row(review, "text") | {"reviewed_at": self._at(review.reviewed_at)}

    def _action(self, action: ActionItem) -> Raw:
        return self._row(action, "key", "title", "status", "outcome") | {
            "owner": self._key("seat", action.owner_id),
            "due": action.due and action.due.isoformat(),
            "goal": self._key("goal", action.goal_id),
            "from_item": self._key("item", action.from_item_id),
        }

    def _responsibility(self, duty: Responsibility) -> Raw:
        return self._row(duty, "text") | {
            "accountable": self._key("seat", duty.accountable_id),
            "doing": [self._key("seat", doing.seat_id) for doing in self.doing.get(duty.pk, [])],
        }

    def _question(self, question: RoleQuestion) -> Raw:
        seats = {"about": question.about_id, "answered_by": question.answered_by_id}
        return self._row(question, "text", "answer") | {
            name: self._key("seat", seat) for name, seat in seats.items()
        }

    def _conference(self, conference: Conference) -> Raw:
        items = self.items.get(conference.pk, [])
        last = max((item.turn or 0 for item in items), default=0)
        return {
            "key": conference.key,
            "title": conference.title,
            "kind": conference.kind,
            "starts": self._at(conference.starts),
            "minutes": conference.minutes,
            "place": conference.place,
            "facilitator": self._key("seat", conference.facilitator_id),
            "participants": self._named(conference),
            "status": conference.status,
            "agenda": [self._item(item, last) for item in items],
        }

    def _item(self, item: AgendaItem, last_turn: int) -> Raw:
        is_current = item.status == ItemStatus.PLANNED and item.turn == last_turn
        return self._row(item, "key", "title", "kind", "minutes") | {
            "presenter": self._key("seat", item.presenter_id),
            "status": "current" if is_current else item.status,
            "notes": [self._row(note, "kind", "text") for note in self.below[Note].get(item.pk, [])],
            "decisions": [self._row(decision, "text") for decision in self.below[Decision].get(item.pk, [])],
        }

    def _named(self, row: Guarded) -> list[str | None]:
        return [self._key("seat", named.seat_id) for named in self.named.get(row.pk, [])]

    def _key(self, what: str, number: int | None) -> str | None:
        """The key of something, or None when there is none, or when it was removed."""
        return self.keys[what].get(number)

    def _at(self, instant: Any) -> str | None:
        return None if instant is None else times.written(instant, self.zone)


def _names(members: Iterable[Any]) -> list[str]:
    return [str(member) for member in members]


def _all(groups: dict[int, list[Any]]) -> list[Any]:
    return [row for group in groups.values() for row in group]


def _grouped(rows: Iterable[Any], by: str) -> dict[int, list[Any]]:
    """The rows by one of their columns, or one of their marks'."""
    groups: dict[int, list[Any]] = defaultdict(list)
    mark, _, column = by.rpartition(".")
    for row in rows:
        groups[getattr(row.mark if mark else row, column)].append(row)
    return dict(groups)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many these are, as a part of another statement."""
    one = rows.order_by().annotate(one=Value(1)).values("one").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)
