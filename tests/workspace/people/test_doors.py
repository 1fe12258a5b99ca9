"""Coming in by a one-time link, going out, and the language one reads."""

import re
from datetime import timedelta
from html import escape

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY
from django.test import Client

from tests.cast import TICK, Stage, said
from workspace.people.changes import LINK_LIFETIME, end_sessions, find_person, sign_in_link
from workspace.people.models import Person, SignInLink
from workspace.people.sessions import ByLink, Session
from workspace.record import changes as record
from workspace.record.models import Event


def link(person: str = "p-cm") -> str:
    return sign_in_link(find_person(person))


def name(stage: Stage, key: str) -> str:
    return str(next(person["name"] for person in stage.casefile["people"] if person["key"] == key))


def test_a_scanner_that_only_looks_does_not_use_the_link_up(stage: Stage) -> None:
    url, browser = link(), Client()
    for _ in range(3):
        page = browser.get(url)
        assert page.status_code == 200
        assert page.content.decode().count('<button class="primary') == 1
        assert browser.head(url).status_code == 200
        assert not stage.found(said(page))
    assert "s" not in browser.cookies
    assert browser.post(url).status_code == 303
    assert name(stage, "p-cm") in browser.get("/").content.decode()


def test_a_link_works_once(stage: Stage) -> None:
    url = link()
    assert Client().post(url).status_code == 303
    later = Client()
    assert (later.get(url).status_code, later.post(url).status_code) == (404, 404)
    assert "s" not in later.cookies
    assert Session.objects.count() == 1
    assert Event.objects.filter(verb="signed_in", person__key="p-cm").count() == 1


@pytest.mark.parametrize(("late", "status"), [(-TICK, 303), (timedelta(0), 404), (TICK, 404)])
def test_a_link_is_good_for_fifteen_minutes(stage: Stage, late: timedelta, status: int) -> None:
    assert timedelta(minutes=15) == LINK_LIFETIME
    url = link()
    stage.clock.at += LINK_LIFETIME + late
    assert Client().get(url).status_code == (200 if status == 303 else 404)
    assert Client().post(url).status_code == status


def test_the_token_itself_is_not_kept(stage: Stage) -> None:
    token = link().split("/")[2]
    kept = SignInLink.objects.get()
    assert token not in str(vars(kept))
    assert len(kept.token_hash) == 64


def test_somebody_who_is_no_longer_active_neither_comes_in_nor_stays(stage: Stage) -> None:
    browser, url = stage.client("p-cm"), link()
    Person.objects.filter(key="p-cm").update(is_active=False)
    assert Client().post(url).status_code == 404
    assert browser.get(stage.url("alder", "conferences", "now")).status_code == 303
    assert not stage.found(said(browser.get("/")))


def test_whoever_signs_in_over_somebody_else_is_only_themselves(stage: Stage) -> None:
    browser = stage.client("p-cm")
    first = browser.cookies["s"].value
    browser.post(link("p-nowhere"))
    assert browser.cookies["s"].value != first
    assert stage.found(said(browser.get("/"))) == stage.words("p-nowhere")
    assert browser.get(stage.url("alder", "conferences", "now")).status_code == 404


@pytest.mark.parametrize(("way", "to"), [("/leave/", "/leave/"), ("/sign-out/", "/")])
def test_going_out_ends_the_session_on_the_server(stage: Stage, way: str, to: str) -> None:
    browser = stage.client("p-cm")
    key = browser.cookies["s"].value
    answer = browser.post(way)
    assert (answer.status_code, answer["Location"]) == (303, to)
    assert not Session.objects.filter(session_key=key).exists()
    browser.cookies["s"] = key
    room = browser.get(stage.url("alder", "conferences", "now"))
    assert (room.status_code, room["Location"]) == (303, "/")
    assert not stage.found(said(browser.get(to)))
    assert browser.post(way).status_code == 303


