"""The shape of what is said when a conference is called off."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.live.forms import OnceForm, Words


class CancellingForm(OnceForm):
    """A line for everybody who is invited, and whether the series ends as well, which is asked where there is one.
    `seen`: the plan as it was read."""

    seen = forms.CharField(required=False, max_length=64)
    words = Words(
        label=_("Do you want to say something about it?"),
        help_text=_("Everybody below reads it. You can leave it empty. No names, and nothing about anybody."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"max_length": _("This is too long. Shorten it.")},
    )
    series_ends = forms.BooleanField(
        label=_("The series ends here too"),
        help_text=_("If you leave it empty, the next meeting is planned at once."),
        required=False,
    )
