"""The ground floor as Django knows it."""

from importlib import import_module

from django.apps import AppConfig
from django.core.signals import got_request_exception
from django.db.backends.signals import connection_created


class Workspace(AppConfig):
    """Who is here, what may they see, how does it reach them."""

    name = "workspace"

    def ready(self) -> None:
        """Register the check that every table is guarded or says why not, and how lines to the database are used."""
        import_module("workspace.disclosure.checks")
        lean = import_module("workspace.disclosure.lean")
        connection_created.connect(lean.read_instants)
        connection_created.connect(lean.have_dead_lines_found)
        got_request_exception.connect(lean.give_up_after_failure)
