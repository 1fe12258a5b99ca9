"""The address at which a conference is called off."""

from django.urls import path

from agendas.cancelling import views

urlpatterns = [
    path("conferences/<public:conference>/cancellation/", views.cancellation, name="conference-cancellation"),
]
