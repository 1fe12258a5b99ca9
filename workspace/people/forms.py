"""The shape of what is asked at the door."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

OWN = "yes"


class DeviceForm(forms.Form):
    """Whose device it is. Nothing is kept on it unless somebody says that it is theirs."""

    own = forms.ChoiceField(
        label=_("Is this your own device?"),
        help_text=_(
            "If you say yes, what you are writing is kept on this device until you send it or leave, for 7 days at "
            "most. So it is not lost when the line drops, or when you have to sign in again. If you say no, or "
            "nothing, it is not kept. Say no if somebody else might look into this device."
        ),
        required=False,
        widget=forms.RadioSelect,
        choices=[(OWN, _("Yes, only I use it")), ("no", _("No, other people use it too"))],
    )


class LanguageForm(forms.Form):
    """Which language, and where to go back to."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False, max_length=500)
