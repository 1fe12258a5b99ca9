"""My record of a conference: what came out of it and what was said for me to read, through one's own lens."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any, ClassVar
from unicodedata import category, normalize

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from agendas.actions.models import OPEN, ActionItem, ActionStatus
from agendas.actions.panels import action_row, by_due_date, next_over, soonest, today_of, told_day
from agendas.items.models import AgendaItem
from agendas.items.panels import Title, as_read
from agendas.notes.models import Decision, Note, NoteKind
from agendas.notes.panels import decisions, rows
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import CalledOff, called_off, read_aloud
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

# Words that tell somebody who finds a paper what it is about, in every language that it could be read in. One that ends
# in a star stands for every word that begins like it, the others for themselves and their plural; one in capitals is
# meant in capitals alone.
TELLING = _(
    "case, casework*, crime*, criminal*, charges, grand jury, deposition*, affidavit*, lineup, nonimmigrant*, "
    "continued presence, madam, johns, conference*, confidential*, survivor*, victim*, witness*, advocac*, "
    "social work*, task force*, traffick*, smuggl*, pimp, exploit*, prostitut*, brothel*, slave*, servitude, "
    "bondage, forced labo*, "
    "debt, rescu*, police*, cop, officer*, sheriff*, detective*, investigat*, fbi, hsi, ice, dhs, homeland*, "
    "patrol*, arrest*, detain*, detention*, jail*, prison*, warrant, subpoena*, testif*, testimon*, evidence, "
    "prosecut*, DA, district attorney*, attorney*, lawyer*, paralegal*, law firm, legal*, law enforcement, court, "
    "courthouse*, courtroom*, judge*, judgment*, hearing, trial, justic*, restitution, custody, order* of "
    "protection, protection order*, protective order*, restraining order*, contact order*, visa, immigra*, "
    "migrant*, asylum*, asylee*, refuge*, undocumented, to deport, deported, deportation*, green card, uscis, "
    "eoir, shelter*, transitional*, safe*, hideout*, escap*, hotline*, crisis, emergency housing, abus*, violen*, "
    "DV, assault*, rape, raped, rapist*, threat*, stalk*, kidnap*, overdos*, rehab*, detox*, pregnan*, abort*, "
    "birth control, contracept*, gynec*, gynaec*, clinic*, hospital*, forensic*, sexual*, hiv, std, sti, therap*, "
    "counsel*, psych*, trauma*, child protect*, cps, sex work*, drug*, addict*, sober*, suicid*, probation*, parol*, "
    "bail, offender*, perpetrator*, escort*, consulate*, embass*, sgt, det, atty*, agent*, deput*, lt, lieutenant*, "
    "capt, captain*, trooper*, marshal, sergeant*, inspector*, hurt*, harm*, proof*, government*, law, rights, unit, "
    "happened to you, where you live, where you stay"
)


@value
class Offer:
    """What the survivor said she would do: never late, never missed."""

    template: ClassVar[str] = "agendas/minutes/_offer.html"
    id: str
    title: str
    due: date | None
    by_next: bool = False


@value
class UnderItem:
    """The item under which the notes that follow were written, with the number it has for the viewer: 0 for a
    proposal that was not taken up."""

    template: ClassVar[str] = "agendas/minutes/_under_item.html"
    id: str
    number: int
    title: Title


@value
class OnPaper:
    """One line of what she takes home. `who`: by the names she calls them. `folded`: until she opens it."""

    id: str
    text: str
    who: str = ""
    due: date | None = None
    folded: bool = False
    by_next: bool = False


@value
class PaperPanel:
    """What she can print: no line that a word in it would betray to whoever finds it. `kept_back`: whether such lines
    stay on the screen. Whoever is not the survivor has nothing here, not even a day.

    A list of words can do no more than that. It knows nothing of what words say together ("meet Dana behind the
    church"), of places, nicknames, times and telephone numbers, of other languages than those of this house, of a word
    that is misspelled, and of what the one who might find it knows already. So she reads it first, and says whether
    paper is safe; and this page says so before she prints.
    """

    id: ClassVar[str] = "paper"
    template: ClassVar[str] = "agendas/minutes/_paper.html"
    record_url: str
    day: datetime | None = None
    mine: tuple[OnPaper, ...] = ()
    others: tuple[OnPaper, ...] = ()
    decided: tuple[OnPaper, ...] = ()
    said: tuple[OnPaper, ...] = ()
    kept_back: bool = False


@value
class RecordPanel:
    """One's own record of a conference.

    `hers`: it is the survivor's, in plain words, with what is hers first. `own`: what the viewer said or wrote,
    when that stands by itself. `added`: what was written after the end. `read_out`: as in the head of the room.
    """

    id: ClassVar[str] = "record"
    template: ClassVar[str] = "agendas/minutes/_record.html"
    room_url: str
    title: str
    starts: datetime
    status: str
    hers: bool
    offers: Lines
    actions: Lines
    decisions: Lines
    own: Lines
    said: Lines
    added: Lines
    roles_waived: str
    safety_waived: str
    read_out: bool | None
    off: CalledOff | None = None

    @property
    def begun(self) -> bool:
        """Whether there is anything to record, yet or at all."""
        return self.status != Status.PLANNED and self.off is None

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.status == Status.CLOSED


@dataclass(frozen=True)
class Loaded:
    """Sealed rows of several conferences: by their public id, by conference, by item, and by case."""

    at: datetime
    rooms: Groups
    items: Groups
    notes: Groups
    decisions: Groups
    actions: Groups
    seats: Groups


def load(asked: Asked) -> Loaded:
    """Everything that came out of these conferences, in six queries whatever their number."""
    ids = asked.scopes
    return Loaded(
        at=asked.at,
        rooms=asked.rows(Conference, "mark__public_id", mark__public_id__in=ids),
        items=asked.rows(AgendaItem, "conference_id", conference__mark__public_id__in=ids),
        notes=asked.rows(Note, "item__conference_id", item__conference__mark__public_id__in=ids),
        decisions=asked.rows(Decision, "item__conference_id", item__conference__mark__public_id__in=ids),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=asked.cases),
        seats=asked.rows(Seat, "case_id", case__in=asked.cases),
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The record in one person's eyes; nothing stands in it before the conference has begun."""
    sight = viewer.sight
    found = open_rows(sight, loaded.rooms[viewer.scope])
    if not found:
        return None
    [room] = found
    lens = sight[room.case_id]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    if room.state == Status.PLANNED or room.cancelled_at:
        return Shown((_record(room, team, lens),), case=lens.case)
    items = as_read(open_rows(sight, loaded.items[room.mark_id]), sight)
    taken = open_rows(sight, loaded.decisions[room.mark_id])
    notes = open_rows(sight, loaded.notes[room.mark_id])
    to_do = made_in(room, items, open_rows(sight, loaded.actions[lens.case]), team)
    today, hers = today_of(to_do, loaded.at), lens.role is Role.SURVIVOR
    # In her record what she offered to do, and what she said herself, stand by themselves and first.
    offers = [row for row in to_do if hers and row.owner_id == lens.seat]
    own = [row for row in notes if hers and _her_words(row, lens.seat) and not _after(room, row)]
    said = [row for row in notes if row not in own and not _after(room, row)]
    by_number = {item.mark_id: item for item in items}
    under = partial(_under_items, items, team, lens, room.state == Status.CLOSED)
    return Shown(
        (
            _record(
                room,
                team,
                lens,
                offers=Lines(
                    Offer(row.public_id, row.title, told_day(row, today, team.seats), row.by_next)
                    for row in offers
                ),
                actions=by_due_date(
                    action_row(row, team, lens, today=today, items=by_number)
                    for row in to_do
                    if row not in offers
                ),
                decisions=decisions(taken, team, lens, notes, closed=True),
                own=under(own),
                said=under(said),
                added=under([row for row in notes if _after(room, row)]),
            ),
        ),
        case=lens.case,
        until=next_over(to_do, loaded.at),
    )


def on_paper(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What the survivor can print of it; others find nothing on that page."""
    sight = viewer.sight
    found = open_rows(sight, loaded.rooms[viewer.scope])
    if not found:
        return None
    [room] = found
    lens, empty = sight[room.case_id], PaperPanel(f"/conferences/{room.public_id}/record/")
    if lens.role is not Role.SURVIVOR or room.state == Status.PLANNED or room.cancelled_at:
        return Shown((empty,), case=lens.case)
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    items = as_read(open_rows(sight, loaded.items[room.mark_id]), sight)
    to_do = made_in(room, items, open_rows(sight, loaded.actions[lens.case]), team)
    taken = open_rows(sight, loaded.decisions[room.mark_id])
    notes = open_rows(sight, loaded.notes[room.mark_id])
    # She takes home what somebody does or did, and not what nobody goes on with.
    goes_on = [row for row in to_do if row.status in (*OPEN, ActionStatus.DONE)]
    panel = _paper(empty.record_url, room.starts, team, lens.seat, goes_on, taken, notes, loaded.at)
    return Shown((panel,), case=lens.case, until=next_over(to_do, loaded.at))


def made_in(conference: Any, items: Collection[Any], actions: Iterable[Any], team: Team) -> list[Any]:
    """Those of these opened action items that came out of this conference: from one of its items, which the viewer sees
    as well, or written down while it went on by somebody whom they know to have been in it. What another wrote
    meanwhile is not of it; and whether somebody whom they do not see was invited is not told by what stands here."""
    of_it = {item.mark_id for item in items}
    there = conference.row.named & team.seats.keys()
    return [
        row
        for row in actions
        if row.from_item_id in of_it
        or (
            conference.opened_at is not None
            and row.row.author in there
            and conference.opened_at <= row.created_at
            and not _after(conference, row)
        )
    ]


def _after(conference: Any, row: Any) -> bool:
    """Whether it was written when the conference was over."""
    return conference.closed_at is not None and bool(row.created_at > conference.closed_at)


def _speaker(row: Any) -> Any:
    """Whose words a note is: whoever wrote it down, or for whom they did."""
    return row.said_by_id or row.row.author


def _her_words(row: Any, me: int) -> bool:
    """Whether she said it, and stands by it."""
    return bool(_speaker(row) == me) and not row.unconfirmed


def _record(room: Any, team: Team, lens: Lens, **lines: Lines) -> RecordPanel:
    parts = ("offers", "actions", "decisions", "own", "said", "added")
    return RecordPanel(
        room_url=f"/conferences/{room.public_id}/",
        title=room.title,
        starts=room.starts,
        status=room.state,
        hers=lens.role is Role.SURVIVOR,
        roles_waived=room.roles_waived,
        safety_waived=room.safety_waived,
        read_out=read_aloud(room, lens.seat),
        off=called_off(room, team),
        **{part: lines.get(part, Lines()) for part in parts},
    )


def _under_items(items: OpenedRows, team: Team, lens: Lens, closed: bool, notes: Iterable[Any]) -> Lines:
    """Notes in the order of the agenda, each item that has any before its own."""
    lines: list[Any] = []
    numbers = {item: number for number, item in enumerate((row for row in items if not row.declined), 1)}
    for item in items:
        under = OpenedRows(row for row in notes if row.item_id == item.mark_id)
        if under:
            lines += [
                UnderItem(item.public_id, numbers.get(item, 0), item.title),
                # To be read: what can be done with a note stands in the room.
                *rows(under, team, lens, closed=closed, observes=True),
            ]
    return Lines(lines)


def _paper(
    record_url: str,
    day: datetime,
    team: Team,
    me: int,
    to_do: Collection[Any],
    taken: Iterable[Any],
    notes: Iterable[Any],
    at: datetime,
) -> PaperPanel:
    tells, names = team.once(telling), team.once(first_names)
    today = today_of(to_do, at)
    by_due = [(row, told_day(row, today, team.seats)) for row in soonest(to_do, today, team.seats)]
    # What nobody confirmed is no words of theirs.
    stands = [row for row in notes if not row.unconfirmed]
    first = sorted(stands, key=lambda row: _speaker(row) != me)
    lines = {
        "mine": [
            OnPaper(row.public_id, row.title, due=day, by_next=row.by_next)
            for row, day in by_due
            if row.owner_id == me
        ],
        "others": [
            OnPaper(row.public_id, row.title, names.get(row.owner_id, ""), day, by_next=row.by_next)
            for row, day in by_due
            if row.owner_id != me
        ],
        "decided": [OnPaper(row.public_id, row.text) for row in taken],
        "said": [
            OnPaper(row.public_id, row.text, names.get(_speaker(row), ""), folded=row.kind in FOLDED)
            for row in first
        ],
    }
    kept = {
        part: tuple(line for line in each if not betrays(tells, line.text)) for part, each in lines.items()
    }
    kept_back = any(len(kept[part]) < len(lines[part]) for part in lines)
    return PaperPanel(record_url, day, **kept, kept_back=kept_back)


FOLDED = (NoteKind.CLINICAL, NoteKind.PRIVATE)


def first_names(team: Team) -> Mapping[int, str]:
    """How she calls the people she knows: by the first names they go by, with as much of the family name as tells two
    apart who have the same. What stands before a name ("Officer", "Dr.") is none of it, and would tell."""
    tells = team.once(telling)
    names = {number: _name(seat, tells) for number, seat in team.seats.items()}
    return {number: _told_apart(*name, names.values()) for number, name in names.items()}


def _name(seat: Any, tells: "re.Pattern[str]") -> tuple[str, str]:
    """The first name that somebody goes by, unless it tells, and the family name. What another drafted for them is no
    name that they go by."""
    plain = re.compile("|".join(_plain_words()))
    called = "" if seat.drafted_by_id or betrays(tells, seat.called) else seat.called
    gone_by, written = (
        [part for part in name.split() if not (part.endswith(".") or plain.search(bare(part)))]
        for name in (called, seat.name)
    )
    return (gone_by or written or [""])[0], written[-1] if len(written) > 1 else ""


def _told_apart(first: str, family: str, known: Collection[tuple[str, str]]) -> str:
    others = [other for name, other in known if name == first and other != family]
    if not (others and family):
        return first
    for length in range(1, len(family)):
        if not any(other.startswith(family[:length]) for other in others):
            return f"{first} {family[:length]}."
    return f"{first} {family}"


def bare(text: str) -> str:
    """A text without accents, and without what is not seen on paper, marks of emphasis among it: so neither hides a
    word."""
    return "".join(
        each for each in normalize("NFKD", text) if category(each) not in ("Mn", "Cf") and each not in r"\*_"
    )


DOTTED = re.compile(r"(?:(?<!\w)[^\W\d_]\.\s?){2,}")
ONLINE = re.compile(r"@|://|\bwww\b|\w\.(?:org|com|net|gov|edu|info|us|mx)\b", re.IGNORECASE)


def betrays(tells: "re.Pattern[str]", text: str) -> bool:
    """Whether a word that tells stands in it, however it is written: with a dot after each letter too ("D.A."), or tied
    to the word beside it ("call_police"). An address on the Internet says whose it is."""
    apart = bare(re.sub(r"[\\*_]", " ", text))
    undotted = DOTTED.sub(lambda letters: re.sub(r"\W", "", letters[0]).upper() + " ", apart)
    return any(tells.search(written) for written in (bare(text), apart, undotted)) or bool(
        ONLINE.search(text)
    )


def telling(team: Team) -> "re.Pattern[str]":
    """What finds, in a bare text, a word that tells what a paper is about: of an agency, of a role, or one of those."""
    names = {bare(seat.agency_name) for seat in team.seats.values() if seat.agency_name}
    words = {word for name in names for word in name.split()}
    # A name in whatever letters, and its words as names are written; of short ones, those that stand for several.
    spelled = (r"\W+".join(map(re.escape, name.split())) for name in sorted(names))
    whole = [rf"(?i:{name}(?!\w))" for name in spelled]
    proper = sorted(
        re.escape(word) for word in words if word[0].isupper() and (len(word) > LONG or _stands(word))
    )
    found = "|".join([*whole, *(rf"{word}\b" for word in proper), *_plain_words()])
    # Two hundred words are looked for where one begins, and at no letter within.
    return re.compile(rf"(?<!\w)(?:{found})")


def _stands(word: str) -> bool:
    return len(word) > 1 and word.isupper()


LONG = 3


@cache
def _plain_words() -> tuple[str, ...]:
    words: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words |= {*str(TELLING).split(", "), *(str(label) for label in ROLES.values())}
    return tuple(map(_found, sorted(words)))


def _found(words: str) -> str:
    """The words of one entry, one after another: each with what may follow in it."""
    parts = r"\W+".join(
        re.escape(bare(word)) + (r"\w*" if word.endswith("*") else "(?:e?s)?") for word in words.split()
    )
    return rf"(?{'' if words.isupper() else 'i'}:\b{parts}\b)"


PAGE = Page("record", load, view)
PAPER = Page("paper", load, on_paper)
