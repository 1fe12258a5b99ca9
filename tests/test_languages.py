"""Whatever a person reads goes through gettext, every catalogue is whole, and each reader gets their own language."""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation.template import templatize

from conferences.roles.panels import initials
from tests.cast import Clock, Stage, crawl
from workspace.people.changes import find_person, sign_in_link
from workspace.text import prose

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("workspace", "conferences", "agendas")
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.*"))
HEADER = {
    "Project-Id-Version": "case-conference-workspace",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
}
PLURALS = {"es": "nplurals=2; plural=(n != 1);"}
# Words that are the same in both languages: as translations, and where a page shows them.
SAME = {"es": {"Agenda", "plan"}}
SAME_ON_PAGES = {"English", "Español", "EST", "EDT", "UTC"}  # languages by their own names; time zones
# What is printed for the survivor is in her language, whoever prints it; tests/agendas/test_leaflet.py and
# tests/agendas/test_plan_paper.py read that.
FOR_HER = re.compile(r'<article class="(?:names|list)".*?</article>', re.DOTALL)
ARGUMENTS = {
    "gettext": ("text",),
    "ngettext": ("text", "plural"),
    "pgettext": ("context", "text"),
    "npgettext": ("context", "text", "plural"),
}
LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(?:_|n?p?gettext)\((?:{LITERAL}|count|[,\s])*\)")
KEPT_AS_IT_IS = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}|</?\w[^>]*>|&\w+;|\n")
READ_OUT = re.compile(
    r"aria-(label|description|valuetext)|title|placeholder|alt|label|hx-(confirm|prompt)|data-.*"
)
# Attributes that speak to the script and the stylesheet, never to a person.
FOR_MACHINES = {"data-item", "data-key", "data-kind", "data-status", "data-when"}
FORM = re.compile(r'action="(/[^"]+/(?:notes|releases|seats|conferences|schedule|template)/)"')


class Message(NamedTuple):
    """What a catalogue is asked for."""

    text: str
    plural: str = ""
    context: str = ""


class Texts(HTMLParser):
    """What is read of a page: whole text nodes, parted at their dots, and the attributes that are read out or shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        for part in data.split("·"):
            text = " ".join(part.split()).strip(" :,()–")
            if any(letter.isalpha() for letter in text):
                self.found.add(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if READ_OUT.fullmatch(name) and name not in FOR_MACHINES:
                self.handle_data(value or "")


def in_python(source: str) -> Iterator[Message]:
    """What this code asks gettext for. A text put together at run time could not be looked up: ValueError."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
            parts = ARGUMENTS.get("gettext" if name == "_" else re.sub("_(lazy|noop)$", "", name), ())
            if parts:
                given = [ast.literal_eval(argument) for argument in call.args[: len(parts)]]
                yield Message(**dict(zip(parts, given, strict=True)))


def in_template(source: str) -> Iterator[Message]:
    """What this template asks gettext for."""
    for call in CALL.finditer(templatize(source)):
        yield from in_python(call[0])


def asked_for() -> set[Message]:
    """Every text of the project that has to be in a catalogue."""
    code = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    return {message for path in code for message in in_python(path.read_text())} | {
        message for path in TEMPLATES for message in in_template(path.read_text())
    }


def untranslatable(source: str) -> set[str]:
    """The texts of this template that stand outside every tag that could translate them."""
    page, inside = "", False
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.BLOCK and re.match(
            "blocktrans|comment|endblocktrans|endcomment", token.contents
        ):
            inside = not token.contents.startswith("end")
        page += token.contents if token.token_type is TokenType.TEXT and not inside else " "
    return Texts(page).found


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "workspace" / "locale" / language / "LC_MESSAGES" / "django.po"))


def message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural, entry.msgctxt or "")


def faults(entry: polib.POEntry, plurals: int = 2) -> list[str]:
    """What is wrong with this entry of a catalogue."""
    originals = [entry.msgid, *[entry.msgid_plural] * (plurals - 1)] if entry.msgid_plural else [entry.msgid]
    given = [entry.msgstr_plural.get(number, "") for number in range(plurals)]
    pairs = list(zip(originals, given if entry.msgid_plural else [entry.msgstr], strict=True))
    wrong = {
        "fuzzy": entry.fuzzy,
        "obsolete": entry.obsolete,
        "not translated": not all(text.strip() for _, text in pairs),
        "other placeholders, tags or lines": any(kept(one) != kept(other) for one, other in pairs),
        "other spaces at the ends": any(ends(one) != ends(other) for one, other in pairs),
        "other first letter": any(begins_large(one) != begins_large(other) for one, other in pairs),
    }
    return [f"{entry.msgid!r}: {what}" for what, found in wrong.items() if found]


