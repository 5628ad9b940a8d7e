// SPDX-License-Identifier: Apache-2.0
// Witness packets: built from field values, decoded again, walked through the chains.
#include "sim/build_packet.h"
#include "sim/decode.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

using ir::FieldId;

ir::Packet tcp_witness(std::uint16_t port) {
  ir::Packet packet;
  packet.hook = ir::Hook::kInput;
  packet.in = "eth0";
  packet.set(FieldId::kIpSaddr, 0xcb007109);
  packet.set(FieldId::kIpDaddr, 0xc0000201);
  packet.set(FieldId::kL4Proto, ir::kProtoTcp);
  packet.set(FieldId::kThSport, 4000);
  packet.set(FieldId::kThDport, port);
  packet.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kNew));
  return packet;
}

TEST(Witness, FieldsSurviveTheBytes) {
  for (const unsigned protocol : {1U, 6U, 17U, 33U, 47U, 58U, 132U, 136U}) {
    for (const bool v6 : {false, true}) {
      ir::Packet packet;
      packet.family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
      packet.set(packet.source_field(), 0x0a000001);
      packet.set(packet.destination_field(), 0x0a000002);
      packet.set(FieldId::kL4Proto, protocol);
      packet.set(v6 ? FieldId::kIp6Tclass : FieldId::kIpTos, 0xb9);
      packet.set(v6 ? FieldId::kIp6HopLimit : FieldId::kIpTtl, 7);
      packet.set(FieldId::kThSport, 1111);
      packet.set(FieldId::kThDport, 2222);
      packet.set(FieldId::kTcpFlags, 0x29);
      packet.set(FieldId::kTcpMss, 1400);
      packet.set(FieldId::kIcmpTypeCode, 0x0301);
      packet.set(FieldId::kIcmp6TypeCode, 0x0104);
      packet.set(FieldId::kLength, 300);
      std::string problem;
      const auto bytes = sim::build_packet(packet, problem);
      ASSERT_TRUE(bytes) << problem;
      const auto decoded = sim::decode_packet(*bytes, 0, problem);
      ASSERT_TRUE(decoded) << problem;
      for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
        const auto field = static_cast<FieldId>(i);
        const auto value = decoded->fields.get(field);
        if (!value || !packet.get(field)) continue;
        EXPECT_EQ(ir::format_number(*value), ir::format_number(*packet.get(field))) << ir::field_info(field).name;
      }
      EXPECT_EQ(decoded->length, 300U);
    }
  }
}

TEST(Witness, SaysWhichRulesItMetAndWhichDecided) {
  Scene scene(
      filter("-A INPUT -p tcp -m tcp --dport 80 -j DROP\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n"
             "-A INPUT -j DROP\n"));
  const ir::ChainId input = scene.chain("filter", "INPUT");
  const sim::WitnessReplay replay = sim::replay_witness(scene.ruleset(), scene.host(), tcp_witness(22));
  ASSERT_TRUE(replay.buildable);
  EXPECT_TRUE(replay.reached({input, 0}));
  EXPECT_FALSE(replay.matched({input, 0}));
  EXPECT_TRUE(replay.matched({input, 1}));
  EXPECT_FALSE(replay.reached({input, 2}));
  ASSERT_TRUE(replay.fate);
  EXPECT_EQ(replay.fate->verdict, ir::VerdictKind::kAccept);
  EXPECT_EQ(replay.fate->decided_by, (ir::RuleRef{input, 1}));
  EXPECT_EQ(sim::rule_fits(scene.ruleset(), scene.host(), {input, 2}, tcp_witness(22)), true);
  EXPECT_EQ(sim::rule_fits(scene.ruleset(), scene.host(), {input, 0}, tcp_witness(22)), false);
}

TEST(Witness, ChoicesAnswerWhatThePacketDoesNot) {
  Scene scene(filter("-A INPUT -m limit --limit 1/sec -j ACCEPT\n-A INPUT -j DROP\n"));
  sim::WitnessOptions options;
  EXPECT_EQ(sim::replay_witness(scene.ruleset(), scene.host(), tcp_witness(22), options).fate->verdict,
            ir::VerdictKind::kDrop);
  options.choice = [](ir::RuleRef, ir::PredicateId) { return true; };
  EXPECT_EQ(sim::replay_witness(scene.ruleset(), scene.host(), tcp_witness(22), options).fate->verdict,
            ir::VerdictKind::kAccept);
}

TEST(Witness, ImpossibleOnesAreRefused) {
  Scene scene(filter("-A INPUT -j DROP\n"));
  ir::Packet packet = tcp_witness(22);
  packet.set(FieldId::kLength, 30);
  const sim::WitnessReplay replay = sim::replay_witness(scene.ruleset(), scene.host(), packet);
  EXPECT_FALSE(replay.buildable);
  EXPECT_NE(replay.problem, "");
}

}  // namespace
}  // namespace nfproof::testing
