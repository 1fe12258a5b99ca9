"""Addresses of the door."""

from django.urls import path

from workspace.people import views

urlpatterns = [
    path("sign-in/<token:token>/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("leave/", views.leave, name="leave"),
    path("kept/", views.kept, name="kept"),
    path("language/", views.language, name="language"),
]
