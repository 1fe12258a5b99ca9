"""The second floor as Django knows it."""

from django.apps import AppConfig


class Agendas(AppConfig):
    """What is said, decided, and done about it."""

    name = "agendas"
