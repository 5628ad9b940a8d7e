#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the capture beside each example ruleset.

    /usr/bin/python3 examples/make_captures.py        (needs scapy: apt install python3-scapy)

The output depends on nothing but this file: addresses, ports, sequence numbers and times are fixed, so that
running it again changes no byte.

Every packet stands in a capture once, as the host sees it first: on the interface where it arrives, or on the
one it leaves by if the host sent it. The second sight of a forwarded packet is left out, and so is what the
firewall answers by itself (REJECT). Where the ruleset refuses a packet, the sender tries again and gives up.
"""

import os
import struct

from scapy.all import (ICMP, IP, TCP, UDP, DNS, DNSQR, Ether, ICMPv6EchoReply,
                       ICMPv6EchoRequest, ICMPv6MLQuery, ICMPv6ND_NA, ICMPv6ND_NS,
                       ICMPv6ND_RA, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrHopByHop,
                       PadN, Raw, RouterAlert)

START = 1_700_000_000_000_000  # microseconds; the first packet of every capture
HOST_MAC = "02:00:00:00:00:01"
PEER_MAC = "02:00:00:00:00:fe"
HERE = os.path.dirname(os.path.abspath(__file__))


def ip_header(src, dst, ttl):
    if ":" in src:
        return IPv6(src=src, dst=dst, hlim=ttl)
    return IP(src=src, dst=dst, ttl=ttl, id=0, flags="DF")


class Side:
    """One end of a conversation as the host sees it: the addresses its packets carry there, the interface, and
    whether the host itself sends them."""

    def __init__(self, src, dst, sport, dport, iface="eth0", local=False):
        self.src, self.dst, self.sport, self.dport = src, dst, sport, dport
        self.iface, self.local = iface, local

    def answer(self):
        """The other end when no address is rewritten and the host itself is the peer."""
        return Side(self.dst, self.src, self.dport, self.sport, self.iface, not self.local)


class Capture:
    """Packets with time, interface and direction. The clock moves by what the caller says, never by itself."""

    def __init__(self):
        self.packets = []
        self.now = START

    def wait(self, seconds):
        self.now += round(seconds * 1_000_000)

    def add(self, packet, iface="eth0", local=False, delay=0.01):
        macs = (HOST_MAC, PEER_MAC) if local else (PEER_MAC, HOST_MAC)
        frame = bytes(Ether(src=macs[0], dst=macs[1]) / packet)
        self.packets.append((self.now, iface, local, frame))
        self.wait(delay)

    # --- TCP

    def segment(self, side, flags, seq, ack=0, data=b"", delay=0.01):
        options = [("MSS", 1460)] if "S" in flags else []
        tcp = TCP(sport=side.sport, dport=side.dport, flags=flags, seq=seq, ack=ack,
                  window=64240, options=options)
        packet = ip_header(side.src, side.dst, 64 if side.local else 57) / tcp
        self.add(packet / Raw(data) if data else packet, side.iface, side.local, delay)

    def tcp(self, client, request=b"", response=b"", server=None):
        """A whole connection: handshake, one request, one response, close."""
        server = server or client.answer()
        c, s = 1000 + client.sport, 900_000 + client.sport
        self.segment(client, "S", c)
        self.segment(server, "SA", s, c + 1)
        c, s = c + 1, s + 1
        self.segment(client, "A", c, s)
        if request:
            self.segment(client, "PA", c, s, request)
            c += len(request)
        if response:
            self.segment(server, "PA", s, c, response)
            s += len(response)
        self.segment(client, "FA", c, s)
        self.segment(server, "FA", s, c + 1)
        self.segment(client, "A", c + 1, s + 1)

    def refused_tcp(self, client, tries=3):
        """A connection that nobody answers: the SYN comes again after 1, 2, 4 seconds."""
        for attempt in range(tries):
            self.segment(client, "S", 1000 + client.sport, delay=2 ** attempt)

    def short_tcp(self, client):
        """Handshake and an abort, as a password guesser leaves it."""
        c, s = 1000 + client.sport, 900_000 + client.sport
        self.segment(client, "S", c)
        self.segment(client.answer(), "SA", s, c + 1)
        self.segment(client, "RA", c + 1, s + 1)

    # --- UDP and ICMP

    def udp(self, side, data=b"x" * 40, delay=0.01):
        packet = ip_header(side.src, side.dst, 64 if side.local else 57)
        packet /= UDP(sport=side.sport, dport=side.dport)
        packet /= data if isinstance(data, DNS) else Raw(data)
        self.add(packet, side.iface, side.local, delay)

    def dns(self, client, server=None, answered=True):
        name = DNSQR(qname="www.example.org")
        self.udp(client, DNS(id=client.sport, rd=1, qd=name))
        if answered:
            self.udp(server or client.answer(), DNS(id=client.sport, qr=1, ra=1, qd=name))

    def ping(self, src, dst, ident, count=1, iface="eth0", answered=True, gap=0.2, local=False):
        """Echo requests of one id, and the replies of the other end if answered."""
        v6 = ":" in src
        for number in range(count):
            for reply in (False, True):
                if reply and not answered:
                    continue
                ends = (dst, src) if reply else (src, dst)
                if v6:
                    kind = ICMPv6EchoReply if reply else ICMPv6EchoRequest
                    body = kind(id=ident, seq=number, data=b"ping" * 8)
                else:
                    body = ICMP(type=0 if reply else 8, id=ident, seq=number) / Raw(b"ping" * 8)
                from_host = local != reply
                self.add(ip_header(*ends, 64 if from_host else 57) / body, iface, from_host, 0.0005)
            self.wait(gap)

    # --- files

    def write_pcap(self, name):
        with open(os.path.join(HERE, name), "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time, _, _, frame in self.packets:
                out.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(frame), len(frame)))
                out.write(frame)
        self.tell(name)

    def write_pcapng(self, name):
        """With interface names and directions, which scapy's own writer leaves out."""
        names = list(dict.fromkeys(iface for _, iface, _, _ in self.packets))
        with open(os.path.join(HERE, name), "wb") as out:
            out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
            for iface in names:
                options = option(2, iface.encode()) + option(9, b"\x06") + option(0, b"")
                out.write(block(1, struct.pack("<HHI", 1, 0, 65535) + options))
            for time, iface, local, frame in self.packets:
                head = struct.pack("<IIIII", names.index(iface), time >> 32, time & 0xFFFFFFFF,
                                   len(frame), len(frame))
                direction = option(2, struct.pack("<I", 2 if local else 1)) + option(0, b"")
                out.write(block(6, head + padded(frame) + direction))
        self.tell(name)

    def tell(self, name):
        print(f"{name}: {len(self.packets)} packets")


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + padded(value)


