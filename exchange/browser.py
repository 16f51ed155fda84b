"""Finds (or installs) the browser that the browser tests drive: chromium on PATH, a package, or playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

__all__ = ["ARGUMENTS", "chromium"]

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: Quiet, rootless-safe and offline: nothing but our own pages is asked for.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"]


def chromium() -> str | None:
    """This will return the path of a browser on this machine, or None."""
    asked = os.environ.get("CHROMIUM")
    if asked:
        return asked
    for name in NAMES:
        if found := shutil.which(name):
            return found
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    if os.path.exists(mac):
        return mac
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None


def main() -> int:
    """This will make sure that there is a browser, or say what to install."""
    if chromium():
        return 0
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("  installing chromium and Chinese fonts for the browser tests …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"], check=False,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
    if not chromium():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if not chromium():
        print("The browser tests need Chromium. Install it (Debian: apt install chromium fonts-noto-cjk) or name one with CHROMIUM=/path,\n"
              "or run the rest with  make test-fast", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
