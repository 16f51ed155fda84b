"""Addresses of the hall: pages that join several rooms (lifecycles §3). All but /verify/<code> end with a slash."""

from django.urls import path

from exchange import api_pages, health, views
from exchange.pages import plain
from participants.views.signin import act_for

app_name = "exchange"

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("honesty/", plain.honesty, name="honesty"),
    path("health/", health.health, name="health"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("accounts/act-for/", act_for, name="act_for"),
    path("api/", api_pages.Root.as_view(), name="api"),
    path("api/schema/", api_pages.Schema.as_view(), name="schema"),
    path("api/docs/", api_pages.Docs.as_view(), name="docs"),
    path("api/docs/problems/", api_pages.problems, name="problems"),
]
