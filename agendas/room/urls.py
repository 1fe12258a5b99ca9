"""Addresses of the room."""

from django.urls import path

from agendas.room import views

urlpatterns = [
    path("conferences/<public:conference>/", views.room, name="room"),
    path("items/<public:item>/", views.item, name="item"),
]
