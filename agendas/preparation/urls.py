"""Addresses of the preparation of a conference."""

from django.urls import path

from agendas.preparation import views

urlpatterns = [path("conferences/<public:conference>/preparation/", views.preparation, name="preparation")]
