"""The shape of a question, of an answer, of who is to answer, and of a word about what is set aside."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.questions.models import ALL, FEW
from conferences.readers.forms import ReadersForm, WritersForm, permission_field
from workspace.live.forms import Words


def _words(label: Any, *, rows: int, most: int) -> Words:
    return Words(
        label=label,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Say it in fewer words."),
        },
    )


class AskForm(ReadersForm):
    """A question in one's own words. `subjects`: whom or what it may be about, value and label, perhaps in groups.
    `hers`: the survivor asks, and chooses between two ways only."""

    prefix = "question"
    text = _words(_("What is not clear?"), rows=4, most=2_000)
    about = forms.ChoiceField(
        label=_("Whom or what is it about?"), help_text=_("You can leave this empty."), required=False
    )

    def __init__(
        self,
        *args: Any,
        subjects: list[tuple[str, Any]],
        audiences: list[tuple[str, Any]],
        hers: bool,
        **kwargs: Any,
    ) -> None:
        few = _("The survivor, case managers, the clinical supervisor and the interpreter")
        super().__init__(*args, audiences=[(FEW, few), *audiences], **kwargs)
        self.offer("about", subjects)
        if hers:
            for name in ("topic", "roles", "people", "left_out_because"):
                del self.fields[name]
            only = _("Only my case managers and the clinical supervisor")
            self.offer("audience", [(FEW, only), (ALL, _("Everyone at this table"))])
            self.fields["audience"].label = _("Whom do you want to ask?")
        else:
            self.fields["permitted"].help_text = _("It is kept with what you write.")
            self.fields["topic"].label = _("Which topic does it belong to?")
            self.fields["topic"].help_text = _(
                "If it is about somebody or something above, it has the topic of that."
            )


class AnswerForm(WritersForm):
    """An answer."""

    prefix = "answer"
    text = _words(_("Your answer"), rows=5, most=5_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permitted"].help_text = _("You are asked each time you answer.")


class WidenForm(forms.Form):
    """To let everybody read a question. `permitted`: as of everything that is written."""

    use_required_attribute = False

    permitted = permission_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permitted"].help_text = _("You are asked again, because more people will read it.")


class RouteForm(forms.Form):
    """Who is to answer. `people`: those who could, value and label. `unseen`: it waits for somebody whom they do not
    see, and of whom they change nothing."""

    use_required_attribute = False

    to = forms.ChoiceField(label=_("Who is to answer?"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, people: list[tuple[str, str]], unseen: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*people, ("", _("as it is now") if unseen else _("nobody in particular"))]


class SetAsideForm(forms.Form):
    """A word about a question that is set aside. `shown_readers`: as of everything that is written."""

    use_required_attribute = False

    note = _words(_("A word to whoever asked: why, and what may help instead"), rows=3, most=1_000)
    shown_readers = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
