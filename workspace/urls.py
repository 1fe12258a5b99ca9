"""Composition: every address. Upper floors are named only as strings."""

from django.urls import include, path

from workspace import addresses

addresses.register()

handler400 = "workspace.errors.malformed"
handler403 = "workspace.errors.forbidden"
handler404 = "workspace.errors.missing"
handler500 = "workspace.errors.broken"

urlpatterns = [
    path("", include("workspace.people.urls")),
    path("", include("workspace.live.urls")),
    path("", include("conferences.cases.urls")),
    path("", include("conferences.releases.urls")),
    path("", include("conferences.meetings.urls")),
    path("", include("conferences.board.urls")),
    path("", include("conferences.pictures.urls")),
    path("", include("conferences.review.urls")),
    path("", include("conferences.cards.urls")),
    path("", include("conferences.responsibilities.urls")),
    path("", include("conferences.parts.urls")),
    path("", include("conferences.questions.urls")),
    path("", include("conferences.usual.urls")),
    path("", include("agendas.today.urls")),
    path("", include("agendas.reminders.urls")),
    path("", include("agendas.plan.urls")),
    path("", include("agendas.progress.urls")),
    path("", include("agendas.tasks.urls")),
    path("", include("agendas.goals.urls")),
    path("", include("agendas.room.urls")),
    path("", include("agendas.scheduling.urls")),
    path("", include("agendas.template.urls")),
    path("", include("agendas.invitations.urls")),
    path("", include("agendas.preparation.urls")),
    path("", include("agendas.preview.urls")),
    path("", include("agendas.table.urls")),
    path("", include("agendas.items.urls")),
    path("", include("agendas.notes.urls")),
    path("", include("agendas.actions.urls")),
    path("", include("agendas.followup.urls")),
    path("", include("agendas.cancelling.urls")),
    path("", include("agendas.closing.urls")),
    path("", include("agendas.handover.urls")),
    path("", include("agendas.takeover.urls")),
    path("", include("agendas.minutes.urls")),
    path("", include("agendas.leaflet.urls")),
    path("", include("agendas.versions.urls")),
    path("", include("agendas.readaloud.urls")),
    path("", include("agendas.calendar.urls")),
    path("", include("agendas.timeline.urls")),
    path("", include("agendas.planreview.urls")),
]
