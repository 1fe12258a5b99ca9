"""Who sees what. The rule of `docs/disclosure.md`, in English and in code directly under it, with no
framework import.

A case this module does not settle is settled by "hidden". Nothing else in the project compares a role or a
topic to decide sight; nothing overrides a rule: being facilitator, supervisor, administrator or staff of the
site gives no sight.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """What a seat is at the table; one per seat. The order is the order of the bits of an audience: only
    append."""

    SURVIVOR = "survivor"
    GUARDIAN = "guardian"
    CASE_MANAGER = "case_manager"
    ADVOCATE = "advocate"
    CLINICAL_SUPERVISOR = "clinical_supervisor"
    THERAPIST = "therapist"
    MEDICAL = "medical"
    SHELTER = "shelter"
    COUNSEL = "counsel"
    VICTIM_WITNESS = "victim_witness"
    INVESTIGATOR = "investigator"
    PROSECUTOR = "prosecutor"
    CHILD_PROTECTION = "child_protection"
    INTERPRETER = "interpreter"
    PROVIDER = "provider"
    MENTOR = "mentor"


class Topic(StrEnum):
    """What a row is about; one per row. The order is the order of the bits of a release: only append."""

    COORDINATION = "coordination"
    SAFETY = "safety"
    HOUSING = "housing"
    IMMIGRATION = "immigration"
    CRIMINAL_CASE = "criminal_case"
    CIVIL_LEGAL = "civil_legal"
    MEDICAL = "medical"
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"
    BENEFITS = "benefits"
    EMPLOYMENT = "employment"
    EDUCATION = "education"
    FAMILY = "family"
    IDENTITY = "identity"
    ADVOCACY = "advocacy"
    PRIVILEGED = "privileged"


ROLE_BIT = {role: 1 << place for place, role in enumerate(Role)}
TOPIC_BIT = {topic: 1 << place for place, topic in enumerate(Topic)}
EVERY_ROLE = (1 << len(Role)) - 1
RELEASABLE = tuple(topic for topic in Topic if topic not in (Topic.ADVOCACY, Topic.PRIVILEGED))


def role_bits(roles: Iterable[str]) -> int:
    """The audience as a number: one bit a role. Raises ValueError for an unknown role."""
    return sum({ROLE_BIT[Role(role)] for role in roles})


def roles_of(bits: int) -> tuple[Role, ...]:
    """The roles in an audience, in the order of `Role`."""
    return tuple(role for role, bit in ROLE_BIT.items() if bits & bit)


def topic_bits(topics: Iterable[str]) -> int:
    """The topics of a release as a number: one bit a topic. Raises ValueError for an unknown topic."""
    return sum({TOPIC_BIT[Topic(topic)] for topic in topics})


def topics_of(bits: int) -> tuple[Topic, ...]:
    """The topics in a number, in the order of `Topic`."""
    return tuple(topic for topic, bit in TOPIC_BIT.items() if bits & bit)


@dataclass(frozen=True, slots=True)
class Release:
    """The survivor's written, time-limited permission for the holding agency to share with one agency."""

    case: int
    agency: int
    topics: int
    starts: datetime
    expires: datetime
    withdrawn_at: datetime | None

    def active(self, at: datetime) -> bool:
        """Active at t when `starts <= t < expires` and not (`withdrawn_at` set and `withdrawn_at <= t`)."""
        return self.starts <= at < self.expires and not (
            self.withdrawn_at is not None and self.withdrawn_at <= at
        )


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place on one case: active `starts` (inclusive) `until` (exclusive, may be open)."""

    id: int
    case: int
    role: Role
    agency: int | None
    starts: datetime
    until: datetime | None

    def active(self, at: datetime) -> bool:
        """Whether the seat is held at this instant."""
        return self.starts <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Lens:
    """Who is looking, now. It exists only for a seat that rule 1 lets in; `admit` is the only way to one.

    `holding`: the seat's agency is the case's holding agency. `topics`: bits of what releases to its agency
    cover now. `survivor`: the survivor's seat on the case. A `seat` of 0 stands for any seat of this kind
    that a row neither names nor was written by (see `kind`). `along`: who else looks; what is seen is what this lens
    and each of these see, and never more.
    """

    case: int
    seat: int
    role: Role
    agency: int | None
    holding: bool
    topics: int
    survivor: int
    along: tuple["Lens", ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: a lens is looked up for every table at every push."""
        own = self.case, self.seat, self.role, self.agency, self.holding, self.topics, self.survivor
        return hash((own, self.along))

    @cached_property
    def kind(self) -> "Lens":
        """The class of this lens: everything the rule asks but who it is, and who looks along with it."""
        return replace(self, seat=0, along=tuple(dict.fromkeys(other.kind for other in self.along)))

    @cached_property
    def seats(self) -> frozenset[int]:
        """The seats of all who look."""
        return frozenset([self.seat]).union(*(other.seats for other in self.along))


@dataclass(frozen=True, eq=False)
class Row:
    """What the rule asks of a guarded row, whatever table it is in. Compared by identity, so that answers
    can be kept. Of a seat the rule asks no more than whether it is the author, and whether it is named."""

    case: int
    author: int | None
    origin: int | None
    topic: Topic
    audience: int
    named: frozenset[int]
    parent: "Row | None" = None
    removed: bool = False
    invited_only: bool = field(default=False)

    @cached_property
    def touches(self) -> frozenset[int]:
        """Every seat that this row itself names or was written by: for all others the class of lens decides."""
        return self.named if self.author is None else self.named | {self.author}


