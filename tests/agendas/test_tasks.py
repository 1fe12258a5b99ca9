"""My tasks, over all cases: exactly what is one's own or was asked for, and may be read now."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.actions.models import ActionItem
from conferences.meetings.models import Conference
from tests.cast import Clock, Stage, said
from tests.casting import tasks_of
from tests.live_client import panels_of
from tests.live_pass import connect, passed
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, Role, comes_for_tasks
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id

CASE = "/cases/0"
PARTS = {"waiting": "Waits for your answer", "own": "What you do", "asked": "What you asked of others"}


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest) -> None:
    if "stage" in request.fixturenames:
        request.getfixturevalue("stage")
        Person.objects.update(language="en")


@pytest.fixture
def origin(settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]


def page(stage: Stage, person: str, query: str = "", path: str = "/tasks/") -> str:
    answer = stage.browser(person).get(f"{path}{query}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def mine(stage: Stage, person: str, query: str = "", path: str = "/tasks/") -> str:
    """The list, as it stands on this page."""
    return panels_of(page(stage, person, query, path))["mine"]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def row(html: str, action: Any) -> str:
    """What stands there of this action item; nothing where it does not stand there."""
    return html.partition(f'<li id="task-{action.mark.public_id}"')[2].partition("</li>")[0]


def listed(html: str) -> list[str]:
    return re.findall(r'<li id="task-([^"]+)"', html)


def actions(stage: Stage) -> list[Any]:
    return list(ActionItem.unsealed.select_related("mark", "owner").order_by("pk"))


def given(stage: Stage, owner: str, author: str = "cm", case: str = "alder", **more: Any) -> Any:
    """An action item that everybody on the case may read, of this owner, asked for by that seat."""
    seat, by = stage.seat(case, owner), stage.seat(case, author)
    mark = Mark.objects.create(
        case=seat.case, author=by, origin=by.agency, topic="coordination", audience=EVERY_ROLE
    )
    Named.objects.create(mark=mark, seat=seat)
    title = f"w-{public_id()}"
    values = {"title": title, "key": title, "status": "accepted"} | more
    return ActionItem.unsealed.create(mark=mark, owner=seat, **values)


def test_everybody_finds_all_that_is_theirs_and_nothing_that_is_not_or_that_they_may_not_read(
    stage: Stage,
) -> None:
    ActionItem.unsealed.filter(status__in=["done", "not_done", "no_longer_possible"]).update(
        ended_at=stage.at - timedelta(days=3)
    )
    places = {stage.ids[place]: place for place in stage.ids if "/actions/" in place}
    counts = []
    for person in stage.people:
        eyes, found = Eyes(stage, person), listed(mine(stage, person))
        own = {seat.pk for seat in Seat.unsealed.filter(person__key=person)}
        wanted = {
            action.mark.public_id
            for action in actions(stage)
            if own & {action.owner_id, action.mark.author_id} and eyes.sees(places[action.mark.public_id])
        }
        assert set(found) == wanted, person
        assert len(found) == len(wanted), "each stands there once"
        assert stage.found(page(stage, person)) <= stage.words(person)
        counts.append(len(wanted))
    assert sum(counts) >= 12
    assert counts.count(0) > 3


def test_each_task_stands_in_the_part_that_says_what_there_is_to_do_with_it(stage: Stage) -> None:
    """With the addresses of the verbs, which are those of the action item's own page."""
    waits = given(stage, "det", status="offered")
    own = given(stage, "det", status="accepted")
    asked = given(stage, "shelter", "det", status="offered")
    declined = given(stage, "shelter", "det", status="declined")
    said_no = given(stage, "det", status="declined")
    over = given(stage, "det", status="done", ended_at=stage.at - timedelta(days=2), outcome="It went well.")
    long_over = given(stage, "det", status="done", ended_at=stage.at - timedelta(days=31))
    html = mine(stage, "p-det")
    order = [html.index(heading) for heading in PARTS.values()]
    order.append(html.index("What ended lately"))
    assert order == sorted(order)
    for action, after in ((waits, 0), (own, 1), (asked, 2), (declined, 2), (over, 3), (said_no, 3)):
        place = html.index(f'id="task-{action.mark.public_id}"')
        assert sum(heading < place for heading in order) == after + 1
    assert not row(html, long_over)
    verbs = {
        waits: {"acceptance", "declining", "date", "comments"},
        own: {"ending", "date", "comments"},
        asked: {"comments"},
        declined: {"comments", "owner"},
        over: set(),
        said_no: set(),
    }
    for action, wanted in verbs.items():
        url = f"/actions/{action.mark.public_id}/"
        its = row(html, action)
        assert f'href="{url}"' in its
        assert set(re.findall(rf'(?:href|formaction|hx-post)="{url}(\w+)/[?"]', its)) == wanted
    assert f'formaction="/actions/{waits.mark.public_id}/acceptance/?seen=' in row(html, waits)
    assert "It went well." in row(html, over)
    assert stage.seat("alder", "cm").person.name in row(html, own)
    assert "the team" in row(html, asked), "she may not know who the shelter's seat is"


