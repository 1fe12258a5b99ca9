"""The only sender: tells every hub that a case changed. A hint, never content; losing one loses no change."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from secrets import token_hex

from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F

from workspace.disclosure.models import Case

GROUP = "hubs"
PATIENCE = 0.25
logger = logging.getLogger(__name__)
HERE = token_hex(8)  # this process, among those that hear each other
_loops: list[asyncio.AbstractEventLoop] = []
_listeners: list[Callable[[int], None]] = []


def from_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Remember the server's event loop, on which hints are sent so that no request waits for them."""
    if loop not in _loops:
        _loops[:] = [loop]


def tell_here(listener: Callable[[int], None]) -> None:
    """Have this process's own changes told to its hub directly, which the way through Redis would delay."""
    _listeners[:] = [listener]


def case_changed(case: int) -> None:
    """Count a change of this case, inside the verb's transaction, and hint at it once it is committed.

    The row stays locked until then, so verbs on one case take turns. Call it before anything else is read.
    """
    Case.objects.filter(pk=case).update(version=F("version") + 1)
    transaction.on_commit(partial(_hint, case))


def unchanged() -> None:
    """Nothing was to be written after all: what was counted is taken back, and nobody is told."""
    transaction.set_rollback(True)


def _hint(case: int) -> None:
    # A command run from the shell has no server's loop; hubs find its change by the version within a second.
    if _loops:
        asyncio.run_coroutine_threadsafe(_send(case), _loops[0])


async def _send(case: int) -> None:
    for listener in _listeners:
        listener(case)
    await asyncio.sleep(0)  # the own hub begins first
    try:
        async with asyncio.timeout(PATIENCE):
            await get_channel_layer().group_send(GROUP, {"type": "hint", "case": case, "from": HERE})
    except Exception as error:
        logger.warning("a hint was not sent: %s", type(error).__name__)
