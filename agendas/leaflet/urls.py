"""The address of who is who on paper."""

from django.urls import path

from agendas.leaflet import views

urlpatterns = [path("cases/<public:case>/roles/paper/", views.leaflet, name="roles-paper")]
