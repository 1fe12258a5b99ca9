"""Addresses of the plan, and of one goal in it."""

from django.urls import path

from agendas.plan import views

urlpatterns = [
    path("cases/<public:case>/", views.plan, name="plan"),
    path("goals/<public:goal>/", views.goal, name="goal"),
]
