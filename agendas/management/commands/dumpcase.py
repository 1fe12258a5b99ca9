"""`dumpcase TASK_FORCE`: the cases of a task force go out, with everything in them."""

import sys
from argparse import ArgumentParser
from io import TextIOWrapper
from typing import Any

from django.core.management.base import BaseCommand

from agendas.casefile.dump import Reading, as_text
from workspace.people.models import TaskForce

EVERYTHING = "This holds everything, whoever may see it: keep it as you would keep the cases themselves."


class Command(BaseCommand):
    """The case file on standard output; what to know about it on standard error."""

    help = "Prints everything of a task force as a case file, whoever may see it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which task force."""
        parser.add_argument("task_force", metavar="TASK_FORCE", help="its key in the case file")

    def handle(self, *, task_force: str, **options: Any) -> None:
        """Read, print, warn."""
        found = TaskForce.objects.filter(key=task_force).first()
        if found is None:
            self.stderr.write(f"There is no task force {task_force!r}.")
            sys.exit(2)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # a case file is UTF-8, whatever the terminal is
        reading = Reading(found)
        self.stdout.write(as_text(reading.document()))
        self.stderr.write(EVERYTHING)
        if removed := reading.removed():
            self.stderr.write(f"Rows that were removed are not in it: {removed}.")
        for what, count in reading.without_a_place().items():
            self.stderr.write(f"Not in it: {count} of this: {what}.")
