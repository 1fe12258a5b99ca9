"""`loadcase FILE [--shift-to-now] [--into-existing]`: a case file comes in, whole or not at all."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from agendas.casefile.check import check
from agendas.casefile.faults import FaultsError
from agendas.casefile.form import filled, moved
from agendas.casefile.load import load
from agendas.casefile.parse import MOST_BYTES


class Command(BaseCommand):
    """Exit status 0 and one line of counts, or 2 and every fault on a line of its own, with nothing written."""

    help = "Loads a case file. Says every fault with its place and writes nothing if there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which file, and how."""
        parser.add_argument("file", help="the case file; - reads it from standard input")
        parser.add_argument(
            "--shift-to-now", action="store_true", help="move every time, so that its anchor is now"
        )
        parser.add_argument("--into-existing", action="store_true", help="add what is new to what is there")

    def handle(self, *, file: str, shift_to_now: bool, into_existing: bool, **options: Any) -> None:
        """Read, check, load, say how much."""
        try:
            checked = check(contents(file))
            document = filled(checked.document)
            if shift_to_now:
                document = moved(document, timezone.now().replace(microsecond=0))
            counts = load(document, into_existing=into_existing)
        except OSError as fault:
            self.refuse(f"{file}: {os.strerror(fault.errno or 0)}.")
        except (OperationalError, ProgrammingError) as fault:
            self.refuse(
                f"The database cannot be used: {str(fault).splitlines()[0]}. Is it there, and migrated?"
            )
        except FaultsError as faults:
            self.refuse(str(faults))
        for warning in checked.warnings:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(f"Loaded {document['task_force']['key']}: {counts}.")

    def refuse(self, reason: str) -> None:
        """End with what was wrong and status 2."""
        self.stderr.write(reason)
        sys.exit(2)


def contents(file: str) -> bytes:
    """The file's bytes, and never more than one above what a case file may have."""
    if file == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with Path(file).open("rb") as stream:
        return stream.read(MOST_BYTES + 1)
