"""A file with a fault is refused whole: every fault is said with its place, and no table gains a row."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agendas.casefile.check import check
from agendas.casefile.faults import FaultsError
from tests.agendas.casefile.files import GONE, HARBOR, changed, harbor, load, run, tables

WHOLE = "(whole file)"
RAW = HARBOR.read_bytes()
NAME = b'"name": "Marisol"'


def spoilt(text: bytes) -> bytes:
    """The example with another value for one name."""
    assert NAME in RAW
    return RAW.replace(NAME, b'"name": ' + text, 1)


UNREADABLE: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {WHOLE: "is not JSON"}),
    "bad JSON": (
        RAW.replace(b",", b";", 1),
        {WHOLE: "is not JSON: Expecting ',' delimiter at line 2, column 15."},
    ),
    "cut off": (RAW[: len(RAW) // 2], {WHOLE: "is not JSON"}),
    "more after the end": (RAW + b"{}", {WHOLE: "is not JSON: Extra data"}),
    "wrong encoding": (RAW.decode().encode("latin-1", "replace"), {WHOLE: "is not UTF-8: see byte"}),
    "UTF-16": (RAW.decode().encode("utf-16-be"), {WHOLE: "is not UTF-8"}),
    "UTF-16 of letters only": ("{}".encode("utf-16-le"), {WHOLE: "holds NUL bytes"}),
    "byte order mark": (b"\xef\xbb\xbf" + RAW, {WHOLE: "begins with a byte order mark"}),
    "NUL bytes": (RAW.replace(b"Marisol", b"Mari\0sol"), {WHOLE: "holds NUL bytes"}),
    "200 MB": (b" " * 200_000_000, {WHOLE: "is larger than 20 MB"}),
    "depth": (b"[" * 200_000 + b"]" * 200_000, {WHOLE: "is nested too deeply"}),
    "some depth": (b'{"casefile": ' + b"[" * 60 + b"]" * 60 + b"}", {"/casefile": "is nested too deeply"}),
    "the same name twice": (
        spoilt(b'"Marisol", "name": "Anybody", "key": "marisol"'),
        {"/people/0/key": "stands here more than once", "/people/0/name": "stands here more than once"},
    ),
    "not a number": (spoilt(b"NaN"), {"/people/0/name": "is no number"}),
    "infinite": (spoilt(b"-Infinity"), {"/people/0/name": "is no number"}),
    "too large to be finite": (spoilt(b"1e999"), {"/people/0/name": "is no number"}),
    "a number of thousands of digits": (
        spoilt(b"1" * 5000),
        {WHOLE: "holds a number of thousands of digits"},
    ),
    "NUL in a text": (spoilt(b'"Mari\\u0000sol"'), {"/people/0/name": "holds control characters"}),
    "an escape in a text": (spoilt(b'"Mari\\u001bsol"'), {"/people/0/name": "holds control characters"}),
    "text that turns around": (spoilt(b'"Mari\\u202esol"'), {"/people/0/name": "holds control characters"}),
    "half a character": (spoilt(b'"Mari\\ud800sol"'), {"/people/0/name": "holds half a character"}),
    "a list": (b"[]", {WHOLE: "must be an object."}),
    "an empty object": (b"{}", {WHOLE: 'lacks "cases".'}),
    "a strange name": (b'{"a~/\\u001b": 1,' + RAW[1:], {"/a~0~1\\u001b": "is nothing that belongs here."}),
}

Changes = dict[str, Any]
ACTION, SEAT, NOVEMBER = "/cases/0/actions/1", "/cases/0/seats", "/cases/0/conferences/1"
ITEM, REVIEW = f"{NOVEMBER}/agenda/0", "/cases/0/plan/reviews/0"
NOTE = {"author": "cm", "topic": "safety", "audience": ["survivor"], "kind": "discussion", "text": "a"}

WRONG: dict[str, tuple[Changes, dict[str, str]]] = {
    # Shape
    "another version": ({"/casefile": 3}, {"/casefile": "must be one of 1, 2."}),
    "plans reviewed as nobody may choose": (
        {"/task_force/reviews_plans": 7},
        {"/task_force/reviews_plans": "must be one of 0, 30, 60, 90, 180."},
    ),
    "a review without its day": ({f"{REVIEW}/reviewed_at": GONE}, {REVIEW: 'lacks "reviewed_at".'}),
    "a review by nobody": ({f"{REVIEW}/author": None}, {f"{REVIEW}/author": "by a clinical supervisor"}),
    "a review by another": ({f"{REVIEW}/author": "cm"}, {f"{REVIEW}/author": "by a clinical supervisor"}),
    "a review for few": (
        {f"{REVIEW}/audience": ["survivor", "clinical_supervisor", "case_manager"]},
        {f"{REVIEW}/audience": "Those who carry the case have to know"},
    ),
    "no anchor": ({"/anchor": GONE}, {WHOLE: 'lacks "anchor".'}),
    "anchor without an offset": ({"/anchor": "2026-11-23T09:20:00"}, {"/anchor": "must be a date and time"}),
    "a day that is none": ({"/cases/0/opened": "2026-02-30"}, {"/cases/0/opened": "must be a date"}),
    "a time that is none": (
        {f"{NOVEMBER}/starts": "2026-11-23T25:00:00Z"},
        {f"{NOVEMBER}/starts": "must be a date"},
    ),
    "a day without hyphens": ({"/cases/0/opened": "20260302"}, {"/cases/0/opened": "must be a date"}),
    "long ago": ({"/cases/0/opened": "0001-01-01"}, {"/cases/0/opened": "in the years 1900 to 2999"}),
    "after the last year, in UTC": (
        {"/cases/0/releases/0/expires": "2999-12-31T23:59:59-12:00"},
        {"/cases/0/releases/0/expires": "from 1900-01-02 to 2999-12-30 in UTC."},
    ),
    "before the first year, in UTC": (
        {f"{SEAT}/11/from": "1900-01-01T00:00:00+14:00"},
        {f"{SEAT}/11/from": "from 1900-01-02 to 2999-12-30 in UTC."},
    ),
    "before the first year of all": (
        {"/anchor": "0001-01-01T00:00:00+14:00"},
        {"/anchor": "from 1900-01-02 to 2999-12-30 in UTC."},
    ),
    "after the last year of all": (
        {"/cases/0/releases/0/withdrawn_at": "9999-12-31T23:59:59-12:00"},
        {"/cases/0/releases/0/withdrawn_at": "in UTC, or null."},
    ),
    "no audience": ({f"{ACTION}/audience": GONE}, {ACTION: 'lacks "audience".'}),
    "no author": ({f"{ITEM}/author": GONE}, {ITEM: 'lacks "author".'}),
    "no topic on a seat": ({f"{SEAT}/3/topic": GONE}, {f"{SEAT}/3": 'lacks "topic".'}),
    "a role nobody knows": (
        {f"{ACTION}/audience": ["friend"]},
        {f"{ACTION}/audience/0": "must be one of survivor"},
    ),
    "a role twice": (
        {f"{ACTION}/audience": ["survivor"] * 2},
        {f"{ACTION}/audience": "must not say anything twice"},
    ),
    "a misspelt name": ({f"{ACTION}/titel": "A"}, {f"{ACTION}/titel": "is nothing that belongs here"}),
    "text for a number": ({f"{NOVEMBER}/minutes": "90"}, {f"{NOVEMBER}/minutes": "must be a whole number."}),
    "an endless meeting": ({f"{NOVEMBER}/minutes": 481}, {f"{NOVEMBER}/minutes": "must be 480 at most."}),
    "a short meeting": ({f"{NOVEMBER}/minutes": 4}, {f"{NOVEMBER}/minutes": "must be 5 at least."}),
    "an empty title": ({f"{ACTION}/title": ""}, {f"{ACTION}/title": "must not be empty."}),
    "names and texts of nothing to see": (
        {
            "/task_force/name": " ",
            "/agencies/0/name": "\u2060",
            "/people/0/name": "\u200b",
            "/cases/0/code_name": "\u00a0\n",
            "/cases/0/releases/0/purpose": "\t",
            "/cases/0/plan/goals/0/words": "\u2028",
            f"{ACTION}/title": " \u200b ",
            f"{NOVEMBER}/title": "\ufeff",
            f"{ITEM}/notes": [NOTE | {"text": "\r\n"}],
        },
        dict.fromkeys(
            [
                "/task_force/name",
                "/agencies/0/name",
                "/people/0/name",
                "/cases/0/code_name",
                "/cases/0/releases/0/purpose",
                "/cases/0/plan/goals/0/words",
                f"{ACTION}/title",
                f"{NOVEMBER}/title",
                f"{ITEM}/notes/0/text",
            ],
            "must hold something that can be seen.",
        ),
    ),
    "a name that only turns around": (
        {"/people/0/name": "\u202e"},
        {"/people/0/name": "must hold something that can be seen."},
    ),
    "a reason of nothing to see": (
        {f"{SEAT[:-6]}/plan/needs/0/left_out_because": " \u200b"},
        {f"{SEAT[:-6]}/plan/needs/0/left_out_because": "must hold something that can be seen."},
    ),
    "no participants": ({f"{NOVEMBER}/participants": []}, {f"{NOVEMBER}/participants": "must not be empty."}),
    "a long title": (
        {f"{ACTION}/title": "a" * 201},
        {f"{ACTION}/title": "must have 200 characters at most; it has 201"},
    ),
    "a key with a line end": ({"/cases/1/key": "cedar\n"}, {"/cases/1/key": "must be 1 to 64 small letters"}),
    "a key that is none": (
        {f"{ACTION}/goal": "A b"},
        {f"{ACTION}/goal": "small letters (a to z), digits and hyphens, or null"},
    ),
    "no e-mail address": ({"/people/1/email": "dana@"}, {"/people/1/email": "must be an e-mail address."}),
    "a long e-mail address": (
        {"/people/1/email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.org"},
        {"/people/1/email": "must be an e-mail address."},
    ),
    "a long language": (
        {"/people/1/language": "en" + "-abcdefgh" * 4},
        {"/people/1/language": "35 characters at most"},
    ),
    "no language": (
        {"/people/1/language": "English"},
        {"/people/1/language": "must be the tag of a language"},
    ),
    "advocacy on a release": (
        {"/cases/0/releases/0/topics": ["coordination", "advocacy"]},
        {"/cases/0/releases/0/topics/1": "must be one of"},
    ),
    "a release without an end": (
        {"/cases/0/releases/0/expires": GONE},
        {"/cases/0/releases/0": 'lacks "expires".'},
    ),
    # References
    "an unknown author": (
        {f"{ACTION}/author": "who"},
        {f"{ACTION}/author": 'names no seat of this case: there is no "who".'},
    ),
    "a seat of another case": (
        {f"{ACTION}/named": ["law", "a"]},
        {f"{ACTION}/named/1": "names no seat of this case"},
    ),
    "an unknown owner": ({f"{ACTION}/owner": "who"}, {f"{ACTION}/owner": "names no seat"}),
    "an unknown presenter": ({f"{ITEM}/presenter": "who"}, {f"{ITEM}/presenter": "names no seat"}),
    "an unknown participant": (
        {f"{NOVEMBER}/participants/-": "who"},
        {f"{NOVEMBER}/participants/11": "names no seat"},
    ),
    "an unknown goal": ({f"{ACTION}/goal": "gold"}, {f"{ACTION}/goal": "names no goal"}),
    "an item of another case": (
        {f"{ACTION}/from_item": "c-limits"},
        {f"{ACTION}/from_item": "names no agenda item"},
    ),
    "an unknown person": ({f"{SEAT}/3/person": "who"}, {f"{SEAT}/3/person": "names no person"}),
    "an unknown agency": ({"/people/1/agency": "who"}, {"/people/1/agency": "names no agency"}),
    "an unknown holder": ({"/cases/0/holding_agency": "who"}, {"/cases/0/holding_agency": "names no agency"}),
    "a person twice": (
        {"/people/3/key": "dana"},
        {
            "/people/3/key": "is taken",
            f"{SEAT}/3/person": "no person",
            "/cases/1/seats/4/person": "no person",
        },
    ),
    "an item twice": ({f"{ITEM}/key": "p-limits"}, {f"{ITEM}/key": "is taken"}),
    "a case twice": ({"/cases/1/key": "juniper"}, {"/cases/1/key": "is taken"}),
    # Meaning
    "a zone nobody lives in": (
        {"/task_force/time_zone": "Harbor/County"},
        {"/task_force/time_zone": "is no time zone"},
    ),
    "a zone that is a path": (
        {"/task_force/time_zone": "../etc"},
        {"/task_force/time_zone": "is no time zone"},
    ),
    **{
        f"a zone called {name}": (
            {"/task_force/time_zone": name},
            {"/task_force/time_zone": "is no time zone"},
        )
        for name in ("localtime", "posixrules", "Factory", "posix/UTC", "right/UTC", "america/new_york")
    },
    "an address for two": (
        {"/people/2/email": "Dana@example.org"},
        {"/people/2/email": "cannot share an address"},
    ),
    "an attorney without her client": (
        {f"{ACTION}/audience": ["counsel"]},
        {f"{ACTION}/audience": "An attorney cannot keep"},
    ),
    "an attorney named without her client": (
        {f"{ITEM}/audience": ["case_manager"], f"{ITEM}/named": ["law"]},
        {f"{ITEM}/audience": "An attorney cannot keep"},
    ),
    "an attorney who owns without her client": (
        {f"{ACTION}/audience": [], f"{ACTION}/named": [], f"{ACTION}/author": "cm"},
        {f"{ACTION}/audience": "An attorney cannot keep"},
    ),
    "a seat the survivor may not know": (
        {f"{SEAT}/4/audience": ["case_manager"]},
        {f"{SEAT}/4/audience": "The survivor always knows"},
    ),
    "a meeting behind her back": (
        {f"{NOVEMBER}/participants": ["cm", "sup"]},
        {f"{NOVEMBER}/participants": "The survivor knows of every meeting"},
    ),
    "a facilitator who is not invited": (
        {f"{NOVEMBER}/facilitator": "old-cm"},
        {f"{NOVEMBER}/facilitator": "is not among"},
    ),
    "a facilitator who left": (
        {f"{NOVEMBER}/facilitator": "old-cm", f"{NOVEMBER}/participants/-": "old-cm"},
        {f"{NOVEMBER}/facilitator": "has a seat that has ended by the file's anchor"},
    ),
    "a facilitator who leaves at the anchor": (
        {"/cases/0/seats/2/until": "2026-11-23T14:20:00Z"},
        {"/cases/0/conferences/2/facilitator": "has a seat that has ended by the file's anchor"},
    ),
    "two current items": (
        {f"{ITEM}/status": "current"},
        {f"{NOVEMBER}/agenda/1/status": "is the second current item"},
    ),
    "an investigator at the holder": (
        {f"{SEAT}/4/agency": "harborlight"},
        {f"{SEAT}/4/role": "An investigator or prosecutor"},
    ),
    "her attorney at the holder": (
        {f"{SEAT}/3/agency": "harborlight"},
        {f"{SEAT}/3/role": "own attorney cannot work for"},
    ),
    "her attorney at the sheriff": (
        {"/people/3/agency": "sheriff"},
        {f"{SEAT}/3/role": "own attorney", "/cases/1/seats/4/role": "own attorney"},
    ),
    "privileged by another": (
        {f"{ITEM}/notes": [NOTE | {"topic": "privileged"}]},
        {f"{ITEM}/notes/0/topic": "Only the survivor and her attorney"},
    ),
    "advocacy by another": (
        {f"{ITEM}/notes": [NOTE | {"topic": "advocacy", "author": "law"}]},
        {f"{ITEM}/notes/0/topic": "Only the survivor, her case manager"},
    ),
    "privileged by nobody": (
        {
            f"{ITEM}/decisions": [
                {"author": None, "topic": "privileged", "audience": ["survivor"], "text": "a"}
            ]
        },
        {f"{ITEM}/decisions/0/topic": "Only the survivor and her attorney"},
    ),
    "an owner who could not read": (
        {"/cases/0/actions/2/topic": "medical"},
        {"/cases/0/actions/2/owner": "could not read"},
    ),
    "a release to the holder": (
        {"/cases/0/releases/0/agency": "harborlight"},
        {"/cases/0/releases/0/agency": "needs no release"},
    ),
    "a release that ends first": (
        {"/cases/1/releases/0/expires": "2026-10-01T09:00:00-04:00"},
        {"/cases/1/releases/0/expires": "has to end after it starts"},
    ),
    "a seat that ends first": (
        {f"{SEAT}/11/until": "2001-01-01T00:00:00Z"},
        {f"{SEAT}/11/until": "is not after"},
    ),
    "overlapping seats": (
        {f"{SEAT}/7/person": "samuel", f"{SEAT}/7/agency": "maple-house"},
        {f"{SEAT}/8/from": 'lies within seat "shelter"'},
    ),
    "two primary case managers": (
        {f"{SEAT}/11/primary": True, f"{SEAT}/11/until": None},
        {f"{SEAT}/1/primary": 'seat "old-cm" is the primary case manager'},
    ),
    "a primary who manages no case": (
        {f"{SEAT}/2/primary": True},
        {f"{SEAT}/2/primary": "for a case manager's seat only"},
    ),
    "a survivor of an agency": ({f"{SEAT}/0/agency": "lingua"}, {f"{SEAT}/0/agency": "must be null"}),
    "two survivors": (
        {f"{SEAT}/9/role": "survivor", f"{SEAT}/9/agency": None},
        {f"{SEAT}/9/role": "is the second survivor"},
    ),
    "no survivor": ({"/cases/1/seats/0/role": "guardian"}, {"/cases/1/seats": "lacks the survivor's seat"}),
    "a reason for nothing": (
        {f"{ITEM}/left_out_because": "Because."},
        {f"{ITEM}/left_out_because": "is out of place"},
    ),
    # Several at once, in every part, found in one reading and said in the order of the file
    "much at once": (
        {
            "/anchor": "today",
            "/task_force/time_zone": "Nowhere",
            "/people/0/language": "Español",
            f"{SEAT}/3/topic": "gossip",
            f"{SEAT}/4/audience": ["case_manager"],
            "/cases/0/actions/0/audience": GONE,
            "/cases/0/actions/3/owner": "who",
            "/cases/0/actions/4/title": "",
            f"{ITEM}/notes": [NOTE | {"topic": "privileged"}, NOTE | {"text": "a\u0007"}, {}],
            "/cases/1/releases/0/expires": "2026-10-01T09:00:00-04:00",
        },
        {
            "/anchor": "must be a date and time",
            "/task_force/time_zone": "is no time zone",
            "/people/0/language": "must be the tag",
            f"{SEAT}/3/topic": "must be one of",
            f"{SEAT}/4/audience": "The survivor always knows",
            "/cases/0/actions/0": 'lacks "audience"',
            "/cases/0/actions/3/owner": "names no seat",
            "/cases/0/actions/4/title": "must not be empty",
            f"{ITEM}/notes/0/topic": "Only the survivor",
            f"{ITEM}/notes/1/text": "holds control characters",
            f"{ITEM}/notes/2": "lacks",
            "/cases/1/releases/0/expires": "has to end",
        },
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_in_one_way_only_is_refused(name: str, tmp_path: Path) -> None:
    content, expected = UNREADABLE[name]
    refused(tmp_path, content, expected)


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRONG)
def test_every_fault_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    changes, expected = WRONG[name]
    refused(tmp_path, changed(harbor(), changes), expected)


def refused(folder: Path, content: dict[str, Any] | bytes, expected: dict[str, str]) -> None:
    before = tables()
    outcome = load(folder, content)
    assert (outcome.status, outcome.out) == (2, "")
    assert list(outcome.faults) == list(expected)
    for pointer, sentence in expected.items():
        assert sentence in outcome.faults[pointer]
    assert tables() == before


@pytest.mark.django_db
def test_every_missing_part_has_a_line_of_its_own(tmp_path: Path) -> None:
    lines = load(tmp_path, {"casefile": 1}).err.splitlines()
    names = ("anchor", "task_force", "agencies", "people", "cases")
    assert lines == [f'(whole file): lacks "{name}".' for name in names]


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["task_force", "agencies", "people", "cases"])
@pytest.mark.parametrize("value", [None, 1, "a", [], {}, [None], [[]], [{}], {"key": []}])
def test_a_part_of_any_shape_is_a_fault_and_no_crash(part: str, value: Any, tmp_path: Path) -> None:
    if (part, value) == ("cases", []):
        return
    outcome = load(tmp_path, changed(harbor(), {f"/{part}": value}))
    assert outcome.status == 2
    assert all(pointer.startswith("/") for pointer in outcome.faults)


@pytest.mark.parametrize("strange", [{"a": []}, [{}], 7.5], ids=repr)
def test_another_shape_anywhere_is_a_fault_and_no_crash(strange: Any) -> None:
    """Each value of the second case and of one agency and person in turn becomes something else."""
    whole = harbor()
    whole["cases"] = whole["cases"][1:]
    seen = [pointer for pointer in pointers(whole) if not re.match("/(agencies|people)/(?!0)", pointer)]
    for pointer in seen:
        file = changed(whole, {pointer: strange})
        with pytest.raises(FaultsError):
            check(json.dumps(file).encode())


def pointers(value: Any, pointer: str = "") -> list[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [deeper for step, part in inside for deeper in pointers(part, f"{pointer}/{step}")]
    return [pointer, *found] if pointer else found


@pytest.mark.django_db
def test_files_that_cannot_be_opened_are_one_clear_line(tmp_path: Path) -> None:
    assert (
        run("loadcase", str(tmp_path / "none.json")).err
        == f"{tmp_path / 'none.json'}: No such file or directory.\n"
    )
    folder = run("loadcase", str(tmp_path))
    assert (folder.status, folder.err) == (2, f"{tmp_path}: Is a directory.\n")


def test_a_fault_never_repeats_what_is_confidential() -> None:
    """Sentences speak of the place; what stands there is for whoever opens the file."""
    secret = changed(
        harbor(), {f"{ACTION}/title": "secret" * 50, f"{ITEM}/status": "secret", "/people/1/email": "secret"}
    )
    with pytest.raises(FaultsError) as caught:
        check(json.dumps(secret).encode())
    assert "secret" not in str(caught.value)
