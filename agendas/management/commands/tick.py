"""`tick`: all that time does by itself. A timer runs it every few minutes."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from agendas.reminders.changes import let_letters_go, raise_unanswered, send_letters
from workspace.live.models import PRESENCE_KEPT, Presence
from workspace.people.models import SignInLink
from workspace.people.sessions import Session

# A page whose session has run out is told so, and keeps what was typed, for as long as its row is there.
RAN_OUT_LONG_AGO = timedelta(days=1)
LETTERS_KEPT = timedelta(days=30)


class Command(BaseCommand):
    """Safe to run twice, or on two machines at once. It says how much it did, and of whom nothing."""

    help = (
        "Does all that time does: reminders, what nobody answers, what has run out. Run it every few minutes."
    )

    def handle(self, **options: Any) -> None:
        """Let rise, send, clear away."""
        risen = raise_unanswered()
        post = send_letters()
        gone = clear_away(timezone.now())
        self.stdout.write(
            f"Went to somebody else: {risen}. Letters sent: {post.sent}, waiting: {post.waiting}. Cleared away: {gone}."
        )


def clear_away(now: datetime) -> int:
    """What nobody can use any more: sessions and sign-in links that ran out, who was here half a day ago, letters of
    days long gone. How many rows there were."""
    old = (
        Session.objects.filter(expire_date__lt=now - RAN_OUT_LONG_AGO),
        SignInLink.objects.filter(expires__lt=now - RAN_OUT_LONG_AGO),
        Presence.objects.filter(seen_at__lt=now - PRESENCE_KEPT),
    )
    return sum(rows.delete()[0] for rows in old) + let_letters_go(now - LETTERS_KEPT)
