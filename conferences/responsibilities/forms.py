"""The shape of what has to be done: its words, who does what, and a choice of what there usually is to do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm
from workspace.disclosure.labels import AUDIENCES, TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.forms import OnceForm, Words

OFFERED = ("management", "everyone")  # to whom all of the usual list can be shown at once
NOT_NOW = {"invalid_choice": _("Somebody among them cannot be chosen now. Look at the list again.")}


class TextField(Words):
    """What has to be done, in one line."""

    def __init__(self) -> None:
        super().__init__(
            label=_("What has to be done?"),
            help_text=_("One line that begins with what somebody does, such as “Arranges rides”."),
            max_length=200,
            widget=forms.TextInput(attrs={"dir": "auto"}),
            error_messages={
                "required": _("Write something first."),
                "max_length": _("This is too long. Say it in one line, at most 200 letters."),
            },
        )


class ResponsibilityForm(ReadersForm):
    """Something that has to be done, and who is to read it."""

    prefix = "line"
    text = TextField()

    def __init__(self, *args: Any, topics: tuple[Topic, ...], **kwargs: Any) -> None:
        super().__init__(*args, topics=topics, **kwargs)
        self.offer("topic", [("", ""), *((topic.value, TOPICS[topic]) for topic in topics)])


class UsualForm(OnceForm):
    """What there usually is to do, and who is to read it. `lines`: what this writer is offered, value and label."""

    prefix = "usual"
    lines = forms.MultipleChoiceField(
        label=_("What does this case need?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one."),
            "invalid_choice": _("One of them is on the board by now. Look at the list again."),
        },
    )
    audience = forms.ChoiceField(
        label=_("Who may read it?"),
        help_text=_("Of an outside agency, only if a release lets it know about the topic."),
        choices=[(each.key, each.label) for each in AUDIENCES if each.key in OFFERED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who may read it.")},
    )
    shown_readers = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lines"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = lines


class DivisionForm(forms.Form):
    """Who does what. `holders`: who can answer for it; `doers`, `readers`: who can do it, and be asked and told; each
    value and label. `seen`: the edition when the form was read."""

    use_required_attribute = False

    accountable = forms.ChoiceField(
        label=_("Who answers for it?"),
        help_text=_("One person, who sees to it that it is done."),
        required=False,
        error_messages={"invalid_choice": _("This person cannot be chosen now. Choose somebody else.")},
    )
    does = forms.MultipleChoiceField(
        label=_("Who does it?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=NOT_NOW,
    )
    asked = forms.MultipleChoiceField(
        label=_("Who is asked before?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=NOT_NOW,
    )
    told = forms.MultipleChoiceField(
        label=_("Who is told afterwards?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=NOT_NOW,
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        holders: list[tuple[str, Any]],
        doers: list[tuple[str, Any]],
        readers: list[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("accountable", holders),
            ("does", doers),
            ("asked", readers),
            ("told", readers),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class WordingForm(forms.Form):
    """Other words for it. `shown`: what it said when its author began to write. `permitted`: whether their own client
    permits it, where they are asked."""

    use_required_attribute = False

    text = TextField()
    permitted = forms.BooleanField(label=_("My own client permits what I write here."), required=False)
    # A draft goes with what it was made of.
    shown = forms.CharField(
        required=False, max_length=200, widget=forms.HiddenInput(attrs={"data-draft": ""})
    )
