"""The supervision desk: the regulators' admin, in the family of the portal."""

from unfold.sites import UnfoldAdminSite

__all__ = ["SupervisionSite"]


class SupervisionSite(UnfoldAdminSite):
    """One site for the house; rooms register with ``django.contrib.admin.site`` and land here."""

    site_title = site_header = "监管台"
