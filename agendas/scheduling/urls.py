"""Addresses of what is settled before a conference."""

from django.urls import path

from agendas.scheduling import views

urlpatterns = [
    path("cases/<public:case>/conferences/", views.meetings, name="meetings"),
    path("conferences/<public:conference>/schedule/", views.schedule, name="schedule"),
    path("conferences/<public:conference>/invitations/", views.invitations, name="invitations"),
    path(
        "conferences/<public:conference>/invitations/withdrawal/",
        views.withdrawal,
        name="invitation-withdrawal",
    ),
]
