"""Today: what one person owns, with the same label as everywhere else."""

import re

from agendas.actions.models import ActionItem
from tests.cast import Stage
from workspace.disclosure.models import Mark, Named


def label(page: str, action: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page.partition(f'id="action-{action}"')[2].partition("</details>")[0])


def test_the_label_names_everybody_whom_the_plan_page_names(stage: Stage) -> None:
    """A text that others read never stands under a label that says it is private."""
    mine = stage.seat("alder", "sv")
    action = ActionItem.unsealed.select_related("mark").filter(mark__case=mine.case, status="accepted")[0]
    supervisor = stage.seat("alder", "sup")
    ActionItem.unsealed.filter(pk=action.pk).update(owner=mine)
    Mark.objects.filter(pk=action.pk).update(audience=0)
    for seat in (mine, supervisor):
        Named.objects.get_or_create(mark=action.mark, seat=seat)
    browser = stage.client("p-survivor")
    start = browser.get("/").content.decode()
    assert f'<a href="/cases/{stage.ids["/cases/0"]}/#action-{action.mark.public_id}">' in start
    assert start.index('id="tasks"') < start.index('id="cases"')
    today = label(start, action.mark.public_id)
    plan = label(browser.get(f"/cases/{stage.ids['/cases/0']}/").content.decode(), action.mark.public_id)
    assert supervisor.person.name in today
    assert supervisor.person.name in plan
