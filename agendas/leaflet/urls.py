"""Addresses of what she takes home on paper."""

from django.urls import path

from agendas.leaflet import views

urlpatterns = [
    path("cases/<public:case>/roles/paper/", views.leaflet, name="roles-paper"),
    path("cases/<public:case>/plan/paper/", views.plan, name="plan-paper"),
]