def kept(text: str) -> list[str]:
    return sorted(KEPT_AS_IT_IS.findall(text))


def ends(text: str) -> tuple[bool, bool]:
    return text != text.lstrip(), text != text.rstrip()


def begins_large(text: str) -> bool:
    return next((letter.isupper() for letter in KEPT_AS_IT_IS.sub("", text) if letter.isalpha()), False)


def either_case(words: set[str]) -> set[str]:
    """The words as they are, and as they stand at the beginning of a line."""
    return words | {capfirst(word) for word in words}


def body(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def root_of(page: str) -> str:
    """The page's own word on its language."""
    return page[page.index("<html") : page.index(">", page.index("<html")) + 1]


@pytest.fixture
def demonstration(db: None, clock: Clock) -> Stage:
    return Stage(json.loads((ROOT / "agendas" / "casefile" / "harbor.json").read_text()), clock)


def reader(stage: Stage, person: str | None, language: str) -> Client:
    """A browser in which this language was pressed first, and then, for a person, the button to come in."""
    browser = Client()
    browser.post("/language/", {"language": language})
    if person is not None:
        browser.post(sign_in_link(find_person(person)))
    return browser


def read(stage: Stage, person: str | None, language: str) -> dict[str, str]:
    """Everything this reader meets: all pages from the start page on, refused forms, and what is met at the door."""
    browser = reader(stage, person, language)
    pages = {url: said.split("\n\n", 1)[1] for url, said in crawl(browser).items()}
    for url in {found for page in pages.values() for found in FORM.findall(page)}:
        pages[f"POST {url}"] = body(browser.post(url))
    for url in ("/leave/", "/nowhere/", "/sign-in/nonsense/", sign_in_link(find_person("dana"))):
        pages[re.sub("[^/]{30,}", "token", url)] = body(browser.get(url))
    pages["PUT /language/"] = body(browser.put("/language/"))
    for word in ("nonsense", "too much" * 40_000):
        pages[f"POST {word[:8]}"] = body(browser.post("/language/", {"language": word}))
    return pages


def strings(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_every_text_of_the_project_once_and_no_other(language: str) -> None:
    held = [message_of(entry) for entry in catalogue(language)]
    assert set(held) - asked_for() == set(), "nobody asks for these any more"
    assert asked_for() - set(held) == set(), "these have to be translated"
    assert len(held) == len(set(held))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_translated_and_sound(language: str) -> None:
    entries = catalogue(language)
    assert [fault for entry in entries for fault in faults(entry)] == []
    assert {entry.msgid for entry in entries if entry.msgid == entry.msgstr} == SAME[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_names_its_language_and_nobody(language: str) -> None:
    held = {name: value for name, value in catalogue(language).metadata.items() if value}
    wanted = {**HEADER, "Language": language, "Plural-Forms": PLURALS[language]}
    assert held == wanted, "makemessages writes a date; take it out again"


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"msgid": "One", "msgstr": ""}, "not translated"),
        ({"msgid": "One", "msgstr": "Uno", "flags": ["fuzzy"]}, "fuzzy"),
        ({"msgid": "One", "msgstr": "Uno", "obsolete": True}, "obsolete"),
        (
            {"msgid": "%(n)s day", "msgid_plural": "%(n)s days", "msgstr_plural": {0: "%(n)s día"}},
            "not translated",
        ),
        ({"msgid": "Open %(kind)s", "msgstr": "Abrir %(clase)s"}, "placeholders"),
        ({"msgid": "<b>One</b>", "msgstr": "<b>Uno"}, "tags"),
        ({"msgid": "One\ntwo", "msgstr": "Uno dos"}, "lines"),
        ({"msgid": "One ", "msgstr": "Uno"}, "spaces"),
        ({"msgid": "who?", "msgstr": "¿Quién?"}, "first letter"),
    ],
)
def test_a_broken_entry_is_noticed(broken: dict[str, Any], fault: str) -> None:
    assert fault in " ".join(faults(polib.POEntry(**broken)))


