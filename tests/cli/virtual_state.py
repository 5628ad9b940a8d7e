#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several processes change one state file at once: no change may be lost, and no reader may see half a file.

usage: virtual_state.py NFPROOF
"""

import pathlib
import subprocess
import sys
import tempfile

WRITERS = 4
CALLS = 15


def main():
    nfproof = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as directory:
        state = str(pathlib.Path(directory) / "state")
        loop = (f'for i in $(seq {CALLS}); do "$0" iptables --state "$1" -A INPUT -s 10.0.$2.$i -j ACCEPT || exit 1; '
                f'"$0" ip6tables-save --state "$1" >/dev/null || exit 1; done')
        writers = [subprocess.Popen(["sh", "-c", loop, nfproof, state, str(number)]) for number in range(WRITERS)]
        codes = [writer.wait(timeout=300) for writer in writers]
        rules = subprocess.run([nfproof, "iptables", "--state", state, "-S", "INPUT"], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        # A pipe from one to the other must not wait for itself.
        subprocess.run(["sh", "-c", '"$0" iptables-save --state "$1" | "$0" iptables-restore --state "$1"', nfproof, state],
                       check=True, timeout=60)
        again = subprocess.run([nfproof, "iptables", "--state", state, "-S", "INPUT"], capture_output=True, text=True,
                               check=True).stdout.splitlines()
    wanted = {f"-A INPUT -s 10.0.{number}.{i}/32 -j ACCEPT" for number in range(WRITERS) for i in range(1, CALLS + 1)}
    good = not any(codes) and len(rules) == len(wanted) + 1 and set(rules[1:]) == wanted and again == rules
    print(f"{len(rules) - 1} of {len(wanted)} rules, exit codes {codes}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
