"""What is in the locked environment? An SBOM (CycloneDX 1.5) of requirements.lock, to stdout."""

from __future__ import annotations

import json
import re
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_PINNED = re.compile(r"^([\w.-]+)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def sbom(lock: str) -> dict:
    """The bill of materials of a lock's text: a component a package, with its files' hashes."""
    components: list[dict] = []
    for line in lock.splitlines():
        if found := _PINNED.match(line):
            name, version = found.groups()
            components.append(
                {
                    "type": "library",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:pypi/{name.lower()}@{version}",
                    "hashes": [],
                }
            )
        for digest in _HASH.findall(line):
            components[-1]["hashes"].append({"alg": "SHA-256", "content": digest})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "sbpanalysis"}},
        "components": components,
    }


if __name__ == "__main__":
    print(json.dumps(sbom(LOCK.read_text("utf-8")), indent=1))
