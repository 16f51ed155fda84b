"""Addresses of the floor's public pages; ``trading/urls.py`` takes them in."""

from django.urls import path

from trading import challenge_views, dataspace_api, demand_views, disclosure_views, venue_pilot_views
from trading import public_views as views

urlpatterns = [
    path(".well-known/dspace-version", dataspace_api.version, name="dspace_version"),
    path("trading/", views.calendar, name="calendar"),
    path("disclosures/", disclosure_views.suppliers, name="disclosures"),
    path("disclosures/<str:code>/", disclosure_views.disclosure, name="disclosure"),
    path("rules/secrecy/", views.secrecy, name="secrecy"),
    path("trading/pilots/", venue_pilot_views.venue_pilots, name="venue_pilots"),
    path("trading/pilots/<str:code>/<str:act>/", venue_pilot_views.act, name="venue_pilot_act"),
    path("trading/trades/", views.tape, name="tape"),
    path("trading/demands/", demand_views.demands, name="demands"),
    path("trading/demands/<str:code>/", demand_views.demand, name="demand"),
    path("trading/demands/<str:code>/trial/<str:which>/", challenge_views.trial_file, name="trial_file"),
    path("trading/trades.csv", views.tape_table, name="tape_table"),
]
