"""Addresses of the money desk and the public fee table (lifecycles §3)."""

from django.urls import path

from settlement import (
    book_views,
    money_views,
    payout_views,
    public_views,
    redistribution_views,
    subsidy_views,
    suspense_views,
    views,
)

app_name = "settlement"

urlpatterns = [
    path("desk/account/", views.account, name="account"),
    path("desk/account/movements.csv", views.movements, name="movements"),
    path("desk/account/deposit/", views.deposit, name="deposit"),
    path("desk/payouts/", payout_views.payouts, name="payouts"),
    path("desk/payouts/transfer-in/", payout_views.simulate_transfer, name="simulate_transfer"),
    path("desk/payouts/<str:code>/<str:act>/", payout_views.payout_act, name="payout_act"),
    path("desk/refunds/", payout_views.refunds, name="refunds"),
    path("desk/refunds/<str:code>/<str:act>/", payout_views.refund_act, name="refund_act"),
    path("desk/statements/<str:code>/refund/", payout_views.ask_refund, name="ask_refund"),
    path("desk/money/", money_views.money, name="money"),
    path("desk/payouts.csv", book_views.payouts_table, name="payouts_table"),
    path("desk/refunds.csv", book_views.refunds_table, name="refunds_table"),
    path("desk/money/trial-balance/", book_views.trial, name="trial"),
    path("desk/money/trial-balance.csv", book_views.trial_table, name="trial_table"),
    path("desk/money/suspense/", suspense_views.suspense, name="suspense"),
    path("desk/money/suspense.csv", suspense_views.suspense_table, name="suspense_table"),
    path("desk/money/suspense/<str:code>/<str:word>/", suspense_views.act, name="suspense_act"),
    path("desk/money/<str:thing>/<str:code>/<str:word>/", money_views.act, name="money_act"),
    path("desk/statements/", views.statements, name="statements"),
    path("desk/statements.csv", views.statements_table, name="statements_table"),
    path("desk/statements/<str:code>/", views.statement_of, name="statement"),
    path("desk/shares/", views.shares, name="shares"),
    path("desk/public-shares/", public_views.public_shares, name="public_shares"),
    path("desk/public-shares.csv", public_views.public_shares_table, name="public_shares_table"),
    path("desk/shares/pledge/", redistribution_views.pledge, name="pledge"),
    path("redistribution/", redistribution_views.statement, name="redistribution"),
    path("redistribution.csv", redistribution_views.statement_table, name="redistribution_table"),
    path("subsidies/", subsidy_views.public, name="subsidies"),
    path("desk/subsidies/", subsidy_views.desk, name="subsidy_desk"),
    path("desk/subsidies/<str:code>/<str:act>/", subsidy_views.fund_act, name="subsidy_act"),
    path("desk/engagements/<str:code>/subsidy/", subsidy_views.of_order, name="subsidy"),
    path("rules/fees/", views.fees, name="fees"),
]
