"""The words people read for roles, topics, duties and audiences."""

from dataclasses import dataclass
from enum import StrEnum
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
    Topic.ADVOCACY: _("confidential with the advocate"),
    Topic.PRIVILEGED: _("confidential with the attorney"),
}


class Duty(StrEnum):
    """What somebody may have to do with what they are told. In the order of the bits on a seat: only append."""

    REPORTS_CHILD_ABUSE = "reports_child_abuse"
    ACTS_ON_DANGER = "acts_on_danger"
    MAY_BE_CALLED_TO_COURT = "may_be_called_to_court"
    SHARES_WITH_OFFICE = "shares_with_office"
    GIVES_TO_DEFENCE = "gives_to_defence"
    USES_IN_THE_CASE = "uses_in_the_case"
    PRIVILEGED = "privileged"
    CONFIDENTIAL = "confidential"


# Each as its holder says it on the card, and as it stands beside their name.
DUTIES: dict[Duty, tuple[Any, Any]] = {
    Duty.REPORTS_CHILD_ABUSE: (
        _("If a child is being abused, I must report it."),
        _("must report abuse of a child"),
    ),
    Duty.ACTS_ON_DANGER: (
        _("If somebody is in danger right now, I must act."),
        _("must act if somebody is in danger"),
    ),
    Duty.MAY_BE_CALLED_TO_COURT: (
        _("A court may call me and ask me what you told me."),
        _("may be called to court"),
    ),
    Duty.SHARES_WITH_OFFICE: (
        _("I share what you tell me with the people in my office."),
        _("shares it with their office"),
    ),
    Duty.GIVES_TO_DEFENCE: (
        _("I may have to give it to the other side in court."),
        _("may have to give it to the defense"),
    ),
    Duty.USES_IN_THE_CASE: (
        _("What you tell me may be used in the criminal case."),
        _("may use it in the criminal case"),
    ),
    Duty.PRIVILEGED: (
        _("The law protects what you tell me. I keep it between us."),
        _("protected by law (privileged)"),
    ),
    Duty.CONFIDENTIAL: (
        _("I keep what you tell me to myself, unless you allow me to share it."),
        _("keeps it confidential"),
    ),
}
DUTY_BIT = {duty: 1 << place for place, duty in enumerate(Duty)}
EVERY_DUTY = (1 << len(Duty)) - 1


def duties_of(bits: int) -> tuple[Duty, ...]:
    """The duties in a number, in the order of `Duty`."""
    return tuple(duty for duty, bit in DUTY_BIT.items() if bits & bit)


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
