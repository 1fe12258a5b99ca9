"""Address of one goal."""

from django.urls import path

from agendas.progress import views

urlpatterns = [path("goals/<public:goal>/", views.goal, name="goal")]
