"""The address of one's own record of a conference."""

from django.urls import path

from agendas.minutes import views

urlpatterns = [path("conferences/<public:conference>/record/", views.record, name="conference-record")]
