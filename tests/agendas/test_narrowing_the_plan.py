"""Fewer people read a row of the plan: who may say so, what goes with it, who goes on reading, who learns nothing."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.goals.models import Barrier, Goal, GoalReading
from agendas.history.models import Entry
from agendas.versions.changes import change_readers
from conferences.readers.changes import Choice
from tests.agendas.test_followup import (
    CHANCE,
    EXTEND,
    VISIT,
    hide_seats,
    number_of,
    page,
    put,
    say,
    url,
    wide,
)
from tests.agendas.test_versions import NARROWERS, Hand, Table, everything, fields, tells
from tests.cast import Stage, said
from tests.live_pass import connect
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.models import Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, ROLE_BIT, Role, Topic, role_bits
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
FEW = {"audience": "roles", "roles": ["survivor", "case_manager"]}
OUT = {"audience": "roles", "roles": ["case_manager"]}
NOT_ITS_NARROWER = ("Only whoever wrote this, the survivor", "Solo quien escribió esto, la sobreviviente")
KEY = re.compile(r'(?<=name="written-key" value=")[^"]*')
KINDS = ("task", "goal", "reading", "need", "strength", "barrier")


@pytest.fixture
def table(stage: Stage) -> Table:
    """The planted case, read in English; what the first task says may be read by everybody."""
    Person.objects.update(language="en")
    wide(stage, EXTEND)
    return Table(stage)


def planted(table: Table, kind: str) -> Any:
    """A row of this kind that several read, and several do not."""
    stage = table.stage
    places = {
        "task": "actions/0",
        "goal": "plan/goals/0",
        "need": "plan/needs/0",
        "strength": "plan/strengths/1",
    }
    if kind in places:
        return stage.row(f"{CASE}/{places[kind]}")
    goal = stage.row(f"{CASE}/plan/goals/0")
    mark = Mark.objects.create(
        case=goal.mark.case,
        author=stage.seat("alder", "adv"),
        origin=stage.seat("alder", "adv").agency,
        topic="housing",
        audience=EVERY_ROLE,
        parent=goal.mark if kind == "reading" else None,
    )
    if kind == "reading":
        return GoalReading.unsealed.create(mark=mark, goal=goal, text="what she may mean")
    return Barrier.unsealed.create(mark=mark, text="the bus is far", status="stands", goal=goal)


def hand(table: Table, person: str, row: Any) -> Hand:
    return Hand(table.stage, person, row.mark.public_id)


def page_of(table: Table, person: str, row: Any) -> str:
    """The page on which it stands for this person, where they see that."""
    goal = (
        getattr(row, "goal", None) if isinstance(row, GoalReading) else row if isinstance(row, Goal) else None
    )
    if isinstance(row, ActionItem):
        address = f"/actions/{row.mark.public_id}/"
    elif goal:
        address = f"/goals/{goal.mark.public_id}/"
    else:
        address = f"/cases/{table.stage.ids[CASE]}/"
    return unescape(said(table.stage.browser(person).get(address)))


@pytest.mark.parametrize("kind", KINDS)
def test_its_author_the_survivor_case_managers_and_supervisors_narrow_it_and_others_are_told_why_not(
    table: Table, kind: str
) -> None:
    row = planted(table, kind)
    readers, author = table.readers(row.mark), row.mark.author.person.key
    done = refused = hidden = 0
    for person, seat in table.seats.items():
        one, before = hand(table, person, row), everything()
        link = f"/written/{one.written}/readers/"
        may = person in readers and (seat.role in NARROWERS or person == author)
        assert (link in page_of(table, person, row)) == may, person
        if may:
            with table.stage.undone():
                assert one.get("readers").status_code == 200
                answer = one.read(**FEW)
                assert answer.status_code == 303
                assert one.mark.audience == row.mark.audience & role_bits(FEW["roles"])
                assert (
                    table.stage.browser(person).get(answer["Location"].partition("#")[0]).status_code == 200
                )
                assert Event.objects.filter(verb="narrowed", mark=row.mark).count() == 1
                assert table.readers(row.mark) < readers
            done += 1
            continue
        answers = [one.get("readers"), one.post("readers", one.choice(**FEW)), one.post("readers/names", {})]
        for answer in answers:
            assert answer.status_code == (403 if person in readers else 404), person
            assert person not in readers or tells(answer, NOT_ITS_NARROWER)
        if person not in readers:
            absent = Hand(table.stage, person, public_id())
            assert said(one.get("readers")) == said(absent.get("readers"))
        assert everything() == before
        refused, hidden = refused + (person in readers), hidden + (person not in readers)
    assert min(done, refused, hidden) > 1
    for away in ("text", "less"):
        assert hand(table, "p-survivor", row).get(away).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_let_read_it_who_could_not_before(table: Table, kind: str) -> None:
    row = planted(table, kind)
    Mark.objects.filter(pk=row.pk).update(audience=role_bits(["survivor", "case_manager", "advocate"]))
    author = row.mark.author.person.key
    for person in {"p-cm", author}:
        before, one = everything(), hand(table, person, row)
        for given in ({"audience": "everyone"}, {"audience": "roles", "roles": ["survivor", "shelter"]}):
            answer = one.read(**given)
            assert answer.status_code == 422, (person, given)
            assert "This cannot be chosen now" in unescape(answer.content.decode())
        with pytest.raises(NotAllowedError):
            changed(table, person, row, Choice(Topic(row.mark.topic), EVERY_ROLE))
        other = Topic.FAMILY if row.mark.topic != "family" else Topic.HOUSING
        with pytest.raises(NotAllowedError):
            changed(table, person, row, Choice(other, row.mark.audience))
        assert everything() == before


def changed(table: Table, person: str, row: Any, choice: Choice) -> None:
    change_readers(
        table.stage.sight(person),
        written=row.mark.public_id,
        choice=choice,
        left_out_because="a reason",
        sure=lambda: True,
        permitted=True,
        key=public_id(),
    )


def test_with_a_task_go_its_history_its_steps_and_its_place_on_every_page(
    table: Table, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    stage, row = table.stage, planted(table, "task")
    case = stage.ids[CASE]
    assert say(stage, "p-cm", EXTEND, "comments/", text="said in passing").status_code == 303
    assert say(stage, "p-shelter", EXTEND, "steps/", text="the first step").status_code == 303
    feeds = {}
    for person in ("p-shelter", "p-det"):
        chosen = {"cover": "", "conferences": "on", "due_dates": "on", "key": public_id()}
        told = said(stage.browser(person).post("/calendar/address/", chosen))
        found = re.search(r"/calendar/[\w-]{43}\.ics", told)
        assert found
        feeds[person] = found[0]
    # The detective helps, so it stands in their list and their calendar as well.
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=[number_of(stage, "det")]).status_code == 303
    pages = {
        "action": row.mark.public_id,
        "plan": case,
        "goal": stage.ids[f"{CASE}/plan/goals/0"],
        "mine": "",
        "today": "",
    }
    were = table.readers(row.mark)
    assert {"p-det", "p-sup", "p-shelter"} < were
    passes, owners = Passes(), dict[Any, tuple[str, str]]()
    for person in table.seats:
        session = stage.browser(person).cookies["s"].value
        for name, number in pages.items():
            socket = connect(name, session, id=number).socket
            if socket:
                owners[socket] = person, name
    passes.run([*owners])
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=[]).status_code == 303
    passes.run([*owners])
    assert hand(table, "p-cm", row).read(**FEW).status_code == 303
    now = table.readers(row.mark)
    assert {"p-shelter", "p-survivor", "p-cm"} <= now
    assert now < were
    result = passes.run([*owners])
    frames = {owners[socket]: frame for socket, frame, *_ in result.frames}
    assert {person for person, _name in frames} <= were, "who did not read it notices nothing"
    assert {person for person, name in frames if name == "plan"} >= were - now
    for (person, _name), frame in frames.items():
        assert person in now or row.title not in str(frame)
    words = (row.title, "said in passing", "the first step")
    for person in table.seats:
        browser = stage.browser(person)
        addresses = (url(stage, EXTEND), f"/cases/{case}/", f"/goals/{pages['goal']}/", "/tasks/", "/")
        told = "".join(unescape(said(browser.get(address))) for address in addresses)
        assert all((word in told) == (person in now) for word in words), person
    calendars = {person: said(stage.client(None).get(feed)) for person, feed in feeds.items()}
    assert row.title not in calendars["p-det"]
    # Who is asked to do it later reads what happened to it while they could read it, and none of the rest.
    assert say(stage, "p-cm", EXTEND, "comments/", text="said to few").status_code == 303
    assert say(stage, "p-cm", EXTEND, "owner/", to=number_of(stage, "sup")).status_code == 303
    told = page(stage, "p-sup", EXTEND)
    assert "said in passing" in told
    assert "said to few" not in told


def test_with_a_goal_goes_how_it_is_understood_and_what_became_of_it_and_never_she(table: Table) -> None:
    stage, reading = table.stage, planted(table, "reading")
    row, barrier, task = reading.goal, planted(table, "barrier"), planted(table, "task")
    assert (
        stage.browser("p-survivor").post(f"/goals/{row.mark.public_id}/met/", {"seen": "active"}).status_code
        == 303
    )
    assert Entry.unsealed.filter(of=row.mark).count() == 1
    beside = table.readers(barrier.mark), table.readers(task.mark)
    assert {"p-sup", "p-shelter"} <= table.readers(reading.mark)
    assert hand(table, "p-cm", row).read(**OUT, left_out_because="").status_code == 303
    row.mark.refresh_from_db()
    assert row.mark.left_out_because == "", "she always reads it, so nobody is asked why not"
    now = table.readers(row.mark)
    assert now == {"p-survivor", "p-cm", "p-later-cm", "p-interp", "p-free-interp"} & (
        now | {"p-survivor", "p-cm"}
    )
    assert not {"p-sup", "p-shelter", "p-det"} & now
    assert table.readers(reading.mark) <= now
    entry = Entry.unsealed.get(of=row.mark)
    assert table.readers(entry.mark) <= now
    assert (table.readers(barrier.mark), table.readers(task.mark)) == beside, "they have readers of their own"
    told = unescape(said(stage.browser("p-sup").get(f"/cases/{stage.ids[CASE]}/")))
    assert barrier.text in told
    assert row.words not in told
    assert not {"p-sup"} & table.readers(reading.mark)


def test_what_is_written_on_her_word_is_not_kept_from_her_either(table: Table) -> None:
    row = table.stage.row(f"{CASE}/plan/goals/5")
    assert row.mark.author.key == "cm"
    assert hand(table, "p-cm", row).read(**OUT, left_out_because="").status_code == 303
    assert {"p-survivor", "p-cm"} <= table.readers(row.mark)
    with pytest.raises(StaleError):
        changed(table, "p-cm", row, Choice(Topic(row.mark.topic), role_bits(["case_manager"])))


@pytest.mark.parametrize("kind", ["need", "barrier", "reading", "task"])
def test_leaving_her_out_of_anything_else_asks_for_a_reason(table: Table, kind: str) -> None:
    row = planted(table, kind)
    before, one = everything(), hand(table, "p-cm", row)
    answer = one.read(**OUT, left_out_because="")
    assert answer.status_code == 422
    assert "Say why the survivor is not among them." in unescape(answer.content.decode())
    assert everything() == before
    assert one.read(**OUT, left_out_because="w-not-yet").status_code == 303
    assert one.mark.left_out_because == "w-not-yet"
    assert "p-survivor" not in table.readers(row.mark)


def test_she_closes_nothing_to_herself(table: Table) -> None:
    for kind in ("need", "task"):
        row = planted(table, kind)
        assert hand(table, "p-survivor", row).read(**OUT, left_out_because="").status_code == 303
        assert "p-survivor" in table.readers(row.mark)


def test_who_does_a_task_and_who_helps_go_on_reading_it_until_somebody_else_does(table: Table) -> None:
    stage, row = table.stage, planted(table, "task")
    assert row.owner.key == "shelter"
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=[number_of(stage, "det")]).status_code == 303
    one = hand(table, "p-cm", row)
    assert "Whoever does it, and whoever helps, goes on seeing it" in said(one.get("readers"))
    shown = one.post("readers/names", one.choice(**FEW)).content.decode()
    will = shown.partition("Who will read this")[2]
    names = {key: stage.seat("alder", key).person.name for key in ("shelter", "det", "sup")}
    assert {key: name in will for key, name in names.items()} == {"shelter": True, "det": True, "sup": False}
    sup = [number_of(stage, "sup")]
    assert one.read(audience="people", people=sup, left_out_because="x").status_code == 303
    assert {"p-shelter", "p-det", "p-sup"} <= table.readers(row.mark)
    # Whoever does it no more can be left out.
    assert say(stage, "p-cm", EXTEND, "owner/", to=number_of(stage, "adv")).status_code == 303
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=[]).status_code == 303
    assert "p-shelter" in table.readers(row.mark)
    assert (
        one.read(audience="people", people=[number_of(stage, "adv")], left_out_because="x").status_code == 303
    )
    assert table.readers(row.mark) == {"p-cm", "p-adv"}


def test_what_she_offered_is_not_kept_from_her(table: Table) -> None:
    row = planted(table, "task")
    sv = table.stage.seat("alder", "sv")
    put(table.stage, EXTEND, owner=sv)
    Named.objects.get_or_create(mark=row.mark, seat=sv)
    assert hand(table, "p-cm", row).read(**OUT, left_out_because="").status_code == 303
    assert "p-survivor" in table.readers(row.mark)
    row.mark.refresh_from_db()
    assert not row.mark.left_out_because


def test_who_is_given_it_while_fewer_are_let_read_it_is_not_left_out(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given to somebody else after its readers were chosen, and before the case was locked."""
    stage, row = table.stage, planted(table, "task")
    before = table.readers(row.mark)

    def late(*args: Any, **given: Any) -> None:
        assert say(stage, "p-sup", EXTEND, "owner/", to=number_of(stage, "adv")).status_code == 303
        monkeypatch.undo()
        change_readers(*args, **given)

    monkeypatch.setattr("agendas.versions.views.changes.change_readers", late)
    one = hand(table, "p-cm", row)
    body = one.choice(**FEW)
    shown = fields(one.post("readers/names", body).content.decode(), "shown_readers")
    answer = one.post("readers", body | shown)
    assert answer.status_code == 409
    told = unescape(answer.content.decode())
    assert "Who reads this was changed in the meantime" in told
    assert stage.seat("alder", "adv").person.name in told.partition("Who will read this")[2]
    assert table.readers(row.mark) == before, "nothing was kept"
    again = body | fields(told, "shown_readers", "key")
    assert one.post("readers", again).status_code == 303
    assert "p-adv" in table.readers(row.mark)
    # Whoever sends what they were shown before it was given on is shown the readers once more.
    assert one.post("readers", body | shown).status_code == 422


