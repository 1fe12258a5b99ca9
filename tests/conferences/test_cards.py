"""Cards: who writes, drafts, confirms and translates one, what stands on it for whom, and that nothing else does."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from conferences.cards.models import Translation
from tests.cast import Stage
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.labels import DUTIES, DUTY_BIT, Duty
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Role, may_stand_in
from workspace.live.passes import Passes
from workspace.people.models import Person, TaskForce, public_id
from workspace.record.models import Event

CASE = "/cases/0"
PARTS = ("does", "does_not", "ask_about", "private", "contact")
VALUE = re.compile(r'name="seen" value="(\w+)"')


def board(stage: Stage, person: str) -> str:
    """What the board says, but for the token of its form."""
    page = stage.browser(person).get(f"/cases/{stage.ids[CASE]}/roles/").content.decode()
    return unescape(page.partition('<main id="main"')[2])


def card(stage: Stage, person: str, key: str) -> str:
    """What the card of this seat says on the board; nothing where it does not stand there."""
    number = stage.seat("alder", key).mark.public_id
    found = re.search(rf'<li id="seat-{number}".*?\n</li>', board(stage, person), re.DOTALL)
    return found[0] if found else ""


def url(stage: Stage, key: str) -> str:
    return f"/seats/{stage.seat('alder', key).mark.public_id}/card/"


def seen(stage: Stage, person: str, address: str) -> str:
    """The edition that this person's form carries."""
    found = VALUE.search(stage.browser(person).get(address).content.decode())
    return found[1] if found else ""


def filled(stage: Stage, person: str, seat: str, **given: Any) -> dict[str, Any]:
    """The form of a card, as this person reads it now, with other words."""
    usual = {"does": "I drive you.", "language": "en", "key": public_id()}
    return usual | {"seen": seen(stage, person, url(stage, seat))} | given


def write(stage: Stage, person: str, seat: str, **given: Any) -> Any:
    return stage.browser(person).post(url(stage, seat), filled(stage, person, seat, **given))


def translate(stage: Stage, person: str, key: str, **given: Any) -> Any:
    address = f"{url(stage, key)}translation/"
    usual = {"language": "es", "seen": seen(stage, person, address), "key": public_id()}
    return stage.browser(person).post(address, usual | given)


def emptied(stage: Stage, key: str, **columns: Any) -> Seat:
    """A seat whose card says nothing, but for these columns."""
    Seat.unsealed.filter(key=key, case__key="alder").update(**dict.fromkeys(PARTS, ""), **columns)
    return stage.seat("alder", key)


@pytest.mark.parametrize(
    ("person", "key", "writes", "says_it"),
    [
        ("p-survivor", "sv", 200, 200),
        ("p-survivor", "cm", 403, 403),
        ("p-cm", "cm", 200, 200),
        ("p-cm", "det", 200, 200),  # gives seats
        ("p-cm", "sv", 403, 403),
        ("p-cm", "old-cm", 409, 409),  # has gone
        ("p-cm", "later", 404, 404),
        ("p-sup", "det", 200, 200),  # leads the next one
        ("p-sup", "sv", 403, 403),
        ("p-adv", "det", 403, 403),
        ("p-interp", "interp", 200, 200),
        ("p-interp", "det", 403, 200),
        ("p-interp", "sv", 403, 200),
        ("p-det", "det", 200, 200),
        ("p-det", "cm", 403, 403),
        ("p-det", "shelter", 404, 404),
        ("p-nowhere", "cm", 404, 404),
    ],
)
def test_who_writes_a_card_and_who_says_it_in_another_language(
    stage: Stage, person: str, key: str, writes: int, says_it: int
) -> None:
    browser, address = stage.browser(person), url(stage, key)
    assert browser.get(address).status_code == writes
    assert browser.get(f"{address}translation/").status_code == says_it
    body = {"does": "typed", "language": "es", "seen": "s" * 32, "key": public_id()}
    before = Seat.unsealed.filter(case__key="alder").values_list(*PARTS, "drafted_by", "confirmed_at")
    stood = list(before)
    # What may be written is refused here for another reason: nobody read such an edition.
    assert browser.post(address, body).status_code == (409 if writes == 200 else writes)
    assert browser.post(f"{address}translation/", body).status_code == (409 if says_it == 200 else says_it)
    assert list(before.all()) == stood
    assert not Translation.objects.exists()


