"""Addresses of what is written into the plan."""

from django.urls import path

from agendas.goals import views

CASE, GOAL = "cases/<public:case>/", "goals/<public:goal>/"
urlpatterns = [
    path(f"{CASE}goals/", views.goals, name="goals"),
    path(f"{CASE}goals/readers/", views.goal_readers, name="goal-readers"),
    path(f"{CASE}needs/", views.needs, name="needs"),
    path(f"{CASE}needs/readers/", views.need_readers, name="need-readers"),
    path(f"{CASE}strengths/", views.strengths, name="strengths"),
    path(f"{CASE}strengths/readers/", views.strength_readers, name="strength-readers"),
    path(f"{CASE}barriers/", views.barriers, name="barriers"),
    path(f"{CASE}barriers/readers/", views.barrier_readers, name="barrier-readers"),
    path(f"{GOAL}words/", views.words, name="goal-words"),
    path(f"{GOAL}translation/", views.translation, name="goal-translation"),
    path(f"{GOAL}readings/", views.readings, name="goal-readings"),
    path(f"{GOAL}readings/readers/", views.reading_readers, name="goal-readings-readers"),
    path(f"{GOAL}met/", views.met, name="goal-met"),
    path(f"{GOAL}setting-aside/", views.setting_aside, name="goal-setting-aside"),
    path(f"{GOAL}taking-up/", views.taking_up, name="goal-taking-up"),
    path("needs/<public:need>/assessment/", views.need, name="need-assessment"),
    path("barriers/<public:barrier>/assessment/", views.barrier, name="barrier-assessment"),
]
