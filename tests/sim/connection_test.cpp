// SPDX-License-Identifier: Apache-2.0
// Connection states by example: what the kernel calls NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED.
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

const std::string kTracking = filter("-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n");
const char* const kClient = "198.51.100.7";
const char* const kServer = "203.0.113.9";

std::string state(const sim::Result& result) { return std::string(ir::ct_state_name(result.before.ct_state())); }

std::string first_state(std::uint8_t flags) {
  Scene scene(kTracking);
  return state(scene.send(from_to(kClient, kServer, 6), segment(4000, 80, flags)));
}

TEST(Connection, FirstSegmentOfAFlow) {
  EXPECT_EQ(first_state(kSynFlag), "NEW");
  EXPECT_EQ(first_state(kAckFlag), "NEW");
  EXPECT_EQ(first_state(kSynFlag | 0xc0), "NEW");
  EXPECT_EQ(first_state(kSynFlag | 0x08), "NEW");
  EXPECT_EQ(first_state(kSynFlag | 0x20), "NEW");
  EXPECT_EQ(first_state(kSynFlag | kAckFlag), "INVALID");
  EXPECT_EQ(first_state(kRstFlag), "INVALID");
  EXPECT_EQ(first_state(kFinFlag), "INVALID");
  EXPECT_EQ(first_state(kFinFlag | kAckFlag), "INVALID");
  EXPECT_EQ(first_state(0), "INVALID");
  EXPECT_EQ(first_state(0x3f), "INVALID");
  EXPECT_EQ(first_state(kSynFlag | kFinFlag), "INVALID");
}

struct Handshake {
  explicit Handshake(const std::string& rules = kTracking) : scene(rules) {}
  Scene scene;
  sim::Result client(std::uint8_t flags, std::uint32_t sequence = 1001, std::uint32_t ack = 5001) {
    return scene.send(from_to(kClient, kServer, 6),
                      segment(4000, 80, flags, sequence, (flags & kAckFlag) != 0 ? ack : 0));
  }
  sim::Result server(std::uint8_t flags, std::uint32_t sequence = 5001, std::uint32_t ack = 1001) {
    return scene.send(from_to(kServer, kClient, 6), segment(80, 4000, flags, sequence, ack));
  }
  void open() {
    EXPECT_EQ(state(client(kSynFlag, 1000)), "NEW");
    EXPECT_EQ(state(server(kSynFlag | kAckFlag, 5000)), "ESTABLISHED");
    EXPECT_EQ(state(client(kAckFlag)), "ESTABLISHED");
  }
};

TEST(Connection, HandshakeAndClose) {
  Handshake tcp;
  tcp.open();
  EXPECT_EQ(tcp.scene.simulator().connection_count(), 1U);
  EXPECT_EQ(state(tcp.client(kSynFlag, 1000)), "ESTABLISHED");  // a SYN on an open connection
  EXPECT_EQ(state(tcp.client(kFinFlag | kAckFlag)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.server(kFinFlag | kAckFlag)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.client(kAckFlag)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.client(kSynFlag, 9000)), "NEW");  // from TIME_WAIT it begins anew
}

TEST(Connection, AckWithoutSynAck) {
  Handshake tcp;
  EXPECT_EQ(state(tcp.client(kSynFlag, 1000)), "NEW");
  EXPECT_EQ(state(tcp.client(kAckFlag)), "INVALID");
}

TEST(Connection, AcknowledgesWhatNobodySent) {
  Handshake tcp;
  EXPECT_EQ(state(tcp.client(kSynFlag, 1000)), "NEW");
  EXPECT_EQ(state(tcp.client(kRstFlag | kAckFlag)), "INVALID");
  EXPECT_EQ(state(tcp.server(kSynFlag | kAckFlag, 5000)), "ESTABLISHED");
}

/// A connection is picked up in the middle, its client begins anew: the server's segments still are not held against
/// any window.
TEST(Connection, NewHandshakeOfAPickedUpConnection) {
  Handshake tcp;
  EXPECT_EQ(state(tcp.client(kAckFlag, 70000)), "NEW");
  EXPECT_EQ(state(tcp.client(kSynFlag, 1000)), "NEW");
  EXPECT_EQ(state(tcp.server(kSynFlag | kAckFlag, 5000)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.server(kAckFlag, 900000)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.client(kAckFlag, 900000)), "INVALID");
}

