"""One line that says who does what by when, in English or Spanish: what of it is understood. Nothing is made of it
here; what is not understood stays as it was typed."""

import re
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from unicodedata import combining, normalize

WEEKDAYS = (
    ("monday", "mon", "lunes"),
    ("tuesday", "tues", "tue", "martes"),
    ("wednesday", "wed", "miercoles"),
    ("thursday", "thurs", "thur", "thu", "jueves"),
    ("friday", "fri", "viernes"),
    ("saturday", "sat", "sabado"),
    ("sunday", "sun", "domingo"),
)
MONTHS = (
    ("january", "jan", "enero", "ene"),
    ("february", "feb", "febrero"),
    ("march", "mar", "marzo"),
    ("april", "apr", "abril", "abr"),
    ("may", "mayo"),
    ("june", "jun", "junio"),
    ("july", "jul", "julio"),
    ("august", "aug", "agosto", "ago"),
    ("september", "sept", "sep", "septiembre", "setiembre"),
    ("october", "oct", "octubre"),
    ("november", "nov", "noviembre"),
    ("december", "dec", "diciembre", "dic"),
)
NUMBERS = {
    **dict.fromkeys(("a", "an", "one", "un", "una"), 1),
    **dict.fromkeys(("two", "dos"), 2),
    **dict.fromkeys(("three", "tres"), 3),
    **dict.fromkeys(("four", "cuatro"), 4),
    **dict.fromkeys(("five", "cinco"), 5),
    **dict.fromkeys(("six", "seis"), 6),
    **dict.fromkeys(("ten", "diez"), 10),
}
WEEKDAY = {word: number for number, words in enumerate(WEEKDAYS) for word in words}
MONTH = {word: number for number, words in enumerate(MONTHS, 1) for word in words}
# What joins names, or stands before many of them.
JOINING = {
    *("de", "del", "la", "las", "el", "los", "y", "e", "da", "do", "dos", "das", "di", "du"),
    *("van", "von", "der", "den", "ten", "ter", "bin", "ibn", "al"),
}
TITLES = {
    *("ms", "mrs", "mr", "mx", "dr", "sr", "sra", "srta", "dra", "officer", "detective", "agent", "sergeant"),
    *("senor", "senora", "senorita", "doctor", "doctora", "agente", "licenciada", "licenciado"),
}


