"""Addresses of the room and the desks of the floor; ``trading/urls.py`` takes them in."""

from django.urls import path

from trading import buying_views, desk_views, public_use_views, report_views, room_views, sealed_views

urlpatterns = [
    path("trading/lots/<str:code>/", room_views.room, name="room"),
    path("trading/lots/<str:code>/replay/", room_views.replay, name="replay"),
    path("trading/lots/<str:code>/why/", room_views.why, name="why"),
    path("trading/lots/<str:code>/register/", room_views.register, name="register"),
    path("trading/lots/<str:code>/bid/", room_views.bid, name="bid"),
    path("trading/lots/<str:code>/take/", room_views.take, name="take"),
    path("trading/lots/<str:code>/slip/", sealed_views.slip, name="slip"),
    path("trading/lots/<str:code>/seal/", sealed_views.seal, name="seal"),
    path("trading/lots/<str:code>/reveal/", sealed_views.reveal, name="reveal"),
    path("listings/<str:code>/buy/", buying_views.buy, name="buy"),
    path("desk/bids/", desk_views.bids, name="bids"),
    path("desk/lots/", desk_views.my_lots, name="my_lots"),
    path("desk/lots/new/", desk_views.announce, name="announce"),
    path("desk/lots/<str:code>/cancel/", desk_views.cancel, name="cancel"),
    path("desk/trades/<str:code>/pay/", desk_views.pay, name="pay"),
    path("desk/trades/<str:code>/cancel/", desk_views.cancel_deal, name="cancel_trade"),
    path("desk/public-uses/", public_use_views.public_uses, name="public_uses"),
    path("desk/public-uses/<str:code>/", public_use_views.report_use, name="public_use"),
    path("desk/filings/new/", report_views.report, name="report"),
]
