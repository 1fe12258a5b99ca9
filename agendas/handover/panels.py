"""A handover as one viewer sees it: what the survivor was told, who comes and when, and what is still to be settled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from agendas.actions.models import OPEN, ActionItem
from agendas.actions.panels import next_over, today_of, told_day
from agendas.handover.models import Handover, WordsForTheNew, state_of, stayed
from conferences.meetings.models import Conference, Status
from conferences.questions.models import UNSURE, RoleQuestion, in_one_press
from conferences.releases.panels import Given, load_releases
from conferences.responsibilities.models import How, Responsibility
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure import policy
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Case, Seat
from workspace.disclosure.policy import Lens, Role, may_follow_handover, may_hand_over
from workspace.disclosure.sealed import Groups, TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value
from workspace.record.models import Event

PARTS = (How.DOES, How.ASKED, How.TOLD)
TURNS = ("taken_over", "given_over")


@value
class HandoverPanel:
    """The handover that is under way, or the last one. `state`: "" where there never was one. `plain`: in the
    survivor's words, for her and whoever says it to her; `hers`: she reads it herself. `new`: who takes over, `card`:
    their seat; `gone`: its last instant, where it has ended; `leaving`: who hands over, `stays`: and goes on after all.
    `lost`: who takes over cannot sign in any more, as those who carry it through are told. `last`: the last instant of
    the leaving seat. `known`: what she wants the new one to know, `for_all`: others read it
    too. `may_seat`, `may_finish`: what the viewer can do next."""

    id: ClassVar[str] = "handover"
    template: ClassVar[str] = "agendas/handover/_handover.html"
    case_url: str
    plain: bool
    hers: bool
    state: str = ""
    url: str = ""
    new: str = ""
    card: str = ""
    gone: datetime | None = None
    lost: bool = False
    stays: bool = False
    you_take_over: bool = False
    leaving: Who = Who()
    words: str = ""
    told_at: datetime | None = None
    told_how: str = ""
    starts: datetime | None = None
    begun: bool = False
    last: datetime | None = None
    over: bool = False
    introduced_at: datetime | None = None
    known: str = ""
    for_all: bool = False
    may_seat: bool = False
    may_finish: bool = False
    unsettled: bool = False
    ended_at: datetime | None = None
    ended_words: str = ""
    unread: bool = False


@value
class LeftRow:
    """Something that the leaving seat answers for or has a `part` in, or did. `owner`: who answers for it now. `state`:
    open, taken, refused or given. `because`: why it is not taken over. `unread`: the new one may not read it, and the
    viewer cannot let them; `writer`: who could."""

    template: ClassVar[str] = "agendas/handover/_left.html"
    id: str
    text: str
    line: bool
    part: bool
    owner: Who
    state: str
    because: str
    since: datetime | None
    due: Any
    take_url: str
    refuse_url: str
    give_url: str
    new: str
    unread: bool
    writer: Who
    readers: Readers


@value
class Link:
    """Something else that speaks of the leaving seat, and where it is changed."""

    text: str
    url: str


@value
class ChecklistPanel:
    """What has to be settled. `shown`: only to those who carry the handover through, while there is one."""

    id: ClassVar[str] = "checklist"
    template: ClassVar[str] = "agendas/handover/_checklist.html"
    shown: bool = False
    open: Lines = Lines()
    settled: Lines = Lines()
    questions: tuple[Link, ...] = ()
    meetings: tuple[Link, ...] = ()
    releases: tuple[Link, ...] = ()


@value
class NewsRow:
    """A line about a handover on a start page. `state`, `stays`: as on its own page."""

    url: str
    code_name: str
    new: str
    state: str
    stays: bool
    plain: bool
    unread: bool


@value
class NewsPanel:
    """What somebody who follows a handover finds about it on their start page."""

    id: ClassVar[str] = "handover_news"
    template: ClassVar[str] = "agendas/handover/_news.html"
    rows: tuple[NewsRow, ...]


@dataclass(frozen=True)
class Loaded:
    """Cases by public id; the rest by case. `turns`: when a row was taken over or given on, by its number."""

    at: datetime
    cases: Mapping[str, Any]
    seats: Groups
    handovers: Groups
    words: Groups
    actions: Groups
    lines: Groups
    questions: Groups
    meetings: Groups
    releases: Mapping[int, tuple[Given, ...]]
    turns: Mapping[int, tuple[str, datetime]]


def news(rows: Iterable[tuple[Any, Lens, Any]]) -> NewsPanel:
    """The lines about these opened handovers, of which each stands with the lens that sees it and its case."""
    told = []
    for row, lens, case in rows:
        state, plain = state_of(row), not may_hand_over(lens)
        over = state in ("done", "called_off")
        hers = lens.role is Role.SURVIVOR
        if may_follow_handover(lens) and (not over or (hers and row.end_read_at is None)):
            told.append(
                NewsRow(
                    f"/cases/{case.public_id}/handover/",
                    case.code_name,
                    row.person_name,
                    state,
                    stayed(row),
                    plain,
                    unread=hers and (row.told_at is None or over),
                )
            )
    return NewsPanel(tuple(told))


def load(asked: Asked) -> Loaded:
    """Everything that a handover of these cases is about, in a fixed number of queries whatever its size."""
    found = {case.public_id: case for case in Case.objects.filter(public_id__in=asked.scopes)}
    numbers = [case.pk for case in found.values()]
    turns = Event.objects.filter(case__in=numbers, verb__in=TURNS).order_by("pk")
    ofcases = {"mark__case__in": numbers}
    return Loaded(
        at=asked.at,
        cases=found,
        seats=asked.rows(Seat, "case_id", case__in=numbers),
        handovers=asked.rows(Handover, "mark__case_id", **ofcases),
        words=asked.rows(WordsForTheNew, "handover_id", **ofcases),
        actions=asked.rows(ActionItem, "mark__case_id", **ofcases),
        lines=asked.rows(Responsibility, "mark__case_id", **ofcases),
        questions=asked.rows(RoleQuestion, "mark__case_id", **ofcases),
        meetings=asked.rows(Conference, "mark__case_id", **ofcases),
        releases=load_releases(numbers),
        turns={row: (verb, at) for row, verb, at in turns.values_list("mark_id", "verb", "at")},
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it: nobody but those who follow a handover has one."""
    sight = viewer.sight
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in sight or not may_follow_handover(sight[case.pk]):
        return None
    lens = sight[case.pk]
    team = Team.of(open_rows(sight, loaded.seats[case.pk]))
    rows = open_rows(sight, loaded.handovers[case.pk])
    url, plain = f"/cases/{case.public_id}/", not may_hand_over(lens)
    if not rows:
        none = HandoverPanel(url, plain, lens.role is Role.SURVIVOR)
        return Shown((none, ChecklistPanel()), case=case.pk)
    row = rows[-1]
    checklist = ChecklistPanel() if plain else _checklist(loaded, viewer, lens, case, team, row)
    words = open_rows(sight, loaded.words[row.mark_id])
    panels = (_handover(row, team, lens, url, words, checklist, loaded.at), checklist)
    over = next_over(open_rows(sight, loaded.actions[case.pk]), loaded.at)
    return Shown(panels, case=case.pk, until=over)


