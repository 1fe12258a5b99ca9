"""Addresses of the end of a conference."""

from django.urls import path

from agendas.closing import views

urlpatterns = [
    path("conferences/<public:conference>/closing/", views.closing, name="conference-closing"),
    path("conferences/<public:conference>/end/", views.end, name="conference-end"),
]
