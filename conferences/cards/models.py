"""What belongs to a card besides what stands on the seat: other languages."""

from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

from django.db import models
from django.utils.crypto import salted_hmac

from conferences.usual.models import Words
from workspace.disclosure.models import Seat
from workspace.disclosure.sealed import Along, TiedRows
from workspace.text import cleaned

PARTS = ("does", "does_not", "ask_about", "private", "contact")


class CardWords(NamedTuple):
    """What a card says, as one person reads it. `stand_in`: the public id of a seat, or empty."""

    called: str
    sounds: str
    does: str
    does_not: str
    ask_about: str
    private: str
    contact: str
    languages: str
    language: str
    duties: int
    stand_in: str

    @classmethod
    def of(cls, seat: Any, stand_in: str) -> Self:
        """The card on a seat that was opened. `stand_in`: as the reader may know of it."""
        return cls(**{name: getattr(seat, name) for name in cls._fields[:-1]}, stand_in=stand_in)

    def kept(self) -> Self:
        """What was typed, as it is kept."""
        texts: dict[str, Any] = {
            name: cleaned(text) for name, text in self._asdict().items() if name != "duties"
        }
        return self._replace(**texts)

    @property
    def parts(self) -> tuple[str, ...]:
        """What can be said in another language."""
        return tuple(getattr(self, part) for part in PARTS)

    @property
    def says_nothing(self) -> bool:
        """Whether nothing stands on it that tells what somebody does, or keeps private."""
        return not any(self.parts) and not self.duties

    @property
    def edition(self) -> str:
        """A fingerprint of it, which comes back with what is done about it."""
        return edition(*self)


def edition(*said: object) -> str:
    """A fingerprint of what somebody read. It is keyed: whoever knows what it is made of cannot make it."""
    return salted_hmac("card", repr(said), algorithm="sha256").hexdigest()[:32]


def plain(language: str) -> str:
    """A language without its region."""
    return language.split("-")[0].lower()


class Translation(Words):
    """A card in another language than its holder's."""

    unguarded = "Part of a seat; shown only with a seat that the viewer sees."
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "language"], name="card_is_translated_once")
        ]


# What seats are read along with where their cards are read in other languages.
TRANSLATIONS: Along = (
    ("translations", TiedRows(Translation, "seat", "pk", "by_id", "at", "language", *PARTS)),
)


@lru_cache(maxsize=4096)
def translations_of(text: str | None) -> tuple[tuple[Any, ...], ...]:
    """What a card says in other languages, oldest first: by which seat, when, in which language, and its `PARTS`."""
    return tuple((by, TiedRows.instant_of(at), *rest) for _, by, at, *rest in TiedRows.read(text))
