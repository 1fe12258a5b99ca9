"""Addresses of one's own calendar, and the secret one that a calendar program reads."""

from django.urls import path

from agendas.calendar import views

urlpatterns = [
    path("calendar/", views.own, name="calendar"),
    path("calendar/address/", views.address, name="calendar-address"),
    path("calendar/revocation/", views.revocation, name="calendar-revocation"),
    path("calendar/<token:secret>.ics", views.feed, name="calendar-feed"),
]
