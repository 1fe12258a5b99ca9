"""What the templates of panels need beyond Django's own."""

from django import template
from django.conf import settings
from django.utils.safestring import SafeString

from workspace.live.panels import Place
from workspace.text import prose as to_prose

register = template.Library()


@register.simple_tag
def lines(place: Place) -> SafeString:
    """Where the lines of a panel stand, each rendered by its own template. Raises TypeError for anything else: it
    would be on no page."""
    if not isinstance(place, Place):
        raise TypeError("{% lines %} takes a field of a panel that is Lines")
    return SafeString(place)


@register.simple_tag
def source_url() -> str:
    """Where the source of this version can be had, or nothing."""
    return str(settings.SOURCE_URL)


@register.filter
def prose(text: str) -> SafeString:
    """A text somebody wrote, as safe HTML."""
    return to_prose(text)
