"""The address of what conferences begin with."""

from django.urls import path

from agendas.template import views

urlpatterns = [path("meetings/template/", views.template, name="meetings-template")]
