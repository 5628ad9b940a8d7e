// SPDX-License-Identifier: Apache-2.0
// What the analysis holds for possible about states of connections, against the simulator's connection tracking: every
// set of TCP flags and every ICMP type, as the first packet of its flow and within an established connection.
#include <gtest/gtest.h>

#include "analyzer/paths/state_facts.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

using ir::FieldId;

constexpr sim::Nanoseconds kStep = 1'000'000;

/// One firewall, and a host of its own outside for each flow.
class Tracker {
 public:
  explicit Tracker(bool v4)
      : v4_(v4),
        scene_(filter("-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n"), v4 ? ir::Family::kIpv4 : ir::Family::kIpv6) {}

  ir::Packet tcp(unsigned flow, std::uint8_t flags, std::uint32_t sequence = 1000, std::uint32_t acknowledged = 0) {
    return meet(outside(flow), own(), ir::kProtoTcp, segment(40007, 80, flags, sequence, acknowledged));
  }
  ir::Packet answer(unsigned flow, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledged) {
    return meet(own(), outside(flow), ir::kProtoTcp, segment(80, 40007, flags, sequence, acknowledged));
  }
  ir::Packet icmp(unsigned flow, std::uint8_t type) {
    return meet(outside(flow), own(), v4_ ? ir::kProtoIcmp : ir::kProtoIcmp6, {type, 0, 0, 0, 0, 1, 0, 1});
  }

 private:
  [[nodiscard]] std::string own() const { return v4_ ? "192.0.2.1" : "2001:db8::1"; }
  [[nodiscard]] std::string outside(unsigned flow) const {
    return v4_ ? "203.0." + std::to_string(flow / 250) + '.' + std::to_string(1 + flow % 250)
               : "2001:db8:77::" + std::to_string(1 + flow);
  }
  ir::Packet meet(const std::string& source, const std::string& destination, std::uint8_t protocol, WireBytes payload) {
    IpHeader ip = from_to(source, destination, protocol);
    ip.ttl = 255;
    return scene_.send(ip, std::move(payload), now_ += kStep).before;
  }

  bool v4_;
  Scene scene_;
  sim::Nanoseconds now_ = 0;
};

bool may_be_new(ir::Packet packet) {
  packet.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kNew));
  return analyzer::can_have_its_state(packet);
}

TEST(StateFacts, HoldForFirstPackets) {
  for (const bool v4 : {true, false}) {
    Tracker tracker(v4);
    for (unsigned value = 0; value < 256; ++value) {
      const ir::Packet tcp = tracker.tcp(value, static_cast<std::uint8_t>(value));
      EXPECT_TRUE(analyzer::can_have_its_state(tcp)) << ir::packet_expression(tcp);
      const ir::Packet icmp = tracker.icmp(1000 + value, static_cast<std::uint8_t>(value));
      EXPECT_TRUE(analyzer::can_have_its_state(icmp)) << ir::packet_expression(icmp);
      EXPECT_EQ(icmp.ct_state() == ir::CtState::kNew, may_be_new(icmp)) << ir::packet_expression(icmp);
    }
  }
}

/// Before and after the answer, every set of flags comes next; each that may be new or established is so once.
TEST(StateFacts, HoldWithinConnections) {
  for (const bool v4 : {true, false}) {
    Tracker tracker(v4);
    unsigned flow = 0;
    for (unsigned value = 0; value < 256; ++value) {
      const auto flags = static_cast<std::uint8_t>(value);
      bool was_new = false, was_established = false;
      for (unsigned before = 0; before < 4; ++before) {
        ++flow;
        if (before == 1 || before == 3) (void)tracker.tcp(flow, kSynFlag, 1000);
        if (before == 2) (void)tracker.tcp(flow, kAckFlag, 1001, 5001);
        if (before == 3) (void)tracker.answer(flow, kSynFlag | kAckFlag, 5000, 1001);
        const ir::Packet met = tracker.tcp(flow, flags, before == 0 || before == 1 ? 1000 : 1001, 5001);
        EXPECT_TRUE(analyzer::can_have_its_state(met)) << ir::packet_expression(met);
        was_new = was_new || met.ct_state() == ir::CtState::kNew;
        was_established = was_established || met.ct_state() == ir::CtState::kEstablished;
      }
      ir::Packet asked;
      asked.set(FieldId::kL4Proto, ir::kProtoTcp);
      asked.set(FieldId::kTcpFlags, flags);
      EXPECT_EQ(was_new, may_be_new(asked)) << "flags " << value;
      const bool usual = value == kSynFlag || value == kAckFlag || value == (kFinFlag | kAckFlag);
      EXPECT_TRUE(was_established || !usual) << "flags " << value;
    }
  }
}

}  // namespace
}  // namespace nfproof::testing
