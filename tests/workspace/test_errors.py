"""Answers that say no: calm, in the reader's language, with every header, and without a trace of content."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django import forms
from django.conf import settings
from django.db import DatabaseError
from django.test import AsyncClient, Client, RequestFactory
from django.utils import translation
from pytest_django import Settings

from agendas.notes.models import Note
from tests.cast import Stage, crawl, said
from tests.servers import ROOT
from workspace import errors
from workspace.addresses import WithoutSecrets
from workspace.live.forms import Words
from workspace.people.changes import find_person
from workspace.people.models import public_id
from workspace.record import changes as record


def calm(stage: Stage, answer: Any, status: int) -> str:
    """Hold an error answer to what all of them have in common."""
    page: str = answer.content.decode()
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert answer["Cache-Control"] == "no-store"
    assert "<title>Workspace</title>" in page
    assert page.count('id="error"') == 1
    assert not stage.found(said(answer))
    return page


def test_every_refusal_is_the_same_calm_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, item = stage.client("p-cm"), stage.url("alder", "agenda", "wide")
    calm(stage, browser.get("/nothing/"), 404)
    calm(stage, browser.get(f"/items/{public_id()}/"), 404)
    assert calm(stage, browser.get(f"{item}notes/"), 405)
    assert browser.get(f"{item}notes/")["Allow"] == "POST"
    calm(stage, stage.client("p-sup").post(f"{item}current/"), 403)
    calm(stage, browser.post(f"{stage.url('alder', 'agenda', 'p-limits')}done/"), 409)
    calm(stage, browser.post("/language/", {}), 422)
    calm(stage, browser.post(f"{item}notes/", {"note-text": "x" * 300_000}), 413)
    calm(stage, Client(enforce_csrf_checks=True).post(f"{item}notes/"), 403)
    monkeypatch.setattr(record, "MOST_A_MINUTE", 1)
    calm(stage, browser.post(f"{stage.url('alder', 'agenda', 'gap')}current/"), 429)


@pytest.mark.parametrize("status", sorted(errors.SENTENCES))
def test_every_status_has_its_page(stage: Stage, status: int) -> None:
    request = RequestFactory().get("/")
    page = errors.answer(request, status).content.decode()
    assert str(errors.SENTENCES[status][0]) in page
    assert str(errors.SENTENCES[status][1]) in page


@pytest.mark.parametrize("status", sorted(errors.SENTENCES))
def test_the_usual_page_is_drawn_once_for_each_language_as_it_would_be_drawn_anew(
    status: int, settings: Settings
) -> None:
    requests, drawn = RequestFactory(), set()
    for language, source in (("en", ""), ("es", ""), ("en", "https://source.example"), ("en", "")):
        settings.SOURCE_URL = source
        with translation.override(language):
            kept = errors.answer(requests.get("/one/"), status).content
            assert (
                kept == errors.answer(requests.get("/other/", headers={"HX-Request": "true"}), status).content
            )
            errors._usual.cache_clear()
            assert kept == errors.answer(None, status).content
        assert f'<html lang="{language}"' in kept.decode()
        assert (f'href="{source}"' in kept.decode()) == bool(source)
        drawn.add(kept)
    assert len(drawn) == 3


def test_what_somebody_typed_or_was_told_stands_on_nobody_elses_page(stage: Stage) -> None:
    requests = RequestFactory()
    usual = errors.answer(requests.get("/"), 403).content
    typed = errors.answer(requests.post("/", {"note-text": "typed"}), 403).content
    told = requests.get("/")
    vars(told)["session"] = {"drafts": "k3y"}
    assert b"typed" in typed
    assert b"told why" in errors.answer(told, 403, "told why").content
    assert errors.answer(requests.post("/", {"note-text": " "}), 403).content == usual
    assert errors.answer(requests.get("/"), 403).content == usual


def test_an_error_of_ours_tells_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    word = stage.raw(stage.place("alder", "conferences", "now"))["title"]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(word)

    browser = stage.client("p-cm")
    browser.raise_request_exception = False
    monkeypatch.setattr("agendas.room.views.serve", fail)
    calm(stage, browser.get(stage.url("alder", "conferences", "now")), 500)


def test_the_page_for_an_error_of_ours_needs_no_database() -> None:
    """This test may not touch a table, or it would fail."""
    answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"/sign-out/" not in answer.content


def test_too_much_at_once_is_counted_for_each_person_and_undone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "MOST_A_MINUTE", 3)
    first, second = stage.client("p-cm"), stage.client("p-adv")
    case = f"/cases/{stage.ids['/cases/0']}/releases/"
    body = {
        "agency": next(iter(stage.every_id & agencies(stage))),
        "topics": ["housing"],
        "purpose": "typed",
        "starts": "2026-11-23T09:00",
        "expires": "2026-12-23T09:00",
        "explained_in": "es",
    }
    statuses = [first.post(case, body | {"key": public_id()}).status_code for _ in range(3)]
    assert statuses == [303, 303, 429]
    assert second.post(case, body | {"key": public_id()}).status_code == 303
    before = Note.unsealed.count()
    assert first.post(f"{stage.url('alder', 'agenda', 'gap')}current/").status_code == 429
    assert Note.unsealed.count() == before
    stage.clock.at += timedelta(minutes=1, microseconds=1)
    assert first.post(case, body | {"key": public_id()}).status_code == 303


def agencies(stage: Stage) -> set[str]:
    own = find_person("p-cm").task_force
    return set(own.agency_set.exclude(key="holder").values_list("public_id", flat=True))


def test_an_error_is_in_the_reader_s_language(stage: Stage) -> None:
    browser = stage.client("p-survivor")
    for url in (f"/items/{public_id()}/", "/nothing/", "/sign-out/"):
        answer = browser.get(url)
        assert answer.status_code in (404, 405)
        assert '<html lang="es"' in answer.content.decode()
        assert answer["Content-Language"] == "es"


def test_every_answer_carries_every_header(stage: Stage) -> None:
    browser = stage.client("p-cm")
    urls = [*crawl(browser), "/leave/", "/health/", "/nothing/", f"/items/{public_id()}/", "/sign-out/"]
    assert len(urls) > 15
    too_long = browser.post("/language/", {"language": "x" * 300_000})
    assert too_long.status_code == 413
    for answer in [too_long, *map(browser.get, urls)]:
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert {"Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))


def test_pages_have_neutral_titles_and_nothing_inline_or_from_elsewhere(stage: Stage) -> None:
    for url, page in crawl(stage.client("p-cm")).items():
        assert re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL).count("<title>") == 1
        assert "<title>Workspace</title>" in page, url
        for forbidden in ("<style", " style=", "<script>", " onclick=", "javascript:", "https://", 'src="//'):
            assert forbidden not in page.partition("\n\n")[2], (url, forbidden)


def test_cookies_are_closed_to_scripts_and_to_others(stage: Stage) -> None:
    browser = stage.client("p-cm")
    browser.get("/")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = browser.cookies[name]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_another_host_gets_nothing(stage: Stage) -> None:
    browser = stage.client("p-cm")
    assert browser.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("signed_in", [True, False])
def test_without_javascript_what_was_typed_stands_on_the_refusal(stage: Stage, signed_in: bool) -> None:
    browser = stage.client("p-cm" if signed_in else None)
    given = {"note-text": "typed <& kept", "note-key": public_id()}
    if signed_in:
        browser = Client(enforce_csrf_checks=True)
    answer = browser.post(f"{stage.url('alder', 'agenda', 'wide')}notes/", given)
    assert answer.status_code == 403
    assert "typed &lt;&amp; kept" in answer.content.decode()
    again = browser.post(
        f"{stage.url('alder', 'agenda', 'wide')}notes/", given, headers={"HX-Request": "true"}
    )
    assert "typed &lt;" not in again.content.decode()


@pytest.mark.parametrize("charset", ["hex", "idna", "utf-16"])
def test_what_claims_to_be_written_in_something_else_is_not_read(stage: Stage, charset: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="note-text"\r\n\r\nabc\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    browser = AsyncClient(raise_request_exception=False)

    async def asked() -> Any:
        return await browser.generic("POST", "/language/", part, content_type=kind)

    calm(stage, async_to_sync(asked)(), 400)


def test_what_the_page_said_itself_is_not_given_back_as_typed(stage: Stage) -> None:
    """Who was signed out meanwhile reads their own words again, and not the title that the item had."""
    given = {"title": "typed", "shown_title": "as it was", "shown_minutes": "5"}
    answer = Client().post(f"{stage.url('alder', 'agenda', 'wide')}wording/", given)
    assert ">typed</textarea>" in answer.content.decode()
    assert "as it was" not in answer.content.decode()


def test_a_link_that_still_signs_in_is_not_in_the_log() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 1, "Not found: %s", ("/sign-in/secret/",), None)
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == "Not found: /sign-in/…/"
    assert "WithoutSecrets" in str(settings.LOGGING["filters"])


def test_what_was_typed_stands_on_the_page_of_an_error_of_ours_in_the_language_of_the_browser(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError

    browser = stage.client("p-cm")
    browser.raise_request_exception = False
    monkeypatch.setattr("agendas.notes.views.desk", fail)
    url, given = f"{stage.url('alder', 'agenda', 'wide')}notes/", {"note-text": "typed <& kept"}
    answer = browser.post(url, given, headers={"Accept-Language": "es"})
    assert answer.status_code == 500
    assert "typed &lt;&amp; kept" in answer.content.decode()
    assert '<html lang="es"' in answer.content.decode()
    again = browser.post(url, given, headers={"HX-Request": "true"})
    assert "typed &lt;" not in again.content.decode()


@pytest.mark.parametrize(
    ("origin", "offered"),
    [("http://testserver", True), ("http://evil.example", False), ("null", False), ("", False)],
)
def test_only_what_was_sent_from_here_is_offered_to_be_sent_again(
    stage: Stage, settings: Settings, origin: str, offered: bool
) -> None:
    """Otherwise another site could put words into somebody's mouth, one press away."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    browser, item = Client(enforce_csrf_checks=True), stage.url("alder", "agenda", "wide")
    headers = {"Origin": origin} if origin else {}
    sent = {"note-text": "ty<p>ed", "note-kind": "private", "note-shown_readers": "d1gest"}
    answer = browser.post(f"{item}notes/", {**sent, "csrfmiddlewaretoken": "t0ken"}, headers=headers)
    page = calm(stage, answer, 403)
    assert "ty&lt;p&gt;ed" in page
    assert ('name="note-kind" hidden>private' in page) == offered
    assert (f'action="{item}notes/"' in page) == offered
    assert "d1gest" not in page
    assert "t0ken" not in page


def test_whatever_somebody_writes_in_words_of_their_own_is_given_back() -> None:
    """Each field for words, of every form, is among those that a refusal gives back."""
    rooms = [path for floor in ("conferences", "agendas") for path in (ROOT / floor).glob("*/forms.py")]
    for path in rooms:
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    names = {
        name
        for form in every_form(forms.Form)
        for name, field in form.base_fields.items()
        if isinstance(field, Words)
    }
    assert len(names) > 15
    assert [name for name in sorted(names) if not name.endswith(errors.TEXTS)] == []


def every_form(kind: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_form(each)
