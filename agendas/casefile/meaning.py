"""What a schema cannot say: the policy's refusals, and what a task force's life allows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from agendas.casefile.facts import Facts
from agendas.casefile.faults import Fault, Path
from agendas.casefile.rows import Entry, listed, named_in
from workspace.disclosure import policy
from workspace.disclosure.policy import Refusal, Role, Topic
from workspace.disclosure.refusals import SENTENCES

# The part of an entry that a refusal speaks of.
PLACES = {
    Refusal.COUNSEL_WITHOUT_CLIENT: "audience",
    Refusal.SEAT_HIDDEN_FROM_SURVIVOR: "audience",
    Refusal.CONFERENCE_WITHOUT_SURVIVOR: "participants",
    Refusal.LAW_ENFORCEMENT_AT_HOLDING_AGENCY: "role",
    Refusal.COUNSEL_AT_THAT_AGENCY: "role",
    Refusal.SEAT_HIDDEN_FROM_ITS_HOLDER: "topic",
    Refusal.PRIVILEGED_BY_OTHERS: "topic",
    Refusal.ADVOCACY_BY_OTHERS: "topic",
    Refusal.OWNER_COULD_NOT_READ: "owner",
    Refusal.REVIEW_BY_OTHERS: "author",
    Refusal.REVIEW_WITHOUT_WHO_CARRIES: "audience",
    Refusal.RELEASE_TO_HOLDING_AGENCY: "agency",
    Refusal.RELEASE_ENDS_BEFORE_IT_STARTS: "expires",
    Refusal.RELEASE_OF_PROTECTED_TOPIC: "topics",
}

ENDED = "has a seat that has ended by the file's anchor"
# Found beside the zones of IANA: this machine's own, and the one that stands for none.
NO_ZONES = ("localtime", "Factory")


def file_faults(document: Any) -> Iterator[Fault]:
    """What is wrong outside the cases."""
    task_force = document.get("task_force") if isinstance(document, dict) else None
    zone = task_force.get("time_zone") if isinstance(task_force, dict) else None
    if isinstance(zone, str) and zone not in _zones():
        yield Fault(("task_force", "time_zone"), 'is no time zone; one is called "America/New_York".')
    seen: set[str] = set()
    for person in listed(document, (), "people"):
        email = person.value.get("email")
        if isinstance(email, str):
            if email.casefold() in seen:
                yield Fault(
                    person.at("email"), "belongs to somebody before; two people cannot share an address."
                )
            seen.add(email.casefold())


@cache
def _zones() -> frozenset[str]:
    """IANA's zones that this machine knows. Finding them reads hundreds of files, so it is done once."""
    return frozenset(available_timezones().difference(NO_ZONES))


def case_faults(facts: Facts) -> Iterator[Fault]:
    """What is wrong in a case, as far as its sound entries show it."""
    yield from _survivor_faults(facts)
    for entry in facts.of("seats"):
        yield from _seat_faults(facts, entry)
    yield from _overlaps(facts)
    for entry, release in zip(facts.of("releases"), facts.releases, strict=True):
        refused = policy.release_refusals(
            topics=release.topics,
            at_holding_agency=release.agency == facts.holding,
            starts=release.starts,
            expires=release.expires,
        )
        yield from _refused(entry, refused)
    for entry in facts.entries:
        if entry.kind not in ("releases", "conferences") and facts.knows_seats_of(entry):
            yield from _row_faults(facts, entry)
    for entry in facts.of("conferences"):
        yield from _conference_faults(facts, entry)
    yield from _second_current_items(facts)


def warnings(facts: Facts) -> Iterator[Fault]:
    """Open actions whose owner has left, actions that the survivor is asked to do, and rows that nobody but their
    authors could ever see, only because what they hang below is narrower."""
    for entry in facts.of("actions"):
        if entry.value["status"] in ("offered", "accepted") and facts.has_ended(entry.value["owner"]):
            yield Fault(entry.at("owner"), f"{ENDED}, and the action is still open.")
        owner = facts.seats[entry.value["owner"]]
        if entry.value["status"] == "offered" and owner.role is Role.SURVIVOR:
            yield Fault(
                entry.at("owner"),
                "is the survivor. Nobody asks her to do something, so it stands as hers to offer.",
            )
    lenses = [facts.lens(seat) for seat in facts.seats.values()]
    for entry in facts.of("agenda", "notes", "decisions"):
        alone, below = facts.row(entry, alone=True), facts.row(entry)
        others = [lens for lens in lenses if lens.seat != below.author]
        if not any(policy.sees(lens, below) for lens in others) and any(
            policy.sees(lens, alone) for lens in others
        ):
            yield Fault(
                entry.path, "nobody but its author could ever see this: what it hangs below is narrower."
            )


