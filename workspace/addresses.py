"""What may stand in an address: public ids, tokens and the roles there are, and nothing else, so that nothing else
reaches the database."""

import logging
import re
from typing import ClassVar

from django.urls import register_converter

from workspace.disclosure.policy import Role

PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{20}")
# Which part of a page is looked at: a row of it, or what it is narrowed to.
LOOK = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LINK = re.compile(r"/(sign-in|calendar)/[^/\s]+")
SESSION_SHAPE = re.compile(r"[a-z0-9]{8,40}")


class PublicId:
    """A row's random name."""

    regex = PUBLIC_ID.pattern

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


class Token(PublicId):
    """The secret part of a sign-in link, or of a calendar's address."""

    regex = r"[A-Za-z0-9_-]{43}"


class RoleNumber:
    """A role by its place among all there are: what an address says stays in the history of a device."""

    known: ClassVar[dict[str, Role]] = {str(number): role for number, role in enumerate(Role, 1)}
    regex = "|".join(sorted(known, reverse=True))

    def to_python(self, value: str) -> Role:
        """The role."""
        return self.known[value]

    def to_url(self, value: Role) -> str:
        """Its number."""
        return str(1 + [*Role].index(value))


def public_id_of(sent: str) -> str:
    """What was sent, where it can be a public id; else nothing."""
    return sent if PUBLIC_ID.fullmatch(sent) else ""


def register() -> None:
    """Let the addresses of every floor use `<public:…>`, `<token:…>` and `<role:…>`."""
    register_converter(PublicId, "public")
    register_converter(Token, "token")
    register_converter(RoleNumber, "role")


class WithoutSecrets(logging.Filter):
    """Sign-in links that still work, and the addresses of calendars, do not stand in the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the token out of every address."""
        record.msg, record.args = _LINK.sub(r"/\1/…", record.getMessage()), ()
        return True
