"""Addresses of what roles usually do."""

from django.urls import path

from conferences.usual import views

urlpatterns = [
    path("cards/", views.cards, name="usual-cards"),
    path("cards/<role:role>/", views.card, name="usual-card"),
]
