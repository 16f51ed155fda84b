"""What owners of rights, certificates, listings and consents may change by: a succession alone."""

from django.db import migrations

from evidence.guards import frozen_columns, install
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0011_quality'),
        ('participants', '0009_succession'),
    ]

    operations = [
        install("listings", "guards.sql"),
        frozen_columns("listings_registrationcertificate", "code", "registration_id", "product_id", "content", "content_hash", "issued_at",
                       "effective_to"),
        frozen_columns("listings_listing", "code", "venue_id", "product_id"),
        frozen_columns("listings_propertyright", "code", "product_id", "right", "parent_id"),
        frozen_columns("listings_source", "code", "kind", "title", "provider", "generator", "reference", "resource_id", "proof_id",
                       "effective_from", "effective_to"),
        frozen_columns("listings_sourcerequest", "code", "product_id", "requester_id", "kind", "scope", "proof_id", "filed_at"),
        frozen_columns("listings_authorisation", "code", "model", "subject_zh", "document_no", "fields", "purposes", "territory",
                       "price_basis", "effective_from", "effective_to", "filed_at"),
        frozen_columns("listings_principal", "code", "subject_id", "reference", "effective_from", "effective_to"),
        frozen_columns("listings_subjectrequest", "code", "consent_id", "kind", "opened_at"),
        *(owners(f"listings_{table}", "organization_id") for table in (
            "dataresource", "dataproduct", "propertyright", "source", "registrationcertificate", "listing", "listingversion", "contributor",
            "subjectrequest", "principal")),
        owners("listings_registration", "organization_id", "counterparty_id"),
        owners("listings_consent", "organization_id", "trustee_id"),
        owners("listings_authorisation", "organization_id", "grantor_id"),
        owners("listings_sourcerequest", "organization_id", "requested_by_id", "recipient_id"),
    ]
