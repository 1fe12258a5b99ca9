"""A table with neither a mark nor a written reason does not start."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from workspace.disclosure.models import Guarded

FLOORS = ("workspace", "conferences", "agendas")


@register
def every_table_is_guarded(**_: Any) -> list[CheckMessage]:
    """Each table of this house is guarded by a mark, or says in `unguarded` why it is not."""
    return [
        Error(
            f"{model.__name__} has neither a mark nor a reason",
            hint="Inherit Guarded, or write `unguarded`.",
            id="disclosure.E001",
        )
        for floor in FLOORS
        for model in apps.get_app_config(floor).get_models()
        if not issubclass(model, Guarded) and not getattr(model, "unguarded", "")
    ]