# 1. Seated and admitted. `s` is active at t and sits on `x`'s case; and `s.role` is `survivor`, `guardian` or
#    `interpreter`, or `s.agency` is the holding agency, or a release to `s.agency` that lists `coordination`
#    is active at t.
SEATED_BY_ROLE = ROLE_BIT[Role.SURVIVOR] | ROLE_BIT[Role.GUARDIAN] | ROLE_BIT[Role.INTERPRETER]


def admit(
    seat: Seat, releases: Iterable[Release], *, holding_agency: int, survivor: int, at: datetime
) -> Lens | None:
    """The lens of a seat at an instant, or None for someone who is not at the table then."""
    if not seat.active(at):
        return None
    topics = 0
    for release in releases:
        if release.case == seat.case and release.agency == seat.agency and release.active(at):
            topics |= release.topics
    holding = seat.agency is not None and seat.agency == holding_agency
    if not (ROLE_BIT[seat.role] & SEATED_BY_ROLE or holding or topics & TOPIC_BIT[Topic.COORDINATION]):
        return None
    return Lens(seat.case, seat.id, seat.role, seat.agency, holding, topics, survivor)


def sees(lens: Lens, row: Row) -> bool:
    """Whether this lens sees this row now. All of the rules hold, or it is hidden."""
    # 3. Parents. `x` has no parent, or `s` sees the parent at t.
    return sees_but_for_parents(lens, row) and (row.parent is None or sees(lens, row.parent))


def sees_but_for_parents(lens: Lens, row: Row) -> bool:
    """Whether every rule but that on parents lets this lens see this row."""
    return (
        lens.case == row.case
        # 2. Present. `x` has not been removed.
        and not row.removed
        and _in_audience(lens, row)
        and _released(lens, row)
        and _unprotected(lens, row)
        # Several who look at once see what each of them sees.
        and all(sees_but_for_parents(other, row) for other in lens.along)
    )


# 4. Audience. `s` is the author, or `s` is in `named`, or `s.role` is in `audience`. For an `interpreter`
#    instead: the survivor is in `audience` or `named`; or the survivor is the author, and `interpreter` is in
#    `audience` or `s` in `named`. So an interpreter never reads what the survivor does not. For a conference,
#    whoever looks: `s` is in `named`.
def _in_audience(lens: Lens, row: Row) -> bool:
    if row.invited_only:
        return lens.seat in row.named
    if lens.role is Role.INTERPRETER:
        for_survivor = bool(row.audience & ROLE_BIT[Role.SURVIVOR]) or lens.survivor in row.named
        for_interpreter = bool(row.audience & ROLE_BIT[Role.INTERPRETER]) or lens.seat in row.named
        return for_survivor or (row.author == lens.survivor and for_interpreter)
    return row.author == lens.seat or lens.seat in row.named or bool(row.audience & ROLE_BIT[lens.role])


# 5. Release. One of: `s.role` is `survivor`, `guardian` or `interpreter`; `s.agency` is the holding agency;
#    `s.agency` is `x.origin` (both set: no agency never equals no agency); `x.topic` is listed on a release to
#    `s.agency` that is active at t; `x.topic` is `privileged` (rule 6 decides).
def _released(lens: Lens, row: Row) -> bool:
    return (
        bool(ROLE_BIT[lens.role] & SEATED_BY_ROLE)
        or lens.holding
        or (lens.agency is not None and lens.agency == row.origin)
        or bool(lens.topics & TOPIC_BIT[row.topic])
        or row.topic is Topic.PRIVILEGED
    )


# 6. Protected topics.
#    `privileged`: `s` is the author, or `s.role` is `survivor` or `counsel`, or it is `interpreter` and
#    `interpreter` is in `audience`.
#    `advocacy`: `s` is the author, or `s.role` is `survivor`, or it is `case_manager`, `advocate` or
#    `clinical_supervisor` at the holding agency, or it is `interpreter` and `interpreter` is in `audience`.
#    `substance_use`: `s.role` is not `investigator`, `prosecutor`, `victim_witness` or `child_protection`.
ADVOCACY_STAFF = (Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR)
NOT_FOR_SUBSTANCE_USE = (Role.INVESTIGATOR, Role.PROSECUTOR, Role.VICTIM_WITNESS, Role.CHILD_PROTECTION)


def _unprotected(lens: Lens, row: Row) -> bool:
    said_for = lens.role is Role.INTERPRETER and bool(row.audience & ROLE_BIT[Role.INTERPRETER])
    if row.topic is Topic.PRIVILEGED:
        return row.author == lens.seat or lens.role in (Role.SURVIVOR, Role.COUNSEL) or said_for
    if row.topic is Topic.ADVOCACY:
        staff = lens.holding and lens.role in ADVOCACY_STAFF
        return row.author == lens.seat or lens.role is Role.SURVIVOR or staff or said_for
    if row.topic is Topic.SUBSTANCE_USE:
        return lens.role not in NOT_FOR_SUBSTANCE_USE
    return True


