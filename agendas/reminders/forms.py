"""The shape of what somebody chooses about their reminders."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from agendas.reminders.models import How
from workspace.live.forms import OnceForm

MOST_DAYS = 7
HOURS = range(24)
OF_MAIL = ("address", "safe", "said_of", "hour", "quiet_from", "quiet_until")


def mail_can_go_to(address: str) -> None:
    """Refuse an address that no mail program can write down: by its place, or by what cannot be seen in it, some of
    which ends a line."""
    try:
        address.rpartition("@")[2].encode("idna")
    except ValueError as fault:
        raise ValidationError("", code="invalid") from fault
    if not address.isprintable():
        raise ValidationError("", code="invalid")


class RemindersForm(OnceForm):
    """How, of what and when somebody is reminded. `mail`: whether this place sends any. `asks`: it is somebody who is
    reminded of nothing until they ask for it, and of nothing that they would owe."""

    how = forms.ChoiceField(
        label=_("How do you want to be reminded?"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of these.")),
    )
    days = forms.TypedChoiceField(label=_("How long before the day?"), coerce=int)
    overdue = forms.BooleanField(label=_("Also of tasks that are past their day"), required=False)
    unanswered = forms.BooleanField(label=_("Also of tasks that wait for my answer"), required=False)
    address = forms.EmailField(
        label=_("E-mail address for reminders"),
        help_text=_("It is used for nothing else. If you choose no e-mail, it is deleted."),
        required=False,
        max_length=254,  # of the column
        validators=[mail_can_go_to],
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        error_messages=dict.fromkeys(
            ("invalid", "max_length"), _("Look at the address again: it should be like name@example.org.")
        ),
    )
    safe = forms.BooleanField(
        label=_("This address is safe for me: nobody else can read what comes there"), required=False
    )
    # The address that was in the form when the box beside it was ticked already.
    said_of = forms.CharField(required=False, widget=forms.HiddenInput)
    hour = forms.TypedChoiceField(
        label=_("Send it from this time on"),
        help_text=_("The first one comes when it is this time again, if there is something then."),
        coerce=int,
    )
    quiet_from = forms.TypedChoiceField(label=_("Send nothing from"), coerce=int)
    quiet_until = forms.TypedChoiceField(
        label=_("Send nothing until"),
        help_text=_(
            "What would come then comes afterwards. With the same time twice there is no such pause."
        ),
        coerce=int,
    )

    def __init__(self, *args: Any, mail: bool, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = asks
        self._offer("how", [choice for choice in How.choices if mail or choice[0] != How.MAIL])
        self._offer("days", [(number, _days(number)) for number in range(1, MOST_DAYS + 1)])
        for name in ("hour", "quiet_from", "quiet_until"):
            self._offer(name, [(hour, time_format(time(hour), "TIME_FORMAT")) for hour in HOURS])
        left_out = (("overdue", "unanswered") if asks else ("safe", "said_of")) + (() if mail else OF_MAIL)
        for name in left_out:
            self.fields.pop(name, None)

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Mail needs an address, and where it has to be said, that it is safe."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("how") == How.MAIL:
            if not given.get("address") and "address" not in self.errors:
                self.add_error("address", _("Write the address, or choose another way."))
            if self.asks and not given.get("safe"):
                self.add_error(
                    "safe", _("Tick this if it is so. If you are not sure, choose your start page.")
                )
            elif self.asks and given.get("address") and given.get("said_of") not in ("", given["address"]):
                # The tick is of the address that stood there before: of this one nobody has said it.
                self.add_error("safe", _("This is another address. Tick this again if it is safe too."))
                self.renew(safe="", said_of="")
        return given


def _days(number: int) -> str:
    one = _("The day before")
    return str(one if number == 1 else _("%(days)d days before") % {"days": number})
