"""The shape of what is said about an action item: why, by when, who, in which words, and what has to come first."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.readers.forms import NOT_NOW, WritersForm
from workspace.live.forms import Words

LAST = date(2999, 12, 31)
TOO_LONG = _("This is too long: it has %(show_value)d letters, and %(limit_value)d fit here.")


def _words(
    label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3, most: int = 1_000
) -> Words:
    return Words(
        label=label,
        help_text=help_text,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        error_messages={"required": _("Write something first."), "max_length": TOO_LONG},
    )


def _line(label: Any, help_text: Any = "") -> Words:
    return Words(
        label=label,
        help_text=help_text,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Say it in one line, at most 200 letters."),
        },
    )


class SaidForm(WritersForm):
    """What is said about an action item, and read by those who read it. `seen`: how it stood when the form was read;
    `hers`: the survivor offered it, and owes no reason."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, hers: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hers = hers
        self.fields["permitted"].help_text = _("You are asked each time you write.")

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Let the writer choose among these: value and label."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class DeclineForm(SaidForm):
    """Why its owner says no."""

    because = _words(
        _("Why can you not do it?"), help_text=_("One sentence is enough. It helps to find somebody else.")
    )


class EndForm(SaidForm):
    """How it ended. `words`: in which words it can, value and label."""

    word = forms.ChoiceField(
        label=_("How did it end?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it ended."), "invalid_choice": NOT_NOW},
    )
    outcome = _words(
        _("What became of it, in one line"),
        help_text=_("What is there now that was not there before? Or why it was not done."),
        required=False,
        rows=2,
        most=500,
    )

    def __init__(self, *args: Any, words: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("word", words)
        if self.hers:
            self.fields["outcome"].label = _("Do you want to say something about it?")
            self.fields["outcome"].help_text = _("You do not have to.")

    def clean(self) -> dict[str, Any]:
        """One line is asked for; of the survivor none."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("word") and not given.get("outcome") and not self.hers and "outcome" not in self.errors:
            self.add_error("outcome", _("Say in one line what became of it, or why."))
        return given


class DateForm(SaidForm):
    """By when, and why that changes."""

    due = forms.DateField(
        label=_("By which day?"),
        help_text=_("Leave it empty if nobody can say yet."),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Give a whole date.")},
    )
    by_next = forms.BooleanField(label=_("By the next meeting, whenever that is"), required=False)
    because = _words(_("Why does it change?"), required=False, rows=2, most=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.hers:
            # She owes no reason, and none is kept.
            del self.fields["because"]

    def clean_due(self) -> date | None:
        """A day to come; the one that stood there may stay."""
        due: date | None = self.cleaned_data["due"]
        if due is not None and due != self.initial.get("due") and due < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        if due is not None and due > LAST:
            raise forms.ValidationError(_("Look at the year again."))
        return due

    def clean(self) -> dict[str, Any]:
        """One of the two at most; and why, but for the survivor. A reason for what stays as it is would be kept
        nowhere, so it is given back."""
        given: dict[str, Any] = super().clean() or {}
        given.setdefault("because", "")
        if given.get("due") and given.get("by_next"):
            # The one that stood there was left as it was, and the other is what was chosen.
            if given["due"] == self.initial.get("due"):
                given["due"] = None
            elif self.initial.get("by_next"):
                given["by_next"] = False
            else:
                self.add_error("by_next", _("Choose a day, or the next meeting, and not both."))
        changed = (given.get("due"), given.get("by_next")) != (
            self.initial.get("due"),
            self.initial.get("by_next"),
        )
        if changed and not given.get("because") and not self.hers and "because" not in self.errors:
            self.add_error("because", _("Say why, so that nobody has to guess."))
        if not changed and given["because"]:
            self.add_error(
                "because",
                _(
                    "Nothing changes: this is how it stands already. Change the day, or say this in a comment."
                ),
            )
        return given


class OwnerForm(SaidForm):
    """Who does it from now on. `people`: value and label."""

    to = forms.ChoiceField(
        label=_("Who does it from now on?"),
        help_text=_("They are asked, and can say no."),
        error_messages={
            "required": _("Choose who does it."),
            "invalid_choice": _("This person cannot be chosen now. Choose somebody else."),
        },
    )
    because = _words(
        _("What do they need to know?"),
        help_text=_("You can leave this empty. Whoever reads the task reads it too."),
        required=False,
        rows=2,
    )

    def __init__(self, *args: Any, people: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("to", [("", ""), *people])


class WordingForm(SaidForm):
    """Other words for it."""

    title = _line(_("What is to be done?"), _("One line that says it plainly."))


class CommentForm(SaidForm):
    """Something that is said about it."""

    text = _words(_("Your comment"), rows=4, most=5_000)


class ChangedForm(SaidForm):
    """What it changed for the survivor. `hers` says here that she writes herself."""

    text = _words(_("What did it change for her? In her own words."), rows=4, most=2_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.hers:
            self.fields["text"].label = _("What did it change for you?")
            self.fields["text"].help_text = _("You do not have to answer. Nobody minds.")


class StepForm(SaidForm):
    """A step."""

    text = _line(_("What is the next step?"), _("One small thing that can be done by itself."))


class HelpersForm(SaidForm):
    """Who helps. `people`: value and label. `shown`: who stood there as helping when it was read; nobody else can have
    been taken out in it."""

    helpers = forms.MultipleChoiceField(
        label=_("Who helps?"),
        help_text=_("One person does it; these help. They can read it."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("Somebody among them cannot be chosen now. Look at the list again.")
        },
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, people: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("helpers", people)

    def clean_shown(self) -> list[str]:
        """One by one."""
        return str(self.cleaned_data["shown"]).split()

    def give_back(self, helping: list[str]) -> None:
        """Show who helps by now, with what was changed in it as it was sent."""
        sent_with: Any = self.data
        again = sent_with.copy()
        sent, shown = again.getlist("helpers"), again.get("shown", "").split()
        stay = [each for each in helping if each in sent or each not in shown]
        again.setlist("helpers", [*stay, *(each for each in sent if each not in shown)])
        again["shown"] = " ".join(helping)
        self.data = again


class WaitingForm(SaidForm):
    """What has to come first. `tasks`, `topics`: value and label. `unseen`: it waits for a task that the writer does
    not see, and of which they change nothing."""

    first = forms.ChoiceField(
        label=_("Which task comes first?"),
        required=False,
        error_messages={"invalid_choice": NOT_NOW},
    )
    release = forms.ChoiceField(
        label=_("Does she have to release something first?"),
        help_text=_("Choose what the release would be about. Nobody is asked by this: it is only said here."),
        required=False,
        error_messages={"invalid_choice": NOT_NOW},
    )

    def __init__(
        self, *args: Any, tasks: list[tuple[str, Any]], topics: list[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("first", [("", _("none")), *tasks])
        self.offer("release", [("", _("no, nothing")), *topics])
        if self.hers:
            self.fields["release"].label = _("Do you have to allow something first?")
