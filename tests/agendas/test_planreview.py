"""Where the task force asks for it, a clinical supervisor goes through the plan and says so: who may, who reads it, for
whom the next one is due, and of which state of the plan it is."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from html import unescape
from threading import Barrier as Gate
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from pytest_django import Settings

from agendas.actions.models import ActionItem, ActionStatus
from agendas.goals.models import GoalTranslation
from agendas.planreview.models import PlanReview
from tests.agendas.test_goals import CASE, MINE, OWN_DOOR, goal_url, meant, place, plan, reading, written
from tests.cast import TICK, Clock, Stage, said
from tests.casting import ANCHOR, ROLES, planted
from tests.live_pass import Connection, connect
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Case, Mark, Seat
from workspace.disclosure.policy import role_bits
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Person, TaskForce, public_id
from workspace.record.models import Event

WORD = "shehasallofit"
LINK = re.compile(r'href="(/cases/[\w-]+/plan/reviews/\?seen=(\w+))"')
SEEN = re.compile(r'name="review-seen" value="(\w*)"')
MANAGEMENT = {"survivor", "case_manager", "advocate", "clinical_supervisor", "interpreter"}
CARE = MANAGEMENT | {"therapist", "medical", "shelter", "provider", "mentor"}
CARRYING = {"p-cm", "p-adv", "p-sup"}
EVERY = 90  # days, as the cast has it
ASKING = "/plans/review/"
DUE, TOLD = "It is time for a clinical supervisor", "The next time by"
CHANGED = "Something in the plan has changed since then."
LAST = -20  # days from the anchor, when the plan was last gone through


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


@pytest.fixture
def live(table: Stage, settings: Settings) -> Stage:
    """The same, whose sockets are let in."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    return table


def panel(stage: Stage, person: str, case: str = "") -> str:
    """What this person reads about reviews of the plan."""
    page = unescape(said(stage.browser(person).get(case or plan(stage))))
    return page.partition('id="planreview"')[2].partition("</section>")[0]


def edition(stage: Stage, person: str = "p-sup") -> str:
    """Of the plan, as it stands on this person's page."""
    found = LINK.search(said(stage.browser(person).get(plan(stage))))
    return found[2] if found else ""


def reviewed(stage: Stage, person: str = "p-sup", case: str = "", **given: Any) -> Any:
    """Go through the plan as this person, and say so."""
    usual = {"text": WORD, "seen": edition(stage)} | given
    return written(stage, person, f"{case or plan(stage)}plan/reviews/", "review", **usual)


def everything() -> tuple[Any, ...]:
    return (
        sorted(PlanReview.unsealed.values_list()),
        sorted(Mark.objects.values_list("pk", "audience", "removed_at")),
        sorted(Case.objects.values_list("pk", "version")),
        TaskForce.objects.get().reviews_plans,
        Event.objects.exclude(verb="signed_in").count(),
    )


def asked_every(days: int) -> None:
    TaskForce.objects.update(reviews_plans=days)


# Who says so


def test_only_a_clinical_supervisor_of_the_agency_that_holds_the_case_says_so(table: Stage) -> None:
    for case in (CASE, "/cases/1"):
        address = f"/cases/{table.ids[case]}/"
        absent = said(table.browser("p-cm").get(f"/cases/{public_id()}/plan/reviews/"))
        saying = set()
        for person in table.people:
            with table.undone():
                before, page = everything(), said(table.browser(person).get(address))
                answer = reviewed(table, person, address)
                if Eyes(table, person).supervises(case):
                    saying.add(person)
                    assert LINK.search(page), person
                else:
                    assert (answer.status_code, everything()) == (404, before), person
                    assert not LINK.search(page), person
                    assert said(table.browser(person).get(f"{address}plan/reviews/")) == absent, person
        # In the other case the same person sits for an agency that does not hold it.
        assert saying == ({"p-sup"} if case == CASE else set())


