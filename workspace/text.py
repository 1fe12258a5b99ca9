"""Markdown to safe HTML: paragraphs, emphasis, lists and links. The only user of bleach.

bleach says of itself that it is no longer maintained; nh3 stands behind it, so that a hole in one is closed
by the other.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import bleach
import nh3
from django.utils.html import linebreaks
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

TAGS = frozenset({"p", "br", "em", "strong", "ul", "ol", "li", "a"})
ATTRIBUTES = {"a": ["href"], "ol": ["start"], "li": ["value"]}
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})
DEEPEST = 12
MOST_BRACKETS = 200
_MARKDOWN = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True, "maxNesting": 100}).enable(
    ["paragraph", "emphasis", "list", "link", "newline", "escape", "text", "balance_pairs", "fragments_join"]
)
# Control characters and the marks that turn the direction of a text around can make a line read as what it is
# not.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# It begins where no blank stands before it and gives no blank back, or a page of blanks would take a second.
_MARKERS = re.compile(rf"(?<!\s)(?:\s*+(?:[-+*]|\d{{1,9}}[.)])[ \t]){{{DEEPEST},}}")


def cleaned(text: str) -> str:
    """What somebody typed, as it is kept: one kind of line end, no unseen control characters, no space around
    it; nothing at all where there is nothing to see."""
    kept = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return kept if any(unicodedata.category(sign)[0] not in "CZ" for sign in kept) else ""


@lru_cache(maxsize=4096)
def prose(text: str) -> SafeString:
    """The HTML of a text somebody wrote. HTML inside it is shown as text, and a number stays the number typed."""
    if _MARKERS.search(text) or _deeply_indented(text) or text.count("[") > MOST_BRACKETS:
        # A parser gives up on lists in lists in lists, and what it gives up on would not be shown. With links that
        # never end it takes longer than anybody would wait.
        return SafeString(linebreaks(text, autoescape=True))
    html = bleach.clean(_MARKDOWN.render(text), tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS)
    return SafeString(
        nh3.clean(
            html,
            tags=set(TAGS),
            attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()},
            url_schemes=set(PROTOCOLS),
            link_rel="noopener noreferrer nofollow",
        )
    )


def _deeply_indented(text: str) -> bool:
    return any(len(line) - len(line.lstrip()) > 2 * DEEPEST for line in text.expandtabs(4).split("\n"))


def _numbered(renderer: Any, tokens: Any, place: int, options: Any, environment: Any) -> str:
    # Markdown counts on from a list's first number; "12 … 14" are bus lines, and stay 12 and 14.
    if tokens[place].info:
        tokens[place].attrSet("value", tokens[place].info)
    return str(renderer.renderToken(tokens, place, options, environment))


_MARKDOWN.add_render_rule("list_item_open", _numbered)
