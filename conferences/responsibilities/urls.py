"""Addresses of what has to be done."""

from django.urls import path

from conferences.responsibilities import views

ONE = "responsibilities/<public:responsibility>/"
urlpatterns = [
    path("cases/<public:case>/responsibilities/", views.own, name="responsibilities"),
    path("cases/<public:case>/responsibilities/readers/", views.own_readers, name="responsibilities-readers"),
    path("cases/<public:case>/responsibilities/usual/", views.usual, name="responsibilities-usual"),
    path(
        "cases/<public:case>/responsibilities/usual/readers/",
        views.usual_readers,
        name="responsibilities-usual-readers",
    ),
    path(ONE, views.division, name="responsibility"),
    path(f"{ONE}wording/", views.wording, name="responsibility-wording"),
    path(f"{ONE}taking/", views.taking, name="responsibility-taking"),
    path(f"{ONE}giving-back/", views.giving_back, name="responsibility-giving-back"),
    path(f"{ONE}claim/", views.claim, name="responsibility-claim"),
    path(f"{ONE}claim/withdrawal/", views.claim_withdrawal, name="responsibility-claim-withdrawal"),
    path(f"{ONE}settlement/", views.settlement, name="responsibility-settlement"),
    path(f"{ONE}putting-away/", views.putting_away, name="responsibility-putting-away"),
    path(f"{ONE}bringing-back/", views.bringing_back, name="responsibility-bringing-back"),
]
