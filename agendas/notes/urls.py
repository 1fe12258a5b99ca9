"""Addresses of what is said."""

from django.urls import path

from agendas.notes import views

urlpatterns = [
    path("items/<public:item>/notes/", views.notes, name="notes"),
    path("items/<public:item>/readers/", views.readers, name="readers"),
    path("items/<public:item>/note-form/", views.note_form, name="note-form"),
    path("notes/<public:note>/decision/", views.decision, name="note-decision"),
    path("notes/<public:note>/decision/readers/", views.decision_readers, name="note-decision-readers"),
    path("notes/<public:note>/confirmation/", views.confirmation, name="note-confirmation"),
    path("notes/<public:note>/denial/", views.denial, name="note-denial"),
    path("decisions/<public:decision>/agreement/", views.agreement, name="decision-agreement"),
    path("decisions/<public:decision>/difference/", views.difference, name="decision-difference"),
    path("decisions/<public:decision>/goal/", views.decision_goal, name="decision-goal"),
    path("decisions/<public:decision>/silence/", views.silence, name="decision-silence"),
]
