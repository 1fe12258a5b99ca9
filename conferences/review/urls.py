"""Addresses of going through the board together."""

from django.urls import path

from conferences.review import views

urlpatterns = [
    path("conferences/<public:conference>/roles/", views.review, name="review"),
    path("conferences/<public:conference>/roles/turn/", views.turn, name="card-turn"),
    path("seats/<public:seat>/still-so/", views.still_so, name="card-still-so"),
    path("seats/<public:seat>/clear/", views.clear, name="card-clear"),
    path("seats/<public:seat>/not-yet/", views.not_yet, name="card-not-yet"),
    path("seats/<public:seat>/introduction/", views.introduction, name="introduction"),
    path("seats/<public:seat>/not-met/", views.not_met, name="introduction-undone"),
]
