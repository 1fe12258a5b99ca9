"""The shape of what is said in a handover."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.releases.forms import instant
from workspace.live.forms import OnceForm, Words

NARROW, WIDE = "few", "all"
ONLY_THE_NEW, MANAGERS_TOO = "new", "managers"
LAST = date(2999, 12, 31)
FIRST = date(1900, 1, 1)


def _not_to_come(value: date) -> None:
    if value > timezone.localdate():
        raise forms.ValidationError(_("This day has not come yet. Choose today or an earlier day."))
    _of_our_time(value)


def _of_our_time(value: date) -> None:
    if not FIRST <= value <= LAST:
        raise forms.ValidationError(_("Look at the year again."))


def day(**kwargs: Any) -> forms.DateField:
    """A day in the reader's time zone."""
    sentence = _("Give a whole date.")
    return forms.DateField(
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": sentence, "required": sentence},
        **kwargs,
    )


def noon(value: date) -> datetime:
    """The middle of a day, which is on that day for whoever reads it near here."""
    return datetime.combine(value, time(12), timezone.get_current_timezone())


def end_of(value: date) -> datetime:
    """The instant at which a day is over."""
    return datetime.combine(value + timedelta(days=1), time.min, timezone.get_current_timezone())


def long_text(label: Any, help_text: Any, required: Any) -> Words:
    """Some lines that somebody types."""
    return Words(
        label=label,
        help_text=help_text,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": required, "max_length": _("This is too long. Shorten it.")},
    )


class Chosen(forms.ChoiceField):
    """One of several that this writer is offered."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        sentences = {
            "required": _("Choose one."),
            "invalid_choice": _("This cannot be chosen now. Choose something else."),
        }
        super().__init__(label=label, error_messages=sentences, **kwargs)


class BeginForm(OnceForm):
    """Who takes over, and what the survivor is told. `seats`: the case managers there are, value and label."""

    seat = Chosen(_("Who takes over?"), required=False)
    email = forms.EmailField(
        label=_("Or somebody of your agency who is not on the team yet: their e-mail address"),
        required=False,
        error_messages={"invalid": _("Give a whole e-mail address.")},
    )
    words = long_text(
        _("What do you tell the survivor?"),
        _(
            "In your own words, and in her language if you can. She reads exactly this, before anything changes."
        ),
        _("Write what she is told. She is told first."),
    )

    def __init__(self, *args: Any, seats: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["seat"]
        assert isinstance(field, Chosen)
        field.choices = [("", ""), *seats]
        if not seats:
            del self.fields["seat"]
            self.fields["email"].label = _("Who takes over? The e-mail address of somebody of your agency")

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two says who."""
        cleaned: dict[str, Any] = {"seat": ""} | (super().clean() or {})
        if not self.errors and bool(cleaned["seat"]) == bool(cleaned["email"]):
            self.add_error("email", _("Choose somebody or give an address, and only one of them."))
        return cleaned


class ToldForm(OnceForm):
    """That somebody told her."""

    day = day(label=_("On which day was she told?"), validators=[_not_to_come])
    how_text = Words(
        label=_("How was she told?"),
        help_text=_("A short line: in person, by telephone, with the interpreter. She can read it."),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={
            "required": _("Say how she was told."),
            "max_length": _("This is too long. Shorten it."),
        },
    )


class OverlapForm(OnceForm):
    """From when the new one has a seat, and the last day of the old one. Where there is a seat, or none that ends, it
    is not asked for."""

    starts = instant(label=_("From when does the new case manager have a seat?"))
    known_to = Chosen(
        _("Who may know that they are on the team?"),
        choices=[
            (NARROW, _("The survivor, case managers, the clinical supervisor and the interpreter")),
            (WIDE, _("Everyone at this table")),
        ],
        widget=forms.RadioSelect,
    )
    last_day = day(
        label=_("What is the last day of the case manager who leaves?"),
        help_text=_("Their seat ends by itself when this day is over."),
        validators=[_of_our_time],
    )
    apart = forms.BooleanField(label=_("Yes, it is meant this way"), required=False)

    def __init__(self, *args: Any, seated: bool, ends: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gone = [*(("starts", "known_to") if seated else ()), *(() if ends else ("last_day", "apart"))]
        for name in gone:
            del self.fields[name]


class WordsForm(OnceForm):
    """What the survivor wants the new one to know, and who reads it. `readers`: value and label. `seen`: what it said
    before."""

    text = long_text(
        _("What do you want them to know?"),
        _("What helps you, what they should not ask again, or anything else. You can change it later."),
        _("Write something first."),
    )
    readers = Chosen(_("Who may read it?"), widget=forms.RadioSelect)
    # A draft goes with what it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, readers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["readers"]
        assert isinstance(field, Chosen)
        field.choices = readers


class MetForm(OnceForm):
    """When the two met."""

    day = day(label=_("On which day did they meet?"), validators=[_not_to_come])


class CancellationForm(OnceForm):
    """What the survivor is told when it does not happen."""

    words = long_text(
        _("What do you tell the survivor?"),
        _("In your own words, and in her language if you can. She reads exactly this."),
        _("Write what she is told."),
    )