def test_looking_at_the_neutral_page_signs_nobody_out(stage: Stage) -> None:
    browser = stage.client("p-cm")
    page = browser.get("/leave/").content.decode()
    assert "<title>Calendar</title>" in page
    assert 'href="/"' not in page
    assert "orkspace</title>" not in page
    assert not stage.found(page)
    assert name(stage, "p-cm") in browser.get("/").content.decode()


def test_leaving_needs_no_token_and_signing_out_does(stage: Stage) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = stage.client("p-cm").cookies
    assert strict.post("/sign-out/").status_code == 403
    assert strict.post("/language/", {"language": "es"}).status_code == 403
    assert Session.objects.count() == 1
    assert strict.post("/leave/").status_code == 303
    assert Session.objects.count() == 0


def test_sessions_end_by_themselves_and_by_hand(stage: Stage) -> None:
    browser, other = stage.client("p-cm"), stage.client("p-cm")
    assert end_sessions(find_person("p-cm")) == 2
    assert browser.get(stage.url("alder", "conferences", "now")).status_code == 303
    again = stage.client("p-cm")
    ends = Session.objects.get().expire_date
    stage.clock.at = ends - TICK
    assert name(stage, "p-cm") in again.get("/").content.decode()
    stage.clock.at = ends
    assert not stage.found(said(again.get("/")))
    assert not stage.found(said(other.get("/")))