def test_texts_are_found_as_gettext_finds_them() -> None:
    asked = "_('a' 'b'), gettext_lazy('c'), translation.ngettext('d', 'e', 2), pgettext_lazy('f', 'g')"
    assert set(in_python(asked)) == {
        Message("ab"),
        Message("c"),
        Message("d", "e"),
        Message("g", context="f"),
    }
    page = (
        "{% translate \"It's 1 %\" %}{{ _('x')|upper }}{# _('no') #}{% comment %}_('no'){% endcomment %}"
        "{% blocktranslate count n=n %}{{ n }} y{% plural %}{{ n }} z{% endblocktranslate %}"
    )
    assert set(in_template(page)) == {Message("It's 1 %%"), Message("x"), Message("%(n)s y", "%(n)s z")}
    with pytest.raises(ValueError, match="malformed"):
        list(in_python("_(f'{name} is here')"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_no_text_of_a_template_stands_outside_a_translating_tag(path: Path) -> None:
    assert untranslatable(path.read_text()) == set()


@pytest.mark.parametrize(
    "planted",
    [
        "<p>{{ name }} is here</p>",
        "<p>{% if x %}yes{% endif %}</p>",
        "<a aria-label='Start'></a>",
        "<p data-live='{% if x %}Live{% endif %}'></p>",
        "yes{% comment %}no{% endcomment %}",
    ],
)
def test_a_text_outside_a_translating_tag_is_noticed(planted: str) -> None:
    assert len(untranslatable(planted)) == 1
    assert (
        untranslatable(f"{{% blocktranslate %}}{planted}{{% endblocktranslate %}}<i data-kind='note'>: ·</i>")
        == set()
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("person", [None, "dana", "marisol"])
def test_no_page_of_the_demonstration_is_left_in_english(
    demonstration: Stage, person: str | None, language: str
) -> None:
    # In every language on every page: what people wrote, the usual cards in the form for them, and initials.
    usual = json.loads((ROOT / "conferences" / "usual" / "usual.json").read_text())
    written = [*strings(demonstration.casefile), *strings(usual)]
    data = {text for raw in written for text in (raw, *Texts(prose(raw)).found)}
    data |= {initials(person["name"]) for person in demonstration.casefile["people"]}
    with translation.override(language):
        english = {
            entry.msgid for entry in catalogue(language) if translation.gettext(entry.msgid) != entry.msgid
        }
    theirs, ours = (
        {url: FOR_HER.sub("", page) for url, page in read(demonstration, person, each).items()}
        for each in (language, "en")
    )
    assert theirs.keys() == ours.keys()
    for url, page in theirs.items():
        assert root_of(page) == f'<html lang="{language}" dir="ltr">', url
        assert root_of(ours[url]) == '<html lang="en" dir="ltr">', url
        texts = {text for text in Texts(page).found if not any(text in known for known in data)}
        assert texts & either_case(english) == set(), url
        assert texts & Texts(ours[url]).found <= either_case(SAME[language]) | SAME_ON_PAGES, url


def test_a_page_reads_from_the_right_where_its_language_does() -> None:
    with translation.override("ar"):
        assert root_of(render_to_string("workspace/error.html")) == '<html lang="ar" dir="rtl">'


def test_the_language_chosen_before_signing_in_stays_with_the_person(demonstration: Stage) -> None:
    assert 'lang="en"' in root_of(body(demonstration.client("dana").get("/")))
    browser = reader(demonstration, None, "es")
    assert 'lang="es"' in root_of(body(browser.get("/")))
    browser.post(sign_in_link(find_person("dana")))
    elsewhere = demonstration.client("dana")
    for page in (browser.get("/"), elsewhere.get("/")):
        assert 'lang="es"' in root_of(body(page))
        assert page["Content-Language"] == "es"
    elsewhere.post("/language/", {"language": "en"})
    assert 'lang="en"' in root_of(body(browser.get("/")))


def test_who_reads_a_language_without_a_catalogue_gets_pages_that_say_they_are_english(
    demonstration: Stage,
) -> None:
    assert find_person("anh").language not in dict(settings.LANGUAGES)
    assert root_of(body(demonstration.client("anh").get("/"))) == '<html lang="en" dir="ltr">'
