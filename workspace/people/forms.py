"""The shape of what is asked at the door."""

from django import forms
from django.conf import settings


class LanguageForm(forms.Form):
    """Which language, and where to go back to."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False, max_length=500)