def sees_release(lens: Lens, release: Release, at: datetime) -> bool:
    """A release is seen by the survivor, the interpreter, seats of the holding agency, and, while it is
    active, admitted seats of the one agency it names."""
    return (
        lens.case == release.case
        and (_sees_releases(lens) or (lens.agency == release.agency and release.active(at)))
        and all(sees_release(other, release, at) for other in lens.along)
    )


def _sees_releases(lens: Lens) -> bool:
    return lens.role in (Role.SURVIVOR, Role.INTERPRETER) or lens.holding


def knows_whom_it_lost(lens: Lens) -> bool:
    """Whether somebody on the team can still read a row depends on the releases to their agency, and on whether they
    can sign in. So it is told to those alone who see every release. That a seat has ended is part of the seat, and is
    read by everybody who sees it."""
    return _sees_releases(lens) and all(map(knows_whom_it_lost, lens.along))


def is_lost(
    lens: Lens,
    row: Row,
    theirs: Lens | None,
    *,
    starts: datetime,
    until: datetime | None,
    comes_in: bool,
    at: datetime,
) -> bool:
    """Whether this lens is told of a seat that it sees, which is to do something about a row, that nobody is there who
    could: it has ended, or its holder cannot sign in, is let in by no release, or does not see the row. `theirs`: the
    lens of the seat, if there is one now; `comes_in`: whether its holder can sign in. Never of a seat that has yet to
    begin, nor of the survivor, who need not sign in."""
    if until is not None and until <= at:
        return True
    if starts > at or (theirs is not None and theirs.seat == lens.survivor):
        return False
    return knows_whom_it_lost(lens) and not (comes_in and theirs is not None and sees(theirs, row))


# What may be written. Each refusal is a word that `refusals.py` puts into a plain sentence for people.
class Refusal(StrEnum):
    """Why something may not be written, wherever it comes from: form, file or import."""

    COUNSEL_WITHOUT_CLIENT = "counsel_without_client"
    SEAT_HIDDEN_FROM_SURVIVOR = "seat_hidden_from_survivor"
    CONFERENCE_WITHOUT_SURVIVOR = "conference_without_survivor"
    LAW_ENFORCEMENT_AT_HOLDING_AGENCY = "law_enforcement_at_holding_agency"
    COUNSEL_AT_THAT_AGENCY = "counsel_at_that_agency"
    SEAT_HIDDEN_FROM_ITS_HOLDER = "seat_hidden_from_its_holder"
    PRIVILEGED_BY_OTHERS = "privileged_by_others"
    ADVOCACY_BY_OTHERS = "advocacy_by_others"
    OWNER_COULD_NOT_READ = "owner_could_not_read"
    HELPER_COULD_NOT_READ = "helper_could_not_read"
    PRESENTER_COULD_NOT_READ = "presenter_could_not_read"
    RELEASE_TO_HOLDING_AGENCY = "release_to_holding_agency"
    RELEASE_ENDS_BEFORE_IT_STARTS = "release_ends_before_it_starts"
    RELEASE_OF_PROTECTED_TOPIC = "release_of_protected_topic"
    OWN_CLIENT_NOT_ASKED = "own_client_not_asked"
    SPEAKER_COULD_NOT_READ = "speaker_could_not_read"
    HERS_TO_OFFER = "hers_to_offer"
    GOAL_WITHOUT_HER = "goal_without_her"
    REVIEW_BY_OTHERS = "review_by_others"
    REVIEW_WITHOUT_WHO_CARRIES = "review_without_who_carries"


def row_refusals(
    *,
    author: int | None,
    author_role: Role | None,
    topic: Topic,
    audience: int,
    named: Collection[int],
    counsels: Collection[int],
    survivor: int,
) -> Iterator[Refusal]:
    """What the policy refuses of any row. `counsels`: the case's counsel seats; `survivor`: the survivor's
    seat.

    An attorney cannot keep a row from her client; a row of counsel's own that names nobody else is no such
    case.
    """
    for_survivor = bool(audience & ROLE_BIT[Role.SURVIVOR]) or survivor in named
    for_counsel = bool(audience & ROLE_BIT[Role.COUNSEL]) or any(seat in counsels for seat in named)
    her_own = author in counsels and not audience and set(named) <= {author}
    if for_counsel and not for_survivor and not her_own:
        yield Refusal.COUNSEL_WITHOUT_CLIENT
    if topic is Topic.PRIVILEGED and author_role not in (Role.SURVIVOR, Role.COUNSEL):
        yield Refusal.PRIVILEGED_BY_OTHERS
    if topic is Topic.ADVOCACY and author_role not in (Role.SURVIVOR, *ADVOCACY_STAFF):
        yield Refusal.ADVOCACY_BY_OTHERS


def seat_refusals(
    *, role: Role, topic: Topic, audience: int, at_holding_agency: bool, agency_kind: str | None
) -> Iterator[Refusal]:
    """What the policy refuses of a seat: she knows who is on her team, and whose side each of them is on."""
    if not audience & ROLE_BIT[Role.SURVIVOR]:
        yield Refusal.SEAT_HIDDEN_FROM_SURVIVOR
    if role in (Role.INVESTIGATOR, Role.PROSECUTOR) and at_holding_agency:
        yield Refusal.LAW_ENFORCEMENT_AT_HOLDING_AGENCY
    if role is Role.COUNSEL and (at_holding_agency or agency_kind in ("law_enforcement", "prosecution")):
        yield Refusal.COUNSEL_AT_THAT_AGENCY
    if topic is Topic.SUBSTANCE_USE and role in NOT_FOR_SUBSTANCE_USE:
        yield Refusal.SEAT_HIDDEN_FROM_ITS_HOLDER


