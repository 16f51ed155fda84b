"""Static files with content hashes in their names; source maps that packages name but do not ship are left out."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

__all__ = ["HouseStaticFilesStorage"]


class HouseStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashes and compresses; does not follow ``sourceMappingURL`` comments of packages."""

    manifest_strict = False
    patterns = (("*.css", ((r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))"""),)),)  # type: ignore[assignment]
