"""Who answers for what: who may do it, what follows, and what whoever does not see a seat never learns of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conferences.responsibilities.models import How, Involved, Responsibility
from tests.cast import TICK, Clock, Stage, said
from tests.casting import conference_of, planted
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.labels import DUTY_BIT, Duty
from workspace.disclosure.models import Case, Mark, Seat
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CASE = "/cases/0"
CHANCE = re.compile(
    r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|(?<=data-drafts=")\w+|expires=[^;]+|/live/board/[^"]*'
)
# In the planted case: who answers for it, and who may read it.
TAKEN, AT_THE_SHELTER, FREE = 0, 1, 2
HIDDEN = "det2"  # a detective whom the survivor and the case manager see, and nobody else
SEES_NOT = ["p-mentor", "p-det", "p-sup", "p-adv"]


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def row(stage: Stage, number: int) -> Responsibility:
    found: Responsibility = stage.row(f"{CASE}/responsibilities/{number}")
    return found


def url(stage: Stage, number: int, verb: str = "") -> str:
    return f"/responsibilities/{stage.ids[f'{CASE}/responsibilities/{number}']}/{verb}"


def board(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/roles/"


def holder(stage: Stage, number: int) -> str:
    seat = row(stage, number).accountable
    return seat.key if seat else ""


def involve(stage: Stage, number: int, key: str, how: How) -> None:
    Involved.objects.create(responsibility=row(stage, number), seat=stage.seat("alder", key), how=how)


def involved(stage: Stage, number: int, how: How) -> set[str]:
    found = Involved.objects.filter(responsibility=row(stage, number), how=how)
    return set(found.values_list("seat__key", flat=True))


def give(stage: Stage, number: int, key: str | None) -> None:
    seat = stage.seat("alder", key) if key else None
    Responsibility.unsealed.filter(pk=row(stage, number).pk).update(accountable=seat)


def settlement(stage: Stage, person: str, number: int) -> str:
    """Where this person decides whose it is, having read the board."""
    found = re.search(r'formaction="([^"]*/settlement/[^"]*)"', gap(stage, person, number))
    return found[1] if found else url(stage, number, "settlement/")


def gap(stage: Stage, person: str, number: int) -> str:
    """What the board asks about this line, if it does."""
    page = said(stage.browser(person).get(board(stage)))
    line = stage.ids[f"{CASE}/responsibilities/{number}"]
    return " ".join(unescape(page.partition(f'<li id="gap-{line}">')[2].partition("</li>")[0]).split())


def everything() -> tuple[Any, ...]:
    return (
        sorted(Responsibility.unsealed.values_list("pk", "text", "accountable", "put_away_at")),
        sorted(Involved.objects.values_list("responsibility", "seat", "how")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


# Who may do what


def test_whoever_sees_what_nobody_answers_for_takes_it_but_an_interpreter(table: Stage) -> None:
    place, taken = f"{CASE}/responsibilities/{FREE}", 0
    for person in table.people:
        with table.undone():
            eyes, before = Eyes(table, person), everything()
            answer = table.browser(person).post(url(table, FREE, "taking/"))
            if not eyes.sees(place):
                assert (answer.status_code, everything()) == (404, before), person
            elif eyes.role(place) == "interpreter":
                assert (answer.status_code, everything()) == (403, before), person
                assert "An interpreter answers for nothing here" in said(answer)
            else:
                assert (answer.status_code, answer["Location"]) == (303, board(table)), person
                assert holder(table, FREE) == eyes.seats["alder"]
                changed = everything()
                assert table.browser(person).post(url(table, FREE, "taking/")).status_code == 303
                assert everything() == changed, "a press that is sent again changes nothing"
                taken += 1
    assert taken > 5
    assert Eyes(table, "p-survivor").sees(place)


@pytest.mark.parametrize(("verb", "status"), [("giving-back/", 403), ("settlement/", 403), ("wording/", 403)])
def test_what_only_some_may_do_is_refused_in_a_sentence(table: Stage, verb: str, status: int) -> None:
    browser, before = table.browser("p-det"), everything()
    for method in (browser.post, browser.get) if verb == "wording/" else (browser.post,):
        answer = method(url(table, TAKEN, verb))
        assert answer.status_code == status
        assert "Only " in said(answer)
    assert everything() == before


def test_those_who_carry_the_case_divide_put_away_and_add_and_nobody_else(table: Stage) -> None:
    place = f"{CASE}/responsibilities/{TAKEN}"
    for person in table.people:
        eyes, browser = Eyes(table, person), table.browser(person)
        carries, before = eyes.plans(place), everything()
        for verb in ("", "putting-away/", "bringing-back/"):
            with table.undone():
                answer = browser.post(url(table, TAKEN, verb))
                wanted = (303, 409) if carries else (403,) if eyes.sees(place) else (404,)
                assert answer.status_code in wanted, (person, verb)
                assert carries or everything() == before
        for path in ("", "usual/"):
            answer = browser.get(f"/cases/{table.ids[CASE]}/responsibilities/{path}")
            assert answer.status_code == (200 if carries else 404), person


def test_given_back_it_is_a_question_first_on_the_board(table: Stage) -> None:
    advocate = table.browser("p-vw")
    assert advocate.post(url(table, TAKEN, "giving-back/")).status_code == 303
    assert holder(table, TAKEN) == ""
    assert "Nobody answers for this yet" in gap(table, "p-cm", TAKEN)
    page = said(table.browser("p-cm").get(board(table)))
    places = [page.index(f'id="{panel}"') for panel in ("gaps", "questions", "responsibilities")]
    assert places == sorted(places)


def test_a_seat_that_ended_leaves_a_question_for_who_saw_it_and_another_can_take_it(table: Stage) -> None:
    give(table, TAKEN, "mentor")
    assert gap(table, "p-cm", TAKEN) == ""
    Seat.unsealed.filter(key="mentor", case__key="alder").update(until=table.at + TICK)
    table.clock.at += TICK
    name = table.seat("alder", "mentor").person.name
    assert f"<bdi>{name}</bdi> answered for this and cannot see to it any more" in gap(table, "p-cm", TAKEN)
    assert gap(table, "p-det", TAKEN) == "", (
        "whoever does not see the seat reads that the team answers for it"
    )
    refused = table.browser("p-det").post(url(table, TAKEN, "taking/"))
    assert refused.status_code == 409
    assert "The team took this before you" in unescape(said(refused))
    assert holder(table, TAKEN) == "mentor"
    assert table.browser("p-cm").post(url(table, TAKEN, "taking/")).status_code == 303
    assert holder(table, TAKEN) == "cm"


# Two who say it is theirs


@pytest.mark.parametrize(
    ("person", "seat", "then", "claims"),
    [
        ("p-cm", "vw", "vw", set()),
        ("p-cm", "", "cm", set()),
        ("p-sup", "vw", "vw", set()),
        ("p-sup", "", "cm", set()),
    ],
)
def test_two_who_say_it_is_theirs_are_a_question_that_is_settled(
    table: Stage, person: str, seat: str, then: str, claims: set[str]
) -> None:
    give(table, TAKEN, "cm")
    advocate = table.browser("p-vw")
    assert advocate.post(url(table, TAKEN, "claim/")).status_code == 303
    assert advocate.post(url(table, TAKEN, "claim/")).status_code == 303
    assert involved(table, TAKEN, How.CLAIMS) == {"vw"}
    name = table.seat("alder", "vw").person.name
    assert f"Who else says it is theirs: <bdi>{name}</bdi>" in gap(table, person, TAKEN)
    body = {"seat": table.seat("alder", seat).mark.public_id if seat else ""}
    address = settlement(table, person, TAKEN)
    for _ in range(2):
        assert table.browser(person).post(address, body).status_code == 303
    assert (holder(table, TAKEN), involved(table, TAKEN, How.CLAIMS)) == (then, claims)


def test_a_claim_is_withdrawn_by_whoever_made_it(table: Stage) -> None:
    involve(table, TAKEN, "sup", How.CLAIMS)
    involve(table, TAKEN, "cm", How.CLAIMS)
    assert table.browser("p-sup").post(url(table, TAKEN, "claim/withdrawal/")).status_code == 303
    assert involved(table, TAKEN, How.CLAIMS) == {"cm"}


@pytest.mark.parametrize("chosen", ["cm", ""])
def test_nobody_s_word_that_it_is_theirs_is_ended_by_somebody_who_has_not_read_it(
    table: Stage, chosen: str
) -> None:
    involve(table, TAKEN, "cm", How.CLAIMS)
    body = {"seat": table.seat("alder", chosen).mark.public_id if chosen else ""}
    address = settlement(table, "p-sup", TAKEN)
    assert table.browser("p-law").post(url(table, TAKEN, "claim/")).status_code == 303
    refused = table.browser("p-sup").post(address, body)
    assert refused.status_code == 409
    assert "Somebody else says by now that it is theirs" in said(refused)
    assert (holder(table, TAKEN), involved(table, TAKEN, How.CLAIMS)) == ("vw", {"cm", "law"})
    # Of somebody whom they do not see nothing is to be read.
    address = settlement(table, "p-sup", TAKEN)
    involve(table, TAKEN, HIDDEN, How.CLAIMS)
    assert settlement(table, "p-sup", TAKEN) == address
    assert table.browser("p-sup").post(address, body).status_code == 303
    assert (holder(table, TAKEN), involved(table, TAKEN, How.CLAIMS)) == (chosen or "vw", {HIDDEN})


def test_given_back_while_another_says_it_is_theirs_it_is_nobody_s_and_their_word_stands(
    table: Stage,
) -> None:
    involve(table, TAKEN, "cm", How.CLAIMS)
    assert table.browser("p-vw").post(url(table, TAKEN, "giving-back/")).status_code == 303
    name = table.seat("alder", "cm").person.name
    told = gap(table, "p-sup", TAKEN)
    assert "Answers for it:" not in told
    assert f"Nobody answers for this yet. Who else says it is theirs: <bdi>{name}</bdi>" in told
    # Whoever still reads that somebody answers for it does not throw away who says that it is theirs.
    late = table.browser("p-sup").post(url(table, TAKEN, "settlement/"))
    assert late.status_code == 409
    assert "Nobody answers for this now" in said(late)
    assert (holder(table, TAKEN), involved(table, TAKEN, How.CLAIMS)) == ("", {"cm"})
    assert table.browser("p-cm").post(url(table, TAKEN, "taking/")).status_code == 303
    assert (holder(table, TAKEN), involved(table, TAKEN, How.CLAIMS)) == ("cm", set())


def test_a_claim_stands_on_its_line_and_who_decides_it_is_said_to_those_who_do_not(table: Stage) -> None:
    give(table, TAKEN, "cm")
    involve(table, TAKEN, "vw", How.CLAIMS)
    decides = "Otherwise those who carry the case decide."
    for person, withdraws in (("p-vw", 2), ("p-law", 0), ("p-cm", 0)):
        page = said(table.browser(person).get(board(table)))
        # At the top, among what is a question, and where the line itself stands.
        assert page.count(f'hx-post="{url(table, TAKEN, "claim/withdrawal/")}"') == withdraws
        assert page.count("Who else says it is theirs:") == 3, "and in the table"
        assert (decides in gap(table, person, TAKEN)) == (person != "p-cm")


def test_who_cannot_see_a_line_any_more_is_not_offered_to_answer_for_it(table: Stage) -> None:
    give(table, TAKEN, "cm")
    involve(table, TAKEN, "vw", How.CLAIMS)
    seat = table.seat("alder", "vw")
    value = f'value="{seat.mark.public_id}"'
    assert value in gap(table, "p-sup", TAKEN)
    assert seat.person.name in gap(table, "p-sup", TAKEN)
    Person.objects.filter(key="p-vw").update(is_active=False)
    assert value not in gap(table, "p-sup", TAKEN)


def test_whoever_answers_for_it_hands_it_over_but_does_not_decide_that_it_stays(table: Stage) -> None:
    involve(table, TAKEN, "cm", How.CLAIMS)
    browser = table.browser("p-vw")
    assert browser.post(url(table, TAKEN, "settlement/")).status_code == 403
    body = {"seat": table.seat("alder", "cm").mark.public_id}
    assert browser.post(settlement(table, "p-vw", TAKEN), body).status_code == 303
    assert holder(table, TAKEN) == "cm"


def test_nobody_gives_the_survivor_something_to_do_and_she_takes_it_herself(table: Stage) -> None:
    manager, her = table.browser("p-cm"), table.seat("alder", "sv").mark.public_id
    form = manager.get(url(table, FREE)).content.decode()
    assert her not in form.partition('name="accountable"')[2].partition("</select>")[0]
    assert f'name="does" value="{her}"' not in form
    assert f'name="told" value="{her}"' in form
    for given in ({"accountable": her}, {"does": her}):
        answer = manager.post(url(table, FREE), shown(form) | given)
        assert answer.status_code == 422
    give(table, FREE, "cm")
    involve(table, FREE, "sv", How.CLAIMS)
    assert "settle-" not in said(manager.get(board(table)))
    assert manager.post(settlement(table, "p-cm", FREE), {"seat": her}).status_code == 403
    assert manager.post(url(table, FREE, "giving-back/")).status_code == 303
    assert table.browser("p-survivor").post(url(table, FREE, "taking/")).status_code == 303
    assert holder(table, FREE) == "sv"
    # What she took stays hers when others are written down beside her.
    form = manager.get(url(table, FREE)).content.decode()
    told = table.seat("alder", "sup").mark.public_id
    assert manager.post(url(table, FREE), shown(form) | {"told": told}).status_code == 303
    assert (holder(table, FREE), involved(table, FREE, How.TOLD)) == ("sv", {"sup"})


# Who does what


def shown(form: str) -> dict[str, Any]:
    """What a form says as it is."""
    chosen: dict[str, Any] = {
        name: re.findall(rf'name="{name}" value="([^"]+)"[^>]* checked', form)
        for name in ("does", "asked", "told")
    }
    select = form.partition('name="accountable"')[2].partition("</select>")[0]
    chosen["accountable"] = next(iter(re.findall(r'value="([^"]*)" selected', select)), "")
    chosen["seen"] = form.partition('name="seen" value="')[2].partition('"')[0]
    return chosen


def test_who_does_what_is_kept_and_who_is_not_seen_stays_as_they_are(table: Stage) -> None:
    give(table, TAKEN, "mentor")  # whom the supervisor sees
    Mark.objects.filter(pk=table.seat("alder", "mentor").mark_id).update(audience=0b11)
    browser, ids = (
        table.browser("p-sup"),
        {k: table.seat("alder", k).mark.public_id for k in ("cm", "sup", "law")},
    )
    hidden = involved(table, TAKEN, How.DOES)
    form = browser.get(url(table, TAKEN)).content.decode()
    assert shown(form)["accountable"] == "stays"
    assert '<option value="stays" selected>the team</option>' in form
    given = shown(form) | {"does": [ids["cm"], ids["sup"]], "asked": [ids["law"]], "told": [ids["law"]]}
    assert browser.post(url(table, TAKEN), given).status_code == 303
    assert holder(table, TAKEN) == "mentor"
    assert involved(table, TAKEN, How.DOES) == {"cm", "sup"} | (hidden - {"cm"})
    assert involved(table, TAKEN, How.ASKED) == involved(table, TAKEN, How.TOLD) == {"law"}
    assert browser.post(url(table, TAKEN), given).status_code == 303, "sent again it changes nothing"
    assert Event.objects.filter(verb="responsibility_divided").count() == 1


def test_two_at_once_lose_nothing_of_what_was_chosen(table: Stage) -> None:
    manager, supervisor = table.browser("p-cm"), table.browser("p-sup")
    theirs = shown(manager.get(url(table, FREE)).content.decode())
    others = shown(supervisor.get(url(table, FREE)).content.decode())
    cm, sup = (table.seat("alder", key).mark.public_id for key in ("cm", "sup"))
    assert supervisor.post(url(table, FREE), others | {"accountable": sup}).status_code == 303
    answer = manager.post(url(table, FREE), theirs | {"accountable": cm, "told": [sup]})
    page = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "Somebody changed this in the meantime" in page
    assert holder(table, FREE) == "sup"
    again = shown(answer.content.decode())
    assert (again["accountable"], again["told"]) == (cm, [sup])
    assert manager.post(url(table, FREE), again).status_code == 303
    assert (holder(table, FREE), involved(table, FREE, How.TOLD)) == ("cm", {"sup"})


def test_whoever_could_not_read_it_cannot_answer_for_it(table: Stage) -> None:
    """The third is about identity, of which the release to the detective's agency says nothing."""
    place = f"{CASE}/responsibilities/{FREE}"
    blind = next(
        seat.key
        for seat in table.oracle.case("alder").seats.values()
        if table.oracle.sees("alder", "cm", table.place("alder", "seats", seat.key), table.at)
        and seat.person not in ("p-survivor",)
        and table.oracle.admitted("alder", seat.key, table.at)
        and not table.oracle.sees("alder", seat.key, place, table.at)
    )
    browser, before = table.browser("p-cm"), everything()
    form = browser.get(url(table, FREE)).content.decode()
    answer = browser.post(
        url(table, FREE), shown(form) | {"accountable": table.seat("alder", blind).mark.public_id}
    )
    assert answer.status_code == 422
    assert "cannot be chosen now" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"accountable": "\x00"},
        {"accountable": "9" * 400},
        {"does": ["x", ""]},
        {"told": "\ud800".encode("utf-8", "surrogatepass")},
        {"asked": public_id()},
    ],
)
def test_what_nobody_was_offered_is_an_error_in_the_form(table: Stage, wrong: dict[str, Any]) -> None:
    browser, before = table.browser("p-cm"), everything()
    form = browser.get(url(table, FREE)).content.decode()
    answer = browser.post(url(table, FREE), shown(form) | wrong)
    assert answer.status_code == 422
    assert "cannot be chosen now" in answer.content.decode()
    assert everything() == before