def test_what_is_said_is_kept_with_who_said_it_and_when(table: Stage) -> None:
    answer = reviewed(table)
    assert (answer.status_code, answer["Location"]) == (303, f"{plan(table)}#planreview")
    row = PlanReview.unsealed.get(text=WORD)
    assert (row.reviewed_at, row.mark.author.key, row.mark.topic) == (table.at, "sup", "coordination")
    done = Event.objects.get(verb="plan_reviewed")
    assert (done.mark_id, done.seat_id) == (row.pk, table.seat("alder", "sup").pk)


def test_without_a_word_it_is_kept_as_well(table: Stage) -> None:
    before = PlanReview.unsealed.count()
    assert reviewed(table, text="\u200b ").status_code == 303
    assert PlanReview.unsealed.filter(text="").count() == 1
    assert PlanReview.unsealed.count() == before + 1
    told = panel(table, "p-cm")
    assert "Went through the whole plan" in told
    assert 'class="prose"' not in told.partition("<details")[0]


# Who reads it


@pytest.mark.parametrize(
    ("topic", "chosen", "roles"),
    [
        ("coordination", {"audience": "care"}, CARE),
        ("coordination", {"audience": "management"}, MANAGEMENT),
        ("substance_use", {"audience": "everyone"}, set(ROLES)),
        ("advocacy", {"audience": "everyone"}, set(ROLES)),
        (
            "housing",
            {"audience": "roles", "roles": ["case_manager", "advocate", "clinical_supervisor", "shelter"]},
            {"case_manager", "advocate", "clinical_supervisor", "shelter"},
        ),
    ],
)
def test_those_who_were_chosen_read_it_and_nobody_else(
    table: Stage, topic: str, chosen: dict[str, Any], roles: set[str]
) -> None:
    assert reviewed(table, topic=topic, **chosen).status_code == 303
    expected = meant(table, "sup", "holder", roles, topic)
    assert reading(table, WORD) == expected
    assert expected >= CARRYING
    assert ("p-survivor" in expected) == ("survivor" in roles)
    for person in table.people:
        number = PlanReview.unsealed.get(text=WORD).mark.public_id
        assert (number in panel(table, person)) == (person in expected), person


def test_all_who_carry_the_case_are_among_its_readers(table: Stage) -> None:
    before = everything()
    few = ["survivor", "case_manager", "clinical_supervisor"]
    wrong: list[dict[str, Any]] = [{"audience": "me"}, {"audience": "people"}]
    for chosen in [*wrong, {"audience": "roles", "roles": few}]:
        answer = reviewed(table, **chosen)
        assert (answer.status_code, everything()) == (422, before), chosen
        assert WORD in said(answer)
    told = unescape(said(reviewed(table, audience="roles", roles=few)))
    assert "Those who carry the case have to know that it was gone through." in told
    offered = set(re.findall(r'name="review-audience" value="(\w+)"', said(answer)))
    assert offered == {"management", "care", "everyone", "roles"}


def test_whoever_leaves_her_out_says_why(table: Stage) -> None:
    chosen: Any = {"audience": "roles", "roles": ["case_manager", "advocate", "clinical_supervisor"]}
    before = everything()
    answer = reviewed(table, left_out_because="", **chosen)
    assert (answer.status_code, everything()) == (422, before)
    assert reviewed(table, **chosen).status_code == 303
    assert "a reason" in panel(table, "p-adv")
    assert WORD not in panel(table, "p-survivor")


def test_she_reads_of_it_in_plain_words_and_never_that_one_is_due(table: Stage) -> None:
    assert reviewed(table, audience="management").status_code == 303
    for person in ("p-survivor", "p-interp"):
        told = panel(table, person)
        assert "Who has read through my plan" in told
        assert "to see that nothing is forgotten" in told
        assert WORD in told
        assert TOLD not in told
    PlanReview.unsealed.update(reviewed_at=table.at - timedelta(days=EVERY))
    assert DUE in panel(table, "p-cm")
    assert "Who has read through my plan" in panel(table, "p-survivor")
    assert DUE not in panel(table, "p-survivor")


