"""Addresses of what the invited say of themselves, and of what whoever leads notes about them."""

from django.urls import path

from agendas.invitations import views

urlpatterns = [
    path("conferences/<public:conference>/answer/", views.answer, name="conference-answer"),
    path("conferences/<public:conference>/arrival/", views.arrival, name="conference-arrival"),
    path("conferences/<public:conference>/departure/", views.departure, name="conference-departure"),
    path("conferences/<public:conference>/apologies/", views.apologies, name="conference-apologies"),
    path("conferences/<public:conference>/unsaid/", views.unsaid, name="conference-unsaid"),
    path("conferences/<public:conference>/observer/", views.observer, name="conference-observer"),
    path("conferences/<public:conference>/participant/", views.participant, name="conference-participant"),
    path("conferences/<public:conference>/hand/", views.hand, name="conference-hand"),
    path("conferences/<public:conference>/hand-down/", views.hand_down, name="conference-hand-down"),
    path("conferences/<public:conference>/statement/", views.statement, name="conference-statement"),
]
