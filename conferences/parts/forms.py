"""The shape of a part that is added."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.live.forms import OnceForm, Words


class PartForm(OnceForm):
    """What it is called, how long it takes, and whether the survivor is in it."""

    name = Words(
        label=_("What is this part called?"),
        help_text=_(
            "Everybody who is invited reads it, the survivor too. No names, and nothing about anybody."
        ),
        max_length=80,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Give it a name."), "max_length": _("Find a shorter name.")},
    )
    minutes = forms.IntegerField(
        label=_("How many minutes?"),
        min_value=1,
        max_value=240,
        error_messages={
            "required": _("Say how many minutes."),
            "invalid": _("Give a number of minutes, from 1 to 240."),
            "min_value": _("Give a number of minutes, from 1 to 240."),
            "max_value": _("Give a number of minutes, from 1 to 240."),
        },
    )
    without_her = forms.BooleanField(
        label=_("The survivor is not in this part"),
        help_text=_("Her page says so, and when she is expected back."),
        required=False,
    )
