"""What a refusal of the policy says to people: what cannot be, and what can be done instead."""

from django.utils.translation import gettext_lazy as _

from workspace.disclosure.policy import Refusal

SENTENCES = {
    Refusal.COUNSEL_WITHOUT_CLIENT: _(
        "An attorney cannot keep something from her own client. Add the survivor, or leave the attorney out."
    ),
    Refusal.SEAT_HIDDEN_FROM_SURVIVOR: _(
        "The survivor always knows who is on her team. Add the survivor to those who may know of this seat."
    ),
    Refusal.CONFERENCE_WITHOUT_SURVIVOR: _(
        "The survivor knows of every meeting about her. Invite her seat; whether she comes is hers to say."
    ),
    Refusal.LAW_ENFORCEMENT_AT_HOLDING_AGENCY: _(
        "An investigator or prosecutor cannot sit for the agency that holds the record. "
        "Enter their unit as an agency of its own."
    ),
    Refusal.COUNSEL_AT_THAT_AGENCY: _(
        "The survivor's own attorney cannot work for the agency that holds the record, "
        "for law enforcement or for the prosecution."
    ),
    Refusal.SEAT_HIDDEN_FROM_ITS_HOLDER: _(
        "Whoever has this role may not know about this topic, so they would not see their own place here. "
        "Choose another topic."
    ),
    Refusal.PRIVILEGED_BY_OTHERS: _(
        "Only the survivor and her attorney can write what is between them. Choose another topic."
    ),
    Refusal.ADVOCACY_BY_OTHERS: _(
        "Only the survivor, her case manager, an advocate or the clinical supervisor can write about advocacy. "
        "Choose another topic."
    ),
    Refusal.OWNER_COULD_NOT_READ: _(
        "This cannot be given to that person, because they could not read it. Choose another owner, topic or release."
    ),
    Refusal.HELPER_COULD_NOT_READ: _(
        "Somebody whom you chose to help could not read this. Choose other helpers, other readers or another topic."
    ),
    Refusal.PRESENTER_COULD_NOT_READ: _(
        "That person cannot present this, because they could not read it. Choose another person, other readers or "
        "another topic."
    ),
    Refusal.RELEASE_TO_HOLDING_AGENCY: _(
        "The agency that holds the record needs no release. Choose another agency."
    ),
    Refusal.RELEASE_ENDS_BEFORE_IT_STARTS: _("A release has to end after it starts."),
    Refusal.RELEASE_OF_PROTECTED_TOPIC: _(
        "What is said to an attorney or an advocate cannot be put on a release."
    ),
    Refusal.HERS_TO_OFFER: _(
        "Nobody gives the survivor something to do. If she wants to do it, she can offer it here herself. "
        "Choose somebody else."
    ),
    Refusal.GOAL_WITHOUT_HER: _(
        "These are the survivor’s own words, and she always reads them. Choose readers among whom she is."
    ),
    Refusal.REVIEW_BY_OTHERS: _(
        "A plan is gone through by a clinical supervisor of the agency that holds the record."
    ),
    Refusal.REVIEW_WITHOUT_WHO_CARRIES: _(
        "Those who carry the case have to know that it was gone through. Choose readers among whom are case managers, "
        "advocates and clinical supervisors."
    ),
    Refusal.SPEAKER_COULD_NOT_READ: _(
        "Whoever said this could not read it then, so they could not confirm it. "
        "Choose other readers or another topic, or let them write it themselves."
    ),
    Refusal.OWN_CLIENT_NOT_ASKED: _(
        "First say that your own client permits it. If they do not, keep it in your own agency’s record."
    ),
}
