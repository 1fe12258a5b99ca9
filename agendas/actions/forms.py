"""The shape of an action item: what, who, by when, and who is to read it."""

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


class ActionForm(ReadersForm):
    """An action item. `owners`: whom this writer is offered, value and label."""

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

    def __init__(
        self, *args: Any, topics: tuple[Topic, ...], owners: list[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, topics=topics, **kwargs)
        # Where the topic it comes from is not this writer's to choose, none is chosen for them.
        self.offer("topic", [("", ""), *((topic.value, TOPICS[topic]) for topic in topics)])
        self.offer("owner", [("", ""), *owners])
