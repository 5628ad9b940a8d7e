#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends every capture of the corpus through every mode of sim, trace and whatif: whole, cut off and damaged.

No mode may crash, hang, or fail without saying why; JSON must be JSON and have the fields that are promised. Captures
with wrong ends exit 2 with a message and still tell what was read.

usage: corpus_captures.py NFPROOF
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("NFPROOF_CORPUS", ROOT / "../shared/corpus"))
RULES = [ROOT / "examples/mail-server/rules.v4", ROOT / "examples/mail-server/rules.v6"]
OTHER = [ROOT / "examples/home-router.v4", ROOT / "examples/mail-server/rules.v6"]
FIELDS = {"n", "ts", "family", "in", "out", "hook", "verdict", "table", "chain", "rule", "line", "ct", "mark", "packet"}
PACKET_FIELDS = {"family", "in", "out", "src", "dst", "protocol", "sport", "dport", "flags", "icmp_type", "icmp_code",
                 "ct_state", "mark", "length", "ttl", "expr"}
VERDICTS = {"ACCEPT", "DROP", "REJECT", "QUEUE", "INVALID"}


class Checker:
    def __init__(self, nfproof, directory):
        self.nfproof = nfproof
        self.directory = pathlib.Path(directory)
        self.problems = []
        self.runs = 0

    def run(self, *arguments):
        command = [self.nfproof, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        self.runs += 1
        error = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (0, 1, 2, 3) or "Sanitizer" in error or "runtime error" in error:
            self.problems.append(f"{' '.join(command)}: exit {done.returncode}\n{error[-2000:]}")
        if done.returncode == 2 and "error: " not in error:
            self.problems.append(f"{' '.join(command)}: exit 2 without a message")
        return done.returncode, done.stdout.decode("utf-8", "replace"), error

    def expect(self, holds, what):
        if not holds:
            self.problems.append(what)

    def check_lines(self, name, text):
        rows = [json.loads(line) for line in text.splitlines()]
        self.expect([row["n"] for row in rows] == list(range(1, len(rows) + 1)), f"{name}: packets are not numbered")
        for row in rows:
            if row["verdict"] is None:
                self.expect("why" in row, f"{name}: {row['n']} is not replayed, nobody says why")
                continue
            self.expect(FIELDS <= row.keys(), f"{name}: {row['n']} lacks {FIELDS - row.keys()}")
            self.expect(row["verdict"] in VERDICTS, f"{name}: {row['n']} has the verdict {row['verdict']}")
            if row["verdict"] != "INVALID" or row["packet"]["expr"]:
                self.expect(PACKET_FIELDS <= row["packet"].keys(), f"{name}: {row['n']} lacks fields of its packet")
        return len(rows)

    def every_mode(self, capture, name):
        """Returns the number of packets."""
        self.run("sim", *RULES, "-r", capture)
        self.run("sim", *RULES, "-r", capture, "--in", "eth0", "--counters")
        accepted, dropped = self.directory / "accepted.pcapng", self.directory / "dropped.pcap"
        _, out, _ = self.run("sim", *RULES, "-r", capture, "--json", "--write-accepted", accepted, "--write-dropped",
                             dropped)
        packets = self.check_lines(name, out)
        for written in (accepted, dropped):
            code, _, error = self.run("sim", *RULES, "-r", written)
            self.expect(code == 0, f"{name}: what was written cannot be read: {error}")
        self.run("trace", *RULES, "-r", capture, "--number", max(1, packets // 2), "-v")
        _, out, _ = self.run("whatif", ",".join(map(str, RULES)), ",".join(map(str, OTHER)), "-r", capture,
                             "--switch-at", "0.5", "--json")
        self.expect(out == "" or isinstance(json.loads(out), dict), f"{name}: whatif --json is no object")
        return packets

    def damage(self, capture, name):
        whole = capture.read_bytes()
        chance = random.Random(name)
        damaged = self.directory / "damaged.pcap"
        for size in sorted({0, 3, 23, 30, len(whole) // 2, len(whole) - 1}):
            damaged.write_bytes(whole[:max(size, 0)])
            self.run("sim", *RULES, "-r", damaged, "--json")
        for _ in range(3):
            bytes_ = bytearray(whole)
            for _ in range(max(4, len(bytes_) // 200)):
                bytes_[chance.randrange(24, len(bytes_))] = chance.randrange(256)
            damaged.write_bytes(bytes_)
            self.run("sim", *RULES, "-r", damaged)


def main():
    captures = sorted((CORPUS / "pcap").glob("*.pcap*"))
    if not captures:
        print(f"*** NOT TESTED: no corpus at {CORPUS}")
        return 0
    packets = 0
    with tempfile.TemporaryDirectory() as directory:
        checker = Checker(sys.argv[1], directory)
        for capture in captures:
            packets += checker.every_mode(capture, capture.name)
            checker.damage(capture, capture.name)
        for capture in sorted((ROOT / "examples").rglob("*.pcap*")):
            checker.every_mode(capture, capture.name)
        print(f"{len(captures)} captures of the corpus, {packets} packets, {checker.runs} runs")
        print(*checker.problems, sep="\n")
        return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
