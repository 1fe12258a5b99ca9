"""Writing a card, or saying it in another language: what this writer is offered."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conferences.cards.changes import (
    Held,
    held,
    language_of,
    other_languages,
    translated,
    translation_edition,
)
from conferences.cards.forms import CardForm, TranslationForm
from conferences.cards.models import PARTS, CardWords
from conferences.cards.panels import LABELS, by_its_name
from conferences.readers.changes import reading
from conferences.readers.writing import Desk, Reading
from conferences.usual.panels import Said, usual_in
from workspace.disclosure.labels import DUTIES, DUTY_BIT, ROLES, Duty, duties_of
from workspace.disclosure.lens import sight_of
from workspace.disclosure.policy import Role
from workspace.live.panels import one_moment


@dataclass(frozen=True)
class CardDesk:
    """Somebody about to write a card, or to say it in another language. `readers`: those of the people they see who
    read it now; `usual`: what the role usually does."""

    held: Held
    readers: tuple[Reading, ...]
    usual: Said

    @property
    def name(self) -> str:
        """Whose card it is."""
        return str(self.held.row.name)

    @property
    def hers(self) -> bool:
        """Whether it is the survivor's."""
        return bool(self.held.row.role == Role.SURVIVOR)

    @property
    def url(self) -> str:
        """The card's address."""
        return f"/seats/{self.held.row.public_id}/card/"

    @property
    def board(self) -> str:
        """The card on the board, unfolded."""
        return f"/cases/{self.held.case}/roles/#about-{self.held.row.public_id}"

    @property
    def stands(self) -> list[tuple[Any, str]]:
        """What it says now, line by line: what it is about, and the words."""
        form, words = self.form(), self.held.words
        said = [(field.label, self._said_of(words, name)) for name, field in form.fields.items()]
        return [(label, text) for label, text in said if text]

    @property
    def usually(self) -> list[tuple[Any, str]]:
        """What the role usually does, line by line."""
        said = [(label, getattr(self.usual, name)) for name, label in LABELS.items()]
        return [(label, text) for label, text in said if text]

    def form(self, data: QueryDict | None = None) -> CardForm:
        """The form, with how the card stands or with what was sent."""
        words, own = self.held.words, language_of(self.held)
        if words.says_nothing:
            own = translation.get_language() or own
        initial = words._asdict() | {
            "duties": [duty.value for duty in duties_of(words.duties)],
            "language": own,
            "seen": words.edition,
        }
        people = [
            (seat.public_id, f"{seat.name}, {ROLES[Role(seat.role)]}") for seat in self.held.stand_ins()
        ]
        known = dict.fromkeys([*dict(settings.LANGUAGES), own])
        form = CardForm(
            data,
            initial=initial,
            languages=[(code, capfirst(by_its_name(code))) for code in known],
            stand_ins=[("", _("nobody in particular")), *people],
            hers=self.hers,
        )
        if any(words.parts) and self.held.row.drafted_by_id is None:
            form.fields["language"].help_text = _(
                "If you choose another one than before, what stands there now stays as well: those who read that "
                "language read it, with the word that it is older."
            )
        return form

    def said(self, form: CardForm) -> CardWords:
        """What the form says; where it does not ask, the card stays as it is."""
        given = {name: form.cleaned_data[name] for name in CardWords._fields if name in form.cleaned_data}
        if "duties" in given:
            given["duties"] = sum(DUTY_BIT[duty] for duty in set(map(Duty, given["duties"])))
        return self.held.words._replace(**given)

    def translation_form(self, language: str, data: QueryDict | None = None) -> TranslationForm:
        """The form of what the card says in that language, or with what was sent."""
        others = other_languages(self.held)
        chosen = language if language in others else others[0]
        initial = dict(zip(PARTS, translated(self.held, chosen), strict=True)) | {
            "language": chosen,
            "seen": translation_edition(self.held, chosen),
        }
        return TranslationForm(data, initial=initial, said=self.held.words._asdict())

    def languages(self, form: TranslationForm) -> tuple[str, list[tuple[str, str]]]:
        """The language of the form by its name, and the others that there are besides, with theirs."""
        others = {code: by_its_name(code) for code in other_languages(self.held)}
        name = others.pop(str(form["language"].value()), "")
        return name, list(others.items())

    def translated_now(self, form: TranslationForm) -> list[tuple[Any, str]]:
        """What the card says by now in the language of the form, line by line."""
        said = zip(PARTS, translated(self.held, form.cleaned_data["language"]), strict=True)
        return [(LABELS[name], text) for name, text in said if text]

    def parts_of(self, form: TranslationForm) -> list[str]:
        """What the form says, in the order of `PARTS`."""
        return [form.cleaned_data.get(name, "") for name in PARTS]

    def _said_of(self, words: CardWords, name: str) -> str:
        if name == "duties":
            return " ".join(str(DUTIES[duty][0]) for duty in duties_of(words.duties))
        if name == "stand_in":
            return next((seat.name for seat in self.held.seats if seat.public_id == words.stand_in), "")
        if name == "language":
            return by_its_name(words.language) if words.language else ""
        return str(getattr(words, name, ""))


def card_desk(person: int, seat: str) -> CardDesk | None:
    """The desk of whoever sees this seat; None where nothing is there."""
    with one_moment() as at:
        try:
            its = held(sight_of(person, at), seat)
        except LookupError:
            return None
        said = usual_in(its.lens.case).of(its.row.role)
        here = translation.get_language()
        usual = next((each for each in said if each.language == here), said[0])
        readers = Desk(its.lens, its.seats, None, "", has_to_permit=False).told(
            reading(its.row.row, its.seats)
        )
        return CardDesk(its, readers, usual)