def test_an_interpreter_who_does_something_is_not_offered_to_write_under_it(stage: Stage) -> None:
    action = given(stage, "interp", status="accepted")
    its = row(mine(stage, "p-interp"), action)
    assert "/ending/" in its
    assert "/comments/" not in its


def test_the_soonest_stands_first_and_what_has_no_day_last(stage: Stage) -> None:
    today = stage.at.date()
    days = [9, None, -3, 2]
    rows = [given(stage, "det", due=today + timedelta(days=day) if day else None) for day in days]
    wanted = [rows[place].mark.public_id for place in (2, 3, 0, 1)]
    found = [each for each in listed(mine(stage, "p-det")) if each in wanted]
    assert found == wanted


def test_that_a_day_has_passed_is_said_calmly_and_of_what_is_hers_to_nobody(stage: Stage) -> None:
    passed = stage.at.date() - timedelta(days=1)
    late = given(stage, "det", due=passed)
    today = given(stage, "det", due=stage.at.date())
    hers = given(stage, "sv", "sv", due=passed)
    written_for_her = given(stage, "sv", "cm", due=passed)
    stopped = given(stage, "sv", "cm", status="not_done", ended_at=stage.at)
    assert "that day has passed" in row(mine(stage, "p-det"), late)
    assert "that day has passed" not in row(mine(stage, "p-det"), today)
    for person, action in (("p-survivor", hers), ("p-survivor", written_for_her), ("p-cm", written_for_her)):
        told = row(mine(stage, person), action)
        assert action.title in told
        assert not re.search(r"passed|overdue|late", words(told)), person
    for person in ("p-survivor", "p-cm"):
        told = words(row(mine(stage, person), stopped))
        assert stopped.title in told
        assert "not done" not in told
    assert "overdue" not in page(stage, "p-det") + page(stage, "p-survivor")


@pytest.mark.parametrize("status", ["offered", "accepted", "no_longer_possible", "not_done"])
def test_of_an_owner_whom_one_does_not_see_nothing_tells_whether_it_is_she(stage: Stage, status: str) -> None:
    """The detective is hidden from the supervisor anyway; here the survivor is as well."""
    her = stage.seat("alder", "sv")
    Mark.objects.filter(pk=her.pk).update(audience=1)
    told = []
    for owner in ("sv", "det2"):
        ended = stage.at if status in ("no_longer_possible", "not_done") else None
        due = (stage.at - timedelta(days=4)).date()
        action = given(stage, owner, author="sup", status=status, due=due, ended_at=ended, title="the same")
        line = row(mine(stage, "p-sup"), action)
        assert "the team" in line
        told.append(line.replace(action.mark.public_id, ""))
    assert told[0] == told[1]


def test_the_day_of_a_meeting_that_goes_on_has_not_passed(stage: Stage) -> None:
    soon = Conference.unsealed.get(key="now", mark__case__key="alder")
    action = given(stage, "det", by_next=True)
    later = (stage.at - timedelta(days=1)).date()
    Conference.unsealed.filter(pk=soon.pk).update(opened_at=None, starts=stage.at - timedelta(days=1))
    line = words(row(mine(stage, "p-det"), action))
    assert "by the next meeting" in line
    assert str(later.day) in line
    assert "has passed" not in line


def test_where_she_offered_nothing_nothing_is_said_to_wait_for_her(stage: Stage) -> None:
    ActionItem.unsealed.filter(owner__person__key="p-survivor").delete()
    for path in ("/", "/tasks/"):
        for person, waits in (("p-survivor", False), ("p-interp", True)):
            its = page(stage, person, path=path)
            told = ("Nothing waits for you." in its, "You do not have to offer anything." in its)
            assert told == (waits, not waits), (path, person)