def conference_refusals(*, invited: Collection[int], survivor: int) -> Iterator[Refusal]:
    """What the policy refuses of a conference: she knows of every meeting about her."""
    if survivor not in invited:
        yield Refusal.CONFERENCE_WITHOUT_SURVIVOR


def release_refusals(
    *, topics: int, at_holding_agency: bool, starts: datetime, expires: datetime
) -> Iterator[Refusal]:
    """What the policy refuses of a release."""
    if at_holding_agency:
        yield Refusal.RELEASE_TO_HOLDING_AGENCY
    if expires <= starts:
        yield Refusal.RELEASE_ENDS_BEFORE_IT_STARTS
    if topics & ~topic_bits(RELEASABLE):
        yield Refusal.RELEASE_OF_PROTECTED_TOPIC


def owner_refusals(
    owner: Seat, row: Row, releases: Iterable[Release], *, holding_agency: int, survivor: int
) -> Iterator[Refusal]:
    """What the policy refuses of an action item's owner: one whom no release of these would ever let read
    it."""
    topics = 0
    for release in releases:
        if release.agency == owner.agency:
            topics |= release.topics
    lens = Lens(
        owner.case, owner.id, owner.role, owner.agency, owner.agency == holding_agency, topics, survivor
    )
    if not sees(lens, row):
        yield Refusal.OWNER_COULD_NOT_READ


def leaves_her_out(survivor: int, *, audience: int, named: Collection[int], author: int | None) -> bool:
    """Whether the survivor, whose seat this is, is not among those who may read such a row."""
    return not (audience & ROLE_BIT[Role.SURVIVOR] or survivor in named or author == survivor)


# Who opens and closes doors.
def may_record_release(lens: Lens) -> bool:
    """A release is recorded by a case manager or advocate of the holding agency."""
    return lens.holding and lens.role in (Role.CASE_MANAGER, Role.ADVOCATE)


def may_withdraw_release(lens: Lens) -> bool:
    """Withdrawn by the survivor at a press, or by those who may record one, on her word."""
    return lens.role is Role.SURVIVOR or may_record_release(lens)


def may_give_seats(lens: Lens) -> bool:
    """A seat is given and ended by a case manager of the holding agency."""
    return lens.holding and lens.role is Role.CASE_MANAGER


# Who says what somebody does. A card gives no sight: it is part of a seat, and seen with it.
def may_write_card(lens: Lens, seat: int) -> bool:
    """A card is written, and confirmed, by whoever holds the seat; an interpreter too writes their own, which says who
    they are and adds nothing to what others say."""
    return lens.seat == seat


def may_draft_card(lens: Lens, seat: int, *, leads: bool, confirmed: bool) -> bool:
    """Whoever leads a conference of the case, or gives seats, puts a card into words for somebody else, until that
    person said themselves that it is right. Nobody does so for the survivor: who she is, is hers to say."""
    return seat not in (lens.seat, lens.survivor) and not confirmed and (leads or may_give_seats(lens))


def may_translate_card(lens: Lens, seat: int, *, leads: bool) -> bool:
    """A card is said in another language by its holder, by an interpreter, whose work it is, and by those who may draft
    one, also once it is confirmed: the holder's own words stay beside it. The survivor's by the first two alone."""
    drafts = may_draft_card(lens, seat, leads=leads, confirmed=False)
    return lens.seat == seat or lens.role is Role.INTERPRETER or drafts


JUSTICE = (Role.INVESTIGATOR, Role.PROSECUTOR, Role.VICTIM_WITNESS, Role.CHILD_PROTECTION)


def may_stand_in(role: str, *, of: str) -> bool:
    """Whether the survivor may be told to ask somebody of this role while somebody of that one is away. They may not
    have to pass on what the other would have kept: for her attorney stands in another attorney, for an interpreter
    another interpreter, and the justice system and child protection only for each other. She stands in for nobody, and
    nobody for her."""
    if Role.SURVIVOR in (role, of):
        return False
    if of == Role.COUNSEL or Role.INTERPRETER in (role, of):
        return role == of
    return role not in JUSTICE or of in JUSTICE


def may_write_notes(lens: Lens) -> bool:
    """Anyone but an interpreter, who says everything and adds nothing."""
    return lens.role is not Role.INTERPRETER


def may_ask(lens: Lens) -> bool:
    """What is not clear is asked by anyone but an interpreter, who asks nothing of their own: whoever does not dare to
    ask about a role goes on not knowing it."""
    return may_write_notes(lens)


def few_to_ask(lens: Lens) -> int:
    """Who reads a question about roles that is asked of few: the case managers and the clinical supervisors. The
    survivor asks nobody else, not the interpreter either, for it is her narrowest way; what others ask she reads
    too, since leaving her out needs a reason."""
    few = role_bits([Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR])
    return few if lens.role is Role.SURVIVOR else few | role_bits([Role.SURVIVOR, Role.INTERPRETER])