# Words, and what is put away


def test_its_author_says_it_in_other_words(table: Stage) -> None:
    browser, old = table.browser("p-cm"), row(table, TAKEN).text
    page = browser.get(url(table, TAKEN, "wording/")).content.decode()
    assert f'value="{old}"' in page
    for text, status in (("", 422), ("x" * 201, 422), (" said\notherwise ", 303)):
        answer = browser.post(url(table, TAKEN, "wording/"), {"text": text, "shown": old})
        assert answer.status_code == status
    said_now = Responsibility.unsealed.get(mark__public_id=table.ids[f"{CASE}/responsibilities/{TAKEN}"])
    assert said_now.text == "said otherwise"
    answer = browser.post(url(table, TAKEN, "wording/"), {"text": "mine", "shown": old})
    assert answer.status_code == 409
    assert "said otherwise" in answer.content.decode()
    assert 'value="mine"' in answer.content.decode()


@pytest.mark.parametrize("how", ["answers", "claims"])
def test_what_the_survivor_took_is_not_made_into_something_else(table: Stage, how: str) -> None:
    """Else whoever wrote a line could give her something to do that she never offered."""
    if how == "answers":
        give(table, TAKEN, "sv")
    else:
        involve(table, TAKEN, "sv", How.CLAIMS)
    manager, old = table.browser("p-cm"), row(table, TAKEN).text
    answer = manager.post(url(table, TAKEN, "wording/"), {"text": "something else", "shown": old})
    assert answer.status_code == 409
    assert 'value="something else"' in answer.content.decode()
    assert "The survivor took this as it stands" in said(answer)
    assert row(table, TAKEN).text == old
    assert url(table, TAKEN, "wording/") not in said(manager.get(board(table)))
    give(table, TAKEN, "vw")
    Involved.objects.filter(how=How.CLAIMS).delete()
    assert url(table, TAKEN, "wording/") in said(manager.get(board(table)))
    answer = manager.post(url(table, TAKEN, "wording/"), {"text": "something else", "shown": old})
    assert answer.status_code == 303