def test_her_own_list_speaks_to_her(stage: Stage) -> None:
    hers = given(stage, "sv", "sv")
    whole = page(stage, "p-survivor")
    assert "<h1>What you offered to do</h1>" in whole
    assert "You owe nobody anything." in whole
    its = row(mine(stage, "p-survivor"), hers)
    assert "I did it, or not any more" in its
    assert "acceptance" not in its
    assert stage.raw(CASE)["code_name"] not in its, "she needs no code name for what is hers"


def test_by_the_next_meeting_has_a_day_for_those_alone_who_see_that_meeting(stage: Stage) -> None:
    """And the meeting in which it was asked for is not the next one."""
    now = Conference.unsealed.select_related("mark").get(mark__case__key="alder", key="now")
    Conference.unsealed.filter(pk=now.pk).update(opened_at=stage.at - timedelta(minutes=20))
    action = given(stage, "vw", "det", by_next=True)
    coming = Conference.unsealed.filter(mark__case__key="alder", status="planned").order_by("starts")
    invited = {each.key: set(each.mark.named.values_list("seat__key", flat=True)) for each in coming}
    sees = {person for person in ("det", "vw") if any(person in seats for seats in invited.values())}
    for person in ("det", "vw"):
        told = row(mine(stage, f"p-{person}"), action)
        assert "by the next meeting" in told
        assert ("<time" in told) == (person in sees)
    first = coming[0]
    for person in ("det", "vw"):
        Named.objects.get_or_create(mark=first.mark, seat=stage.seat("alder", person))
        day = first.starts.astimezone().date()
        assert f'<time datetime="{day}' in row(mine(stage, f"p-{person}"), action)
    assert sees != {"det", "vw"}


def loses(stage: Stage, how: str, action: Any) -> None:
    """The detective loses sight of the one action item, and of nothing else of another case."""
    seat = stage.seat("alder", "det")
    if how == "release withdrawn":
        Release.objects.filter(case=seat.case, agency=seat.agency).update(withdrawn_at=stage.at)
    elif how == "seat ended":
        Seat.unsealed.filter(pk=seat.pk).update(until=stage.at)
    elif how == "narrowed":
        Mark.objects.filter(pk=action.pk).update(audience=1)
        Named.objects.filter(mark=action.pk).delete()
    else:
        Mark.objects.filter(pk=action.pk).update(removed_at=stage.at)
    case_changed(seat.case_id)


@pytest.mark.parametrize("how", ["release withdrawn", "seat ended", "narrowed", "removed"])
@pytest.mark.parametrize("path", ["mine", "today"])
def test_what_somebody_may_not_read_any_more_leaves_their_list_by_the_next_pass_and_all_else_stays(
    stage: Stage, origin: None, how: str, path: str
) -> None:
    Release.objects.filter(case__key="birch").update(withdrawn_at=None)
    going = given(stage, "det", status="accepted")
    staying = given(stage, "det", case="birch", status="offered")
    session = stage.browser("p-det").cookies["s"].value
    passes, socket = Passes(), connect(path, session).socket
    assert socket is not None
    (first,) = passes.run([socket]).frames
    assert going.title in first[1]
    assert staying.title in first[1]
    loses(stage, how, going)
    frames = passes.run([socket]).frames
    ((_, frame, _size),) = frames
    assert going.title not in frame
    assert going.mark.public_id not in frame
    fresh = page(stage, "p-det", path="/" if path == "today" else "/tasks/")
    assert going.title not in fresh
    assert staying.title in row(panels_of(fresh)["mine"], staying)
    assert panels_of(fresh)["mine"] in unescape(frame)
    if how in ("release withdrawn", "seat ended"):
        assert stage.raw(CASE)["code_name"] not in fresh
    others = mine(stage, "p-cm")
    assert (going.title in others) == (how != "removed"), "whoever asked for it reads it as before"


def test_a_row_that_is_somebody_elses_reaches_nobody_by_being_read_for_them(
    stage: Stage, origin: None
) -> None:
    """All who look are read for at once."""
    theirs = {key: given(stage, key, "cm", status="offered") for key in ("det", "vw", "law", "sup")}
    sockets = {}
    for key in theirs:
        session = stage.browser(f"p-{key}").cookies["s"].value
        sockets[connect("mine", session)] = key
    frames, _closed = passed(list(sockets))
    for socket, key in sockets.items():
        stands = {other for other, action in theirs.items() if action.title in frames[socket]}
        assert stands == {key}


