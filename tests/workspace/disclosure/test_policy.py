"""The rule as a truth table: each condition alone and against its neighbours, and what may be written."""

from datetime import UTC, datetime, timedelta

import pytest

from workspace.disclosure import policy
from workspace.disclosure.policy import (
    EVERY_ROLE,
    Lens,
    Refusal,
    Release,
    Role,
    Row,
    Seat,
    Topic,
    admit,
    role_bits,
    sees,
    sees_release,
    topic_bits,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
CASE, OTHER_CASE = 1, 2
HOLDER, OUTSIDE, ELSEWHERE = 1, 2, 3
ME, HER, COLLEAGUE = 10, 11, 12
EVERY_TOPIC = topic_bits(Topic)
NOBODY = frozenset[int]()
BY_ROLE = {Role.SURVIVOR, Role.GUARDIAN, Role.INTERPRETER}


def lens(role: Role, agency: int | None = HOLDER, topics: int = EVERY_TOPIC) -> Lens:
    """Somebody at the table; the survivor is herself."""
    me = HER if role is Role.SURVIVOR else ME
    return Lens(CASE, me, role, agency, agency == HOLDER, topics, HER)


def row(
    *,
    author: int | None = COLLEAGUE,
    origin: int | None = HOLDER,
    topic: Topic = Topic.SAFETY,
    roles: int = 0,
    named: frozenset[int] = NOBODY,
    parent: Row | None = None,
    removed: bool = False,
    invited_only: bool = False,
    case: int = CASE,
) -> Row:
    return Row(case, author, origin, topic, roles, named, parent, removed, invited_only)


def release(
    topics: int = topic_bits([Topic.COORDINATION]),
    agency: int = OUTSIDE,
    case: int = CASE,
    starts: datetime = NOON - HOUR,
    expires: datetime = NOON + HOUR,
    withdrawn_at: datetime | None = None,
) -> Release:
    return Release(case, agency, topics, starts, expires, withdrawn_at)


def admitted(role: Role, agency: int | None, *releases: Release, at: datetime = NOON) -> Lens | None:
    seat = Seat(ME, CASE, role, agency, NOON - HOUR, None)
    return admit(seat, releases, holding_agency=HOLDER, survivor=HER, at=at)


# 1. Seated and admitted


@pytest.mark.parametrize("role", Role)
def test_some_roles_sit_by_themselves_and_all_others_through_their_agency(role: Role) -> None:
    alone = role in BY_ROLE
    assert bool(admitted(role, None)) == alone
    assert bool(admitted(role, OUTSIDE)) == alone
    assert admitted(role, HOLDER)
    assert admitted(role, OUTSIDE, release())
    assert bool(admitted(role, OUTSIDE, release(topic_bits([Topic.HOUSING])))) == alone
    assert bool(admitted(role, OUTSIDE, release(agency=ELSEWHERE))) == alone
    assert bool(admitted(role, OUTSIDE, release(case=OTHER_CASE))) == alone
    assert bool(admitted(role, None, release())) == alone


def test_a_lens_says_who_looks_and_what_releases_cover() -> None:
    found = admitted(
        Role.COUNSEL,
        OUTSIDE,
        release(topic_bits([Topic.COORDINATION, Topic.HOUSING])),
        release(topic_bits([Topic.SAFETY])),
        release(topic_bits([Topic.MEDICAL]), agency=ELSEWHERE),
        release(topic_bits([Topic.FAMILY]), expires=NOON),
    )
    topics = topic_bits([Topic.COORDINATION, Topic.HOUSING, Topic.SAFETY])
    assert found == Lens(CASE, ME, Role.COUNSEL, OUTSIDE, False, topics, HER)


@pytest.mark.parametrize(
    ("at", "active"),
    [
        (NOON - TICK, False),
        (NOON, True),
        (NOON + HOUR - TICK, True),
        (NOON + HOUR, False),
        (NOON + HOUR + TICK, False),
    ],
)
def test_a_seat_is_held_from_its_start_until_just_before_its_end(at: datetime, active: bool) -> None:
    seat = Seat(ME, CASE, Role.SURVIVOR, None, NOON, NOON + HOUR)
    assert seat.active(at) == active
    assert bool(admit(seat, (), holding_agency=HOLDER, survivor=ME, at=at)) == active


def test_a_seat_may_be_open() -> None:
    assert Seat(ME, CASE, Role.SURVIVOR, None, NOON, None).active(NOON + 10**6 * HOUR)


@pytest.mark.parametrize(
    ("at", "active"),
    [(NOON - TICK, False), (NOON, True), (NOON + HOUR - TICK, True), (NOON + HOUR, False)],
)
def test_a_release_is_active_from_its_start_until_just_before_its_end(at: datetime, active: bool) -> None:
    given = release(starts=NOON, expires=NOON + HOUR)
    assert given.active(at) == active
    assert bool(admitted(Role.COUNSEL, OUTSIDE, given, at=at)) == active


@pytest.mark.parametrize(
    ("withdrawn", "active"), [(NOON - TICK, False), (NOON, False), (NOON + TICK, True), (None, True)]
)
def test_a_release_counts_until_the_instant_it_is_withdrawn(withdrawn: datetime | None, active: bool) -> None:
    given = release(withdrawn_at=withdrawn)
    assert given.active(NOON) == active
    assert bool(admitted(Role.COUNSEL, OUTSIDE, given)) == active


@pytest.mark.parametrize("role", Role)
def test_a_row_of_another_case_is_never_seen(role: Role) -> None:
    named = frozenset({ME, HER})
    assert sees(lens(role), row(roles=EVERY_ROLE, named=named))
    assert not sees(lens(role), row(case=OTHER_CASE, roles=EVERY_ROLE, named=named))


# 2. Present


@pytest.mark.parametrize("role", Role)
def test_a_removed_row_is_seen_by_nobody_not_even_its_author(role: Role) -> None:
    own = lens(role).seat
    assert sees(lens(role), row(author=own, roles=EVERY_ROLE))
    assert not sees(lens(role), row(author=own, roles=EVERY_ROLE, removed=True))


# 3. Parents


@pytest.mark.parametrize("hidden", [None, 0, 1, 2])
@pytest.mark.parametrize("way", ["audience", "removed", "release"])
def test_a_row_is_seen_only_below_parents_that_are_seen(hidden: int | None, way: str) -> None:
    family = topic_bits([Topic.COORDINATION, Topic.SAFETY])
    above: Row | None = None
    for level in range(3):
        above = row(
            origin=HOLDER,
            roles=0 if (level, way) == (hidden, "audience") else EVERY_ROLE,
            removed=(level, way) == (hidden, "removed"),
            topic=Topic.FAMILY if (level, way) == (hidden, "release") else Topic.SAFETY,
            parent=above,
        )
    below = row(roles=EVERY_ROLE, named=frozenset({ME}), parent=above)
    assert sees(lens(Role.COUNSEL, OUTSIDE, family), below) == (hidden is None)


def test_its_author_loses_what_hangs_below_a_hidden_parent() -> None:
    assert sees(lens(Role.MENTOR), row(author=ME, parent=row(roles=EVERY_ROLE)))
    assert not sees(lens(Role.MENTOR), row(author=ME, parent=row()))


# 4. Audience

NOT_INTERPRETERS = [role for role in Role if role is not Role.INTERPRETER]


@pytest.mark.parametrize("role", NOT_INTERPRETERS)
def test_author_named_or_role_is_enough_and_nothing_else(role: Role) -> None:
    own = lens(role).seat
    others = EVERY_ROLE & ~role_bits([role])
    assert sees(lens(role), row(author=own))
    assert sees(lens(role), row(named=frozenset({own})))
    assert sees(lens(role), row(roles=role_bits([role])))
    assert not sees(lens(role), row())
    assert not sees(lens(role), row(roles=others))
    assert not sees(lens(role), row(named=frozenset({COLLEAGUE})))
    assert not sees(lens(role), row(author=None))


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("author", "roles", "named", "seen"),
    [
        (COLLEAGUE, [Role.SURVIVOR], [], True),
        (COLLEAGUE, [], [HER], True),
        (COLLEAGUE, [Role.INTERPRETER], [], False),
        (COLLEAGUE, [], [ME], False),
        (COLLEAGUE, [Role.INTERPRETER], [ME], False),
        (None, [Role.INTERPRETER], [ME], False),
        (ME, [], [], False),
        (ME, [Role.INTERPRETER], [ME], False),
        (ME, [Role.SURVIVOR], [], True),
        (HER, [], [], False),
        (HER, [Role.CASE_MANAGER], [COLLEAGUE], False),
        (HER, [Role.INTERPRETER], [], True),
        (HER, [], [ME], True),
        (HER, [Role.SURVIVOR], [], True),
        (HER, [], [HER], True),
    ],
)
def test_an_interpreter_reads_what_is_for_the_survivor_or_what_she_gives_to_be_said(
    author: int | None, roles: list[Role], named: list[int], seen: bool, own: bool
) -> None:
    who = lens(Role.INTERPRETER, HOLDER if own else None, 0)
    assert sees(who, row(author=author, roles=role_bits(roles), named=frozenset(named))) == seen