def answered(table: Table, row: ActionItem, given: dict[str, Any], because: str) -> list[str]:
    """What the form says to whoever narrows it, and what the page says then."""
    one = hand(table, "p-cm", row)
    body = one.choice(**given, left_out_because=because) | {"written-key": "k" * 20}
    answers = [
        one.get("readers"),
        one.post("readers/names", body),
        one.read(**given, left_out_because=because),
    ]
    told = [KEY.sub("", CHANCE.sub("", said(answer))) for answer in answers]
    return [*told, CHANCE.sub("", page(table.stage, "p-cm", EXTEND))]


def test_whose_task_it_is_makes_no_difference_to_whoever_narrows_it_and_sees_neither(table: Table) -> None:
    stage, row = table.stage, planted(table, "task")
    hidden = {key: stage.seat("alder", key) for key in ("sv", "det", "law")}
    hide_seats(stage, *hidden)
    told: dict[str, list[Any]] = {}
    for key, seat in hidden.items():
        told[key] = []
        for given in (
            OUT,
            FEW,
            {"audience": "roles", "roles": ["case_manager", "counsel"]},
            {"audience": "me"},
        ):
            for because in ("", "x"):
                with stage.undone():
                    put(stage, EXTEND, owner=seat)
                    Named.objects.filter(mark=row.mark).delete()
                    Named.objects.create(mark=row.mark, seat=seat)
                    told[key] += answered(table, row, given, because)
                    assert seat.person.key in table.readers(row.mark)
                    assert "p-survivor" in table.readers(row.mark)
                    assert row.mark.left_out_because == ""
    assert told["sv"] == told["det"] == told["law"]
    assert "You cannot see everybody who does this" in told["sv"][0]