NARROWED = {
    "?part=waiting": {"soon", "whenever"},
    "?part=asked": {"asked"},
    "?until=week": {"soon"},
    "?until=month": {"soon", "later", "asked"},
    "?part=own&until=month": {"later"},
    "?case={alder}": {"soon", "whenever", "later", "asked"},
    "?case={birch}": {"other"},
    "?case={birch}&until=week": set(),
    "?case={alder}&part=waiting&until=week": {"soon"},
}
ALL = {"soon", "whenever", "later", "asked", "other"}


def filled(stage: Stage) -> dict[str, Any]:
    """The detective's tasks on two cases, by a name for each."""
    Release.objects.filter(case__key="birch").update(withdrawn_at=None)
    for each in actions(stage):
        Mark.objects.filter(pk=each.pk).update(removed_at=stage.at)
    day = stage.at.date()
    return {
        "soon": given(stage, "det", status="offered", due=day + timedelta(days=2)),
        "whenever": given(stage, "det", status="offered"),
        "later": given(stage, "det", due=day + timedelta(days=20)),
        "asked": given(stage, "vw", "det", due=day + timedelta(days=30)),
        "other": given(stage, "det", case="birch"),
        "theirs": given(stage, "vw", "cm", due=day),
    }


def names(html: str, named: dict[str, Any]) -> set[str]:
    return {name for name, action in named.items() if row(html, action)}


def in_full(stage: Stage, query: str) -> str:
    return query.format(alder=stage.ids[CASE], birch=stage.ids["/cases/1"])


@pytest.mark.parametrize("query", NARROWED)
def test_the_address_narrows_the_list_and_the_socket_keeps_it_so(
    stage: Stage, origin: None, query: str
) -> None:
    named = filled(stage)
    html = page(stage, "p-det", in_full(stage, query))
    assert names(html, named) == NARROWED[query]
    assert "This is a part of your list." in html
    asked = dict(re.findall(r"(id|look)=([\w-]+)", html.partition('ws-connect="')[2].partition('"')[0]))
    connection_of = connect("mine", stage.browser("p-det").cookies["s"].value, **asked)
    assert connection_of.socket is not None
    frames, _closed = passed([connection_of])
    for panel in ("mine", "narrow"):
        assert panels_of(html)[panel] in unescape(frames[connection_of])


@pytest.mark.parametrize(
    "query",
    [
        *("", "?part=nothing", "?until=yesterday", "?case=x", "?page=9", "?page=-1", "?other=1"),
        *(f"?case={'n' * 20}", "?part=&until=&case=", "?part=" + "a" * 3000, "?case=%00", "?part=%ff"),
    ],
)
def test_what_nobody_knows_in_the_address_is_left_aside(stage: Stage, query: str) -> None:
    named = filled(stage)
    html = mine(stage, "p-det", query)
    assert names(html, named) == ALL
    assert "This is a part" not in html


HIDDEN_FIELD = re.compile(r'type="hidden" name="([\w-]+)" value="([^"]*)"')


def sent_from(stage: Stage, person: str, address: str, **given: str) -> Any:
    """What is answered to a form at this address, filled in."""
    browser = stage.browser(person)
    html = said(browser.get(address))
    assert 'hx-post="' + escape(address) in html
    return browser.post(address, dict(HIDDEN_FIELD.findall(html)) | {"permitted": "on"} | given)


@pytest.mark.parametrize("at", ["/", "/tasks/", "/tasks/?part=own&until=week", "/tasks/?case={alder}"])
def test_what_is_done_from_a_list_leads_back_to_it_narrowed_as_it_was(stage: Stage, at: str) -> None:
    at, day = in_full(stage, at), stage.at.date() + timedelta(days=2)
    own, waits = given(stage, "det", due=day), given(stage, "det", status="offered", due=day)
    its = row(mine(stage, "p-det", at, ""), own)
    ends, moves, asks = re.findall(r'href="(/actions/[^"#]+/\?back=[^"#]+)#main"', its)
    for address, words in (
        (asks, {"text": "Whose is it?"}),
        (moves, {"due": str(day + timedelta(days=1)), "because": "The court moved"}),
        (ends, {"word": "done", "outcome": "It is there"}),
    ):
        assert f'<a href="{escape(at)}">Back to the list</a>' in said(stage.browser("p-det").get(address))
        assert sent_from(stage, "p-det", address)["Content-Language"], "and what is wrong is told there"
        assert sent_from(stage, "p-det", address, **words)["Location"] == at
    whole = mine(stage, "p-det", "" if "own" in at else at, "/tasks/" if "own" in at else "")
    accepts, again = re.findall(r'(?:formaction|hx-post)="([^"]+)"', row(whole, waits))
    assert accepts == again, "with and without a script"
    assert stage.browser("p-det").post(accepts)["Location"] == ("/tasks/" if "own" in at else at)


