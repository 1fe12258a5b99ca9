"""Somebody chooses their reminders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from agendas.reminders import changes
from agendas.reminders.writing import reminders_desk
from workspace.disclosure.changes import StaleError
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in

TEMPLATE = "agendas/reminders/reminders.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: HttpRequest) -> HttpResponse:
    """How, of what and when this person is reminded."""
    person = person_of(request)
    desk = reminders_desk(person)
    if request.method != "POST":
        return render(request, TEMPLATE, {"desk": desk, "form": desk.form(), "kept": "kept" in request.GET})
    form = desk.form(request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, {"desk": desk, "form": form}, status=422)
    try:
        changes.keep_reminding(person.pk, desk.chosen(form.cleaned_data), key=form.cleaned_data["key"])
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
        return render(request, TEMPLATE, {"desk": desk, "form": form}, status=409)
    return see_other("/reminders/?kept")
