"""Every address of the house. Pages that join rooms belong to ``exchange``; all but /verify/<code> end with a slash.

A room's own addresses stand in its ``urls.py`` (full paths, ``app_name`` the room's name) and are read from there.
"""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from exchange.apps import ROOMS

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("exchange.hall")),
    *[path("", include(f"{room}.urls")) for room in ROOMS if find_spec(f"{room}.urls")],
]
