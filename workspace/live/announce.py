"""The only sender: tells every hub that a case changed. A hint, never content; losing one loses no change."""

import asyncio
import logging
from functools import partial

from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F

from workspace.disclosure.models import Case

GROUP = "hubs"
PATIENCE = 0.25
logger = logging.getLogger(__name__)
_loops: list[asyncio.AbstractEventLoop] = []


def from_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Remember the server's event loop, on which hints are sent so that no request waits for them."""
    if loop not in _loops:
        _loops[:] = [loop]


def case_changed(case: int) -> None:
    """Count a change of this case, inside the verb's transaction, and hint at it once it is committed.

    The row stays locked until then, so verbs on one case take turns. Call it before anything else is read.
    """
    Case.objects.filter(pk=case).update(version=F("version") + 1)
    transaction.on_commit(partial(_hint, case))


def _hint(case: int) -> None:
    # A command run from the shell has no server's loop; hubs find its change by the version within a second.
    if _loops:
        asyncio.run_coroutine_threadsafe(_send(case), _loops[0])


async def _send(case: int) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await get_channel_layer().group_send(GROUP, {"type": "hint", "case": case})
    except Exception as error:
        logger.warning("a hint was not sent: %s", type(error).__name__)
