"""The shape that every form which writes something has."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from workspace.people.models import public_id
from workspace.text import cleaned


class OnceForm(forms.Form):
    """A form with a key of its own: sent twice (a double press, a retried request), it writes once."""

    use_required_attribute = False

    key = forms.CharField(max_length=20, min_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", public_id())

    def renew(self, **fresh: str) -> None:
        """Take a new key, so that the same words can be sent once more on purpose, and `fresh` values of other
        fields."""
        renewed = QueryDict(mutable=True)
        renewed.update(self.data)
        for name, value in {"key": public_id(), **fresh}.items():
            renewed[self.add_prefix(name)] = value
        self.data = renewed


class Words(forms.CharField):
    """A text that somebody types. What has nothing to see in it counts as empty, and what is too long comes back whole:
    a browser that knew the limit would cut off what is pasted or dictated, and say nothing."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "max_length": _("This is too long. Say it in fewer words.")
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without the limit."""
        found: dict[str, Any] = super().widget_attrs(widget)
        return {name: value for name, value in found.items() if name != "maxlength"}

    def to_python(self, value: Any) -> str:
        """The text as it will be kept."""
        return cleaned(super().to_python(value) or "")


def number(smallest: int, largest: int, sentence: Any, **kwargs: Any) -> forms.IntegerField:
    """A whole number between two; every fault is told by the one sentence."""
    return forms.IntegerField(
        min_value=smallest,
        max_value=largest,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "required"), sentence),
        **kwargs,
    )
