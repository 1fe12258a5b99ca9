"""Changing the template that conferences begin with: what whoever changes it is offered."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from agendas.template import changes
from agendas.template.forms import PartRows, StandingRows, TemplateForm
from conferences.usual.changes import door
from workspace.disclosure.lens import sight_of


@dataclass
class TemplateDesk:
    """The template of conferences, about to be changed."""

    template: changes.Template

    def forms(self, data: QueryDict | None = None) -> dict[str, Any]:
        """The form and its rows, with how it stands or with what was sent."""
        initial = {"statement": self.template.statement, "seen": self.template.edition}
        items = [row._asdict() | {"ORDER": number} for number, row in enumerate(self.template.items, 1)]
        parts = [row._asdict() | {"ORDER": number} for number, row in enumerate(self.template.parts, 1)]
        return {
            "form": TemplateForm(data, initial=initial),
            "items": StandingRows(data, initial=None if data else items, prefix="items"),
            "parts": PartRows(data, initial=None if data else parts, prefix="parts"),
        }


def template_desk(person: int) -> TemplateDesk | None:
    """The desk of somebody who may change the template; None for everybody else."""
    try:
        task_force, _lens = door(sight_of(person, timezone.now()))
    except LookupError:
        return None
    return TemplateDesk(changes.template_of(task_force))
