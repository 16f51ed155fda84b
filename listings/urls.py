"""Addresses of the room: what anyone may read, and the merchant's desk."""

from listings.desk_urls import urlpatterns as desk
from listings.public_urls import urlpatterns as public

app_name = "listings"
urlpatterns = [*public, *desk]
