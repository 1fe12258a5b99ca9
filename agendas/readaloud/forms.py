"""The shape of a goal that is said in other words."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agendas.goals.forms import MOST
from workspace.live.forms import OnceForm, Words


class WordsForm(OnceForm):
    """Her words. `hers`: she writes them herself. `languages`: value and label. `seen`: the edition of the words that
    stood there."""

    words = Words(
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("This is too long. Say it in fewer words."),
        },
    )
    language = forms.ChoiceField(label=_("In which language is it said?"), required=False)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft": ""}))

    def __init__(self, *args: Any, hers: bool, languages: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("How would you say it?") if hers else _("How does she say it?")
        if not hers:
            self.fields["words"].help_text = _("Write her own words, in the language in which she says them.")
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = languages
