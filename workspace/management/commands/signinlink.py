"""`signinlink PERSON [--task-force KEY]`: the path of a one-time link, for whoever can run commands on this machine."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from workspace.people.changes import find_person, sign_in_link


class Command(BaseCommand):
    """One path on standard output, valid for 15 minutes; or one sentence, and status 2."""

    help = "Prints the path of a link that signs a person in once, valid for 15 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who comes in."""
        parser.add_argument(
            "person", metavar="PERSON", help="the key in the case file, or the e-mail address"
        )
        parser.add_argument(
            "--task-force", metavar="KEY", help="needed when several task forces know that name"
        )

    def handle(self, *, person: str, task_force: str | None, **options: Any) -> None:
        """Find, make, print."""
        try:
            found = find_person(person, task_force=task_force)
            if not found.is_active:
                raise LookupError(f"{person!r} is not active, so no link would let them in.")
        except LookupError as reason:
            self.stderr.write(str(reason))
            sys.exit(2)
        self.stdout.write(sign_in_link(found))