def test_who_does_not_see_the_seat_of_whoever_said_so_reads_the_team(table: Stage) -> None:
    name = table.seat("alder", "sup").person.name
    assert reviewed(table, audience="everyone").status_code == 303
    assert name in panel(table, "p-mentor")
    Mark.objects.filter(pk=table.seat("alder", "sup").pk).update(audience=role_bits(["survivor"]))
    told = panel(table, "p-mentor")
    assert WORD in told
    assert "the team" in told
    assert name not in said(table.browser("p-mentor").get(plan(table)))
    assert name in panel(table, "p-survivor")


# Of which state of the plan


def need(stage: Stage) -> None:
    assert written(stage, "p-cm", f"{plan(stage)}needs/", "need").status_code == 303


def translation(stage: Stage) -> None:
    GoalTranslation.objects.create(
        goal=stage.row(place("goals", OWN_DOOR)),
        language="fr",
        words="typed",
        by=stage.seat("alder", "interp"),
        at=stage.at,
    )


def barrier(stage: Stage) -> None:
    assert written(stage, "p-cm", f"{plan(stage)}barriers/", "barrier").status_code == 303


def strength(stage: Stage) -> None:
    assert written(stage, "p-cm", f"{plan(stage)}strengths/", "strength").status_code == 303


def assessed(stage: Stage) -> None:
    address = f"/needs/{stage.ids[place('needs', 0)]}/assessment/"
    form = {"status": "met", "seen": "open", "key": public_id(), "because": ""}
    given = {f"assessment-{name}": value for name, value in form.items()}
    assert stage.browser("p-cm").post(address, given).status_code == 303


def met(stage: Stage) -> None:
    answer = stage.browser("p-survivor").post(goal_url(stage, OWN_DOOR, "met/"), {"seen": "active"})
    assert answer.status_code == 303


def ended(stage: Stage) -> None:
    row = stage.row(f"{CASE}/actions/0")
    ActionItem.unsealed.filter(pk=row.pk).update(status=ActionStatus.DONE, ended_at=stage.at)


@pytest.mark.parametrize("change", [need, translation, barrier, strength, assessed, met, ended])
def test_a_plan_that_went_on_meanwhile_is_read_again_first(
    table: Stage, change: Callable[[Stage], None]
) -> None:
    seen = edition(table)
    assert CHANGED not in panel(table, "p-sup")
    table.clock.at += TICK
    change(table)
    before = everything()
    answer = reviewed(table, seen=seen)
    assert (answer.status_code, everything()) == (409, before)
    told = unescape(said(answer))
    assert "Something in this plan has changed since you read it." in told
    assert WORD in told
    assert f'href="{plan(table)}"' in told
    # With what is there now, the second press keeps it.
    now = SEEN.search(told)
    assert now
    assert now[1] == edition(table) != seen
    assert CHANGED in panel(table, "p-sup")
    assert reviewed(table, seen=now[1]).status_code == 303
    assert CHANGED not in panel(table, "p-sup")


def test_what_hides_from_the_supervisor_neither_shows_nor_stands_in_the_way(table: Stage) -> None:
    page, seen = panel(table, "p-sup"), edition(table)
    table.clock.at += TICK
    # Her own, which nobody else reads.
    answer = table.browser("p-survivor").post(goal_url(table, MINE, "met/"), {"seen": "active"})
    assert answer.status_code == 303
    assert panel(table, "p-sup") == page
    assert reviewed(table, seen=seen, audience="management").status_code == 303
    assert CHANGED not in panel(table, "p-sup")
    table.clock.at += TICK
    answer = table.browser("p-survivor").post(goal_url(table, MINE, "taking-up/"), {"seen": "met"})
    assert answer.status_code == 303
    assert CHANGED not in panel(table, "p-sup")
    assert CHANGED in panel(table, "p-survivor")


