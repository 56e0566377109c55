#!/usr/bin/env python3
"""Compares stage0-preflight's verdict "static or not" with readelf's, for every ELF file below some directories.

readelf-peer.py STAGE0_PREFLIGHT DIRECTORY...

By readelf's account a file is no program when its type is neither EXEC nor DYN, dynamic when it has a PT_INTERP or a DT_NEEDED,
and static otherwise (a loader or a library that needs nothing is static too: whether it is a program is another question). By
preflight's account it is dynamic when the check `static` failed, static when that passed, and no program when it was skipped
because of `program-type`.
"""

import collections
import json
import os
import re
import subprocess
import sys

# stage0-preflight reads no larger file.
LARGEST = 64 << 20


def elf_files(directories):
    """Each ELF file once, whatever leads to it."""
    seen = set()
    for directory in directories:
        for folder, _, names in os.walk(directory):
            for path in (os.path.join(folder, name) for name in sorted(names)):
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                status = os.stat(path)
                if status.st_size > LARGEST or (status.st_dev, status.st_ino) in seen:
                    continue
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        seen.add((status.st_dev, status.st_ino))
                        yield path


def readelf(path):
    out = subprocess.run(
        ["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", path],
        capture_output=True, text=True, errors="replace", env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False,
    ).stdout
    kind = re.search(r"^  Type: +(\w+)", out, re.M).group(1)
    machine = re.search(r"^  Machine: +(.+)", out, re.M).group(1)
    if kind not in ("EXEC", "DYN"):
        return machine, "no program"
    dynamic = re.search(r"^  INTERP ", out, re.M) or re.search(r"\(NEEDED\)", out)
    return machine, "dynamic" if dynamic else "static"


def preflight(tool, paths):
    # The target does not matter: the check `machine` may fail.
    command = [tool, "--target=aarch64-unknown-linux-musl", "--run=never", "--format=json", *paths]
    report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
    for artifact in report["artifacts"]:
        checks = {check["check"]: check for check in artifact["checks"]}
        static = checks["static"]
        if static["outcome"] == "skipped":
            failed = "no program" if checks["program-type"]["outcome"] == "failed" else checks["elf-format"]
            yield artifact["path"], failed if isinstance(failed, str) else failed.get("reason", str(static))
        else:
            yield artifact["path"], {"passed": "static", "failed": "dynamic"}[static["outcome"]]


def main():
    tool, *directories = sys.argv[1:]
    # A file that is named after a target would contradict --target; the caller renames those.
    paths = [path for path in elf_files(directories) if not os.path.basename(path).startswith("fastboop-stage0-")]
    ours = {}
    for start in range(0, len(paths), 200):
        ours.update(preflight(tool, paths[start:start + 200]))
    counts = collections.Counter()
    machines = collections.Counter()
    differences = 0
    for path in paths:
        machine, verdict = readelf(path)
        counts[verdict] += 1
        machines[machine] += 1
        if ours.get(path) != verdict:
            differences += 1
            print(f"{path}: readelf says {verdict}, stage0-preflight {ours.get(path)}")
    print(f"readelf-peer: {len(paths)} ELF files, {dict(counts)}")
    print(f"machines: {dict(machines)}")
    print(f"different verdicts: {differences}")
    programs = counts["static"] + counts["dynamic"]
    if differences or programs < 200 or min(counts["static"], counts["dynamic"]) < 10 or len(machines) < 3:
        sys.exit("error: they differ, or there were not 200 programs, 10 of each kind, of 3 machines")


main()
