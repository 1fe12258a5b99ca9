"""The shape of a picture that is sent."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspace.live.forms import OnceForm
from workspace.picture import NOT_READ, NotAPictureError, small

CHOOSE = _("Choose a picture first.")


class PictureForm(OnceForm):
    """A photograph. What comes out of it is small, and carries nothing else."""

    image = forms.FileField(
        label=_("Choose a picture"),
        help_text=_(
            "A photograph of at most 5 MB. We cut a small square out of its middle. Where and when it was taken "
            "is thrown away."
        ),
        error_messages={"required": CHOOSE, "missing": CHOOSE, "invalid": CHOOSE, "empty": NOT_READ},
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )

    def clean_image(self) -> bytes:
        """The small JPEG that is kept of it."""
        try:
            return small(self.cleaned_data["image"].read())
        except NotAPictureError as refused:
            raise forms.ValidationError(str(refused.sentence)) from refused