def test_nor_does_it_where_a_case_file_left_her_out_of_its_readers_and_did_not_say_why(table: Table) -> None:
    """Hers is read by her name, which whoever does not see her seat is not told. Her interpreters read it then as well,
    and are named where they are seen; here they are not."""
    stage, row = table.stage, planted(table, "task")
    Mark.objects.filter(pk=row.mark.pk).update(
        audience=role_bits(["case_manager", "advocate", "investigator"])
    )
    hidden = {key: stage.seat("alder", key) for key in ("sv", "det", "law")}
    interpreters = Seat.unsealed.filter(case=row.mark.case, role=Role.INTERPRETER)
    hide_seats(stage, *hidden, *interpreters.values_list("key", flat=True))
    told: dict[str, list[str]] = {}
    for key, seat in hidden.items():
        told[key] = []
        Named.objects.filter(mark=row.mark).delete()
        # An attorney reads nothing that is kept from her client.
        both = {seat, hidden["sv"]} if key == "law" else {seat}
        for each in both:
            Named.objects.create(mark=row.mark, seat=each)
        put(stage, EXTEND, owner=seat)
        for given in (OUT, {"audience": "roles", "roles": ["case_manager", "advocate"]}, {"audience": "me"}):
            for because in ("", "x"):
                with stage.undone():
                    told[key] += answered(table, row, given, because)
                    assert seat.person.key in table.readers(row.mark)
                    assert ("p-survivor" in table.readers(row.mark)) == (key != "det")
    assert told["sv"] == told["det"] == told["law"]
    assert told["sv"][2].startswith("303")
    assert "If the survivor can see it now, she goes on seeing it as well." in told["sv"][0]
    # Where it says why she does not read it, whoever reads that is asked why once more.
    Named.objects.filter(mark=row.mark).delete()
    put(stage, EXTEND, owner=hidden["det"])
    Mark.objects.filter(pk=row.mark.pk).update(left_out_because="w-not-yet")
    one = hand(table, "p-cm", row)
    assert "If the survivor can see it now" not in said(one.get("readers"))
    assert one.read(**OUT, left_out_because="").status_code == 422


