// SPDX-License-Identifier: Apache-2.0
// Packet expressions: which packets they fit, and what is said about those that are wrong.
#include "compiler/frontend/expression.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/ir/packet.h"

namespace nfproof::compiler {
namespace {

using ir::Family;
using ir::FieldId;

bool holds(const ir::FieldTest& test, const ir::Packet& packet) {
  const ir::FieldInfo& info = ir::field_info(test.field);
  if (info.kind == ir::FieldKind::kInterface)
    return test.values.contains(test.field == FieldId::kIifname ? packet.in : packet.out) != test.negated;
  if (!ir::is_present(packet, info.presence)) return false;
  return test.values.contains(packet.get_or(test.field, 0)) != test.negated;
}

bool holds(const ir::PredicatePool& pool, ir::PredicateId id, const ir::Packet& packet) {
  if (const auto* test = std::get_if<ir::FieldTest>(&pool[id])) return holds(*test, packet);
  const auto& any = std::get<ir::AnyOf>(pool[id]);
  const bool found = std::any_of(any.any.begin(), any.any.end(), [&](auto each) { return holds(pool, each, packet); });
  return found != any.negated;
}

struct Parsed {
  source::SourceManager sources;
  ir::PredicatePool pool;
  source::Diagnostics diagnostics;
  std::optional<Expression> expression;

  explicit Parsed(const std::string& text) { expression = parse_expression(sources, "EXPR", text, pool, diagnostics); }
  [[nodiscard]] bool fits(const ir::Packet& packet) const {
    return std::all_of(expression->when.begin(), expression->when.end(),
                       [&](auto id) { return holds(pool, id, packet); });
  }
  [[nodiscard]] std::string error() const {
    if (expression || diagnostics.all().empty()) return "";
    const source::Diagnostic& first = diagnostics.all().front();
    return std::to_string(first.span.column) + "-" + std::to_string(first.span.end_column) + ": " + first.message;
  }
};

ir::Packet tcp(unsigned dport) {
  ir::Packet packet;
  packet.in = "eth0";
  packet.set(FieldId::kIpSaddr, *ir::parse_address("10.1.2.3", Family::kIpv4));
  packet.set(FieldId::kIpDaddr, *ir::parse_address("192.0.2.1", Family::kIpv4));
  packet.set(FieldId::kL4Proto, ir::kProtoTcp);
  packet.set(FieldId::kTcpSport, 40000);
  packet.set(FieldId::kTcpDport, dport);
  packet.set(FieldId::kTcpFlags, 2);
  packet.set(FieldId::kMark, 0x101);
  return packet;
}

ir::Packet udp(unsigned dport) {
  ir::Packet packet = tcp(dport);
  packet.set(FieldId::kL4Proto, ir::kProtoUdp);
  packet.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kEstablished));
  packet.in = "ppp1";
  packet.out = "br-lan";
  return packet;
}

ir::Packet ping() {
  ir::Packet packet = tcp(0);
  packet.set(FieldId::kL4Proto, ir::kProtoIcmp);
  packet.set(FieldId::kIcmpTypeCode, 8 << 8);
  packet.set(FieldId::kIpTos, 46 << 2 | 1);
  return packet;
}

struct Case {
  const char* text;
  bool tcp22;
  bool udp53;
  bool ping;
};

