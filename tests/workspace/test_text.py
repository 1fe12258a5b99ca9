"""What somebody typed: kept as it was meant, shown as safe HTML."""

import random
import re

import pytest

from workspace import text
from workspace.text import cleaned, prose


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("  around  ", "around"),
        ("tab\tstays", "tab\tstays"),
        ("nul\x00esc\x1bdel\x7f", "nulescdel"),
        ("turned \u202eround\u2066", "turned round"),
        ("niño — señora’s עברית 中文 👍🏽", "niño — señora’s עברית 中文 👍🏽"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("", ""),
    ],
)
def test_texts_are_kept_without_what_cannot_be_seen(typed: str, kept: str) -> None:
    assert cleaned(typed) == kept
    assert cleaned(kept) == kept


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("*a* and **b**", "<p><em>a</em> and <strong>b</strong></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b", '<ol>\n<li value="1">a</li>\n<li value="2">b</li>\n</ol>'),
        ("12. a\n14. b", '<ol start="12">\n<li value="12">a</li>\n<li value="14">b</li>\n</ol>'),
        ("# not a heading", "<p># not a heading</p>"),
        ("`code`", "<p>`code`</p>"),
        ("> said", "<p>&gt; said</p>"),
    ],
)
def test_the_subset_of_markdown(text: str, html: str) -> None:
    assert prose(text).strip() == html


def test_links_say_nothing_to_where_they_lead() -> None:
    html = prose("[the office](https://example.org/a?b=c&d=e)")
    assert 'href="https://example.org/a?b=c&amp;d=e"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![picture](https://example.org/p.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg/onload=alert(1)>",
        "<style>*{display:none}</style>",
        '[x](https://example.org "onmouseover=alert(1)")',
        "<iframe src=//example.org></iframe>",
        "</section><form action=//example.org>",
        '[x](https://example.org/"onclick="alert(1))',
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "<!-- --!><script>alert(1)</script>",
    ],
)
def test_html_is_shown_as_text_and_nothing_runs(text: str) -> None:
    tags = prose(text).lower().replace("&lt;", " ").split("<")[1:]
    names = {tag.split(">")[0].split()[0].strip("/") for tag in tags}
    assert names <= {"p", "a", "br"}
    for tag in tags:
        inside = tag.partition(">")[0]
        assert " on" not in inside
        assert "javascript:" not in inside
        assert "data:" not in inside
        assert "style" not in inside


def test_lists_in_lists_are_found_wherever_they_begin() -> None:
    plain = re.compile(rf"(?:\s*(?:[-+*]|\d{{1,9}}[.)])[ \t]){{{text.DEEPEST},}}")
    chance, found = random.Random(0), 0
    signs = [" ", " ", "\t", "\n", "-", "- ", "* ", "1. ", "12) ", "x", "1"]
    for _ in range(20_000):
        written = "".join(chance.choices(signs, [3, 1, 1, 1, 1, 6, 6, 6, 2, 1, 1], k=40))
        assert bool(text._MARKERS.search(written)) == bool(plain.search(written)), repr(written)
        found += bool(plain.search(written))
    assert 1000 < found < 19_000


@pytest.mark.parametrize("sign", ["[", "[[](", "![", " ", "\n", "\t", "*", "_", "1. ", "- "])
def test_a_text_full_of_one_sign_is_shown(sign: str) -> None:
    written = "x" + sign * (10_000 // len(sign)) + "x"
    assert prose(written).count("x") == 2
