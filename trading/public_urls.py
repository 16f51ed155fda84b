"""Addresses of the floor's public pages; ``trading/urls.py`` takes them in."""

from django.urls import path

from trading import public_views as views

urlpatterns = [
    path("trading/", views.calendar, name="calendar"),
    path("rules/secrecy/", views.secrecy, name="secrecy"),
    path("trading/trades/", views.tape, name="tape"),
    path("trading/trades.csv", views.tape_table, name="tape_table"),
]
