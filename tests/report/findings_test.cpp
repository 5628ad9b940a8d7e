// SPDX-License-Identifier: Apache-2.0
// Packets, findings and replays as text and JSON.
#include <gtest/gtest.h>

#include "report/findings.h"
#include "report/packet_text.h"
#include "report/replay.h"

namespace nfproof::report {
namespace {

using ir::Family;
using ir::FieldId;

ir::Packet ssh(Family family) {
  ir::Packet packet;
  packet.family = family;
  packet.in = "eth0";
  const bool v4 = family == Family::kIpv4;
  packet.set(packet.source_field(), *ir::parse_address(v4 ? "198.51.100.1" : "2001:db8::1", family));
  packet.set(packet.destination_field(), *ir::parse_address(v4 ? "192.0.2.1" : "2001:db8::2", family));
  packet.set(FieldId::kL4Proto, ir::kProtoTcp);
  packet.set(FieldId::kTcpSport, 1024);
  packet.set(FieldId::kTcpDport, 22);
  packet.set(FieldId::kTcpFlags, 2);
  packet.set(FieldId::kCtState, 0);
  return packet;
}

/// Two rules in filter INPUT and the file they come from.
struct Fixture {
  source::SourceManager sources;
  ir::Ruleset ruleset;
  ir::ChainId input{};

  Fixture() {
    const source::FileId file = sources.add("rules.v4", ":INPUT DROP\n-A INPUT -p tcp -j ACCEPT\n-A INPUT -j DROP\n");
    ir::Chain chain;
    chain.name = "INPUT";
    chain.span = {file, 1, 1, 12};
    chain.table = ruleset.add_table({"filter", Family::kIpv4, {}, {}});
    chain.rules.resize(2);
    chain.rules[0].span = {file, 2, 1, 26};
    chain.rules[1].span = {file, 3, 1, 17};
    input = ruleset.add_chain(std::move(chain));
  }

