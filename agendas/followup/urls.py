"""Addresses of one action item, and of what becomes of it."""

from django.urls import path

from agendas.followup import views

ACTION = "actions/<public:action>/"
STEP = f"{ACTION}steps/<public:step>/"

urlpatterns = [
    path(ACTION, views.action, name="action"),
    path(f"{ACTION}acceptance/", views.acceptance, name="action-acceptance"),
    path(f"{ACTION}declining/", views.declining, name="action-declining"),
    path(f"{ACTION}ending/", views.ending, name="action-ending"),
    path(f"{ACTION}reopening/", views.reopening, name="action-reopening"),
    path(f"{ACTION}date/", views.day, name="action-date"),
    path(f"{ACTION}owner/", views.owner, name="action-owner"),
    path(f"{ACTION}wording/", views.wording, name="action-wording"),
    path(f"{ACTION}comments/", views.comments, name="action-comments"),
    path(f"{ACTION}steps/", views.steps, name="action-steps"),
    path(f"{STEP}done/", views.step_done, name="action-step-done"),
    path(f"{STEP}open/", views.step_open, name="action-step-open"),
    path(f"{STEP}removal/", views.step_removal, name="action-step-removal"),
    path(f"{ACTION}helpers/", views.helpers, name="action-helpers"),
    path(f"{ACTION}waiting/", views.waiting, name="action-waiting"),
    path(f"{ACTION}goal/", views.goal, name="action-goal"),
    path(f"{ACTION}changed/", views.changed, name="action-changed"),
]