def test_words_that_came_from_a_file_with_space_around_them_can_be_changed(table: Stage) -> None:
    Responsibility.unsealed.filter(pk=row(table, TAKEN).pk).update(text=" from  a file\n")
    [line] = Responsibility.unsealed.filter(text=" from  a file\n")
    address = f"/responsibilities/{line.mark.public_id}/wording/"
    page = table.browser("p-cm").get(address).content.decode()
    shown = unescape(page.partition('name="shown" value="')[2].partition('"')[0])
    answer = table.browser("p-cm").post(address, {"text": "in one line", "shown": shown})
    assert answer.status_code == 303
    assert Responsibility.unsealed.get(pk=line.pk).text == "in one line"


def test_an_outside_author_says_that_their_own_client_permits_it(table: Stage) -> None:
    browser, number = table.browser("p-law"), 3
    body = {"text": "in other words", "shown": row(table, number).text}
    refused = browser.post(url(table, number, "wording/"), body)
    assert refused.status_code == 422
    assert "First say that your own client permits it" in unescape(refused.content.decode())
    assert browser.post(url(table, number, "wording/"), body | {"permitted": "on"}).status_code == 303
    assert Mark.objects.get(public_id=table.ids[f"{CASE}/responsibilities/{number}"]).permitted_at == table.at