def _survivor_faults(facts: Facts) -> Iterator[Fault]:
    for entry in facts.survivors[1:]:
        yield Fault(entry.at("role"), "is the second survivor; a case has exactly one survivor's seat.")
    if facts.whole and not facts.survivors:
        yield Fault(facts.case.at("seats"), "lacks the survivor's seat; a case has exactly one.")


def _seat_faults(facts: Facts, entry: Entry) -> Iterator[Fault]:
    seat, read = entry.value, facts.seats[entry.value["key"]]
    if read.until is not None and read.until <= read.starts:
        yield Fault(entry.at("until"), "is not after the seat begins.")
    if seat.get("primary") and read.role is not Role.CASE_MANAGER:
        yield Fault(entry.at("primary"), "is for a case manager's seat only.")
    if read.role is Role.SURVIVOR and seat.get("agency") is not None:
        yield Fault(entry.at("agency"), "must be null: the survivor belongs to no agency.")
    refused = policy.seat_refusals(
        role=read.role,
        topic=Topic(seat["topic"]),
        audience=policy.role_bits(seat["audience"]),
        at_holding_agency=read.agency == facts.holding,
        agency_kind=facts.agency_kind(seat),
    )
    yield from _refused(entry, refused)


def _overlaps(facts: Facts) -> Iterator[Fault]:
    """One seat at a time for a person, one primary case manager at a time for a case."""
    seats = list(facts.of("seats"))
    held: dict[str, list[Entry]] = defaultdict(list)
    for entry in seats:
        held[entry.value["person"]].append(entry)
    for several in held.values():
        for earlier, later in _meeting(facts, several):
            key = earlier.value["key"]
            yield Fault(
                later.at("from"), f'lies within seat "{key}" of the same person, who has one at a time.'
            )
    for earlier, later in _meeting(facts, [seat for seat in seats if _is_primary(seat)]):
        key = earlier.value["key"]
        yield Fault(
            later.at("primary"), f'cannot be: seat "{key}" is the primary case manager when it begins.'
        )


def _is_primary(seat: Entry) -> bool:
    return bool(seat.value.get("primary")) and seat.value["role"] == Role.CASE_MANAGER


def _meeting(facts: Facts, several: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Seats that begin while one before them lasts."""
    lasting: Entry | None = None
    for entry in sorted(several, key=lambda entry: facts.seats[entry.value["key"]].starts):
        seat = facts.seats[entry.value["key"]]
        before = facts.seats[lasting.value["key"]] if lasting else None
        if lasting and before and (before.until is None or seat.starts < before.until):
            yield lasting, entry
        if before is None or (before.until is not None and (seat.until is None or seat.until > before.until)):
            lasting = entry


def _row_faults(facts: Facts, entry: Entry) -> Iterator[Fault]:
    author, named = facts.author(entry), {facts.seats[key].id for key in named_in(entry)}
    refused = policy.row_refusals(
        author=author.id if author else None,
        author_role=author.role if author else None,
        topic=Topic(entry.value["topic"]),
        audience=policy.role_bits(entry.value["audience"]),
        named=named,
        counsels=facts.counsels,
        survivor=facts.survivor,
    )
    yield from _refused(entry, refused)
    if entry.value.get("left_out_because") and Role.SURVIVOR in entry.value["audience"]:
        yield Fault(entry.at("left_out_because"), "is out of place: the audience has the survivor in it.")
    if entry.kind == "reviews" and facts.holding:
        audience = policy.role_bits(entry.value["audience"])
        yield from _refused(
            entry, policy.plan_review_refusals(facts.lens(author) if author else None, audience)
        )
    if entry.kind == "actions" and facts.whole:
        owner, row = facts.seats[entry.value["owner"]], facts.row(entry)
        doors = {"holding_agency": facts.holding, "survivor": facts.survivor}
        yield from _refused(entry, policy.owner_refusals(owner, row, facts.releases, **doors))


def _conference_faults(facts: Facts, entry: Entry) -> Iterator[Fault]:
    invited = entry.value["participants"]
    if facts.survivors and not any(seat.value["key"] in invited for seat in facts.survivors):
        yield from _refused(entry, [Refusal.CONFERENCE_WITHOUT_SURVIVOR])
    if entry.value["status"] != "closed" and facts.has_ended(entry.value["facilitator"]):
        yield Fault(entry.at("facilitator"), f"{ENDED}, and the conference is still to be led.")
    if entry.value["facilitator"] not in invited:
        yield Fault(entry.at("facilitator"), "is not among the participants.")


def _second_current_items(facts: Facts) -> Iterator[Fault]:
    seen: set[Path] = set()
    for entry in facts.of("agenda"):
        conference = entry.path[:-2]
        if entry.value["status"] == "current":
            if conference in seen:
                yield Fault(entry.at("status"), "is the second current item; a conference has one at most.")
            seen.add(conference)


def _refused(entry: Entry, refusals: Iterable[Refusal]) -> Iterator[Fault]:
    for refusal in refusals:
        yield Fault(entry.at(PLACES[refusal]), str(SENTENCES[refusal]))
