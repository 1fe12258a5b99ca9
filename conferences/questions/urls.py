"""Addresses of questions about who does what."""

from django.urls import path

from conferences.questions import views

urlpatterns = [
    path("cases/<public:case>/questions/", views.questions, name="questions"),
    path("cases/<public:case>/questions/readers/", views.readers, name="question-readers"),
    path("seats/<public:seat>/questions/", views.about_seat, name="seat-questions"),
    path("responsibilities/<public:line>/questions/", views.about_line, name="responsibility-questions"),
    path("questions/<public:question>/answer/", views.answering, name="question-answer"),
    path("questions/<public:question>/routing/", views.routing, name="question-routing"),
    path("questions/<public:question>/setting-aside/", views.setting_aside, name="question-setting-aside"),
    path("questions/<public:question>/everyone/", views.everyone, name="question-everyone"),
    path("questions/<public:question>/closing/", views.closing, name="question-closing"),
    path("questions/<public:question>/unclear/", views.unclear, name="question-unclear"),
]