def test_what_is_put_away_waits_to_be_brought_back_and_is_no_question(table: Stage) -> None:
    browser = table.browser("p-cm")
    for _ in range(2):
        assert browser.post(url(table, FREE, "putting-away/")).status_code == 303
    assert Event.objects.filter(verb="responsibility_put_away").count() == 1
    page = said(browser.get(board(table)))
    number = table.ids[f"{CASE}/responsibilities/{FREE}"]
    assert f'id="gap-{number}"' not in page
    assert f'id="away-{number}"' in page
    assert table.browser("p-survivor").post(url(table, FREE, "taking/")).status_code == 409
    assert f'{number}/bringing-back/"' not in said(table.browser("p-survivor").get(board(table)))
    assert browser.post(url(table, FREE, "bringing-back/")).status_code == 303
    assert f'id="gap-{number}"' in said(browser.get(board(table)))


@pytest.mark.parametrize("hers", ["taking/", "claim/"])
def test_what_was_hers_is_hers_again_only_at_a_press_of_hers(table: Stage, hers: str) -> None:
    if hers == "claim/":
        assert table.browser("p-cm").post(url(table, FREE, "taking/")).status_code == 303
    assert table.browser("p-survivor").post(url(table, FREE, hers)).status_code == 303
    for verb in ("putting-away/", "bringing-back/"):
        assert table.browser("p-cm").post(url(table, FREE, verb)).status_code == 303
    survivor, line = table.seat("alder", "sv"), table.row(f"{CASE}/responsibilities/{FREE}")
    line.refresh_from_db()
    assert line.accountable_id == (None if hers == "taking/" else table.seat("alder", "cm").pk)
    assert not Involved.objects.filter(responsibility=line.pk, seat=survivor, how=How.CLAIMS).exists()
    assert table.browser("p-survivor").post(url(table, FREE, hers)).status_code == 303


