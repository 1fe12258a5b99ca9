"""The first floor as Django knows it."""

from django.apps import AppConfig


class Conferences(AppConfig):
    """The case and its table."""

    name = "conferences"
