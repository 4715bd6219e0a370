"""Makes sure that there is a Chromium for the browser tests: `python -m tests.browser.install`.

The machine's own is used where there is one; else Debian's package is installed, where we may. Where neither helps, the
browser tests skip and say why.
"""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> str | None:
    """The path of a Chromium: `CHROMIUM`, or the first of its usual names."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    if find() or os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Browser tests run with {find()}." if find() else "No Chromium here: browser tests will skip.")
        return
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False, **quiet)
    print(f"Installed {find()}." if find() else "Chromium could not be installed: browser tests will skip.")


if __name__ == "__main__":
    main()