def _handover(
    row: Any,
    team: Team,
    lens: Lens,
    case_url: str,
    words: OpenedRows,
    checklist: ChecklistPanel,
    at: datetime,
) -> HandoverPanel:
    arriving, leaving = _lasting(team, row.arriving_id, at), team.seats.get(row.leaving_id)
    known = words[-1] if words else None
    hers, state = lens.role is Role.SURVIVOR, state_of(row)
    # Whoever leaves stays when there is nobody to take over any more.
    until = leaving.until if leaving is not None else row.last_day if arriving is not None else None
    begun = arriving is not None and arriving.starts <= at
    manages = may_hand_over(lens) and state == "open"
    lost = manages and policy.knows_whom_it_lost(lens) and not row.comes_in
    return HandoverPanel(
        case_url=case_url,
        plain=not may_hand_over(lens),
        hers=hers,
        state=state,
        url=f"/handovers/{row.public_id}/",
        new=row.person_name,
        card=f"{case_url}roles/#seat-{arriving.public_id}" if arriving else "",
        gone=_ended(team.seats.get(row.arriving_id), at),
        lost=lost,
        stays=stayed(row),
        you_take_over=row.arriving_id == lens.seat,
        leaving=team.who(row.leaving_id),
        words=row.words,
        told_at=row.told_at,
        told_how=row.told_how,
        starts=arriving.starts if arriving else None,
        begun=begun,
        # The day is over at midnight, which is the next one already.
        last=until - timedelta(microseconds=1) if until else None,
        over=until is not None and until <= at,
        introduced_at=arriving.introduced_at if arriving else None,
        known=known.text if known else "",
        for_all=bool(known and known.row.audience),
        may_seat=manages and not lost and row.told_at is not None and policy.may_give_seats(lens),
        may_finish=manages and not lost and begun and not checklist.open,
        unsettled=bool(checklist.open),
        ended_at=row.done_at or row.called_off_at,
        ended_words=row.called_off_words,
        unread=hers and (row.end_read_at if state != "open" else row.told_at) is None,
    )