def test_a_holder_writes_their_card_and_all_who_see_them_read_it(stage: Stage) -> None:
    words: dict[str, Any] = {
        "called": "Detective Ana",
        "sounds": "AH-nah",
        "does": "I look for them.",
        "languages": "English and Tagalog",
        "contact": "Weekdays",
        "private": "Ask me first.",
        "duties": ["uses_in_the_case", "gives_to_defence"],
        "stand_in": stage.seat("alder", "vw").mark.public_id,
    }
    told = write(stage, "p-det", "det", **words)
    assert (told.status_code, told["Location"]) == (
        303,
        f"/cases/{stage.ids[CASE]}/roles/#about-{stage.seat('alder', 'det').mark.public_id}",
    )
    seat = stage.seat("alder", "det")
    assert (seat.confirmed_at, seat.worded_at, seat.drafted_by_id) == (stage.at, stage.at, None)
    assert seat.duties == DUTY_BIT[Duty.USES_IN_THE_CASE] | DUTY_BIT[Duty.GIVES_TO_DEFENCE]
    place, stand_in = stage.place("alder", "seats", "det"), stage.place("alder", "seats", "vw")
    texts = [text for name, text in words.items() if name not in ("duties", "stand_in")]
    reading = 0
    for person in stage.people:
        eyes = Eyes(stage, person)
        if not eyes.sits(CASE):
            continue
        page = board(stage, person)
        assert [text in page for text in texts] == [eyes.sees(place)] * len(texts), person
        name = Person.objects.get(key=stage.raw(stand_in)["person"]).name
        shown = eyes.sees(place) and eyes.sees(stand_in)
        assert (f"<dd><bdi>{name}</bdi>" in card(stage, person, "det")) == shown
        reading += eyes.sees(place)
    assert reading > 5
    assert str(DUTIES[Duty.GIVES_TO_DEFENCE][0]) in card(stage, "p-cm", "det")
    assert "puede usarse en el caso penal" in card(stage, "p-survivor", "det")


def test_whose_card_was_drafted_is_told_so_on_today_and_in_the_meeting_until_they_confirm_it(
    stage: Stage,
) -> None:
    waits = f'/roles/#about-{stage.seat("alder", "det").mark.public_id}">Somebody drafted your own card.'
    pages = ("/", stage.url("alder", "conferences", "now"))

    def told(person: str) -> list[bool]:
        return [waits in stage.browser(person).get(page).content.decode() for page in pages]

    assert told("p-det") == [False, False]
    assert write(stage, "p-cm", "det").status_code == 303
    assert told("p-det") == [True, True]
    for person in ("p-cm", "p-survivor", "p-sup"):
        assert told(person) == [False, False], person
    edition = VALUE.search(card(stage, "p-det", "det"))
    assert edition
    stage.browser("p-det").post(url(stage, "det").replace("card", "still-so"), {"seen": edition[1]})
    assert told("p-det") == [False, False]


def test_a_draft_is_marked_until_its_holder_confirms_it_and_is_then_theirs_alone(stage: Stage) -> None:
    assert write(stage, "p-sup", "det", does="He drives.").status_code == 303
    drafter = Person.objects.get(key="p-sup").name
    assert stage.seat("alder", "det").drafted_by_id == stage.seat("alder", "sup").pk
    assert f"Draft by <bdi>{drafter}</bdi>, not confirmed yet." in card(stage, "p-cm", "det")
    assert f"Borrador preparado por <bdi>{drafter}</bdi>" in card(stage, "p-survivor", "det")
    assert write(stage, "p-cm", "det", does="She drives.").status_code == 303, "another drafts it anew"
    confirmation = url(stage, "det").replace("card", "still-so")
    edition = VALUE.search(card(stage, "p-det", "det"))
    assert edition
    for person, status in (("p-cm", 403), ("p-interp", 403), ("p-nowhere", 404), ("p-det", 303)):
        answer = stage.browser(person).post(confirmation, {"seen": edition[1]})
        assert answer.status_code == status, person
    seat = stage.seat("alder", "det")
    assert (seat.drafted_by_id, seat.confirmed_at, seat.does) == (None, stage.at, "She drives.")
    assert "Draft by" not in card(stage, "p-cm", "det")
    assert stage.browser("p-sup").get(url(stage, "det")).status_code == 403
    done = Event.objects.filter(verb__startswith="card").order_by("pk").values_list("verb", flat=True)
    assert list(done) == ["card_drafted", "card_drafted", "card_still_so"]


