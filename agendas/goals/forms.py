"""The shape of what stands in the plan: a goal in her words, in other words and in another language, how a professional
understands it, a need, a strength, something in the way, and where one of them stands now."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import ReadersForm, permission_field
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.policy import Topic
from workspace.live.forms import OnceForm, Words

MOST = 2_000
CHOOSE_AGAIN = {"invalid_choice": _("What you chose is not here any more. Choose again.")}


def _text(
    label: Any, *, rows: int = 3, required: bool = True, most: int = MOST, help_text: Any = ""
) -> Words:
    return Words(
        label=label,
        help_text=help_text,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Say it in fewer words."),
        },
    )


def _offer(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _on_her_word() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("These are her own words, in the language she said them."),
        required=True,
        error_messages={
            "required": _(
                "A goal is in her own words. If these are yours, write instead how you understand one of her goals."
            )
        },
    )


class PlanForm(ReadersForm):
    """Something in the plan, and who is to read it."""

    def __init__(self, *args: Any, topics: tuple[Topic, ...], **kwargs: Any) -> None:
        super().__init__(*args, topics=topics, **kwargs)
        # Nothing is chosen beforehand: the first of the list would be chosen for whoever overlooks it.
        self.offer("topic", [("", ""), *((topic.value, TOPICS[topic]) for topic in topics)])
        self.fields["topic"].error_messages["required"] = _("Choose what it is about.")
        self.fields["permitted"].help_text = _("It is kept with what you write.")


class GoalForm(PlanForm):
    """A goal. `hers`: the survivor writes it herself; else somebody says that they write it on her word."""

    prefix = "goal"
    words = _text(_("What she wants, in her own words"))
    language = forms.ChoiceField(label=_("In which language was it said?"), required=False)
    on_her_word = _on_her_word()

    def __init__(self, *args: Any, languages: list[tuple[str, Any]], hers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("language", languages)
        if hers:
            del self.fields["on_her_word"]
            self.fields["words"].label = _("What do you want?")
            self.fields["words"].help_text = _("Say it in your own words. There is no wrong way to say it.")
            self.fields["language"].label = _("Which language is this in?")


class WordsForm(OnceForm):
    """A goal in other words. `seen`: the edition of what was read; `hers` as of a goal."""

    prefix = "words"
    words = _text(_("How she says it now"))
    language = forms.ChoiceField(label=_("In which language was it said?"), required=False)
    on_her_word = _on_her_word()
    # A draft goes with the edition it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, languages: list[tuple[str, Any]], hers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "language", languages)
        if hers:
            del self.fields["on_her_word"]
            self.fields["words"].label = _("How do you say it now?")
            self.fields["language"].label = _("Which language is this in?")


class TranslationForm(OnceForm):
    """A goal in another language. `seen` as of other words."""

    prefix = "translation"
    language = forms.ChoiceField(
        label=_("Into which language?"), error_messages={"required": _("Choose a language.")}
    )
    words = _text(_("The same, in that language"))
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, languages: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "language", languages)


class ReadingForm(PlanForm):
    """How a professional understands a goal."""

    prefix = "reading"
    text = _text(_("How do you understand this goal?"), rows=4, most=5_000)


class NeedForm(PlanForm):
    """A need. `needs`: those that are met, of which one may have made it seen; value and label."""

    prefix = "need"
    text = _text(_("What is needed?"))
    uncovered_by = forms.ChoiceField(
        label=_("Which need that was met made it seen?"),
        help_text=_("You can leave this empty."),
        required=False,
        error_messages=CHOOSE_AGAIN,
    )

    def __init__(self, *args: Any, linked: list[tuple[str, Any]], hers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("uncovered_by", [("", _("nothing in particular")), *linked])
        self.fields["topic"].label = _("Which part of life does it belong to?")
        if hers:
            self.fields["text"].label = _("What do you need?")


def _been(value: date) -> None:
    if value > timezone.localdate():
        raise forms.ValidationError(_("This day is still to come. Choose today or an earlier day."))


class StrengthForm(PlanForm):
    """Something she can do, or has done."""

    prefix = "strength"
    text = _text(_("What can she do, or what has she done?"))
    achieved_on = forms.DateField(
        label=_("If she has done it: when?"),
        help_text=_("You can leave this empty."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Write a day, or leave it empty.")},
        validators=[_been],
    )

    def __init__(self, *args: Any, linked: list[tuple[str, Any]], hers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].label = _("Which part of life does it belong to?")
        if hers:
            self.fields["text"].label = _("What can you do, or what have you done?")
            self.fields["achieved_on"].label = _("If you have done it: when?")


class BarrierForm(PlanForm):
    """Something in the way. `linked`: the goals that it may be in the way of, value and label."""

    prefix = "barrier"
    text = _text(_("What is in the way?"))
    goal = forms.ChoiceField(
        label=_("Which goal is it in the way of?"),
        help_text=_("You can leave this empty."),
        required=False,
        error_messages=CHOOSE_AGAIN,
    )

    def __init__(self, *args: Any, linked: list[tuple[str, Any]], hers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("goal", [("", _("nothing in particular")), *linked])
        self.fields["topic"].label = _("Which part of life does it belong to?")
        if hers:
            self.fields["text"].label = _("What is in your way?")


class AssessmentForm(OnceForm):
    """How it stands now, and why. `seen`: where it stood when the form was read."""

    prefix = "assessment"
    status = forms.ChoiceField(
        label=_("How does it stand now?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it stands.")},
    )
    because = _text(
        _("A line about it, if you like"),
        rows=2,
        required=False,
        help_text=_("Everybody who may read this reads your line as well."),
    )
    permitted = permission_field()
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, statuses: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "status", statuses)
        self.fields["permitted"].help_text = _("It is kept with what you write.")
