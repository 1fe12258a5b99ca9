"""A picture on a card: its holder puts it there and takes it off, and whoever sees the seat sees it."""

import random
import re
from collections.abc import Iterable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from conferences.pictures.models import Picture
from conferences.pictures.panels import picture
from tests.cast import TICK, Stage, said
from tests.live_pass import connect
from tests.test_surfaces import Eyes, borders
from tests.workspace.test_picture import REFUSED, photograph
from workspace.disclosure.models import Case, Mark, Seat
from workspace.live.passes import Passes
from workspace.people.changes import find_person
from workspace.people.models import Person, public_id
from workspace.record.models import Event


def of(stage: Stage, key: str, what: str = "") -> str:
    """The address of the picture of a seat, or of what is done with it."""
    return f"/seats/{stage.seat('alder', key).mark.public_id}/picture/{what}"


def body(sent: bytes | None = None, *, name: str = "me.jpg", **more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile(name, photograph() if sent is None else sent, "image/jpeg")
    return {"image": file, "key": public_id()} | more


def everything() -> tuple[Any, ...]:
    return (
        [(seat, bytes(image)) for seat, image in Picture.objects.order_by("pk").values_list("pk", "image")],
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


def put(browser: Client, url: str, **given: Any) -> Any:
    return browser.post(f"{url}change/", body(**given))


def plain(colour: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 300), colour).save(out, "PNG")
    return out.getvalue()


def test_a_picture_comes_and_goes(stage: Stage) -> None:
    browser, url = stage.client("p-cm"), of(stage, "cm")
    assert browser.get(url).status_code == 404
    answer = put(browser, url)
    assert (answer.status_code, answer["Location"].partition("#")[0]) == (
        303,
        f"/cases/{stage.ids['/cases/0']}/roles/",
    )
    answer = browser.get(url)
    assert answer["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).size == (256, 256)
    for name, value in {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items():
        assert answer[name] == value
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    page = browser.get(f"{url}change/").content.decode()
    assert f'src="{url}?' in page
    assert browser.post(f"{url}removal/").status_code == 303
    assert said(browser.get(url)) == said(browser.get(f"/seats/{public_id()}/picture/"))
    assert not Picture.objects.exists()
    before = everything()
    assert browser.post(f"{url}removal/").status_code == 303
    assert everything() == before
    assert list(Event.objects.exclude(verb="signed_in").values_list("verb", flat=True)) == [
        "picture_put",
        "picture_removed",
    ]


def test_another_picture_has_another_address(stage: Stage) -> None:
    browser, url = stage.client("p-cm"), of(stage, "cm")

    def address() -> str:
        page = browser.get(f"{url}change/").content.decode()
        return page.partition('class="face" src="')[2].partition('"')[0]

    put(browser, url)
    first, image = address(), browser.get(address()).content
    assert address() == first
    stage.clock.at += TICK
    put(browser, url, sent=plain("green"))
    assert address() != first
    assert browser.get(address()).content != image
    assert Picture.objects.count() == 1


def test_the_same_form_is_taken_once(stage: Stage) -> None:
    browser, url, key = stage.client("p-cm"), of(stage, "cm"), public_id()
    assert put(browser, url, key=key).status_code == 303
    before = everything()
    assert put(browser, url, key=key).status_code == 303
    assert everything() == before
    assert put(browser, url, key=key, sent=plain("green")).status_code == 409
    assert everything() == before


def test_only_its_holder_decides(stage: Stage) -> None:
    seats = [place for place in stage.oracle.rows("alder") if "/seats/" in place]
    told = set()
    Person.objects.update(language="en")
    for person in ("p-cm", "p-survivor", "p-interp", "p-det"):
        eyes, browser, absent = Eyes(stage, person), stage.browser(person), {}
        for what in ("change/", "removal/"):
            absent[what] = said(browser.post(f"/seats/{public_id()}/picture/{what}", body()))
        for place in seats:
            own = eyes.seats.get("alder") == stage.raw(place)["key"]
            wanted = 303 if own else 403 if eyes.sees(place) else 404
            told.add((person, wanted))
            url, before = f"/seats/{stage.ids[place]}/picture/", everything()
            assert browser.get(f"{url}change/").status_code == (200 if own else wanted)
            for what in ("change/", "removal/"):
                with stage.undone():
                    answer = browser.post(f"{url}{what}", body())
                    assert answer.status_code == wanted, (person, place)
                    assert (everything() != before) == (own and what == "change/")
                if wanted == 404:
                    assert said(answer) == absent[what]
                elif wanted == 403:
                    assert "Only the person whose card it is" in unescape(answer.content.decode())
    assert {("p-survivor", 303), ("p-interp", 303), ("p-cm", 403), ("p-det", 404)} <= told


def faces(stage: Stage) -> dict[str, bytes]:
    """A picture of its own on every seat there is, by the seat's place."""
    places = [place for case in ("alder", "birch") for place in stage.oracle.rows(case) if "/seats/" in place]
    for place in places:
        Picture.objects.create(seat=stage.row(place), image=place.encode(), at=stage.at)
    return {place: place.encode() for place in places}


def lasts(stage: Stage, place: str) -> bool:
    """Whether this seat has not ended."""
    until = stage.row(place).until
    return until is None or stage.at < until


def test_with_whoever_leaves_the_team_their_picture_goes(stage: Stage, settings: Settings) -> None:
    """They themselves could take it off no more."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    browser, url, ends = stage.client("p-survivor"), of(stage, "prov"), stage.at + timedelta(hours=1)
    put(stage.client("p-prov"), url)
    Seat.unsealed.filter(pk=stage.seat("alder", "prov").pk).update(until=ends)
    board: Any = connect("board", browser.cookies["s"].value, id=stage.ids["/cases/0"]).socket
    passes = Passes()
    assert any(url in frame for _, frame, _ in passes.run([board]).frames)
    stage.clock.at = ends - TICK
    assert browser.get(url).status_code == 200
    stage.clock.at = ends
    absent = said(browser.get(f"/seats/{public_id()}/picture/"))
    assert said(browser.get(url)) == absent
    frames = [frame for _, frame, _ in passes.run([board]).frames]
    assert frames
    assert not any(url in frame for frame in frames)
    assert stage.client("p-prov").post(f"{url}removal/").status_code == 404


def test_whoever_sees_the_seat_sees_the_picture_and_to_others_there_is_none(stage: Stage) -> None:
    there, told = faces(stage), 0
    for person in ("p-survivor", "p-det", "p-nurse"):
        eyes, browser = Eyes(stage, person), stage.client(person)
        absent = said(browser.get(f"/seats/{public_id()}/picture/"))
        for place, image in there.items():
            answer = browser.get(f"/seats/{stage.ids[place]}/picture/")
            if eyes.sees(place) and lasts(stage, place):
                assert answer.content == image
                told += 1
            else:
                assert said(answer) == absent
    assert told > 20


def test_it_follows_each_seat_and_release_to_the_microsecond(stage: Stage) -> None:
    there, choose, told = faces(stage), random.Random("faces"), {True: 0, False: 0}

    def look(people: Iterable[str], places: Iterable[str]) -> None:
        for person in people:
            eyes = Eyes(stage, person)
            for place in places:
                found = picture(find_person(person).pk, stage.ids[place])
                shown = eyes.sees(place) and lasts(stage, place)
                assert found == (there[place] if shown else None), (person, place)
                told[shown] += 1

    look(stage.people, there)
    for border, people in borders(stage).items():
        for at in (border - TICK, border):
            stage.clock.at = at
            look(sorted(people)[:2], choose.sample(sorted(there), 4))
    assert min(told.values()) > 50


def test_whoever_is_signed_out_sees_no_picture(stage: Stage) -> None:
    put(stage.client("p-cm"), of(stage, "cm"))
    answer = Client().get(of(stage, "cm"))
    assert (answer.status_code, answer["Location"], answer.content) == (303, "/", b"")


@pytest.mark.parametrize("what", ["nothing", "page", "drawing", "half a jpeg", "moving", "a bomb"])
def test_what_is_no_picture_comes_back_with_a_sentence_and_nothing_is_kept(stage: Stage, what: str) -> None:
    browser, url = stage.client("p-cm"), of(stage, "cm")
    sent, sentence = REFUSED[what]
    before = everything()
    answer = browser.post(f"{url}change/", body(sent, name="me.jpg"))
    assert answer.status_code == 422
    assert str(sentence) in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": ""},
        {"image": "typed instead"},
        {"image": SimpleUploadedFile("../../\x00" + "x" * 9000 + ".jpg", b"x")},
        {"key": ""},
        {"key": "\x00" * 20},
        {"key": "k" * 21},
    ],
)
def test_a_strange_form_is_no_fault_of_ours(stage: Stage, wrong: dict[str, Any]) -> None:
    browser, before = stage.client("p-cm"), everything()
    given = body() | wrong
    given = {
        name: value for name, value in given.items() if not isinstance(value, str) or value or name == "key"
    }
    answer = browser.post(of(stage, "cm", "change/"), given)
    assert answer.status_code == 422
    assert everything() == before


@pytest.mark.parametrize("name", [b"\xed\xa0\x80.jpg", b"\xff\xfe", b'"; name="key', b"", b"..", b"a\x00b"])
def test_a_file_of_any_name_is_no_fault_of_ours(stage: Stage, name: bytes) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\n\r\n'
    sent = head % name + b"x\r\n--b--\r\n"
    url, kind = of(stage, "cm", "change/"), "multipart/form-data; boundary=b"
    answer = stage.client("p-cm").post(url, sent, content_type=kind)
    assert answer.status_code == 422
    assert not Picture.objects.exists()


def test_what_is_too_large_is_told_so(stage: Stage) -> None:
    browser, url, before = stage.client("p-cm"), of(stage, "cm"), everything()
    for extra, status in ((5 * 1024 * 1024, 422), (6 * 1024 * 1024, 413)):
        answer = browser.post(f"{url}change/", body(photograph() + bytes(extra)))
        assert answer.status_code == status
        assert "This picture is too large." in answer.content.decode()
    # Elsewhere nothing of that size is read.
    assert browser.post(f"{url}removal/", body(bytes(300_000))).status_code == 413
    assert everything() == before


def test_who_will_see_it_stands_above_the_form_with_a_warning(stage: Stage) -> None:
    """By name where the holder may know the name."""
    place, eyes = stage.place("alder", "seats", "cm"), Eyes(stage, "p-cm")
    named = {person["key"]: person["name"] for person in stage.casefile["people"]}
    page = stage.client("p-cm").get(of(stage, "cm", "change/")).content.decode()
    told = page.partition("Who will see it")[2].partition("<form")[0]
    assert "If somebody may be looking for you" in page
    asked = set()
    for seat in stage.oracle.case("alder").seats.values():
        held = dict(stage.oracle.seats_of(seat.person, stage.at)).get("alder") == seat.key
        if seat.key == "cm" or not held:
            continue
        reads = Eyes(stage, seat.person).sees(place) and eyes.sees(stage.place("alder", "seats", seat.key))
        assert (named[seat.person] in told) == reads, seat.key
        asked.add(reads)
    assert asked == {True, False}
    Mark.objects.filter(pk=stage.seat("alder", "cm").mark_id).update(audience=3)
    page = stage.client("p-cm").get(of(stage, "cm", "change/")).content.decode()
    told = page.partition("Who will see it")[2]
    assert named["p-survivor"] in told
    assert named["p-sup"] not in told
    assert "in one of these roles" in told


def test_the_board_shows_it_at_once_to_whoever_sees_the_seat_and_nothing_to_others(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    case, place = stage.ids["/cases/0"], stage.place("alder", "seats", "ther")
    owners: dict[Any, str] = {
        connect("board", stage.client(person).cookies["s"].value, id=case).socket: person
        for person in stage.people
        if Eyes(stage, person).sits("/cases/0")
    }
    passes, seeing = Passes(), {person for person in owners.values() if Eyes(stage, person).sees(place)}
    passes.run(list(owners))
    browser, url, told = stage.client("p-ther"), of(stage, "ther"), set()
    for picture_of_mine in (photograph(), plain("green")):
        stage.clock.at += TICK
        put(browser, url, sent=picture_of_mine)
        frames = passes.run(list(owners)).frames
        assert {owners[socket] for socket, *_ in frames} == seeing
        told |= {address for _, frame, _ in frames for address in re.findall(rf'src="({url}[^"]*)"', frame)}
    assert len(told) == 2
    browser.post(f"{url}removal/")
    frames = passes.run(list(owners)).frames
    assert {owners[socket] for socket, *_ in frames} == seeing
    assert not any(url in frame for socket, frame, _ in frames if owners[socket] != "p-ther")
    assert 1 < len(seeing) < len(owners)
