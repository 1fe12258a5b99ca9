"""The words people read for roles, topics and audiences."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from workspace.disclosure.policy import EVERY_ROLE, Role, Topic, role_bits

ROLES: dict[Role, Any] = {
    Role.SURVIVOR: _("survivor"),
    Role.GUARDIAN: _("guardian"),
    Role.CASE_MANAGER: _("case manager"),
    Role.ADVOCATE: _("advocate"),
    Role.CLINICAL_SUPERVISOR: _("clinical supervisor"),
    Role.THERAPIST: _("therapist"),
    Role.MEDICAL: _("health care"),
    Role.SHELTER: _("shelter"),
    Role.COUNSEL: _("the survivor's own attorney"),
    Role.VICTIM_WITNESS: _("victim-witness advocate in the justice system"),
    Role.INVESTIGATOR: _("investigator"),
    Role.PROSECUTOR: _("prosecutor"),
    Role.CHILD_PROTECTION: _("child protection"),
    Role.INTERPRETER: _("interpreter"),
    Role.PROVIDER: _("other service"),
    Role.MENTOR: _("mentor"),
}
TOPICS: dict[Topic, Any] = {
    Topic.COORDINATION: _("working together"),
    Topic.SAFETY: _("safety"),
    Topic.HOUSING: _("housing"),
    Topic.IMMIGRATION: _("immigration"),
    Topic.CRIMINAL_CASE: _("criminal case"),
    Topic.CIVIL_LEGAL: _("civil legal matters"),
    Topic.MEDICAL: _("health"),
    Topic.MENTAL_HEALTH: _("mental health"),
    Topic.SUBSTANCE_USE: _("substance use"),
    Topic.BENEFITS: _("benefits"),
    Topic.EMPLOYMENT: _("work"),
    Topic.EDUCATION: _("school and training"),
    Topic.FAMILY: _("family"),
    Topic.IDENTITY: _("identity and documents"),
    Topic.ADVOCACY: _("confidential with her advocate"),
    Topic.PRIVILEGED: _("between her and her attorney"),
}


@dataclass(frozen=True)
class Audience:
    """A set of readers that is offered by name. `supervisor`: the writer's own supervisors are named as
    well."""

    key: str
    label: Any
    roles: int
    supervisor: bool = False


_MANAGEMENT = (Role.SURVIVOR, Role.CASE_MANAGER, Role.ADVOCATE, Role.CLINICAL_SUPERVISOR, Role.INTERPRETER)
_CARE = (*_MANAGEMENT, Role.THERAPIST, Role.MEDICAL, Role.SHELTER, Role.PROVIDER, Role.MENTOR)
_JUSTICE = (
    Role.SURVIVOR,
    Role.COUNSEL,
    Role.CASE_MANAGER,
    Role.VICTIM_WITNESS,
    Role.INVESTIGATOR,
    Role.PROSECUTOR,
    Role.INTERPRETER,
)
AUDIENCES = (
    Audience("me", _("Only me"), 0),
    Audience("survivor", _("The survivor and me"), role_bits([Role.SURVIVOR])),
    Audience("supervisor", _("My supervisor only"), 0, supervisor=True),
    Audience("management", _("Case management"), role_bits(_MANAGEMENT)),
    Audience("care", _("Care team"), role_bits(_CARE)),
    Audience(
        "clinicians",
        _("Clinicians"),
        role_bits([Role.CASE_MANAGER, Role.CLINICAL_SUPERVISOR, Role.THERAPIST]),
    ),
    Audience("attorney", _("The survivor and her attorney"), role_bits([Role.SURVIVOR, Role.COUNSEL])),
    Audience(
        "attorney-interpreted",
        _("The survivor, her attorney and the interpreter"),
        role_bits([Role.SURVIVOR, Role.COUNSEL, Role.INTERPRETER]),
    ),
    Audience("justice", _("Justice partners with the survivor"), role_bits(_JUSTICE)),
    Audience("everyone", _("Everyone at this table"), EVERY_ROLE),
)
# What the survivor reads of those that speak of her.
TO_HER = {
    "attorney": _("My attorney and I"),
    "attorney-interpreted": _("My attorney, the interpreter and I"),
    "justice": _("Justice partners with me"),
}


def offered(audience: Audience, role: Role) -> Any:
    """What an audience is called where somebody of this role chooses it."""
    return TO_HER.get(audience.key, audience.label) if role is Role.SURVIVOR else audience.label
