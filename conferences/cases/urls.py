"""Addresses of the team's doors."""

from django.urls import path

from conferences.cases import views

urlpatterns = [
    path("cases/<public:case>/seats/", views.seats, name="seats"),
    path("seats/<public:seat>/end/", views.end, name="seat-end"),
]