# What is added


def added(stage: Stage, person: str, path: str, body: dict[str, Any]) -> Any:
    """Send a form, once its writer was shown who will read it."""
    browser, address = stage.browser(person), f"/cases/{stage.ids[CASE]}/responsibilities/{path}"
    names = browser.post(f"{address}readers/", body).content.decode()
    field = re.search(r'name="(\w+-shown_readers)" value="(\w+)"', names)
    assert field, names
    assert browser.post(address, body).status_code == 422, "nothing is kept before the names were shown"
    return browser.post(address, body | {field[1]: field[2]})


def test_something_in_one_s_own_words_is_read_by_those_who_were_shown(table: Stage) -> None:
    body = {
        "line-text": "Walks the dog",
        "line-topic": "safety",
        "line-audience": "management",
        "line-key": public_id(),
    }
    for _ in range(2):
        assert added(table, "p-cm", "", body)["Location"] == board(table)
    new = Responsibility.unsealed.select_related("mark").get(text="Walks the dog")
    assert (new.accountable, new.mark.topic, new.mark.author) == (None, "safety", table.seat("alder", "cm"))
    reading = {p for p in table.people if "Walks the dog" in said(table.browser(p).get(board(table)))}
    assert {"p-cm", "p-survivor", "p-sup", "p-adv", "p-interp"} <= reading
    assert not reading & {"p-det", "p-vw", "p-mentor", "p-law"}


