"""Addresses of the pages anyone may read; ``listings/urls.py`` takes them in."""

from django.urls import path

from listings import interest_views, quality_views, register_views
from listings import public_views as views

urlpatterns = [
    path("listings/", views.search, name="search"),
    path("listings/found/", views.found, name="found"),
    path("listings/resources/<str:code>/", views.catalogue_resource, name="catalogue_resource"),
    path("listings/register/", register_views.public_register, name="register"),
    path("listings/registrations/", views.notices, name="notices"),
    path("listings/registrations/<str:code>/", views.notice, name="notice"),
    path("listings/<str:code>/why/", views.why, name="why"),
    path("listings/<str:code>/watch/", interest_views.watch, name="watch"),
    path("listings/<str:code>/ask/", interest_views.ask, name="ask"),
    path("listings/<str:code>/quality/", quality_views.quality, name="quality"),
]
