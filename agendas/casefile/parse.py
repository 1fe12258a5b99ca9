"""From bytes to JSON, strictly: what two programs could read in two ways is refused."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from agendas.casefile.faults import Fault, FaultsError, Path
from workspace.text import cleaned

MOST_BYTES = 20_000_000
DEEPEST = 32
TOO_LARGE = "is larger than 20 MB. Split it: one file a case, loaded with --into-existing."
TOO_DEEP = "is nested too deeply to be a case file."


def parse(raw: bytes) -> Any:
    """The JSON in these bytes. Raises FaultsError for what is not JSON in UTF-8, or not the same to every reader."""
    repeated = _Repeated()
    try:
        document = json.loads(_decoded(raw), object_pairs_hook=repeated.gather, parse_constant=float)
    except RecursionError:
        raise FaultsError([Fault((), TOO_DEEP)]) from None
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise FaultsError([Fault((), f"is not JSON: {fault.msg} at {where}.")]) from None
    except ValueError:
        raise FaultsError([Fault((), "holds a number of thousands of digits.")]) from None
    faults = [fault for path, value in everything(document) for fault in _ambiguities(path, value, repeated)]
    if faults:
        raise FaultsError(faults)
    return document


class _Repeated:
    """Notes which names an object has more than once; JSON's own reader would quietly keep the last."""

    def __init__(self) -> None:
        # Each object is kept beside its names, so that no other can get its number.
        self._found: dict[int, tuple[Any, list[str]]] = {}

    def gather(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these pairs."""
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._found[id(found)] = found, [name for name, count in counts.items() if count > 1]
        return found

    def names_in(self, value: Any) -> list[str]:
        """The names that this object has more than once."""
        return self._found[id(value)][1] if id(value) in self._found else []


def _ambiguities(path: Path, value: Any, repeated: _Repeated) -> Iterator[Fault]:
    if len(path) > DEEPEST:
        yield Fault(path[:1], TOO_DEEP)
    if isinstance(value, float) and not math.isfinite(value):
        yield Fault(path, "is no number that JSON knows.")
    for name in repeated.names_in(value):
        yield Fault((*path, name), "stands here more than once.")


def everything(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in the document with its place, from the top, no deeper than one below `DEEPEST`."""
    yield path, value
    if len(path) > DEEPEST:
        return
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inside:
        yield from everything(part, (*path, step))


def text_faults(document: Any) -> Iterator[Fault]:
    """Texts that hold what cannot be seen, or cannot be kept."""
    for path, value in everything(document):
        if isinstance(value, str):
            if not _can_be_kept(value):
                yield Fault(path, "holds half a character (a lone surrogate), which is no text.")
            elif _has_unseen(value):
                yield Fault(path, "holds control characters, which nobody can see.")


def _decoded(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise FaultsError([Fault((), TOO_LARGE)])
    if raw.startswith(b"\xef\xbb\xbf"):
        raise FaultsError([Fault((), "begins with a byte order mark. Save it as UTF-8 without one.")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise FaultsError([Fault((), f"is not UTF-8: see byte {fault.start}. Save it as UTF-8.")]) from None
    if "\0" in text:
        raise FaultsError([Fault((), "holds NUL bytes, so it is not UTF-8 text. Save it as UTF-8.")])
    return text


def _can_be_kept(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_unseen(text: str) -> bool:
    """Line ends and the space around a text stay as they are; all else that `cleaned` would change is unseen."""
    framed = "." + text.replace("\r\n", "\n").replace("\r", "\n") + "."
    return cleaned(framed) != framed
