"""Addresses of what was written, and of changing it or taking it back."""

from django.urls import path

from agendas.versions import views

urlpatterns = [
    path("written/<public:written>/text/", views.text, name="written-text"),
    path("written/<public:written>/history/", views.history, name="written-history"),
    path("written/<public:written>/readers/", views.readers, name="written-readers"),
    path("written/<public:written>/readers/names/", views.names, name="written-names"),
    path("written/<public:written>/less/", views.less, name="written-less"),
    path("questions/<public:question>/taking-back/", views.taking_back, name="question-taking-back"),
]
