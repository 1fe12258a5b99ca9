"""Choosing one's reminders: what somebody is offered."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from agendas.reminders.changes import Chosen, has_to_ask
from agendas.reminders.forms import RemindersForm
from agendas.reminders.models import How, Reminding, usual
from workspace.disclosure.lens import sight_of
from workspace.people.models import Person


@dataclass
class RemindersDesk:
    """One person's reminders, about to be chosen. `asks`: they are reminded of nothing until they ask for it. An
    address is never filled in for them: the one that is known here need not be one that they alone read."""

    before: Reminding
    asks: bool

    @property
    def mail(self) -> bool:
        """Whether mail goes out from here."""
        return bool(settings.SENDS_MAIL)

    def form(self, data: QueryDict | None = None) -> RemindersForm:
        """The form as it was chosen before, or as it was sent."""
        initial = {name: getattr(self.before, name) for name in Chosen._fields}
        if not self.mail and initial["how"] == How.MAIL:
            initial["how"] = How.TODAY
        initial["said_of"] = self.before.address if self.before.safe else ""
        return RemindersForm(data, initial=initial, mail=self.mail, asks=self.asks)

    def chosen(self, said: dict[str, Any]) -> Chosen:
        """What a form says; what it did not ask for stays as it was. Without mail there is no address."""
        before = {name: getattr(self.before, name) for name in Chosen._fields}
        return Chosen(**{name: said.get(name, before[name]) for name in Chosen._fields})


def reminders_desk(person: Person) -> RemindersDesk:
    """What this person is offered now."""
    sight = sight_of(person.pk, timezone.now())
    wants = usual(sight.values())
    before = Reminding.objects.filter(person=person).first()
    return RemindersDesk(before or Reminding(person=person, **wants._asdict()), has_to_ask(sight))
