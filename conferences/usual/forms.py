"""The shape of what a role usually does, in every language."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from conferences.usual.models import WORDS
from workspace.disclosure.labels import DUTIES
from workspace.live.forms import OnceForm, Words


class UsualForm(OnceForm):
    """What a role usually does: what its holders may have to do with what they are told, and the words of each
    language. `seen`: the edition when the form was read."""

    prefix = "usual"

    duties = forms.MultipleChoiceField(
        label=_("What they may have to do with what they are told"),
        help_text=_(
            "In short, this stands beside the name wherever somebody reads who will see what they write."
        ),
        required=False,
        choices=[(duty.value, said) for duty, (said, _beside) in DUTIES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    # A draft goes with the edition it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, _name in settings.LANGUAGES:
            for name, label in WORDS.items():
                widget = forms.Textarea(attrs={"rows": 3, "dir": "auto", "lang": language})
                self.fields[f"{language}-{name}"] = Words(
                    label=label, max_length=1_000, required=False, widget=widget
                )

    @property
    def languages(self) -> Iterator[tuple[str, Any, list[forms.BoundField]]]:
        """Each language by code and by name, with its fields."""
        for language, name in settings.LANGUAGES:
            yield language, name, [self[f"{language}-{about}"] for about in WORDS]

    def clean(self) -> dict[str, Any]:
        """What is said in one language is said in each: nobody is to be told less than another."""
        cleaned: dict[str, Any] = super().clean() or {}
        for about in WORDS:
            fields = [f"{language}-{about}" for language, _name in settings.LANGUAGES]
            if any(cleaned.get(field) for field in fields):
                for field in fields:
                    if field in cleaned and not cleaned[field]:
                        self.add_error(field, _("Say this in every language, or in none."))
        if cleaned.get("duties") and not self.words():
            self.add_error(None, _("Say at least what somebody in this role does."))
        return cleaned

    def words(self) -> dict[str, dict[str, str]]:
        """The words of every language, by what they are about; nothing where there are none."""
        said = {
            language: {about: self.cleaned_data.get(f"{language}-{about}", "") for about in WORDS}
            for language, _name in settings.LANGUAGES
        }
        return said if any(text for words in said.values() for text in words.values()) else {}