/// A reset on a connection that is closing already teaches nothing about what its sender has sent.
TEST(Connection, ResetOfAClosingConnection) {
  Handshake open;
  open.open();
  EXPECT_EQ(state(open.server(kRstFlag | kAckFlag)), "ESTABLISHED");
  EXPECT_EQ(state(open.server(kRstFlag | kAckFlag, 9000)), "ESTABLISHED");
  EXPECT_EQ(state(open.client(kAckFlag, 1001, 9000)), "INVALID");
}

TEST(Connection, DroppedPacketLeavesNothing) {
  Scene scene(filter("-A FORWARD -p tcp -m conntrack --ctstate NEW -j DROP\n"));
  EXPECT_EQ(state(scene.send(from_to(kClient, kServer, 6), segment(4000, 80, kSynFlag))), "NEW");
  EXPECT_EQ(scene.simulator().connection_count(), 0U);
  EXPECT_EQ(state(scene.send(from_to(kClient, kServer, 6), segment(4000, 80, kSynFlag))), "NEW");
}

TEST(Connection, ResetByRejectKeepsItEstablished) {
  Handshake tcp(
      filter("-A FORWARD -p tcp -m tcp --tcp-flags PSH PSH -j REJECT --reject-with tcp-reset\n"
             "-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\n"));
  tcp.open();
  EXPECT_EQ(tcp.client(kAckFlag | 8).disposition, sim::Disposition::kRejected);
  EXPECT_EQ(state(tcp.client(kAckFlag)), "ESTABLISHED");
  EXPECT_EQ(state(tcp.client(kSynFlag, 1000)), "ESTABLISHED");
}

TEST(Connection, Checksums) {
  Scene scene(kTracking);
  WireBytes udp = wire_udp(4000, 53, 9);
  const IpHeader ip = from_to(kClient, kServer, 17);
  EXPECT_EQ(state(scene.send_bytes(wire_packet(ip, udp))), "NEW");  // sum 0: there is none
  udp[6] = 1;
  EXPECT_EQ(state(scene.send_bytes(wire_packet(ip, udp))), "INVALID");
  udp = wire_udp(4000, 53, 9);
  udp[5] = 200;  // longer than the packet
  EXPECT_EQ(state(scene.send(ip, udp)), "INVALID");
  // What the host sends itself has its sums filled in later.
  WireBytes own = wire_udp(4000, 53, 9);
  own[6] = 1;
  EXPECT_EQ(state(scene.send_bytes(wire_packet(from_to("192.0.2.1", kServer, 17), own))), "NEW");
}

TEST(Connection, UdpLiteIsSummedAsUdp) {
  Scene scene(kTracking);
  const IpHeader ip = from_to(kClient, kServer, 136);
  WireBytes right = wire_udp(4000, 53, 9);
  EXPECT_EQ(state(scene.send(ip, right)), "INVALID");
  IpHeader as_udp = ip;
  as_udp.protocol = 17;
  wire_checksum(as_udp, right);
  EXPECT_EQ(state(scene.send_bytes(wire_packet(ip, right))), "NEW");
}

TEST(Connection, Icmp) {
  Scene scene(kTracking);
  const IpHeader there = from_to(kClient, kServer, 1), back = from_to(kServer, kClient, 1);
  EXPECT_EQ(state(scene.send(back, wire_icmp(0, 0, 7, WireBytes(8)))), "INVALID");  // an answer that nobody asked for
  EXPECT_EQ(state(scene.send(there, wire_icmp(8, 0, 7, WireBytes(8)))), "NEW");
  EXPECT_EQ(state(scene.send(back, wire_icmp(0, 0, 7, WireBytes(8)))), "ESTABLISHED");
  EXPECT_EQ(state(scene.send(there, wire_icmp(13, 0, 8, WireBytes(12)))), "NEW");
  EXPECT_EQ(state(scene.send(there, wire_icmp(40, 0, 9, WireBytes(12)))), "INVALID");
}

TEST(Connection, ErrorsAreRelated) {
  Scene scene(kTracking);
  WireBytes udp = wire_udp(4000, 53, 9);
  wire_checksum(from_to(kClient, kServer, 17), udp);
  const WireBytes packet = wire_packet(from_to(kClient, kServer, 17), udp);
  EXPECT_EQ(state(scene.send_bytes(packet)), "NEW");
  EXPECT_EQ(state(scene.send(from_to("203.0.113.1", kClient, 1), wire_icmp(3, 3, 0, packet))), "RELATED");
  EXPECT_EQ(state(scene.send(from_to("203.0.113.1", "198.51.100.8", 1), wire_icmp(3, 3, 0, packet))), "INVALID");
}