@pytest.mark.parametrize("role", Role)
def test_a_conference_is_seen_by_whoever_is_invited_whatever_else_holds(role: Role) -> None:
    own = lens(role).seat

    def meeting(*named: int, author: int | None = None) -> Row:
        return row(
            author=author, origin=None, topic=Topic.COORDINATION, named=frozenset(named), invited_only=True
        )

    assert sees(lens(role), meeting(own))
    assert sees(lens(role), meeting(own, HER))
    assert not sees(lens(role), meeting(COLLEAGUE))
    assert not sees(lens(role), meeting(COLLEAGUE, author=own))
    if role is not Role.SURVIVOR:
        assert not sees(lens(role), meeting(HER))


# 5. Release


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("agency", "origin", "topics", "enough"),
    [
        (HOLDER, ELSEWHERE, [], True),
        (HOLDER, None, [], True),
        (OUTSIDE, HOLDER, [], False),
        (OUTSIDE, OUTSIDE, [], True),
        (OUTSIDE, ELSEWHERE, [], False),
        (OUTSIDE, None, [], False),
        (None, None, [], False),
        (None, HOLDER, [], False),
        (OUTSIDE, HOLDER, [Topic.SAFETY], True),
        (OUTSIDE, None, [Topic.SAFETY], True),
        (OUTSIDE, HOLDER, [Topic.COORDINATION, Topic.HOUSING], False),
    ],
)
def test_outside_agencies_need_their_own_row_or_a_release_of_its_topic(
    role: Role, agency: int | None, origin: int | None, topics: list[Topic], enough: bool
) -> None:
    told = row(origin=origin, roles=EVERY_ROLE)
    assert sees(lens(role, agency, topic_bits(topics)), told) == (enough or role in BY_ROLE)


