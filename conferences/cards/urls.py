"""Addresses of a card."""

from django.urls import path

from conferences.cards import views

urlpatterns = [
    path("seats/<public:seat>/card/", views.card, name="card"),
    path("seats/<public:seat>/card/translation/", views.translation, name="card-translation"),
]
