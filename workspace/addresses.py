"""What may stand in an address: public ids and tokens, and nothing else, so that nothing else reaches the database."""

import logging
import re

from django.urls import register_converter

PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{20}")
_LINK = re.compile(r"/sign-in/[^/\s]+")
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
    """The secret part of a sign-in link."""

    regex = r"[A-Za-z0-9_-]{43}"


def register() -> None:
    """Let the addresses of every floor use `<public:…>` and `<token:…>`."""
    register_converter(PublicId, "public")
    register_converter(Token, "token")


class WithoutSecrets(logging.Filter):
    """Sign-in links that still work do not stand in the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the token out of every address."""
        record.msg, record.args = _LINK.sub("/sign-in/…", record.getMessage()), ()
        return True
