"""What the meetings of a task force begin with: changed by those who plan meetings, for all that are planned later."""

from html import unescape
from typing import Any

from agendas.items.models import AgendaItem, StandingItem
from conferences.meetings.models import Part, UsualPart
from tests.agendas.test_scheduling import body, newest
from tests.agendas.test_scheduling import url as planning
from tests.cast import Stage
from workspace.people.models import TaskForce, public_id
from workspace.record.models import Event

URL = "/meetings/template/"
USUAL = 8


def fields(page: str) -> dict[str, str]:
    return {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("seen", "key")}


def sent(stage: Stage, *items: dict[str, Any], person: str = "p-cm", **given: Any) -> dict[str, Any]:
    """The form with these items, one empty row after them, and one part."""
    rows = [
        {"title": "", "kind": "plan", "minutes": "", "ORDER": str(number)} | item
        for number, item in enumerate(items, 1)
    ]
    named = {
        f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
    }
    return {
        **named,
        "items-TOTAL_FORMS": len(rows) + 1,
        "items-INITIAL_FORMS": len(rows),
        "parts-TOTAL_FORMS": 1,
        "parts-INITIAL_FORMS": 0,
        "statement": "",
        **fields(stage.client(person).get(URL).content.decode()),
        **given,
    }


def kept() -> tuple[Any, ...]:
    return (
        list(StandingItem.objects.order_by("position").values_list("title", "kind", "minutes")),
        list(UsualPart.objects.order_by("position").values_list("name", "minutes", "without_her")),
        TaskForce.objects.get().statement,
        Event.objects.filter(verb="template_changed").count(),
    )


def test_it_shows_the_usual_items_and_one_empty_row_and_keeps_nothing_that_is_not_changed(
    stage: Stage,
) -> None:
    page = stage.client("p-sup").get(URL).content.decode()
    assert page.count('-kind"') >= USUAL
    assert 'name="items-8-title"' in page
    assert 'name="items-9-title"' not in page
    named = {
        name: page.partition(f'name="{name}" value="')[2].partition('"')[0]
        for number in range(USUAL)
        for name in (f"items-{number}-title", f"items-{number}-minutes", f"items-{number}-ORDER")
    }
    kinds = ["limits_of_sharing", "roles", "safety", "progress", "needs", "impediments", "plan", "actions"]
    whole = {unescape(name): unescape(value) for name, value in named.items()} | {
        f"items-{number}-kind": kind for number, kind in enumerate(kinds)
    }
    whole |= {"items-TOTAL_FORMS": str(USUAL + 1), "items-INITIAL_FORMS": str(USUAL)}
    answer = stage.client("p-sup").post(URL, sent(stage) | whole)
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}?kept")
    assert kept() == ([], [], "", 0)


def test_what_is_kept_is_what_meetings_begin_with_from_then_on(stage: Stage) -> None:
    browser = stage.client("p-adv")
    given = sent(
        stage,
        {"title": "third", "ORDER": "30"},
        {"title": "first", "kind": "safety", "minutes": "7", "ORDER": "1"},
        {"title": "gone", "items-2-DELETE": "on", "ORDER": "2"},
        person="p-adv",
        statement=" What is said here stays here. ",
        **{"parts-0-name": "everyone", "parts-0-minutes": "30", "parts-0-without_her": "on"},
        **{"items-2-DELETE": "on", "items-3-title": "added", "items-3-kind": "other", "items-3-ORDER": "4"},
    )
    assert browser.post(URL, given).status_code == 303
    items = [("first", "safety", 7), ("added", "other", None), ("third", "plan", None)]
    assert kept() == (items, [("everyone", 30, True)], "What is said here stays here.", 1)
    again = kept()
    assert browser.post(URL, given).status_code == 303
    assert kept() == again, "a form that is sent again changes nothing"
    assert browser.post(planning(stage), body(stage, lead="adv")).status_code == 303
    begun = AgendaItem.unsealed.filter(conference=newest()).order_by("position")
    assert list(begun.values_list("title", "kind", "minutes")) == items
    assert Part.objects.get(conference=newest()).name == "everyone"
    assert newest().statement == "What is said here stays here."
    none = sent(stage, person="p-adv") | {"items-TOTAL_FORMS": "1"}
    assert browser.post(URL, none).status_code == 303
    assert newest().statement, "what people accept stays as it was"
    assert kept() == ([], [], "", 2), "without any, the usual ones come back"
    assert 'name="items-8-title"' in browser.get(URL).content.decode()


def test_of_two_who_change_it_at_once_the_second_is_told_and_loses_nothing(stage: Stage) -> None:
    mine = sent(stage, {"title": "mine"}, statement="Mine to keep.")
    theirs = sent(stage, {"title": "theirs"}, person="p-next-cm")
    assert stage.client("p-next-cm").post(URL, theirs).status_code == 303
    before = kept()
    answer = stage.client("p-cm").post(URL, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody changed this in the meantime." in page
    assert "theirs" in page.partition('id="as-it-is"')[2].partition("</section>")[0]
    assert 'value="mine"' in page
    assert "Mine to keep." in page
    assert kept() == before
    assert stage.client("p-cm").post(URL, mine | fields(page)).status_code == 303
    assert kept()[0] == [("mine", "plan", None)]


WRONG = [
    ({"items-0-title": "\0 "}, "Give it a name, or take it out."),
    ({"items-0-kind": "nonsense"}, "errorlist"),
    ({"items-1-title": "added"}, "Choose what it is for."),
    ({"items-0-minutes": "241"}, "between 1 and 240"),
    ({"items-0-minutes": "9" * 6000}, "between 1 and 240"),
    ({"items-0-ORDER": "first"}, "errorlist"),
    ({"parts-0-name": "a part"}, "between 1 and 480"),
    ({"parts-0-name": "x" * 81, "parts-0-minutes": "5"}, "errorlist"),
    ({"statement": "x" * 5001}, "errorlist"),
    ({"items-TOTAL_FORMS": "9999999"}, "errorlist"),
    ({"parts-TOTAL_FORMS": ""}, "errorlist"),
]


def test_what_is_wrong_is_said_and_changes_nothing(stage: Stage) -> None:
    given, browser = sent(stage, {"title": "still typed"}), stage.client("p-cm")
    for wrong, sentence in WRONG:
        answer = browser.post(URL, given | wrong)
        assert answer.status_code == 422, wrong
        assert sentence in answer.content.decode(), wrong
    assert kept() == ([], [], "", 0)


def test_whoever_plans_no_meetings_finds_nothing_there(stage: Stage) -> None:
    given, answers = sent(stage, {"title": "typed"}), set()
    for person in ("p-det", "p-survivor", "p-shelter", "p-nowhere"):
        browser = stage.client(person)
        assert browser.get(URL).status_code == 404
        answers.add(browser.post(URL, given | {"key": public_id()}).status_code)
    assert answers == {404}
    assert kept() == ([], [], "", 0)