def test_what_was_drafted_of_a_card_that_its_holder_confirmed_meanwhile_can_be_copied(stage: Stage) -> None:
    """Nothing of it is kept, and nothing of it is lost."""
    assert write(stage, "p-cm", "det", does="Another drafts it.").status_code == 303
    texts = {name: f"typed {name}" for name in (*PARTS, "called", "sounds", "languages")}
    late = filled(stage, "p-sup", "det", **texts, stand_in=stage.seat("alder", "vw").mark.public_id)
    Seat.unsealed.filter(pk=stage.seat("alder", "det").pk).update(confirmed_at=stage.at, drafted_by=None)
    answer = stage.browser("p-sup").post(url(stage, "det"), late)
    assert answer.status_code == 403
    given_back = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", answer.content.decode())
    assert sorted(text.strip() for text in given_back) == sorted(texts.values())
    assert stage.seat("alder", "det").does == "Another drafts it."


def test_who_is_chosen_is_no_text_to_be_copied(stage: Stage) -> None:
    eyes = Eyes(stage, "p-det")
    line = next(
        place for place in stage.oracle.rows("alder") if "/responsibilities/" in place and eyes.sees(place)
    )
    chosen = {"does": stage.seat("alder", "det").mark.public_id}
    answer = stage.browser("p-det").post(f"/responsibilities/{stage.ids[line]}/", chosen)
    assert answer.status_code == 403
    assert "<textarea" not in answer.content.decode()


def test_nobody_confirms_what_they_have_not_read(stage: Stage) -> None:
    confirmation, browser = url(stage, "det").replace("card", "still-so"), stage.browser("p-det")
    edition = VALUE.search(card(stage, "p-det", "det"))
    assert edition
    assert write(stage, "p-cm", "det", does="Something else.").status_code == 303
    for body in ({"seen": edition[1]}, {"seen": ""}, {"seen": "\x00"}, {}):
        assert browser.post(confirmation, body).status_code == 409
    emptied(stage, "det", drafted_by=None)
    assert browser.post(confirmation, {"seen": edition[1]}).status_code == 409
    assert stage.seat("alder", "det").confirmed_at is None


