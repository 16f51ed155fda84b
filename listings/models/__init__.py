"""What may be traded: resources, products, rights, registration, certificates, listings, versions, reviews (产权、登记、挂牌).

Registration and listing are two objects: a right is registered, a listing cites the certificate. States: ``states.py``.
"""

from compliance.taxonomy import Right
from listings.models.desk import Hold, Review, ScreeningRun, Verdict
from listings.models.finding import Findable, Kind, ListingIndex
from listings.models.offer import Contributor, Depth, GradeStatement, Listing, ListingVersion, Part, PricingMode, SaleMode
from listings.models.quality import QualityReport, ReportKind
from listings.models.registration import Registration, RegistrationCertificate, RegistrationKind, RegistrationObjection
from listings.models.supply import Consent, DataProduct, DataResource, ImportBatch, ProductKind, PropertyRight, RightOrigin

__all__ = [
    "Consent",
    "Contributor",
    "DataProduct",
    "DataResource",
    "Depth",
    "Findable",
    "GradeStatement",
    "Hold",
    "ImportBatch",
    "Kind",
    "Listing",
    "ListingIndex",
    "ListingVersion",
    "Part",
    "PricingMode",
    "ProductKind",
    "PropertyRight",
    "QualityReport",
    "Registration",
    "RegistrationCertificate",
    "RegistrationKind",
    "RegistrationObjection",
    "ReportKind",
    "Review",
    "Right",
    "RightOrigin",
    "SaleMode",
    "ScreeningRun",
    "Verdict",
]
