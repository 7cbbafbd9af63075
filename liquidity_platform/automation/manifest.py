"""dbt's manifest, parsed anew when the project is newer than it. Nothing else imports dbt's parser.

Belongs here: making the manifest, lending it to a home's own dbt. Keep out: what is done with it (marts.py).
"""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.core.paths import project_file

PARSED = "partial_parse.msgpack"


def ensure_manifest() -> Path:
    """Path of target/manifest.json, parsing the project first when it is absent or older than any source.

    Raises ConfigError with dbt's own words when the project does not parse.
    """
    folder = project_file("dbt_project")
    manifest = folder / "target" / "manifest.json"
    if _fresh(manifest, folder):
        return manifest
    manifest.parent.mkdir(exist_ok=True)
    with (manifest.parent / "parse.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _fresh(manifest, folder):
            _parse(folder)
    return manifest


def parsed_before(target: Path) -> Path:
    """`target`, where dbt works for one home: before its first run with what was parsed for the manifest."""
    held = target / PARSED
    if not held.exists() and (project_file("dbt_project") / "target" / PARSED).exists():
        target.mkdir(parents=True, exist_ok=True)
        part = held.with_suffix(".part")
        shutil.copy(project_file("dbt_project") / "target" / PARSED, part)
        part.replace(held)
    return target


def _fresh(manifest: Path, folder: Path) -> bool:
    if not manifest.exists():
        return False
    sources = [
        p
        for part in ("models", "macros", "tests", "dbt_project.yml")
        for p in [folder / part, *(folder / part).rglob("*")]
    ]
    return manifest.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def _parse(folder: Path) -> None:
    dbt = str(Path(sys.executable).with_name("liquidity-dbt"))
    command = [dbt, "--quiet", "parse", "--project-dir", str(folder), "--profiles-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise ConfigError(f"the dbt project does not parse: {said[-1] if said else 'dbt said nothing'}")
    (folder / "target" / "manifest.json").touch()