def test_what_she_offered_and_did_not_do_is_no_change_for_anybody(table: Stage) -> None:
    assert reviewed(table, audience="everyone").status_code == 303
    table.clock.at += TICK
    visit = table.row(f"{CASE}/actions/4")
    assert visit.owner.role == "survivor"
    ActionItem.unsealed.filter(pk=visit.pk).update(status=ActionStatus.NO_LONGER_POSSIBLE, ended_at=table.at)
    for person in ("p-survivor", "p-mentor", "p-sup", "p-cm"):
        assert CHANGED not in panel(table, person)
    # Whoever does not see her seat cannot tell hers from another's by it.
    Mark.objects.filter(pk=table.seat("alder", "sv").pk).update(audience=0)
    assert CHANGED not in panel(table, "p-mentor")


def test_that_a_goal_is_still_right_changes_nothing(table: Stage) -> None:
    assert reviewed(table).status_code == 303
    seen = edition(table)
    table.clock.at += TICK
    room = table.ids[table.place("alder", "conferences", "now")]
    page = said(table.browser("p-survivor").get(f"/conferences/{room}/plan/"))
    goal = table.ids[place("goals", OWN_DOOR)]
    words = re.search(rf'id="right-{goal}" form="press" name="seen" value="(\w+)"', page)
    assert words
    address = f"{goal_url(table, OWN_DOOR, 'confirmation/')}?conference={room}"
    assert table.browser("p-survivor").post(address, {"seen": words[1]}).status_code == 303
    assert edition(table) == seen
    assert CHANGED not in panel(table, "p-sup")


def test_only_of_the_last_it_is_told_whether_something_changed_since(table: Stage) -> None:
    assert reviewed(table).status_code == 303
    table.clock.at += TICK
    need(table)
    assert panel(table, "p-cm").count(CHANGED) == 1
    table.clock.at += TICK
    assert reviewed(table, text="").status_code == 303
    told = panel(table, "p-cm")
    assert CHANGED not in told
    assert WORD in told.partition("Before that")[2]


# Once, at once, too late


def test_a_form_that_is_sent_twice_writes_one(table: Stage) -> None:
    key, seen, before = public_id(), edition(table), PlanReview.unsealed.count()
    for _ in range(2):
        assert reviewed(table, key=key, seen=seen).status_code == 303
    assert PlanReview.unsealed.count() == before + 1
    assert reviewed(table, key=key, seen=seen, text="other words").status_code == 409
    assert PlanReview.unsealed.count() == before + 1


def test_of_two_at_once_one_says_so_and_the_other_is_told(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, answers = Stage(planted(), clock), dict[str, Any]()
    Person.objects.update(language="en")
    seen, address, before = edition(stage), f"{plan(stage)}plan/reviews/", PlanReview.unsealed.count()
    bodies, browsers = dict[str, Any](), dict[str, Client]()
    for word in ("first", "second"):
        browsers[word] = stage.client("p-sup")
        given = {"text": word, "topic": "coordination", "audience": "care", "key": public_id(), "seen": seen}
        bodies[word] = {f"review-{name}": value for name, value in given.items()}
        shown = re.search(
            r'shown_readers" value="(\w+)"', said(browsers[word].post(f"{address}readers/", bodies[word]))
        )
        assert shown
        bodies[word]["review-shown_readers"] = shown[1]
    together = Gate(2)
    if connection.vendor == "postgresql":
        # Both have read the plan, and neither has locked the case.
        def both(case: int) -> None:
            together.wait(10)
            case_changed(case)

        monkeypatch.setattr("agendas.planreview.changes.case_changed", both)

    def press(word: str) -> None:
        try:
            if connection.vendor == "sqlite":
                together.wait(10)
            answers[word] = browsers[word].post(address, bodies[word])
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(word,)) for word in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    assert PlanReview.unsealed.count() == before + 1
    assert Event.objects.filter(verb="plan_reviewed").count() == 1


