"""What may be traded: resources, products, rights, registration, certificates, listings, versions, reviews (产权、登记、挂牌).

Registration and listing are two objects: a right is registered, a listing cites the certificate. States: ``states.py``.
"""

from compliance.taxonomy import Right
from listings.models.conditions import Condition
from listings.models.corrections import Correction
from listings.models.desk import Hold, Review, ScreeningRun, Verdict
from listings.models.finding import Findable, Kind, ListingIndex
from listings.models.interest import Question, Watch
from listings.models.offer import Contributor, Depth, GradeStatement, Listing, ListingVersion, Part, PricingMode, SaleMode
from listings.models.origins import ProductInput, Source, SourceKind
from listings.models.peers import Peer, PeerCertificate, PeerStanding
from listings.models.persons import Ask, Consent, OptOut, Principal, SubjectRequest
from listings.models.pilots import Pilot, PilotBuyer
from listings.models.public import Authorisation, AuthorisationModel, GuidedPrice, OperationReport
from listings.models.quality import QualityReport, ReportKind
from listings.models.reference_prices import PriceBulletin, PriceEffect, ReferencePrice, Withheld
from listings.models.registration import Registration, RegistrationCertificate, RegistrationKind, RegistrationObjection
from listings.models.requests import RefusalGround, RequestKind, SourceRequest
from listings.models.rescreening import Rescreening, RescreenSlice
from listings.models.sharing import Beneficiary, ShareAgreement, ShareDispute, ShareParty
from listings.models.supply import DataProduct, DataResource, ImportBatch, OriginClass, ProductKind, PropertyRight, RightOrigin
from listings.models.whitelist import AdmittedBuyer

__all__ = [
    "AdmittedBuyer",
    "Ask",
    "Authorisation",
    "AuthorisationModel",
    "Beneficiary",
    "Condition",
    "Consent",
    "Contributor",
    "Correction",
    "DataProduct",
    "DataResource",
    "Depth",
    "Findable",
    "GradeStatement",
    "GuidedPrice",
    "Hold",
    "ImportBatch",
    "Kind",
    "Listing",
    "ListingIndex",
    "ListingVersion",
    "OperationReport",
    "OptOut",
    "OriginClass",
    "Part",
    "Peer", "PeerCertificate", "PeerStanding",
    "Pilot",
    "PilotBuyer",
    "PriceBulletin", "PriceEffect",
    "PricingMode",
    "Principal",
    "ProductInput",
    "ProductKind",
    "PropertyRight",
    "QualityReport",
    "Question",
    "ReferencePrice",
    "RefusalGround",
    "Registration",
    "RegistrationCertificate",
    "RegistrationKind",
    "RegistrationObjection",
    "ReportKind",
    "RequestKind",
    "RescreenSlice",
    "Rescreening",
    "Review",
    "Right",
    "RightOrigin",
    "SaleMode",
    "ScreeningRun",
    "ShareAgreement",
    "ShareDispute",
    "ShareParty",
    "Source",
    "SourceKind",
    "SourceRequest",
    "SubjectRequest",
    "Verdict",
    "Watch",
    "Withheld",
]
