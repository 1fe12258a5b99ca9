"""A photograph becomes a small square JPEG that carries nothing else, and everything else is refused."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms
from pytest_django import Settings

from workspace.picture import MOVES, NOT_READ, SIDE, TOO_LARGE, NotAPictureError, small

RED, BLUE = (200, 30, 30), (30, 30, 200)
GPS, MAKER = 0x8825, 0x010F


def written(image: Image.Image, form: str = "JPEG", **more: Any) -> bytes:
    out = BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def halves(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def told(orientation: int = 1) -> Image.Exif:
    """What telephones write into a photograph: who made them, how it is held, and where."""
    exif = Image.Exif()
    exif[MAKER], exif[0x0112] = "Telltale", orientation
    exif.get_ifd(GPS).update({1: "N", 2: (42.0, 21.0, 7.0), 3: "W", 4: (71.0, 3.0, 32.0), 29: "2026:11:23"})
    return exif


def photograph(orientation: int = 1) -> bytes:
    """A JPEG as a telephone makes it, with everything that it tells."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, Any] = {"exif": told(orientation), "icc_profile": profile, "comment": b"Telltale comment"}
    return written(halves(), **more, xmp=b"<x:xmpmeta>Telltale xmp</x:xmpmeta>")


def png(width: int, height: int, *, bits: int = 8) -> bytes:
    """The head of a PNG of this size, and next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(found, wanted, strict=True))


def test_what_a_telephone_tells_is_gone() -> None:
    sent = photograph()
    assert dict(Image.open(BytesIO(sent)).getexif().get_ifd(GPS))
    assert sent.count(b"Telltale") == 3
    made = small(sent)
    image = Image.open(BytesIO(made))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (SIDE, SIDE))
    assert not dict(image.getexif())
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for word in (b"Telltale", b"Exif", b"ICC_PROFILE", b"xmp", b"2026"):
        assert word not in made


@pytest.mark.parametrize(
    ("orientation", "red", "blue"),
    [
        (1, (8, 128), (248, 128)),
        (3, (248, 128), (8, 128)),
        (6, (128, 8), (128, 248)),
        (8, (128, 248), (128, 8)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_it_stands_upright(form: str, orientation: int, red: tuple[int, int], blue: tuple[int, int]) -> None:
    image = Image.open(BytesIO(small(written(halves(), form, exif=told(orientation)))))
    assert near(image.getpixel(red), RED)
    assert near(image.getpixel(blue), BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16"])
def test_whatever_its_colours_it_becomes_a_plain_jpeg(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    plain = halves().convert("L") if mode == "I;16" else halves()
    sent = written(plain.convert("P").convert("RGBA") if mode == "PA" else plain.convert(mode), form)
    assert Image.open(BytesIO(small(sent))).mode == "RGB"


def test_what_can_be_seen_through_is_white() -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    assert near(Image.open(BytesIO(small(written(image, "PNG")))).getpixel((100, 100)), (255, 255, 255))


def test_a_small_one_is_not_blown_up() -> None:
    assert Image.open(BytesIO(small(written(halves((90, 60)))))).size == (60, 60)


def test_the_second_layer_of_a_telephone_is_no_second_picture() -> None:
    sent = written(halves(), "MPO", save_all=True, append_images=[halves((60, 40))])
    assert Image.open(BytesIO(sent)).format == "MPO"
    assert Image.open(BytesIO(small(sent))).size == (SIDE, SIDE)


def layered(times: int) -> bytes:
    """A JPEG that comes in layers, the last of which stands there so many times more."""
    whole = written(halves(), progressive=True)
    last = whole.rindex(b"\xff\xc4")
    return whole[:-2] + whole[last:-2] * times + whole[-2:]


def test_one_that_comes_into_sight_bit_by_bit_is_taken_whatever_stands_behind_it() -> None:
    behind = b"\xff\xda" * 1000
    for sent in (layered(0), layered(0) + behind, photograph() + behind):
        assert Image.open(BytesIO(small(sent))).size == (SIDE, SIDE)


REFUSED: dict[str, tuple[bytes, Any]] = {
    "nothing": (b"", NOT_READ),
    "text": (b"this is no picture", NOT_READ),
    "page": (b"<!doctype html><script>alert(1)</script>", NOT_READ),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', NOT_READ),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NOT_READ),
    "gif": (written(halves(), "GIF"), NOT_READ),
    "webp": (written(halves(), "WEBP"), NOT_READ),
    "bitmap": (written(halves(), "BMP"), NOT_READ),
    "tiff": (written(halves(), "TIFF"), NOT_READ),
    "half a jpeg": (photograph()[: len(photograph()) // 2], NOT_READ),
    "half a png": (written(halves(), "PNG")[:300], NOT_READ),
    "the head of a jpeg": (photograph()[:30], NOT_READ),
    "a png with nothing in it": (png(300, 300), NOT_READ),
    "moving": (written(halves(), "PNG", save_all=True, append_images=[Image.new("RGB", (600, 400))]), MOVES),
    "a bomb": (png(30_000, 30_000, bits=1), TOO_LARGE),
    "a small bomb": (png(6_000, 5_000), TOO_LARGE),
    "a thousand layers": (layered(1000), TOO_LARGE),
    "a long one": (png(25_000_001, 1), TOO_LARGE),
}


@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_is_refused_with_a_sentence(what: str) -> None:
    sent, sentence = REFUSED[what]
    with pytest.raises(NotAPictureError) as refused:
        small(sent)
    assert refused.value.sentence == sentence


def test_a_file_of_more_than_five_megabytes_is_not_even_opened(settings: Settings) -> None:
    settings.LARGEST_PICTURE = len(photograph())
    assert small(photograph())
    with pytest.raises(NotAPictureError) as refused:
        small(photograph() + b"\0")
    assert refused.value.sentence == TOO_LARGE
