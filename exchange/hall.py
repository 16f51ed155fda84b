"""Addresses of the hall: pages that join several rooms (lifecycles §3). All but /verify/<code> end with a slash."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from exchange import api_pages, changes_api, health, views
from exchange.pages import (
    accounting,
    agreement,
    algorithms,
    board,
    compare,
    consents,
    desk,
    earnings,
    fee_note,
    first,
    flows,
    learning,
    listing,
    monthly,
    plain,
    prices,
    public,
    public_data,
    receipts,
    verify,
    webhooks,
)
from participants.views.signin import act_for


class ListingCode(StringConverter):
    """``LST-…``: words such as ``registrations`` under the same folder belong to the room."""

    regex = "LST-[0-9A-Z]{10}"


class TradeCode(StringConverter):
    """``TRD-…``."""

    regex = "TRD-[0-9A-Z]{10}"


register_converter(ListingCode, "listing_code")
register_converter(TradeCode, "trade_code")

app_name = "exchange"

urlpatterns = [
    path("", board.board, name="board"),
    path("turnover/", board.turnover_table, name="turnover"),
    path("prices/", prices.prices, name="prices"),
    path("find/", board.find, name="find"),
    path("listings/<listing_code:code>/", listing.listing, name="listing"),
    path("listings/<listing_code:code>/sample/", listing.sample, name="sample"),
    path("rules/algorithms/", algorithms.algorithms, name="algorithms"),
    path("compare/", compare.compare, name="compare"),
    path("bulletins/", public.bulletin_board, name="bulletins"),
    path("bulletins/monthly/", monthly.monthly_bulletin, name="monthly"),
    path("desk/market-report/", monthly.market_report, name="market_report"),
    path("bulletins/sanctions/", public.sanctions, name="sanctions"),
    path("public-data/", public_data.register, name="public_data"),
    path("verify/", verify.verify_form, name="verify_form"),
    path("verify/<str:code>/bundle/", verify.bundle, name="bundle"),
    path("verify/<str:code>/result/", verify.result, name="verify_result"),
    path("verify/<str:code>/certificate.json", verify.certificate, name="certificate_json"),
    path("verify/<str:code>", verify.verify, name="verify"),
    path("honesty/", plain.honesty, name="honesty"),
    path("learn/", learning.learning, name="learning"),
    path("learn/<slug:key>/", learning.lesson, name="lesson"),
    path("desk/", desk.today, name="today"),
    path("desk/first-listing/", first.first_listing, name="first_listing"),
    path("desk/notices/", desk.notices, name="notices"),
    path("desk/trades/<trade_code:code>/", desk.trade, name="trade"),
    path("desk/income/", earnings.income, name="income"),
    path("desk/income.csv", earnings.income_table, name="income_table"),
    path("desk/spending/", earnings.spending, name="spending"),
    path("desk/spending.csv", earnings.spending_table, name="spending_table"),
    path("desk/trades/<trade_code:code>/fees/", fee_note.fee_note, name="fee_note"),
    path("desk/trades/<trade_code:code>/fees.csv", fee_note.fee_note_table, name="fee_note_table"),
    path("desk/money/flows/", flows.flows, name="flows"),
    path("desk/money/flows.csv", flows.flows_table, name="flows_table"),
    path("desk/receipts/", receipts.receipts, name="receipts"),
    path("desk/receipts.csv", receipts.receipts_table, name="receipts_table"),
    path("desk/receipts/<str:code>/", receipts.receipt, name="receipt"),
    path("desk/receipts/<str:code>/receipt.json", receipts.receipt_json, name="receipt_json"),
    path("desk/consents/", consents.consents, name="consents"),
    path("desk/consents/copy/", consents.copy, name="consents_copy"),
    path("desk/consents/<str:code>/withdraw/", consents.withdraw, name="withdraw_consent"),
    path("desk/consents/<str:code>/ask/", consents.ask, name="ask_holder"),
    path("desk/principals/", consents.principals, name="principals"),
    path("desk/principals/import/", consents.import_file, name="import_principals"),
    path("desk/principals/consent/", consents.give, name="give_consent"),
    path("desk/trades/<trade_code:code>/accounting/", accounting.accounting, name="accounting"),
    path("desk/trades/<trade_code:code>/accounting.csv", accounting.accounting_table, name="accounting_table"),
    path("desk/organisation/webhooks/", webhooks.webhooks, name="webhooks"),
    path("desk/organisation/webhooks/new/", webhooks.register, name="register_webhook"),
    path("desk/organisation/webhooks/<str:code>/", webhooks.change, name="change_webhook"),
    path("desk/agreements/<str:code>/", agreement.agreement, name="agreement"),
    path("desk/agreements/<str:code>/policy.jsonld", agreement.agreement_policy, name="agreement_policy"),
    path("favicon.ico", plain.favicon, name="favicon"),
    path("preferences/", views.preferences, name="preferences"),
    path("health/", health.health, name="health"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("accounts/act-for/", act_for, name="act_for"),
    path("api/", api_pages.Root.as_view(), name="api"),
    path("api/changes/", changes_api.Changes.as_view(), name="changes"),
    path("api/schema/", api_pages.Schema.as_view(), name="schema"),
    path("api/docs/", api_pages.Docs.as_view(), name="docs"),
    path("api/docs/problems/", api_pages.problems, name="problems"),
]
