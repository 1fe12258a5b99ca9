"""What became of something in the plan: a goal, a need, a strength, a barrier, an action item."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conferences.meetings.models import Conference
from workspace.disclosure.models import Guarded, Mark, Seat


class What(models.TextChoices):
    """What happened to it."""

    # A goal.
    MET = "met", _("met")
    SET_ASIDE = "set_aside", _("set aside")
    TAKEN_UP = "taken_up", _("taken up again")
    CORRECTED = "corrected", _("said in other words")
    TRANSLATED = "translated", _("said in another language")
    CONFIRMED = "confirmed", _("still right")
    NOT_NOW = "not_now", _("not now")
    # A need or a barrier.
    OPENED = "opened", _("open")
    BEING_MET = "being_met", _("being met")
    NO_SERVICE_FOUND = "no_service_found", _("no service found yet")
    GONE = "gone", _("out of the way")
    # An action item.
    ASKED = "asked", _("asked to do it")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    DATE_MOVED = "date_moved", _("another day")
    REWORDED = "reworded", _("said in other words")
    DONE = "done", _("done")
    NO_LONGER_POSSIBLE = "no_longer_possible", _("no longer possible")
    NOT_DONE = "not_done", _("not done")
    OPEN_AGAIN = "open_again", _("open again")
    CHANGED_FOR_HER = "changed_for_her", _("what it changed")
    COMMENT = "comment", _("comment")
    ROSE = "rose", _("no answer so far")


class Entry(Guarded):
    """One thing that happened, said by whom its mark names as author, or by time alone where that is nobody. Its parent
    is what it happened to, and it keeps the readers that had then: nobody reads more of the past than those who could,
    and nobody who does not see the thing now.

    `of`: the mark of what it happened to. `text`: what was said about it, or what stood there before. `seat`: whom it
    went to. `before`, `after`: the days of a date that moved; none is "no day", or for `by_next` "by the next
    meeting". `conference`: where it was said, a link.
    """

    of = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.DateField(null=True)
    after = models.DateField(null=True)
    by_next = models.BooleanField(default=False, db_default=False)
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(Guarded.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(what__in=What.values), name="entry_says_what_happened")
        ]
