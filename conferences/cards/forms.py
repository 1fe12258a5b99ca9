"""The shape of a card, and of a card in another language."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.cards.models import PARTS
from workspace.disclosure.labels import DUTIES
from workspace.live.forms import OnceForm, Words

MOST = 1_000


def line(most: int, **kwargs: Any) -> Words:
    """A line on a card."""
    widget = forms.TextInput(attrs={"dir": "auto"})
    return Words(required=False, max_length=most, widget=widget, **kwargs)


def lines(**kwargs: Any) -> Words:
    """Some lines on a card."""
    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    return Words(required=False, max_length=MOST, widget=widget, **kwargs)


class PartsForm(OnceForm):
    """What can be said in several languages. `seen`: the edition of what was read."""

    does = lines(label=_("What I do"))
    does_not = lines(label=_("What I do not do"))
    ask_about = lines(label=_("Ask me about"))
    private = lines(label=_("Is what you tell me private?"))
    contact = lines(label=_("How and when to reach me"))
    # A draft goes with the edition it was made of.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))


class CardForm(PartsForm):
    """A card. `languages`, `stand_ins`: what this writer is offered, value and label. `hers`: it is the survivor's,
    who owes nobody to say what she keeps private or who stands in for her."""

    called = line(80, label=_("What people call me"), help_text=_("A short name is fine."))
    sounds = line(120, label=_("How to say it"), help_text=_("For example: mah-ree-SOL"))
    duties = forms.MultipleChoiceField(
        label=_("Can I keep it private?"),
        help_text=_("Whoever tells you something reads this first. It also stands beside your name."),
        required=False,
        choices=[(duty.value, first) for duty, (first, _beside) in DUTIES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    languages = line(200, label=_("Languages I speak"))
    stand_in = forms.ChoiceField(label=_("Who to ask when I am away"), required=False)
    language = forms.ChoiceField(label=_("The language you write this in"))

    field_order = (
        *("called", "sounds", "does", "does_not", "ask_about", "duties", "private", "languages", "contact"),
        *("stand_in", "language"),
    )

    def __init__(
        self,
        *args: Any,
        languages: list[tuple[str, Any]],
        stand_ins: list[tuple[str, Any]],
        hers: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["private"].label = _("More about that, in my own words")
        for name, choices in (("stand_in", stand_ins), ("language", languages)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        if hers:
            for name in ("duties", "private", "stand_in"):
                del self.fields[name]


class TranslationForm(PartsForm):
    """A card in another language. `said`: what there is to say, part by part."""

    language = forms.CharField(max_length=35, widget=forms.HiddenInput)

    def __init__(self, *args: Any, said: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PARTS:
            if said.get(name):
                self.fields[name].help_text = said[name]
            else:
                del self.fields[name]
