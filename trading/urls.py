"""Addresses of the floor: what anyone may read, the rooms and the desks."""

from trading.desk_urls import urlpatterns as desk
from trading.public_urls import urlpatterns as public

app_name = "trading"
urlpatterns = [*public, *desk]
