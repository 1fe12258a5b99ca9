"""An action item is made of whatever it comes from, or outside of a meeting, and from one line: it keeps where it came
from, one person does it, others help, and nothing is kept of a guess that its writer has not seen."""

import random
import re
from datetime import timedelta
from html import unescape
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from agendas.actions.models import ActionItem, Helper
from agendas.goals.models import Goal
from conferences.meetings.models import Conference
from tests.agendas.test_actions import SHOWN, TITLE, Maker, everything
from tests.agendas.test_notes import Authors
from tests.agendas.test_states import set_stage
from tests.cast import Clock, Stage
from tests.casting import planted
from workspace.disclosure.labels import AUDIENCES
from workspace.disclosure.models import Mark, Named, Release, Seat
from workspace.disclosure.policy import Refusal
from workspace.disclosure.refusals import SENTENCES
from workspace.live.announce import case_changed
from workspace.people.models import Person, public_id

CHOSEN = {
    key: re.compile(rf'name="action-audience" value="{key}"[^>]*checked') for key in ("management", "care")
}
UNDERSTOOD = "This is what was understood."
WHO_NOT_CLEAR, NO_DAY = "It is not clear who does it.", "It names no day that is still to come."
OPTION = re.compile(r'<option value="([^"]*)"( selected)?>')


def places(stage: Stage, kind: str) -> list[str]:
    return [place for place in stage.oracle.rows("alder") if place.split("/")[-2] == kind]


def origins(stage: Stage) -> dict[str, str]:
    """What each kind is made of, by the place of one that the case manager sees; a decision under the
    item for everybody."""
    wide = stage.place("alder", "agenda", "wide")
    found = {"cases": "/cases/0"}
    for kind in ("decisions", "needs", "goals"):
        found[kind] = next(
            place
            for place in places(stage, kind)
            if stage.oracle.sees("alder", "cm", place, stage.at)
            and (kind != "decisions" or place.startswith(wide))
            and (kind != "goals" or stage.raw(place)["status"] == "active")
        )
    return found


def address(stage: Stage, kind: str, place: str) -> str:
    return f"/{kind}/{stage.ids[place]}/{'actions' if kind == 'cases' else 'action'}/"


def last() -> Any:
    return ActionItem.unsealed.select_related("mark").latest("mark_id")


def options(page: str, field: str) -> list[tuple[str, bool]]:
    select = page.partition(f'name="action-{field}"')[2].partition("</select>")[0]
    return [(value, bool(chosen)) for value, chosen in OPTION.findall(select)]


def value(page: str, field: str) -> str:
    tag = re.search(rf'<input[^>]*name="action-{field}"[^>]*>', page)
    assert tag
    return unescape(tag[0].partition('value="')[2].partition('"')[0])


