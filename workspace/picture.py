"""A photograph to a small JPEG that carries nothing else. The only user of Pillow."""

import re
from io import BytesIO
from threading import Lock
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG")
MOST_PIXELS = 25_000_000
# A photograph that comes into sight bit by bit does so in some ten layers. Each is gone through whole, however little
# there is in it: a file of a few could take an hour.
MOST_LAYERS = 40
MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
LAYER, END, BEGINNING, FIRST_WITH_LENGTH = b"\xda", b"\xd9", b"\xd8", b"\xc0"
SIDE = 256
TOO_LARGE = _(
    "This picture is too large. Choose one of at most 5 MB. A screenshot of it is smaller, and does as well."
)
MOVES = _("This picture moves. Choose one that stands still.")
NOT_READ = _(
    "This file could not be read as a picture. Choose a photograph: a JPEG or PNG file, as phones make them."
)
# What is unpacked takes up to 100 MB of memory: one at a time.
_one_at_a_time = Lock()


class NotAPictureError(Exception):
    """What was sent cannot be shown. `sentence`: why, and what can be done."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def small(sent: bytes) -> bytes:
    """The middle of a photograph as a square of at most `SIDE` pixels, upright, made anew: so nothing of the place, the
    time and the telephone that it was taken with comes along. Raises NotAPictureError."""
    if len(sent) > settings.LARGEST_PICTURE:
        raise NotAPictureError(TOO_LARGE)
    with _one_at_a_time:
        try:
            with Image.open(BytesIO(sent), formats=FORMATS) as image:
                if image.format != "PNG" and _layers(sent) > MOST_LAYERS:
                    raise NotAPictureError(TOO_LARGE)
                return _jpeg(image)
        except NotAPictureError:
            raise
        except Image.DecompressionBombError as bomb:
            raise NotAPictureError(TOO_LARGE) from bomb
        except Exception as broken:
            # A file can be broken in so many ways that Pillow raises nearly everything there is.
            raise NotAPictureError(NOT_READ) from broken


def _layers(sent: bytes) -> int:
    """In how many layers the picture in a JPEG file comes. What telephones put behind it is not looked at."""
    layers = at = 0
    while (found := MARKER.search(sent, at)) and found[1] != END:
        layers += found[1] == LAYER
        at = found.end()
        if found[1] >= FIRST_WITH_LENGTH and found[1] != BEGINNING:
            at += int.from_bytes(sent[at : at + 2])
    return layers


def _jpeg(image: Any) -> bytes:
    # Both stand in the head of the file: nothing is unpacked before.
    if image.width * image.height > MOST_PIXELS:
        raise NotAPictureError(TOO_LARGE)
    # Telephones keep a second layer of light in a JPEG; it is no second picture.
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise NotAPictureError(MOVES)
    image.draft("RGB", (2 * SIDE, 2 * SIDE))
    plain = image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGBA")
    side = min(SIDE, *plain.size)
    upright = ImageOps.exif_transpose(ImageOps.fit(plain, (side, side))).convert("RGBA")
    made = Image.new("RGB", upright.size, "white")
    made.paste(upright, mask=upright)
    written = BytesIO()
    made.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()
