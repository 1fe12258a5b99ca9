"""The shape of an item, of a change of its words, and of a word about a proposal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm, permission_field
from workspace.live.forms import Words

REPLY_LENGTH = 500


class TitleField(Words):
    """What an item is about, in one line."""

    def __init__(self) -> None:
        super().__init__(
            label=_("What do you want to talk about?"),
            max_length=200,
            widget=forms.TextInput(attrs={"dir": "auto"}),
            error_messages={
                "required": _("Say what it is about."),
                "max_length": _("This is too long. Say it in fewer words."),
            },
        )


class MinutesField(forms.IntegerField):
    """How long an item takes."""

    def __init__(self) -> None:
        sentence = _("Write a number of minutes from 1 to 240, or leave it empty.")
        super().__init__(
            label=_("How many minutes?"),
            help_text=_("You can leave this empty."),
            required=False,
            min_value=1,
            max_value=240,
            error_messages={"invalid": sentence, "min_value": sentence, "max_value": sentence},
        )


class ItemForm(ReadersForm):
    """An item. `kinds`, `presenters`: what this writer is offered, value and label."""

    prefix = "item"
    title = TitleField()
    kind = forms.ChoiceField(label=_("What is it for?"))
    minutes = MinutesField()
    presenter = forms.ChoiceField(
        label=_("Who presents it?"), help_text=_("You can leave this empty."), required=False
    )

    def __init__(
        self,
        *args: Any,
        kinds: list[tuple[str, Any]],
        presenters: list[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["left_out_because"].help_text = _("This is kept with it.")
        self.offer("kind", kinds)
        self.offer("presenter", presenters)


class WordingForm(forms.Form):
    """Other words for an item. `permitted`: as of everything that is written. `shown_title`, `shown_minutes`: what it
    said when its author began to write."""

    use_required_attribute = False

    title = TitleField()
    minutes = MinutesField()
    permitted = permission_field()
    # A draft goes with what it was made of.
    shown_title = forms.CharField(
        required=False, max_length=200, widget=forms.HiddenInput(attrs={"data-draft": ""})
    )
    shown_minutes = forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"data-draft": ""}))


class RefusalForm(forms.Form):
    """A word about a proposal that is not taken up."""

    use_required_attribute = False

    reply = Words(
        label=_("A kind word about why, and what may help instead"),
        max_length=REPLY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={
            "required": _("Write a word first. Whoever proposed it reads it."),
            "max_length": _("This is too long. Say it in fewer words."),
        },
    )


class NameGoalForm(forms.Form):
    """Which goal something is about. `goals`: those its writer sees, value and label. `seen`: the one that was
    shown."""

    use_required_attribute = False

    goal = forms.ChoiceField(
        label=_("Which goal is it about?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This goal is not here any more. Choose again.")},
    )

    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, goals: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["goal"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*goals, ("", _("no goal in particular"))]
