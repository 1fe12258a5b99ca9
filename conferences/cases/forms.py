"""The shape of a seat that is given."""

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.releases.forms import instant
from workspace.disclosure.labels import ROLES, TOPICS
from workspace.disclosure.policy import RELEASABLE, Role, role_bits
from workspace.live.forms import OnceForm

KNOWN_TO_ALL, KNOWN_TO_FEW = "all", "few"
FEW = role_bits([Role.SURVIVOR, Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.INTERPRETER])


class SeatForm(OnceForm):
    """Who gets which seat, from when until when, and who may know of it."""

    email = forms.EmailField(
        label=_("Their e-mail address"), error_messages={"invalid": _("Give a whole e-mail address.")}
    )
    role = forms.ChoiceField(
        label=_("Their role"),
        choices=[("", ""), *((role.value, ROLES[role]) for role in Role if role is not Role.SURVIVOR)],
    )
    known_to = forms.ChoiceField(
        label=_("Who may know that they are on the team?"),
        choices=[
            (KNOWN_TO_FEW, _("The survivor, case managers, the clinical supervisor and the interpreter")),
            (KNOWN_TO_ALL, _("Everyone at this table")),
        ],
        widget=forms.RadioSelect,
    )
    topic = forms.ChoiceField(
        label=_("What does their work belong to?"),
        help_text=_("Agencies that may not know about this topic do not see that they are on the team."),
        choices=[(topic.value, TOPICS[topic]) for topic in RELEASABLE],
    )
    starts = instant(label=_("From"))
    until = instant(label=_("Until"), required=False, help_text=_("Leave empty if it is open."))
