"""Going through the board together: whoever leads turns, everybody sees as far as they may, and each says what is
theirs to say."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from conferences.cards.models import CardWords, Translation
from conferences.meetings.models import Conference, Status
from conferences.review.models import CardTurn, Clear, StillSo
from tests.cast import Stage, said
from tests.live_pass import connect
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Case, Mark, Seat
from workspace.live.passes import Passes
from workspace.people.models import Person, public_id
from workspace.record.models import Event

CALLED_OFF = "called off"
STATES = (*Status, CALLED_OFF)
PEOPLE = {
    "sv": "p-survivor",
    "cm": "p-cm",
    "sup": "p-sup",
    "adv": "p-adv",
    "det": "p-det",
    "ther": "p-ther",
    "vw": "p-vw",
    "interp": "p-interp",
    "law": "p-law",
}


def room_of(stage: Stage, state: str = Status.OPEN) -> str:
    """The address of the mode of the first case's conference, in this state."""
    stands: dict[str, Any] = {"status": state, "paused": False}
    if state == Status.PAUSED:
        stands = {"status": Status.OPEN, "paused": True}
    if state == CALLED_OFF:
        stands |= {"status": Status.CLOSED, "cancelled_at": stage.at}
    Conference.unsealed.filter(key="now", mark__case__key="alder").update(**stands)
    return stage.url("alder", "conferences", "now") + "roles/"


def id_of(stage: Stage, seat: str) -> str:
    return stage.ids[stage.place("alder", "seats", seat)]


def turn(stage: Stage, seat: str, by: str = "p-cm") -> Any:
    return stage.browser(by).post(f"{room_of(stage)}turn/", {"seat": id_of(stage, seat)})


def say(stage: Stage, seat: str, what: str, by: str, conference: str = "") -> Any:
    """Press that, having read the card as it stands."""
    where = f"?conference={conference}" if conference else ""
    seen = {"seen": CardWords.of(stage.seat("alder", seat), "").edition}
    return stage.browser(by).post(f"/seats/{id_of(stage, seat)}/{what}/{where}", seen)


def text(stage: Stage, person: str, address: str) -> str:
    answer = stage.browser(person).get(address)
    assert answer.status_code == 200, (person, address)
    return unescape(answer.content.decode())


def card(stage: Stage, person: str) -> str:
    """The card this person looks at: the id of its seat, or nothing."""
    page = text(stage, person, room_of(stage))
    return page.partition('id="card" data-seat="')[2].partition('"')[0]


def board(stage: Stage) -> str:
    return f"/cases/{stage.ids['/cases/0']}/roles/"


def part(page: str, panel: str) -> str:
    """A panel of a page, from its id to the end of its element."""
    rest = page.partition(f'id="{panel}"')[2]
    return rest.partition("</article>" if panel == "card" else "</section>")[0]


