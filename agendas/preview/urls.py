"""Addresses of what others see of a conference."""

from django.urls import path

from agendas.preview import views

urlpatterns = [
    path("conferences/<public:conference>/preview/", views.previews, name="previews"),
    path("conferences/<public:conference>/preview/<public:seat>/", views.seat, name="preview"),
]
