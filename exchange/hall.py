"""Addresses of the hall: pages that join several rooms (lifecycles §3). All but /verify/<code> end with a slash."""

from django.urls import path

from exchange import health, views
from exchange.pages import plain

app_name = "exchange"

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("honesty/", plain.honesty, name="honesty"),
    path("health/", health.health, name="health"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
]
