"""The address of Today."""

from django.urls import path

from agendas.today import views

urlpatterns = [path("", views.today, name="today")]
