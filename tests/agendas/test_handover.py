"""The primary case manager changes: who does which step, and what each of them comes to."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agendas.actions.models import ActionItem, ActionStatus
from agendas.handover.models import Handover, NotTakenOver, WordsForTheNew
from agendas.history.models import Entry
from conferences.questions.models import UNSURE, RoleQuestion
from conferences.responsibilities.models import How, Involved, Responsibility
from tests.cast import Stage, said
from tests.conferences.test_seats import body as seat_body
from tests.conferences.test_seats import email
from tests.live_pass import connect, passed
from tests.test_surfaces import everybody_at
from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import EVERY_ROLE, role_bits
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
TOLD, NEW = "what she is told", "p-old-cm"
MANAGE = {"p-cm", "p-sup"}
MANAGING = ("case_manager", "clinical_supervisor")
FOLLOW = MANAGE | {"p-survivor", "p-interp", "p-free-interp"}


@pytest.fixture(autouse=True)
def english(stage: Stage) -> None:
    Person.objects.update(language="en")


def page(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/handover/"


def begun(stage: Stage, person: str = "p-cm", **given: Any) -> Handover:
    """A handover that somebody has begun."""
    body = {"email": email(stage, NEW), "words": TOLD, "key": public_id()} | given
    assert stage.browser(person).post(page(stage), body).status_code == 303
    found: Handover = Handover.unsealed.select_related("mark").latest("mark_id")
    return found


def at(row: Handover, step: str) -> str:
    return f"/handovers/{row.mark.public_id}/{step}/"


def told(stage: Stage, **given: Any) -> Handover:
    """A handover of which she has read."""
    row = begun(stage, **given)
    assert stage.browser("p-survivor").post(at(row, "read"), {"seen": "open"}).status_code == 303
    return row


OVERLAP = {"starts": "2026-11-23T09:20", "known_to": "few", "last_day": "2026-12-04"}


def overlapping(stage: Stage, **given: Any) -> Handover:
    """A handover with both of them there."""
    row = told(stage)
    body = OVERLAP | {"key": public_id()} | given
    assert stage.browser("p-cm").post(at(row, "overlap"), body).status_code == 303
    row.refresh_from_db()
    return row


def of_row(row: Handover, thing: Any, step: str) -> str:
    return at(row, f"rows/{thing.mark.public_id}/{step}")


def mark(stage: Stage, author: str | None, audience: int, *named: str, topic: str = "housing") -> Mark:
    seats = {key: stage.seat("alder", key) for key in (*named, *([author] if author else []))}
    case = stage.seat("alder", "sv").case
    writer = seats[author] if author else None
    made = Mark.objects.create(
        case=case, author=writer, origin=writer.agency if writer else None, topic=topic, audience=audience
    )
    Named.objects.bulk_create(Named(mark=made, seat=seats[key]) for key in named)
    return made


def task(
    stage: Stage, title: str, author: str = "cm", roles: tuple[str, ...] = ("case_manager",)
) -> ActionItem:
    """An action item of the case manager's, for these roles."""
    found: ActionItem = ActionItem.unsealed.create(
        mark=mark(stage, author, role_bits(roles), "cm"),
        key=title,
        title=title,
        owner=stage.seat("alder", "cm"),
        status=ActionStatus.ACCEPTED,
    )
    return found


def line(stage: Stage, text: str) -> Responsibility:
    """A responsibility for which the case manager answers."""
    found: Responsibility = Responsibility.unsealed.create(
        mark=mark(stage, "cm", EVERY_ROLE), text=text, accountable=stage.seat("alder", "cm")
    )
    return found


def settle(stage: Stage, *, but: Any = None) -> None:
    """The new one takes over everything there is, but for this."""
    new = stage.browser(NEW)
    for url in set(re.findall(r'formaction="([^"]+/taking/)"', new.get(page(stage)).content.decode())):
        if but is None or but.mark.public_id not in url:
            assert new.post(url).status_code == 303


# Who


def test_nobody_but_those_who_follow_it_has_the_page_and_an_outside_case_manager_is_nobody(
    stage: Stage,
) -> None:
    absent = f"/cases/{public_id()}/handover/"
    for stand in (None, begun):
        if stand:
            stand(stage)
        for person in stage.people:
            browser = stage.browser(person)
            answer = browser.get(page(stage))
            if person in FOLLOW:
                assert answer.status_code == 200, person
                assert (TOLD in answer.content.decode()) == bool(stand), person
            else:
                assert said(answer) == said(browser.get(absent)), person


