"""The shape of a choice of readers, for every form that writes something which can be disclosed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.labels import ROLES, TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.forms import OnceForm, Words

BY_ROLE, BY_PERSON = "roles", "people"
NOT_NOW = _("This cannot be chosen now. Look at the list again.")


def permission_field() -> forms.BooleanField:
    """What a writer from an outside agency says once in a meeting."""
    return forms.BooleanField(
        label=_("My own client permits what I write here."),
        help_text=_("You are asked once in this meeting. It is kept with what you write."),
        required=False,
    )


class WritersForm(OnceForm):
    """What is asked of whoever writes or changes something that can be disclosed. `permitted`: that their own client
    permits it. `shown_readers`: a fingerprint of those who were shown to read it."""

    permitted = permission_field()
    shown_readers = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class ReadersForm(WritersForm):
    """Who is to read what is written. `topics`, `audiences` and `people` are what this writer is offered: value and
    label."""

    topic = forms.ChoiceField(
        label=_("What is it about?"), error_messages={"required": _("Choose what it is about.")}
    )
    audience = forms.ChoiceField(
        label=_("Who may read it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who may read it."),
            "invalid_choice": NOT_NOW,
        },
    )
    roles = forms.MultipleChoiceField(
        label=_("Which roles?"),
        required=False,
        choices=[(role.value, label) for role, label in ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NOT_NOW},
    )
    people = forms.MultipleChoiceField(
        label=_("Which people?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of these people cannot be chosen now. Choose again.")},
    )
    left_out_because = Words(
        label=_("Why is the survivor not among them?"),
        help_text=_("This is kept with what you write."),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(
        self,
        *args: Any,
        topics: tuple[Topic, ...],
        audiences: list[tuple[str, Any]],
        people: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("topic", [(topic.value, TOPICS[topic]) for topic in topics])
        self.offer("audience", [*audiences, (BY_ROLE, _("Role by role")), (BY_PERSON, _("Person by person"))])
        self.offer("people", people)

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Let the writer choose among these: value and label."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Somebody has to be chosen where roles or people are chosen one by one."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("audience") == BY_ROLE and not cleaned.get("roles"):
            self.add_error("roles", _("Choose at least one role."))
        if cleaned.get("audience") == BY_PERSON and not cleaned.get("people"):
            self.add_error("people", _("Choose at least one person."))
        return cleaned