@pytest.mark.parametrize(
    "away",
    ["//evil.example/", "https://evil.example/tasks/", "/cases/", "/tasks/x/", "/tasks/?a=//b", "/\n/x"],
)
def test_a_form_leads_nowhere_but_to_a_list_or_its_task(stage: Stage, away: str) -> None:
    own = given(stage, "det")
    url = f"/actions/{own.mark.public_id}/"
    told = said(stage.browser("p-det").get(f"{url}ending/?{urlencode({'back': away})}"))
    assert f'<a href="{url}">Back to the task</a>' in told
    assert "evil" not in told.partition("<main")[2]
    assert stage.browser("p-det").post(f"{url}acceptance/?{urlencode({'back': away})}").status_code in (
        409,
        303,
    )


def test_by_a_day_there_is_nothing_among_what_has_ended(stage: Stage) -> None:
    filled(stage)
    over = given(stage, "det", status="done", ended_at=stage.at - timedelta(days=1), due=stage.at.date())
    html = page(stage, "p-det", "?until=today")
    assert not listed(html)
    assert re.search(r'href="/tasks/\?until=today"[^>]*><bdi>[^<]*</bdi> \(0\)', html)
    assert row(page(stage, "p-det", "?part=ended&until=today"), over), "its own part has no days"


def test_a_case_that_one_does_not_sit_on_narrows_as_one_that_never_was(stage: Stage) -> None:
    filled(stage)
    hidden, nothing = stage.ids["/cases/1"], public_id()
    Seat.unsealed.filter(case__key="birch", person__key="p-det").update(until=stage.at)
    told = [page(stage, "p-det", f"?case={case}").replace(case, "") for case in (hidden, nothing)]
    same = [re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+', "", each) for each in told]
    assert same[0] == same[1]


def test_beside_each_way_stands_how_many_there_are_of_what_the_viewer_sees(stage: Stage) -> None:
    named = filled(stage)
    ways = panels_of(page(stage, "p-det"))["narrow"]
    counted = dict(re.findall(r'href="/tasks/\?([^"]+)"[^>]*><bdi>[^<]*</bdi> \((\d+)\)', ways))
    alder, birch = stage.ids[CASE], stage.ids["/cases/1"]
    wanted = {"part=waiting": 2, "part=own": 2, "part=helping": 0, "part=asked": 1, "part=ended": 0}
    wanted |= {"until=today": 0, "until=week": 1, "until=month": 3, f"case={alder}": 4, f"case={birch}": 1}
    assert {way: int(count) for way, count in counted.items()} == wanted
    assert stage.raw(CASE)["code_name"] in ways
    for way, count in wanted.items():
        html = page(stage, "p-det", f"?{way}")
        assert len(listed(html)) == count
    given(stage, "det")
    Mark.objects.filter(pk=named["soon"].pk).update(audience=1)
    Named.objects.filter(mark=named["soon"].pk).delete()
    ways = panels_of(page(stage, "p-det"))["narrow"]
    assert re.search(r"part=waiting\"[^>]*><bdi>[^<]*</bdi> \(1\)", ways)
    assert 'part=own&until=week"' in page(stage, "p-det", "?until=week"), "what is chosen is kept"


def test_a_long_part_stands_on_several_pages_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agendas.tasks.panels.MOST", 3)
    every = [given(stage, "prov", status="offered").mark.public_id for _ in range(8)]
    html = mine(stage, "p-prov")
    assert len(listed(html)) == 3
    assert "Here are 1 to 3 of 8." in html
    found = listed(html)
    address = re.search(r'href="(/tasks/[^"]+)">The next ones', html)
    while address:
        html = panels_of(page(stage, "p-prov", path=address[1]))["mine"]
        found += listed(html)
        address = re.search(r'href="(/tasks/[^"]+)">The next ones', html)
    assert found == every
    assert "Here are 7 to 8 of 8." in html
    assert 'href="/tasks/?part=waiting&page=2">Those before' in html
    beyond = listed(mine(stage, "p-prov", "?part=waiting&page=77"))
    assert beyond == every[6:]


def test_whoever_comes_for_tasks_starts_with_them_and_others_have_a_way_to_them(stage: Stage) -> None:
    for key in ("law", "det", "pros", "vw", "sup", "cm", "sv"):
        person = {"sv": "p-survivor"}.get(key, f"p-{key}")
        action = given(stage, key, "sv" if key == "sv" else "cm")
        html = page(stage, person, path="/")
        first = all(comes_for_tasks(Role(lens.role)) for lens in stage.sight(person).values())
        assert first == (key in ("law", "det", "pros", "vw"))
        panels = panels_of(html)
        if first:
            assert row(panels["mine"], action)
            order = [html.index(f'id="{panel}"') for panel in ("mine", "conferences", "cases")]
            assert order == sorted(order)
            assert "<h1>My tasks</h1>" in html
            assert action.title not in panels["tasks"]
        else:
            assert not listed(panels["mine"])
            assert action.title in panels["tasks"]
            assert re.search(r'href="/tasks/">[^<]*\(\d+\)', panels["tasks"])
        assert 'class="to-tasks" href="/tasks/"' in html


def test_the_start_page_counts_what_is_on_the_list_and_stays_short(stage: Stage) -> None:
    for each in actions(stage):
        Mark.objects.filter(pk=each.pk).update(removed_at=stage.at)
    for _ in range(23):
        given(stage, "sup", status="offered")
    given(stage, "cm", "sup")
    given(stage, "sup", status="done", ended_at=stage.at)
    start = panels_of(page(stage, "p-sup", path="/"))["tasks"]
    assert "All my tasks (24)" in start
    assert start.count('<li id="action-') == 20


def test_at_midnight_and_when_something_ended_long_enough_ago_the_list_changes_by_itself(
    stage: Stage, origin: None
) -> None:
    """Its day is over at midnight where the case is worked on."""
    for each in actions(stage):
        Mark.objects.filter(pk=each.pk).update(removed_at=stage.at)
    stage.clock.at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    due = given(stage, "det", due=date(2026, 11, 23))
    over = given(stage, "det", status="done", ended_at=stage.at - timedelta(days=29, hours=23))
    passes = Passes()
    socket = connect("mine", stage.browser("p-det").cookies["s"].value).socket
    assert socket is not None
    passes.run([socket])
    assert not passes.run([socket]).frames
    for instant, change in (
        (stage.at + timedelta(hours=1), over),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), due),
    ):
        stage.clock.at = instant - timedelta(microseconds=1)
        assert not passes.run([socket]).frames
        stage.clock.at = instant
        ((_, frame, _size),) = passes.run([socket]).frames
        if change is over:
            assert over.title not in frame
        else:
            assert "that day has passed" in row(unescape(frame), due)