def test_who_is_hidden_stands_on_no_card_and_tells_nobody_by_a_frame(
    stage: Stage, settings: Settings
) -> None:
    """Few know of the shelter."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    shelter = stage.seat("alder", "shelter").mark.public_id
    place = stage.place("alder", "seats", "shelter")
    people = [person for person in stage.people if Eyes(stage, person).sits(CASE)]
    knowing = {person for person in people if Eyes(stage, person).sees(place)}
    assert {"p-survivor", "p-cm"} <= knowing < set(people)
    assert write(stage, "p-cm", "cm").status_code == 303
    before = {person: board(stage, person) for person in people}
    sessions = {person: stage.browser(person).cookies["s"].value for person in people}
    sockets = {connect("board", sessions[each], id=stage.ids[CASE]).socket: each for each in people}
    passes, there = Passes(), [socket for socket in sockets if socket]
    passes.run(there)
    assert write(stage, "p-cm", "cm", stand_in=shelter).status_code == 303
    assert {sockets[socket] for socket, *_ in passes.run(there).frames} == knowing
    assert {person for person in people if board(stage, person) != before[person]} == knowing


def test_what_a_writer_does_not_see_they_do_not_change(stage: Stage) -> None:
    shelter = stage.seat("alder", "shelter")
    Seat.unsealed.filter(key="det", case__key="alder").update(stand_in=shelter, drafted_by=shelter)
    assert "Draft by <bdi>the team</bdi>" in card(stage, "p-vw", "det")
    form = stage.browser("p-det").get(url(stage, "det")).content.decode()
    assert shelter.mark.public_id not in form
    given = {"stand_in": shelter.mark.public_id}
    assert write(stage, "p-cm", "det", **given).status_code == 422, "its holder could not see whom it names"
    assert write(stage, "p-cm", "cm", **given).status_code == 303
    assert write(stage, "p-det", "det").status_code == 303
    assert stage.seat("alder", "det").stand_in_id == shelter.pk
    assert write(stage, "p-vw", "vw", stand_in=shelter.mark.public_id).status_code == 422


@pytest.mark.parametrize(
    ("role", "of", "may"),
    [
        ("advocate", "case_manager", True),
        ("case_manager", "shelter", True),
        ("counsel", "counsel", True),
        ("advocate", "counsel", False),
        ("prosecutor", "counsel", False),
        ("interpreter", "interpreter", True),
        ("interpreter", "case_manager", False),
        ("case_manager", "interpreter", False),
        ("prosecutor", "investigator", True),
        ("victim_witness", "advocate", False),
        ("child_protection", "therapist", False),
        ("survivor", "mentor", False),
        ("guardian", "survivor", False),
    ],
)
def test_who_may_be_asked_instead(role: str, of: str, may: bool) -> None:
    assert may_stand_in(Role(role), of=Role(of)) == may


def test_two_who_write_at_once_lose_nothing(stage: Stage) -> None:
    first, second = (filled(stage, person, "det", does=f"By {person}.") for person in ("p-det", "p-cm"))
    browser = stage.browser("p-det")
    assert stage.browser("p-cm").post(url(stage, "det"), second).status_code == 303
    answer = browser.post(url(stage, "det"), first)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "By p-det." in page.partition('id="as-it-is"')[2].partition("</section>")[2]
    assert "By p-cm." in page.partition('id="as-it-is"')[2].partition("</section>")[0]
    assert stage.seat("alder", "det").does == "By p-cm."
    again = {
        name: value for name in ("seen", "key") for value in re.findall(rf'name="{name}" value="(.+?)"', page)
    }
    assert browser.post(url(stage, "det"), first | again).status_code == 303
    assert stage.seat("alder", "det").does == "By p-det."
    assert browser.post(url(stage, "det"), first | again).status_code == 303, "sent twice, it is kept once"
    assert Event.objects.filter(verb="card_written").count() == 1


def test_a_draft_that_nothing_is_left_of_is_none(stage: Stage) -> None:
    emptied(stage, "det")
    assert write(stage, "p-cm", "det").status_code == 303
    assert write(stage, "p-cm", "det", does="", language="en").status_code == 303
    seat = stage.seat("alder", "det")
    assert (seat.drafted_by_id, seat.confirmed_at, seat.does) == (None, None, "")


def test_an_interpreter_says_a_card_in_another_language(stage: Stage) -> None:
    assert write(stage, "p-det", "det", private="I keep nothing.", contact="Weekdays").status_code == 303
    told = translate(
        stage, "p-interp", "det", does="Les busco.", private="No guardo nada.", contact="De lunes a viernes"
    )
    assert told.status_code == 303
    name = Person.objects.get(key="p-interp").name
    hers, theirs = card(stage, "p-survivor", "det"), card(stage, "p-cm", "det")
    assert f"En español, por <bdi>{name}</bdi>." in hers
    assert "Les busco." in hers
    assert "Como se escribió, en inglés" in hers
    assert "I drive you." in hers.partition('id="original-')[2]
    form = stage.browser("p-cm").get(f"{url(stage, 'det')}translation/").content.decode()
    assert f"The card of {Person.objects.get(key='p-det').name} in Spanish" in form
    assert 'value="es"' in form
    assert "Lo que suele hacer esta función" not in hers
    assert "Les busco." not in theirs
    assert "anterior a la tarjeta" not in hers
    stage.clock.at += timedelta(minutes=1)
    edition = VALUE.search(card(stage, "p-det", "det"))
    assert edition
    confirmed = stage.browser("p-det").post(
        url(stage, "det").replace("card", "still-so"), {"seen": edition[1]}
    )
    assert confirmed.status_code == 303
    assert "anterior a la tarjeta" not in card(stage, "p-survivor", "det"), "the words are what they were"
    assert write(stage, "p-det", "det", private="I keep some.").status_code == 303
    hers = card(stage, "p-survivor", "det")
    assert "anterior a la tarjeta" in hers
    assert "No guardo nada." in hers
    assert "De lunes" not in hers, "what its holder took away is not said in another language either"
    assert translate(stage, "p-det", "det").status_code == 303
    assert not Translation.objects.exists()
    assert "Les busco." not in card(stage, "p-survivor", "det")


def test_a_card_written_in_another_language_loses_no_words_of_anybody(stage: Stage) -> None:
    before = stage.seat("alder", "det")
    words = {part: getattr(before, part) for part in PARTS}
    spanish = {part: f"Digo {number}." for number, part in enumerate(PARTS)}
    assert translate(stage, "p-interp", "det", **spanish).status_code == 303
    stage.clock.at += timedelta(minutes=1)
    # What its translation says becomes the card: they change places, and both say the same.
    assert write(stage, "p-det", "det", **spanish, language="es").status_code == 303
    said = Translation.objects.get()
    assert (said.language, said.by_id, said.does) == ("en", before.pk, words["does"])
    assert "Digo 0." in card(stage, "p-survivor", "det")
    english = card(stage, "p-cm", "det")
    assert words["does"] in english
    assert "This is older than the card" not in english
    # Another language with other words: what stood there stays, and is older.
    stage.clock.at += timedelta(minutes=1)
    assert write(stage, "p-det", "det", does="I look for her.", contact="", language="en").status_code == 303
    kept = {each.language: each for each in Translation.objects.all()}
    assert (kept["es"].does, kept["es"].by_id) == ("Digo 0.", before.pk)
    assert kept["en"].does == words["does"]
    hers = card(stage, "p-survivor", "det")
    assert "anterior a la tarjeta" in hers
    assert "Digo 0." in hers
    assert "Digo 4." not in hers, "what its holder took away is not said in another language either"
    # What was a translation into the language that the card is in now is there for those who put it into words.
    assert words["does"] not in hers
    theirs = card(stage, "p-det", "det")
    assert "An earlier translation into English" in theirs
    assert words["does"] in theirs
    assert words["contact"] not in theirs
    assert words["does"] not in card(stage, "p-pros", "det")


def test_what_was_said_in_a_regions_language_is_kept_where_it_can_be_put_otherwise(stage: Stage) -> None:
    TaskForce.objects.update(language="es-MX")
    Seat.unsealed.filter(key="det", case__key="alder").update(language="", does="Busco.")
    assert write(stage, "p-det", "det", does="I look.", language="en").status_code == 303
    assert Translation.objects.get().language == "es"
    assert translate(stage, "p-interp", "det", does="Investigo.").status_code == 303
    assert "Busco." not in card(stage, "p-survivor", "det")
    assert "Investigo." in card(stage, "p-survivor", "det")


def test_a_card_that_is_said_to_be_in_another_language_is_no_translation_of_itself(stage: Stage) -> None:
    words = {part: getattr(stage.seat("alder", "det"), part) for part in PARTS}
    assert write(stage, "p-det", "det", **words, language="es").status_code == 303
    assert not Translation.objects.exists()
    assert write(stage, "p-cm", "vw", does="A draft.", language="en").status_code == 303
    assert write(stage, "p-cm", "vw", does="Un borrador.", language="es").status_code == 303
    assert not Translation.objects.exists(), "a draft speaks for nobody"


def test_a_hidden_translator_is_the_team(stage: Stage) -> None:
    Translation.objects.create(
        seat=stage.seat("alder", "law"),
        by=stage.seat("alder", "shelter"),
        language="es",
        does="Soy",
        at=stage.at,
    )
    Person.objects.filter(key__in=["p-det", "p-cm"]).update(language="es")
    assert "por <bdi>el equipo</bdi>" in card(stage, "p-det", "law")
    name = Person.objects.get(key="p-shelter").name
    assert f"por <bdi>{name}</bdi>" in card(stage, "p-cm", "law")


def test_beside_a_card_that_cannot_be_read_stands_what_is_usual(stage: Stage) -> None:
    seat = emptied(stage, "vw")
    name = Person.objects.get(pk=seat.person_id).name
    english, spanish = card(stage, "p-cm", "vw"), card(stage, "p-survivor", "vw")
    assert f"{name} has not written or confirmed this yet." in english
    assert "What this role usually does" in english
    assert f"{name} todavía no ha escrito ni confirmado esto." in spanish
    assert "Lo que suele hacer esta función" in spanish
    foreign = card(stage, "p-survivor", "det")
    assert 'lang="en"' in foreign
    assert "Lo que suele hacer esta función" in foreign
    assert "What this role usually does" not in card(stage, "p-cm", "det")
    assert write(stage, "p-det", "det", language="es", does="Les busco.").status_code == 303
    assert "Lo que suele hacer esta función" not in card(stage, "p-survivor", "det")


@pytest.mark.parametrize(
    "wrong",
    [
        {"does": "x" * 1_001},
        {"called": "x" * 81},
        {"duties": ["nonsense"]},
        {"language": ""},
        {"language": "xx"},
        {"stand_in": "nobody"},
        {"stand_in": "survivor"},
        {"stand_in": "self"},
        {"key": "short"},
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(stage: Stage, wrong: dict[str, Any]) -> None:
    seats = {"survivor": "sv", "self": "cm"}
    if wrong.get("stand_in") in seats:
        wrong = {"stand_in": stage.seat("alder", seats[wrong["stand_in"]]).mark.public_id}
    stood = list(Seat.unsealed.values_list("does", "stand_in", "duties"))
    answer = write(stage, "p-cm", "cm", ask_about="Typed <b>words</b>", **wrong)
    assert answer.status_code == 422
    assert "Typed &lt;b&gt;words&lt;/b&gt;" in answer.content.decode()
    assert list(Seat.unsealed.values_list("does", "stand_in", "duties")) == stood


def test_she_is_not_asked_what_she_keeps_private_or_who_stands_in_for_her(stage: Stage) -> None:
    stood = stage.seat("alder", "sv").private
    other = stage.seat("alder", "cm").mark.public_id
    given = {"does": "I decide.", "private": "nothing", "duties": ["privileged"], "stand_in": other}
    assert write(stage, "p-survivor", "sv", **given, language="es").status_code == 303
    seat = stage.seat("alder", "sv")
    assert (seat.does, seat.private, seat.duties, seat.stand_in_id) == ("I decide.", stood, 0, None)


def test_whom_she_asks_first_stands_first_and_everybody_stands_last_for_themselves(stage: Stage) -> None:
    def order(person: str) -> list[str]:
        page = board(stage, person).partition('id="other-cards"')[0]
        keys = {
            seat.mark.public_id: seat.key
            for seat in Seat.unsealed.filter(case__key="alder").select_related("mark")
        }
        return [keys[number] for number in re.findall(r'<li id="seat-(.{20})"', page)]

    hers = order("p-survivor")
    assert hers[0] == "cm"
    assert hers[-1] == "sv"
    assert hers.index("law") < hers.index("vw") < hers.index("det")
    for person, own in (("p-cm", "cm"), ("p-det", "det")):
        assert order(person)[-1] == own
        assert order(person)[:-1] == [key for key in hers if key in order(person) and key != own]


def test_a_duty_that_is_sent_twice_is_that_duty_and_no_other(stage: Stage) -> None:
    assert write(stage, "p-det", "det", duties=["uses_in_the_case"] * 2).status_code == 303
    assert stage.seat("alder", "det").duties == DUTY_BIT[Duty.USES_IN_THE_CASE]


def test_a_draft_that_comes_too_late_is_given_back(stage: Stage) -> None:
    """Its holder wrote the card meanwhile: it is theirs alone now."""
    words = {"does": "What I typed.", "does_not": "What else.", "called": "As they say it."}
    typed = filled(stage, "p-cm", "det", **words)
    assert write(stage, "p-det", "det").status_code == 303
    answer = stage.browser("p-cm").post(url(stage, "det"), typed)
    assert answer.status_code == 403
    assert [text in answer.content.decode() for text in words.values()] == [True] * 3