def test_what_was_typed_is_not_lost_when_one_was_signed_out(stage: Stage) -> None:
    browser, item = stage.client("p-cm"), stage.url("alder", "agenda", "wide")
    end_sessions(find_person("p-cm"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(f"{item}notes/", {"note-text": "typed"}, headers=headers)
        assert answer.status_code == 403
        assert 'id="error"' in answer.content.decode()


# What a device keeps


def device_name(browser: Client) -> str | None:
    """Under which name a page lets the device keep drafts; None where nobody is signed in."""
    found = re.search(r'<body(?: data-drafts="(\w*)")?>', browser.get("/").content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    "answer", [{}, {"own": "no"}, {"own": ""}, {"own": "YES"}, {"own": "yes\0"}, {"own": "y" * 9999}]
)
def test_a_device_keeps_nothing_unless_somebody_says_that_it_is_theirs(
    stage: Stage, answer: dict[str, str]
) -> None:
    browser = Client()
    assert device_name(browser) is None
    assert "checked" not in browser.get(link()).content.decode()
    assert browser.post(link(), {"own": "yes"}).status_code == 303
    assert device_name(browser)
    assert browser.post(link(), answer).status_code == 303
    assert device_name(browser) == ""


def test_a_session_that_names_the_backend_of_before_goes_on(stage: Stage) -> None:
    browser = stage.client("p-cm")
    session = browser.session
    assert session[BACKEND_SESSION_KEY] == "workspace.people.sessions.ByLink"
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    assert name(stage, "p-cm") in browser.get("/").content.decode()


def test_who_is_signed_in_is_read_whole(stage: Stage) -> None:
    known = find_person("p-cm")
    found = ByLink().get_user(known.pk)
    assert found is not None
    for one, other in ((found, known), (found.task_force, known.task_force)):
        assert one == other
        for field in other._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(other, field.attname), field
    Person.objects.filter(pk=known.pk).update(is_active=False)
    assert ByLink().get_user(known.pk) is None


def test_each_person_has_another_name_on_a_device_and_the_same_one_the_next_time(stage: Stage) -> None:
    names = []
    for person in ("p-cm", "p-cm", "p-survivor"):
        browser = Client()
        browser.post(link(person), {"own": "yes"})
        names.append(device_name(browser))
        browser.post("/sign-out/")
        assert device_name(browser) is None
    assert names[0] == names[1] != names[2]
    numbers = {find_person(person).public_id for person in ("p-cm", "p-survivor")}
    assert not numbers & set(names)


@pytest.mark.parametrize("way", ["/leave/", "/sign-out/"])
def test_going_out_tells_the_browser_to_keep_nothing(stage: Stage, way: str) -> None:
    assert stage.client("p-cm").post(way)["Clear-Site-Data"] == '"storage"'


def test_only_who_sent_a_form_is_told_that_it_was_kept(stage: Stage) -> None:
    key = "k" * 20
    lens = stage.sight("p-cm")[stage.seat("alder", "cm").case_id]

    def told(person: str | None, key: str = key) -> bool:
        return bool(stage.client(person).get("/kept/", {"key": key}).json()["kept"])

    assert not told("p-cm")
    record.done(lens, "note_added", once=record.Once.of(key, "words"))
    assert told("p-cm")
    for person in ("p-survivor", "p-adv", "p-nowhere", None):
        assert not told(person)
    for other in ("j" * 20, "", "k", "k" * 21, "\0" * 20, "k" * 19 + "\0", "ü" * 20):
        assert not told("p-cm", other)
    assert not stage.client("p-cm").get("/kept/").json()["kept"]


# Languages


def test_the_language_is_chosen_before_coming_in_and_stays(stage: Stage) -> None:
    browser = Client()
    assert '<html lang="en"' in browser.get("/").content.decode()
    answer = browser.post("/language/", {"language": "es", "next": "/"})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    signed_out = browser.get("/")
    assert '<html lang="es" dir="ltr"' in signed_out.content.decode()
    assert signed_out["Content-Language"] == "es"
    browser.post(link("p-cm"))
    assert '<html lang="es"' in browser.get("/").content.decode()


def test_the_language_is_kept_with_the_person(stage: Stage) -> None:
    browser = stage.client("p-cm")
    room = stage.url("alder", "conferences", "now")
    assert '<html lang="en"' in browser.get(room).content.decode()
    assert browser.post("/language/", {"language": "es", "next": room})["Location"] == room
    elsewhere = stage.client("p-cm")
    assert '<html lang="es"' in elsewhere.get(room).content.decode()
    assert Person.objects.get(key="p-cm").language == "es"
    assert '<html lang="es"' in stage.client("p-law").get("/").content.decode()


def test_another_language_leaves_the_page_as_it_was_narrowed(stage: Stage) -> None:
    browser, at = stage.client("p-cm"), "/tasks/?part=own&until=week"
    assert f'name="next" value="{escape(at)}"' in browser.get(at).content.decode()
    assert browser.post("/language/", {"language": "es", "next": at})["Location"] == at
    assert browser.post("/language/", {"language": "en", "next": "/?" + "x" * 600})["Location"] == "/"


@pytest.mark.parametrize(
    ("asked", "read"), [("es-MX,es;q=0.9", "es"), ("vi", "en"), ("en-GB", "en"), ("", "en")]
)
def test_before_a_choice_the_browser_s_language_counts(db: None, asked: str, read: str) -> None:
    page = Client(headers={"accept-language": asked}).get("/")
    assert f'<html lang="{read}"' in page.content.decode()


def test_a_language_that_is_not_offered_is_refused_or_read_in_english(stage: Stage) -> None:
    browser = stage.client("p-cm")
    assert browser.post("/language/", {"language": "tlh"}).status_code == 422
    Person.objects.filter(key="p-cm").update(language="vi")
    assert '<html lang="en"' in browser.get("/").content.decode()
    Person.objects.filter(key="p-cm").update(language="es-MX")
    assert '<html lang="es"' in browser.get("/").content.decode()


@pytest.mark.parametrize(
    "away",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil",
        "/\n/evil.example",
        "///evil.example",
        "http:///evil.example",
    ],
)
def test_choosing_a_language_never_leads_away(db: None, away: str) -> None:
    answer = Client().post("/language/", {"language": "es", "next": away})
    assert (answer.status_code, answer["Location"]) == (303, "/")
