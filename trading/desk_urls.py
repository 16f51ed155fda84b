"""Addresses of the room and the desks of the floor; ``trading/urls.py`` takes them in."""

from django.urls import path

from trading import (
    agreement_views,
    buying_views,
    demand_views,
    desk_views,
    negotiation_views,
    replay_views,
    report_views,
    room_views,
    sealed_views,
)

urlpatterns = [
    path("trading/lots/<str:code>/", room_views.room, name="room"),
    path("trading/lots/<str:code>/replay/", replay_views.replay, name="replay"),
    path("trading/lots/<str:code>/transcript/", replay_views.transcript, name="transcript"),
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
    path("desk/negotiations/", negotiation_views.negotiations, name="negotiations"),
    path("desk/negotiations/<str:code>/", negotiation_views.negotiation, name="negotiation"),
    path("desk/demands/", demand_views.my_demands, name="my_demands"),
    path("desk/demands/new/", demand_views.ask, name="ask"),
    path("trading/demands/<str:code>/quote/", demand_views.quote, name="quote"),
    path("trading/demands/<str:code>/decide/", demand_views.decide, name="decide"),
    path("desk/trades/<str:code>/pay/", desk_views.pay, name="pay"),
    path("desk/trades/<str:code>/cancel/", desk_views.cancel_deal, name="cancel_trade"),
    path("desk/agreements/", agreement_views.agreements, name="agreements"),
    path("desk/agreements/<str:code>/sign/", agreement_views.sign, name="sign"),
    path("desk/agreements/<str:code>/end/", agreement_views.end, name="end_agreement"),
    path("desk/agreements/<str:code>/renew/", agreement_views.renew, name="renew"),
    path("desk/agreements/<str:code>/halt/", agreement_views.halt, name="halt_agreement"),
    path("desk/filings/new/", report_views.report, name="report"),
]