def told(stage: Stage, person: str, address: str) -> str:
    """All that is answered, but for what is new each time."""
    answer = said(stage.browser(person).get(address))
    return re.sub(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|expires=[^;]+', "", answer)


def everything() -> tuple[Any, ...]:
    return (
        sorted(CardTurn.objects.values_list("conference", "seat", "turn")),
        StillSo.objects.count(),
        Clear.unsealed.count(),
        sorted(Seat.unsealed.values_list("pk", "confirmed_at", "introduced_at", "drafted_by")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


# Who, in which state.
@pytest.mark.parametrize("state", STATES)
def test_the_mode_is_open_to_all_who_are_invited_and_turned_by_who_leads_while_it_is_open(
    stage: Stage, state: str
) -> None:
    address, place = room_of(stage, state), stage.place("alder", "conferences", "now")
    why = {
        Status.PLANNED: "has not begun",
        Status.PAUSED: "is paused",
        Status.CLOSED: "is closed",
        CALLED_OFF: "was called off",
    }
    invited = 0
    seats = {seat.person: seat.key for seat in stage.oracle.case("alder").seats.values()}
    for person in ("p-cm", "p-survivor", "p-sup", "p-det", "p-interp", "p-aid", "p-later", "p-old-cm"):
        sees = stage.oracle.sees("alder", seats[person], place, stage.at)
        browser = stage.browser(person)
        assert browser.get(address).status_code == (200 if sees else 404), person
        with stage.undone():
            before = everything()
            answer = browser.post(f"{address}turn/", {"seat": id_of(stage, "law")})
            if person == "p-cm" and state == Status.OPEN:
                assert (answer.status_code, answer["Location"]) == (303, address)
                assert everything() != before
            else:
                assert answer.status_code == (404 if not sees else 409 if person == "p-cm" else 403), person
                assert everything() == before
                if person == "p-cm":
                    assert why[state] in unescape(answer.content.decode())
        offered = f'formaction="{address}turn/"' in browser.get(address).content.decode() if sees else False
        assert offered == (person == "p-cm" and state == Status.OPEN)
        invited += sees
    assert invited > 3


@pytest.mark.parametrize("state", STATES)
def test_a_holder_says_still_so_and_she_says_whether_it_is_clear_at_any_time(
    stage: Stage, state: str
) -> None:
    address = room_of(stage, state)
    where = address.split("/")[2]
    for seat, who, what in (
        ("vw", "p-vw", "still-so"),
        ("vw", "p-survivor", "clear"),
        ("vw", "p-survivor", "not-yet"),
    ):
        for conference in (where, ""):
            with stage.undone():
                before = everything()
                answer = say(stage, seat, what, who, conference)
                part = f"#about-{stage.seat('alder', seat).mark.public_id}" if what == "still-so" else ""
                back = address if conference else board(stage) + part
                assert (answer.status_code, answer["Location"]) == (303, back)
                changed = everything()
                assert changed != before
                assert say(stage, seat, what, who, conference=conference).status_code == 303
                assert everything() == changed, "a press that is sent again changes nothing"
                kept = {
                    *StillSo.objects.values_list("conference", flat=True),
                    *Clear.unsealed.values_list("conference", flat=True),
                }
                during = state in (Status.OPEN, Status.PAUSED) and conference
                assert kept == {
                    Conference.unsealed.get(key="now", mark__case__key="alder").pk if during else None
                }


def test_nobody_says_what_is_anothers_to_say(stage: Stage) -> None:
    room_of(stage)
    own = {"still-so": "vw", "clear": "sv", "not-yet": "sv", "introduction": "cm sup adv"}
    own["not-met"] = own["introduction"]
    Seat.unsealed.filter(key="vw", case__key="alder").update(introduced_at=stage.at)
    answered = 0
    for seat in ("vw", "ther", "sv"):
        place = stage.place("alder", "seats", seat)
        for key, person in PEOPLE.items():
            sees = stage.oracle.sees("alder", key, place, stage.at)
            for what, theirs in own.items():
                may = key == seat if what == "still-so" else key in theirs.split()
                may = may and (seat != "sv" or what == "still-so")
                with stage.undone():
                    before = everything()
                    answer = say(stage, seat, what, person)
                    missing = stage.browser(person).post(f"/seats/{public_id()}/{what}/")
                    if not sees:
                        assert said(answer) == said(missing)
                    elif may:
                        assert answer.status_code == 303, (key, what, seat)
                    else:
                        noted = what in ("introduction", "not-met")
                        refused = 409 if seat == "sv" and noted and key in theirs else 403
                        assert answer.status_code == refused, (key, what, seat)
                        answered += 1
                    nothing = {"introduction": seat == "vw", "not-met": seat != "vw"}.get(what, False)
                    assert (everything() != before) == (sees and may and not nothing), (key, what, seat)
    assert answered > 40


@pytest.mark.parametrize(
    "sent", ["", "\x00", "\ud800", "9" * 4000, "s" * 20, "birch", "old-cm", "later", "det2"]
)
def test_only_a_seat_that_is_seen_and_held_is_turned_to(stage: Stage, sent: str) -> None:
    address = room_of(stage)
    body = sent
    if sent == "birch":
        body = stage.ids[next(place for place in stage.oracle.rows("birch") if "/seats/" in place)]
    elif sent in ("old-cm", "later", "det2"):
        body = id_of(stage, sent)
    before = everything()
    answer = stage.browser("p-cm").post(f"{address}turn/", {"seat": body.encode("utf-8", "replace").decode()})
    if sent == "det2":  # held, and seen by whoever leads
        assert answer.status_code == 303
        return
    assert answer.status_code == 409
    assert "not on the team now" in answer.content.decode()
    assert everything() == before


# What is looked at.
def test_everybody_looks_at_the_last_card_that_they_may_see(stage: Stage) -> None:
    assert {card(stage, person) for person in PEOPLE.values()} == {""}
    for seat in ("vw", "ther", "det2", "law", "vw"):
        assert turn(stage, seat).status_code == 303
        order = [row.seat_id for row in CardTurn.objects.order_by("turn")]
        for key, person in PEOPLE.items():
            visible = [
                each
                for each in ("vw", "ther", "det2", "law")
                if stage.oracle.sees("alder", key, stage.place("alder", "seats", each), stage.at)
                and stage.seat("alder", each).pk in order
            ]
            last = max(visible, key=lambda each: order.index(stage.seat("alder", each).pk))
            assert card(stage, person) == id_of(stage, last), (key, seat)
    assert card(stage, "p-survivor") == id_of(stage, "vw")
    again = everything()
    assert turn(stage, "vw").status_code == 303
    assert everything() == again


def test_whoever_leads_goes_on_and_back_in_an_order_of_their_own(stage: Stage) -> None:
    address, seen = room_of(stage), []
    while True:
        page = text(stage, "p-cm", address)
        button = page.partition('id="next" name="seat" value="')[2].partition('"')[0]
        if not button:
            break
        seen.append(button)
        assert stage.browser("p-cm").post(f"{address}turn/", {"seat": button}).status_code == 303
    held = {
        id_of(stage, key)
        for key, seat in stage.oracle.case("alder").seats.items()
        if stage.oracle.sees("alder", "cm", stage.place("alder", "seats", key), stage.at)
        and stage.seat("alder", key).starts <= stage.at
        and (stage.seat("alder", key).until or stage.at + timedelta(1)) > stage.at
    }
    assert sorted(seen) == sorted(held)
    assert seen[0] == id_of(stage, "cm")
    assert seen[-1] == id_of(stage, "sv")
    back = text(stage, "p-cm", address).partition('id="back" name="seat" value="')[2].partition('"')[0]
    assert back == seen[-2]


def test_a_hidden_card_and_what_is_said_of_it_leave_no_trace(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    turn(stage, "vw")
    conference, case = room_of(stage).split("/")[2], stage.ids["/cases/0"]
    pages = {
        person: connect(page, stage.browser(person).cookies["s"].value, id=scope).socket
        for person in PEOPLE.values()
        for page, scope in (("review", conference),)
    }
    others = [
        connect(page, stage.browser(person).cookies["s"].value, id=scope).socket
        for person in ("p-det", "p-vw", "p-law")
        for page, scope in (("board", case), ("today", ""), ("preparation", conference), ("room", conference))
    ]
    passes = Passes()
    sockets = [socket for socket in (*pages.values(), *others) if socket]
    assert len(passes.run(sockets).frames) == len(sockets)
    before = {person: told(stage, person, room_of(stage)) for person in ("p-det", "p-vw")}

    def pushed() -> set[str]:
        by_socket = {socket: person for person, socket in pages.items()}
        return {by_socket.get(socket, "another page") for socket, *_ in passes.run(sockets).frames}

    sees = {
        person
        for key, person in PEOPLE.items()
        if stage.oracle.sees("alder", key, stage.place("alder", "seats", "ther"), stage.at)
    }
    assert turn(stage, "ther").status_code == 303
    assert pushed() == sees
    assert say(stage, "ther", "still-so", "p-ther", conference=conference).status_code == 303
    assert pushed() == sees
    for what in ("not-yet", "clear"):
        assert say(stage, "ther", what, "p-survivor", conference=conference).status_code == 303
        assert pushed() == {"p-survivor", "p-cm", "p-sup"}
        assert say(stage, "vw", what, "p-survivor", conference=conference).status_code == 303
        assert pushed() == {"p-survivor", "p-cm", "p-sup"}
    after = {person: told(stage, person, room_of(stage)) for person in before}
    assert after == before
    assert say(stage, "ther", "introduction", "p-cm").status_code == 303
    assert "another page" not in pushed()


@pytest.mark.parametrize("seat", ["vw", "shelter"])
def test_what_she_says_is_read_by_those_she_was_told_of_and_by_nobody_else(stage: Stage, seat: str) -> None:
    turn(stage, seat)
    hers = text(stage, "p-survivor", room_of(stage))
    names = {seat.key: seat.person for seat in stage.oracle.case("alder").seats.values()}
    readers = hers.partition("más adelante:")[2] or hers.partition("does their work later:")[2]
    told = readers.partition("</p>")[0]
    assert say(stage, seat, "not-yet", "p-survivor").status_code == 303
    found, asked = set(), 0
    place = stage.place("alder", "conferences", "now")
    for key, person in names.items():
        row = Clear.unsealed.get()
        sees = bool(stage.sight(person)) and bool(_opened(stage, person, row))
        if sees and key != "sv":
            found.add(person)
        if stage.oracle.sees("alder", key, place, stage.at):
            page = text(stage, person, room_of(stage)) + text(stage, person, board(stage))
            reads = "Not clear to her yet" in page or "no está claro para ella" in page
            assert reads == (person in found), person
            asked += 1
    assert ("p-sup" in found) == (seat == "vw"), "she sees no more of it than of the seat"
    assert "p-cm" in found
    assert {Person.objects.get(key=person).name for person in found} == {
        name for name in Person.objects.values_list("name", flat=True) if name in told
    }
    assert asked > 12


def _opened(stage: Stage, person: str, row: Clear) -> Any:
    return open_rows(stage.sight(person), Clear.objects.sealed(mark_id=row.pk))


def test_she_can_change_her_mind_and_is_asked_what_is_not_clear(stage: Stage) -> None:
    turn(stage, "vw")
    link = f"/cases/{stage.ids['/cases/0']}/questions/?about={id_of(stage, 'vw')}"
    offers = {}
    for what in ("", "not-yet", "clear", "not-yet"):
        if what:
            assert say(stage, "vw", what, "p-survivor").status_code == 303
        page = text(stage, "p-survivor", room_of(stage))
        offers[what] = [f"/seats/{id_of(stage, 'vw')}/{each}/" in page for each in ("clear", "not-yet")]
        assert (link in page) == (what == "not-yet")
        assert (link in text(stage, "p-survivor", "/")) == (what == "not-yet")
    assert offers == {"": [True, True], "clear": [False, True], "not-yet": [True, False]}
    assert Clear.unsealed.count() == 3


def test_who_asks_in_the_meeting_comes_back_to_the_card_that_is_looked_at(stage: Stage) -> None:
    turn(stage, "vw")
    assert say(stage, "vw", "not-yet", "p-survivor").status_code == 303
    address, case = room_of(stage), f"/cases/{stage.ids['/cases/0']}/questions/"
    here = f"conference={address.split('/')[2]}"
    page = text(stage, "p-survivor", address)
    about = f"{case}?about={id_of(stage, 'vw')}&{here}"
    for link in (about, f"{case}?{here}"):
        assert link in page
        form = text(stage, "p-survivor", link)
        assert f'action="{case}?{here}"' in form
        assert f'<a href="{address}">' in form
    body = {"question-text": "typed", "question-audience": "few", "question-key": public_id()}
    shown = stage.browser("p-survivor").post(f"{case}readers/", body).content.decode()
    body["question-shown_readers"] = shown.partition('shown_readers" value="')[2].partition('"')[0]
    with stage.undone():
        assert stage.browser("p-survivor").post(f"{case}?{here}", body)["Location"] == address
    for wrong in ("", "?conference=", "?conference=//elsewhere.example", f"?conference={'x' * 21}"):
        with stage.undone():
            assert stage.browser("p-survivor").post(f"{case}{wrong}", body)["Location"] == board(stage)


def test_a_stamp_names_the_meeting_to_those_who_see_it_and_to_others_the_day(stage: Stage) -> None:
    address = room_of(stage)
    turn(stage, "vw")
    assert say(stage, "vw", "still-so", "p-vw", conference=address.split("/")[2]).status_code == 303
    title = Conference.unsealed.get(key="now", mark__case__key="alder").title
    others = Conference.unsealed.get(key="next", mark__case__key="alder")
    Conference.unsealed.filter(pk=others.pk).update(
        status=Status.OPEN, facilitator=stage.seat("alder", "sup")
    )
    there = f"/conferences/{others.mark.public_id}/roles/"
    turned = stage.browser("p-sup").post(f"{there}turn/", {"seat": id_of(stage, "vw")})
    assert turned.status_code == 303
    for person, sees in (("p-cm", True), ("p-free-interp", False)):
        page = part(text(stage, person, there), "card")
        assert "Still so" in page or "Sigue siendo así" in page
        assert (title in page) == sees, person
    Mark.objects.filter(pk=Conference.unsealed.get(key="now", mark__case__key="alder").pk).update(
        removed_at=stage.at
    )
    assert title not in text(stage, "p-cm", there)


def test_what_is_confirmed_is_a_draft_no_more(stage: Stage) -> None:
    drafter = stage.seat("alder", "cm")
    Seat.unsealed.filter(key="vw", case__key="alder").update(drafted_by=drafter)
    turn(stage, "vw")
    assert "This is a draft by" in text(stage, "p-sup", room_of(stage))
    assert say(stage, "vw", "still-so", "p-vw").status_code == 303
    assert "This is a draft by" not in text(stage, "p-sup", room_of(stage))
    seat = stage.seat("alder", "vw")
    assert (seat.drafted_by_id, seat.confirmed_at) == (None, stage.at)
    stage.clock.at += timedelta(hours=15)
    stage.signed_in.clear()
    assert say(stage, "vw", "still-so", "p-vw").status_code == 303
    assert stage.seat("alder", "vw").confirmed_at == stage.at


# The interpreter's line.
def test_both_languages_stand_side_by_side_for_her_and_for_the_interpreter(stage: Stage) -> None:
    seat = stage.seat("alder", "vw")
    Translation.objects.create(
        seat=seat, language="es", does="w-says-in-spanish", by=stage.seat("alder", "interp"), at=stage.at
    )
    turn(stage, "vw")
    Person.objects.update(language="en")
    Person.objects.filter(key__in=["p-survivor", "p-interp", "p-cm"]).update(language="es")
    told = {person: part(text(stage, person, room_of(stage)), "card") for person in PEOPLE.values()}
    for person, page in told.items():
        both = person in ("p-survivor", "p-interp")
        assert ("w-says-in-spanish" in page) == (both or person == "p-cm"), person
        assert (seat.does in page) == (both or person != "p-cm"), person
    assert told["p-survivor"].index("w-says-in-spanish") < told["p-survivor"].index(seat.does)


@pytest.mark.parametrize(("hers", "asked"), [("es", True), ("en", False), ("vi", True)])
def test_an_interpreter_is_told_what_to_say_it_in(stage: Stage, hers: str, asked: bool) -> None:
    Person.objects.filter(key="p-survivor").update(language=hers)
    turn(stage, "vw")
    for person in ("p-interp", "p-cm"):
        page = text(stage, person, room_of(stage))
        assert ("Please say it in this language" in page or "dígala en este idioma" in page) == (
            asked and person == "p-interp"
        )


def test_an_empty_card_says_what_is_usual_and_that_it_is_not_their_word(stage: Stage) -> None:
    empty = dict.fromkeys(("does", "does_not", "ask_about", "private", "contact"), "")
    Seat.unsealed.filter(key="vw", case__key="alder").update(**empty)
    turn(stage, "vw")
    assert "has not written a card yet" in text(stage, "p-cm", room_of(stage))
    assert 'id="still-so"' not in text(stage, "p-vw", room_of(stage))
    assert say(stage, "vw", "still-so", "p-vw").status_code == 409


def test_a_card_in_another_language_stands_with_what_is_usual_until_somebody_translates_it(
    stage: Stage,
) -> None:
    seat = stage.seat("alder", "vw")
    Person.objects.filter(key__in=("p-survivor", "p-interp")).update(language="es")
    Seat.unsealed.filter(pk=seat.pk).update(language="en")
    turn(stage, "vw")
    usual, fold = "Trabajo en el sistema de justicia", f'<details id="usually-{id_of(stage, "vw")}"'
    for person in ("p-survivor", "p-interp"):
        shown = part(text(stage, person, room_of(stage)), "card")
        assert "Escrito en inglés." in shown
        assert seat.does in shown.partition(fold)[0]
        assert f"Esto no lo dice {seat.person.name}." in shown.partition(fold)[2]
        assert usual in shown.partition(fold)[2]
    assert fold not in text(stage, "p-cm", room_of(stage))
    Translation.objects.create(seat=seat, language="es", does="Voy con usted.", by=seat, at=stage.at)
    shown = part(text(stage, "p-survivor", room_of(stage)), "card")
    assert "Voy con usted." in shown
    assert "Escrito en" not in shown
    assert fold not in shown


def test_nobody_says_still_so_to_what_they_have_not_read(stage: Stage) -> None:
    turn(stage, "vw")
    seen = text(stage, "p-vw", room_of(stage)).partition('name="seen" value="')[2].partition('"')[0]
    address = f"/seats/{id_of(stage, 'vw')}/still-so/"
    assert seen
    with stage.undone():
        assert stage.browser("p-vw").post(address, {"seen": seen}).status_code == 303
    Seat.unsealed.filter(key="vw", case__key="alder").update(does="something else")
    for stale in (seen, "", "\x00"):
        assert stage.browser("p-vw").post(address, {"seen": stale}).status_code == 409
    assert not StillSo.objects.exists()


def test_a_stand_in_who_is_hidden_is_not_there(stage: Stage) -> None:
    name = stage.seat("alder", "ther").person.name
    turn(stage, "vw")
    before = part(text(stage, "p-det", room_of(stage)), "card")
    Seat.unsealed.filter(key="vw", case__key="alder").update(stand_in=stage.seat("alder", "ther"))
    assert part(text(stage, "p-det", room_of(stage)), "card") == before
    assert name in part(text(stage, "p-cm", room_of(stage)), "card")


def test_what_she_is_told_of_who_reads_it_holds_when_her_case_manager_changes(stage: Stage) -> None:
    Person.objects.update(language="en")
    turn(stage, "vw")
    page = text(stage, "p-survivor", room_of(stage))
    assert "whoever does their work later:" in page
    assert say(stage, "vw", "not-yet", "p-survivor").status_code == 303
    # Somebody else of that role, who was not among those whose names she read.
    Seat.unsealed.filter(key="old-cm", case__key="alder").update(until=None)
    assert stage.seat("alder", "old-cm").person.name not in page.partition('class="say"')[2]
    assert "Not clear to her yet" in text(stage, "p-old-cm", board(stage))


def test_what_she_said_herself_of_whom_she_met_nobody_takes_back(stage: Stage) -> None:
    seat = stage.seat("alder", "vw")
    Seat.unsealed.filter(pk=seat.pk).update(introduced_at=stage.at)
    event = {"case_id": seat.case_id, "mark_id": seat.pk, "verb": "introduced"}
    for key, status in (("cm", 303), ("sv", 403)):
        with stage.undone():
            teller = stage.seat("alder", key)
            Event.objects.create(person_id=teller.person_id, seat_id=teller.pk, **event)
            before = everything()
            answer = say(stage, "vw", "not-met", "p-sup")
            assert answer.status_code == status
            assert (everything() == before) == (status == 403)
            assert ("The survivor said herself" in said(answer)) == (status == 403)
