"""What is wrong with a case file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# The way to a value: names of properties and numbers in lists.
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """A sentence about one place. As text: the place as a JSON pointer, a colon, the sentence; always one line."""

    path: Path
    sentence: str

    def __str__(self) -> str:
        pointer = "".join(f"/{_escaped(str(step))}" for step in self.path)
        return f"{pointer or '(whole file)'}: {self.sentence}"


class FaultsError(Exception):
    """The file is not loaded, for these reasons."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(dict.fromkeys(faults))
        super().__init__("\n".join(map(str, self.faults)))


def in_order(faults: Iterable[Fault], document: Any) -> list[Fault]:
    """The faults in the order in which their places stand in the file, each once."""
    return sorted(dict.fromkeys(faults), key=lambda fault: _place(document, fault.path))


def printable(text: str) -> str:
    """The text on one line, whatever it holds: a fault must not be able to write to the terminal."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _escaped(step: str) -> str:
    return printable(step.replace("~", "~0").replace("/", "~1"))


def _place(value: Any, path: Path) -> list[int]:
    place = []
    for step in path:
        if isinstance(value, dict):
            place.append(list(value).index(step) if step in value else len(value))
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            place.append(step)
            value = value[step]
    return place