TEST(Expression, FitsPackets) {
  const Case cases[] = {
      {"tcp dport 22", true, false, false},
      {"tcp dport ssh", true, false, false},
      {"tcp dport != 22", false, false, false},
      {"not tcp dport 22", false, true, true},
      {"tcp dport { 22, 80-90 }", true, false, false},
      {"tcp dport != { 80-90, 443 }", true, false, false},
      {"tcp dport 1-1023", true, false, false},
      {"tcp dport 20 - 25", true, false, false},
      {"tcp dport < 1024", true, false, false},
      {"tcp dport >= 23", false, false, false},
      {"th dport { 22, 53 }", true, true, false},
      {"tcp dport 22 or udp dport 53", true, true, false},
      {"tcp dport 22 || icmp type echo-request", true, false, true},
      {"(tcp dport 22 or udp dport 53) and ct state established", false, true, false},
      {"not (tcp dport 22 or udp dport 53)", false, false, true},
      {"not (iifname eth0 and tcp dport 22)", false, true, true},
      {"not not tcp dport 22", true, false, false},
      {"ip saddr 10.0.0.0/8", true, true, true},
      {"ip saddr { 10.0.0.0/16, 10.1.2.0/24 } ip daddr 192.0.2.0-192.0.2.9", true, true, true},
      {"ip saddr != 10.0.0.0/8", false, false, false},
      {"ip saddr & 255.0.0.255 == 10.0.0.3", true, true, true},
      {"ip6 saddr ::/0", false, false, false},
      {"meta nfproto ipv4", true, true, true},
      {"meta nfproto != ipv4", false, false, false},
      {"ip protocol tcp tcp dport 22", true, false, false},
      {"meta l4proto { tcp, udp }", true, true, false},
      {"meta l4proto != tcp", false, true, true},
      {"iifname \"eth0\"", true, false, true},
      {"iif \"ppp*\" oifname br-lan", false, true, false},
      {"iifname != { \"eth0\", \"eth1\" }", false, true, false},
      {"ct state new", true, false, true},
      {"ct state established,related", false, true, false},
      {"ct state != { established, related }", true, false, true},
      {"meta mark 0x101", true, true, true},
      {"meta mark & 0xff == 1", true, true, true},
      {"mark & 0xff != 1", false, false, false},
      {"tcp flags syn", true, false, false},
      {"tcp flags == syn", true, false, false},
      {"tcp flags != syn", false, false, false},
      {"tcp flags syn,ack", true, false, false},
      {"tcp flags == syn | ack", false, false, false},
      {"tcp flags & (syn|ack) == syn", true, false, false},
      {"tcp flags syn / syn,ack,rst", true, false, false},
      {"tcp flags ! ack", true, false, false},
      {"tcp flags { syn, syn | ack }", true, false, false},
      {"icmp type { echo-request, echo-reply }", false, false, true},
      {"icmp code 0", false, false, true},
      {"icmp type 8 icmp code 1", false, false, false},
      {"ip dscp ef", false, false, true},
      {"ip ecn 1", false, false, true},
      {"hook input tcp dport 22", true, false, false},
  };
  for (const Case& each : cases) {
    const Parsed parsed(each.text);
    ASSERT_TRUE(parsed.expression) << each.text << ": " << parsed.error();
    EXPECT_EQ(parsed.fits(tcp(22)), each.tcp22) << each.text;
    EXPECT_EQ(parsed.fits(udp(53)), each.udp53) << each.text;
    EXPECT_EQ(parsed.fits(ping()), each.ping) << each.text;
  }
}

TEST(Expression, FitsExactlyTheWitnessItWasMadeFrom) {
  for (const ir::Packet& packet : {tcp(22), udp(53), ping()}) {
    const Parsed parsed(ir::packet_expression(packet));
    ASSERT_TRUE(parsed.expression) << ir::packet_expression(packet) << ": " << parsed.error();
    EXPECT_TRUE(parsed.fits(packet));
    EXPECT_EQ(parsed.fits(tcp(22)), packet == tcp(22));
  }
}

