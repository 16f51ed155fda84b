"""Addresses of the supply desk; ``listings/urls.py`` takes them in. The acts are named one by one: nothing else is an address."""

from django.urls import path, re_path

from listings import (
    authorisation_views,
    condition_views,
    desk_views,
    interest_views,
    lineage_views,
    listing_views,
    price_views,
    request_views,
    subject_views,
    whitelist_views,
)

_CODE = "(?P<code>[A-Z]{3}-[0-9A-Z]{10})"

urlpatterns = [
    path("desk/resources/", desk_views.resources, name="resources"),
    path("desk/resources/import/", desk_views.import_rows, name="import"),
    path("desk/products/new/", desk_views.resource_product, name="product_new"),
    path("desk/resources/<str:code>/", desk_views.resource, name="resource"),
    path("desk/resources/<str:code>/product/", desk_views.resource_product, name="resource_product"),
    path("desk/rights/", desk_views.rights, name="rights"),
    re_path(rf"^desk/rights/{_CODE}/(?P<act>grant|suspend|lift|revoke)/$", desk_views.right_act, name="right_act"),
    re_path(rf"^desk/products/{_CODE}/(?P<act>source|input)/$", lineage_views.product_input, name="product_input"),
    re_path(rf"^desk/sources/{_CODE}/revoke/$", lineage_views.source_revoke, name="source_revoke"),
    path("desk/registrations/", desk_views.registrations, name="registrations"),
    re_path(rf"^desk/registrations/{_CODE}/(?P<act>proof|apply|withdraw|reply)/$", desk_views.registration_act, name="registration_act"),
    path("desk/requests/", request_views.requests, name="requests"),
    re_path(rf"^desk/requests/{_CODE}/(?P<act>answer|withdraw)/$", request_views.request_act, name="request_act"),
    path("desk/requests/<str:code>/file/", request_views.request_file, name="request_file"),
    path("desk/watches/", interest_views.watches, name="watches"),
    path("desk/questions/", interest_views.questions, name="questions"),
    re_path(rf"^desk/questions/{_CODE}/(?P<act>answer|withdraw|hide|show)/$", interest_views.question_act, name="question_act"),
    path("desk/authorisations/", authorisation_views.authorisations, name="authorisations"),
    path("desk/authorisations/<str:code>/cap/", authorisation_views.cap, name="authorisation_cap"),
    path("desk/authorisations/<str:code>/report/", authorisation_views.report_act, name="operation_report"),
    re_path(rf"^desk/authorisations/{_CODE}/(?P<act>confirm|refuse|revoke)/$", authorisation_views.authorisation_act,
            name="authorisation_act"),
    path("desk/subject-requests/", subject_views.requests, name="subject_requests"),
    path("desk/subject-requests/<str:code>/", subject_views.answer, name="subject_request_answer"),
    path("desk/conditions/<str:code>/prove/", condition_views.prove, name="condition_prove"),
    path("conditions/<str:code>/proof/", condition_views.proof_file, name="condition_proof"),
    path("desk/listings/", listing_views.mine_page, name="mine"),
    path("desk/listings/<str:code>/edit/", listing_views.edit, name="edit"),
    path("desk/listings/<str:code>/file/", listing_views.file, name="file"),
    path("desk/listings/<str:code>/buyers/", whitelist_views.buyers, name="buyers"),
    path("desk/listings/<str:code>/shares/", listing_views.shares, name="version_shares"),
    path("desk/listings/<str:code>/declaration/", listing_views.declare, name="declare"),
    path("desk/listings/<str:code>/price/", price_views.price_page, name="price"),
    path("desk/listings/<str:code>/submit/", listing_views.submit, name="submit"),
    path("desk/listings/<str:code>/versions/", listing_views.versions, name="versions"),
    re_path(rf"^desk/listings/{_CODE}/(?P<word>revise|discard|withdraw|publish|suspend|resume|delist)/$", listing_views.act, name="act"),
]
