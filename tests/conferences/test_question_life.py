"""The whole life of a question about roles: what is kept of it, to whom it goes back, and where it stands."""

import re
from typing import Any

import pytest

from conferences.questions.models import EarlierAnswer, RoleQuestion
from conferences.responsibilities.models import How, Involved, Responsibility
from tests.cast import Stage
from tests.conferences.test_questions import (
    PERMITTED,
    answered,
    asked,
    newest,
    others,
    press,
    row,
    sees,
    shown,
    told,
    url,
    words,
)
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Mark, Release, Seat
from workspace.disclosure.policy import Role
from workspace.people.models import Person, public_id


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Nobody has asked anything yet, and everybody reads English."""
    Person.objects.update(language="en")
    Mark.objects.filter(pk__in=RoleQuestion.unsealed.values("pk")).update(removed_at=stage.at)
    return stage


def test_that_their_own_client_permits_an_answer_is_kept_with_each(stage: Stage) -> None:
    question = asked(stage, "p-survivor", "seats", "det", "all")
    for text in ("first", "second"):
        assert answered(stage, "p-vw", question, text, **PERMITTED).status_code == 303
        assert row(question).answer_permitted_at == stage.at
    assert EarlierAnswer.objects.get().permitted_at == stage.at
    assert press(stage, "p-survivor", question, "unclear") == 303
    # Nobody's permission is asked where the record is their own.
    assert answered(stage, "p-cm", question, "third", **PERMITTED).status_code == 303
    assert row(question).answer_permitted_at is None
    assert set(EarlierAnswer.objects.values_list("text", "permitted_at")) == {
        ("first", stage.at),
        ("second", stage.at),
    }


def test_who_lets_everybody_read_is_told_who_that_is_and_from_outside_asks_their_client_again(
    stage: Stage,
) -> None:
    assert words(stage, "p-vw", audience="few", permitted="on").status_code == 303
    question = newest()
    Mark.objects.filter(pk=question.pk).update(permitted_at=None)
    page = told(stage.browser("p-vw").get(url(question, "everyone")))
    assert 'name="permitted"' in page
    assert stage.seat("alder", "det").person.name in page
    refused = stage.browser("p-vw").post(url(question, "everyone"))
    assert refused.status_code == 422
    assert "permits" in told(refused)
    assert (row(question).mark.permitted_at, sees(stage, "p-det", question)) == (None, False)
    assert press(stage, "p-vw", question, "everyone", permitted="on") == 303
    assert (row(question).mark.permitted_at, sees(stage, "p-det", question)) == (stage.at, True)
    hers = asked(stage, "p-survivor", "seats", "det")
    page = told(stage.browser("p-survivor").get(url(hers, "everyone")))
    assert 'name="permitted"' not in page
    assert stage.seat("alder", "adv").person.name in page
    assert stage.browser("p-cm").get(url(hers, "everyone")).status_code == 403


def test_what_was_typed_comes_back_from_every_refusal_of_the_board(stage: Stage) -> None:
    """Each with whoever may not do it, or no more as it stands, without JavaScript."""
    line, case = stage.row("/cases/0/responsibilities/0").mark.public_id, stage.ids["/cases/0"]
    over, hers = asked(stage, "p-survivor", "seats", "vw", "all"), asked(stage, "p-survivor", "seats", "det")
    read, aside = shown(stage, "p-cm", over, "answer"), shown(stage, "p-sup", over, "setting-aside")
    press(stage, "p-survivor", over, "closing")
    cm, gone = stage.seat("alder", "cm").mark.public_id, stage.seat("alder", "old-cm").mark.public_id
    seats = "/seats/{}/card/"
    refusals: list[tuple[str, str, dict[str, Any], int]] = [
        ("p-cm", url(over, "answer"), {"answer-text": "w-typed", "answer-key": public_id(), **read}, 409),
        ("p-interp", url(over, "answer"), {"answer-text": "w-typed", "answer-key": public_id()}, 403),
        ("p-sup", url(over, "setting-aside"), {"note": "w-typed", **aside}, 409),
        ("p-cm", url(hers, "setting-aside"), {"note": "w-typed"}, 403),
        ("p-interp", f"/cases/{case}/questions/", {"question-text": "w-typed"}, 403),
        ("p-vw", f"/responsibilities/{line}/wording/", {"text": "w-typed"}, 403),
        ("p-vw", seats.format(cm), {"does": "w-typed", "contact": "w-typed"}, 403),
        ("p-cm", seats.format(gone), {"does": "w-typed"}, 409),
        ("p-cm", f"{seats.format(gone)}translation/", {"language": "es", "does": "w-typed"}, 409),
        ("p-vw", f"{seats.format(cm)}translation/", {"language": "es", "does": "w-typed"}, 403),
    ]
    for person, address, body, status in refusals:
        answer = stage.browser(person).post(address, body)
        assert answer.status_code == status, (person, address, told(answer))
        assert "w-typed" in told(answer), (person, address)


def test_an_interpreter_answers_for_nothing_however_it_comes_and_does_what_is_written_down(
    stage: Stage,
) -> None:
    free = Responsibility.unsealed.select_related("mark").get(
        mark=stage.row("/cases/0/responsibilities/2").pk
    )
    Mark.objects.filter(pk=free.pk).update(topic="coordination", audience=(1 << 16) - 1)
    interpreter = stage.seat("alder", "interp")
    address = f"/responsibilities/{free.mark.public_id}/"
    page = told(stage.browser("p-cm").get(address))
    accountable, _, rest = page.partition('name="does"')
    assert interpreter.mark.public_id not in accountable
    assert interpreter.mark.public_id in rest
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    body = {"seen": seen, "accountable": interpreter.mark.public_id}
    assert stage.browser("p-cm").post(address, body).status_code == 422
    assert stage.browser("p-interp").post(f"{address}taking/").status_code == 403
    given = {"seen": seen, "accountable": "", "does": interpreter.mark.public_id}
    assert stage.browser("p-cm").post(address, given).status_code == 303
    assert Involved.objects.filter(responsibility=free.pk, seat=interpreter, how=How.DOES).exists()
    assert not Responsibility.unsealed.filter(accountable=interpreter).exists()


NOBODY = "Waits for nobody:"


def board(stage: Stage, person: str) -> str:
    """What the board says of questions."""
    page = told(stage.browser(person).get(f"/cases/{stage.ids['/cases/0']}/roles/"))
    return page.partition('<section class="panel" id="questions"')[2].partition("</section>")[0]


def today(stage: Stage, person: str, panel: str = "asked") -> str:
    page = told(stage.browser(person).get("/")).partition(f'id="{panel}"')[2]
    return page.partition('id="newcomers"' if panel == "hers" else "</section>")[0]


def lose(stage: Stage, how: str, key: str) -> None:
    """The holder of this seat can do nothing more."""
    seat = stage.seat("alder", key)
    if how == "ended":
        Seat.unsealed.filter(pk=seat.pk).update(until=stage.at)
    elif how == "cannot sign in":
        Person.objects.filter(pk=seat.person_id).update(is_active=False)
    else:
        Release.objects.filter(case=seat.case, agency=seat.agency_id).update(withdrawn_at=stage.at)


# The end of a seat is told to everybody who sees the seat; the rest to those who see every release.
LOST = ["ended", "cannot sign in", "no release"]


@pytest.mark.parametrize("how", LOST)
def test_what_waits_for_somebody_who_is_lost_goes_back_to_those_who_carry_the_case(
    stage: Stage, how: str
) -> None:
    other = asked(stage, "p-survivor", "seats", "det", "all")
    question = asked(stage, "p-survivor", "responsibilities", 1, "all")
    vw = stage.seat("alder", "vw")
    assert press(stage, "p-cm", question, "routing", to=vw.mark.public_id) == 303
    before = {person: board(stage, person) for person in ("p-law", "p-cm", "p-survivor")}
    assert all("Waits for <bdi>" in page and NOBODY not in page for page in before.values())
    lose(stage, how, "vw")
    for person in ("p-cm", "p-sup"):
        page, first = board(stage, person), today(stage, person)
        assert f"<b>{NOBODY}</b> <bdi>{vw.person.name}</bdi>" in page
        assert page.index(question.mark.public_id) < page.index(other.mark.public_id)
        assert first.index(NOBODY) < first.index(question.mark.public_id) < first.index(other.mark.public_id)
        assert "Waits for the team" not in page
    hers = board(stage, "p-survivor")
    assert "Waits for the team" in hers
    assert NOBODY not in hers
    # Who sees the seat, but not every release, is told of its end alone.
    law = board(stage, "p-law")
    assert ("Waits for the team" in law) == (how == "ended")
    assert (law == before["p-law"]) == (how != "ended")
    assert press(stage, "p-cm", question, "routing", to="") == 303
    assert row(question).routed_to_id is None


@pytest.mark.parametrize("how", LOST)
def test_that_a_seat_nobody_sees_is_lost_changes_nothing_for_them(stage: Stage, how: str) -> None:
    question = asked(stage, "p-survivor", "seats", "vw", "all")
    line = stage.row("/cases/0/responsibilities/1")
    shelter = stage.seat("alder", "shelter")
    assert press(stage, "p-cm", question, "routing", to=shelter.mark.public_id) == 303
    Responsibility.unsealed.filter(pk=line.pk).update(accountable=shelter)
    Mark.objects.filter(pk=shelter.pk).update(topic="coordination")
    address = f"/cases/{stage.ids['/cases/0']}/roles/"

    def page(person: str) -> str:
        return told(stage.browser(person).get(address)).partition('<main id="main"')[2]

    unseen = [person for person in ("p-sup", "p-law", "p-vw") if shelter.mark.public_id not in page(person)]
    assert "p-sup" in unseen
    before = {person: (page(person), today(stage, person)) for person in unseen}
    assert all("Waits for the team" in shown for shown, _ in before.values())
    lose(stage, how, "shelter")
    assert {person: (page(person), today(stage, person)) for person in unseen} == before
    assert NOBODY in page("p-cm")


@pytest.mark.parametrize("how", LOST)
def test_who_answers_for_something_and_is_lost_makes_it_a_question_that_can_be_taken(
    stage: Stage, how: str
) -> None:
    line = stage.row("/cases/0/responsibilities/0")
    assert Responsibility.unsealed.get(pk=line.pk).accountable_id == stage.seat("alder", "vw").pk

    def gaps(person: str) -> str:
        page = told(stage.browser(person).get(f"/cases/{stage.ids['/cases/0']}/roles/"))
        return page.partition('id="gaps"')[2].partition("</section>")[0]

    shown = f'id="gap-{line.mark.public_id}"'
    before = gaps("p-law")
    assert shown not in gaps("p-cm")
    taking = f"/responsibilities/{line.mark.public_id}/taking/"
    assert stage.browser("p-adv").post(taking).status_code == 409
    lose(stage, how, "vw")
    for person in ("p-cm", "p-survivor"):
        assert shown in gaps(person)
        assert "cannot see to it any more" in gaps(person)
    assert (gaps("p-law") == before) == (how != "ended")
    assert stage.browser("p-law").post(taking).status_code == (303 if how == "ended" else 409)
    Responsibility.unsealed.filter(pk=line.pk).update(accountable=stage.seat("alder", "vw"))
    page = told(stage.browser("p-cm").get(f"/responsibilities/{line.mark.public_id}/"))
    assert stage.seat("alder", "vw").mark.public_id not in page.partition('name="does"')[0]
    assert stage.browser("p-adv").post(taking).status_code == 303


def test_what_was_set_aside_is_told_to_whoever_asked_with_what_they_can_do(stage: Stage) -> None:
    hers = asked(stage, "p-survivor", "seats", "det", "all")
    theirs = asked(stage, "p-adv", "seats", "vw", "all")
    for question in (hers, theirs):
        assert press(stage, "p-sup", question, "setting-aside", note="w-why") == 303
    supervisor = stage.seat("alder", "sup").person.name
    for person, question, panel in (("p-survivor", hers, "hers"), ("p-adv", theirs, "asked")):
        about = f"/cases/{stage.ids['/cases/0']}/questions/?about="
        for page in (board(stage, person).partition('id="questions-over"')[0], today(stage, person, panel)):
            own = page.partition("w-why")
            assert own[1], person
            assert supervisor in own[0]
            assert f"/questions/{question.mark.public_id}/unclear/" in own[2]
            assert f"{about}{Seat.unsealed.get(pk=question.about_id).mark.public_id}" in own[2]
        assert "Your question is not lost" in told(stage.browser(person).get("/")) or person == "p-adv"
    for person in ("p-cm", "p-law", "p-interp"):
        assert "w-why" not in told(stage.browser(person).get("/")), person
    assert press(stage, "p-survivor", hers, "unclear") == 303
    assert "w-why" not in today(stage, "p-survivor", "hers")
    # Or it does not matter any more.
    assert press(stage, "p-adv", theirs, "closing") == 303
    assert "w-why" not in today(stage, "p-adv")


def test_today_those_who_carry_the_case_read_what_waits_as_far_as_they_see_it_and_nobody_else(
    stage: Stage,
) -> None:
    questions = [
        asked(stage, "p-survivor", "seats", "det"),
        asked(stage, "p-survivor", "responsibilities", 0, "all"),
        asked(stage, "p-survivor", "seats", "shelter", "all"),
        asked(stage, "p-cm", "seats", "vw", "all"),
    ]
    shown = {True: 0, False: 0}
    for person, key in others(stage).items():
        page = told(stage.browser(person).get("/"))
        seat = stage.seat("alder", key)
        carrying = seat.role in ("case_manager", "advocate", "clinical_supervisor") and (
            seat.agency_id == seat.case.holding_agency_id
        )
        for question in questions:
            own = question.mark.author_id == seat.pk
            there = f"#question-{question.mark.public_id}" in page
            assert there == (carrying and not own and sees(stage, person, question)), (person, question.text)
            shown[there] += 1
    assert min(shown.values()) > 5
    line = stage.raw("/cases/0/responsibilities/0")["text"]
    assert line in today(stage, "p-sup")
    assert answered(stage, "p-sup", questions[1], "typed").status_code == 303
    assert questions[1].mark.public_id not in today(stage, "p-cm")


def test_a_question_is_given_to_whoever_has_a_role_and_names_it_to_those_alone_who_see_somebody_of_it(
    stage: Stage,
) -> None:
    question = asked(stage, "p-survivor", "responsibilities", 1, "all")
    page = told(stage.browser("p-cm").get(url(question, "routing")))
    roles = set(re.findall(r'value="role:(\w+)"', page))
    assert {"shelter", "victim_witness"} <= roles
    assert not roles & {"survivor", "interpreter"}
    for nobody in ("role:survivor", "role:interpreter", "role:", "role:\x00", "shelter"):
        assert press(stage, "p-cm", question, "routing", to=nobody) == 422, nobody
    assert press(stage, "p-cm", question, "routing", to="role:victim_witness") == 303
    assert (row(question).routed_to_id, row(question).routed_role) == (None, "victim_witness")
    # Whom it waits for finds it on their Today, and may know better whose it is.
    assert question.mark.public_id in today(stage, "p-vw")
    assert question.mark.public_id not in today(stage, "p-law")
    given = {"to": "role:counsel"}
    # Handed on, it is not theirs to hand on; the same press sent twice is nothing more to do.
    pressed = [press(stage, person, question, "routing", **given) for person in ("p-law", "p-vw", "p-vw")]
    assert pressed == [403, 303, 303]
    assert press(stage, "p-cm", question, "routing", to="role:shelter") == 303
    seat = stage.seat("alder", "shelter")
    label = str(ROLES[Role.SHELTER])
    sits = {
        person: bool(open_rows(stage.sight(person), Seat.objects.sealed(case=seat.case_id, role="shelter")))
        for person in others(stage)
        if sees(stage, person, question)
    }
    for person, seen in sits.items():
        shown = board(stage, person)
        assert (f"Waits for {label}." in shown) == seen, person
        assert ("Waits for the team" in shown) == (not seen), person
    assert set(sits.values()) == {True, False}
    # Whoever sees nobody of that role takes it from nobody.
    assert not sits["p-sup"]
    assert "as it is now" in told(stage.browser("p-sup").get(url(question, "routing")))
    assert press(stage, "p-sup", question, "routing", to="") == 303
    assert row(question).routed_role == "shelter"
    lose(stage, "cannot sign in", "shelter")
    assert NOBODY in board(stage, "p-cm")
    assert NOBODY not in board(stage, "p-sup")
    assert press(stage, "p-cm", question, "routing", to="") == 303
    assert row(question).routed_role == ""
