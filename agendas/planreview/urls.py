"""Addresses of reviews of plans."""

from django.urls import path

from agendas.planreview import views

urlpatterns = [
    path("plans/review/", views.asking, name="plans-review"),
    path("cases/<public:case>/plan/reviews/", views.reviews, name="plan-reviews"),
    path("cases/<public:case>/plan/reviews/readers/", views.review_readers, name="plan-reviews-readers"),
]
