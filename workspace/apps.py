"""The ground floor as Django knows it."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class Workspace(AppConfig):
    """Who is here, what may they see, how does it reach them."""

    name = "workspace"

    def ready(self) -> None:
        """Register the check that every table is guarded or says why not, and how instants are read."""
        import_module("workspace.disclosure.checks")
        connection_created.connect(import_module("workspace.disclosure.lean").read_instants)
