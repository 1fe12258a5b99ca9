"""A release is recorded, a release is withdrawn: who may, what is refused, and what follows at once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import TICK, Stage, said
from workspace.disclosure.models import Release
from workspace.people.models import Agency, public_id
from workspace.record import changes as record
from workspace.record.models import Event

CASE = "/cases/0"


def body(stage: Stage, agency: str = "clinic", **given: Any) -> dict[str, Any]:
    usual = {
        "agency": Agency.objects.get(key=agency).public_id,
        "topics": ["coordination", "medical"],
        "purpose": "typed & kept",
        "starts": "2026-11-23T09:00",
        "expires": "2026-12-23T09:00",
        "explained_in": "es",
        "key": public_id(),
    }
    return usual | given


def url(stage: Stage) -> str:
    return f"/cases/{stage.ids[CASE]}/releases/"


@pytest.mark.parametrize("person", ["p-cm", "p-adv"])
def test_a_release_opens_the_door_at_once(stage: Stage, person: str) -> None:
    nurse, case = stage.client("p-nurse"), f"/cases/{stage.ids[CASE]}/"
    assert nurse.get(case).status_code == 404
    # The form speaks the task force's time: nine o'clock there was twenty minutes ago.
    assert stage.client(person).post(url(stage), body(stage)).status_code == 303
    page = nurse.get(case)
    assert page.status_code == 200
    assert "typed &amp; kept" in page.content.decode()
    release = Release.objects.latest("pk")
    assert (release.starts, release.expires) == (
        stage.at - timedelta(minutes=20),
        stage.at - timedelta(minutes=20) + timedelta(days=30),
    )
    assert Event.objects.filter(verb="release_recorded").count() == 1


def test_the_same_form_sent_twice_records_once(stage: Stage) -> None:
    browser, given, before = stage.client("p-cm"), body(stage), Release.objects.count()
    assert [browser.post(url(stage), given).status_code for _ in range(2)] == [303, 303]
    assert Release.objects.count() == before + 1
    assert browser.post(url(stage), given | {"key": public_id()}).status_code == 303
    assert Release.objects.count() == before + 2


def test_a_key_that_somebody_else_used_is_free(stage: Stage) -> None:
    given, before = body(stage), Release.objects.count()
    for person in ("p-cm", "p-adv"):
        assert stage.client(person).post(url(stage), given).status_code == 303
    assert Release.objects.count() == before + 2


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    "wrong",
    [
        {"expires": ""},
        {"expires": "2026-11-23T09:00"},
        {"expires": "2026-11-22T09:00"},
        {"expires": "tomorrow"},
        {"starts": ""},
        {"topics": []},
        {"topics": ["privileged"]},
        {"topics": ["coordination", "advocacy"]},
        {"topics": ["nonsense"]},
        {"agency": ""},
        {"agency": "k" * 20},
        {"explained_in": ""},
        {"explained_in": "<b>"},
    ],
)
def test_what_is_refused_comes_back_with_what_was_typed(
    stage: Stage, wrong: dict[str, Any], htmx: bool
) -> None:
    before = Release.objects.count()
    headers = {"HX-Request": "true"} if htmx else {}
    answer = stage.client("p-cm").post(url(stage), body(stage) | wrong, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "typed &amp; kept" in page
    assert 'class="errorlist' in page
    assert page.startswith("<form") == htmx
    assert Release.objects.count() == before


def test_the_holding_agency_needs_no_release(stage: Stage) -> None:
    before = Release.objects.count()
    assert stage.client("p-cm").post(url(stage), body(stage, "holder")).status_code == 422
    assert Release.objects.count() == before


def test_an_empty_purpose_is_asked_for(stage: Stage) -> None:
    assert stage.client("p-cm").post(url(stage), body(stage, purpose=" ")).status_code == 422


def test_only_case_managers_and_advocates_of_the_holding_agency_record(stage: Stage) -> None:
    before = Release.objects.count()
    others = [person for person in stage.people if person not in ("p-cm", "p-adv")]
    assert len(others) > 20
    for person in others:
        browser = stage.client(person)
        assert browser.post(url(stage), body(stage)).status_code == 404, person
        assert "release-form" not in browser.get(url(stage)).content.decode()
    assert Release.objects.count() == before


# Taking it back

ACTIVE, OVER, WITHDRAWN, TO_COME = 0, 1, 7, 2


def back(stage: Stage, place: int) -> str:
    return f"/releases/{stage.ids[f'{CASE}/releases/{place}']}/withdrawal/"


def withdrawn_at(stage: Stage, place: int) -> Any:
    return Release.objects.get(public_id=stage.ids[f"{CASE}/releases/{place}"]).withdrawn_at


@pytest.mark.parametrize("person", ["p-survivor", "p-cm", "p-adv"])
@pytest.mark.parametrize("place", [ACTIVE, TO_COME])
def test_a_release_is_taken_back_from_that_moment_on(stage: Stage, person: str, place: int) -> None:
    assert stage.client(person).post(back(stage, place)).status_code == 303
    assert withdrawn_at(stage, place) == stage.at
    assert Event.objects.filter(verb="release_withdrawn").count() == 1


def test_pressed_twice_it_was_withdrawn_at_the_first(stage: Stage) -> None:
    first, browser = stage.at, stage.client("p-survivor")
    for _ in range(2):
        assert browser.post(back(stage, ACTIVE)).status_code == 303
        stage.clock.at += TICK
    assert withdrawn_at(stage, ACTIVE) == first
    assert Event.objects.filter(verb="release_withdrawn").count() == 1


def test_one_withdrawn_long_ago_stays_as_it_is(stage: Stage) -> None:
    before = withdrawn_at(stage, WITHDRAWN)
    assert before
    assert stage.client("p-survivor").post(back(stage, WITHDRAWN)).status_code == 303
    assert withdrawn_at(stage, WITHDRAWN) == before


def test_what_is_over_cannot_be_taken_back(stage: Stage) -> None:
    assert stage.client("p-survivor").post(back(stage, OVER)).status_code == 409
    assert withdrawn_at(stage, OVER) is None


def test_nobody_else_takes_a_release_back(stage: Stage) -> None:
    others = [person for person in stage.people if person not in ("p-survivor", "p-cm", "p-adv")]
    absent = f"/releases/{public_id()}/withdrawal/"
    for person in others:
        browser = stage.client(person)
        assert said(browser.post(back(stage, ACTIVE))) == said(browser.post(absent))
    assert withdrawn_at(stage, ACTIVE) is None


def test_only_what_can_be_taken_back_has_a_button(stage: Stage) -> None:
    page = stage.client("p-survivor").get(url(stage)).content.decode()
    assert {place for place in range(14) if back(stage, place) in page} == set(range(14)) - {
        OVER,
        WITHDRAWN,
        8,
        10,
    }
    assert "/withdrawal/" not in stage.client("p-law").get(url(stage)).content.decode()


def test_one_that_is_to_be_withdrawn_can_be_withdrawn_now(stage: Stage) -> None:
    chosen = Release.objects.filter(public_id=stage.ids[f"{CASE}/releases/{ACTIVE}"])
    chosen.update(withdrawn_at=stage.at + timedelta(days=30))
    browser = stage.client("p-survivor")
    assert back(stage, ACTIVE) in browser.get(url(stage)).content.decode()
    assert browser.post(back(stage, ACTIVE)).status_code == 303
    assert withdrawn_at(stage, ACTIVE) == stage.at


def test_closing_a_door_is_never_too_much(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_A_MINUTE", 0)
    assert stage.client("p-cm").post(url(stage), body(stage)).status_code == 429
    assert stage.client("p-survivor").post(back(stage, ACTIVE)).status_code == 303
    assert withdrawn_at(stage, ACTIVE) == stage.at


@pytest.mark.parametrize("day", ["0001-01-01T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("end", ["starts", "expires"])
def test_a_year_of_no_calendar_of_ours_is_refused(stage: Stage, end: str, day: str) -> None:
    before = Release.objects.count()
    assert stage.client("p-cm").post(url(stage), body(stage, **{end: day})).status_code == 422
    assert Release.objects.count() == before


def test_a_form_sent_again_with_other_words_is_shown_again(stage: Stage) -> None:
    browser, given, before = stage.client("p-cm"), body(stage), Release.objects.count()
    assert browser.post(url(stage), given).status_code == 303
    again = browser.post(url(stage), given | {"purpose": "other words"})
    assert again.status_code == 422
    assert "other words" in again.content.decode()
    assert Release.objects.count() == before + 1
