"""Addresses of the money desk and the public fee table (lifecycles §3)."""

from django.urls import path

from settlement import contribution_views, money_views, payout_views, public_views, redistribution_views, subsidy_views, views

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
    path("desk/money/<str:thing>/<str:code>/<str:word>/", money_views.act, name="money_act"),
    path("desk/statements/", views.statements, name="statements"),
    path("desk/statements.csv", views.statements_table, name="statements_table"),
    path("desk/statements/<str:code>/", views.statement_of, name="statement"),
    path("desk/shares/", views.shares, name="shares"),
    path("desk/shares.csv", views.shares_table, name="shares_table"),
    path("desk/listings/<str:code>/contribution/", contribution_views.contribution, name="contribution"),
    path("desk/listings/<str:code>/contribution/coalitions.csv", contribution_views.wanted, name="contribution_wanted"),
    path("desk/contributions/<str:code>/", contribution_views.contribution_of, name="contribution_of"),
    path("desk/contributions/<str:code>/inputs.json", contribution_views.contribution_inputs, name="contribution_inputs"),
    path("desk/public-shares/", public_views.public_shares, name="public_shares"),
    path("desk/public-shares.csv", public_views.public_shares_table, name="public_shares_table"),
    path("desk/shares/pledge/", redistribution_views.pledge, name="pledge"),
    path("redistribution/", redistribution_views.statement, name="redistribution"),
    path("redistribution.csv", redistribution_views.statement_table, name="redistribution_table"),
    path("redistribution/<int:year>/", redistribution_views.year_statement, name="redistribution_year"),
    path("redistribution/<int:year>.csv", redistribution_views.year_table, name="redistribution_year_table"),
    path("desk/redistribution/<int:year>/postings.csv", redistribution_views.year_postings, name="redistribution_postings"),
    path("subsidies/", subsidy_views.public, name="subsidies"),
    path("desk/subsidies/", subsidy_views.desk, name="subsidy_desk"),
    path("desk/subsidies/<str:code>/<str:act>/", subsidy_views.fund_act, name="subsidy_act"),
    path("desk/engagements/<str:code>/subsidy/", subsidy_views.of_order, name="subsidy"),
    path("rules/fees/", views.fees, name="fees"),
]
