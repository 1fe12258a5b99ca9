"""Addresses of what is taken over, and of the end of a handover."""

from django.urls import path

from agendas.handover.urls import HANDOVER
from agendas.takeover import views

ROW = f"{HANDOVER}rows/<public:row>/"
urlpatterns = [
    path(f"{HANDOVER}end/", views.end, name="handover-end"),
    path(f"{ROW}taking/", views.taking, name="handover-taking"),
    path(f"{ROW}refusal/", views.refusal, name="handover-refusal"),
    path(f"{ROW}owner/", views.owner, name="handover-owner"),
]
