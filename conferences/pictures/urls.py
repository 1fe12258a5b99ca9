"""The addresses of the picture on a card."""

from django.urls import path

from conferences.pictures import views

urlpatterns = [
    path("seats/<public:seat>/picture/", views.shown, name="picture"),
    path("seats/<public:seat>/picture/change/", views.change, name="picture-change"),
    path("seats/<public:seat>/picture/removal/", views.removal, name="picture-removal"),
]