def test_a_task_whose_owner_cannot_read_it_now_is_narrowed_all_the_same(table: Table) -> None:
    stage, row = table.stage, planted(table, "task")
    Release.objects.filter(agency=row.owner.agency).update(withdrawn_at=stage.at)
    assert not stage.sight("p-shelter")
    assert hand(table, "p-cm", row).read(**FEW).status_code == 303
    assert Named.objects.filter(mark=row.mark, seat=row.owner).exists()


def test_whoever_closes_its_page_to_themselves_is_led_to_the_plan(table: Table) -> None:
    stage = table.stage
    for kind in ("task", "goal"):
        row = planted(table, kind)
        given = {"audience": "roles", "roles": ["survivor", "advocate"]}
        body = hand(table, "p-sup", row).choice(**given)
        shown = hand(table, "p-sup", row).post("readers/names", body).content.decode()
        assert "you would no longer see this yourself" in shown
        answer = hand(table, "p-sup", row).read(**given)
        assert (answer.status_code, answer["Location"]) == (303, f"/cases/{stage.ids[CASE]}/")
        assert stage.browser("p-sup").get(answer["Location"]).status_code == 200


def test_what_was_sent_twice_narrows_once_and_narrowing_again_to_the_same_changes_nothing(
    table: Table,
) -> None:
    row = planted(table, "need")
    one = hand(table, "p-cm", row)
    assert one.read(**FEW).status_code == 303
    before = everything()
    assert one.read(**FEW).status_code == 303
    assert everything() == before


