"""Addresses of reading the plan aloud."""

from django.urls import path

from agendas.readaloud import views

urlpatterns = [
    path("conferences/<public:conference>/plan/", views.readaloud, name="readaloud"),
    path("goals/<public:goal>/confirmation/", views.confirmation, name="goal-confirmation"),
    path("goals/<public:goal>/not-now/", views.not_now, name="goal-not-now"),
    path("goals/<public:goal>/other-words/", views.other_words, name="goal-other-words"),
]
