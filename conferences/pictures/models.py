"""The face beside a name."""

from typing import Any

from django.db import models

from workspace.disclosure.models import Seat
from workspace.disclosure.sealed import Along, TiedRows


class Picture(models.Model):
    """The photograph on a card: a small JPEG, made anew from what was sent, so that it carries nothing else."""

    unguarded = "Part of a seat; shown only with a seat that the viewer sees, and until it ends."
    seat = models.OneToOneField(Seat, on_delete=models.CASCADE, primary_key=True, related_name="+")
    image: Any = models.BinaryField()
    at = models.DateTimeField()


# What seats are read along with where there are pictures: when one was put there.
PICTURE: Along = (("picture", TiedRows(Picture, "seat", "at")),)
