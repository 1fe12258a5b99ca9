"""Fewer people read a question or something that has to be done: who may say so, what follows, who learns nothing."""

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.items.models import AgendaItem
from agendas.notes.models import Note
from agendas.versions.changes import change_readers
from conferences.meetings.models import Conference
from conferences.questions.models import EarlierAnswer, RoleQuestion
from conferences.readers.changes import Choice
from conferences.responsibilities.models import How, Involved, Responsibility
from tests.agendas.test_versions import NARROWERS, Hand, Table, everything, fields, tells
from tests.cast import Stage, said
from tests.conferences.test_questions import PERMITTED, answered, asked, board, press
from tests.live_pass import connect, passed
from workspace.disclosure.changes import NotAllowedError
from workspace.disclosure.models import Mark, Named
from workspace.disclosure.policy import EVERY_ROLE, Topic, role_bits
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
FEW = {"audience": "roles", "roles": ["survivor", "case_manager"]}
NOT_ITS_NARROWER = ("Only whoever wrote this, the survivor", "Solo quien escribió esto, la sobreviviente")


@pytest.fixture
def table(stage: Stage) -> Table:
    """Nobody has asked anything yet, and all is read in English."""
    Person.objects.update(language="en")
    Mark.objects.filter(pk__in=RoleQuestion.unsealed.values("pk")).update(removed_at=stage.at)
    return Table(stage)


def question(table: Table, person: str = "p-survivor", about: str = "det", to: str = "all") -> RoleQuestion:
    found: RoleQuestion = asked(table.stage, person, "seats", about, to)
    return found


def line(table: Table, number: int = 0) -> Responsibility:
    found: Responsibility = table.stage.row(f"{CASE}/responsibilities/{number}")
    return found


def hand(table: Table, person: str, row: Any) -> Hand:
    return Hand(table.stage, person, row.mark.public_id)


def taken(table: Table, of: RoleQuestion) -> AgendaItem:
    """The item that the case manager makes of it, taken up again at another meeting, with a note under that one."""
    assert press(table.stage, "p-cm", of, "agenda") == 303
    item: AgendaItem = AgendaItem.unsealed.select_related("mark").get(question=of.pk)
    return item


def on_board(table: Table, row: Any) -> set[str]:
    """Who reads it on the board."""
    place = f'id="see-{row.mark.public_id}"'
    return {person for person in table.seats if place in board(table.stage, person)}


def test_its_author_the_survivor_case_managers_and_supervisors_narrow_it_and_others_are_told_why_not(
    table: Table,
) -> None:
    rows = [
        question(table),
        question(table, "p-det", "cm"),
        question(table, "p-adv", "vw", "few"),
        line(table),
    ]
    authors = ["p-survivor", "p-det", "p-adv", "p-cm"]
    boards = {person: board(table.stage, person) for person in table.seats}
    done = refused = hidden = 0
    for row, author in zip(rows, authors, strict=True):
        readers = table.readers(row.mark)
        for person, seat in table.seats.items():
            one, before = hand(table, person, row), everything()
            link = f"/written/{one.written}/readers/"
            may = person in readers and (seat.role in NARROWERS or person == author)
            assert (link in boards[person]) == may, (person, author)
            if may:
                with table.stage.undone():
                    assert one.get("readers").status_code == 200
                    assert one.read(**FEW).status_code == 303
                    assert one.mark.audience == role_bits(["survivor", "case_manager"])
                    assert Event.objects.filter(verb="narrowed", mark=row.mark).count() == 1
                done += 1
                continue
            answer = one.post("readers", one.choice(**FEW))
            assert answer.status_code == (403 if person in readers else 404), person
            assert person not in readers or tells(answer, NOT_ITS_NARROWER)
            assert everything() == before
            refused, hidden = refused + (person in readers), hidden + (person not in readers)
    assert min(done, refused, hidden) > 4
    for page in ("text", "less"):
        assert hand(table, "p-survivor", rows[0]).get(page).status_code == 404