def _checklist(loaded: Loaded, viewer: Viewer, lens: Lens, case: Any, team: Team, row: Any) -> ChecklistPanel:
    sight, state = viewer.sight, state_of(row)
    if state == "called_off" or row.leaving_id is None:
        return ChecklistPanel()
    left = _Left(loaded, lens, case, team, row)
    listed = [
        found
        for found in (
            *(left.action(each) for each in open_rows(sight, loaded.actions[case.pk])),
            *(left.line(each) for each in open_rows(sight, loaded.lines[case.pk])),
        )
        if found
    ]
    board = f"/cases/{case.public_id}/roles/"
    return ChecklistPanel(
        shown=True,
        open=Lines(each for each in listed if each.state == "open"),
        settled=Lines(each for each in listed if each.state != "open"),
        questions=tuple(
            Link(
                str(UNSURE) if each.text in in_one_press() else each.text,
                f"{board}#question-{each.public_id}",
            )
            for each in open_rows(sight, loaded.questions[case.pk])
            if row.leaving_id in (each.about_id, each.routed_to_id)
            and not (each.closed_at or each.set_aside_at)
        ),
        meetings=tuple(
            Link(each.title, f"/conferences/{each.public_id}/schedule/")
            for each in open_rows(sight, loaded.meetings[case.pk])
            if each.facilitator_id == row.leaving_id and each.state != Status.CLOSED
        ),
        releases=_releases(loaded, lens, case, team.seats.get(row.leaving_id)),
    )


class _Left:
    """What hangs on the seat that leaves, row by row."""

    def __init__(self, loaded: Loaded, lens: Lens, case: Any, team: Team, row: Any) -> None:
        self.lens, self.team, self.handed, self.turns, self.at = lens, team, row, loaded.turns, loaded.at
        self.arriving = _lasting(team, row.arriving_id, loaded.at)
        self.refused = dict(TiedRows.read(row.refused))
        self.going_on = state_of(row) == "open"

    def action(self, row: Any) -> LeftRow | None:
        """An action item, if it hangs there or did."""
        left = row.owner_id == self.handed.leaving_id and row.status in OPEN
        day = told_day(row, today_of([row], self.at), self.team.seats)
        return self._row(row, row.title, left, row.owner_id, line=False, due=day)

    def line(self, row: Any) -> LeftRow | None:
        """A responsibility, if the seat answers for it or has a part in it, or did."""
        involved = {seat for seat, how in TiedRows.read(row.involved) if how in PARTS}
        there = self.handed.leaving_id in {row.accountable_id, *involved}
        left = there and row.put_away_at is None
        return self._row(row, row.text, left, row.accountable_id, line=True, due=None)

    def _row(
        self, row: Any, text: str, left: bool, owner: int | None, *, line: bool, due: Any
    ) -> LeftRow | None:
        turn, since = self.turns.get(row.mark_id, ("", None))
        if since is not None and since < self.handed.created_at:
            turn, since = "", None
        not_taken = row.mark_id in self.refused
        if not (left or not_taken or turn):
            return None
        state = "open"
        if not_taken and turn != "given_over":
            state = "refused"
        elif not left:
            state = "given" if turn == "given_over" else "taken"
        can_be_taken = self.going_on and self.arriving is not None and left
        readable = can_be_taken and self._passed_on(row, self.arriving)
        url = f"/handovers/{self.handed.public_id}/rows/{row.public_id}/"
        you = self.handed.arriving_id == self.lens.seat
        return LeftRow(
            id=row.public_id,
            text=text,
            line=line,
            part=left and owner != self.handed.leaving_id,
            owner=self.team.who(owner),
            state=state,
            because=self.refused.get(row.mark_id, "") if state == "refused" else "",
            since=since if not left else None,
            due=due,
            take_url=f"{url}taking/" if readable else "",
            refuse_url=f"{url}refusal/" if can_be_taken and you and state == "open" else "",
            give_url=f"{url}owner/" if left and not line and state == "refused" else "",
            new=self.handed.person_name,
            unread=can_be_taken and not readable,
            writer=self.team.author(row),
            readers=self.team.readers(row),
        )

    def _passed_on(self, row: Any, to: Any) -> bool:
        seat = policy.Seat(to.mark_id, to.case_id, Role(to.role), to.agency_id, to.starts, to.until)
        return policy.may_pass_on(self.lens, seat, row.row)


def _releases(loaded: Loaded, lens: Lens, case: Any, leaving: Any) -> tuple[Link, ...]:
    if leaving is None or leaving.agency_id == case.holding_agency_id:
        return ()
    return tuple(
        Link(each.agency__name, f"/cases/{case.public_id}/releases/")
        for each in loaded.releases.get(case.pk, ())
        if each.agency_id == leaving.agency_id
        and (release := policy.Release(*each[:6])).active(loaded.at)
        and policy.sees_release(lens, release, loaded.at)
    )


def _ended(seat: Any | None, at: datetime) -> datetime | None:
    if seat is None or seat.until is None or seat.until > at:
        return None
    found: datetime = seat.until - timedelta(microseconds=1)
    return found


def _lasting(team: Team, number: int | None, at: datetime) -> Any | None:
    seat = team.seats.get(number) if number else None
    return seat if seat is not None and (seat.until is None or seat.until > at) else None


PAGE = Page("handover", load, view)