def test_who_wrote_it_or_is_named_needs_the_release_all_the_same() -> None:
    nothing = lens(Role.COUNSEL, OUTSIDE, 0)
    assert not sees(nothing, row(author=ME, origin=None))
    assert not sees(nothing, row(named=frozenset({ME})))
    assert sees(nothing, row(author=ME, origin=OUTSIDE))


def test_a_privileged_row_needs_no_release() -> None:
    told = row(topic=Topic.PRIVILEGED, origin=ELSEWHERE, roles=EVERY_ROLE)
    assert sees(lens(Role.COUNSEL, OUTSIDE, 0), told)
    assert not sees(lens(Role.COUNSEL, OUTSIDE, 0), row(topic=Topic.ADVOCACY, roles=EVERY_ROLE))


# 6. Protected topics

PROTECTED = {
    Topic.PRIVILEGED: {Role.SURVIVOR, Role.COUNSEL, Role.INTERPRETER},
    Topic.ADVOCACY: {
        Role.SURVIVOR,
        Role.CASE_MANAGER,
        Role.ADVOCATE,
        Role.CLINICAL_SUPERVISOR,
        Role.INTERPRETER,
    },
    Topic.SUBSTANCE_USE: set(Role)
    - {Role.INVESTIGATOR, Role.PROSECUTOR, Role.VICTIM_WITNESS, Role.CHILD_PROTECTION},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("topic", Topic)
def test_every_role_at_the_holding_agency_and_every_topic(role: Role, topic: Topic) -> None:
    allowed = role in PROTECTED.get(topic, set(Role))
    assert sees(lens(role), row(topic=topic, roles=EVERY_ROLE)) == allowed
    named = row(topic=topic, roles=role_bits([Role.SURVIVOR]), named=frozenset({ME}))
    said_for = topic in (Topic.PRIVILEGED, Topic.ADVOCACY) and role is Role.INTERPRETER
    assert sees(lens(role), named) == (allowed and not said_for)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("topic", [Topic.PRIVILEGED, Topic.ADVOCACY, Topic.SUBSTANCE_USE])
def test_every_role_of_an_outside_agency_and_every_protected_topic(role: Role, topic: Topic) -> None:
    allowed = PROTECTED[topic]
    if topic is Topic.ADVOCACY:
        allowed = {Role.SURVIVOR, Role.INTERPRETER}
    assert sees(lens(role, OUTSIDE), row(topic=topic, roles=EVERY_ROLE)) == (role in allowed)


@pytest.mark.parametrize("topic", [Topic.PRIVILEGED, Topic.ADVOCACY])
@pytest.mark.parametrize("role", NOT_INTERPRETERS)
def test_who_wrote_a_protected_row_reads_it(role: Role, topic: Topic) -> None:
    own = lens(role).seat
    assert sees(lens(role), row(topic=topic, author=own))
    outside = lens(role, OUTSIDE, 0)
    assert sees(outside, row(topic=topic, author=own, origin=OUTSIDE))
    # Advocacy is on no release: a survivor's and a guardian's role alone need none.
    free = topic is Topic.PRIVILEGED or role in BY_ROLE
    assert sees(outside, row(topic=topic, author=own, origin=None)) == free


def test_law_enforcement_does_not_read_of_substance_use_even_in_its_own_words() -> None:
    for role in (Role.INVESTIGATOR, Role.PROSECUTOR, Role.VICTIM_WITNESS, Role.CHILD_PROTECTION):
        assert not sees(lens(role), row(topic=Topic.SUBSTANCE_USE, author=ME))


# A release itself


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("at", [NOON, NOON + HOUR])
def test_a_release_is_seen_by_those_it_concerns(role: Role, at: datetime) -> None:
    always = role in (Role.SURVIVOR, Role.INTERPRETER)
    assert sees_release(lens(role, HOLDER), release(), at)
    assert sees_release(lens(role, OUTSIDE), release(), at) == (always or at == NOON)
    assert sees_release(lens(role, ELSEWHERE), release(), at) == always
    assert sees_release(lens(role, None), release(), at) == always
    assert not sees_release(lens(role, HOLDER), release(case=OTHER_CASE), at)


# What may be written

LAW, SECOND_LAW = 20, 21


def refusals_of(
    *,
    author: int | None = COLLEAGUE,
    role: Role | None = Role.CASE_MANAGER,
    topic: Topic = Topic.SAFETY,
    roles: list[Role] | None = None,
    named: tuple[int, ...] = (),
) -> list[Refusal]:
    return list(
        policy.row_refusals(
            author=author,
            author_role=role,
            topic=topic,
            audience=role_bits(roles or []),
            named=named,
            counsels={LAW, SECOND_LAW},
            survivor=HER,
        )
    )


@pytest.mark.parametrize(
    ("author", "roles", "named", "refused"),
    [
        (COLLEAGUE, [Role.COUNSEL], (), True),
        (COLLEAGUE, [], (LAW,), True),
        (COLLEAGUE, [Role.COUNSEL, Role.SURVIVOR], (), False),
        (COLLEAGUE, [Role.COUNSEL], (HER,), False),
        (COLLEAGUE, [], (LAW, HER), False),
        (COLLEAGUE, [Role.SURVIVOR], (LAW,), False),
        (COLLEAGUE, [Role.CASE_MANAGER], (COLLEAGUE,), False),
        (HER, [Role.COUNSEL], (), True),
        (LAW, [], (), False),
        (LAW, [], (LAW,), False),
        (LAW, [], (LAW, SECOND_LAW), True),
        (LAW, [], (LAW, COLLEAGUE), True),
        (LAW, [Role.COUNSEL], (), True),
        (LAW, [Role.CASE_MANAGER], (LAW,), True),
        (LAW, [Role.CASE_MANAGER], (), False),
        (None, [], (LAW,), True),
    ],
)
def test_an_attorney_cannot_keep_a_row_from_her_client(
    author: int | None, roles: list[Role], named: tuple[int, ...], refused: bool
) -> None:
    why = refusals_of(author=author, role=Role.COUNSEL, roles=roles, named=named)
    assert why == ([Refusal.COUNSEL_WITHOUT_CLIENT] if refused else [])


@pytest.mark.parametrize("role", [*Role, None])
def test_who_may_write_of_protected_topics(role: Role | None) -> None:
    assert (refusals_of(role=role, topic=Topic.PRIVILEGED) == []) == (role in (Role.SURVIVOR, Role.COUNSEL))
    advocacy = (Role.SURVIVOR, Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR)
    assert (refusals_of(role=role, topic=Topic.ADVOCACY) == []) == (role in advocacy)
    assert refusals_of(role=role, topic=Topic.SUBSTANCE_USE) == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", ["law_enforcement", "prosecution", "legal_services", None])
@pytest.mark.parametrize("holding", [True, False])
def test_whose_side_a_seat_is_on(role: Role, kind: str | None, holding: bool) -> None:
    def why(audience: int, topic: Topic = Topic.COORDINATION) -> list[Refusal]:
        return list(
            policy.seat_refusals(
                role=role, topic=topic, audience=audience, at_holding_agency=holding, agency_kind=kind
            )
        )

    expected = []
    if holding and role in (Role.INVESTIGATOR, Role.PROSECUTOR):
        expected.append(Refusal.LAW_ENFORCEMENT_AT_HOLDING_AGENCY)
    if role is Role.COUNSEL and (holding or kind in ("law_enforcement", "prosecution")):
        expected.append(Refusal.COUNSEL_AT_THAT_AGENCY)
    assert why(role_bits([Role.SURVIVOR])) == expected
    hidden = EVERY_ROLE & ~role_bits([Role.SURVIVOR])
    assert why(hidden) == [Refusal.SEAT_HIDDEN_FROM_SURVIVOR, *expected]
    kept = ("investigator", "prosecutor", "victim_witness", "child_protection")
    unseen = [Refusal.SEAT_HIDDEN_FROM_ITS_HOLDER] if role in kept else []
    assert why(EVERY_ROLE, Topic.SUBSTANCE_USE) == [*expected, *unseen]


@pytest.mark.parametrize(
    ("holding", "expires", "topics", "why"),
    [
        (False, NOON + TICK, [Topic.COORDINATION], []),
        (True, NOON + TICK, [Topic.COORDINATION], [Refusal.RELEASE_TO_HOLDING_AGENCY]),
        (False, NOON, [Topic.COORDINATION], [Refusal.RELEASE_ENDS_BEFORE_IT_STARTS]),
        (False, NOON - TICK, [Topic.COORDINATION], [Refusal.RELEASE_ENDS_BEFORE_IT_STARTS]),
        (False, NOON + TICK, [Topic.PRIVILEGED], [Refusal.RELEASE_OF_PROTECTED_TOPIC]),
        (False, NOON + TICK, [Topic.SAFETY, Topic.ADVOCACY], [Refusal.RELEASE_OF_PROTECTED_TOPIC]),
        (False, NOON + TICK, [Topic.SUBSTANCE_USE], []),
    ],
)
def test_what_is_refused_of_a_release(
    holding: bool, expires: datetime, topics: list[Topic], why: list[Refusal]
) -> None:
    found = policy.release_refusals(
        topics=topic_bits(topics), at_holding_agency=holding, starts=NOON, expires=expires
    )
    assert list(found) == why


@pytest.mark.parametrize(
    ("role", "agency", "topic", "readable"),
    [
        (Role.CASE_MANAGER, HOLDER, Topic.HOUSING, True),
        (Role.SHELTER, OUTSIDE, Topic.HOUSING, True),
        (Role.SHELTER, OUTSIDE, Topic.MEDICAL, False),
        (Role.SHELTER, ELSEWHERE, Topic.HOUSING, False),
        (Role.MENTOR, None, Topic.HOUSING, False),
        (Role.SURVIVOR, None, Topic.MEDICAL, True),
        (Role.INVESTIGATOR, OUTSIDE, Topic.SUBSTANCE_USE, False),
        (Role.SHELTER, OUTSIDE, Topic.PRIVILEGED, False),
        (Role.COUNSEL, ELSEWHERE, Topic.PRIVILEGED, True),
        (Role.MEDICAL, HOLDER, Topic.ADVOCACY, False),
    ],
)
def test_an_action_cannot_be_given_to_whom_the_rule_would_keep_from_reading_it(
    role: Role, agency: int | None, topic: Topic, readable: bool
) -> None:
    me = HER if role is Role.SURVIVOR else ME
    found = policy.owner_refusals(
        Seat(me, CASE, role, agency, NOON - HOUR, None),
        row(topic=topic, named=frozenset({me})),
        [release(topic_bits([Topic.COORDINATION, Topic.HOUSING, Topic.SUBSTANCE_USE]))],
        holding_agency=HOLDER,
        survivor=HER,
    )
    assert list(found) == ([] if readable else [Refusal.OWNER_COULD_NOT_READ])


# Who opens and closes doors


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("agency", [HOLDER, OUTSIDE, None])
def test_who_opens_and_closes_doors(role: Role, agency: int | None) -> None:
    who, here = lens(role, agency), agency == HOLDER
    records = here and role in (Role.CASE_MANAGER, Role.ADVOCATE)
    assert policy.may_record_release(who) == records
    assert policy.may_withdraw_release(who) == (records or role is Role.SURVIVOR)
    assert policy.may_give_seats(who) == (here and role is Role.CASE_MANAGER)
    assert policy.may_write_notes(who) == (role is not Role.INTERPRETER)


@pytest.mark.parametrize("role", Role)
def test_topics_offered_to_a_writer_are_those_they_may_write_and_read(role: Role) -> None:
    offered = policy.topics_open_to(lens(role, OUTSIDE, topic_bits([Topic.COORDINATION])))
    assert (Topic.PRIVILEGED in offered) == (role in (Role.SURVIVOR, Role.COUNSEL))
    writers = (Role.SURVIVOR, Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR)
    assert (Topic.ADVOCACY in offered) == (role in writers)
    assert (Topic.SUBSTANCE_USE in offered) == (role in PROTECTED[Topic.SUBSTANCE_USE])
    assert {Topic.COORDINATION, Topic.HOUSING} <= set(offered)


def test_bits_go_there_and_back() -> None:
    assert policy.roles_of(role_bits(["mentor", "survivor"])) == (Role.SURVIVOR, Role.MENTOR)
    assert policy.topics_of(topic_bits(["privileged", "safety"])) == (Topic.SAFETY, Topic.PRIVILEGED)
    assert policy.roles_of(EVERY_ROLE) == tuple(Role)
    for wrong in (role_bits, topic_bits):
        with pytest.raises(ValueError, match="nobody"):
            wrong(["nobody"])


@pytest.mark.parametrize("role", Role)
def test_she_owes_nothing_and_is_told_plainly_as_is_whoever_says_it_to_her(role: Role) -> None:
    assert policy.owes_nothing(role) == (role is Role.SURVIVOR)
    assert policy.is_told_plainly(lens(role)) == (role in (Role.SURVIVOR, Role.INTERPRETER))


@pytest.mark.parametrize("role", Role)
def test_readers_stand_chosen_only_where_no_other_agency_is_among_them(role: Role) -> None:
    inside = {"survivor", "guardian", "interpreter", "case_manager", "advocate", "clinical_supervisor"}
    audience = policy.ROLE_BIT[role]
    assert policy.may_be_chosen_before(lens(Role.CASE_MANAGER), audience) == (role in inside)
    assert not policy.may_be_chosen_before(lens(Role.CASE_MANAGER, agency=OUTSIDE), audience)
    assert policy.may_be_chosen_again(audience)
    assert not policy.may_be_chosen_again(policy.EVERY_ROLE)


@pytest.mark.parametrize("role", Role)
def test_a_plan_is_reviewed_by_a_supervisor_of_the_holding_agency_and_all_who_carry_the_case_read_it(
    role: Role,
) -> None:
    carrying = [Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR]
    few, supervises = role_bits(carrying), role is Role.CLINICAL_SUPERVISOR
    others, nobody = [] if supervises else [Refusal.REVIEW_BY_OTHERS], [Refusal.REVIEW_BY_OTHERS]
    assert policy.may_review_plan(lens(role)) == supervises
    assert list(policy.plan_review_refusals(lens(role), few)) == others
    assert list(policy.plan_review_refusals(lens(role, OUTSIDE), few)) == nobody
    assert list(policy.plan_review_refusals(None, EVERY_ROLE)) == nobody
    narrow = [Refusal.REVIEW_WITHOUT_WHO_CARRIES] if role in carrying else []
    without = EVERY_ROLE & ~policy.ROLE_BIT[role]
    assert list(policy.plan_review_refusals(lens(Role.CLINICAL_SUPERVISOR), without)) == narrow
    assert policy.is_told_when_reviews_are_due(lens(role)) == (role in carrying)
    assert not policy.is_told_when_reviews_are_due(lens(role, OUTSIDE))
