"""Takes the pictures of the README: one conference in the eyes of three people, wide and narrow.

    .venv/bin/python docs/screenshots.py

It needs what `python3 manage.py test` installs, and a Chromium. The demonstration runs in a copy of the tree in a
temporary folder, so that one in use keeps its people, its sign-ins and its meeting.
"""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LEADS, ITEM = "Dana Whitfield", "Safety since we last met"
PEOPLE = {"survivor": "Marisol", "attorney": "Tomás Ibarra", "detective": "Ruth Okafor"}
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}
MARGIN = 16
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def demonstration(folder: Path) -> Iterator[dict[str, str]]:
    """The demonstration in a copy of the tree; gives each person's sign-in link by name."""
    ignored = shutil.ignore_patterns(".*", "var", "__pycache__")
    copy = Path(shutil.copytree(ROOT, folder / "copy", ignore=ignored))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "demo", "--port", port],
        cwd=copy,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "workspace.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        said = ""
        while "Listening on" not in said:
            line = process.stdout.readline()
            if not line:
                sys.exit("The demonstration did not start.")
            said += line
        yield dict(re.findall(r"^([^,\n]+), .+\n +(http\S+)$", said, re.MULTILINE))
    finally:
        process.terminate()
        process.wait()


def sign_in(browser: Browser, link: str) -> Page:
    """A window of its own, in English for comparison, at the conference that is open now."""
    page = browser.new_context(locale="en-US", color_scheme="light", reduced_motion="reduce").new_page()
    page.goto(link)
    page.get_by_role("button", name="English").click()
    page.goto(link)
    page.locator("main form button").click()
    page.locator("#conferences li", has=page.locator(".tag.on")).get_by_role("link").click()
    return page


def take(page: Page, name: str) -> None:
    """One picture a size, from the top of the page to the end of the agenda and of the item."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        ends = [box["y"] + box["height"] for box in map(Locator.bounding_box, shown_in(page)) if box]
        clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": max(height, *ends) + MARGIN}
        (IMAGES / f"{name}-{size}.png").write_bytes(squeezed(page.screenshot(full_page=True, clip=clip)))


def shown_in(page: Page) -> list[Locator]:
    """What has to be on the picture."""
    return [page.locator("#agenda"), page.locator("#item")]


def squeezed(png: bytes) -> bytes:
    """The same picture in fewer bytes: browsers compress in a hurry and add what a picture does not need."""
    at, header, data = 8, b"", b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        header, data = (body if kind == b"IHDR" else header), data + (body if kind == b"IDAT" else b"")
        at += 12 + length
    data = zlib.compress(zlib.decompress(data), 9)
    return png[:8] + b"".join(map(chunk, (b"IHDR", b"IDAT", b"IEND"), (header, data, b"")))


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def main() -> None:
    """Everybody is in the room before the first picture is taken, so that each is of the same moment."""
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed.")
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demonstration(Path(folder)) as links,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        leader = sign_in(browser, links[LEADS])
        leader.locator("#agenda li", has_text=ITEM).get_by_role("button").click()
        leader.locator("#item h2", has_text=ITEM).wait_for()
        pages = {name: sign_in(browser, links[person]) for name, person in PEOPLE.items()}
        for name, page in pages.items():
            page.locator("#line[data-state=live]").wait_for()
            page.locator("#here .arrived").nth(len(pages)).wait_for()
            take(page, name)
        browser.close()


if __name__ == "__main__":
    main()
