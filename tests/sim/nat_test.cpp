// SPDX-License-Identifier: Apache-2.0
// Address translation by example.
#include "sim/checksum.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

std::string nat(const std::string& rules) {
  return "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n" +
         rules + "COMMIT\n";
}

std::string ends(const sim::Result& result) {
  const WireEnds ends = wire_ends(result.bytes);
  return wire_address_text(ends.source) + " " + std::to_string(ends.source_port) + " > " +
         wire_address_text(ends.destination) + " " + std::to_string(ends.destination_port);
}

TEST(Nat, PortForwardingAndItsReplies) {
  Scene scene(nat("-A PREROUTING -d 192.0.2.1 -p tcp -m tcp --dport 80 -j DNAT --to-destination 198.51.100.7:8080\n") +
              filter("-A FORWARD -d 198.51.100.7 -p tcp -m tcp --dport 8080 -m conntrack --ctstate DNAT -j ACCEPT\n"));
  const sim::Result there = scene.send(from_to("203.0.113.9", "192.0.2.1", 6), segment(4000, 80, kSynFlag));
  EXPECT_EQ(ends(there), "203.0.113.9 4000 > 198.51.100.7 8080");
  EXPECT_EQ(there.hook, ir::Hook::kForward);
  EXPECT_TRUE(there.rewritten);
  EXPECT_EQ(there.before.get_or(ir::FieldId::kThDport, 0), ir::u128{80});
  EXPECT_EQ(scene.hits("FORWARD", 1), 1U);
  const sim::Result back =
      scene.send(from_to("198.51.100.7", "203.0.113.9", 6), segment(8080, 4000, kSynFlag | kAckFlag, 5000, 1001));
  EXPECT_EQ(ends(back), "192.0.2.1 80 > 203.0.113.9 4000");
  (void)scene.send(from_to("203.0.113.9", "192.0.2.1", 6), segment(4000, 80, kAckFlag, 1001, 5001));
  EXPECT_EQ(scene.hits("PREROUTING", 1, "nat"), 1U) << "later packets do not ask the nat table";
}

TEST(Nat, MasqueradeTakesTheAddressOfTheInterface) {
  Scene scene(nat("-A POSTROUTING -o eth0 -j MASQUERADE\n"));
  const sim::Result there = scene.send(from_to("198.51.100.7", "203.0.113.9", 17), wire_udp(4000, 53, 9));
  EXPECT_EQ(ends(there), "192.0.2.1 4000 > 203.0.113.9 53");
  const sim::Result back = scene.send(from_to("203.0.113.9", "192.0.2.1", 17), wire_udp(53, 4000, 9));
  EXPECT_EQ(ends(back), "203.0.113.9 53 > 198.51.100.7 4000");
  EXPECT_EQ(back.hook, ir::Hook::kForward);
  // The sums of rewritten packets are right again: the reply was tracked, and so is this.
  Scene again(nat("-A POSTROUTING -o eth1 -j MASQUERADE\n"));
  EXPECT_EQ(again.send_bytes(there.bytes).before.ct_state(), ir::CtState::kNew);
}

TEST(Nat, AConnectionWhoseRepliesLookLikeIt) {
  Scene scene(
      nat("-A PREROUTING -p 33 -j DNAT --to-destination 203.0.113.9\n"
          "-A POSTROUTING -p 33 -j SNAT --to-source 192.0.2.1\n"));
  const sim::Result there = scene.send(from_to("203.0.113.9", "192.0.2.1", 33), WireBytes(20));
  EXPECT_EQ(ends(there), "192.0.2.1 0 > 203.0.113.9 0");
  const auto connections = scene.simulator().connections();
  ASSERT_EQ(connections.size(), 1U);
  EXPECT_EQ(connections[0].tuples[0], connections[0].tuples[1]);
}

TEST(Nat, TwoConnectionsThatWouldClash) {
  Scene scene(nat("-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.50\n"));
  const sim::Result first = scene.send(from_to("198.51.100.7", "203.0.113.9", 17), wire_udp(4000, 53, 9));
  EXPECT_EQ(ends(first), "192.0.2.50 4000 > 203.0.113.9 53");
  EXPECT_TRUE(first.assumptions.empty());
  const sim::Result second = scene.send(from_to("198.51.100.8", "203.0.113.9", 17), wire_udp(4000, 53, 9));
  EXPECT_NE(wire_ends(second.bytes).source_port, 4000);
  ASSERT_EQ(second.assumptions.size(), 1U);
  EXPECT_EQ(second.assumptions[0].module, sim::kPortChoice);
}

