"""The shape of a supervisor's review of a plan, and of how often a task force asks for it."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import BY_ROLE, ReadersForm
from workspace.live.forms import OnceForm, Words
from workspace.people.models import REVIEWED_EVERY


class ReviewForm(ReadersForm):
    """What a supervisor says of a plan that they went through, and who is to read it. `seen`: the edition of the plan
    that they read."""

    prefix = "review"
    text = Words(
        label=_("What you noticed, or want to say about it"),
        help_text=_("You can leave this empty. Then only that you went through the plan is kept."),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, audiences: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, audiences=audiences, **kwargs)
        # Nobody is chosen by name: all who carry the case read it.
        del self.fields["people"]
        self.offer("audience", [*audiences, (BY_ROLE, _("Role by role"))])


def how_often(days: int) -> str:
    """Every so many days, in words."""
    return gettext("Every %(days)d days") % {"days": days} if days else gettext("It is not asked for")


class AskForm(OnceForm):
    """How often the task force asks for it. `seen`: how often it did when the form was read."""

    every = forms.TypedChoiceField(
        label=_("How often does a clinical supervisor go through each plan?"),
        choices=lambda: [(days, how_often(days)) for days in REVIEWED_EVERY],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of these.")),
    )
    seen = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput(attrs={"data-draft": ""}))
