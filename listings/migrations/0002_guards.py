"""Legal moves, frozen versions, rights within their parents, persons that differ, and the gate ``listings_tradable``."""

from django.db import migrations

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from listings.states import OBJECTS

#: Where each object starts; every other state is reached by a move.
STARTS = {
    "listings_propertyright": ["draft"],
    "listings_registration": ["draft"],
    "listings_registrationcertificate": ["valid"],
    "listings_listingversion": ["draft"],
    "listings_listing": ["unlisted"],
    "listings_review": ["waiting"],
    "listings_consent": ["active"],
}


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0001_initial"),
        ("evidence", "0001_initial"),
        ("participants", "0003_guards_and_venue"),
    ]

    operations = [
        install("participants", "person.sql"),
        *(edges(table, "status", OBJECTS[table][1], initial=start) for table, start in STARTS.items()),
        install("listings", "tradable.sql"),
        install("listings", "guards.sql"),
        append_only("listings_importbatch"),
        frozen_columns("listings_registrationcertificate", "code", "registration_id", "organization_id", "product_id", "content",
                       "content_hash", "issued_at", "effective_to"),
        frozen_columns("listings_listing", "code", "venue_id", "organization_id", "product_id"),
        frozen_columns("listings_propertyright", "code", "organization_id", "product_id", "right", "parent_id"),
        frozen_columns("listings_hold", "listing_id", "right_id", "certificate_id", "reason_code", "cause_code", "ordered_by", "placed_at"),
        *(no_delete(f"listings_{table}") for table in (
            "dataresource", "dataproduct", "propertyright", "registration", "registrationcertificate", "registrationobjection", "listing",
            "review", "hold", "consent")),
    ]
