"""Address of the plan."""

from django.urls import path

from agendas.plan import views

urlpatterns = [path("cases/<public:case>/", views.plan, name="plan")]
