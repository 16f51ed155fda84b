"""Every address of the house. Pages that join rooms belong to ``exchange``; all but /verify/<code> end with a slash.

A room's own addresses stand in its ``urls.py`` (full paths, ``app_name`` the room's name) and are read from there.
"""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from exchange.api_pages import room_addresses
from exchange.apps import ROOMS

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("exchange.hall")),
    path("api/", include(room_addresses())),
    *[path("", include(f"{room}.urls")) for room in ROOMS if find_spec(f"{room}.urls")],
]

handler400 = "exchange.pages.plain.bad_request"
handler403 = "exchange.pages.plain.permission_denied"
handler404 = "exchange.pages.plain.not_found"
handler500 = "exchange.pages.plain.server_error"
