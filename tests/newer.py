"""The house as its next version could be: a copy of it, changed, whose processes run beside those of this one."""

import shutil
from pathlib import Path

from tests.servers import ROOT

# What Python compiles at this moment is there under a name that goes away.
BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*")
PARTS = ("workspace", "conferences", "agendas", "templates")
ADDED = {
    "agendas/news.py": """
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class NewsPanel:
    id: ClassVar[str] = "news"
    template: ClassVar[str] = "agendas/_news.html"
""",
    "templates/agendas/_news.html": '<section class="panel" id="news"><h2>A panel that is new</h2></section>\n',
}
TUPLE = "    return Shown(\n        (\n"
IMPORT = "from agendas.actions.models import ActionItem\n"
IN_THE_PLAN = "from agendas.actions.models import ActionItem, has_ended\n"
SEND = "        async with asyncio.timeout(PATIENCE):\n"
UNHEARD_OF = [
    f"            await get_channel_layer().group_send(GROUP, {words})\n"
    for words in (
        {"type": "news", "seats": [1]},
        {"type": "hint"},
        {"type": "hint", "case": "one"},
        {"case": 1},
    )
]
CHANGED = {
    # One panel more in the room; on the plan, one instead of another; elsewhere the same panels, one of them changed.
    "agendas/room/panels.py": [
        (IMPORT, f"{IMPORT}from agendas.news import NewsPanel\n"),
        (TUPLE, f"{TUPLE}            NewsPanel(),\n"),
    ],
    "templates/agendas/room/room.html": [
        ("{{ page.panels.meeting }}", "{{ page.panels.meeting }}{{ page.panels.news }}")
    ],
    "agendas/plan/panels.py": [
        (IN_THE_PLAN, f"{IN_THE_PLAN}from agendas.news import NewsPanel\n"),
        ("            strengths(rows[Strength], ", "            NewsPanel() or strengths(rows[Strength], "),
    ],
    "templates/agendas/plan/plan.html": [("page.panels.strengths", "page.panels.news")],
    "templates/conferences/releases/_releases.html": [
        ('<section class="panel" id="releases">', '<section class="panel newer" id="releases">')
    ],
    # What it says to the other processes, too: more of what they know, and what they have never heard of.
    "workspace/live/announce.py": [
        ('"case": case', '"case": case, "panels": ["item"], "version": {"of": 2}'),
        (SEND, SEND + "".join(UNHEARD_OF)),
    ],
}


def newer(folder: Path) -> dict[str, str]:
    """Make it here; with this in its environment a server runs it, wherever it is started."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=BEING_WRITTEN)
    for name, text in ADDED.items():
        (folder / name).write_text(text)
    for name, changes in CHANGED.items():
        text = (folder / name).read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{name} is no longer what this changes"
            text = text.replace(old, new)
        (folder / name).write_text(text)
    # Python would look for it where the server is started, and find this house there.
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(folder)}