def block(kind, body):
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


# --- one function per example


GET = b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"
TLS = b"\x16\x03\x01\x00\x40" + b"h" * 64


def icmp_error(cap, src, dst, quoted, kind, code, iface="eth0", mtu=0):
    """An ICMP error from a router on the way, quoting the header and eight bytes of a packet."""
    head = bytes(quoted)[:28]
    cap.add(ip_header(src, dst, 61) / ICMP(type=kind, code=code, nexthopmtu=mtu) / Raw(head), iface)


def web_server():
    cap, host = Capture(), "203.0.113.10"
    for number, port in enumerate((80, 443, 80, 443)):
        cap.tcp(Side(f"192.0.2.{20 + number}", host, 40000 + number, port), GET, OK)
    quic = Side("192.0.2.30", host, 40100, 443)
    for _ in range(3):
        cap.udp(quic, b"q" * 1200)
        cap.udp(quic.answer(), b"Q" * 1000)
    cap.dns(Side(host, "203.0.113.53", 40200, 53, local=True))
    cap.tcp(Side("198.51.100.5", host, 40300, 22), b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n")
    cap.tcp(Side("198.51.100.3", host, 40301, 22), b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n")
    cap.tcp(Side("198.51.100.17", host, 40302, 9100), b"GET /metrics HTTP/1.1\r\n\r\n", OK)
    cap.ping("192.0.2.21", host, 1, count=3)

    # A router on the way has a smaller MTU: RELATED. The same about a connection nobody knows: INVALID.
    client = Side("192.0.2.40", host, 40400, 80)
    cap.segment(client, "S", 41400)
    cap.segment(client.answer(), "SA", 940400, 41401)
    cap.segment(client, "A", 41401, 940401)
    cap.segment(client.answer(), "PA", 940401, 41401, b"d" * 1400)
    for port in (40400, 40999):
        quoted = ip_header(host, "192.0.2.40", 60) / TCP(sport=80, dport=port, seq=940401)
        icmp_error(cap, "192.0.2.1", host, quoted, 3, 4, mtu=1280)

    # Refused: SSH from anywhere else, a scan, packets that belong to nothing.
    cap.refused_tcp(Side("192.0.2.200", host, 41000, 22))
    for number, port in enumerate((21, 23, 25, 110, 139, 445, 1433, 3306, 3389, 5900, 6379, 8080)):
        cap.segment(Side("192.0.2.201", host, 41100 + number, port), "S", 5000)
    for number, flags in enumerate(("", "F", "FPU", "SF", "SA", "R")):
        cap.segment(Side("192.0.2.202", host, 41200 + number, 80), flags, 5000)
    cap.udp(Side("192.0.2.203", host, 41300, 161))

    # Thirteen logins in four seconds from the management network: ten pass the limit.
    cap.wait(60)
    for number in range(13):
        guess = Side("198.51.100.9", host, 42000 + number, 22)
        if number < 10:
            cap.short_tcp(guess)
        else:
            cap.segment(guess, "S", 6000)
        cap.wait(0.2)
    cap.wait(10)
    # A burst of pings, each a connection of its own: twenty pass the limit. Many with one id would count as one.
    for number in range(24):
        cap.ping("192.0.2.204", host, 100 + number, answered=number < 20, gap=0.001)
    cap.write_pcap("web-server.pcap")


def home_router():
    cap, wan, server = Capture(), "198.51.100.23", "192.168.10.20"

    def out_of_house(src, iface, sport, dst="192.0.2.80", port=443):
        return (Side(src, dst, sport, port, iface), Side(dst, wan, port, sport, "wan0"))

    def forwarded(src, sport, port, inner):
        return (Side(src, wan, sport, port, "wan0"), Side(server, src, inner, sport, "lan0"))

    for src, iface, sport in (("192.168.10.5", "lan0", 50000), ("192.168.10.6", "lan0", 50001),
                              ("192.168.20.7", "guest0", 50002)):
        client, answer = out_of_house(src, iface, sport)
        cap.tcp(client, TLS, TLS, answer)
    client, answer = out_of_house("192.168.10.5", "lan0", 50010, "192.0.2.53", 53)
    cap.dns(client, answer)

    # The ports that are forwarded, from outside and from the house itself (hairpin).
    for sport, port, inner in ((51000, 80, 80), (51001, 443, 443), (51002, 2222, 22)):
        client, answer = forwarded("192.0.2.90", sport, port, inner)
        cap.tcp(client, GET, OK, answer)
    client, answer = forwarded("192.0.2.91", 51003, 51820, 51820)
    for _ in range(2):
        cap.udp(client, b"w" * 148)
        cap.udp(answer, b"W" * 92)
    cap.tcp(Side("192.168.10.5", wan, 51010, 443, "lan0"), TLS, TLS,
            Side(server, "192.168.10.1", 443, 51010, "lan0"))

    # The router itself: names, administration, addresses for guests.
    cap.dns(Side("192.168.10.5", "192.168.10.1", 52000, 53, "lan0"))
    cap.dns(Side("192.168.20.7", "192.168.20.1", 52001, 53, "guest0"))
    cap.udp(Side("0.0.0.0", "255.255.255.255", 68, 67, "guest0"), b"\x01" * 300)
    cap.tcp(Side("192.168.10.5", "192.168.10.1", 52002, 22, "lan0"), b"SSH-2.0-c\r\n", b"SSH-2.0-s\r\n")
    cap.ping("192.0.2.92", wan, 7, count=2, iface="wan0")
    cap.tcp(Side("192.168.10.6", "192.168.20.9", 52003, 631, "lan0"), GET, OK,
            Side("192.168.20.9", "192.168.10.6", 631, 52003, "guest0"))

    # Refused: guests at the house, at the router and at the forwarded ports, the world at everything else.
    cap.segment(Side("192.168.20.7", server, 53000, 80, "guest0"), "S", 7000)
    cap.segment(Side("192.168.20.7", "192.168.20.1", 53001, 22, "guest0"), "S", 7000)
    cap.segment(Side("192.168.20.7", wan, 53002, 80, "guest0"), "S", 7000)
    cap.segment(Side("192.168.20.9", "192.168.10.6", 53003, 445, "guest0"), "S", 7000)
    for number, port in enumerate((22, 23, 53, 445, 8080)):
        cap.refused_tcp(Side("192.0.2.93", wan, 53100 + number, port, "wan0"), tries=2)
    cap.segment(Side("192.0.2.94", wan, 53200, 40000, "wan0"), "A", 7000, 7000)
    cap.write_pcapng("home-router.pcapng")


def container_host():
    cap, host = Capture(), "203.0.113.40"
    shop, plain = "br-5f2d8e0c71aa", "docker0"

    # Published ports: the answer comes from the container, with the container's address.
    for number, port in enumerate((80, 443, 80, 443)):
        src = f"192.0.2.{50 + number}"
        cap.tcp(Side(src, host, 43000 + number, port), GET, OK,
                Side("172.20.0.2", src, port, 43000 + number, shop))
    # The database was published on 15432; the administrator closed it again.
    cap.refused_tcp(Side("192.0.2.60", host, 43100, 15432))

    # Containers: to the world, to the host's resolver, and in vain to the other network.
    for src, sport, iface in (("172.20.0.2", 44000, shop), ("172.17.0.2", 44001, plain)):
        cap.tcp(Side(src, "192.0.2.70", sport, 443, iface), TLS, TLS,
                Side("192.0.2.70", host, 443, sport, "eth0"))
    cap.dns(Side("172.20.0.2", "172.20.0.1", 44010, 53, shop))
    cap.dns(Side("172.17.0.2", "172.17.0.1", 44011, 53, plain))
    cap.refused_tcp(Side("172.17.0.2", "172.20.0.3", 44020, 5432, plain), tries=2)
    cap.refused_tcp(Side("172.20.0.2", "172.17.0.2", 44021, 5000, shop), tries=2)
    cap.refused_tcp(Side("172.20.0.2", "172.20.0.1", 44022, 22, shop), tries=2)

    # A neighbour in eth0's own network routes straight at the containers: what is not published is refused.
    cap.refused_tcp(Side("203.0.113.66", "172.20.0.3", 44030, 9187), tries=2)

    # The host: administration, ping, and the usual noise.
    cap.tcp(Side("198.51.100.4", host, 45000, 22), b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n")
    cap.ping("198.51.100.4", host, 3, count=3)
    cap.dns(Side(host, "203.0.113.53", 45001, 53, local=True))
    for number, port in enumerate((22, 2375, 5000, 5432, 8080)):
        cap.segment(Side("192.0.2.61", host, 45100 + number, port), "S", 8000)
    cap.write_pcapng("container-host.pcapng")


def kube_proxy_node():
    cap, node = Capture(), "198.51.100.31"

    # Pods ask the cluster's resolver by its service address; the answer comes from the pod behind it.
    for number, src in enumerate(("10.244.1.5", "10.244.1.6", "10.244.1.8")):
        cap.dns(Side(src, "10.96.0.10", 46000 + number, 53, "cni0"),
                Side("10.244.1.2", src, 53, 46000 + number, "cni0"))
    cap.tcp(Side("10.244.1.8", "10.96.0.10", 46010, 53, "cni0"), b"\0\x10" + b"q" * 16, b"\0\x10" + b"a" * 16,
            Side("10.244.1.2", "10.244.1.8", 53, 46010, "cni0"))
    # Pods of this node and of others, both ways.
    cap.tcp(Side("10.244.1.8", "10.244.2.9", 46020, 8080, "cni0"), GET, OK,
            Side("10.244.2.9", "10.244.1.8", 8080, 46020, "eth0"))
    cap.tcp(Side("10.244.3.4", "10.244.1.5", 46021, 8080, "eth0"), GET, OK,
            Side("10.244.1.5", "10.244.3.4", 8080, 46021, "cni0"))

    # The gateway's node port keeps the client's address.
    for number in range(4):
        src = f"192.0.2.{110 + number}"
        cap.tcp(Side(src, node, 47000 + number, 30443), TLS, TLS,
                Side("10.244.1.6", src, 8443, 47000 + number, "cni0"))

    # Three endpoints, chosen at random: each SYN is a new choice, nobody answers.
    for number in range(12):
        cap.segment(Side(f"10.244.1.{20 + number}", "10.96.100.10", 48000 + number, 80, "cni0"), "S", 9000)
    for number in range(6):
        cap.segment(Side("192.0.2.120", node, 48100 + number, 30080), "S", 9000)
    # A service without endpoints.
    cap.refused_tcp(Side("10.244.1.8", "10.96.100.30", 48200, 80, "cni0"))

    # The node: administration, the control plane, a tunnel, ping; then what is refused.
    cap.tcp(Side("198.51.100.4", node, 49000, 22), b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n")
    cap.tcp(Side("198.51.100.17", node, 49001, 10250), TLS, TLS)
    cap.tcp(Side(node, "198.51.100.17", 49002, 6443, local=True), TLS, TLS)
    cap.udp(Side("198.51.100.32", node, 49003, 8472), b"v" * 90)
    cap.ping("198.51.100.1", node, 4, count=2)
    for number, port in enumerate((22, 10250, 10256, 2379, 30081)):
        cap.segment(Side("192.0.2.121", node, 49100 + number, port), "S", 9500)
    cap.segment(Side("10.244.2.9", "10.244.1.8", 49200, 8081, "eth0"), "A", 9600, 9600)
    cap.segment(Side("10.244.2.9", "10.244.1.8", 49201, 8081, "eth0"), "SA", 9600, 9600)
    cap.write_pcapng("kube-proxy-node.pcapng")


def neighbour_discovery(cap, host):
    router = "fe80::1"
    cap.add(IPv6(src=router, dst="ff02::1", hlim=255) / ICMPv6ND_RA())
    cap.add(IPv6(src=router, dst=host, hlim=255) / ICMPv6ND_NS(tgt=host))
    cap.add(IPv6(src=host, dst=router, hlim=255) / ICMPv6ND_NA(tgt=host, S=1), local=True)
    cap.add(IPv6(src=host, dst=router, hlim=255) / ICMPv6ND_NS(tgt=router), local=True)
    cap.add(IPv6(src=router, dst=host, hlim=255) / ICMPv6ND_NA(tgt=router, R=1, S=1))
    alert = IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"")])
    cap.add(IPv6(src=router, dst="ff02::1", hlim=1) / alert / ICMPv6MLQuery())
    # From beyond the link: the hop limit gives it away.
    cap.add(IPv6(src="2001:db8:66::6", dst=host, hlim=250) / ICMPv6ND_NS(tgt=host))
    cap.add(IPv6(src="2001:db8:66::6", dst=host, hlim=250) / ICMPv6ND_NA(tgt=router, O=1))


def mail_family(cap, host, resolver, world, admin, rubbish, base):
    greeting, hello = b"220 mail.example.org\r\n", b"EHLO there\r\n"
    for number, port in enumerate((25, 465, 587, 993)):
        cap.tcp(Side(world + str(20 + number), host, base + number, port), hello, greeting)
    cap.tcp(Side(host, world + "25", base + 10, 25, local=True), hello, greeting)
    for number in range(3):
        cap.dns(Side(host, resolver, base + 20 + number, 53, local=True))
    cap.tcp(Side(admin, host, base + 30, 22), b"SSH-2.0-client\r\n", b"SSH-2.0-server\r\n")
    cap.ping(world + "20", host, base + 40, count=2)
    # Refused: ident, a bad network, SSH from anywhere, an answer nobody asked for, a program that calls home.
    cap.segment(Side(world + "25", host, base + 50, 113), "S", 3000)
    cap.refused_tcp(Side(rubbish, host, base + 51, 25), tries=2)
    cap.refused_tcp(Side(world + "66", host, base + 52, 22), tries=2)
    cap.udp(Side(world + "67", host, 53, base + 53), b"u" * 60)
    cap.segment(Side(world + "68", host, base + 54, 25), "SF", 3000)
    cap.refused_tcp(Side(host, world + "69", base + 55, 6667, local=True), tries=2)


def mail_server():
    cap, host6 = Capture(), "2001:db8:25::25"
    mail_family(cap, "203.0.113.25", "203.0.113.53", "192.0.2.", "198.51.100.4", "192.0.2.130", 54000)
    neighbour_discovery(cap, host6)
    mail_family(cap, host6, "2001:db8:25::53", "2001:db8:77::", "2001:db8:ad::4", "2001:db8:bad::1", 55000)
    # "Packet too big" about a connection that lives: without it large mails would hang.
    client = Side("2001:db8:77::80", host6, 55900, 25)
    cap.segment(client, "S", 100)
    cap.segment(client.answer(), "SA", 200, 101)
    cap.segment(client, "A", 101, 201)
    cap.segment(client.answer(), "PA", 201, 101, b"m" * 1300)
    quoted = IPv6(src=host6, dst="2001:db8:77::80", hlim=60, nh=6, plen=1320)
    quoted /= TCP(sport=25, dport=55900, seq=201, ack=101, flags="PA", window=64240, chksum=0)
    cap.add(IPv6(src="2001:db8:77::1", dst=host6, hlim=60) / ICMPv6PacketTooBig(mtu=1280) / bytes(quoted))
    cap.write_pcapng("mail-server/mail.pcapng")


def mistakes():
    cap, host, office = Capture(), "203.0.113.60", "192.168.1.1"

    # Works: the web site for customers, and for the network that was meant to be kept out.
    cap.tcp(Side("203.0.113.200", host, 57000, 80), GET, OK)
    cap.tcp(Side("198.51.100.90", host, 57001, 443), TLS, TLS)
    # Works too: the attack on the phone ports that a DROP was written against.
    for number in range(8):
        cap.udp(Side("198.51.100.200", host, 57100 + number, 12000 + 900 * number), b"INVITE sip:100@phone\r\n")
    call = Side("198.51.100.10", host, 16384, 10500)
    for _ in range(5):
        cap.udp(call, b"r" * 160)
        cap.udp(call.answer(), b"R" * 160)
    cap.dns(Side(host, "203.0.113.53", 57200, 53, local=True))
    cap.ping(host, "203.0.113.1", 5, count=2, local=True)

    # Does not: administration from the office, the databases, the partners, the relay that was let off.
    cap.refused_tcp(Side("192.168.1.20", office, 57300, 22, "eth1"))
    for number, port in enumerate((3306, 5432, 6379)):
        cap.refused_tcp(Side("192.168.1.21", office, 57310 + number, port, "eth1"), tries=2)
    cap.refused_tcp(Side("203.0.113.130", host, 57320, 8080))
    cap.refused_tcp(Side("192.0.2.25", host, 57330, 25))
    cap.udp(Side("198.51.100.80", host, 57340, 1194), b"\x38" + b"v" * 13)
    # A session that was open before these rules were loaded dies with the next packet.
    session = Side("192.168.1.22", office, 57350, 22, "eth1")
    for number in range(3):
        cap.segment(session, "PA", 100, 200, b"k" * 36, delay=2 ** number)
    # Noise from outside, which the LOG rule was to show.
    for number, port in enumerate((23, 2323, 3389, 5900, 8443)):
        cap.segment(Side("198.51.100.201", host, 57400 + number, port), "S", 4000)
    cap.segment(Side("198.51.100.201", "192.168.1.20", 57410, 445), "S", 4000)
    cap.write_pcapng("mistakes.pcapng")


if __name__ == "__main__":
    web_server()
    home_router()
    container_host()
    kube_proxy_node()
    mail_server()
    mistakes()
