"""The shape of what somebody chooses about their own calendar."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.live.forms import OnceForm, Words
from workspace.text import cleaned


class Word(Words):
    """A few words on one line."""

    def to_python(self, value: Any) -> str:
        """The text as it will be kept."""
        return cleaned(" ".join(super().to_python(value).split()))


class CalendarForm(OnceForm):
    """What a calendar says. `hers`: it is the survivor's, who owes nobody anything."""

    conferences = forms.BooleanField(label=_("My meetings"), required=False)
    due_dates = forms.BooleanField(label=_("The days by which I have tasks to do"), required=False)
    cover = Word(
        label=_("The word that stands there"),
        help_text=_(
            "One word for everything, for example “Dentist”. If you leave this empty, it is “Appointment”."
        ),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    details = forms.BooleanField(
        label=_("Also say what each meeting is called, and where it is"),
        help_text=_(
            "Then whoever looks into the calendar reads the name of the meeting and its place, as whoever planned it "
            "wrote them. Of a task there is never more than the day."
        ),
        required=False,
    )

    def __init__(self, *args: Any, hers: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hers:
            self.fields["due_dates"].label = _("The days for what I offered to do")
            self.fields["details"].help_text = _(
                "Then anybody who looks into the calendar can read what the meeting is called and where you will be. "
                "If you are not sure, leave this out."
            )

    def clean(self) -> dict[str, Any]:
        """A calendar with nothing in it is of no use to anybody."""
        found: dict[str, Any] = super().clean() or {}
        if not found.get("conferences") and not found.get("due_dates"):
            raise forms.ValidationError(_("Choose what stands in your calendar."))
        return found
