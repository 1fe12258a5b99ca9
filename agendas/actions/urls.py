"""Addresses where action items are made."""

from django.urls import path

from agendas.actions import views

# What one is made of, and how its address ends: of an item or a case there are several.
MADE_OF = {
    "items": "actions",
    "notes": "action",
    "decisions": "action",
    "needs": "action",
    "goals": "action",
    "cases": "actions",
}
urlpatterns = [path("items/<public:number>/actions/line/", views.line, name="item-actions-line")]
for _of, _end in MADE_OF.items():
    _given = {"of": _of}
    urlpatterns += [
        path(f"{_of}/<public:number>/{_end}/", views.action, _given, name=f"{_of}-{_end}"),
        path(f"{_of}/<public:number>/{_end}/readers/", views.readers, _given, name=f"{_of}-{_end}-readers"),
    ]