def may_be_asked(role: str) -> bool:
    """A question is answered by anyone but an interpreter, who says what others answer."""
    return role != Role.INTERPRETER


def may_answer(lens: Lens, row: Row) -> bool:
    """Whoever reads a question answers it, but not whoever asked."""
    return may_be_asked(lens.role) and row.author != lens.seat


def reads_answer(lens: Lens, question: Row, agency: int | None) -> bool:
    """Whether this lens, which reads a question, reads what somebody of this agency answered to it. A question is its
    asker's agency's own, under whatever topic; an answer is read as whatever else its writer's agency writes."""
    return sees(lens, replace(question, origin=agency))


def may_route(lens: Lens, *, leads: bool, asked: bool) -> bool:
    """Who is to answer a question is said by those who carry the case, by whoever leads a meeting of it that is not
    over, and by whom it waits for (`asked`), who may know better whose it is."""
    return leads or asked or carries(lens.role, at_holding_agency=lens.holding)


def may_say_it_is_clear(lens: Lens, row: Row) -> bool:
    """Whether it is clear now, or not yet, is said by whoever asked; whoever answered cannot know."""
    return row.author == lens.seat


def may_set_aside(lens: Lens) -> bool:
    """A question is set aside by a clinical supervisor of the holding agency."""
    return lens.holding and lens.role is Role.CLINICAL_SUPERVISOR


def may_edit(lens: Lens, row: Row) -> bool:
    """A row is edited by its author, and by nobody else; only its author widens it."""
    return row.author == lens.seat and may_write_notes(lens)


def may_narrow(lens: Lens, row: Row) -> bool:
    """Author, survivor, case manager and clinical supervisor narrow what they themselves see."""
    return may_edit(lens, row) or lens.role in (
        Role.SURVIVOR,
        Role.CASE_MANAGER,
        Role.CLINICAL_SUPERVISOR,
    )


def may_take_back(lens: Lens, row: Row) -> bool:
    """What the survivor asked she takes back in one press, and need not say why. Others, who may leave her out with it
    and then have to, let fewer people read it."""
    return lens.role is Role.SURVIVOR and may_edit(lens, row)


def is_meant_for(row: Row, seat: int, role: Role, *, survivor: int) -> bool:
    """Whether the holder of this seat would read a row if every release were given: by all rules but those on releases
    and parents."""
    return sees_but_for_parents(Lens(row.case, seat, role, None, True, 0, survivor), row)


def narrows(before: Row, *, topic: Topic, audience: int, named: Mapping[int, Role]) -> bool:
    """Whether with this topic, audience and named seats (each with its role) a row is read by nobody who could not read
    it before, at any time: the topic stays, and each role and each seat was among its readers."""
    return (
        topic is before.topic
        and not audience & ~before.audience
        and all(seat in before.named or before.audience & ROLE_BIT[role] for seat, role in named.items())
    )


def narrowed_to(
    audience: int, named: Collection[int], *, most: int, alone: Collection[int], roles: Mapping[int, Role]
) -> tuple[int, frozenset[int]]:
    """The audience and the named seats that are left of these when nobody is to read a row but this audience (`most`)
    and these seats (`alone`). `roles`: the role of every seat that is named."""
    kept = {seat for seat in named if seat in alone or most & ROLE_BIT[roles[seat]]}
    by_role = {seat for seat in alone if audience & ~most & ROLE_BIT[roles[seat]]}
    return audience & most, frozenset(kept | by_role)


def asks_own_client(lens: Lens) -> bool:
    """Whether this seat writes for an agency that has a client of its own, who has to permit it: every outside agency's
    does; the survivor, a guardian and an interpreter write for nobody."""
    return not (lens.holding or ROLE_BIT[lens.role] & SEATED_BY_ROLE)


def may_lead(role: str, *, observes: bool = False) -> bool:
    """A conference is led by anyone but an interpreter, whose work it is to say what others say, and an observer. It
    gives no sight."""
    return role != Role.INTERPRETER and not observes


def may_say_of_goals(lens: Lens, row: Row | None = None, *, here: bool, comes_in: bool) -> bool:
    """Whether a goal is still right is said by the survivor, and by nobody for her. On her word those who carry the
    case write it down while she is at the meeting (`here`), or where she has no way to sign in herself
    (`comes_in`): whoever can say it herself, and is not there, was not asked. Of a goal that she does not read nobody
    could ask her. `row`: the goal; without one, of goals at all."""
    if lens.role is Role.SURVIVOR:
        return True
    asked = here or not comes_in
    return asked and carries(lens.role, at_holding_agency=lens.holding) and _she_could_be_asked_of(lens, row)


def _she_could_be_asked_of(lens: Lens, row: Row | None) -> bool:
    """Whether the survivor reads this row, as far as its readers go."""
    return row is None or not leaves_her_out(
        lens.survivor, audience=row.audience, named=row.named, author=row.author
    )


def owes_nothing(role: str) -> bool:
    """The survivor is nobody's debtor: what she offered to do is never shown as overdue, not done or carried over, to
    anybody."""
    return role == Role.SURVIVOR


def is_told_plainly(lens: Lens) -> bool:
    """The plan and who does what are said in plain words, and begin with what she wants, to the survivor and so to the
    interpreter who says it to her."""
    return lens.role in (Role.SURVIVOR, Role.INTERPRETER)


