"""Addresses of the machine room."""

from django.urls import path

from workspace.live import views

urlpatterns = [path("health/", views.health, name="health")]
