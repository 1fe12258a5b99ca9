"""How fast a change reaches everybody, against the floor and against other ways; `docs/benchmark.md` says more."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

MOST_PARTICIPANTS, MOST_REPETITIONS, MOST_EVENTS = 500, 20, 10_000


class Command(BaseCommand):
    """Exit status 0: every target was reached; 1: one was not; 2: the options are no good; 3: too noisy to say."""

    help = "Measures how long a press takes to reach everybody, on servers and databases of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much to measure. All are read as text, so that what is wrong with them is one line."""
        parser.add_argument("--participants", nargs="+", metavar="N", default=["25", "100", "500"])
        parser.add_argument("--repetitions", metavar="N", default="3")
        parser.add_argument("--events", metavar="N", default="150", help="presses a series")
        parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
        parser.add_argument("--profile", action="store_true", help="tell where a push spends its time")

    def handle(
        self,
        *,
        participants: list[str],
        repetitions: str,
        events: str,
        json: str | None,
        profile: bool,
        **options: Any,
    ) -> None:
        """Refuse what cannot be measured, before anything is started."""
        sizes = [self.number("--participants", word, 2, MOST_PARTICIPANTS) for word in participants]
        times = self.number("--repetitions", repetitions, 1, MOST_REPETITIONS)
        presses = self.number("--events", events, 2, MOST_EVENTS)
        file = Path(json) if json else None
        if file and (file.is_dir() or not file.parent.is_dir()):
            self.refuse(f"--json: {json} cannot be written.")
        # Here, because only this command's environment has what the measurement needs.
        from tests.bench.report import main

        sys.exit(main(sorted(set(sizes)), times, presses, file, profile=profile))

    def number(self, option: str, word: str, least: int, most: int) -> int:
        """The number this option was given."""
        if not (word.isascii() and word.isdigit() and least <= int(word) <= most):
            self.refuse(f"{option} takes whole numbers from {least} to {most:,}, not {word!r}.")
        return int(word)

    def refuse(self, reason: str) -> None:
        """End with what was wrong and status 2."""
        self.stderr.write(reason)
        sys.exit(2)
