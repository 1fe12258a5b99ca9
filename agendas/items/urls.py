"""Addresses of what a facilitator does."""

from django.urls import path

from agendas.items import views

urlpatterns = [
    path("items/<public:item>/current/", views.current, name="item-current"),
    path("items/<public:item>/done/", views.done, name="item-done"),
    path("items/<public:item>/parked/", views.parked, name="item-parked"),
    path("items/<public:item>/planned/", views.planned, name="item-planned"),
    path("items/<public:item>/place/", views.place, name="item-place"),
]
