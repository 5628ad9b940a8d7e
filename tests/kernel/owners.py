#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who sent a packet, in the kernel: rules of the module `owner` and tests of `meta skuid` count packets of two users and
answers that the kernel gives by itself, beside their translations into the other syntax. Rule and translation must count
the same packets, and those that are written down here.

  owners.py PROGRAM
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# A test, and which packets fulfil it: of root, of user 1000 (group 100), of the kernel (its ICMP errors).
IPTABLES = [
    ("--uid-owner 0", "r"),
    ("! --uid-owner 0", "uk"),
    ("--uid-owner 1-2000", "u"),
    ("! --uid-owner 1-2000", "rk"),
    ("--gid-owner 100", "u"),
    ("! --gid-owner 100 ! --uid-owner 0", "k"),
    ("--gid-owner 0 ! --uid-owner 1000", "r"),
    ("! --gid-owner 0 --uid-owner 1000", "u"),
    ("--uid-owner 0-4294967294", "ru"),
]
NFT = [
    ("meta skuid 0", "r"),
    ("meta skuid != 0", "u"),
    ("meta skuid != 1000", "r"),
    ("meta skgid != 100 meta skuid != 5", "r"),
    ("meta skuid 1-2000", "u"),
]
COUNTS = {"r": 1, "u": 2, "k": 4}  # each kind has a number of packets of its own

TRAFFIC = """
import os, socket
def send(count):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(count):
        sender.sendto(b"x", ("127.0.0.1", 7))
    sender.close()
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 7))
send(1)
if os.fork() == 0:
    os.setgroups([]); os.setgid(100); os.setuid(1000)
    send(2)
    os._exit(0)
os.wait()
receiver.close()
"""

# What asks the kernel for ICMP errors must not pass the rules itself: it comes from another namespace.
RUN = """
set -e
sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000 2>/dev/null || true
ip link set lo up
ip link add va type veth peer name vb
unshare -n sleep 30 & other=$!
sleep 0.1
ip link set vb netns $other
ip addr add 192.0.2.1/24 dev va; ip link set va up
in_other() {{ nsenter -t $other -n "$@"; }}
in_other ip addr add 192.0.2.2/24 dev vb; in_other ip link set vb up
{load}
python3 -c '{traffic}'
in_other python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(4): s.sendto(b"x", ("192.0.2.1", 9))
'
sleep 0.1
kill $other
{show}
"""


def run(script):
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def counted(save, nft):
    """By both at once: they see the same packets."""
    text = run(RUN.format(load=f"iptables-legacy-restore < {save}; nft -f {nft}", traffic=TRAFFIC,
                          show="iptables-legacy-save -c; nft list ruleset"))
    return (sum(int(found) for found in re.findall(r"^\[(\d+):\d+\] -A OUTPUT", text, re.M)),
            sum(int(found) for found in re.findall(r"counter packets (\d+)", text)))


def translated(nfproof, path, to, into):
    done = subprocess.run([nfproof, "translate", path, "--to", to, "-o", into], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"not translated:\n{pathlib.Path(path).read_text()}{done.stderr}")


def main():
    nfproof = sys.argv[1]
    tools = ("unshare", "nsenter", "ip", "nft", "iptables-legacy-restore")
    if not all(shutil.which(tool) for tool in tools) or subprocess.run(["unshare", "-n", "true"]).returncode != 0:
        print("SKIPPED: needs root, network namespaces, iptables and nft")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(prefix="nfproof-owners-") as directory:
        save, nft = f"{directory}/rules.v4", f"{directory}/rules.nft"
        for tests, is_nft in ((IPTABLES, False), (NFT, True)):
            for test, kinds in tests:
                if is_nft:
                    pathlib.Path(nft).write_text("table ip t {\n chain out {\n  type filter hook output priority 0;\n"
                                                 f"  ip protocol {{ icmp, udp }} {test} counter\n }}\n}}\n")
                    translated(nfproof, nft, "iptables", save)
                else:
                    pathlib.Path(save).write_text(f"*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m owner {test}\nCOMMIT\n")
                    translated(nfproof, save, "nft", nft)
                right = sum(COUNTS[kind] for kind in kinds)
                found = counted(save, nft)
                if found != (right, right):
                    print(f"FAIL {test}: {right} packets, iptables counts {found[0]}, nftables {found[1]}")
                    failed += 1
    print(f"{len(IPTABLES) + len(NFT)} tests, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