BODIES: dict[str, dict[str, Any]] = {
    "read": {"seen": "open"},
    "telling": {"day": "2026-11-23", "how_text": "in person"},
    "overlap": OVERLAP,
    "words": {"text": "mine", "readers": "new"},
    "introduction": {"day": "2026-11-23"},
    "cancellation": {"words": "typed"},
}
STEPS: dict[str, set[str]] = {
    "read": {"p-survivor"},
    "telling": MANAGE,
    "overlap": {"p-cm"},
    "words": {"p-survivor"},
    "introduction": MANAGE | {"p-survivor"},
    "end": MANAGE,
    "cancellation": MANAGE,
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_taken_by_those_whose_it_is_and_by_nobody_else(stage: Stage, step: str) -> None:
    row = {"read": begun, "telling": begun, "overlap": told, "words": told}.get(step, overlapping)(stage)
    if step == "end":
        settle(stage)
    nothing = at(row, step).replace(row.mark.public_id, public_id())
    done = set()
    for person in stage.people:
        browser, body = stage.browser(person), BODIES.get(step, {}) | {"key": public_id()}
        with stage.undone():
            answer = browser.post(at(row, step), body)
        if answer.status_code == 303:
            done.add(person)
        elif person in FOLLOW or (person == NEW and row.arriving_id):
            assert answer.status_code == 403, person
        else:
            assert said(answer) == said(browser.post(nothing, body)), person
        if step in BODIES and step != "read":
            shown = browser.get(at(row, step)).status_code
            assert shown == {303: 200}.get(answer.status_code, answer.status_code), person
    seated = {NEW} if row.arriving_id and step != "words" else set()
    assert done == STEPS[step] | seated


# The survivor is told first


def test_the_new_seat_cannot_exist_before_she_was_told(stage: Stage) -> None:
    row, seats = begun(stage), Seat.unsealed.count()
    manager = stage.browser("p-cm")
    refused = manager.post(at(row, "overlap"), OVERLAP | {"key": public_id()})
    assert refused.status_code == 409
    assert "told first" in refused.content.decode()
    assert manager.get(at(row, "overlap")).status_code == 409
    assert manager.post(at(row, "end")).status_code == 409
    assert Seat.unsealed.count() == seats
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.unsealed.update(arriving=stage.seat("alder", "cm"))
    assert (
        stage.browser("p-survivor").post(at(row, "words"), BODIES["words"] | {"key": public_id()}).status_code
        == 409
    )


@pytest.mark.parametrize("step", ["begin", "read", "words"])
def test_nobody_outside_the_circle_gets_a_byte_or_a_frame_before_the_new_seat(
    stage: Stage, settings: Any, step: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    row = None if step == "begin" else begun(stage) if step == "read" else told(stage)
    passes, owners = Passes(), everybody_at(stage)
    still = set(owners) - set(passes.run(list(owners)).closed)
    if row is None:
        row = begun(stage)
    else:
        body = BODIES.get(step, {}) | {"key": public_id()}
        assert stage.browser("p-survivor").post(at(row, step), body).status_code == 303
    outcome = passes.run(list(still))
    assert not outcome.closed
    told_of = {owners[socket] for socket, *_ in outcome.frames}
    assert told_of == ({"p-survivor"} if step == "words" else FOLLOW), step


def test_what_she_reads_on_her_first_page_leads_her_there(stage: Stage) -> None:
    her = stage.browser("p-survivor")
    assert 'id="handover_news" data-panel hidden' in her.get("/").content.decode()
    row = begun(stage)
    start = her.get("/").content.decode()
    assert "Read the message for you" in start
    assert page(stage) in start
    assert stage.browser("p-det").get("/").content.decode().count(page(stage)) == 0
    shown = her.get(page(stage)).content.decode()
    assert TOLD in shown
    assert "I have read this" in shown
    assert 'id="checklist" data-panel hidden' in shown
    for _ in range(2):
        assert her.post(at(row, "read"), {"seen": "open"}).status_code == 303
        stage.clock.at += timedelta(minutes=1)
    row.refresh_from_db()
    assert (row.told_at, row.told_how) == (stage.at - timedelta(minutes=2), "")
    assert Event.objects.filter(verb="handover_read").count() == 1
    assert "I have read this" not in her.get(page(stage)).content.decode()


def test_that_she_was_told_in_person_is_noted_with_the_day_and_she_can_read_it(stage: Stage) -> None:
    row = begun(stage)
    body = {"day": "2026-11-20", "how_text": "in person", "key": public_id()}
    assert stage.browser("p-sup").post(at(row, "telling"), body).status_code == 303
    assert stage.browser("p-sup").post(at(row, "telling"), body).status_code == 303
    again = stage.browser("p-cm").post(at(row, "telling"), body | {"key": public_id()})
    assert again.status_code == 409
    shown = stage.browser("p-survivor").get(page(stage)).content.decode()
    assert "in person" in shown
    assert "Nov. 20, 2026" in shown


def test_how_it_ended_is_not_read_by_a_press_on_a_page_from_before(stage: Stage) -> None:
    row, her = begun(stage), stage.browser("p-survivor")
    button = re.search(r'id="handover-read" name="seen" value="(\w+)"', her.get(page(stage)).content.decode())
    assert button
    ended = {"words": "not after all", "key": public_id()}
    assert stage.browser("p-cm").post(at(row, "cancellation"), ended).status_code == 303
    assert her.post(at(row, "read"), {"seen": button[1]}).status_code == 409
    assert her.post(at(row, "read")).status_code == 409
    row.refresh_from_db()
    assert (row.told_at, row.end_read_at) == (None, None)
    assert "Read the message for you" in her.get("/").content.decode()


# Beginning


def test_one_handover_at_a_time_and_the_same_form_twice_begins_one(stage: Stage) -> None:
    body = {"email": email(stage, NEW), "words": TOLD, "key": public_id()}
    for _ in range(2):
        assert stage.browser("p-cm").post(page(stage), body).status_code == 303
    other = stage.browser("p-sup").post(page(stage), body | {"key": public_id()})
    assert other.status_code == 409
    assert TOLD in other.content.decode()
    assert Handover.unsealed.count() == 1


WRONG_BEGINNINGS: tuple[dict[str, str], ...] = (
    {"email": ""},
    {"email": "nobody@example.net"},
    {"email": "not an address"},
    {"email": "a\x00b@example.net"},
    {"person": "p-det"},
    {"person": "p-cm"},
    {"person": "p-adv"},
    {"words": ""},
    {"words": "x" * 5_001},
    {"seat": "s" * 20, "email": ""},
    {"seat": "\x00", "email": ""},
)


def test_a_wrong_beginning_changes_nothing_and_keeps_what_was_typed(stage: Stage) -> None:
    for wrong in WRONG_BEGINNINGS:
        given = dict(wrong)
        if person := given.pop("person", ""):
            given["email"] = email(stage, person)
        body = {"email": email(stage, NEW), "words": TOLD, "key": public_id()} | given
        answer = stage.browser("p-cm").post(page(stage), body)
        assert answer.status_code == 422, wrong
        assert "errorlist" in answer.content.decode(), wrong
        assert body["words"] in answer.content.decode(), wrong
    assert not Handover.unsealed.exists()


def test_somebody_of_whom_not_all_who_follow_it_may_know_is_named_to_none_of_them(stage: Stage) -> None:
    there = stage.seat("alder", "old-cm")
    Seat.unsealed.filter(pk=there.pk).update(until=None)
    for roles, status in ((["survivor", "clinical_supervisor"], 422), (["survivor", *MANAGING], 303)):
        Mark.objects.filter(pk=there.pk).update(audience=role_bits(roles))
        for chosen in ({"seat": there.mark.public_id}, {"email": email(stage, NEW)}):
            body = {"email": "", "words": TOLD, "key": public_id()} | chosen
            with stage.undone():
                answer = stage.browser("p-sup").post(page(stage), body)
                assert answer.status_code == status, (roles, chosen)
                shown = stage.browser("p-cm").get(page(stage)).content.decode()
                assert (there.person.name in shown) == (status == 303)


# The overlap


def test_the_overlap_gives_a_seat_and_an_end_and_it_ends_by_itself(stage: Stage) -> None:
    row = overlapping(stage)
    new, old = Seat.unsealed.get(pk=row.arriving_id), stage.seat("alder", "cm")
    assert (new.person.key, new.role, new.primary, new.until) == (NEW, "case_manager", False, None)
    assert old.until is not None
    assert old.until == row.last_day
    assert old.until.astimezone(stage.at.tzinfo).isoformat().startswith("2026-12-05T00:00")
    assert row.ended_before is None
    stage.clock.at = old.until
    assert stage.client("p-cm").get(page(stage)).status_code == 404
    assert stage.client(NEW).get(page(stage)).status_code == 200


WRONG_DAYS: tuple[tuple[dict[str, str], str], ...] = (
    ({"last_day": "2026-11-22"}, "This day is over"),
    ({"last_day": "2026-11-23"}, "one whole day together"),
    ({"starts": "2026-12-10T09:00"}, "after the new case manager starts"),
    ({"last_day": "9999-12-31"}, "Look at the year again"),
    ({"last_day": ""}, "Give a whole date"),
    ({"starts": ""}, "Give a date and a time"),
    ({"known_to": ""}, "Choose one"),
    ({"known_to": "nonsense"}, "This cannot be chosen now"),
)


def test_the_days_that_are_sent_twice_are_kept_once(stage: Stage) -> None:
    row, body = told(stage), OVERLAP | {"key": public_id()}
    for _ in range(2):
        assert stage.browser("p-cm").post(at(row, "overlap"), body).status_code == 303
    assert Event.objects.filter(verb="handover_planned").count() == 1


def test_days_that_do_not_fit_are_said_and_change_nothing(stage: Stage) -> None:
    row, seats = told(stage), Seat.unsealed.count()
    for wrong, said_so in WRONG_DAYS:
        answer = stage.browser("p-cm").post(at(row, "overlap"), OVERLAP | {"key": public_id()} | wrong)
        assert answer.status_code == 422, wrong
        assert said_so in answer.content.decode(), wrong
    assert Seat.unsealed.count() == seats
    assert stage.seat("alder", "cm").until is None


def test_no_day_together_is_possible_for_whoever_says_that_it_is_meant(stage: Stage) -> None:
    row = told(stage)
    body = OVERLAP | {"last_day": "2026-11-23", "apart": "on", "key": public_id()}
    assert stage.browser("p-cm").post(at(row, "overlap"), body).status_code == 303


def test_a_case_manager_who_is_there_already_gets_no_second_seat_and_an_end_is_never_put_off(
    stage: Stage,
) -> None:
    there = stage.seat("alder", "old-cm")
    Seat.unsealed.filter(pk=there.pk).update(until=None)
    ends = stage.at + timedelta(days=30)
    Seat.unsealed.filter(key="cm").update(until=ends)
    row, seats = told(stage, email="", seat=there.mark.public_id), Seat.unsealed.count()
    manager = stage.browser("p-cm")
    assert "known_to" not in manager.get(at(row, "overlap")).content.decode()
    later = manager.post(at(row, "overlap"), {"last_day": "2027-02-01", "key": public_id()})
    assert (later.status_code, "ends before" in later.content.decode()) == (422, True)
    assert manager.post(at(row, "overlap"), {"last_day": "2026-12-01", "key": public_id()}).status_code == 303
    row.refresh_from_db()
    assert (row.arriving_id, row.ended_before, Seat.unsealed.count()) == (there.pk, ends, seats)
    assert manager.post(at(row, "cancellation"), {"words": "no", "key": public_id()}).status_code == 303
    assert stage.seat("alder", "cm").until == ends


def test_who_takes_over_has_no_last_day_from_then_on(stage: Stage) -> None:
    """Else nobody would carry the case one day, and nobody could give a seat."""
    there, ends = stage.seat("alder", "old-cm"), stage.at + timedelta(days=5)
    seats = Seat.unsealed.filter(pk=there.pk)
    seats.update(until=ends)
    row, manager = told(stage, email="", seat=there.mark.public_id), stage.browser("p-cm")
    assert "goes on without one" in manager.get(at(row, "overlap")).content.decode()
    body = {"last_day": "2026-12-04", "key": public_id()}
    with stage.undone():
        later = {"role": "advocate", "starts": str(ends), "email": email(stage, NEW)}
        assert manager.post(f"/cases/{stage.ids[CASE]}/seats/", seat_body(stage, **later)).status_code == 303
        refused = manager.post(at(row, "overlap"), body)
        assert (refused.status_code, "another one here after it" in refused.content.decode()) == (422, True)
        assert (stage.seat("alder", "cm").until, seats.get().until) == (None, ends)
    assert manager.post(at(row, "overlap"), body).status_code == 303
    assert seats.get().until is None


# What is handed over


def test_the_new_one_takes_and_refuses_and_then_the_case_is_handed_over_once(stage: Stage) -> None:
    ride, court, duty = task(stage, "ride"), task(stage, "court"), line(stage, "press")
    row = overlapping(stage)
    manager, new = stage.browser("p-cm"), stage.browser(NEW)
    shown = new.get(page(stage)).content.decode()
    assert all(text in shown for text in ("ride", "court", "press"))
    assert manager.post(at(row, "end")).status_code == 409
    assert new.post(of_row(row, ride, "taking")).status_code == 303
    assert new.post(of_row(row, ride, "taking")).status_code == 303
    assert (
        manager.post(of_row(row, court, "refusal"), {"because": "b", "key": public_id()}).status_code == 403
    )
    for thing in (court, duty):
        body = {"because": "too much for me", "key": public_id()}
        for _ in range(2):
            assert new.post(of_row(row, thing, "refusal"), body).status_code == 303
    settle(stage, but=court)
    ride.refresh_from_db()
    court.refresh_from_db()
    duty.refresh_from_db()
    assert (ride.owner_id, ride.status) == (row.arriving_id, ActionStatus.ACCEPTED)
    assert Named.objects.filter(mark=ride.mark, seat=row.arriving_id).exists()
    kept = Entry.unsealed.filter(of=ride.mark).values_list("what", "mark__author")
    assert list(kept) == [("accepted", row.arriving_id)], "taken twice, it is told once"
    assert (court.owner.key, duty.accountable_id) == ("cm", None)
    part = stage.row("/cases/0/responsibilities/0").mark
    assert Involved.objects.filter(responsibility__mark=part, how=How.DOES, seat=row.arriving_id).exists()
    shown = manager.get(page(stage)).content.decode()
    assert shown.count("too much for me") == 2
    assert "taken over" in shown
    for person in ("p-sup", "p-cm", NEW):
        assert stage.browser(person).post(at(row, "end")).status_code == 303
    primaries = Seat.unsealed.filter(case=row.mark.case, primary=True)
    assert [seat.pk for seat in primaries] == [row.arriving_id]
    assert stage.seat("alder", "cm").until == row.last_day
    assert Event.objects.filter(verb="handover_done").count() == 1
    assert new.post(of_row(row, court, "taking")).status_code == 409


def test_whoever_takes_over_what_they_said_was_theirs_is_not_asked_about_any_more(stage: Stage) -> None:
    row, hers, helped = overlapping(stage), line(stage, "hers"), line(stage, "helped")
    Responsibility.unsealed.filter(pk=helped.pk).update(accountable=stage.seat("alder", "sup"))
    Involved.objects.create(responsibility=helped, seat=stage.seat("alder", "cm"), how=How.DOES)
    new = stage.browser(NEW)
    for each in (hers, helped):
        assert new.post(f"/responsibilities/{each.mark.public_id}/claim/").status_code == 303
        assert new.post(of_row(row, each, "taking")).status_code == 303
    board = new.get(f"/cases/{stage.ids[CASE]}/roles/").content.decode()
    assert f'id="gap-{hers.mark.public_id}"' not in board
    assert f'id="gap-{helped.mark.public_id}"' in board, "another still answers for it"


def test_a_task_that_is_not_taken_over_is_given_to_somebody_who_reads_it(stage: Stage) -> None:
    court = task(stage, "court", roles=("case_manager", "clinical_supervisor", "advocate"))
    row = overlapping(stage)
    url = of_row(row, court, "owner")
    assert stage.browser("p-sup").get(url).status_code == 404
    body = {"because": "no", "key": public_id()}
    assert stage.browser(NEW).post(of_row(row, court, "refusal"), body).status_code == 303
    form = stage.browser("p-sup").get(url).content.decode()
    offered = set(re.findall(r'<option value="([\w-]{20})"', form))
    reads = {stage.seat("alder", key).mark.public_id for key in ("sup", "adv")}
    assert reads <= offered
    assert stage.seat("alder", "sv").mark.public_id not in offered
    for key, status in (("det", 422), ("adv", 303), ("sup", 409)):
        to = {"to": stage.seat("alder", key).mark.public_id, "key": public_id()}
        assert stage.browser("p-sup").post(url, to).status_code == status, key
    court.refresh_from_db()
    assert (court.owner.key, court.status) == ("adv", ActionStatus.OFFERED)
    kept = Entry.unsealed.filter(of=court.mark).values_list("what", "mark__author__key", "seat__key")
    assert list(kept) == [("asked", "sup", "adv")]


def test_once_it_is_called_off_nothing_of_whoever_stays_is_given_away(stage: Stage) -> None:
    court = task(stage, "court", roles=("case_manager", "clinical_supervisor", "advocate"))
    row = overlapping(stage)
    body = {"because": "no", "key": public_id()}
    assert stage.browser(NEW).post(of_row(row, court, "refusal"), body).status_code == 303
    ended = {"words": "she stays", "key": public_id()}
    assert stage.browser("p-cm").post(at(row, "cancellation"), ended).status_code == 303
    url, to = of_row(row, court, "owner"), stage.seat("alder", "adv").mark.public_id
    assert stage.browser("p-sup").get(url).status_code == 409
    assert stage.browser("p-sup").post(url, {"to": to, "key": public_id()}).status_code == 409
    court.refresh_from_db()
    assert court.owner.key == "cm"


def test_what_the_new_one_may_not_read_only_its_author_lets_them_take(stage: Stage) -> None:
    theirs = task(stage, "theirs", roles=("clinical_supervisor",))
    others = task(stage, "others", author="adv", roles=("clinical_supervisor",))
    row = overlapping(stage)
    assert stage.browser("p-sup").post(of_row(row, theirs, "taking")).status_code == 403
    assert stage.browser("p-cm").post(of_row(row, others, "taking")).status_code == 403
    assert "may not read this" in stage.browser("p-cm").get(page(stage)).content.decode()
    new = stage.browser(NEW)
    hidden = said(new.post(of_row(row, others, "taking")))
    assert hidden == said(new.post(at(row, f"rows/{public_id()}/taking")))
    assert stage.browser("p-cm").post(of_row(row, theirs, "taking")).status_code == 303
    theirs.refresh_from_db()
    assert (theirs.owner_id, theirs.status) == (row.arriving_id, ActionStatus.OFFERED)


def test_what_whoever_presses_may_not_see_holds_nothing_up_and_stays_with_nobody_who_goes(
    stage: Stage,
) -> None:
    hidden = task(stage, "hidden", author="law", roles=("survivor", "counsel"))
    row = overlapping(stage)
    settle(stage)
    assert stage.browser("p-cm").post(at(row, "end")).status_code == 409
    shown = stage.browser("p-sup").get(page(stage)).content.decode()
    assert "Hand over now" in shown
    assert "hidden</b>" not in shown
    assert stage.browser("p-sup").post(at(row, "end")).status_code == 303
    assert NotTakenOver.objects.get(row=hidden.mark).because == ""
    assert "Nobody had settled this" in stage.browser("p-cm").get(page(stage)).content.decode()
    assert "Nobody had settled" not in stage.browser("p-sup").get(page(stage)).content.decode()


def test_the_list_names_whatever_else_speaks_of_the_one_who_leaves(stage: Stage) -> None:
    manager, releases = stage.seat("alder", "cm"), "There are none to change."
    RoleQuestion.unsealed.create(mark=mark(stage, "sv", EVERY_ROLE), text="who drives", routed_to=manager)
    RoleQuestion.unsealed.create(mark=mark(stage, "sv", 1), text="not for them", about=manager)
    with translation.override("es"):
        unsure = str(UNSURE)
    RoleQuestion.unsealed.create(mark=mark(stage, "sv", EVERY_ROLE), text=unsure, about=manager)
    overlapping(stage)
    shown = stage.browser("p-sup").get(page(stage)).content.decode().partition('id="checklist"')[2]
    assert "who drives" in shown
    assert "not for them" not in shown
    assert "I am not sure about this." in shown, "in the reader's own language"
    assert unsure not in shown
    led = stage.raw(stage.place("alder", "conferences", "now"))["title"]
    assert led in shown
    assert releases in shown


def test_a_release_to_the_agency_of_the_one_who_leaves_is_on_the_list(stage: Stage) -> None:
    Seat.unsealed.filter(key="cm").update(primary=False)
    Seat.unsealed.filter(key="next-cm", case__key="alder").update(primary=True)
    begun(stage)
    shown = stage.browser("p-cm").get(page(stage)).content.decode().partition('id="checklist"')[2]
    agency = next(each["name"] for each in stage.casefile["agencies"] if each["key"] == "neighbor")
    assert f"<bdi>{agency}</bdi>" in shown
    assert "There are none to change." not in shown


def test_a_seat_that_ended_in_between_holds_it_up_and_another_can_be_given(stage: Stage) -> None:
    row = overlapping(stage)
    settle(stage)
    manager = stage.browser("p-cm")
    new = Seat.unsealed.select_related("mark").get(pk=row.arriving_id)
    stage.clock.at += timedelta(hours=1)
    assert manager.post(f"/seats/{new.mark.public_id}/end/").status_code == 303
    assert stage.seat("alder", "cm").until is None, "whoever was to leave stays"
    shown = manager.get(page(stage)).content.decode()
    assert "stays, without a last day, until you set a new one" in shown
    for step in ("end", "introduction"):
        assert manager.post(at(row, step), {"day": "2026-11-23", "key": public_id()}).status_code == 409
    body = OVERLAP | {"starts": "2026-11-24T09:00", "key": public_id()}
    assert manager.post(at(row, "overlap"), body).status_code == 303
    row.refresh_from_db()
    assert row.arriving_id != new.pk
    assert manager.post(at(row, "end")).status_code == 409, "it has not begun"
    stage.clock.at += timedelta(days=1)
    assert stage.client("p-cm").post(at(row, "end")).status_code == 303


@pytest.mark.parametrize("with_seat", [False, True])
def test_those_who_carry_it_through_read_at_once_that_the_new_one_cannot_sign_in_any_more(
    stage: Stage, with_seat: bool
) -> None:
    Person.objects.update(language="en")
    row = overlapping(stage) if with_seat else told(stage)
    settle(stage)
    lost, pages = "cannot sign in any more. Call this handover off", {}
    for active in (True, False):
        Person.objects.filter(pk=row.person_id).update(is_active=active)
        pages[active] = {
            person: stage.browser(person).get(page(stage)).content.decode()
            for person in ("p-cm", "p-sup", "p-survivor", "p-interp")
        }
    assert {person for person, shown in pages[False].items() if lost in shown} == {"p-cm", "p-sup"}
    assert not any(lost in shown for shown in pages[True].values())
    # Neither of the steps that would be refused is offered.
    assert ("overlap/" in pages[True]["p-cm"], "overlap/" in pages[False]["p-cm"]) == (True, False)
    assert ('id="handover-done"' in pages[True]["p-cm"]) == with_seat
    assert 'id="handover-done"' not in pages[False]["p-cm"]
    body = {"words": "she stays", "key": public_id()}
    assert stage.browser("p-cm").post(at(row, "cancellation"), body).status_code == 303
    assert lost not in stage.browser("p-cm").get(page(stage)).content.decode()


def test_the_form_says_that_the_new_seat_goes_on_without_an_end_when_it_is_called_off(
    stage: Stage,
) -> None:
    Person.objects.update(language="en")
    row = overlapping(stage)
    form = stage.browser("p-cm").get(at(row, "cancellation")).content.decode()
    assert "the seat of the new one stays too, and without an end, until a case manager ends it" in form
    body = {"words": "she stays", "key": public_id()}
    assert stage.browser("p-cm").post(at(row, "cancellation"), body).status_code == 303
    assert Seat.unsealed.get(pk=row.arriving_id).until is None


def test_called_off_it_ends_with_words_to_her_and_everything_stays_as_it_was(stage: Stage) -> None:
    row = overlapping(stage)
    body = {"words": "she stays", "key": public_id()}
    for _ in range(2):
        assert stage.browser("p-cm").post(at(row, "cancellation"), body).status_code == 303
    assert stage.seat("alder", "cm").until is None
    assert stage.seat("alder", "cm").primary
    her = stage.browser("p-survivor")
    assert "does not change after all" in her.get("/").content.decode()
    assert "she stays" in her.get(page(stage)).content.decode()
    for step in ("overlap", "end", "introduction"):
        stale = stage.browser("p-cm").post(at(row, step), BODIES.get(step, {}) | {"key": public_id()})
        assert stale.status_code == 409, step
    assert her.post(at(row, "read"), {"seen": "called_off"}).status_code == 303
    assert 'id="handover_news" data-panel hidden' in her.get("/").content.decode()
    begun(stage)


@pytest.mark.parametrize("days", [0, 20])
def test_called_off_it_says_that_nothing_changes_only_where_they_are_still_there(
    stage: Stage, days: int
) -> None:
    row = overlapping(stage)
    stage.clock.at += timedelta(days=days)
    ended = {"words": "somebody else will come", "key": public_id()}
    assert stage.client("p-sup").post(at(row, "cancellation"), ended).status_code == 303
    for url in ("/", page(stage)):
        shown = stage.client("p-survivor").get(url).content.decode()
        assert ("does not change after all" in shown) == (not days), url
        assert ("is not going to be your case manager" in shown) == bool(days), url


def test_it_no_longer_says_that_somebody_who_has_gone_is_her_case_manager(stage: Stage) -> None:
    row = overlapping(stage)
    settle(stage)
    assert stage.browser("p-cm").post(at(row, "end")).status_code == 303
    assert "is your case manager now" in stage.browser("p-survivor").get(page(stage)).content.decode()
    Seat.unsealed.filter(pk=row.arriving_id).update(until=stage.at + timedelta(days=20))
    stage.clock.at += timedelta(days=30)
    shown = stage.client("p-survivor").get(page(stage)).content.decode()
    assert "was your case manager until" in shown
    for wrong in ("is your case manager now", "The day is not set yet", "is on your team since"):
        assert wrong not in shown


# What she wants known


@pytest.mark.parametrize("readers", ["new", "managers"])
def test_her_words_are_read_by_those_whom_she_chose_and_nobody_else(stage: Stage, readers: str) -> None:
    row = told(stage)
    her = stage.browser("p-survivor")
    body = {"text": "call me in the morning", "readers": readers, "key": public_id()}
    assert her.post(at(row, "words"), body).status_code == 303
    stale = her.post(at(row, "words"), body | {"text": "other", "key": public_id()})
    assert (stale.status_code, "other" in stale.content.decode()) == (409, True)
    days = OVERLAP | {"key": public_id()}
    assert stage.browser("p-cm").post(at(row, "overlap"), days).status_code == 303
    reads = {
        person
        for person in stage.people
        if "call me in the morning" in stage.browser(person).get(page(stage)).content.decode()
    }
    assert reads == {"p-survivor", NEW} | (MANAGE if readers == "managers" else set())
    form = her.get(at(row, "words")).content.decode()
    seen = re.findall(r'name="seen" value="(\w+)"', form)[0]
    other = {"text": "changed", "readers": "new", "seen": seen, "key": public_id()}
    assert her.post(at(row, "words"), other).status_code == 303
    assert WordsForTheNew.unsealed.get().text == "changed"
    assert "changed" in stage.browser(NEW).get(page(stage)).content.decode()
    assert "changed" not in stage.browser("p-sup").get(page(stage)).content.decode()


def test_when_they_met_stands_on_the_new_one_s_seat(stage: Stage) -> None:
    row = overlapping(stage)
    her = stage.browser("p-survivor")
    ahead = her.post(at(row, "introduction"), {"day": "2026-11-24", "key": public_id()})
    assert ahead.status_code == 422
    assert her.post(at(row, "introduction"), {"day": "2026-11-23", "key": public_id()}).status_code == 303
    assert Seat.unsealed.get(pk=row.arriving_id).introduced_at == stage.at
    assert "You met on" in her.get(page(stage)).content.decode()


def test_those_who_follow_it_see_each_change_at_once(stage: Stage, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    ride = task(stage, "ride", roles=("case_manager", "clinical_supervisor"))
    row = overlapping(stage)
    session = stage.browser("p-sup").cookies["s"].value
    open_page = connect("handover", session, id=stage.ids[CASE])
    assert "ride" in passed([open_page])[0][open_page]
    assert stage.browser(NEW).post(of_row(row, ride, "taking")).status_code == 303
    assert "taken over" in passed([open_page])[0][open_page]


# The history on the plan page


def plan(stage: Stage, person: str) -> str:
    text = stage.browser(person).get(f"/cases/{stage.ids[CASE]}/").content.decode()
    return text.partition('id="managers"')[2].partition("</section>")[0]


def test_the_case_page_tells_who_was_the_case_manager_and_the_days_without_one(stage: Stage) -> None:
    ended = stage.at - timedelta(days=50)
    Seat.unsealed.filter(key="old-cm").update(until=ended)
    old, new = (stage.seat("alder", key).person.name for key in ("old-cm", "cm"))
    for person in ("p-survivor", "p-cm", "p-sup", "p-adv"):
        shown = plan(stage, person)
        assert re.findall(r"(\d+) days without", shown) == ["20", "10"], person
        assert shown.index(old) < shown.index("10 days") < shown.index(new), person
    assert "Who has been my case manager" in plan(stage, "p-survivor")
    for person in ("p-det", "p-interp", "p-next-cm", "p-ther"):
        assert old not in plan(stage, person), person
        assert "days" not in plan(stage, person), person


def test_days_without_one_go_on_by_themselves(stage: Stage, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    Seat.unsealed.filter(key="cm").update(until=stage.at - timedelta(days=3, hours=23))
    assert "3 days without" in plan(stage, "p-survivor")
    page_of_her = connect("plan", stage.browser("p-survivor").cookies["s"].value, id=stage.ids[CASE])
    passed([page_of_her])
    stage.clock.at += timedelta(hours=1)
    assert "4 days without" in passed([page_of_her])[0][page_of_her]


def test_a_seat_that_is_hidden_is_no_trace_in_the_history(stage: Stage) -> None:
    hidden = stage.seat("alder", "old-cm")
    Mark.objects.filter(pk=hidden.pk).update(audience=1)
    Seat.unsealed.filter(pk=hidden.pk).update(agency=hidden.agency)
    shown = plan(stage, "p-adv")
    assert hidden.person.name not in shown
    before = shown
    Mark.objects.filter(pk=hidden.pk).update(removed_at=stage.at)
    assert plan(stage, "p-adv") == before


def test_a_pass_takes_as_many_queries_however_much_is_to_be_handed_over(stage: Stage, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    overlapping(stage)
    sockets = [
        connect("handover", stage.browser(person).cookies["s"].value, id=stage.ids[CASE])
        for person in (*MANAGE, NEW, "p-survivor")
    ]
    for count in (1, 12):
        for number in range(count):
            task(stage, f"task {count} {number}")
            line(stage, f"line {count} {number}")
        case_changed(stage.seat("alder", "cm").case_id)
        with CaptureQueriesContext(connection) as asked:
            frames, _closed = passed(sockets)
        assert len(asked) == 13
        assert len(frames) == (4 if count == 1 else 3), "she has no list of what is handed over"
