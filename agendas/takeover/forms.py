"""The shape of what is said of what the leaving seat answered for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agendas.handover.forms import Chosen
from workspace.live.forms import OnceForm, Words


class RefusalForm(OnceForm):
    """Why something is not taken over."""

    because = Words(
        label=_("Why do you not take it over?"),
        help_text=_("Case managers and the clinical supervisor who see it read this, to find somebody else."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={
            "required": _("Say why, so that somebody else can be found."),
            "max_length": _("This is too long. Shorten it."),
        },
    )


class OwnerForm(OnceForm):
    """Who is asked instead. `people`: value and label."""

    to = Chosen(_("Who is asked to do it?"))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, Chosen)
        field.choices = [("", ""), *people]
