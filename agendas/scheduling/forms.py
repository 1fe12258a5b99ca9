"""The shape of a conference that is planned."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.meetings.models import Kind
from workspace.live.forms import OnceForm, Words, number

# Those of the United States; any other can be typed.
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


def _of_our_time(value: date) -> None:
    if not 1900 <= value.year < 3000:
        raise forms.ValidationError(_("Look at the year again."))


class PlanForm(OnceForm):
    """What is settled about a conference, but for who comes. `people`: who may lead or write down, value and name."""

    title = Words(
        label=_("What is it called?"),
        help_text=_("No names and no topics: the title may be read over somebody's shoulder."),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Give it a name.")},
    )
    kind = forms.ChoiceField(label=_("What kind of meeting is it?"), choices=Kind)
    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[_of_our_time],
        error_messages=dict.fromkeys(("invalid", "required"), _("Give a day.")),
    )
    time = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages=dict.fromkeys(("invalid", "required"), _("Give a time, for example 14:30.")),
    )
    zone = forms.CharField(
        label=_("In the time zone"),
        help_text=_("Everybody reads the time in their own time zone."),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false", "dir": "ltr"}),
    )
    minutes = number(5, 480, _("Give a length between 5 and 480 minutes."), label=_("Length in minutes"))
    every_weeks = number(
        1,
        52,
        _("Give a number of weeks between 1 and 52, or leave it empty."),
        label=_("Again every so many weeks"),
        help_text=_("Leave empty if it is held once. The next meeting is planned when this one is closed."),
        required=False,
    )
    place = Words(
        label=_("Place, or link to the video call"),
        help_text=_("Everybody who is invited reads it. For a safe place, write that you tell it by phone."),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    facilitator = forms.ChoiceField(
        label=_("Who leads the meeting?"), error_messages={"required": _("Choose who leads.")}
    )
    recorder = forms.ChoiceField(label=_("Who writes down what others say?"), required=False)

    def __init__(
        self, *args: Any, leaders: list[tuple[str, Any]], recorders: list[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("facilitator", leaders)
        self._offer("recorder", [("", _("Nobody")), *recorders])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_zone(self) -> str:
        """A zone that the clocks of this house know."""
        zone = str(self.cleaned_data["zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(
                _("Give the name of a time zone as the list has it, for example America/Chicago.")
            )
        return zone

    def clean(self) -> dict[str, Any]:
        """`starts`: the instant at which the clocks there show that day and time. An hour that they leave out, or show
        twice, is none at which people could meet."""
        given: dict[str, Any] = super().clean() or {}
        if {"day", "time", "zone"} <= given.keys():
            wall = datetime.combine(given["day"], given["time"], ZoneInfo(given["zone"]))
            given["starts"] = wall.replace(second=0, microsecond=0)
            if wall.utcoffset() != wall.replace(fold=1).utcoffset():
                self.add_error("time", _("At that hour the clocks there are changed. Choose another time."))
        return given


class MeetingForm(PlanForm):
    """A conference that is planned, and who is invited to it. `guests`: value and name of those who can be."""

    invited = forms.MultipleChoiceField(
        label=_("Who is invited?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    observers = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, guests: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("invited", "observers"):
            self._offer(name, guests)


class ChangeForm(PlanForm):
    """What is changed about a conference that has not begun. `seen`: its edition when the form was read."""

    # A draft goes with the edition it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))
