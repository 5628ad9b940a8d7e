#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends every capture of the corpus through every mode of sim, trace and whatif: whole, cut off and damaged, from files and
from standard input, as pcap and as pcapng.

No mode may crash, hang, or fail without saying why; JSON must be JSON and have the fields that are promised. Captures
with wrong ends exit 2 with a message and still tell what was read.

usage: corpus_captures.py NFPROOF
"""

import json
import os
import pathlib
import random
import struct
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
HOST = ["--addr", ROOT / "examples/mail-server/addr.json", "--route", ROOT / "examples/mail-server/route.json",
        "--route", ROOT / "examples/mail-server/route6.json"]
VERDICTS = {"ACCEPT", "DROP", "REJECT", "QUEUE", "INVALID"}


class Checker:
    def __init__(self, nfproof, directory):
        self.nfproof = nfproof
        self.directory = pathlib.Path(directory)
        self.problems = []
        self.runs = 0

    def run(self, *arguments, given=None):
        command = [self.nfproof, *map(str, arguments)]
        done = subprocess.run(command, input=given, capture_output=True, timeout=120, check=False)
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
        self.run("sim", *RULES, "-r", capture, "--in", "eth0", "--counters", "--replies", "--dump-conntrack", "-")
        self.run("sim", *RULES, "-r", capture, "--list", "--threads", "1", "--sysctl", "nf_conntrack_checksum=0")
        _, out, _ = self.run("sim", *RULES, "-r", "-", "--log", given=capture.read_bytes())
        self.expect("\x00" not in out, f"{name}: a line of the log holds a zero byte")
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

    def same_as_pcapng(self, whole, other, name):
        first = self.run("sim", *RULES, *HOST, "-r", "-", "--in", "eth0", "--json", given=whole)
        second = self.run("sim", *RULES, *HOST, "-r", "-", "--in", "eth0", "--json", given=other)
        # Bytes behind the last packet make a pcap file wrong, and are not copied.
        self.expect(first[1] == second[1] and second[0] in (0, first[0]), f"{name}: pcapng is read differently")

    def damage(self, whole, name):
        """A capture that ends too early and one with wrong bits, from a file and from standard input. The host is given,
        as from a file the capture would be asked for it."""
        chance = random.Random(name)
        damaged = self.directory / "damaged"
        ends = packet_ends(whole)
        for size in sorted({0, 3, 23, 30, len(whole) // 2, len(whole) - 1}):
            part = whole[:max(size, 0)]
            damaged.write_bytes(part)
            code, out, error = self.run("sim", *RULES, *HOST, "-r", damaged, "--json")
            if size not in ends:
                self.expect(code == 2, f"{name}: cut off at {size}: exit {code}")
                self.expect(size < 24 or "damaged" in error, f"{name}: cut off at {size}: {error}")
            piped = self.run("sim", *RULES, *HOST, "-r", "-", "--json", given=part)
            self.expect(piped[:2] == (code, out), f"{name}: cut off at {size}: not the same from standard input")
        for _ in range(3):
            bits = bytearray(whole)
            for _ in range(max(4, len(bits) // 200)):
                bits[chance.randrange(24, len(bits))] ^= 1 << chance.randrange(8)
            damaged.write_bytes(bits)
            code, out, _ = self.run("sim", *RULES, *HOST, "-r", damaged, "--json")
            piped = self.run("sim", *RULES, *HOST, "-r", "-", "--json", given=bytes(bits))
            self.expect(piped[:2] == (code, out), f"{name}: with wrong bits: not the same from standard input")


def packet_ends(whole):
    """Where a pcap file may end without missing anything; of other files nothing is known."""
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
    if whole[:4] not in order:
        return set(range(len(whole)))
    ends, at = {24}, 24
    while at + 16 <= len(whole):
        at += 16 + struct.unpack_from(order[whole[:4]] + "I", whole, at + 8)[0]
        ends.add(at)
    return ends


def as_pcapng(whole):
    """The packets of a pcap file as a pcapng file; None: it is no pcap file with microseconds."""
    if whole[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
        return None
    order = "<" if whole[0] == 0xd4 else ">"

    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size

    link = struct.unpack_from(order + "I", whole, 20)[0] & 0xffff
    made = block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack(order + "HHI", link, 0, 0))
    at = 24
    while at + 16 <= len(whole):
        seconds, micros, kept, original = struct.unpack_from(order + "IIII", whole, at)
        time = seconds * 1000000 + micros
        body = struct.pack(order + "IIIII", 0, time >> 32, time & 0xffffffff, kept, original)
        made += block(6, body + whole[at + 16:at + 16 + kept])
        at += 16 + kept
    return made


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
            whole = capture.read_bytes()
            checker.damage(whole, capture.name)
            other = as_pcapng(whole)
            if other is not None:
                checker.same_as_pcapng(whole, other, capture.name)
                checker.damage(other, capture.name + " as pcapng")
        for capture in sorted((ROOT / "examples").rglob("*.pcap*")):
            checker.every_mode(capture, capture.name)
        print(f"{len(captures)} captures of the corpus, {packets} packets, {checker.runs} runs")
        print(*checker.problems, sep="\n")
        return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
