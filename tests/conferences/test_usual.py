"""What a role usually does: the usual words, those of a task force, and what a seat says beside its name."""

import re
from html import unescape
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conferences.usual.models import WORDS, UsualCard
from conferences.usual.panels import usual_in, usually
from tests.cast import Stage, said
from workspace.disclosure.labels import DUTY_BIT, EVERY_DUTY, Duty
from workspace.disclosure.models import Case
from workspace.disclosure.policy import Role
from workspace.people.models import TaskForce, public_id
from workspace.record.models import Event

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def test_every_role_has_usual_words_in_every_language_and_nobody_is_promised_too_much() -> None:
    assert list(usually()) == list(Role)
    for role, cards in usually().items():
        assert [card.language for card in cards] == LANGUAGES, role
        assert len({card.duties for card in cards}) == 1
        assert cards[0].duties <= EVERY_DUTY
        for card in cards:
            assert all(getattr(card, name).strip() == getattr(card, name) != "" for name in WORDS), role
            assert "!" not in "".join(getattr(card, name) for name in WORDS)


def test_a_task_force_speaks_for_itself_and_for_no_other(stage: Stage) -> None:
    own = TaskForce.objects.get()
    other = TaskForce.objects.create(
        key="other", name="Other", time_zone="UTC", language="en", anchor=stage.at
    )
    for language in LANGUAGES:
        UsualCard.objects.create(
            task_force=own, role="shelter", language=language, does=f"wown{language}", duties=1
        )
    case = Case.objects.filter(task_force=own)[0]
    theirs = Case.objects.create(
        task_force=other, holding_agency=case.holding_agency, key="theirs", code_name="X", opened=case.opened
    )
    with CaptureQueriesContext(connection) as asked:
        found = usual_in(case.pk)
    assert len(asked) == 1
    assert [(card.language, card.does, card.duties) for card in found.of("shelter")] == [
        ("en", "wownen", 1),
        ("es", "wownes", 1),
    ]
    assert usual_in(theirs.pk).of("shelter") == usually()["shelter"]
    assert found.of("counsel") == usually()["counsel"]


URL = "/cards/14/"  # the interpreter's


def sent(stage: Stage, person: str = "p-cm", url: str = URL, **given: Any) -> dict[str, Any]:
    """The form as it stands, with these words."""
    page = stage.client(person).get(url).content.decode()
    stands = dict(re.findall(r'<textarea name="([\w-]+)"[^>]*>\n([^<]*)</textarea>', page))
    hidden = dict(re.findall(r'<input type="hidden" name="(usual-\w+)" value="([\w-]+)"', page))
    duties = re.findall(r'value="(\w+)"[^>]* checked', page)
    assert len(stands) == len(WORDS) * len(LANGUAGES)
    return {
        **{name: unescape(text) for name, text in stands.items()},
        **hidden,
        "usual-duties": duties,
        **{f"usual-{name.replace('__', '-')}": text for name, text in given.items()},
    }


def own(role: str = "interpreter") -> dict[str, tuple[str, int]]:
    found = UsualCard.objects.filter(role=role).values_list("language", "does", "duties")
    return {language: (does, duties) for language, does, duties in found}


def test_what_is_kept_is_said_from_then_on_and_a_form_sent_twice_keeps_it_once(stage: Stage) -> None:
    browser = stage.client("p-adv")
    given = sent(stage, "p-adv", en__does=" wown ", es__does="wpropia", duties=["confidential"])
    for _press in range(2):
        answer = browser.post(URL, given)
        assert (answer.status_code, answer["Location"]) == (303, f"{URL}?kept")
        assert own() == {
            "en": ("wown", DUTY_BIT[Duty.CONFIDENTIAL]),
            "es": ("wpropia", DUTY_BIT[Duty.CONFIDENTIAL]),
        }
        assert Event.objects.filter(verb="usual_card_changed").count() == 1
    assert own("counsel") == {}
    assert "wown" in said(browser.get("/cards/"))
    card = stage.client("p-sup").get(URL).content.decode()
    assert "wpropia" in card
    assert re.findall(r'value="(\w+)"[^>]* checked', card) == ["confidential"]


