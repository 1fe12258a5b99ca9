"""The shape of a release of information."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import RELEASABLE
from workspace.live.forms import OnceForm, Words

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _of_our_time(value: datetime) -> None:
    if not 1900 <= value.year < 3000:
        raise forms.ValidationError(_("Look at the year again."))


def instant(**kwargs: Any) -> forms.DateTimeField:
    """A date and time in the reader's time zone."""
    return forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Give a date and a time."), "required": _("Give a date and a time.")},
        validators=[_of_our_time],
        **kwargs,
    )


class ReleaseForm(OnceForm):
    """What the survivor allows to be shared, with whom, for what, from when until when. `agencies`: value
    and name."""

    agency = forms.ChoiceField(label=_("Which agency may know?"))
    topics = forms.MultipleChoiceField(
        label=_("What may they know about?"),
        help_text=_("“Working together” is what lets them sit at the table at all."),
        choices=[(topic.value, TOPICS[topic]) for topic in RELEASABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    purpose = Words(
        label=_("What for, in her own words?"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "spellcheck": "false"}),
    )
    starts = instant(label=_("From"))
    expires = instant(
        label=_("Until"), help_text=_("A release always ends. Shorter is safer; it can be renewed.")
    )
    explained_in = forms.RegexField(
        LANGUAGE,
        label=_("In which language was it explained to her?"),
        help_text=_("The short form: en, es, vi."),
        max_length=35,
        error_messages={"invalid": _("Use the short form of the language, for example es.")},
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = agencies
