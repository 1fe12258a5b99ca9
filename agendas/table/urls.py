"""The address of the table view."""

from django.urls import path

from agendas.table import views

urlpatterns = [path("conferences/<public:conference>/table/", views.table, name="table")]
