"""Addresses of the parts of a conference."""

from django.urls import path

from conferences.parts import views

urlpatterns = [
    path("conferences/<public:conference>/parts/", views.parts, name="conference-parts"),
    path("parts/<public:part>/opening/", views.opening, name="part-opening"),
    path("parts/<public:part>/end/", views.end, name="part-end"),
]
