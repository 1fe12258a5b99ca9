"""The oracle against the policy page, sentence by sentence, and the casts against what a case file must be."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from tests import casting, oracle
from tests.casting import ROLES, TOPICS, Raw, conference_of, planted, random_situation
from tests.oracle import CaseFacts, CaseFile, Oracle, ReleaseFacts, RowFacts, SeatFacts, allowed, instant

CASEFILES = Path(__file__).parent.parent / "agendas" / "casefile"
NOON = datetime(2026, 5, 1, 12, tzinfo=ZoneInfo("UTC"))
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def load(name: str) -> CaseFile:
    loaded: CaseFile = json.loads((CASEFILES / name).read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def harbor() -> Oracle:
    return Oracle(load("harbor.json"))


@pytest.fixture(scope="module")
def meeting() -> datetime:
    return instant(load("harbor.json")["anchor"])


# The rule, on one small case


AGENCIES: dict[str, str | None] = dict.fromkeys(ROLES, "outside") | {
    "survivor": None,
    "guardian": None,
    "interpreter": None,
}


def table(**holders: str) -> CaseFacts:
    """A case held by `holder` with a seat for each role, all outside but those told; everything released."""
    homes = AGENCIES | holders
    seats = {role: SeatFacts(role, role, role, homes[role], NOON - HOUR) for role in ROLES}
    everything = ReleaseFacts("outside", frozenset(casting.LISTABLE), NOON - HOUR, NOON + HOUR)
    return CaseFacts("case", "holder", seats, (everything,))


def releasing(case: CaseFacts, *topics: str) -> CaseFacts:
    return replace(case, releases=(replace(case.releases[0], topics=frozenset(topics)),))


def row(topic: str = "safety", *audience: str, **more: Any) -> RowFacts:
    return RowFacts("case", topic, audience=frozenset(audience), **more)


def readers(case: CaseFacts, what: RowFacts, at: datetime = NOON) -> set[str]:
    return {key for key in case.seats if allowed(case, key, what, at)}


def test_a_row_for_everyone_is_seen_by_everyone_who_is_admitted() -> None:
    assert readers(table(), row("safety", *ROLES)) == set(ROLES)


def test_from_is_inclusive_and_until_exclusive() -> None:
    case = table()
    seat = replace(case.seats["survivor"], starts=NOON, until=NOON + HOUR)
    case = replace(case, seats={**case.seats, "survivor": seat})
    seen = [allowed(case, "survivor", row("safety", "survivor"), at) for at in around(NOON, NOON + HOUR)]
    assert seen == [False, True, True, True, False, False]


def test_a_release_counts_from_its_start_and_not_at_its_end() -> None:
    case = table()
    case = replace(case, releases=(replace(case.releases[0], starts=NOON, expires=NOON + HOUR),))
    seen = [allowed(case, "shelter", row("safety", "shelter"), at) for at in around(NOON, NOON + HOUR)]
    assert seen == [False, True, True, True, False, False]


def test_a_release_is_gone_from_the_instant_it_is_withdrawn() -> None:
    case = table()
    case = replace(case, releases=(replace(case.releases[0], withdrawn_at=NOON),))
    seen = [allowed(case, "shelter", row("safety", "shelter"), at) for at in (NOON - TICK, NOON, NOON + TICK)]
    assert seen == [True, False, False]


def around(*borders: datetime) -> list[datetime]:
    return [border + step for border in borders for step in (-TICK, 0 * TICK, TICK)]


def test_without_a_release_of_coordination_an_outside_agency_does_not_sit_at_the_table() -> None:
    case = releasing(table(advocate="holder"), "safety")
    assert readers(case, row("safety", *ROLES)) == {"survivor", "guardian", "interpreter", "advocate"}
    own = row("safety", *ROLES, author="shelter", origin="outside", named=frozenset({"shelter"}))
    assert "shelter" not in readers(case, own)


def test_a_seat_of_no_agency_is_admitted_by_role_alone() -> None:
    case = table()
    case = replace(case, seats={**case.seats, "mentor": replace(case.seats["mentor"], agency=None)})
    assert "mentor" not in readers(case, row("safety", *ROLES))


def test_a_row_of_another_case_is_never_seen() -> None:
    assert readers(table(), replace(row("safety", *ROLES), case="another")) == set()


def test_a_removed_row_is_seen_by_nobody_and_hides_what_is_below_it() -> None:
    gone = row("safety", *ROLES, removed=True, author="survivor")
    assert readers(table(), gone) == readers(table(), row("safety", *ROLES, parent=gone)) == set()


def test_a_parent_hides_whatever_hangs_below_it_at_any_depth() -> None:
    top = row("safety", "survivor", "shelter")
    middle = row("safety", "survivor", "shelter", "medical", parent=top)
    assert readers(table(), row("safety", *ROLES, parent=middle)) == {"survivor", "shelter", "interpreter"}


def test_author_named_and_audience_each_suffice() -> None:
    what = row("safety", "medical", author="shelter", named=frozenset({"mentor"}))
    assert readers(table(), what) == {"medical", "shelter", "mentor"}


@pytest.mark.parametrize(
    ("what", "heard"),
    [
        (row("safety", "survivor"), True),
        (row("safety", named=frozenset({"survivor"})), True),
        (row("safety", "interpreter"), False),
        (row("safety", named=frozenset({"interpreter"})), False),
        (row("safety", author="interpreter"), False),
        (row("safety", author="survivor"), False),
        (row("safety", "case_manager", author="survivor"), False),
        (row("safety", "interpreter", author="survivor"), True),
        (row("safety", author="survivor", named=frozenset({"interpreter"})), True),
        (row("coordination", conference=True, named=frozenset({"survivor"})), False),
        (row("coordination", conference=True, named=frozenset({"survivor", "interpreter"})), True),
    ],
)
def test_an_interpreter_reads_only_what_the_survivor_reads(what: RowFacts, heard: bool) -> None:
    case = table()
    assert allowed(case, "interpreter", what, NOON) is heard
    assert not heard or allowed(case, "survivor", what, NOON)


def test_a_conference_is_for_those_invited_alone() -> None:
    invited = frozenset({"survivor", "shelter"})
    assert readers(table(), row("coordination", *ROLES, conference=True, named=invited)) == invited


def test_a_topic_not_released_is_seen_only_by_the_exempt_the_holder_and_the_origin() -> None:
    case = releasing(table(case_manager="holder", medical="clinic"), "coordination")
    case = replace(case, releases=(*case.releases, replace(case.releases[0], agency="clinic")))
    exempt = {"survivor", "guardian", "interpreter", "case_manager"}
    assert readers(case, row("housing", *ROLES)) == exempt
    assert readers(case, row("housing", *ROLES, origin="clinic", author="medical")) == exempt | {"medical"}


def test_privileged_is_for_the_author_the_survivor_her_attorney_and_a_named_interpreting() -> None:
    case = releasing(table(case_manager="holder"), "coordination")
    assert readers(case, row("privileged", *ROLES)) == {"survivor", "counsel", "interpreter"}
    assert readers(case, row("privileged", "survivor", "counsel")) == {"survivor", "counsel"}
    assert readers(case, row("privileged", author="shelter")) == {"shelter"}


def test_advocacy_is_for_the_author_the_survivor_and_the_advocates_of_the_holder() -> None:
    case = table(case_manager="holder", clinical_supervisor="holder", medical="holder")
    inside = {"survivor", "case_manager", "clinical_supervisor", "interpreter"}
    assert readers(case, row("advocacy", *ROLES)) == inside
    assert readers(case, row("advocacy", "survivor", "case_manager", "advocate")) == {
        "survivor",
        "case_manager",
    }
    own = row("advocacy", "survivor", author="advocate", origin="outside")
    assert readers(case, own) == {"survivor", "advocate"}


def test_substance_use_never_reaches_the_justice_system_not_even_its_author() -> None:
    never = {"investigator", "prosecutor", "victim_witness", "child_protection"}
    assert readers(table(), row("substance_use", *ROLES)) == set(ROLES) - never
    assert readers(table(), row("substance_use", author="investigator", origin="outside")) == set()


def test_who_sees_a_release() -> None:
    case = table(case_manager="holder")
    later = replace(case.releases[0], starts=NOON + TICK)
    other = replace(case.releases[0], agency="other")
    always = {"survivor", "interpreter", "case_manager"}

    def watchers(release: ReleaseFacts) -> set[str]:
        return {key for key in case.seats if oracle.release_allowed(case, key, release, NOON)}

    assert watchers(case.releases[0]) == set(ROLES) - {"guardian"}
    assert watchers(later) == watchers(other) == always


# The example, as the page and its own story tell it


def words_in(text: str, found: set[str]) -> bool:
    return any(text in word for word in found)


def test_the_nurse_is_a_plain_stranger_until_her_release_is_renewed(meeting: datetime) -> None:
    file = load("harbor.json")
    stranger = {"Imani Cole", "Community Health Center"}
    assert Oracle(file).words("imani", meeting) == stranger
    renewed = file["cases"][0]["releases"][-1]
    renewed["expires"] = file["cases"][0]["releases"][0]["expires"]
    assert {"Juniper", "No dentist found yet", "Marisol"} <= Oracle(file).words("imani", meeting)


def test_the_detective_sits_on_one_case_and_is_a_stranger_to_the_second(
    harbor: Oracle, meeting: datetime
) -> None:
    assert harbor.seats_of("ruth", meeting) == [("juniper", "det"), ("cedar", "det")]
    assert harbor.admitted("juniper", "det", meeting)
    assert not harbor.admitted("cedar", "det", meeting)
    assert "Cedar" not in harbor.words("ruth", meeting)
    assert "Cedar" in harbor.words("ruth", instant("2026-11-12T08:59:59-05:00"))


def test_the_first_case_manager_is_a_stranger_since_june(harbor: Oracle, meeting: datetime) -> None:
    assert "Juniper" not in harbor.words("kofi", meeting)
    assert {"Cedar", "Anh"} <= harbor.words("kofi", meeting)
    assert harbor.seats_of("kofi", instant("2026-06-01T08:59:59-04:00")) == [("juniper", "old-cm")]


def test_the_three_windows_of_the_demonstration(harbor: Oracle, meeting: datetime) -> None:
    room = "/cases/0/conferences/1/agenda"
    looks = {
        f"{room}/2/notes/0": {"m", "cm", "sup", "shelter", "interp"},
        f"{room}/2/notes/1": {"m", "cm", "det", "law", "interp"},
        f"{room}/5/notes/0": {"m", "law", "interp"},
        f"{room}/6": {"cm", "sup", "ther"},
        f"{room}/6/notes/1": {"sup", "ther"},
        f"{room}/7/notes/2": {"det", "pros", "vw"},
        f"{room}/8": {"m", "cm", "sup", "interp"},
        "/cases/0/conferences/0": {"m", "cm", "sup", "ther", "shelter", "interp", "law"},
        "/cases/0/plan/goals/0": {"m", "cm", "sup", "shelter", "interp"},
        "/cases/0/actions/2": {"m", "cm", "det", "vw", "pros", "interp"},
    }
    seats = harbor.case("juniper").seats
    for row_id, expected in looks.items():
        assert {key for key in seats if harbor.sees("juniper", key, row_id, meeting)} == expected, row_id


def test_a_name_shows_only_through_a_visible_seat(harbor: Oracle, meeting: datetime) -> None:
    detective = harbor.words("ruth", meeting)
    assert not detective & {"Joan Tully", "Maple House", "Samuel Park", "Riverbend Counseling", "Imani Cole"}
    assert {"Dana Whitfield", "Harborlight Survivor Services", "Kofi Mensah", "Marisol"} <= detective
    assert not words_in("Juniper", harbor.words("linh", meeting))


def test_the_release_form_names_every_agency_to_those_who_record_releases(
    harbor: Oracle, meeting: datetime
) -> None:
    agencies = {agency["name"] for agency in load("harbor.json")["agencies"]}
    assert agencies <= harbor.words("dana", meeting)
    assert not agencies <= harbor.words("samuel", meeting)


def test_nobody_reads_an_address_or_another_case(harbor: Oracle, meeting: datetime) -> None:
    everything = set().union(
        *(harbor.words(person, meeting) for person in ("marisol", "dana", "elena", "tomas"))
    )
    assert not words_in("@", everything)
    assert "Cedar" not in harbor.words("marisol", meeting)
    assert everything <= harbor.all_words()


def test_an_owner_reads_the_action_and_a_holder_reads_their_own_seat(
    harbor: Oracle, meeting: datetime
) -> None:
    assert harbor.sees("juniper", "ther", "/cases/0/actions/4", meeting)
    for number, key in enumerate(harbor.case("juniper").seats):
        seen = harbor.sees("juniper", key, f"/cases/0/seats/{number}", meeting)
        assert seen is harbor.admitted("juniper", key, meeting)


def test_removed_rows_and_parents_of_a_test_s_own(meeting: datetime) -> None:
    room, goal, action = "/cases/0/conferences/1", "/cases/0/plan/goals/0", "/cases/0/actions/0"
    changed = Oracle(load("harbor.json"), removed=[room, goal], parents={action: goal})
    for row_id in (room, goal, action, f"{room}/agenda/0", f"{room}/agenda/0/notes/0"):
        assert not changed.sees("juniper", "m", row_id, meeting)
    assert changed.sees("juniper", "m", "/cases/0/actions/1", meeting)
    with pytest.raises(ValueError, match="has a parent already"):
        Oracle(load("harbor.json"), parents={f"{room}/agenda/0": goal})


# The casts


CASTS = [planted(), planted(1), conference_of(), conference_of(1, 1, 1), conference_of(2, 3, 7)]


@pytest.mark.parametrize("file", CASTS)
def test_a_cast_fits_the_schema(file: CaseFile) -> None:
    jsonschema.Draft202012Validator(load("schema.json")).validate(file)


@pytest.mark.parametrize("file", [*CASTS, load("harbor.json")])
def test_a_cast_keeps_what_may_be_written_and_the_meaning_that_is_checked(file: CaseFile) -> None:
    assert list(faults(file)) == []


def test_the_cast_is_the_same_for_the_same_seed() -> None:
    assert planted(5) == planted(5) != planted(6)
    assert conference_of(3, 2, 5) == conference_of(3, 2, 5)


@pytest.mark.parametrize("file", CASTS)
def test_every_text_is_one_word_and_no_word_stands_twice(file: CaseFile) -> None:
    planted_words = re.findall(r"w[a-z0-9]{15}", json.dumps(file))
    assert len(planted_words) == len(set(planted_words))
    assert set(planted_words) == Oracle(file).all_words()


def test_the_cast_has_everybody_and_everything() -> None:
    file = planted()
    seats = [seat for case in file["cases"] for seat in case["seats"]]
    notes = [note for item in items(file) for note in item["notes"]]
    assert {seat["role"] for seat in file["cases"][0]["seats"]} == set(ROLES)
    assert len({seat["agency"] for seat in seats} - {None}) >= 8
    assert {note["topic"] for note in notes} == set(TOPICS)
    assert {topic for case in file["cases"] for r in case["releases"] for topic in r["topics"]} == {
        *TOPICS[:14]
    }
    assert {item["status"] for item in items(file)} == {"proposed", "planned", "current", "done", "parked"}
    assert len({item["kind"] for item in items(file)}) == 11
    assert {conference["status"] for c in file["cases"] for conference in c["conferences"]} == {
        "planned",
        "open",
        "closed",
    }


def test_every_planted_word_but_addresses_and_the_task_force_is_for_somebody_and_none_but_the_common_for_all() -> (
    None
):
    file = planted()
    law, at = Oracle(file), instant(file["anchor"])
    each = {person["key"]: law.words(person["key"], at) for person in file["people"]}
    addresses = {person["email"].partition("@")[0] for person in file["people"] if person["email"]}
    assert law.all_words() - set().union(*each.values()) == addresses | {file["task_force"]["name"]}
    strangers = {"p-nurse", "p-aid", "p-volunteer", "p-later", "p-old-cm", "p-nowhere", "p-no-agency"}
    assert {key for key, found in each.items() if len(found) <= 2} == strangers


def test_a_conference_of_a_hundred() -> None:
    file = conference_of()
    (case,) = file["cases"]
    (conference,) = case["conferences"]
    assert len({seat["person"] for seat in case["seats"]}) == len(conference["participants"]) == 100
    assert len({seat["role"] for seat in case["seats"]}) == 12
    assert len(conference["agenda"]) == 60
    assert sum(len(item["notes"]) for item in conference["agenda"]) == 600


def items(file: CaseFile) -> list[Raw]:
    return [item for case in file["cases"] for meeting in case["conferences"] for item in meeting["agenda"]]


def faults(file: CaseFile) -> Iterator[str]:
    """What the page forbids, looked for in a file by hand."""
    law, at = Oracle(file), instant(file["anchor"])
    kinds = {agency["key"]: agency["kind"] for agency in file["agencies"]}
    for case in file["cases"]:
        facts = law.case(case["key"])
        yield from faults_of_seats(case, facts, kinds)
        yield from faults_of_doors(case, facts)
        for row_id in law.rows(case["key"]):
            yield from faults_of_row(row_id, law.row(row_id), facts)
        for number, action in enumerate(case["actions"]):
            pointer = f"/cases/{file['cases'].index(case)}/actions/{number}"
            if not law.sees(case["key"], action["owner"], pointer, at):
                yield f"{pointer}: its owner could not read it"


def faults_of_seats(case: Raw, facts: CaseFacts, kinds: dict[str, str]) -> Iterator[str]:
    if [seat.role for seat in facts.seats.values()].count("survivor") != 1 or len(facts.seats) != len(
        case["seats"]
    ):
        yield "survivor or keys"
    if sum(seat.get("primary", False) for seat in case["seats"] if seat["role"] == "case_manager") > 1:
        yield "primaries"
    for raw, seat in zip(case["seats"], facts.seats.values(), strict=True):
        kind = kinds.get(seat.agency or "")
        if seat.role in {"investigator", "prosecutor", "counsel"} and seat.agency == facts.holding:
            yield f"{seat.key} at the holder"
        if seat.role == "counsel" and kind in {"law_enforcement", "prosecution"}:
            yield f"{seat.key} at law enforcement"
        if "survivor" not in raw["audience"] or (raw.get("primary") and seat.role != "case_manager"):
            yield f"{seat.key} hidden from her, or wrongly primary"
    for person in {seat.person for seat in facts.seats.values()}:
        spans = sorted((s.starts, s.until) for s in facts.seats.values() if s.person == person)
        if any(until is None or until > starts for (_, until), (starts, _) in pairwise(spans)):
            yield f"{person} sits twice at once"


def faults_of_doors(case: Raw, facts: CaseFacts) -> Iterator[str]:
    for release in facts.releases:
        if release.agency == facts.holding or release.starts >= release.expires:
            yield f"release to {release.agency}"
    for meeting in case["conferences"]:
        if meeting["facilitator"] not in meeting["participants"]:
            yield f"{meeting['key']}: facilitator"
        if facts.survivor.key not in meeting["participants"]:
            yield f"{meeting['key']}: without her"
    keys = [item["key"] for meeting in case["conferences"] for item in meeting["agenda"]]
    goals = [goal["key"] for goal in case["plan"]["goals"]]
    links = [action for action in case["actions"] if action["goal"] not in {*goals, None}]
    links += [action for action in case["actions"] if action["from_item"] not in {*keys, None}]
    if links or len(keys) != len(set(keys)) or len(goals) != len(set(goals)):
        yield "keys of items or goals"
    if seats_spoken_of(case) - set(facts.seats) - {None}:
        yield "seats of nobody"


def seats_spoken_of(case: Raw) -> set[str | None]:
    agenda = [item for meeting in case["conferences"] for item in meeting["agenda"]]
    spoken: set[str | None] = {item["presenter"] for item in agenda}
    spoken |= {action["owner"] for action in case["actions"]}
    for duty in case["responsibilities"]:
        spoken |= {duty["accountable"], *duty["doing"]}
    for question in case["role_questions"]:
        spoken |= {question["about"], question["answered_by"]}
    return spoken


def faults_of_row(row_id: str, what: RowFacts, facts: CaseFacts) -> Iterator[str]:
    if (what.named | {what.author}) - set(facts.seats) - {None}:
        yield f"{row_id}: seats of nobody"
        return
    role = None if what.author is None else facts.seats[what.author].role
    attorneys = {key for key in what.named if facts.seats[key].role == "counsel"}
    to_counsel = "counsel" in what.audience or attorneys
    own = role == "counsel" and what.named == {what.author} and not what.audience
    if to_counsel and not own and "survivor" not in what.audience and facts.survivor.key not in what.named:
        yield f"{row_id}: an attorney without her client"
    if what.topic == "privileged" and role not in {"survivor", "counsel"}:
        yield f"{row_id}: privileged by {role}"
    if what.topic == "advocacy" and role not in {
        "survivor",
        "case_manager",
        "advocate",
        "clinical_supervisor",
    }:
        yield f"{row_id}: advocacy by {role}"


# The random situations are sharp: whatever one gets wrong in the rule, some of them shows it


Rule = Callable[..., bool]


def wrong_until(seat: SeatFacts, at: datetime) -> bool:
    return seat.starts <= at and (seat.until is None or at <= seat.until)


def wrong_from(seat: SeatFacts, at: datetime) -> bool:
    return seat.starts < at and (seat.until is None or at < seat.until)


def wrong_release(**errors: bool) -> Rule:
    def in_force(release: ReleaseFacts, at: datetime) -> bool:
        if errors.get("start") and at == release.starts:
            return False
        if errors.get("end") and at == release.expires:
            return True
        late = release.withdrawn_at == at if errors.get("withdrawn") else False
        gone = release.withdrawn_at is not None and release.withdrawn_at <= at and not late
        return release.starts <= at < release.expires and not gone

    return in_force


def interpreter_like_everybody(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    if what.conference:
        return seat.key in what.named
    return seat.key == what.author or seat.key in what.named or seat.role in what.audience


def conference_like_everything(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    return RIGHT_AUDIENCE(case, seat, replace(what, conference=False))


def privileged_needs_a_release(case: CaseFacts, seat: SeatFacts, what: RowFacts, at: datetime) -> bool:
    return RIGHT_RELEASE(case, seat, replace(what, topic="safety"), at)


def outside_advocates_count(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    outside = what.topic == "advocacy" and seat.role in oracle.ADVOCACY_ROLES
    return outside or RIGHT_PROTECTED(case, seat, what)


def interpreters_hear_everything(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    return seat.role == "interpreter" or RIGHT_PROTECTED(case, seat, what)


def authors_may_always(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    return seat.key == what.author or RIGHT_PROTECTED(case, seat, what)


def authors_never(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
    return RIGHT_PROTECTED(case, seat, replace(what, author=None))


def only_roles(*roles: str) -> Rule:
    def protected(case: CaseFacts, seat: SeatFacts, what: RowFacts) -> bool:
        return (what.topic == "substance_use" and seat.role in roles) or RIGHT_PROTECTED(case, seat, what)

    return protected


RIGHT_AUDIENCE: Rule = oracle._rule_4_audience
RIGHT_RELEASE: Rule = oracle._rule_5_release
RIGHT_PROTECTED: Rule = oracle._rule_6_protected

WRONG: list[tuple[str, object]] = [
    ("is_active", wrong_until),
    ("is_active", wrong_from),
    ("in_force", wrong_release(start=True)),
    ("in_force", wrong_release(end=True)),
    ("in_force", wrong_release(withdrawn=True)),
    ("ALWAYS_ADMITTED", frozenset({"survivor", "interpreter"})),
    ("ALWAYS_ADMITTED", frozenset({"survivor", "guardian"})),
    ("_rule_4_audience", interpreter_like_everybody),
    ("_rule_4_audience", conference_like_everything),
    ("_rule_5_release", privileged_needs_a_release),
    ("_rule_6_protected", outside_advocates_count),
    ("_rule_6_protected", interpreters_hear_everything),
    ("_rule_6_protected", authors_may_always),
    ("_rule_6_protected", authors_never),
    *(("_rule_6_protected", only_roles(role)) for role in sorted(oracle.SUBSTANCE_USE_NEVER)),
    *(("ADVOCACY_ROLES", oracle.ADVOCACY_ROLES - {role}) for role in sorted(oracle.ADVOCACY_ROLES)),
]

Situation = tuple[CaseFacts, str, RowFacts, datetime]


@pytest.fixture(scope="module")
def situations() -> list[tuple[Situation, bool]]:
    rng = random.Random(2026)
    moments = [random_situation(rng) for _ in range(12_000)]
    return [(moment, allowed(*moment)) for moment in moments]


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_rule_is_noticed(
    name: str,
    wrong: object,
    situations: list[tuple[Situation, bool]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oracle, name, wrong)
    assert any(allowed(*moment) is not right for moment, right in situations)


def test_random_situations_see_and_miss_and_stand_on_borders(
    situations: list[tuple[Situation, bool]],
) -> None:
    seen = Counter(right for _, right in situations)
    assert seen[True] > len(situations) // 8
    roles = {case.seats[key].role for (case, key, _, _), right in situations if right}
    topics = {what.topic for (_, _, what, _), right in situations if right}
    depths = {depth(what) for (_, _, what, _), right in situations if right}
    assert (roles, topics, depths) == (set(ROLES), set(TOPICS), {0, 1, 2, 3})
    assert sum(at in casting.CLOCK for (_, _, _, at), _ in situations) > len(situations) // 2


def depth(what: RowFacts) -> int:
    return 0 if what.parent is None else 1 + depth(what.parent)


def test_no_agency_never_equals_no_agency() -> None:
    """A seat of no agency that is not exempt fails rule 1 already, so that only rule 5 itself can be asked."""
    case = table()
    seat = replace(case.seats["mentor"], agency=None)
    assert not RIGHT_RELEASE(case, seat, row("safety", "mentor"), NOON)
