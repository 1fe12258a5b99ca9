"""Addresses of items: proposing one, and what a facilitator does with it."""

from django.urls import path

from agendas.items import views

urlpatterns = [
    path("conferences/<public:conference>/items/", views.items, name="items"),
    path("conferences/<public:conference>/items/readers/", views.item_readers, name="item-readers"),
    path("items/<public:item>/wording/", views.wording, name="item-wording"),
    path("items/<public:item>/goal/", views.goal, name="item-goal"),
    path("items/<public:item>/refusal/", views.refusal, name="item-refusal"),
    path("items/<public:item>/continuation/", views.continuation, name="item-continuation"),
    path("items/<public:item>/current/", views.current, name="item-current"),
    path("items/<public:item>/done/", views.done, name="item-done"),
    path("items/<public:item>/parked/", views.parked, name="item-parked"),
    path("items/<public:item>/planned/", views.planned, name="item-planned"),
    path("questions/<public:question>/agenda/", views.question, name="question-agenda"),
    path("items/<public:item>/place/", views.place, name="item-place"),
]
