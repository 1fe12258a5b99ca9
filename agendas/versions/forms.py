"""The shape of a text that is changed, and of a choice of other readers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm, WritersForm
from workspace.live.forms import Words

MOST_EDITIONS = 2**31 - 1


class TextForm(WritersForm):
    """The text of something that was written. `edition`: the one that its writer has before them."""

    prefix = "written"
    text = Words(
        label=_("What it is to say"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto", "spellcheck": "false"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Shorten it, or write two notes."),
        },
    )
    # A draft goes with the edition it was made of.
    edition = forms.IntegerField(
        min_value=1, max_value=MOST_EDITIONS, widget=forms.HiddenInput(attrs={"data-draft": ""})
    )


class OtherReadersForm(ReadersForm):
    """Who is to read something from now on. `sure`: a fingerprint of those about whom its author was asked again."""

    prefix = "written"
    sure = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