TEST(Expression, OfAPacketHoldsWhatRulesMayTest) {
  ir::Packet packet = tcp(22);
  packet.set(FieldId::kTcpFlags, 0x12);
  packet.set(FieldId::kLength, 60);
  packet.set(FieldId::kIpTtl, 63);
  packet.set(FieldId::kIpTos, 0xb9);
  packet.set(FieldId::kMark, 7);
  packet.set(FieldId::kEtherSaddr, 0x020000000001);
  packet.set(FieldId::kPktType, ir::kPacketBroadcast);
  const Parsed parsed(ir::packet_expression(packet));
  ASSERT_TRUE(parsed.expression) << ir::packet_expression(packet) << ": " << parsed.error();
  EXPECT_TRUE(parsed.fits(packet)) << ir::packet_expression(packet);
  for (const FieldId field :
       {FieldId::kTcpFlags, FieldId::kLength, FieldId::kIpTtl, FieldId::kIpTos, FieldId::kMark, FieldId::kEtherSaddr}) {
    ir::Packet other = packet;
    other.set(field, packet.get_or(field, 0) ^ 8);
    EXPECT_FALSE(parsed.fits(other)) << ir::packet_expression(other);
  }
  packet.set(FieldId::kTcpFlags, 0);
  EXPECT_TRUE(Parsed(ir::packet_expression(packet)).fits(packet)) << ir::packet_expression(packet);
}

TEST(Expression, NamesHookAndFamily) {
  EXPECT_EQ(Parsed("hook forward ip saddr 10.0.0.1").expression->hook, ir::Hook::kForward);
  EXPECT_EQ(Parsed("hook forward ip saddr 10.0.0.1").expression->family, Family::kIpv4);
  EXPECT_EQ(Parsed("icmpv6 type nd-redirect").expression->family, Family::kIpv6);
  EXPECT_EQ(Parsed("tcp dport 22").expression->family, std::nullopt);
  EXPECT_EQ(Parsed("tcp dport 22 or ip saddr 10.0.0.1").expression->family, std::nullopt);
}

TEST(Expression, PointsAtWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "1-2: the expression ends too early; a match reads like `tcp dport 22`"},
      {"dport 22", "1-6: unexpected `dport`; a match reads like `tcp dport 22`"},
      {"tcp dport", "10-11: the expression ends too early; a match reads like `tcp dport 22`"},
      {"tcp dport 22 )", "14-15: unexpected `)`; a match reads like `tcp dport 22`"},
      {"tcp dport 66000", "11-16: expected a port number or service name, found `66000`"},
      {"tcp dport 90-80", "11-16: the range runs backwards"},
      {"tcp dport 22,80", "1-16: several values stand in braces: `tcp dport { ... }`"},
      {"udp port 53", "1-9: unknown field `udp port`; `udp` has `dport`, `sport`"},
      {"ip saddr 10.0.0.0/33", "19-21: expected a prefix length up to 32"},
      {"ip saddr 10.0.0", "10-16: expected an IPv4 address, found `10.0.0`"},
      {"ip saddr 10.0.0.1 ip6 daddr ::1", "1-32: no packet is both IPv4 and IPv6"},
      {"meta mark & 0xff == 0x100", "21-26: the value has bits outside of the mask"},
      {"tcp dport > 65535", "1-18: no value can be that"},
      {"hook middle",
       "6-12: unknown hook `middle`; there are `prerouting`, `input`, `forward`, `output`, "
       "`postrouting`"},
      {"not hook input", "5-15: a hook is named once, outside of `or`, `not` and parentheses"},
      {"ct state old", "10-13: expected one of `new`, `established`, `related`, `invalid`, `untracked`, found `old`"},
      {"iifname \"abcdefghijklmnopq\"", "9-28: an interface name has at most 15 characters"},
      {"iifname \"\xc3\xa4\"", "1-2: an expression is written in ASCII"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(Parsed(text).error(), message) << text;
}

TEST(Expression, RefusesDeepNesting) {
  EXPECT_EQ(Parsed(std::string(100000, '(') + "tcp dport 22").error(), "1-2: the expression is too long");
  EXPECT_EQ(Parsed(std::string(10000, '(') + "tcp dport 22").error(), "1-2: the expression nests too deeply");
  std::string many = "tcp dport 1";
  for (int i = 2; i < 2000; ++i) many += " or tcp dport " + std::to_string(i);
  EXPECT_TRUE(Parsed(many).expression);
}

}  // namespace
}  // namespace nfproof::compiler
