"""Addresses of the supply desk; ``listings/urls.py`` takes them in. The acts are named one by one: nothing else is an address."""

from django.urls import path, re_path

from listings import desk_views, listing_views, price_views

_CODE = "(?P<code>[A-Z]{3}-[0-9A-Z]{10})"

urlpatterns = [
    path("desk/resources/", desk_views.resources, name="resources"),
    path("desk/resources/import/", desk_views.import_rows, name="import"),
    path("desk/products/new/", desk_views.resource_product, name="product_new"),
    path("desk/resources/<str:code>/", desk_views.resource, name="resource"),
    path("desk/resources/<str:code>/product/", desk_views.resource_product, name="resource_product"),
    path("desk/rights/", desk_views.rights, name="rights"),
    re_path(rf"^desk/rights/{_CODE}/(?P<act>grant|suspend|lift)/$", desk_views.right_act, name="right_act"),
    path("desk/registrations/", desk_views.registrations, name="registrations"),
    re_path(rf"^desk/registrations/{_CODE}/(?P<act>proof|apply|withdraw|reply)/$", desk_views.registration_act, name="registration_act"),
    path("desk/listings/", listing_views.mine_page, name="mine"),
    path("desk/listings/<str:code>/edit/", listing_views.edit, name="edit"),
    path("desk/listings/<str:code>/file/", listing_views.file, name="file"),
    path("desk/listings/<str:code>/shares/", listing_views.shares, name="version_shares"),
    path("desk/listings/<str:code>/declaration/", listing_views.declare, name="declare"),
    path("desk/listings/<str:code>/price/", price_views.price_page, name="price"),
    path("desk/listings/<str:code>/submit/", listing_views.submit, name="submit"),
    path("desk/listings/<str:code>/versions/", listing_views.versions, name="versions"),
    re_path(rf"^desk/listings/{_CODE}/(?P<word>revise|discard|withdraw|publish|suspend|resume|delist)/$", listing_views.act, name="act"),
]
