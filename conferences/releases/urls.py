"""Addresses of releases."""

from django.urls import path

from conferences.releases import views

urlpatterns = [
    path("cases/<public:case>/releases/", views.releases, name="releases"),
    path("releases/<public:release>/withdrawal/", views.withdrawal, name="release-withdrawal"),
]
