"""The shape of an action item: what, who, by when, and who is to read it; and of the one line that says the first
three."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.forms import Words

LAST = date(2999, 12, 31)


def _to_come(value: date) -> None:
    if value < timezone.localdate():
        raise forms.ValidationError(_("This day is over. Choose today or a later day."))
    if value > LAST:
        raise forms.ValidationError(_("Look at the year again."))


class LineForm(forms.Form):
    """One line. Nothing is kept of it before its writer has seen what was understood."""

    use_required_attribute = False
    prefix = "line"

    said = Words(
        label=_("Who does what by when, in one line"),
        help_text=_(
            "For example: “Alex calls the shelter by Friday”. You see what was understood before anything is kept."
        ),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"dir": "auto", "spellcheck": "false", "enterkeyhint": "next"}),
    )

    def __init__(self, *args: Any, focus: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if focus:
            self.fields["said"].widget.attrs["autofocus"] = True


class ActionForm(ReadersForm):
    """An action item. `owners`, `helpers`, `goals`: what this writer is offered, value and label."""

    prefix = "action"
    title = Words(
        label=_("What is to be done?"),
        help_text=_("One line that says it plainly."),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "spellcheck": "false"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Say it in one line, at most 200 letters."),
        },
    )
    owner = forms.ChoiceField(
        label=_("Who does it?"),
        help_text=_("They are asked, and can say no. They can always read it."),
        error_messages={
            "required": _("Choose who does it."),
            "invalid_choice": _("This person cannot be chosen now. Choose somebody else."),
        },
    )
    due = forms.DateField(
        label=_("By when?"),
        help_text=_("Leave it empty if nobody can say yet."),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Give a whole date.")},
        validators=[_to_come],
    )
    by_next = forms.BooleanField(label=_("By the next meeting, whenever that is"), required=False)
    goal = forms.ChoiceField(
        label=_("Which goal is it for?"),
        required=False,
        error_messages={"invalid_choice": _("This goal cannot be chosen now. Choose another one.")},
    )
    helpers = forms.MultipleChoiceField(
        label=_("Who helps?"),
        help_text=_("One person does it. Whoever helps can always read it too."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of these people cannot be chosen now. Choose again.")},
    )

    def __init__(
        self,
        *args: Any,
        topics: tuple[Topic, ...],
        owners: list[tuple[str, Any]],
        helpers: list[tuple[str, Any]],
        goals: list[tuple[str, str]],
        focus: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, topics=topics, **kwargs)
        # Where the topic it comes from is not this writer's to choose, none is chosen for them.
        self.offer("topic", [("", ""), *((topic.value, TOPICS[topic]) for topic in topics)])
        self.offer("owner", [("", ""), *owners])
        self.offer("helpers", helpers)
        self.offer("goal", [("", _("No goal yet")), *goals])
        for name in focus:
            self.fields[name].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """By a day or by the next meeting, and one person does it."""
        cleaned = super().clean()
        if cleaned.get("due") and cleaned.get("by_next"):
            self.add_error("due", _("Choose a day or the next meeting, not both."))
        if cleaned.get("owner") and cleaned["owner"] in cleaned.get("helpers", ()):
            self.add_error("helpers", _("Whoever does it need not be chosen here as well."))
        return cleaned