def test_nobody_is_let_read_it_who_could_not_before(table: Table) -> None:
    narrow, lines = question(table, "p-cm", "vw", "few"), line(table, 3)
    for row, person in ((narrow, "p-cm"), (narrow, "p-survivor"), (lines, "p-law"), (lines, "p-cm")):
        before, one = everything(), hand(table, person, row)
        for given in ({"audience": "everyone"}, {"audience": "roles", "roles": ["survivor", "shelter"]}):
            answer = one.read(**given)
            assert answer.status_code == 422, (person, given)
            assert "This cannot be chosen now" in unescape(answer.content.decode())
        wider = Choice(Topic(row.mark.topic), EVERY_ROLE)
        with pytest.raises(NotAllowedError):
            change_readers(
                table.stage.sight(person),
                written=one.written,
                choice=wider,
                left_out_because="",
                sure=lambda: True,
                permitted=True,
                key=public_id(),
            )
        assert everything() == before


def test_its_page_asks_the_database_as_much_for_one_as_for_many(table: Table, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    hers = question(table)
    windows = [
        connect("on_board", table.stage.browser(person).cookies["s"].value, id=hers.mark.public_id)
        for person in sorted(table.readers(hers.mark))
    ]
    for some in (windows[:1], windows[1:]):
        with CaptureQueriesContext(connection) as queries:
            assert len(passed(some)[0]) == len(some)
        assert len(queries) == 7


def test_with_a_question_go_its_answers_and_what_was_made_of_it(table: Table) -> None:
    stage, wide = table.stage, question(table)
    assert answered(stage, "p-sup", wide, "the first answer").status_code == 303
    assert press(stage, "p-survivor", wide, "unclear") == 303
    assert answered(stage, "p-det", wide, "the second answer", **PERMITTED).status_code == 303
    item = taken(table, wide)
    past = Conference.unsealed.get(mark__case__key="alder", key="past")
    Mark.objects.filter(pk=item.pk).update(parent=past.pk)
    AgendaItem.unsealed.filter(pk=item.pk).update(conference=past)
    room = Conference.unsealed.get(mark__case__key="alder", key="now")
    there = f"/items/{item.mark.public_id}/continuation/"
    assert stage.browser("p-cm").post(there, {"conference": room.mark.public_id}).status_code == 303
    again = AgendaItem.unsealed.select_related("mark").get(continues=item.pk)
    mark = Mark.objects.create(
        case=wide.mark.case, topic="coordination", audience=EVERY_ROLE, parent=again.mark
    )
    Note.unsealed.create(mark=mark, item=again, kind="discussion", text="said about it")
    RoleQuestion.unsealed.filter(pk=wide.pk).update(routed_to=stage.seat("alder", "det"))
    were, on = table.readers(wide.mark), table.readers(again.mark)
    assert {"p-sup", "p-cm"} <= table.readers(mark) <= on
    assert "p-det" in on_board(table, wide) == were
    assert hand(table, "p-cm", wide).read(**FEW).status_code == 303
    now = table.readers(wide.mark)
    assert {"p-survivor", "p-cm", "p-interp"} < now < were - {"p-sup", "p-det"}
    assert on_board(table, wide) == now
    for person in table.seats:
        told = board(stage, person)
        assert all((text in told) == (person in now) for text in ("the first answer", "the second answer"))
        opened = stage.browser(person).get(f"/items/{again.mark.public_id}/")
        assert ("said about it" in opened.content.decode()) == (person in now & on), person
    assert table.readers(item.mark) <= now
    assert not RoleQuestion.unsealed.get(pk=wide.pk).routed_to_id, "who cannot read it is not waited for"
    assert EarlierAnswer.objects.count() == 1, "nothing is thrown away"


def test_with_what_has_to_be_done_go_the_questions_about_it_and_who_was_involved(table: Table) -> None:
    stage, row = table.stage, line(table)
    first = asked(stage, "p-survivor", "responsibilities", 0, "all")
    item = taken(table, first)
    for key, how in (("adv", How.ASKED), ("det", How.CLAIMS), ("cm", How.TOLD)):
        Involved.objects.get_or_create(responsibility=row, seat=stage.seat("alder", key), how=how)
    assert row.accountable is not None
    assert row.accountable.key == "vw"
    were = table.readers(row.mark)
    assert "p-vw" in table.readers(first.mark) & table.readers(item.mark) & were
    assert hand(table, "p-survivor", row).read(**FEW).status_code == 303
    now = table.readers(row.mark)
    assert now < were
    assert on_board(table, row) == now
    assert table.readers(first.mark) <= now
    assert table.readers(item.mark) <= now
    Mark.objects.filter(pk=first.pk).update(parent=None)
    assert table.readers(first.mark) <= now, "not only while it hangs there"
    row.refresh_from_db()
    assert row.accountable is None
    left = set(Involved.objects.filter(responsibility=row).values_list("seat__key", "how"))
    assert left == {("cm", "does"), ("cm", "told")}


def test_why_she_is_left_out_is_told_to_nobody_who_goes_on_reading_only_what_was_made_of_it(
    table: Table,
) -> None:
    stage, row = table.stage, line(table)
    asks = {
        person: asked(stage, person, "responsibilities", 0, "all")
        for person in ("p-survivor", "p-det", "p-adv")
    }
    items = {person: taken(table, of) for person, of in asks.items()}
    out = {"audience": "roles", "roles": ["case_manager", "advocate"], "left_out_because": "w-why-not"}
    assert hand(table, "p-cm", row).read(**out).status_code == 303
    for person, told in (("p-survivor", False), ("p-det", False), ("p-adv", True)):
        page = unescape(stage.browser(person).get(f"/items/{items[person].mark.public_id}/").content.decode())
        assert page.count("<h1") == 1, person
        assert ("w-why-not" in page) == told, person
    kept = Mark.objects.get(pk=items["p-det"].pk).left_out_because
    assert kept
    assert kept != "w-why-not"


def test_a_question_that_waits_for_a_role_which_is_not_to_read_it_any_more_waits_for_the_team(
    table: Table,
) -> None:
    stage, hers = table.stage, question(table, about="vw")
    assert press(stage, "p-cm", hers, "routing", to="role:investigator") == 303
    few = {"audience": "roles", "roles": ["survivor", "case_manager", "victim_witness"]}
    assert hand(table, "p-cm", hers).read(**few).status_code == 303
    hers.refresh_from_db()
    assert hers.routed_role == ""
    assert press(stage, "p-cm", hers, "routing", to="role:victim_witness") == 303
    assert (
        hand(table, "p-cm", hers).read(**few | {"roles": ["survivor", "victim_witness"]}).status_code == 303
    )
    hers.refresh_from_db()
    assert hers.routed_role == "victim_witness"


def test_she_is_told_that_her_case_manager_has_not_answered_only_where_they_could(table: Table) -> None:
    stage, hers = table.stage, question(table, to="few")
    waits = "Your case manager has not answered yet."
    assert waits in unescape(board(stage, "p-survivor"))
    named = {"audience": "people", "people": [stage.seat("alder", "sup").mark.public_id]}
    assert hand(table, "p-survivor", hers).read(**named).status_code == 303
    assert waits not in unescape(board(stage, "p-survivor"))


def test_of_a_seat_that_they_do_not_see_nothing_is_said_either_way(table: Table) -> None:
    stage, row = table.stage, line(table)
    unseen = stage.seat("alder", "det2")
    Responsibility.unsealed.filter(pk=row.pk).update(accountable=unseen)
    Involved.objects.create(responsibility=row, seat=unseen, how=How.ASKED)
    assert hand(table, "p-sup", row).read(**FEW).status_code == 303
    row.refresh_from_db()
    assert row.accountable_id == unseen.pk
    assert Involved.objects.filter(responsibility=row, seat=unseen).count() == 1


def test_what_the_survivor_took_on_herself_is_not_kept_from_her(table: Table) -> None:
    stage, row = table.stage, line(table)
    Responsibility.unsealed.filter(pk=row.pk).update(accountable=stage.seat("alder", "sv"))
    one, out = hand(table, "p-cm", row), {"audience": "roles", "roles": ["case_manager"]}
    before = everything()
    answer = one.read(**out)
    assert answer.status_code == 409
    assert "took this on herself" in unescape(answer.content.decode())
    assert everything() == before
    Responsibility.unsealed.filter(pk=row.pk).update(accountable=None)
    assert one.read(**out).status_code == 303
    assert one.mark.left_out_because == "a reason"


def test_nobody_but_its_asker_leaves_a_question_to_nobody_who_could_answer(table: Table) -> None:
    stage, hers = table.stage, question(table)
    before, only_her = everything(), {"audience": "roles", "roles": ["survivor", "interpreter"]}
    for person in ("p-cm", "p-sup"):
        answer = hand(table, person, hers).read(**only_her)
        assert answer.status_code == 409
        assert "so nobody could answer" in unescape(answer.content.decode())
    assert everything() == before
    # Neither while it is set aside: she may take it up again.
    assert press(stage, "p-sup", hers, "setting-aside", note="w-later") == 303
    assert hand(table, "p-sup", hers).read(**only_her).status_code == 409
    assert press(stage, "p-survivor", hers, "unclear") == 303
    theirs = question(table, "p-cm", "vw", "few")
    assert hand(table, "p-survivor", theirs).read(**only_her).status_code == 303, (
        "she could answer it herself"
    )
    assert table.readers(theirs.mark) == {"p-cm", "p-survivor", "p-interp", "p-free-interp"}
    mine = hand(table, "p-cm", question(table, "p-cm", "law"))
    body = mine.choice(audience="me")
    page = mine.post("readers/names", body).content.decode()
    assert "With this you take it back" in unescape(page)
    assert mine.post("readers", body | fields(page, "shown_readers")).status_code == 303
    told = board(stage, "p-cm")
    assert "Only you can see this now" in told
    assert f"/written/{mine.written}/readers/" not in told


def test_she_takes_back_what_she_asked_in_one_press_and_it_is_over_for_everybody(
    table: Table, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    stage = table.stage
    before = {person: board(stage, person) for person in table.seats if person != "p-survivor"}
    hers, other = question(table, about="shelter"), question(table, "p-cm", "vw", "few")
    item = taken(table, hers)
    passes, owners, readers = Passes(), dict[Any, str](), table.readers(hers.mark)
    for person in table.seats:
        session = stage.browser(person).cookies["s"].value
        owners[connect("board", session, id=stage.ids[CASE]).socket] = person
    assert len(passes.run([*owners]).frames) > len(readers) > 4
    away = f"/questions/{hers.mark.public_id}/taking-back/"
    for person in table.seats:
        if person != "p-survivor":
            answer = stage.browser(person).post(away)
            assert answer.status_code == (403 if person in readers else 404), person
    assert stage.browser("p-survivor").post(away).status_code == 303
    assert {owners[socket] for socket, *_ in passes.run([*owners]).frames} == readers
    assert table.readers(hers.mark) == table.readers(item.mark) == {"p-survivor"}
    changed = everything()
    assert stage.browser("p-survivor").post(away).status_code == 303
    assert everything() == changed, "a press that is sent again changes nothing"
    told = board(stage, "p-survivor")
    assert "Only you can see this now" in told
    assert away not in told
    assert press(stage, "p-survivor", hers, "unclear") == 409
    not_hers = stage.browser("p-cm").post(f"/questions/{other.mark.public_id}/taking-back/")
    assert not_hers.status_code == 403
    Mark.objects.filter(pk=other.pk).update(removed_at=stage.at)
    for person, was in before.items():
        assert board(stage, person) == was, person
    assert question(table, about="shelter").pk != hers.pk, "she can ask again"


def test_an_answer_that_meets_a_question_which_was_taken_back_is_refused_like_one_that_never_was(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken back after whoever answers was let in, and before they have locked the case."""
    stage, hers = table.stage, question(table)
    absent = said(stage.browser("p-det").post(f"/questions/{public_id()}/answer/", {"answer-text": "typed"}))
    here = "conferences.questions.changes.case_changed"

    def meanwhile(case: int) -> None:
        monkeypatch.undo()
        assert press(stage, "p-survivor", hers, "taking-back") == 303

    monkeypatch.setattr(here, meanwhile)
    late = answered(stage, "p-det", hers, "typed", **PERMITTED)
    assert said(late) == absent
    assert not RoleQuestion.unsealed.get(pk=hers.pk).answer


def test_what_is_narrowed_tells_nobody_who_did_not_read_it(table: Table, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    stage = table.stage
    about = asked(stage, "p-survivor", "responsibilities", 3, "all")
    rows = [line(table, 3), about]
    passes, owners = Passes(), dict[Any, str]()
    for person in table.seats:
        session = stage.browser(person).cookies["s"].value
        owners[connect("board", session, id=stage.ids[CASE]).socket] = person
    passes.run([*owners])
    readers = table.readers(rows[0].mark) | table.readers(about.mark)
    outside = set(table.seats) - readers
    assert len(outside) > 3
    before = {person: board(stage, person) for person in outside}
    named = stage.seat("alder", "sv").mark.public_id
    assert hand(table, "p-law", rows[0]).read(audience="people", people=[named]).status_code == 303
    assert not {owners[socket] for socket, *_ in passes.run([*owners]).frames} & outside
    assert {person: board(stage, person) for person in outside} == before
    assert not Named.objects.filter(mark=about.mark).exclude(seat__key="sv").exists()