def test_the_board_leads_there_those_who_may(stage: Stage) -> None:
    board = f"/cases/{stage.ids['/cases/0']}/roles/"
    for person, leads in (("p-cm", True), ("p-sup", True), ("p-survivor", False), ("p-law", False)):
        assert ('href="/cards/"' in stage.client(person).get(board).content.decode()) == leads, person


def test_what_is_usual_anyway_is_not_kept(stage: Stage) -> None:
    for url in (URL, "/cards/1/", "/cards/11/"):
        given = sent(stage, url=url)
        assert stage.client("p-cm").post(url, given).status_code == 303
    assert not UsualCard.objects.exists()
    assert not Event.objects.filter(verb="usual_card_changed").exists()


def test_empty_it_goes_back_to_the_usual_words(stage: Stage) -> None:
    browser = stage.client("p-cm")
    assert "as-usual" not in said(browser.get(URL))
    browser.post(URL, sent(stage, en__does="wown"))
    assert own()
    page = said(browser.get(URL))
    back = page.partition('id="as-usual"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'name="(usual-\w+)" value="([\w-]+)"', back))
    assert set(hidden) == {"usual-key", "usual-seen"}
    assert browser.post(URL, hidden).status_code == 303
    assert own() == {}
    assert usually()["interpreter"][1].does in said(browser.get(URL))


def test_of_two_who_change_a_card_at_once_the_second_is_told_and_loses_nothing(stage: Stage) -> None:
    mine, theirs = sent(stage, en__does="mine"), sent(stage, "p-next-cm", en__does="theirs")
    assert stage.client("p-next-cm").post(URL, theirs).status_code == 303
    answer = stage.client("p-cm").post(URL, mine)
    page = said(answer)
    assert answer.status_code == 409
    assert "Somebody changed this in the meantime." in page
    assert "theirs" in page.partition('id="as-it-is"')[2].partition("</section>")[0]
    assert ">\nmine</textarea>" in page
    assert own()["en"][0] == "theirs"
    fresh = dict(re.findall(r'<input type="hidden" name="(usual-\w+)" value="([\w-]+)"', page))
    assert stage.client("p-cm").post(URL, mine | fresh).status_code == 303
    assert own()["en"][0] == "mine"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"usual-es-does": "\0 \u200b"}, "Say this in every language, or in none."),
    ({"usual-en-private": ""}, "Say this in every language, or in none."),
    ({f"usual-{code}-{name}": "" for code in LANGUAGES for name in WORDS}, "Say at least what"),
    ({"usual-en-does": "x" * 1001}, "This is too long. Say it in fewer words."),
    ({"usual-duties": ["nonsense"]}, "errorlist"),
]


def test_what_is_wrong_with_a_card_is_said_and_changes_nothing(stage: Stage) -> None:
    given, browser = sent(stage, en__does="still typed"), stage.client("p-cm")
    for wrong, sentence in WRONG:
        answer = browser.post(URL, given | wrong)
        assert answer.status_code == 422, wrong
        assert sentence in said(answer), wrong
    assert not UsualCard.objects.exists()


def test_whoever_plans_no_meetings_finds_no_cards_and_a_role_nobody_knows_is_the_same(stage: Stage) -> None:
    given = sent(stage, en__does="typed")
    for person in ("p-det", "p-survivor", "p-shelter", "p-nowhere"):
        browser = stage.client(person)
        assert browser.post(URL, given | {"usual-key": public_id()}).status_code == 404
        assert browser.get(URL).content == browser.get(f"/cards/{len(Role) + 1}/").content
    assert not UsualCard.objects.exists()


def test_every_case_of_the_task_force_hears_of_it_once_and_only_when_something_changed(stage: Stage) -> None:
    before = dict(Case.objects.values_list("pk", "version"))
    stage.client("p-cm").post(URL, sent(stage))
    assert dict(Case.objects.values_list("pk", "version")) == before
    stage.client("p-cm").post(URL, sent(stage, en__does="wown"))
    assert dict(Case.objects.values_list("pk", "version")) == {
        pk: version + 1 for pk, version in before.items()
    }


def test_the_pages_of_the_cards_take_as_many_queries_whatever_is_kept(stage: Stage) -> None:
    browser, counts = stage.client("p-cm"), []
    for _round in range(2):
        for url in ("/cards/", URL):
            browser.get(url)
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(url).status_code == 200
            counts.append(len(asked))
        browser.post(URL, sent(stage, en__does="wown"))
    assert counts == [6, 7] * 2