def test_whose_seat_ended_on_the_way_says_nothing_more(table: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    address, browser = f"{plan(table)}plan/reviews/", table.browser("p-sup")
    seen = edition(table)

    def ends_meanwhile(case: int) -> None:
        case_changed(case)
        Seat.unsealed.filter(pk=table.seat("alder", "sup").pk).update(until=table.at)

    with monkeypatch.context() as patch, table.undone():
        patch.setattr("agendas.planreview.changes.case_changed", ends_meanwhile)
        before = everything()
        assert reviewed(table, seen=seen).status_code == 404
        assert everything()[0] == before[0]
        assert everything()[-1] == before[-1]
    Seat.unsealed.filter(pk=table.seat("alder", "sup").pk).update(until=table.at)
    before = everything()
    assert reviewed(table, seen=seen).status_code == 404
    assert everything() == before
    assert said(browser.get(address)) == said(browser.get(f"/cases/{public_id()}/plan/reviews/"))


# When the next one is due


def midnight(days: int) -> datetime:
    """The beginning of the day that is so many after the last review, where the case is worked on."""
    last = (ANCHOR + timedelta(days=LAST)).date()
    return datetime.combine(last + timedelta(days=days), time(), ANCHOR.tzinfo)


def test_it_is_due_from_its_day_on_for_those_who_carry_the_case_and_nobody_else(table: Stage) -> None:
    asked_every(30)
    for at, due in ((midnight(30) - TICK, False), (midnight(30), True)):
        table.clock.at = at
        told = {person: panel(table, person) for person in table.people if Eyes(table, person).sits(CASE)}
        assert {person for person, text in told.items() if DUE in text} == (CARRYING if due else set())
        assert {person for person, text in told.items() if TOLD in text} == (set() if due else CARRYING)
        today = {person: said(table.browser(person).get("/")) for person in table.people}
        waiting = {person for person, text in today.items() if "Plans to go through" in text}
        assert waiting == ({"p-sup"} if due else set())
    assert f"{plan(table)}#planreview" in today["p-sup"]
    assert reviewed(table).status_code == 303
    assert "Plans to go through" not in said(table.browser("p-sup").get("/"))
    assert DUE not in panel(table, "p-cm")


def test_of_a_plan_that_nobody_went_through_yet_it_is_due_so_long_after_the_case_was_opened(
    table: Stage,
) -> None:
    birch = f"/cases/{table.ids['/cases/1']}/"
    assert DUE in panel(table, "p-next-cm", birch)
    assert "Nobody has gone through it yet." in panel(table, "p-next-cm", birch)
    Case.objects.filter(key="birch").update(opened=ANCHOR.date())
    assert TOLD in panel(table, "p-next-cm", birch)
    for person in ("p-sup", "p-survivor-two", "p-interp"):
        assert "Nobody has gone through it yet." not in panel(table, person, birch), person
        assert "h2" not in panel(table, person, birch), person


def test_where_the_task_force_does_not_ask_nothing_is_due_and_what_was_said_stays(table: Stage) -> None:
    seen = edition(table)
    asked_every(0)
    for person in table.people:
        if not Eyes(table, person).sits(CASE):
            continue
        told = panel(table, person)
        assert DUE not in told
        assert TOLD not in told
        assert not LINK.search(told)
        rows = [place("reviews", number) for number in range(3)]
        for row in rows:
            assert (table.ids[row] in told) == Eyes(table, person).sees(row), (person, row)
    assert "Plans to go through" not in said(table.browser("p-sup").get("/"))
    assert table.browser("p-sup").get(f"{plan(table)}plan/reviews/").status_code == 404
    before = everything()
    answer = reviewed(table, seen=seen)
    assert (answer.status_code, everything()) == (409, before)
    assert "The task force does not ask for this any more" in said(answer)
    assert WORD in said(answer)
    # Without anything that was said, there is no sign of it.
    Mark.objects.filter(pk__in=PlanReview.unsealed.values("pk")).update(removed_at=table.at)
    assert panel(table, "p-sup").strip() == "data-panel hidden>"


# How often the task force asks for it


def asking(stage: Stage, person: str, every: int, seen: str = "", key: str = "") -> Any:
    browser = stage.browser(person)
    stands = re.search(r'name="seen" value="(\d+)"', said(browser.get(ASKING)))
    found = stands[1] if stands else "90"
    return browser.post(ASKING, {"every": every, "seen": seen or found, "key": key or public_id()})


def test_how_often_is_said_by_those_who_may_say_what_meetings_begin_with(table: Stage) -> None:
    for person in table.people:
        planner = table.browser(person).get("/meetings/template/").status_code == 200
        with table.undone():
            before, answer = everything(), asking(table, person, 30)
            assert answer.status_code == (303 if planner else 404), person
            assert TaskForce.objects.get().reviews_plans == (30 if planner else 90)
            assert planner or everything() == before
    page = said(table.browser("p-cm").get(f"{plan(table)}conferences/"))
    assert f'href="{ASKING}"' in page


def test_it_is_kept_once_with_who_said_it_and_reaches_every_case(table: Stage) -> None:
    key, before = public_id(), dict(Case.objects.values_list("key", "version"))
    for _ in range(2):
        assert asking(table, "p-adv", 180, "90", key)["Location"] == f"{ASKING}?kept"
    assert Event.objects.filter(verb="plan_reviews_asked_for").count() == 1
    assert dict(Case.objects.values_list("key", "version")) == {name: n + 1 for name, n in before.items()}
    assert asking(table, "p-adv", 180, "180").status_code == 303
    assert Event.objects.filter(verb="plan_reviews_asked_for").count() == 1, "it said so already"


def test_of_two_who_say_how_often_the_second_is_told_how_it_stands(table: Stage) -> None:
    assert asking(table, "p-cm", 30).status_code == 303
    before = everything()
    late = asking(table, "p-adv", 60, "90")
    assert (late.status_code, everything()) == (409, before)
    told = said(late)
    assert "Every 30 days" in told.partition("How it stands now")[2].partition("</div>")[0]
    assert re.search(r'value="60"[^>]*checked', told)
    seen = re.search(r'name="seen" value="(\d+)"', told)
    assert seen
    assert asking(table, "p-adv", 60, seen[1]).status_code == 303


@pytest.mark.parametrize("every", ["", "7", "-1", "x", "9" * 400])
def test_what_cannot_be_chosen_is_not_kept(table: Stage, every: Any) -> None:
    before = everything()
    assert asking(table, "p-cm", every).status_code == 422
    assert everything() == before
    if every == "7":
        with pytest.raises(IntegrityError), transaction.atomic():
            asked_every(7)


# Live


def everybody_on(stage: Stage, page: str, scope: str = "") -> dict[Any, str]:
    owners: dict[Any, str] = {}
    for person in stage.people:
        found: Connection = connect(page, stage.browser(person).cookies["s"].value, id=scope)
        if found.socket:
            owners[found.socket] = person
    return owners


def test_open_pages_follow_for_exactly_those_whom_it_concerns(live: Stage) -> None:
    passes = Passes()
    plans = everybody_on(live, "plan", live.ids[CASE])
    plans = {each: plans[each] for each in set(plans) - set(passes.run(list(plans)).closed)}
    expected = meant(live, "sup", "holder", MANAGEMENT)
    live.clock.at += TICK
    assert reviewed(live, audience="management").status_code == 303
    told = {plans[socket]: frame for socket, frame, _size in passes.run(list(plans)).frames}
    assert set(told) == expected
    assert all(WORD in frame and 'id="planreview"' in frame for frame in told.values())
    live.clock.at += TICK
    assert asking(live, "p-cm", 0).status_code == 303
    told = {plans[socket]: frame for socket, frame, _size in passes.run(list(plans)).frames}
    assert set(told) == CARRYING


def test_time_alone_makes_it_due_on_open_pages(live: Stage) -> None:
    asked_every(30)
    live.clock.at = midnight(30) - TICK
    for page, scope, concerned in (("plan", live.ids[CASE], CARRYING), ("today", "", {"p-sup"})):
        passes, owners = Passes(), everybody_on(live, page, scope)
        first = passes.run(list(owners))
        owners = {each: owners[each] for each in set(owners) - set(first.closed)}
        assert not passes.run(list(owners)).frames
        live.clock.at += TICK
        frames = {owners[socket]: frame for socket, frame, _size in passes.run(list(owners)).frames}
        live.clock.at -= TICK
        telling = {person for person, frame in frames.items() if "planreview" in frame}
        assert telling == concerned, page
