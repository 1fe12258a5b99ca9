"""Addresses of what a facilitator does with a conference."""

from django.urls import path

from conferences.meetings import views

urlpatterns = [
    path("conferences/<public:conference>/opening/", views.opening, name="conference-opening"),
    path("conferences/<public:conference>/pause/", views.pause, name="conference-pause"),
    path("conferences/<public:conference>/facilitator/", views.facilitator, name="conference-facilitator"),
    path("conferences/<public:conference>/recorder/", views.recorder, name="conference-recorder"),
]
