"""Addresses of the hall: pages that join several rooms (lifecycles §3). All but /verify/<code> end with a slash."""

from django.urls import path

from exchange import views

app_name = "exchange"

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
]