def test_whoever_is_signed_out_is_sent_to_the_start_page(stage: Stage) -> None:
    answer = stage.client(None).get("/tasks/?part=own")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert not stage.found(said(answer))


# Size

Load = Callable[[int, int], Stage]


@pytest.fixture
def loaded(db: None, clock: Clock, settings: Settings) -> Load:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    return lambda cases, each: Stage(tasks_of(cases, each), clock)


def queries(stage: Stage, path: str) -> int:
    browser = stage.browser("p-me")
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(path).status_code == 200
    return len(asked)


# With two for what those can see whom the advocate asked for something.
COUNTED = {"/tasks/": 10, "/tasks/?part=own&until=week": 8, "/": 12, "/cases/{case}/": 11}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """At night there are five thousand action items."""
    if "size" in metafunc.fixturenames:
        most = (200, 25) if metafunc.config.getoption("--nightly") else (20, 25)
        metafunc.parametrize("size", [(1, 10), most])


def test_a_list_of_thousands_over_hundreds_of_cases_takes_as_many_queries_as_one_of_ten(
    loaded: Load, size: tuple[int, int]
) -> None:
    stage = loaded(*size)
    case = stage.ids["/cases/0"]
    assert {path: queries(stage, path.format(case=case)) for path in COUNTED} == COUNTED
    html = page(stage, "p-me")
    assert 0 < len(listed(html)) <= 200
    if size[0] > 15:
        assert f"of {size[0] * 2}." in html
    socket = connect("mine", stage.browser("p-me").cookies["s"].value).socket
    assert socket is not None
    with CaptureQueriesContext(connection) as asked:
        assert Passes().run([socket]).frames
    assert len(asked) == 9
