"""Every address of the house. Pages that join rooms belong to ``exchange``; all but /verify/<code> end with a slash."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
