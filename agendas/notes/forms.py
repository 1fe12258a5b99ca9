"""The shape of a note: what it is, its text, and who is to read it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm
from workspace.live.forms import Words


class NoteForm(ReadersForm):
    """A note. `kinds` is what this writer is offered beside the readers: value and label."""

    prefix = "note"
    text = Words(
        label=_("What do you want to write down?"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "spellcheck": "false"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Shorten it, or write two notes."),
        },
    )
    kind = forms.ChoiceField(
        label=_("What kind of note is it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of note it is.")},
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("kind", kinds)
