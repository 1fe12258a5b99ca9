"""The address of the role-clarification board."""

from django.urls import path

from conferences.board import views

urlpatterns = [path("cases/<public:case>/roles/", views.board, name="board")]
