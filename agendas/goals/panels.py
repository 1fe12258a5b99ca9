"""Goals, needs, strengths and what is in the way, as one viewer sees them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agendas.goals.models import (
    ASKED_OF_IT,
    ENTRIES,
    READINGS,
    Barrier,
    BarrierStatus,
    GoalStatus,
    NeedStatus,
)
from agendas.history.models import What
from agendas.history.panels import WORDED, EntryRow, history
from conferences.cards.panels import by_its_name
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import shows
from workspace.disclosure.policy import (
    Lens,
    Role,
    Row,
    Topic,
    is_told_plainly,
    may_assess,
    may_narrow,
    may_read_into_goal,
    may_translate_goal,
    may_word_goal,
    may_write_notes,
)
from workspace.disclosure.sealed import SeatSet, TiedRows
from workspace.live.panels import Lines, value

# Languages in which somebody may say what they want, besides those of the house; and by what name, where Django has
# none.
SPOKEN = ("ar", "de", "fa", "fr", "id", "it", "ja", "ko", "pl", "pt", "ro", "ru", "th", "tr", "uk", "vi")
BY_NAME = {
    "ht": _("Haitian Creole"),
    "mam": _("Mam (a Mayan language)"),
    "qu": _("Quechua (of the Andes)"),
    "quc": _("K’iche’"),
    "tl": _("Tagalog"),
    "zh": _("Chinese"),
}
DECIDED, NEW_TASK, IN_THE_WAY, UNDERSTOOD = "decided", "new_task", "in_the_way", "understood"
NEW = {
    DECIDED: _("decision"),
    NEW_TASK: _("new task"),
    IN_THE_WAY: _("in the way"),
    UNDERSTOOD: _("how somebody understands it"),
}
# What is read along with goals, needs and barriers wherever they are shown.
WITH_ENTRIES = (("entries", ENTRIES),)
WITH_READINGS = (*WITH_ENTRIES, ("readings", READINGS))
# What is in the way, read along with a case: with what became of each.
BARRIERS = TiedRows(
    Barrier,
    "mark__case",
    *(
        "mark_id",
        "mark__public_id",
        "text",
        "status",
        "goal_id",
        "mark__created_at",
        "mark__left_out_because",
    ),
    *ASKED_OF_IT,
    ENTRIES.of("mark_id"),
    mark__removed_at=None,
).of("pk")


def language_name(language: str) -> str:
    """A language by its name in the middle of a sentence."""
    if language not in BY_NAME:
        return by_its_name(language)
    name = str(BY_NAME[language])
    # English begins them with a capital, Spanish does not.
    return name if (get_language() or "en").startswith("en") else name[:1].lower() + name[1:]


class Told(NamedTuple):
    """An entry that was read along with what it happened to; the rule has not been asked yet."""

    mark_id: int
    public_id: str
    what: str
    text: str
    seat_id: int | None
    before: date | None
    after: date | None
    by_next: bool
    conference_id: int | None
    created_at: datetime | None
    row: Row


class Beside(NamedTuple):
    """A row that was read along with another; the rule has not been asked yet. `status`, `goal_id` and `entries`: of
    what is in the way."""

    mark_id: int
    public_id: str
    text: str
    status: str
    goal_id: int | None
    created_at: datetime | None
    left_out_because: str
    row: Row
    entries: str | None


def asked_of_it(case: int, parent: Row | None, asked: tuple[Any, ...]) -> Row:
    """What the rule asks of a row that was read along with another (`ASKED_OF_IT`)."""
    author, origin, topic, audience, named = asked
    return Row(case, author, origin, Topic(topic), audience, SeatSet.read(named), parent)


def entries_of(row: Any, lens: Lens) -> tuple[Told, ...]:
    """What became of this opened row, as far as this lens sees it, oldest first."""
    return tuple(each for each in _entries(row.entries, row.row) if shows(lens, each.row))


@lru_cache(maxsize=4096)
def _entries(text: str | None, above: Row) -> tuple[Told, ...]:
    found = []
    for number, public, what, said, seat, before, after, by_next, conference, at, *asked in TiedRows.read(
        text
    ):
        row = asked_of_it(above.case, above, tuple(asked))
        happened_at = TiedRows.instant_of(at)
        days = _day(before), _day(after), bool(by_next)
        told = Told(number, public, what, said, seat, *days, conference, happened_at, row)
        found.append(told)
    return tuple(found)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def readings_of(row: Any, lens: Lens) -> tuple[Beside, ...]:
    """How professionals understand this opened goal, as far as this lens sees it, oldest first."""
    return tuple(each for each in _readings(row.readings, row.row) if shows(lens, each.row))


@lru_cache(maxsize=1024)
def _readings(text: str | None, above: Row) -> tuple[Beside, ...]:
    return tuple(
        Beside(
            *(number, public, said, "", None, TiedRows.instant_of(at), because),
            asked_of_it(above.case, above, tuple(asked)),
            None,
        )
        for number, public, said, at, because, *asked in TiedRows.read(text)
    )


def barriers_of(case: int, text: str | None, lens: Lens) -> tuple[Beside, ...]:
    """What is in the way in this case, as `BARRIERS` reads it, as far as this lens sees it, oldest first."""
    return tuple(each for each in _barriers(case, text) if shows(lens, each.row))


@lru_cache(maxsize=1024)
def _barriers(case: int, text: str | None) -> tuple[Beside, ...]:
    found = []
    for number, public, said, status, goal, at, because, *asked, entries in TiedRows.read(text):
        row = asked_of_it(case, None, tuple(asked))
        # SQLite puts a list into a list, PostgreSQL its text.
        its = json.dumps(entries) if isinstance(entries, list) else entries
        at = TiedRows.instant_of(at)
        found.append(Beside(number, public, said, status, goal, at, because, row, its))
    return tuple(found)


@value
class Translation:
    """A goal in another language. `older`: it was made before she said it otherwise."""

    language: str
    words: str
    by: Who
    at: datetime | None
    older: bool

    @property
    def label(self) -> str:
        """The language by its name."""
        return language_name(self.language)


@value
class Spoken:
    """A conference in which a goal was spoken of, under the item at `url`."""

    title: str
    starts: datetime
    url: str


@value
class Decided:
    """A decision about a goal, under the item at `url`."""

    id: str
    text: str
    url: str


@value
class News:
    """Something that happened since the last meeting. `what`: as in `NEW`, or as in `What`."""

    at: datetime
    what: str
    text: str
    who: Who

    @property
    def label(self) -> Any:
        """What happened, in words."""
        return NEW[self.what] if self.what in NEW else What(self.what).label

    @property
    def worded(self) -> bool:
        """Whether `text` is what it said before."""
        return self.what in WORDED


@value
class Meeting:
    """The last meeting that is over, of those the viewer sees: what happened after it is news."""

    title: str
    url: str
    starts: datetime
    closed_at: datetime


@value
class Ways:
    """What the viewer may do about a goal: word it and say where it stands, translate it, write how they understand
    it, and make an action item of it."""

    word: bool = False
    translate: bool = False
    read: bool = False
    act: bool = False


@value
class GoalRow:
    """What she wants. `language`: the one it was said in, where somebody wrote that down; `foreign`: another than the
    reader's. `on_her_word`: somebody else wrote it down for her. `open`, `ended`: its action items; `since`: the
    meeting after which `news` is what changed. `narrow`: whether the viewer may let fewer people see it."""

    template: ClassVar[str] = "agendas/goals/_goal.html"
    id: str
    words: str
    language: str
    translations: tuple[Translation, ...]
    status: str
    topic: str
    author: Who
    on_her_word: bool
    said_at: datetime
    readers: Readers
    ways: Ways
    hers: bool
    narrow: bool = False
    open: tuple[Any, ...] = ()
    ended: tuple[Any, ...] = ()
    decisions: tuple[Decided, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    since: Meeting | None = None
    news: tuple[News, ...] = ()

    @property
    def url(self) -> str:
        """The page of the goal."""
        return f"/goals/{self.id}/"

    @property
    def language_label(self) -> str:
        """The language it was said in, by its name."""
        return language_name(self.language) if self.language else ""

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        return GoalStatus(self.status).label

    @property
    def active(self) -> bool:
        """Whether it is being worked on."""
        return self.status == GoalStatus.ACTIVE


@value
class PlanRow:
    """A need, a strength, or something in the way. `status`: in words, or nothing. `link`: what the viewer sees of the
    other end: the need that made it seen, or the goal it is in the way of. `assess_url`: where who may do so says how
    it stands now. `act`: the viewer may write down what is to be done about it; `hers`: and is the survivor.
    `narrow`: as of a goal."""

    template: ClassVar[str] = "agendas/goals/_row.html"
    id: str
    text: str
    topic: str
    status: str
    author: Who
    readers: Readers
    kind: str
    entries: tuple[EntryRow, ...] = ()
    link: str = ""
    link_url: str = ""
    assess_url: str = ""
    act: bool = False
    hers: bool = False
    on: date | None = None
    narrow: bool = False

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def status_label(self) -> Any:
        """Where it stands, in words."""
        if not self.status:
            return ""
        return (BarrierStatus if self.kind == "barrier" else NeedStatus)(self.status).label


@value
class Domain:
    """The needs of one domain of life."""

    template: ClassVar[str] = "agendas/goals/_domain.html"
    topic: str
    rows: tuple[PlanRow, ...]

    @property
    def label(self) -> Any:
        """The domain in words."""
        return TOPICS[Topic(self.topic)]


@value
class GoalsPanel:
    """What she wants, in her own words: what is being worked on, and what is met or set aside. `hers`: in plain words,
    as she and her interpreter read it. `add_url`: for whoever may write another down."""

    id: ClassVar[str] = "goals"
    template: ClassVar[str] = "agendas/goals/_goals.html"
    rows: Lines
    over: Lines = Lines()
    hers: bool = False
    add_url: str = ""


@value
class NeedsPanel:
    """What is needed, by domain of life."""

    id: ClassVar[str] = "needs"
    template: ClassVar[str] = "agendas/goals/_needs.html"
    rows: Lines
    hers: bool = False
    add_url: str = ""


@value
class StrengthsPanel:
    """What she has done and can do."""

    id: ClassVar[str] = "strengths"
    template: ClassVar[str] = "agendas/goals/_strengths.html"
    rows: Lines
    hers: bool = False
    add_url: str = ""


@value
class BarriersPanel:
    """What is in the way of her safety, or of standing on her own; and what is not any more."""

    id: ClassVar[str] = "barriers"
    template: ClassVar[str] = "agendas/goals/_barriers.html"
    rows: Lines
    gone: Lines = Lines()
    hers: bool = False
    add_url: str = ""


def goal_row(row: Any, team: Team, lens: Lens, **more: Any) -> GoalRow:
    """One goal. `more`: what belongs to it, where it is shown with that."""
    words = may_word_goal(lens, row.row, on_her_word=True)
    return GoalRow(
        id=row.public_id,
        words=row.words,
        language=row.language,
        translations=_translations(row, team),
        status=row.status,
        topic=row.row.topic,
        author=team.author(row),
        on_her_word=row.row.author not in (lens.survivor, None),
        said_at=row.worded_at or row.created_at,
        readers=team.readers(row),
        ways=Ways(words, may_translate_goal(lens), may_read_into_goal(lens), may_write_notes(lens)),
        hers=is_told_plainly(lens),
        narrow=may_narrow(lens, row.row),
        **more,
    )


def _translations(row: Any, team: Team) -> tuple[Translation, ...]:
    found = []
    for _number, by, at, language, words in TiedRows.read(row.translations):
        made = TiedRows.instant_of(at)
        older = bool(row.worded_at and made and made < row.worded_at)
        if language != row.language:
            found.append(Translation(language, words, team.who(by), made, older))
    return tuple(found)


def goals(rows: Iterable[GoalRow], *, hers: bool = False, add_url: str = "") -> GoalsPanel:
    """The goals, those being worked on first."""
    listed = list(rows)
    return GoalsPanel(
        Lines(row for row in listed if row.active),
        Lines(row for row in listed if not row.active),
        hers,
        add_url,
    )


def needs(rows: Iterable[Any], team: Team, lens: Lens, *, add_url: str = "") -> NeedsPanel:
    """The needs, by domain of life; those that are met last in each."""
    seen = {row.mark_id: row for row in rows}
    listed = [need_row(row, team, lens, seen) for row in seen.values()]
    domains = [
        Domain(topic, tuple(row for row in _met_last(listed) if row.topic == topic))
        for topic in Topic
        if any(row.topic == topic for row in listed)
    ]
    return NeedsPanel(Lines(domains), is_told_plainly(lens), add_url)


def _met_last(rows: list[PlanRow]) -> list[PlanRow]:
    return sorted(rows, key=lambda row: row.status == NeedStatus.MET)


def need_row(row: Any, team: Team, lens: Lens, needs: Mapping[int, Any]) -> PlanRow:
    """One need. `needs`: those the viewer sees, by number."""
    before = needs.get(row.uncovered_by_id)
    return PlanRow(
        id=row.public_id,
        text=row.text,
        topic=row.row.topic,
        status=row.status,
        author=team.author(row),
        readers=team.readers(row),
        kind="need",
        entries=history(entries_of(row, lens), team),
        link=before.text if before else "",
        link_url=f"#need-{before.public_id}" if before else "",
        assess_url=f"/needs/{row.public_id}/assessment/" if may_assess(lens, row.row) else "",
        act=may_write_notes(lens),
        hers=lens.role is Role.SURVIVOR,
        narrow=may_narrow(lens, row.row),
    )


def strengths(rows: Iterable[Any], team: Team, lens: Lens, *, add_url: str = "") -> StrengthsPanel:
    """The strengths and what she has achieved."""
    listed = Lines(
        PlanRow(
            *(row.public_id, row.text, row.row.topic, "", team.author(row), team.readers(row), "strength"),
            on=row.achieved_on,
            narrow=may_narrow(lens, row.row),
        )
        for row in rows
    )
    return StrengthsPanel(listed, is_told_plainly(lens), add_url)


def barriers(
    rows: Iterable[Any], team: Team, lens: Lens, goals: Mapping[int, Any], *, add_url: str = ""
) -> BarriersPanel:
    """What is in the way. `goals`: those the viewer sees, by number."""
    listed = [barrier_row(row, team, lens, goals) for row in rows]
    return BarriersPanel(
        Lines(row for row in listed if row.status == BarrierStatus.STANDS),
        Lines(row for row in listed if row.status == BarrierStatus.GONE),
        is_told_plainly(lens),
        add_url,
    )


def barrier_row(row: Any, team: Team, lens: Lens, goals: Mapping[int, Any]) -> PlanRow:
    """One thing that is or was in the way."""
    goal = goals.get(row.goal_id)
    return PlanRow(
        id=row.public_id,
        text=row.text,
        topic=row.row.topic,
        status=row.status,
        author=team.author(row),
        readers=team.readers(row),
        kind="barrier",
        entries=history(entries_of(row, lens), team),
        link=goal.words if goal else "",
        link_url=f"/goals/{goal.public_id}/" if goal else "",
        assess_url=f"/barriers/{row.public_id}/assessment/" if may_assess(lens, row.row) else "",
        narrow=may_narrow(lens, row.row),
    )
