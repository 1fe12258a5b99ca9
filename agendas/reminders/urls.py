"""The address of one's reminders."""

from django.urls import path

from agendas.reminders import views

urlpatterns = [path("reminders/", views.reminders, name="reminders")]