@pytest.mark.parametrize("kind", ["decisions", "needs", "goals", "cases"])
def test_it_is_made_of_whatever_one_sees_and_keeps_where_it_came_from(stage: Stage, kind: str) -> None:
    made = hidden = 0
    rng = random.Random(kind)
    seats = list(stage.oracle.case("alder").seats.values())
    of_kind = ["/cases/0"] if kind == "cases" else places(stage, kind)
    for place in [origins(stage)[kind], *rng.sample(of_kind, min(2, len(of_kind)))]:
        for seat in rng.sample(seats, len(seats) // 2):
            here = ("alder", seat.key) in stage.oracle.seats_of(seat.person, stage.at)
            sees = kind == "cases" or stage.oracle.sees("alder", seat.key, place, stage.at)
            admitted = stage.oracle.admitted("alder", seat.key, stage.at)
            before, maker = everything(), Maker(stage, seat.person, address(stage, kind, place))
            if not here:
                continue
            if not (sees and admitted) or seat.role == "interpreter":
                assert maker.page.status_code == 404, seat.key
                posted = maker.browser.post(maker.address, maker.filled(seat.key))
                assert (posted.status_code, everything()[:4]) == (404, before[:4])
                hidden += 1
                continue
            answer = maker.make(seat.key, goal=stage.ids[place] if kind == "goals" else "")
            assert answer.status_code == 303, answer.content.decode()
            row, number = last(), Mark.objects.filter(public_id=stage.ids[place]).values_list("pk", flat=True)
            links = row.need_id, row.goal_id, row.from_decision_id, row.from_note_id
            wanted = {"needs": 0, "goals": 1, "decisions": 2}
            assert [link for link in links if link] == ([number[0]] if kind != "cases" else [])
            assert kind == "cases" or links[wanted[kind]] == number[0]
            # It goes on where its writer was.
            plan, item = f"/cases/{row.mark.case.public_id}/", row.from_item
            backs = {
                "needs": f"{plan}#need-{{}}",
                "goals": "/goals/{}/#goal_work",
                "cases": f"{plan}#actions",
            }
            back = backs.get(kind, plan).format(stage.ids[place])
            if kind == "decisions":
                back = f"/items/{item.mark.public_id}/" if item else back
            assert (answer["Location"], item is not None) == (back, back.startswith("/items/"))
            made += 1
    assert made >= 2
    assert hidden >= 2


def test_a_goal_made_for_is_chosen_and_others_can_be_none_of_them_hidden(stage: Stage) -> None:
    for key, seat in Authors(stage).seats.items():
        if seat.role == "interpreter":
            continue
        page = Maker(stage, seat.person, address(stage, "cases", "/cases/0")).page.content.decode()
        offered = [number for number, _ in options(page, "goal")]
        seen = {
            stage.ids[place]
            for place in places(stage, "goals")
            if stage.oracle.sees("alder", key, place, stage.at) and stage.raw(place)["status"] == "active"
        }
        assert offered[0] == ""
        assert set(offered[1:]) == seen, key
    place = origins(stage)["goals"]
    maker = Maker(stage, "p-cm", address(stage, "goals", place))
    assert (stage.ids[place], True) in options(maker.page.content.decode(), "goal")
    assert maker.make("cm", goal="").status_code == 303
    assert last().goal_id is None


def test_a_goal_that_went_meanwhile_or_is_hidden_is_not_kept_and_nothing_typed_is_lost(stage: Stage) -> None:
    place = origins(stage)["goals"]
    maker = Maker(stage, "p-cm", address(stage, "cases", "/cases/0"))
    hidden = next(
        each for each in places(stage, "goals") if not stage.oracle.sees("alder", "prov", each, stage.at)
    )
    before, told = everything(), set()
    outsider = Maker(stage, "p-prov", maker.address)
    for number in (stage.ids[hidden], public_id()):
        answer = outsider.make("prov", goal=number, key="k" * 20)
        assert answer.status_code == 422
        assert TITLE in answer.content.decode()
        text = answer.content.decode().replace(number, "")
        told.add(re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+|nonce="\w+"', "", text))
    assert len(told) == 1
    assert everything()[:4] == before[:4]
    Mark.objects.filter(public_id=stage.ids[place]).update(removed_at=stage.at)
    answer = maker.make("cm", goal=stage.ids[place])
    assert (answer.status_code, TITLE in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("how", ["seat", "release"])
@pytest.mark.parametrize("field", ["owner", "helpers", "people", "audience"])
def test_who_goes_while_the_form_is_open_is_not_kept_as_a_reader_and_nothing_typed_is_lost(
    stage: Stage, field: str, how: str
) -> None:
    Person.objects.update(language="en")
    maker, shelter = Maker(stage, "p-cm", address(stage, "cases", "/cases/0")), stage.seat("alder", "shelter")
    number = maker.number("shelter")
    given: dict[str, Any] = {"audience": "care"}
    if field == "people":
        given = {"audience": "people", "people": [number]}
    elif field == "helpers":
        given |= {"helpers": [number]}
    owner = "shelter" if field == "owner" else "cm"
    body = maker.filled(owner, **given)
    body["action-shown_readers"] = unescape(SHOWN.findall(maker.readers(body))[0])
    if how == "seat":
        Seat.unsealed.filter(pk=shelter.pk).update(until=stage.at)
    else:
        Release.objects.filter(agency=shelter.agency_id).update(withdrawn_at=stage.at)
    before = everything()
    answer = maker.browser.post(maker.address, body)
    told = unescape(answer.content.decode())
    assert (answer.status_code, everything()) == (422, before)
    assert TITLE in told
    sentences = {
        ("owner", "seat"): "This person cannot be chosen now. Choose somebody else.",
        ("owner", "release"): "could not read it",
        ("helpers", "seat"): "One of these people cannot be chosen now. Choose again.",
        ("helpers", "release"): "could not read this",
        ("people", "seat"): "One of these people cannot be chosen now. Choose again.",
        ("people", "release"): "Could not read this now",
    }
    assert sentences.get((field, how), "Please read who will see this, then press the button again.") in told
    assert "valid choice" not in told
    assert number not in re.sub(r'(value|id|for)="[^"]*"', "", told)
    assert maker.make("cm", audience="care").status_code == 303


def test_by_the_next_meeting_is_instead_of_a_day(stage: Stage) -> None:
    item = stage.url("alder", "agenda", "wide")
    maker = Maker(stage, "p-cm", f"{item}actions/")
    assert maker.make("ther", audience="care", by_next="on").status_code == 303
    assert (last().by_next, last().due) == (True, None)
    answer = maker.make("ther", audience="care", by_next="on", due="2999-01-01")
    assert answer.status_code == 422
    assert "Choose a day or the next meeting, not both." in answer.content.decode()
    page = unescape(stage.client("p-cm").get(item).content.decode())
    row = page.partition(f'id="action-{last().mark.public_id}"')[2].partition("</li>")[0]
    assert "by the next meeting" in row


def test_who_helps_can_read_it_and_is_named_where_one_may_know_the_name(stage: Stage) -> None:
    item = stage.url("alder", "agenda", "wide")
    maker = Maker(stage, "p-cm", f"{item}actions/")
    helping = [maker.number("ther"), maker.number("sup")]
    body = maker.filled("cm", audience="me", helpers=helping)
    told = maker.readers(body)
    names = {key: stage.seat("alder", key).person.name for key in ("ther", "sup", "cm")}
    assert all(name in told for name in names.values())
    shown = SHOWN.search(told)
    assert shown
    assert maker.browser.post(maker.address, body | {"action-shown_readers": shown[1]}).status_code == 303
    row = last()
    assert set(row.mark.named.values_list("seat__key", flat=True)) == {"cm", "ther", "sup"}
    assert set(Helper.objects.filter(action=row).values_list("seat__key", flat=True)) == {"ther", "sup"}
    Mark.objects.filter(pk=stage.seat("alder", "ther").pk).update(audience=2, author=None)
    told_to = {}
    for person in ("p-cm", "p-sup", "p-ther", "p-det", "p-survivor"):
        page = unescape(stage.client(person).get(item).content.decode())
        told_to[person] = page.partition(f'id="action-{row.mark.public_id}"')[2].partition("</li>")[0]
    assert "helped by" in told_to["p-sup"]
    assert names["ther"] not in told_to["p-sup"].partition("helped by")[2].partition("</p>")[0]
    assert "the team" in told_to["p-sup"].partition("helped by")[2].partition("</p>")[0]
    assert not told_to["p-det"]
    assert not told_to["p-survivor"]


def test_nobody_helps_who_could_not_read_it_nor_does_she_on_another_s_word(stage: Stage) -> None:
    maker = Maker(stage, "p-cm", f"{stage.url('alder', 'agenda', 'wide')}actions/")
    before = everything()
    answer = maker.make("cm", topic="mental_health", audience="management", helpers=[maker.number("det")])
    assert answer.status_code == 422
    assert "Somebody whom you chose to help could not read this." in unescape(answer.content.decode())
    answer = maker.make("ther", audience="care", helpers=[maker.number("sv")])
    assert answer.status_code == 422
    assert f'name="action-helpers" value="{maker.number("sv")}"' not in maker.page.content.decode()
    answer = maker.make("ther", audience="care", helpers=[maker.number("ther")])
    assert "need not be chosen here as well" in answer.content.decode()
    assert everything() == before
    hers = Maker(stage, "p-survivor", maker.address)
    assert hers.make("cm", audience="management", helpers=[maker.number("sv")]).status_code == 303


def test_outside_of_a_meeting_the_own_client_is_asked_each_time(stage: Stage) -> None:
    maker = Maker(stage, "p-prov", address(stage, "cases", "/cases/0"))
    for _ in range(2):
        assert b'name="action-permitted"' in maker.page.content
        assert maker.make("prov", permitted="").status_code == 422
        assert maker.make("prov").status_code == 303
        assert last().mark.permitted_at == stage.at


def test_of_a_decision_of_a_closed_meeting_it_is_made_outside_of_it(stage: Stage) -> None:
    place = origins(stage)["decisions"]
    maker = Maker(stage, "p-cm", address(stage, "decisions", place))
    assert maker.make("cm").status_code == 303
    assert last().from_item.key == "wide"
    set_stage(stage, "closed")
    maker = Maker(stage, "p-cm", maker.address)
    assert maker.make("cm").status_code == 303
    assert (last().from_item_id, last().from_decision.mark.public_id) == (None, stage.ids[place])


# One line


class Typist(Maker):
    """Somebody who types one line under an item."""

    def typed(self, said: str, **headers: str) -> str:
        answer = self.browser.post(f"{self.address}line/", {"line-said": said}, headers=headers)
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    def sent(self, page: str, **given: Any) -> Any:
        """Send the form as it stands on this page."""
        body = {f"action-{name}": value(page, name) for name in ("title", "due", "key")}
        for name in ("owner", "topic", "goal"):
            body[f"action-{name}"] = next((each for each, chosen in options(page, name) if chosen), "")
        checked = re.search(r'name="action-audience" value="(\w+)"[^>]*checked', page)
        shown = SHOWN.search(page)
        body["action-audience"] = checked[1] if checked else ""
        body["action-shown_readers"] = shown[1] if shown else ""
        return self.browser.post(self.address, body | given)


def a_name(stage: Stage, key: str, name: str, called: str = "") -> None:
    seat = Seat.unsealed.get(key=key, case__key="alder")
    Seat.unsealed.filter(pk=seat.pk).update(called=called)
    Person.objects.filter(pk=seat.person_id).update(name=name)


def test_a_line_is_understood_and_shown_and_one_more_press_keeps_it(stage: Stage) -> None:
    a_name(stage, "ther", "Samuel Osei")
    item = stage.url("alder", "agenda", "wide")
    # Under this item they have written down nothing yet.
    ActionItem.unsealed.filter(from_item__key="wide").update(from_item=None)
    typist, before = Typist(stage, "p-cm", f"{item}actions/"), everything()
    page = typist.typed("Samuel calls the shelter by Friday")
    friday = timezone.localdate() + timedelta(days=(4 - timezone.localdate().weekday()) % 7 or 7)
    assert value(page, "title") == "Calls the shelter"
    assert value(page, "due") == friday.isoformat()
    assert (typist.number("ther"), True) in options(page, "owner")
    assert "errorlist" not in page
    assert everything() == before, "nothing is kept of a line alone"
    # Nobody has chosen yet who reads it, and everybody is chosen by nobody but the writer.
    assert not re.search(r'name="action-audience"[^>]*checked', page)
    assert typist.sent(page).status_code == 422
    assert typist.make("ther", audience="care").status_code == 303
    # The next one has whom they chose themselves: two presses.
    page = typist.typed("Samuel asks for the form by the next meeting")
    assert re.search(r'name="action-audience" value="care"[^>]*checked', page)
    assert 'id="action-send" autofocus' in page
    assert typist.sent(page, **{"action-by_next": "on"}).status_code == 303
    row = last()
    assert (row.title, row.owner.key, row.by_next) == ("Asks for the form", "ther", True)
    assert set(row.mark.named.values_list("seat__key", flat=True)) == {"ther"}


def test_everybody_never_stands_chosen_even_where_they_were_the_last_time(stage: Stage) -> None:
    typist = Typist(stage, "p-cm", f"{stage.url('alder', 'agenda', 'wide')}actions/")
    assert typist.make("cm", audience="everyone").status_code == 303
    assert not re.search(r'name="action-audience"[^>]*checked', typist.typed("I call her"))


def test_the_readers_of_an_item_of_the_holding_agency_alone_stand_chosen(stage: Stage) -> None:
    item = stage.place("alder", "agenda", "wide")
    address = f"/items/{stage.ids[item]}/actions/"
    ActionItem.unsealed.filter(from_item__key="wide").update(from_item=None)
    management = next(each.roles for each in AUDIENCES if each.key == "management")
    Mark.objects.filter(public_id=stage.ids[item]).update(audience=management, topic="coordination")
    Named.objects.filter(mark__public_id=stage.ids[item]).delete()
    Seat.unsealed.filter(case__key="alder", agency=None, role="advocate").update(role="mentor")
    own = Seat.unsealed.get(case__key="alder", key="cm").agency_id
    outside = Seat.unsealed.filter(
        case__key="alder", role__in=["case_manager", "clinical_supervisor", "advocate"]
    )
    outside.exclude(agency=own).update(role="mentor")
    page = Typist(stage, "p-cm", address).typed("I call her")
    assert CHOSEN["management"].search(page)
    assert "Who will read this" in page
    # Where another agency reads it too, it is nobody's but the writer's to say.
    Named.objects.create(mark=Mark.objects.get(public_id=stage.ids[item]), seat=stage.seat("alder", "det"))
    assert not CHOSEN["management"].search(Typist(stage, "p-cm", address).typed("I call her"))


def test_what_is_not_understood_stays_to_be_chosen(stage: Stage) -> None:
    typist = Typist(stage, "p-cm", f"{stage.url('alder', 'agenda', 'wide')}actions/")
    page = typist.typed("somebody ought to call them some day")
    assert value(page, "title") == "Somebody ought to call them some day"
    assert value(page, "due") == ""
    assert options(page, "owner")[0] == ("", True) or not any(chosen for _, chosen in options(page, "owner"))
    assert (WHO_NOT_CLEAR in page, NO_DAY in page) == (True, True)
    assert typist.sent(page).status_code == 422
    for line, who, day in (
        ("I call her by Friday", False, False),
        ("I call her", False, True),
        ("I call her by 1/1/2020", False, True),
        ("Nobody here calls by the next meeting", True, False),
        ("", False, False),
    ):
        page = typist.typed(line)
        assert (WHO_NOT_CLEAR in page, NO_DAY in page, UNDERSTOOD in page) == (who, day, bool(line)), line


def test_whoever_is_named_along_helps(stage: Stage) -> None:
    for key, name in (("ther", "Samuel Osei"), ("sup", "Ana Luz")):
        a_name(stage, key, name)
    typist = Typist(stage, "p-cm", f"{stage.url('alder', 'agenda', 'wide')}actions/")
    page = typist.typed("Samuel and Ana call her")
    assert value(page, "title") == "Call her"
    assert (typist.number("ther"), True) in options(page, "owner")
    helping = re.search(rf'name="action-helpers" value="{typist.number("sup")}"[^>]*checked', page)
    assert helping
    assert '<details class="more" id="action-more" open>' in page


def test_somebody_whom_the_writer_does_not_see_and_the_survivor_are_no_names(stage: Stage) -> None:
    a_name(stage, "ther", "Samuel Osei")
    a_name(stage, "sv", "Marisol Vega")
    address = f"{stage.url('alder', 'agenda', 'wide')}actions/"
    Mark.objects.filter(pk=stage.seat("alder", "ther").pk).update(audience=2)
    for person, line in (("p-mentor", "Samuel calls"), ("p-cm", "Marisol calls")):
        page = Typist(stage, person, address).typed(line)
        assert value(page, "title") == line
        assert not any(chosen for number, chosen in options(page, "owner") if number)
        assert (str(SENTENCES[Refusal.HERS_TO_OFFER]) in page) == (person == "p-cm"), (
            "said at once, to who sees her"
        )
        assert (WHO_NOT_CLEAR in page) == (person != "p-cm")
    page = Typist(stage, "p-survivor", address).typed("I call")
    assert (Typist(stage, "p-survivor", address).number("sv"), True) in options(page, "owner")


def test_on_the_live_page_the_next_line_follows_and_elsewhere_the_meeting(stage: Stage) -> None:
    item = stage.url("alder", "agenda", "wide")
    page = stage.client("p-cm").get(item).content.decode()
    assert 'id="line-form"' in page
    live = {"HX-Request": "true", "X-Live": "1"}
    typist = Typist(stage, "p-cm", f"{item}actions/")
    form = typist.typed("I call her", **live)
    assert form.lstrip().startswith('<form id="action-form"')
    assert "<html" not in form
    body = typist.filled("cm", audience="care")
    shown = SHOWN.search(typist.readers(body))
    assert shown
    answer = typist.browser.post(typist.address, body | {"action-shown_readers": shown[1]}, headers=live)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<form id="line-form"')
    assert "autofocus" in answer.content.decode()
    followed = typist.browser.get(f"{item}actions/line/", headers=live)
    assert (followed.status_code, "autofocus" in followed.content.decode()) == (200, False)
    # Whoever leaves the form goes on in the line: the keyboard is where it was.
    assert f'hx-get="{item}actions/line/?left"' in form
    assert "autofocus" in typist.browser.get(f"{item}actions/line/?left", headers=live).content.decode()
    assert "<html" in typist.browser.get(f"{item}actions/line/").content.decode()


def test_a_line_that_comes_too_late_or_is_too_long_stays_in_its_field(stage: Stage) -> None:
    item = stage.url("alder", "agenda", "wide")
    browser = stage.client("p-cm")
    Conference.unsealed.filter(key="now").update(status="closed")
    answer = browser.post(f"{item}actions/line/", {"line-said": "I call her & him"})
    assert (answer.status_code, "I call her &amp; him" in answer.content.decode()) == (409, True)
    assert browser.get(f"{item}actions/line/").status_code == 409
    assert 'id="line-form"' not in browser.get(item).content.decode()
    Conference.unsealed.filter(key="now").update(status="open")
    answer = browser.post(f"{item}actions/line/", {"line-said": "x" * 501})
    assert (answer.status_code, "x" * 501 in answer.content.decode()) == (422, True)
    assert browser.post(f"{item}actions/line/", {"line-said": ""}).status_code == 200


def test_goals_stay_as_they_were(stage: Stage) -> None:
    before = list(Goal.unsealed.values_list("pk", "words", "status"))
    place = origins(stage)["goals"]
    assert (
        Maker(stage, "p-cm", address(stage, "goals", place)).make("cm", goal=stage.ids[place]).status_code
        == 303
    )
    assert list(Goal.unsealed.values_list("pk", "words", "status")) == before


# Two in the same second


def test_a_form_that_is_sent_twice_in_the_same_second_makes_one(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(planted(), clock)
    maker = Maker(stage, "p-cm", f"{stage.url('alder', 'agenda', 'wide')}actions/")
    body = maker.filled("ther", audience="care", key=public_id())
    shown = SHOWN.search(maker.readers(body))
    assert shown
    body |= {"action-shown_readers": shown[1]}
    before, together, answers = ActionItem.unsealed.count(), Barrier(2), list[int]()
    if connection.vendor == "postgresql":
        # Both have looked, and neither has locked the case.
        def both(case: int) -> None:
            together.wait(10)
            case_changed(case)

        monkeypatch.setattr("agendas.actions.changes.case_changed", both)

    def send(browser: Client) -> None:
        try:
            if connection.vendor == "sqlite":
                together.wait(10)
            answers.append(browser.post(maker.address, body).status_code)
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(browser,)) for browser in (maker.browser, stage.client("p-cm"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303, 303]
    assert ActionItem.unsealed.count() == before + 1