TEST(Connection, NeighbourDiscoveryIsUntracked) {
  Scene scene(filter("-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n"), ir::Family::kIpv6);
  const IpHeader ip = from_to("2001:db8::9", "2001:db8::1", 58);
  EXPECT_EQ(state(scene.send(ip, wire_icmp(135, 0, 0, WireBytes(16)))), "UNTRACKED");
  EXPECT_EQ(state(scene.send(ip, wire_icmp(137, 0, 0, WireBytes(32)))), "INVALID");
  EXPECT_EQ(state(scene.send(ip, wire_icmp(128, 0, 1, WireBytes(8)))), "NEW");
}

TEST(Connection, HeartbeatWithAnotherTagIsIgnored) {
  Scene scene(kTracking);
  const auto client = [&](std::uint32_t tag, const WireBytes& chunk) {
    return state(scene.send(from_to(kClient, kServer, 132), wire_sctp(4000, 80, tag, {chunk})));
  };
  const auto server = [&](std::uint32_t tag, const WireBytes& chunk) {
    return state(scene.send(from_to(kServer, kClient, 132), wire_sctp(80, 4000, tag, {chunk})));
  };
  WireBytes mine(16, 1), yours(16, 1);
  mine[3] = 11, yours[3] = 22;
  const std::uint32_t my_tag = 0x0101010b, your_tag = 0x01010116;
  EXPECT_EQ(client(0, wire_chunk(1, 0, mine)), "NEW");
  EXPECT_EQ(server(my_tag, wire_chunk(2, 0, yours)), "ESTABLISHED");
  EXPECT_EQ(client(your_tag, wire_chunk(10, 0, WireBytes(8))), "ESTABLISHED");
  EXPECT_EQ(server(my_tag, wire_chunk(11, 0, {})), "ESTABLISHED");
  EXPECT_EQ(client(99, wire_chunk(4, 0, WireBytes(8))), "ESTABLISHED");
  EXPECT_EQ(client(99, wire_chunk(3, 0, WireBytes(12))), "INVALID");
}

TEST(Connection, CookiesComeFromEitherSide) {
  Scene scene(kTracking);
  const auto client = [&](std::uint32_t tag, const WireBytes& chunk) {
    (void)scene.send(from_to(kClient, kServer, 132), wire_sctp(4000, 80, tag, {chunk}));
    return scene.simulator().connections().front().state;
  };
  WireBytes mine(16, 1), yours(16, 1);
  mine[3] = 11, yours[3] = 22;
  const std::uint32_t my_tag = 0x0101010b, your_tag = 0x01010116;
  EXPECT_EQ(client(0, wire_chunk(1, 0, mine)), "CLOSED");
  (void)scene.send(from_to(kServer, kClient, 132), wire_sctp(80, 4000, my_tag, {wire_chunk(2, 0, yours)}));
  EXPECT_EQ(client(your_tag, wire_chunk(10, 0, WireBytes(8))), "COOKIE_ECHOED");
  EXPECT_EQ(client(your_tag, wire_chunk(11, 0, {})), "ESTABLISHED");
}

TEST(Connection, TrackingRunsOnlyWhenARuleNeedsIt) {
  const IpHeader ip = from_to(kClient, kServer, 17);
  WireBytes udp = wire_udp(4000, 53, 40);
  wire_checksum(ip, udp);
  const auto fragments = wire_fragments(ip, udp, 24, 7);
  Scene stateless(filter("-A FORWARD -p udp -j ACCEPT\n"));
  EXPECT_EQ(stateless.send_bytes(fragments[0]).disposition, sim::Disposition::kAccepted);
  EXPECT_EQ(stateless.send_bytes(fragments[1]).disposition, sim::Disposition::kAccepted);
  Scene tracking(kTracking);
  EXPECT_EQ(tracking.send_bytes(fragments[0]).disposition, sim::Disposition::kHeld);
  const sim::Result whole = tracking.send_bytes(fragments[1]);
  EXPECT_EQ(whole.disposition, sim::Disposition::kAccepted);
  EXPECT_EQ(whole.bytes.size(), 20U + 48U);
  EXPECT_EQ(tracking.hits("FORWARD", 0), 1U);
}

}  // namespace
}  // namespace nfproof::testing