  analyzer::AnalyzeResult result() {
    analyzer::Finding finding;
    finding.id = "NF101";
    finding.name = "shadowed-rule";
    finding.chain = input;
    finding.rule = ir::RuleRef{input, 1};
    finding.span = ruleset.chain(input).rules[1].span;
    finding.message = "never matches";
    finding.because.push_back({{input, 0}, ruleset.chain(input).rules[0].span, "takes its packets"});
    finding.witness.emplace();
    finding.witness->packet = ssh(Family::kIpv4);
    finding.witness->claim.fate = {ir::VerdictKind::kAccept, {input, 0}};
    finding.proved = true;
    analyzer::AnalyzeResult all;
    all.findings.push_back(finding);
    return all;
  }
};

TEST(PacketText, IsOneLine) {
  EXPECT_EQ(packet_text(ssh(Family::kIpv4)), "tcp 198.51.100.1:1024 > 192.0.2.1:22 SYN in eth0, NEW");
  EXPECT_EQ(packet_text(ssh(Family::kIpv6)), "tcp [2001:db8::1]:1024 > [2001:db8::2]:22 SYN in eth0, NEW");
  ir::Packet ping = ssh(Family::kIpv4);
  ping.set(FieldId::kL4Proto, ir::kProtoIcmp);
  ping.set(FieldId::kIcmpTypeCode, 8 << 8);
  ping.set(FieldId::kMark, 0x1f);
  EXPECT_EQ(packet_text(ping), "icmp 198.51.100.1 > 192.0.2.1 type 8 code 0 in eth0, NEW, mark 0x1f");
}

TEST(FindingsText, ShowsRuleCauseAndPacket) {
  Fixture fixture;
  const auto result = fixture.result();
  EXPECT_EQ(findings_text({}, {fixture.sources, fixture.ruleset, {{"rules.v4", Family::kIpv4, 1, 1, 2}}, result}),
            "rules.v4:3:1: warning: never matches [NF101 shadowed-rule]\n"
            "     3 | -A INPUT -j DROP\n"
            "       | ^^^^^^^^\n"
            "     2 | -A INPUT -p tcp -j ACCEPT\n"
            "       | -------- INPUT rule 1 takes its packets\n"
            "       = packet: tcp 198.51.100.1:1024 > 192.0.2.1:22 SYN in eth0, NEW: ACCEPT by INPUT rule 1\n"
            "\n"
            "2 rules checked: 1 warning\n");
}

TEST(FindingsText, SaysSoWhenThereIsNothing) {
  const Fixture fixture;
  EXPECT_EQ(findings_text({}, {fixture.sources, fixture.ruleset, {{"rules.v4", Family::kIpv4, 1, 1, 2}}, {}}),
            "2 rules checked: nothing to report\n");
}

TEST(FindingsJson, HasTheContractsFields) {
  Fixture fixture;
  const auto result = fixture.result();
  EXPECT_EQ(
      findings_json({fixture.sources, fixture.ruleset, {{"rules.v4", Family::kIpv4, 1, 1, 2}}, result}),
      R"({"version":1,"files":[{"path":"rules.v4","family":4,"tables":1,"chains":1,"rules":2}],"findings":[{"id":"NF101",)"
      R"("name":"shadowed-rule","level":"warning","file":"rules.v4","line":3,"column":1,"end_column":17,"family":4,)"
      R"("table":"filter","chain":"INPUT","rule":2,"message":"never matches","because":[{"file":"rules.v4","line":2,)"
      R"("table":"filter","chain":"INPUT","rule":1,"message":"takes its packets"}],"witness":{"family":4,"in":"eth0",)"
      R"("out":null,"src":"198.51.100.1","dst":"192.0.2.1","protocol":"tcp","sport":1024,"dport":22,"flags":"SYN",)"
      R"("icmp_type":null,"icmp_code":null,"ct_state":"NEW","mark":0,"length":null,"ttl":null,"expr":"iifname \"eth0\" )"
      R"(ip saddr 198.51.100.1 ip daddr 192.0.2.1 tcp sport 1024 tcp dport 22 tcp flags == syn ct state new"},)"
      R"("fix":null,"proved":true}],"hidden":[],"undecided":[],"assumptions":[],"stats":{"rules":0,"packets_walked":0,)"
      R"("alive_by_packet":0,"solver_queries":0,"proved_dead":0,"solver_ms":0.0,"total_ms":0.0,)"
      R"("suppressed":0,"known":0}})"
      "\n");
}

TEST(Replay, TellsOnePacket) {
  const Fixture fixture;
  ReplayedPacket packet;
  packet.number = 1;
  packet.time_ns = 1500000000;
  packet.hook = ir::Hook::kInput;
  packet.verdict = "DROP";
  packet.decided_by = ir::RuleRef{fixture.input, 2};
  packet.before = ssh(Family::kIpv4);
  const std::string line = replayed_json(fixture.ruleset, packet);
  EXPECT_EQ(line.substr(0, line.find(",\"packet\"")),
            R"({"n":1,"ts":1.5,"family":4,"in":"eth0","out":null,"hook":"INPUT","verdict":"DROP","table":"filter",)"
            R"("chain":"INPUT","rule":null,"line":1,"ct":"NEW","mark":0)");
  ReplaySummary summary;
  summary.add(packet);
  packet.decided_by = ir::RuleRef{fixture.input, 0};
  packet.verdict = "ACCEPT";
  summary.add(packet);
  EXPECT_EQ(summary.text({}, fixture.sources, fixture.ruleset),
            "2 packets\n"
            "\n"
            "INPUT  2 packets, 0 bytes: 1 ACCEPT, 1 DROP\n"
            "         1  DROP    INPUT policy  rules.v4:1:1  :INPUT DROP\n"
            "         1  ACCEPT  INPUT rule 1  rules.v4:2:1  -A INPUT -p tcp -j ACCEPT\n");
}

}  // namespace
}  // namespace nfproof::report