def _any(words: Collection[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_YEAR = r"(?:,?\s+(?:de\s+|del\s+)?(?P<{0}>2\d{{3}}))?"
_DAYS = rf"""
    (?P<next_meeting> (?:next|proxima|siguiente) \s+ (?:case\s+)? (?:meeting|conference|time|reunion|conferencia|vez)
        | (?:reunion|conferencia) \s+ (?:que\s+viene|proxima|siguiente) )
  | (?P<after_tomorrow> day\s+after\s+tomorrow | pasado\s+manana )
  | (?P<today> today | tonight | hoy | esta\s+noche )
  | (?P<tomorrow> tomorrow | manana )
  | (?:(?P<which> this|next|coming|este|proximo) \s+)? (?P<weekday> {_any(WEEKDAY)} )
        (?:\s+que\s+viene|\s+proximo)?
  | (?P<month> {_any(MONTH)} )\.? \s+ (?P<month_day> \d{{1,2}} )(?:st|nd|rd|th)? {_YEAR.format("month_year")}
  | (?P<day> \d{{1,2}} )(?:st|nd|rd|th)? \s+ (?:of\s+|de\s+)? (?P<day_month> {_any(MONTH)} )\.?
        {_YEAR.format("day_year")}
  | (?P<iso> 2\d{{3}}-\d{{2}}-\d{{2}} )
  | (?P<one> \d{{1,2}} ) (?P<mark> [/.] ) (?P<two> \d{{1,2}} ) (?: (?P=mark) (?P<numbers_year> 2\d{{3}}|\d\d ) | \. )?
  | (?P<nth> \d{{1,2}} )(?:st|nd|rd|th)
  | (?: dia\s+ ) (?P<dia> \d{{1,2}} )
  | (?P<next_week> (?:end\s+of\s+)?next\s+week | proxima\s+semana | semana\s+que\s+viene )
  | (?P<end_of> end\s+of\s+(?:(?:the|this)\s+)?(?:week|(?P<month_ends>month))
        | (?:a\s+)?fin(?:al|ales)?\s+(?:de\s+(?:la|esta)\s+semana | (?P<mes>de\s+(?:este\s+)?mes|del\s+mes)) )
  | (?P<within> in|within|en|dentro\s+de ) \s+ (?P<count> \d{{1,2}}|{_any(NUMBERS)} ) \s+
        (?P<unit> days?|dias?|weeks?|semanas? )
"""
_BY = r"no\s+later\s+than|not\s+later\s+than|a\s+mas\s+tardar|due\s+by|by|until|till|due|hasta|para|before|antes\s+de"
_SAID = re.compile(
    rf"(?<![\w'’])(?:(?P<by>{_BY}|antes\s+del|on|el)\s+(?=\S))?"
    rf"(?:the\s+|our\s+|el\s+|la\s+|nuestra\s+)?(?:{_DAYS})(?![\w'’/]|\.\d)",
    re.VERBOSE,
)
# What a day stands after where it is no day by which something is done.
_NOT_AFTER = {
    *(
        "for",
        "of",
        "from",
        "since",
        "about",
        "after",
        "with",
        "at",
        "last",
        "every",
        "each",
        "this",
        "that",
        "de",
    ),
    *(
        "del",
        "desde",
        "sobre",
        "tras",
        "cada",
        "los",
        "la",
        "las",
        "con",
        "por",
        "en",
        "pasado",
        "ultimo",
        "ese",
    ),
}
_ONLY_ABBREVIATED = {"mon", "tue", "wed", "thu", "sat", "sun", "fri", "tues", "thur", "thurs"}
# What says more of the day than a date can: then the words stay where they are.
_MORE = re.compile(
    r"\s+(?:morning|afternoon|evening|night|noon|midday|eod|at\b|around\b|\d|por\s+la|en\s+la|al\s+mediodia|a\s+las?\b)"
)
_ME = re.compile(r"(?:i|yo|me|myself)\b(?!['’](?:m|d)\b)|voy\s+a\b")
_DOES = re.compile(
    r"['’]ll\s+|\s*[:,–—-]\s*|\s+(?:(?:will|shall|is\s+going\s+to|is\s+to|am\s+going\s+to|are\s+going\s+to|are\s+to|to|has\s+to|have\s+to"
    r"|va\s+a|van\s+a|vamos\s+a|voy\s+a|tiene\s+que|tienen\s+que|tenemos\s+que|tengo\s+que)\s+)?"
)
# What stands between the names of people who do it together; after a comma or a "with" it may be something else.
_AND = re.compile(r"(?:\s*,)?\s+(?P<and>and|y|e|&)\s+|\s*,\s*|\s+(?:together\s+with|with|junto\s+con|con)\s+")
# Who does it is still to be said where one or another is named.
_OR = re.compile(r"\s*/\s*|\s+(?:(?:and/|y/)?(?:or|o)|u)\s+")
_AROUND = " \t,;:–—-"
ROLLS_OVER = timedelta(days=200)  # a day without a year that is further off was meant in the past


@dataclass(frozen=True)
class Understood:
    """`what`: what is to be done, in the words that were typed. `who`: the key of the person, or nothing. `helping`:
    those who were named along with them. `due`: the day by which, or `by_next`: by the next meeting."""

    what: str
    who: str = ""
    due: date | None = None
    by_next: bool = False
    helping: tuple[str, ...] = ()


def understood(
    line: str, people: Mapping[str, Collection[str]], *, me: str, today: date, day_first: bool = False
) -> Understood:
    """What is understood of a line. `people`: the names that each person is known by; a name that could be two people's
    is nobody's. `me`: who types. `day_first`: whether 4/12 is in December."""
    line = " ".join(line.split())
    due, by_next, rest = _when(line, today, day_first=day_first)
    who, helping, what = _who(rest, people, me)
    what = what.strip(_AROUND).rstrip(f"{_AROUND}.!")
    return Understood(what[:1].upper() + what[1:], who, due, by_next, helping)


def _plain(text: str) -> str:
    """In small letters without accents, each letter where it was. What is no letter with accents stays as it is: of a
    syllable that is written in one sign, the first sound alone would be many syllables at once."""
    return "".join(map(_folded, text))


def _folded(each: str) -> str:
    parts = normalize("NFKD", each)
    found = parts[0].lower() if all(map(combining, parts[1:])) else each
    return found if len(found) == 1 else each


def _when(line: str, today: date, *, day_first: bool) -> tuple[date | None, bool, str]:
    """The day, whether it is the next meeting, and the line without it."""
    for said in reversed(list(_found(_plain(line)))):
        due = None if said["next_meeting"] else _day(said, today, day_first=day_first)
        if due is None and not said["next_meeting"]:
            continue
        if said["by"] and due and said["by"].startswith(("before", "antes")):
            due -= timedelta(days=1)
        if due and due < today:
            continue
        if _MORE.match(_plain(line), said.end()):
            return due, due is None, line
        rest = f"{line[: said.start()].rstrip(_AROUND)} {line[said.end() :].lstrip(_AROUND)}"
        return due, due is None, rest.strip()
    return None, False, line


def _found(plain: str) -> Iterator[re.Match[str]]:
    for said in _SAID.finditer(plain):
        before = re.findall(r"\w+", plain[: said.start()])[-1:]
        strong = said["by"] not in (None, "on", "el")
        last = not plain[said.end() :].strip(" .!")
        if said["weekday"] in _ONLY_ABBREVIATED and not said["by"]:
            continue
        if (said["one"] or said["nth"] or said["dia"]) and not said["by"]:
            continue
        if strong or (last and not (before and before[0] in _NOT_AFTER)):
            yield said


def _day(said: re.Match[str], today: date, *, day_first: bool) -> date | None:
    """The day that was meant, if there is one."""
    if said["today"]:
        return today
    if said["tomorrow"] or said["after_tomorrow"]:
        return today + timedelta(days=1 if said["tomorrow"] else 2)
    if said["next_week"]:
        # What is to be done in a week is to be done while people are at work.
        return _weekday(WEEKDAY["friday"], "next", today)
    if said["end_of"] and (said["month_ends"] or said["mes"]):
        return today.replace(day=monthrange(today.year, today.month)[1])
    if said["end_of"]:
        return _weekday(WEEKDAY["friday"], "this", today)
    if said["weekday"]:
        return _weekday(WEEKDAY[said["weekday"]], said["which"], today)
    if said["count"]:
        count = NUMBERS.get(said["count"]) or int(said["count"])
        return today + timedelta(weeks=count) if said["unit"][0] in "ws" else today + timedelta(days=count)
    if said["iso"]:
        year, month, day = map(int, said["iso"].split("-"))
        return _date(year, month, day)
    if said["nth"] or said["dia"]:
        return _of_the_month(int(said["nth"] or said["dia"]), today)
    return _in_month(said, today, day_first=day_first)


def _weekday(number: int, which: str | None, today: date) -> date:
    ahead = (number - today.weekday()) % 7
    if which == "next":
        # As most people say it: the one of the week that comes.
        return today + timedelta(days=7 - today.weekday() + number)
    return today + timedelta(days=ahead if ahead or which in ("this", "este") else 7)


def _of_the_month(day: int, today: date) -> date | None:
    this = _date(today.year, today.month, day)
    if this and this >= today:
        return this
    year, month = divmod(today.year * 12 + today.month, 12)
    return _date(year, month + 1, day)


def _in_month(said: re.Match[str], today: date, *, day_first: bool) -> date | None:
    if said["one"]:
        one, two = int(said["one"]), int(said["two"])
        # With dots the day comes first wherever it is written so; and there is no thirteenth month.
        first = day_first or said["mark"] == "." or one > 12
        day, month = (one, two) if first and two <= 12 else (two, one)
        year = said["numbers_year"]
    else:
        day, month = int(said["day"] or said["month_day"]), MONTH[said["day_month"] or said["month"]]
        year = said["day_year"] or said["month_year"]
    if year:
        return _date(int(year) + (0 if len(year) == 4 else 2000), month, day)
    this = _date(today.year, month, day)
    if this and this >= today:
        return this
    other = _date(today.year + 1, month, day)
    return other if other and other - today <= ROLLS_OVER else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _who(line: str, people: Mapping[str, Collection[str]], me: str) -> tuple[str, tuple[str, ...], str]:
    """Whose key it is, if the line begins with one person's name; whose, if others are named along with them; and the
    rest of it. Along with somebody who is not understood, the line stays whole; one or another is nobody yet."""
    found = _person(line, people, me)
    if found is None:
        return "", (), line
    who, end = found
    helping: dict[str, None] = {}
    while joined := _AND.match(_plain(line), end):
        found = _person(line[joined.end() :], people, me)
        if found is None and joined["and"]:
            return who, tuple(helping), line
        if found is None:
            break
        helping[found[0]] = None
        end = joined.end() + found[1]
    if (other := _OR.match(_plain(line), end)) and _person(line[other.end() :], people, me):
        return "", (), line
    return who, tuple(key for key in helping if key != who), _after(line, end)


def _person(line: str, people: Mapping[str, Collection[str]], me: str) -> tuple[str, int] | None:
    """Whose key it is, and where their name ends, if the line begins with one person's name."""
    plain = _plain(line)
    if own := _ME.match(plain):
        return me, own.end()
    words = list(re.finditer(r"[^\W_]+(?:-[^\W_]+)*", plain))[:6]
    skipped = 1 if words and words[0][0] in TITLES else 0
    for count in range(len(words), skipped, -1):
        if re.search(r"[^\w.\s-]", plain[: words[count - 1].end()]):
            continue
        said = [word[0] for word in words[skipped:count]]
        meant = {key for key, names in people.items() if any(_called(said, name) for name in names)}
        if len(meant) == 1 and not re.match(r"['’]s\b", plain[words[count - 1].end() :]):
            return meant.pop(), words[count - 1].end()
    return None


def _called(said: list[str], name: str) -> bool:
    """Whether somebody of this name is called so: by the whole of it, or by one or more words in it that follow each
    other. What only joins names, or stands before many of them, names nobody."""
    if JOINING.issuperset(said):
        return False
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", _plain(name))
    return any(words[start : start + len(said)] == said for start in range(len(words))) and len(said[0]) > 1


def _after(line: str, end: int) -> str:
    if does := _DOES.match(_plain(line), end):
        return line[does.end() :]
    return line[end:]
