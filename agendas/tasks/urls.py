"""The address of my tasks."""

from django.urls import path

from agendas.tasks import views

urlpatterns = [path("tasks/", views.tasks, name="tasks")]