INSIDE = role_bits(
    [
        *(Role.SURVIVOR, Role.GUARDIAN, Role.INTERPRETER),
        *(Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR),
    ]
)


def may_be_chosen_before(lens: Lens, audience: int) -> bool:
    """Whether these roles may stand chosen before their writer has chosen: only somebody of the holding agency is
    spared that, and only where nobody else's agency would read it."""
    return lens.holding and not audience & ~INSIDE


def may_be_chosen_again(audience: int) -> bool:
    """Whether what a writer chose themselves may stand chosen the next time. The widest audience never does."""
    return audience != EVERY_ROLE


def may_give_to(lens: Lens, owner: int) -> bool:
    """Whether this seat may make that one the owner of an action item. Nobody is put in the survivor's debt: she offers
    to do things, and is not assigned them, on her word or without it."""
    return owner != lens.survivor or lens.seat == lens.survivor


def may_answer_offer(lens: Lens, owner: int) -> bool:
    """Whether somebody will do an action item is said by its owner alone."""
    return lens.seat == owner


def may_decline(lens: Lens, owner: int) -> bool:
    """Its owner says no to it; the survivor has nothing to say no to, for she was asked for nothing. What she offered
    she takes back."""
    return may_answer_offer(lens, owner) and owner != lens.survivor


def may_end(lens: Lens, row: Row, owner: int, *, declined: bool) -> bool:
    """An action item ends in its owner's word. Once its owner said no, and nobody else does it, whoever wrote it and
    those who carry the case may say so too. Hers ends in her word alone."""
    return lens.seat == owner or (declined and _looks_after(lens, row, owner))


def may_open_again(lens: Lens, owner: int) -> bool:
    """What has ended is taken up again by its owner and by those who carry the case; hers by her alone."""
    return lens.seat == owner or (
        owner != lens.survivor and carries(lens.role, at_holding_agency=lens.holding)
    )


def may_plan_action(lens: Lens, row: Row, owner: int) -> bool:
    """By when an action item is to be done, who helps with it and what has to come first, is said by its owner, by
    whoever wrote it and by those who carry the case; of hers by her alone."""
    return lens.seat == owner or _looks_after(lens, row, owner)


def may_give_on(lens: Lens, row: Row, owner: int, *, leads: bool) -> bool:
    """It is given to somebody else by its owner, who hands it on; by whoever wrote it; by whoever leads a meeting of
    the case that is going on (`leads`); and by those who carry the case. What the survivor offered is hers."""
    return may_plan_action(lens, row, owner) or (leads and owner != lens.survivor)


def may_keep_steps(lens: Lens, row: Row, owner: int, helpers: Collection[int]) -> bool:
    """The steps of an action item are kept by those who do it, and by whoever wrote it; of hers by her, and by those
    whom she asked to help."""
    return lens.seat == owner or lens.seat in helpers or (owner != lens.survivor and may_edit(lens, row))


def may_say_what_it_changed(lens: Lens, row: Row) -> bool:
    """What something changed for the survivor is said by her, or written down on her word by those who carry the case;
    of nothing that she does not read, for nobody could ask her."""
    hers = lens.role is Role.SURVIVOR or carries(lens.role, at_holding_agency=lens.holding)
    return hers and _she_could_be_asked_of(lens, row)


def is_told_of_lost_owners(lens: Lens) -> bool:
    """That the owner of an action item can no longer see it is told to those who carry the case, who give it to
    somebody else. For everybody else it stays as it was, also where they may know that a seat has ended."""
    return carries(lens.role, at_holding_agency=lens.holding) and all(map(is_told_of_lost_owners, lens.along))


def may_write_into(lens: Lens, row: Row, *, holding_agency: int) -> bool:
    """Whether what this lens says may stand in a row that somebody else wrote. Their agency reads the row as its own,
    under whatever topic; so it may where that is the writer's own agency, or the one that reads everything. Elsewhere
    it is said in a row of its own, which is read as whatever else its writer's agency writes."""
    return row.origin in (None, lens.agency, holding_agency)


def _looks_after(lens: Lens, row: Row, owner: int) -> bool:
    """Whoever wrote it, and those who carry the case; never of what the survivor offered."""
    writes = may_edit(lens, row) or carries(lens.role, at_holding_agency=lens.holding)
    return owner != lens.survivor and writes


def may_record(role: str, *, observes: bool = False) -> bool:
    """What others say is written down by anyone but an interpreter, who says it, the survivor, who is not given work,
    and an observer. It gives no sight."""
    return role not in (Role.INTERPRETER, Role.SURVIVOR) and not observes


def may_be_recorded(role: str) -> bool:
    """Whose words another may write down: not an interpreter's, who says what others say; and not counsel's, which
    would be kept from the client until they are confirmed."""
    return role not in (Role.INTERPRETER, Role.COUNSEL)


def until_confirmed(
    holding: Mapping[int, str], *, speaker: int, audience: int, named: Collection[int]
) -> frozenset[int]:
    """The seats that read what was written down of a speaker's words until the speaker confirms it, besides its author:
    of those it is meant for, the holding agency's, and the speaker. `holding`: the agency's seats, with their roles."""
    chosen = {seat for seat, role in holding.items() if seat in named or audience & ROLE_BIT[Role(role)]}
    return frozenset(chosen | {speaker})


