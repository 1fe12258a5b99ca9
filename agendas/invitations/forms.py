"""The shape of an answer to an invitation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.meetings.models import Answer

GONE = _("This is not part of the meeting any more. Look at the list again.")
ANSWERS = {
    Answer.YES: _("Yes, I come"),
    Answer.NO: _("No, I do not come"),
    Answer.IN_PART: _("In part, for what I choose here"),
}
HER_ANSWERS = {
    Answer.YES: _("Yes, I want to come"),
    Answer.NO: _("No, I do not want to come"),
    Answer.IN_PART: _("I want to come to some of it"),
}


class AnswerForm(forms.Form):
    """Whether somebody comes, and for which `parts` and `items` (value and label of those they are offered). `hers`:
    asked in the survivor's words."""

    use_required_attribute = False

    answer = forms.ChoiceField(
        label=_("Do you come?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these."), "invalid_choice": _("Choose one of these.")},
    )
    parts = forms.MultipleChoiceField(
        label=_("For which parts?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": GONE},
    )
    items = forms.MultipleChoiceField(
        label=_("For which items?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": GONE},
    )

    def __init__(
        self,
        *args: Any,
        parts: list[tuple[str, str]],
        items: list[tuple[str, str]],
        hers: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        answers = (HER_ANSWERS if hers else ANSWERS).items()
        divided = bool(parts or items)
        offered = [(value.value, label) for value, label in answers if divided or value != Answer.IN_PART]
        for name, choices in (("answer", offered), ("parts", parts), ("items", items)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
            if not choices:
                del self.fields[name]
        if hers:
            self.fields["answer"].label = _("Do you want to come?")

    def clean(self) -> dict[str, Any]:
        """Whoever comes in part says for what."""
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("parts") or cleaned.get("items") or self.errors
        if cleaned.get("answer") == Answer.IN_PART and not chosen:
            self.add_error("answer", _("Choose at least one thing that you come for."))
        return cleaned