def test_its_page_asks_the_database_as_much_for_one_as_for_many(table: Table, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    for kind in KINDS:
        row = planted(table, kind)
        windows = [
            connect("in_plan", table.stage.browser(person).cookies["s"].value, id=row.mark.public_id).socket
            for person in sorted(table.readers(row.mark))
        ]
        for some in (windows[:1], windows[1:]):
            with CaptureQueriesContext(connection) as queries:
                assert len(Passes().run([each for each in some if each]).frames) == len(some)
            assert len(queries) <= 10, kind


# Who helps no more


def test_whoever_is_taken_out_of_those_who_help_reads_it_no_more_by_name(table: Table) -> None:
    stage, row = table.stage, planted(table, "task")
    Mark.objects.filter(pk=row.mark.pk).update(audience=role_bits(["survivor", "case_manager"]))
    out = "can no longer read it, unless they may read it anyway"
    assert out in said(stage.browser("p-cm").get(url(stage, EXTEND, "helpers/")))
    both = [number_of(stage, key) for key in ("sup", "adv")]
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=both).status_code == 303
    assert {"p-sup", "p-adv"} <= table.readers(row.mark)
    assert say(stage, "p-cm", EXTEND, "comments/", text="for those who help").status_code == 303
    # An advocate plans it, but does not let fewer people read it.
    assert out not in said(stage.browser("p-adv").get(url(stage, EXTEND, "helpers/")))
    assert say(stage, "p-adv", EXTEND, "helpers/", helpers=both[1:]).status_code == 303
    assert {"p-sup", "p-adv"} <= table.readers(row.mark)
    for helping in (both, both[1:]):
        assert say(stage, "p-cm", EXTEND, "helpers/", helpers=helping).status_code == 303
    assert "p-sup" not in table.readers(row.mark)
    assert "p-adv" in table.readers(row.mark)
    assert stage.browser("p-sup").get(url(stage, EXTEND)).status_code == 404
    assert row.title not in said(stage.browser("p-sup").get(f"/cases/{stage.ids[CASE]}/"))
    # Whoever takes themselves out, and does not read it otherwise, is led to the plan.
    answer = say(stage, "p-adv", EXTEND, "helpers/", helpers=[])
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{stage.ids[CASE]}/")
    assert table.readers(row.mark) & {"p-sup", "p-adv"} == set()
    # Whoever reads it by their role, or does it, goes on reading it.
    Mark.objects.filter(pk=row.mark.pk).update(audience=row.mark.audience | ROLE_BIT[Role.ADVOCATE])
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=both).status_code == 303
    assert say(stage, "p-cm", EXTEND, "helpers/", helpers=[]).status_code == 303
    assert {"p-adv", "p-shelter"} <= table.readers(row.mark)
    assert "p-sup" not in table.readers(row.mark)


def test_she_takes_herself_out_of_those_who_help_and_goes_on_reading_what_she_asked_for(table: Table) -> None:
    stage, row = table.stage, planted(table, "task")
    sv = stage.seat("alder", "sv")
    Mark.objects.filter(pk=row.mark.pk).update(author=sv, origin=None, audience=0)
    for helping in ([number_of(stage, "sv")], []):
        assert say(stage, "p-survivor", EXTEND, "helpers/", helpers=helping).status_code == 303
        assert "p-survivor" in table.readers(row.mark)


def test_the_survivor_is_not_asked_whether_the_survivor_and_she_may_read_it(table: Table) -> None:
    hers = Hand(table.stage, "p-survivor", table.stage.ids[f"{CASE}/actions/{VISIT}"])
    offered = re.findall(r'name="written-audience" value="([^"]*)"', hers.get("readers").content.decode())
    assert "me" in offered
    assert "survivor" not in offered