def may_take_the_lead(lens: Lens, *, observes: bool = False) -> bool:
    """Whoever leads may be gone: one of those who carry the case, who is invited, goes on, unless they observe."""
    return carries(lens.role, at_holding_agency=lens.holding) and not observes


def carries(role: str, *, at_holding_agency: bool) -> bool:
    """A case is carried by the case managers, advocates and clinical supervisors of the holding agency."""
    return at_holding_agency and role in (Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR)


def may_say_whether_clear(lens: Lens, about: int) -> bool:
    """Whether it is clear who somebody is, and what they do, is for the survivor to say, of everybody but herself."""
    return lens.role is Role.SURVIVOR and lens.seat != about


def may_introduce(lens: Lens) -> bool:
    """That the survivor and somebody new have met is noted by those who carry the case: they bring them together."""
    return carries(lens.role, at_holding_agency=lens.holding)


def reads_both_languages(lens: Lens) -> bool:
    """What is there in several languages is put side by side for the survivor and for the interpreter who says it."""
    return lens.role in (Role.SURVIVOR, Role.INTERPRETER)


def may_say_who_does_what(lens: Lens) -> bool:
    """What has to be done in a case, and who answers for it, does it, is asked and is told, is said by those who carry
    the case; who says it is theirs says so themselves."""
    return carries(lens.role, at_holding_agency=lens.holding)


def may_answer_for(role: str) -> bool:
    """What has to be done is answered for by anyone but an interpreter, who stands between two people and not beside
    one of them: whoever answers for something speaks of it for themselves, and is asked about it. Neither by taking it
    nor because it was given. That an interpreter *does* something, interpreting above all, is another matter: that is
    their work, and is written down by those who carry the case."""
    return role != Role.INTERPRETER


def may_take(lens: Lens) -> bool:
    """What nobody answers for is taken by anyone who sees it and may answer for it, the survivor too: she offers it,
    and nobody gives it to her."""
    return may_answer_for(lens.role)


def may_hand_over(lens: Lens) -> bool:
    """A change of the primary case manager is carried through by the case managers and clinical supervisors of the
    holding agency, who answer for it that somebody carries the case."""
    return lens.holding and lens.role in (Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR)


def may_follow_handover(lens: Lens) -> bool:
    """It is followed by them; by the survivor, whose case manager it is; and by an interpreter, who says it to her."""
    return may_hand_over(lens) or lens.role in (Role.SURVIVOR, Role.INTERPRETER)


def could_take_over(lens: Lens, seat: Seat, row: Row) -> bool:
    """Whether a case manager's seat at the agency of this lens, which holds the case, lets its holder read this row
    while it is held."""
    assert lens.agency is not None
    refusals = owner_refusals(seat, row, (), holding_agency=lens.agency, survivor=lens.survivor)
    return lens.holding and not any(refusals)


def may_pass_on(lens: Lens, seat: Seat, row: Row) -> bool:
    """Whether this lens may have that seat take over a row it sees: one that its holder reads anyway, or that the lens
    wrote itself and lets them read by naming them, for only its author widens a row."""
    named = replace(row, named=row.named | {seat.id})
    return could_take_over(lens, seat, row) or (may_edit(lens, row) and could_take_over(lens, seat, named))


def may_schedule(lens: Lens) -> bool:
    """A conference is planned by those who may take its lead: so somebody who may is always among the invited."""
    return may_take_the_lead(lens)


def comes_for_tasks(role: str) -> bool:
    """The survivor's attorney and the justice partners come for what they are asked to do, and are done in a minute:
    their start page begins with it. It gives no sight."""
    return role in (Role.COUNSEL, Role.INVESTIGATOR, Role.PROSECUTOR, Role.VICTIM_WITNESS)


def may_be_invited(
    seat: Seat, releases: Iterable[Release], *, holding_agency: int, starts: datetime, released: datetime
) -> bool:
    """Whether this seat is held when a conference starts, and the releases that are active at the instant `released`
    let it sit at the table."""
    then = replace(seat, starts=released, until=None)
    lens = admit(then, releases, holding_agency=holding_agency, survivor=0, at=released)
    return seat.active(starts) and lens is not None


def may_observe(role: str) -> bool:
    """Anyone may come to a conference as an observer but the survivor: it is about her, and she always has her say."""
    return role != Role.SURVIVOR


def may_speak(*, observes: bool) -> bool:
    """An observer of a conference listens: raises no hand, writes nothing, and says nothing of a decision. Whether what
    was written down of their words is right is theirs to say all the same."""
    return not observes


def may_show_the_table(lens: Lens, *, facilitator: int, recorder: int | None) -> bool:
    """What everybody may see is put on the wall by whoever leads the conference or writes it down."""
    return lens.seat in (facilitator, recorder)


def may_print_for_her(lens: Lens) -> bool:
    """What the survivor takes home on paper is printed by her, or for her by those who carry the case: they can ask her
    whether paper is safe, and read it with her first."""
    return lens.role is Role.SURVIVOR or carries(lens.role, at_holding_agency=lens.holding)


