"""What a pass keeps, writes and forgets; without a server."""

import gc
from collections.abc import Iterator
from typing import Any
from unittest import mock
from weakref import ref

import pytest
from pytest_django import Settings

from conferences.cases.panels import TeamPanel
from conferences.meetings.panels import PersonHere
from tests.cast import Stage
from tests.live_pass import connect
from workspace.disclosure.lens import read_sights
from workspace.disclosure.sealed import GENERATION, Keeps
from workspace.live import panels
from workspace.live.hub import Hub
from workspace.live.panels import Lines, serve, written
from workspace.live.passes import OTHER_PANELS, Pen
from workspace.people.changes import find_person

ANA, BEA, CLEO = (PersonHere(name, True, False) for name in ("Ana", "Bea", "Cleo"))


def test_a_line_that_moves_from_one_list_to_the_next_is_a_change() -> None:
    before = written(TeamPanel(Lines([ANA, BEA]), Lines([CLEO])), "en", "UTC")
    after = written(TeamPanel(Lines([ANA]), Lines([BEA, CLEO])), "en", "UTC")
    assert before.html != after.html
    assert before.mark != after.mark
    again = written(TeamPanel(Lines([ANA, BEA]), Lines([CLEO])), "en", "UTC")
    assert again == before


@pytest.fixture
def later() -> Iterator[mock.Mock]:
    """The clock by which generations are counted."""
    with mock.patch("workspace.disclosure.sealed.monotonic", return_value=0.0) as clock:
        yield clock


class Made:
    """Something large."""


def make(kept: Keeps, number: int) -> Made:
    return Made()


def test_what_is_asked_for_is_made_once_and_what_nobody_asks_for_any_more_goes(later: mock.Mock) -> None:
    kept = Keeps()
    asked, forgotten = kept.once(make, 1), ref(kept.once(make, 2))
    for generation in range(1, 4):
        later.return_value = generation * (GENERATION + 1)
        kept.once(make, 10 + generation)
        assert kept.once(make, 1) is asked
    gc.collect()
    assert forgotten() is None


def test_a_page_that_asks_for_nobody_elses_lenses_waits_for_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []

    def noted(people: Any, at: Any) -> Any:
        read.append(people)
        return read_sights(people, at)

    monkeypatch.setattr(panels, "read_sights", noted)
    for name, often in (("mine", 0), ("today", 1)):
        read.clear()
        assert serve(name, find_person("p-cm").pk)
        assert len(read) == often, name


def test_a_page_of_another_version_is_told_so_after_a_pass_that_failed(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    cookie = stage.client("p-cm").cookies["s"].value
    case = stage.ids["/cases/0"]
    this, other = (connect("plan", cookie, id=case, panels=shape).socket for shape in ("", "0123456789ab"))
    assert this
    assert other
    hub = Hub()
    with (
        mock.patch.object(Pen, "difference", side_effect=RuntimeError("the line is gone")),
        mock.patch("workspace.live.hub.connection"),
        pytest.raises(RuntimeError),
    ):
        hub._guarded_pass([this, other])
    outcome = hub._guarded_pass([this, other])
    assert [socket for socket, *_ in outcome.frames] == [this]
    assert [(socket, socket.farewell) for socket in outcome.closed] == [(other, OTHER_PANELS)]