/// 0 would say that there is no checksum, and translations after that would leave it so.
TEST(Nat, AUdpChecksumNeverBecomesZero) {
  Scene scene(
      nat("-A PREROUTING -d 192.0.2.1 -j DNAT --to-destination 198.51.100.20\n"
          "-A POSTROUTING -d 198.51.100.20 -j SNAT --to-source 198.51.100.1\n"));
  WireBytes payload = wire_udp(4000, 53, 8);
  payload[8] = payload[9] = 0;
  wire_checksum(from_to("203.0.113.9", "198.51.100.20", 17), payload);
  payload[8] = payload[6], payload[9] = payload[7];  // now the words of the translated packet make a sum of ones
  const sim::Result result = scene.send(from_to("203.0.113.9", "192.0.2.1", 17), payload);
  ASSERT_EQ(ends(result), "198.51.100.1 4000 > 198.51.100.20 53");
  EXPECT_TRUE(sim::transport_checksum_ok(result.bytes, ir::Family::kIpv4, 20, 17));
  EXPECT_NE(sim::load16(result.bytes, 26), 0);
}

TEST(Nat, APortIsFreeWhenItsConnectionIsOver) {
  constexpr sim::Nanoseconds kSecond = 1'000'000'000;
  Scene scene(nat("-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.50\n"));
  static_cast<void>(scene.send(from_to("198.51.100.7", "203.0.113.9", 17), wire_udp(4000, 53, 9), 1 * kSecond));
  static_cast<void>(scene.send(from_to("198.51.100.7", "203.0.113.9", 17), wire_udp(4001, 53, 9), 25 * kSecond));
  const sim::Result result =
      scene.send(from_to("198.51.100.8", "203.0.113.9", 17), wire_udp(4000, 53, 9), 32 * kSecond);
  EXPECT_EQ(ends(result), "192.0.2.50 4000 > 203.0.113.9 53");
  EXPECT_TRUE(result.assumptions.empty());
}

TEST(Nat, ErrorsAreTranslatedInside) {
  Scene scene(nat("-A POSTROUTING -o eth0 -j MASQUERADE\n"));
  const sim::Result there = scene.send(from_to("198.51.100.7", "203.0.113.9", 17), wire_udp(4000, 53, 9));
  const sim::Result error = scene.send(from_to("203.0.113.1", "192.0.2.1", 1), wire_icmp(3, 1, 0, there.bytes));
  EXPECT_EQ(error.before.ct_state(), ir::CtState::kRelated);
  EXPECT_EQ(wire_address_text(wire_ends(error.bytes).destination), "198.51.100.7");
  const WireEnds quoted = wire_ends(WireBytes(error.bytes.begin() + 28, error.bytes.end()));
  EXPECT_EQ(wire_address_text(quoted.source), "198.51.100.7");
  EXPECT_EQ(quoted.source_port, 4000);
}

TEST(Nat, ShortTunnelHeadersCannotBeTranslated) {
  Scene scene(nat("-A PREROUTING -j DNAT --to-destination 198.51.100.7\n"));
  EXPECT_EQ(scene.send(from_to("203.0.113.9", "192.0.2.1", 47), WireBytes(7)).disposition,
            sim::Disposition::kDiscarded);
  EXPECT_EQ(scene.send(from_to("203.0.113.9", "192.0.2.1", 47), WireBytes(8)).disposition, sim::Disposition::kAccepted);
}

TEST(Nat, LocalPacketsRedirectedToTheHostItself) {
  Scene scene(nat("-A OUTPUT -p tcp -j REDIRECT\n-A POSTROUTING -j MASQUERADE\n"));
  const sim::Result result = scene.send(from_to("192.0.2.1", "203.0.113.9", 6), segment(4000, 80, kSynFlag));
  EXPECT_EQ(ends(result), "192.0.2.1 4000 > 127.0.0.1 80");
  EXPECT_EQ(result.after.in, "lo");
  EXPECT_EQ(result.hook, ir::Hook::kInput);
}

TEST(Nat, RedirectOfAMulticastPacketFindsNoAddress) {
  Scene scene(nat("-A PREROUTING -j REDIRECT\n"), ir::Family::kIpv6);
  EXPECT_EQ(scene.send(from_to("2001:db8::9", "ff02::fb", 17), wire_udp(1, 2, 9)).disposition,
            sim::Disposition::kDropped);
}

}  // namespace
}  // namespace nfproof::testing