def may_word_goal(lens: Lens, row: Row | None = None, *, on_her_word: bool) -> bool:
    """What the survivor wants is said by her, in her words: when it is written down, said otherwise, met, set aside or
    taken up again. Those who carry the case write it for her when they say that it is on her word, and nobody else
    does; never of a goal (`row`; without one, a new one) that she does not read, for nobody could ask her."""
    if lens.role is Role.SURVIVOR:
        return True
    carrying = on_her_word and carries(lens.role, at_holding_agency=lens.holding)
    return carrying and _she_could_be_asked_of(lens, row)


def may_translate_goal(lens: Lens) -> bool:
    """Her words are put into another language by whoever may word a goal, and by an interpreter, whose work it is: what
    she said stays beside it."""
    return lens.role is Role.INTERPRETER or may_word_goal(lens, on_her_word=True)


def may_read_into_goal(lens: Lens) -> bool:
    """How a goal is understood is written by a professional: not by the survivor, who says it, nor by a guardian or an
    interpreter. It is a row of its own and never stands instead of her words."""
    return not ROLE_BIT[lens.role] & SEATED_BY_ROLE


def may_assess(lens: Lens, row: Row) -> bool:
    """Where a need or something in the way stands is said by whoever wrote it down, by the survivor, and by those who
    carry the case."""
    return (
        may_edit(lens, row)
        or lens.role is Role.SURVIVOR
        or carries(lens.role, at_holding_agency=lens.holding)
    )


def may_say_what_it_is_about(lens: Lens, row: Row, *, leads: bool) -> bool:
    """That an item or a decision is about a goal is said by whoever wrote it, and by who leads the conference."""
    return may_edit(lens, row) or (leads and may_write_notes(lens))


def is_told_to_have_ended(*, calmly: bool, done: bool) -> bool:
    """Whether that an action item has ended is told as news. Of the survivor's, and of what might be hers (`calmly`),
    only that it is done: she is nobody's debtor."""
    return done or not calmly


def may_review_plan(lens: Lens) -> bool:
    """Where the task force asks for it, a clinical supervisor of the agency that holds the record goes through the
    plan, as far as they see it, and says so."""
    return lens.holding and lens.role is Role.CLINICAL_SUPERVISOR


def plan_review_refusals(lens: Lens | None, audience: int) -> Iterator[Refusal]:
    """What the policy refuses of a supervisor's review of a plan, written by this lens's seat or by nobody. All who
    carry the case read it: so whether the next one is due is the same for all of them, and tells of none that somebody
    does not see."""
    if lens is None or not may_review_plan(lens):
        yield Refusal.REVIEW_BY_OTHERS
    if any(carries(role, at_holding_agency=True) and not audience & ROLE_BIT[role] for role in Role):
        yield Refusal.REVIEW_WITHOUT_WHO_CARRIES


def is_told_when_reviews_are_due(lens: Lens) -> bool:
    """By when a plan is to be gone through again is told to those who carry the case, whose work it is, and to nobody
    else: it is no debt of the survivor's."""
    return carries(lens.role, at_holding_agency=lens.holding)


def may_show_face(lens: Lens, seat: int) -> bool:
    """A picture comes on a card and off it by its holder alone: a face can be found by whoever looks for it."""
    return lens.seat == seat


def topics_told_to(lens: Lens) -> tuple[Topic, ...]:
    """Of those, the topics under which it reads what others write as well, and not only its own agency."""
    return tuple(
        topic
        for topic in topics_open_to(lens)
        if sees(lens, Row(lens.case, None, None, topic, EVERY_ROLE, frozenset()))
    )


def topics_open_to(lens: Lens) -> tuple[Topic, ...]:
    """The topics under which this seat may write a row that it can then read itself."""
    return tuple(
        topic
        for topic in Topic
        if sees(lens, Row(lens.case, lens.seat, lens.agency, topic, EVERY_ROLE, frozenset()))
        and not any(
            row_refusals(
                author=lens.seat,
                author_role=lens.role,
                topic=topic,
                audience=EVERY_ROLE,
                named=(),
                counsels=(),
                survivor=lens.survivor,
            )
        )
    )


# Reminders, and what nobody answers.
FOR_HER = (Role.SURVIVOR, Role.GUARDIAN)


def asks_for_reminders(lens: Lens) -> bool:
    """The survivor, and her guardian, are reminded of nothing unless they asked for it themselves, and get mail only at
    an address that they say is safe: who else reads a telephone, nobody here can know."""
    return lens.role in FOR_HER


def can_be_late(lens: Lens, owner: int) -> bool:
    """Whether an action item of this owner can be overdue, or unanswered. The survivor is nobody's debtor: hers never
    is, for anybody."""
    return owner != lens.survivor


def may_look_after(lens: Lens, row: Row, owner: int) -> bool:
    """Whether what its owner does not answer can go to this seat, if it sees that: it can do something about it, and is
    not the owner's own, not the survivor's or her guardian's, who are given no work, and not an interpreter's, who adds
    nothing of their own."""
    given_work = lens.role not in (*FOR_HER, Role.INTERPRETER)
    return given_work and lens.seat != owner and may_plan_action(lens, row, owner)


def supervises(lens: Lens) -> bool:
    """Whether this seat is a clinical supervisor's: the last to whom something goes that nobody answers."""
    return lens.role is Role.CLINICAL_SUPERVISOR
