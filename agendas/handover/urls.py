"""Addresses of the handover of the primary case manager."""

from django.urls import path

from agendas.handover import views

HANDOVER = "handovers/<public:handover>/"
urlpatterns = [
    path("cases/<public:case>/handover/", views.handover, name="handover"),
    path(f"{HANDOVER}read/", views.read, name="handover-read"),
    path(f"{HANDOVER}telling/", views.telling, name="handover-telling"),
    path(f"{HANDOVER}overlap/", views.overlap, name="handover-overlap"),
    path(f"{HANDOVER}words/", views.words, name="handover-words"),
    path(f"{HANDOVER}introduction/", views.introduction, name="handover-introduction"),
    path(f"{HANDOVER}cancellation/", views.cancellation, name="handover-cancellation"),
]
