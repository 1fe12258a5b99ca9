"""The shape of a conference that is planned, and of the template that conferences begin with."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from agendas.items.models import ItemKind
from conferences.meetings.models import Kind
from workspace.live.forms import OnceForm, Words

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
MOST_ROWS = 40


def _of_our_time(value: date) -> None:
    if not 1900 <= value.year < 3000:
        raise forms.ValidationError(_("Look at the year again."))


def _number(smallest: int, largest: int, sentence: Any, **kwargs: Any) -> forms.IntegerField:
    """A whole number between two; every fault is told by the one sentence."""
    return forms.IntegerField(
        min_value=smallest,
        max_value=largest,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "required"), sentence),
        **kwargs,
    )


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
    minutes = _number(5, 480, _("Give a length between 5 and 480 minutes."), label=_("Length in minutes"))
    every_weeks = _number(
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


class TemplateForm(OnceForm):
    """What belongs to the whole template. `seen`: as above."""

    statement = Words(
        label=_("What everybody is asked to agree to about confidentiality"),
        help_text=_("Leave it empty for the usual text."),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    # A draft goes with the edition it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))


class StandingForm(forms.Form):
    """An item that conferences begin with."""

    title = Words(
        label=_("What it is called"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Give it a name, or take it out.")},
    )
    kind = forms.ChoiceField(
        label=_("What it is for"),
        choices=[("", ""), *ItemKind.choices],
        error_messages={"required": _("Choose what it is for.")},
    )
    minutes = _number(
        1, 240, _("Give between 1 and 240 minutes, or leave it empty."), label=_("Minutes"), required=False
    )


class PartForm(forms.Form):
    """A part that conferences usually have."""

    name = Words(
        label=_("What it is called"),
        max_length=80,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Give it a name, or take it out.")},
    )
    minutes = _number(1, 480, _("Give between 1 and 480 minutes."), label=_("Minutes"))
    without_her = forms.BooleanField(label=_("Without the survivor"), required=False)


def kept(rows: "forms.BaseFormSet[forms.Form]") -> list[dict[str, Any]]:
    """What the rows say that are not taken out, in their order."""
    said = [form.cleaned_data for form in rows.ordered_forms]
    return [{name: row[name] for name in row if name not in ("ORDER", "DELETE")} for row in said if row]


# Rows, and one empty one.
_SHAPE: dict[str, Any] = {
    "extra": 1,
    "can_order": True,
    "can_delete": True,
    "can_delete_extra": False,
    "max_num": MOST_ROWS,
    "absolute_max": MOST_ROWS,
    "validate_max": True,
}
StandingRows = forms.formset_factory(StandingForm, **_SHAPE)
PartRows = forms.formset_factory(PartForm, **_SHAPE)