def test_the_usual_list_offers_what_is_not_on_the_board_and_each_is_read_by_its_topic(table: Stage) -> None:
    address = f"/cases/{table.ids[CASE]}/responsibilities/usual/"
    body = {"usual-lines": ["rides", "housing"], "usual-audience": "everyone", "usual-key": public_id()}
    assert "checked" not in table.browser("p-cm").get(address).content.decode()
    assert added(table, "p-cm", "usual/", body).status_code == 303
    rides, housing = (
        Responsibility.unsealed.get(text=t) for t in ("Arranges rides to appointments", "Looks for housing")
    )
    assert (rides.mark.topic, housing.mark.topic) == ("coordination", "housing")
    assert {rides.mark.audience, housing.mark.audience} == {EVERY_ROLE}
    page = table.browser("p-cm").get(address).content.decode()
    assert 'value="rides"' not in page
    assert 'value="safety"' in page
    # One that is there, from another window, is not written a second time, and one that its writer cannot see is.
    assert table.browser("p-sup").post(address, body).status_code == 422
    Mark.objects.filter(pk=rides.mark_id).update(audience=0, author=table.seat("alder", "vw"))
    assert 'value="rides"' in table.browser("p-cm").get(address).content.decode()


def test_a_usual_list_that_is_sent_twice_is_kept_once(table: Stage) -> None:
    body = {"usual-lines": ["rides"], "usual-audience": "everyone", "usual-key": public_id()}
    address = f"/cases/{table.ids[CASE]}/responsibilities/usual/"
    for _ in range(2):
        assert added(table, "p-cm", "usual/", body)["Location"] == board(table)
    assert Responsibility.unsealed.filter(text="Arranges rides to appointments").count() == 1
    other = table.browser("p-cm").post(address, body | {"usual-lines": ["rides", "work"]})
    assert other.status_code == 422, "it says something else by now"
    assert not Responsibility.unsealed.filter(text="Helps with school, training and work").exists()


