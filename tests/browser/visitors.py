"""People in windows of their own, and what no window may ever do."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.browser.house import House

# Chromium says violations of the policy in its console too; this one also names what a page swallowed.
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", event =>
    console.error("policy violated:", event.violatedDirective, event.blockedURI))"""
HEARTBEAT = " "


@dataclass
class Visitors:
    """Opens windows and watches all of them: no console error or warning, no page error, no violation of the content
    security policy, no request to another host, no download."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    expected: list[tuple[str, ...]] = field(default_factory=list)
    frames: defaultdict[Page, list[str]] = field(default_factory=lambda: defaultdict(list))
    contexts: list[BrowserContext] = field(default_factory=list)

    def enter(self, house: House, person: str | None, path: str = "/", **options: Any) -> Page:
        """A window of this person at this address; nobody is signed in when `person` is None."""
        state = house.states[person] if person else None
        page = self.window(house, storage_state=state, **options)
        page.goto(path)
        if person and options.get("java_script_enabled", True):
            live(page)
        return page

    def window(self, house: House, **options: Any) -> Page:
        """An empty window of a browser of its own."""
        context = self.browser.new_context(base_url=house.url, **options)
        self.contexts.append(context)
        context.set_default_timeout(8_000)
        context.add_init_script(TELL_VIOLATIONS)
        host = urlsplit(house.url).netloc
        context.on("page", lambda page: self._watch(page, host))
        context.on("console", lambda message: self._said(message.type, message.text))
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("request", lambda request: self._asked(request.url, host))
        return context.new_page()

    def expect_fault(self, *words: str) -> None:
        """This test brings about a fault that the console names so; it has to come, and nothing else may."""
        self.expected.append(words)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        known = [words for named in self.expected for words in named]
        unexpected = [fault for fault in self.faults if not any(words in fault for words in known)]
        came = "\n".join(self.faults)
        missing = [named for named in self.expected if not any(words in came for words in named)]
        assert not unexpected, unexpected
        assert not missing, f"did not come: {missing}"

    def _watch(self, page: Page, host: str) -> None:
        page.on("websocket", lambda socket: self._listen(page, socket, host))
        page.on("download", lambda download: self.faults.append(f"download: {download.suggested_filename}"))

    def _listen(self, page: Page, socket: WebSocket, host: str) -> None:
        self._asked(socket.url, host)
        socket.on("framereceived", lambda frame: self._heard(page, frame))

    def _heard(self, page: Page, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        if not text.startswith(HEARTBEAT):
            self.frames[page].append(text)

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.faults.append(f"{kind}: {text}")

    def _asked(self, url: str, host: str) -> None:
        if urlsplit(url).netloc != host:
            self.faults.append(f"request: {url}")


def live(page: Page) -> None:
    """Wait until the page follows what others do."""
    expect(page.locator("#line")).to_have_attribute("data-state", "live")


def compose(page: Page, text: str, audience: str) -> None:
    """Fill in the note form, up to the names of those who will read it."""
    form = page.locator("#note-form")
    form.locator("[name=note-text]").fill(text)
    form.locator("[name=note-kind][value=discussion]").check()
    form.locator(f"[name=note-audience][value={audience}]").check()
    permitted = form.locator("[name=note-permitted]")
    if permitted.count():  # who writes for an outside agency is asked once
        permitted.check()
    form.locator("[name=note-shown_readers]").wait_for(state="attached")


def keep(page: Page) -> None:
    """Press the button under the note, and see the form empty again."""
    page.locator("#note-send").click()
    expect(page.locator("[name=note-text]")).to_have_value("")


def shows_nothing(text: str) -> None:
    """None of the demonstration's content stands in it."""
    assert not re.search(
        r"Juniper|Marisol|Dana|Whitfield|Harborlight|conference|roles board|class=\"panel", text, re.I
    )
