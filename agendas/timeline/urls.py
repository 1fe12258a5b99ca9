"""Addresses of the plan over time."""

from django.urls import path

from agendas.timeline import views

urlpatterns = [
    path("cases/<public:case>/plan/picture/", views.picture, name="plan-picture"),
    path("cases/<public:case>/plan/versions/", views.versions, name="plan-versions"),
]