def test_before_the_usual_list_is_kept_it_says_what_each_reader_may_have_to_do_with_it(table: Stage) -> None:
    seats = Seat.unsealed.filter(case__key="alder")
    seats.filter(key="vw").update(duties=DUTY_BIT[Duty.GIVES_TO_DEFENCE], private="w-what-is-private")
    seats.filter(key="det").update(does="", does_not="", ask_about="", private="", contact="")
    body = {"usual-lines": ["rides"], "usual-audience": "everyone", "usual-key": public_id()}
    address = f"/cases/{table.ids[CASE]}/responsibilities/usual/readers/"
    page = unescape(table.browser("p-cm").post(address, body).content.decode())

    def beside(key: str) -> str:
        return page.partition(f"<bdi>{table.seat('alder', key).person.name}</bdi>")[2].partition("</li>")[0]

    assert "May have to give it to the defense" in beside("vw")
    assert "w-what-is-private" in beside("vw")
    assert "Usual in this role: " in beside("det")


@pytest.mark.parametrize(
    "wrong",
    [{"usual-lines": []}, {"usual-lines": ["nonsense"]}, {"usual-audience": "me"}, {"usual-audience": ""}],
)
def test_a_usual_list_with_something_missing_comes_back(table: Stage, wrong: dict[str, Any]) -> None:
    body = {"usual-lines": ["rides"], "usual-audience": "management", "usual-key": public_id()} | wrong
    before = everything()
    answer = table.browser("p-cm").post(f"/cases/{table.ids[CASE]}/responsibilities/usual/", body)
    assert answer.status_code == 422
    assert 'class="errorlist' in answer.content.decode()
    assert everything() == before


# A seat that is hidden leaves no trace


def pages_of(stage: Stage) -> dict[str, str]:
    return {person: CHANCE.sub("", said(stage.browser(person).get(board(stage)))) for person in SEES_NOT}


def unseen(stage: Stage, number: int, key: str) -> None:
    """A line of everybody's, and a seat that only the survivor and the case manager see."""
    Mark.objects.filter(pk=row(stage, number).mark_id).update(audience=EVERY_ROLE, topic="coordination")
    assert not [p for p in SEES_NOT if Eyes(stage, p).sees(stage.place("alder", "seats", key))]


CHANGES: dict[str, Callable[[Stage], None]] = {
    "claims": lambda stage: involve(stage, TAKEN, HIDDEN, How.CLAIMS),
    "is asked": lambda stage: involve(stage, TAKEN, HIDDEN, How.ASKED),
    "is told": lambda stage: involve(stage, TAKEN, HIDDEN, How.TOLD),
    "answers for what another hidden one did": lambda stage: give(stage, AT_THE_SHELTER, HIDDEN),
    "does what a hidden one answers for": lambda stage: involve(stage, AT_THE_SHELTER, HIDDEN, How.DOES),
    "does what a hidden one does": lambda stage: involve(stage, TAKEN, HIDDEN, How.DOES),
    "ends": lambda stage: end(stage, "shelter"),
    "is no more": lambda stage: end(stage, HIDDEN),
}


def end(stage: Stage, key: str) -> None:
    Seat.unsealed.filter(key=key, case__key="alder").update(until=stage.at)


