"""Addresses of the pages anyone may read; ``listings/urls.py`` takes them in."""

from django.urls import path, re_path

from listings import interconnect_views, interest_views, open_views, opt_out_views, quality_views, register_views
from listings import public_views as views

urlpatterns = [
    path("interconnect/", interconnect_views.interconnect, name="interconnect"),
    path("open/", open_views.open_data, name="open_data"),
    path("open/<str:code>/corrections/", open_views.corrections, name="corrections"),
    re_path(r"^open/corrections/(?P<code>[A-Z]{3}-[0-9A-Z]{10})/(?P<act>answer|withdraw)/$", open_views.correction_act,
            name="correction_act"),
    path("listings/", views.search, name="search"),
    path("listings/found/", views.found, name="found"),
    path("listings/resources/<str:code>/", views.catalogue_resource, name="catalogue_resource"),
    path("listings/register/", register_views.public_register, name="register"),
    path("listings/registrations/", views.notices, name="notices"),
    path("listings/registrations/<str:code>/", views.notice, name="notice"),
    path("listings/<str:code>/opt-out/", opt_out_views.opt_out, name="opt_out"),
    path("listings/<str:code>/why/", views.why, name="why"),
    path("listings/<str:code>/watch/", interest_views.watch, name="watch"),
    path("listings/<str:code>/ask/", interest_views.ask, name="ask"),
    path("listings/<str:code>/quality/", quality_views.quality, name="quality"),
]
