"""The shape of the template that conferences begin with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agendas.items.models import ItemKind
from workspace.live.forms import OnceForm, Words, number

MOST_ROWS = 40


class TemplateForm(OnceForm):
    """What belongs to the whole template. `seen`: its edition when the form was read."""

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
    minutes = number(
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
    minutes = number(1, 480, _("Give between 1 and 480 minutes."), label=_("Minutes"))
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
