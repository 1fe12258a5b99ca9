"""The shape of a note: what it is, its text, and who is to read it."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from agendas.notes.models import DECISION
from conferences.readers.forms import ReadersForm
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.forms import Words


def _words(label: Any, too_long: Any) -> Words:
    return Words(
        label=label,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "spellcheck": "false"}),
        error_messages={"required": _("Write something first."), "max_length": too_long},
    )


class NoteForm(ReadersForm):
    """A note. `kinds`, and `speakers` for whom a recorder may write, are what this writer is offered beside the
    readers: value and label."""

    prefix = "note"
    text = _words(
        _("What do you want to write down?"), _("This is too long. Shorten it, or write two notes.")
    )
    kind = forms.ChoiceField(
        label=_("What kind of note is it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what kind of note it is."),
            "invalid_choice": _("Choose what kind of note it is."),
        },
    )
    afterwards = forms.BooleanField(required=False, widget=forms.HiddenInput)

    said_by = forms.ChoiceField(
        label=_("Who said this?"),
        help_text=_(
            "They are asked whether it is right. Interpreters and the survivor’s attorney are not on this list: "
            "one says what others say, the other writes down their own words."
        ),
        required=False,
        error_messages={
            "invalid_choice": _(
                "You cannot write for this person now. Choose somebody else, or write it as your own."
            )
        },
    )

    def __init__(
        self, *args: Any, kinds: list[tuple[str, Any]], speakers: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("kind", kinds)
        self.offer_speakers(speakers)

    def offer_speakers(self, speakers: list[tuple[str, str]]) -> None:
        """Let a recorder choose among those for whom they may write."""
        self.offer("said_by", [("", _("I say this myself")), *speakers])

    def clean(self) -> dict[str, Any]:
        """A decision is nobody's words."""
        cleaned = super().clean()
        if cleaned.get("kind") == DECISION and cleaned.get("said_by"):
            self.add_error(
                "said_by", _("A decision is nobody’s own words. Choose another kind, or say it yourself.")
            )
        return cleaned


class DecisionForm(ReadersForm):
    """A decision that is made out of a note. Who reads it is chosen anew."""

    prefix = "decision"
    kind: ClassVar[str] = DECISION
    text = _words(_("What was decided?"), _("This is too long. Shorten it, or take two decisions."))

    def __init__(self, *args: Any, topics: tuple[Topic, ...], **kwargs: Any) -> None:
        super().__init__(*args, topics=topics, **kwargs)
        # Where the note's own topic is not this writer's to choose, none is chosen for them.
        self.offer("topic", [("", ""), *((topic.value, TOPICS[topic]) for topic in topics)])
