"""What the templates of panels need beyond Django's own."""

from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from workspace.live.panels import rendered
from workspace.text import prose as to_prose

register = template.Library()


@register.simple_tag
def row(value: Any) -> SafeString:
    """A row inside a panel, rendered once for the same value, language and time zone."""
    return rendered(value, translation.get_language() or "en", timezone.get_current_timezone_name())


@register.simple_tag
def source_url() -> str:
    """Where the source of this version can be had, or nothing."""
    return str(settings.SOURCE_URL)


@register.filter
def prose(text: str) -> SafeString:
    """A text somebody wrote, as safe HTML."""
    return to_prose(text)
