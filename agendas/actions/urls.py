"""Addresses where action items are made."""

from django.urls import path

from agendas.actions import views

urlpatterns = [
    path("items/<public:item>/actions/", views.of_item, name="item-actions"),
    path("items/<public:item>/actions/readers/", views.readers_of_item, name="item-actions-readers"),
    path("notes/<public:note>/action/", views.of_note, name="note-action"),
    path("notes/<public:note>/action/readers/", views.readers_of_note, name="note-action-readers"),
]
