"""The shape of what is said when a conference is closed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.live.forms import Words

MOST = 500
REASONS = ("roles_waived", "safety_waived")


def _reason(label: Any, missing: Any) -> Words:
    return Words(
        label=label,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "spellcheck": "false"}),
        error_messages={"required": missing, "max_length": _("This is too long. Shorten it.")},
    )


class ClosingForm(forms.Form):
    """Why roles or safety were not taken up, and whether what came out was read aloud.

    `missing`: the names of the reasons that are asked for; the others are not. `listed`: a fingerprint of what there is
    to read aloud now, or nothing where there is nothing. `ready`: the conference can be closed; otherwise it
    is only asked whether the form was sent before.
    """

    use_required_attribute = False
    prefix = "closing"

    roles_waived = _reason(
        _("Why were roles not talked about?"),
        _("Say why roles were not talked about, or go back to the meeting and talk about them."),
    )
    safety_waived = _reason(
        _("Why was safety not talked about?"),
        _("Say why safety was not talked about, or go back to the meeting and talk about it."),
    )
    read_out = forms.BooleanField(
        label=_("I have read these aloud, and they were confirmed."),
        help_text=_("If you leave it empty, the page of the meeting says that they were not read aloud."),
        required=False,
    )
    listed = forms.CharField(required=False, max_length=64)

    def __init__(
        self, *args: Any, missing: tuple[str, ...], now_listed: str, ready: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now_listed, self.ready = now_listed, ready
        for name in REASONS:
            self.fields[name].required = name in missing
            # What was typed before it was taken up after all stays to be read.
            if name not in missing and not self.data.get(self.add_prefix(name)):
                del self.fields[name]
        if ready and not now_listed:
            del self.fields["read_out"]
        else:
            # A draft ticks it again only while the same is listed.
            self.fields["read_out"].widget.attrs["value"] = now_listed

    def clean(self) -> dict[str, Any]:
        """What was read aloud has to be what is listed now."""
        cleaned: dict[str, Any] = super().clean() or {}
        listed = cleaned.get("listed")
        # Who was offered nothing to read aloud has not said that it was not.
        unasked = bool(self.now_listed) and self.data.get(self.add_prefix("listed")) == ""
        if self.ready and (unasked or (cleaned.get("read_out") and listed != self.now_listed)):
            self.add_error(
                "read_out",
                _(
                    "The list has changed since you opened this page. Read aloud what is new, then press again."
                ),
            )
        return cleaned