@pytest.mark.parametrize("what", CHANGES)
def test_a_seat_that_is_hidden_changes_no_byte_and_sends_no_frame(
    table: Stage, settings: Settings, what: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    for number in (TAKEN, AT_THE_SHELTER):
        unseen(table, number, HIDDEN)
    assert "the team" in pages_of(table)["p-mentor"]
    sockets = {
        person: connect("board", table.browser(person).cookies["s"].value, id=table.ids[CASE])
        for person in [*SEES_NOT, "p-survivor"]
    }
    passes = Passes()
    live = [each.socket for each in sockets.values() if each.socket]
    assert len(passes.run(live).frames) == len(sockets)
    before = pages_of(table)
    CHANGES[what](table)
    case_changed(table.seat("alder", "cm").case_id)
    assert pages_of(table) == before
    frames = {socket for socket, *_ in passes.run(live).frames}
    assert frames == {sockets["p-survivor"].socket}, "who sees the seat sees what it does"


def test_the_team_has_its_column_whether_or_not_anybody_is_hidden(table: Stage) -> None:
    """Who sees all seats and who does not have the same last column, and as many columns as names they may read."""
    for person in ("p-survivor", "p-mentor", "p-det"):
        page = said(table.browser(person).get(board(table)))
        heads = re.findall(r"<text [^>]*><title>([^<]*)</title>([^<]*)</text>", page)
        eyes = Eyes(table, person)
        sitting = [
            seat
            for seat in table.oracle.case("alder").seats.values()
            if eyes.sees(table.place("alder", "seats", seat.key)) and instants(table, seat.key)
        ]
        assert heads[-1] == ("the team", "…")
        assert len(heads) == len(sitting) + 1, person
        lines = re.findall(r'<div class="strips" aria-hidden="true">(.*?)</div>', page)[1:]
        assert lines
        widths = {sum(map(int, re.findall(r'viewBox="0 0 (\d+)', line))) for line in lines}
        assert widths == {24 * len(heads)}, person


def instants(stage: Stage, key: str) -> bool:
    seat = stage.seat("alder", key)
    return seat.starts <= stage.at and (seat.until is None or stage.at < seat.until)


# Large boards


def test_sixty_lines_and_forty_seats_take_as_many_queries_as_one_of_each(
    db: None, clock: Clock, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    counts = []
    for people, lines in ((1, 1), (40, 60)):
        with transaction.atomic():
            stage = Stage(conference_of(people, 1, 1), clock)
            fill(lines)
            counts.append(queries(stage, lines))
            transaction.set_rollback(True)
    assert counts == [[10, 9]] * 2


def queries(stage: Stage, lines: int) -> list[int]:
    """How much the page asks of the database, and a pass for everybody; what that is, is printed."""
    browser, case = stage.client("p000"), Case.objects.get()
    browser.get(board(stage))
    sessions = [stage.client(person).cookies["s"].value for person in stage.people]
    with asked_for() as page:
        told = browser.get(board(stage)).content.decode()
    assert told.count('<li id="responsibility-') == told.count('<tr><th scope="row"') == lines
    assert told.count("<text ") == len(stage.people) + 1
    sockets = [each.socket for s in sessions if (each := connect("board", s, id=case.public_id)).socket]
    with asked_for() as one_pass:
        assert len(Passes().run(sockets).frames) == len(stage.people)
    return [len(page), len(one_pass)]


@contextmanager
def asked_for() -> Iterator[list[str]]:
    """What is asked of the database in here, read before the next request forgets it."""
    asked: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield asked
    asked += [query["sql"][:200] for query in captured.captured_queries]
    print(len(asked), *asked, sep="\n")


def fill(lines: int) -> None:
    """Write so many lines, in each of which everybody is involved in every way."""
    case, seats = Case.objects.get(), list(Seat.unsealed.order_by("pk"))
    for number in range(lines):
        mark = Mark.objects.create(case=case, author=seats[0], topic="coordination", audience=EVERY_ROLE)
        holder = seats[number % len(seats)]
        line = Responsibility.unsealed.create(mark=mark, text=f"line {number}", accountable=holder)
        Involved.objects.bulk_create(
            Involved(responsibility=line, seat=seat, how=how) for seat in seats for how in How
        )


# Two in the same second


def test_of_two_in_the_same_second_one_answers_for_it_and_the_other_is_told(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(planted(), clock)
    Person.objects.update(language="en")
    people = {"p-cm": "cm", "p-vw": "vw"}
    browsers, names = (
        {p: stage.browser(p) for p in people},
        {p: stage.seat("alder", k).person.name for p, k in people.items()},
    )
    address, answers = url(stage, FREE, "taking/"), dict[str, Any]()
    Mark.objects.filter(pk=row(stage, FREE).mark_id).update(topic="coordination")
    together = Barrier(2)
    if connection.vendor == "postgresql":
        # Both have read that nobody answers for it, and neither has locked the case.
        def both(case: int) -> None:
            together.wait(10)
            case_changed(case)

        monkeypatch.setattr("conferences.responsibilities.changes.case_changed", both)

    def press(person: str) -> None:
        try:
            if connection.vendor == "sqlite":
                together.wait(10)
            answers[person] = browsers[person].post(address)
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    [winner] = [person for person, answer in answers.items() if answer.status_code == 303]
    [loser] = people.keys() - {winner}
    assert holder(stage, FREE) == people[winner]
    assert f"{names[winner]} took this before you. Nothing has changed." in unescape(said(answers[loser]))
    assert Event.objects.filter(verb="responsibility_taken").count() == 1
