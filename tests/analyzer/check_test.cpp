// SPDX-License-Identifier: Apache-2.0
// Each check on rulesets that are nearly what it looks for: what must be found, and what must not be said about good
// firewalls.
#include <gtest/gtest.h>

#include <algorithm>

#include "analyzer/analyze.h"
#include "compiler/frontend/compile.h"

namespace nfproof::analyzer {
namespace {

struct Answer {
  compiler::Compilation compilation;
  AnalyzeResult result;

  [[nodiscard]] const Finding* find(std::string_view id) const {
    const auto found = std::find_if(result.findings.begin(), result.findings.end(),
                                    [&](const Finding& finding) { return finding.id == id; });
    return found == result.findings.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::vector<std::uint32_t> lines(std::string_view id) const {
    std::vector<std::uint32_t> lines;
    for (const Finding& finding : result.findings)
      if (finding.id == id) lines.push_back(finding.span.line);
    return lines;
  }
};

std::unique_ptr<Answer> ask(const std::string& rules, ir::Family family = ir::Family::kIpv4) {
  auto answer = std::make_unique<Answer>();
  compiler::CompileOptions options;
  options.family = family;
  compiler::add_text(answer->compilation, "test", "*filter\n" + rules + "COMMIT\n", options);
  compiler::finish(answer->compilation);
  for (const auto& diagnostic : answer->compilation.diagnostics.all())
    EXPECT_NE(diagnostic.severity, source::Severity::kError) << diagnostic.message << "\n" << rules;
  answer->result = analyze(answer->compilation.ruleset, {});
  EXPECT_TRUE(answer->result.internal_errors.empty());
  return answer;
}

using Lines = std::vector<std::uint32_t>;

TEST(Shadowed, ByAUnionOfRules) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -p udp -m udp --dport 1000:1499 -j ACCEPT\n"
          "-A INPUT -p udp -m udp --dport 1500:2000 -j ACCEPT\n"
          "-A INPUT -p udp -m udp --dport 1200:1800 -j DROP\n");
  const Finding* finding = answer->find("NF101");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->level, Level::kError);
  EXPECT_EQ(finding->because.size(), 2U);
  ASSERT_TRUE(finding->witness);
  EXPECT_EQ(finding->witness->claim.fate.verdict, ir::VerdictKind::kAccept);
}

TEST(Shadowed, NotWhenOnePortIsLeft) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -p udp -m udp --dport 1000:1499 -j ACCEPT\n"
          "-A INPUT -p udp -m udp --dport 1501:2000 -j ACCEPT\n"
          "-A INPUT -p udp -m udp --dport 1200:1800 -j DROP\n");
  EXPECT_EQ(answer->find("NF101"), nullptr);
}

TEST(Shadowed, ALimitTakesNothingForSure) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -p tcp -m tcp --dport 22 -m limit --limit 3/min -j ACCEPT\n"
          "-A INPUT -p tcp -m tcp --dport 22 -j DROP\n");
  EXPECT_EQ(answer->find("NF101"), nullptr);
}

TEST(Shadowed, ALogBehindTheDrop) {
  const auto answer =
      ask(":INPUT ACCEPT [0:0]\n"
          "-A INPUT -p tcp -m tcp --dport 23 -j DROP\n"
          "-A INPUT -p tcp -m tcp --dport 23 -j LOG\n");
  ASSERT_NE(answer->find("NF101"), nullptr);
  EXPECT_EQ(answer->find("NF101")->level, Level::kError);
}

TEST(Shadowed, InAUserChainByAllItsCallers) {
  const std::string head =
      ":INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:WEB - [0:0]\n"
      "-A INPUT -p tcp -m tcp --dport 80 -j DROP\n"
      "-A INPUT -p tcp -j WEB\n";
  const std::string tail = "-A WEB -p tcp -m tcp --dport 80 -j ACCEPT\n-A WEB -p tcp -m tcp --dport 443 -j ACCEPT\n";
  EXPECT_EQ(ask(head + tail)->lines("NF101"), Lines{7});
  EXPECT_EQ(ask(head + "-A FORWARD -j WEB\n" + tail)->lines("NF101"), Lines{});
}

TEST(Shadowed, AMarkSetOnTheWayIsNotTheOldMark) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -m mark --mark 0x1 -j DROP\n"
          "-A INPUT -p tcp -j CONNMARK --restore-mark\n"
          "-A INPUT -m mark --mark 0x1 -j ACCEPT\n");
  EXPECT_EQ(answer->find("NF101"), nullptr);
}

TEST(Shadowed, FlagsAndNegation) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\n"
          "-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK -j ACCEPT\n"
          "-A INPUT -p tcp -m tcp --tcp-flags SYN SYN -j ACCEPT\n");
  EXPECT_EQ(answer->lines("NF101"), Lines{4});
}

TEST(Redundant, AnAcceptInFrontOfABroaderOneIsAWarning) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -s 192.0.2.0/24 -j ACCEPT\n"
          "-A INPUT -s 192.0.2.0/23 -j ACCEPT\n");
  ASSERT_NE(answer->find("NF102"), nullptr);
  EXPECT_EQ(answer->find("NF102")->level, Level::kWarning);
}

TEST(Redundant, NotWhenSomethingIsLoggedBetween) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -s 192.0.2.0/24 -j ACCEPT\n"
          "-A INPUT -j LOG\n"
          "-A INPUT -s 192.0.2.0/23 -j ACCEPT\n");
  EXPECT_EQ(answer->find("NF102"), nullptr);
}

TEST(Redundant, ADropBeforeADropPolicyIsOnlyInformation) {
  const auto answer = ask(":INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP\n");
  for (const Finding& finding : answer->result.findings)
    EXPECT_TRUE(finding.id != "NF102" || finding.level == Level::kInfo);
}

TEST(Redundant, AnotherAnswerIsAnotherVerdict) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"
          "-A INPUT -j REJECT --reject-with icmp-port-unreachable\n");
  EXPECT_EQ(answer->find("NF102"), nullptr);
}

TEST(Lockout, AccessForSomeIsEnough) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
          "-A INPUT -s 192.0.2.0/28 -p tcp -m tcp --dport 22 -j ACCEPT\n");
  EXPECT_EQ(answer->find("NF201"), nullptr);
  EXPECT_EQ(answer->find("NF203"), nullptr);
}

TEST(Lockout, LoopbackAloneIsNotEnough) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -i lo -j ACCEPT\n"
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n");
  ASSERT_NE(answer->find("NF201"), nullptr);
  EXPECT_EQ(answer->find("NF201")->level, Level::kWarning);  // nobody ever spoke of the port
  ASSERT_TRUE(answer->find("NF201")->witness);
  EXPECT_EQ(answer->find("NF201")->witness->packet.get_or(ir::FieldId::kTcpDport, 0), 22U);
}

TEST(Lockout, StatelessRulesLetSessionsLive) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n:OUTPUT DROP [0:0]\n"
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
          "-A OUTPUT -p tcp -m tcp --sport 22 -j ACCEPT\n");
  EXPECT_EQ(answer->find("NF201"), nullptr);
  EXPECT_EQ(answer->find("NF202"), nullptr);
  EXPECT_EQ(answer->find("NF203"), nullptr);
}

TEST(OpenInput, AFinalDropClosesIt) {
  EXPECT_EQ(ask(":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\n")->find("NF301"),
            nullptr);
  EXPECT_EQ(ask(":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -i eth0 -j DROP\n")
                ->find("NF301"),
            nullptr);
}

TEST(MissingEstablished, StatelessAnswersAreAnswers) {
  EXPECT_EQ(ask(":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
                "-A INPUT -p udp -m udp --sport 53 -j ACCEPT\n")
                ->find("NF401"),
            nullptr);
}

TEST(GoodFirewalls, AreLeftAlone) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
          "-A INPUT -i lo -j ACCEPT\n"
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
          "-A INPUT -m conntrack --ctstate INVALID -j DROP\n"
          "-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 4/sec -j ACCEPT\n"
          "-A INPUT -p tcp -m conntrack --ctstate NEW -m multiport --dports 22,80,443 -j ACCEPT\n"
          "-A INPUT -m limit --limit 3/min -j LOG --log-prefix \"in: \"\n");
  EXPECT_TRUE(answer->result.findings.empty()) << answer->result.findings.front().message;
  EXPECT_TRUE(answer->result.undecided.empty());
}

TEST(Nothing, InAFileWithoutAFilterTable) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = ir::Family::kIpv4;
  compiler::add_text(compilation, "test",
                     "*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n", options);
  compiler::finish(compilation);
  EXPECT_TRUE(analyze(compilation.ruleset, {}).findings.empty());
}

TEST(Lockout, TheAdministratorIsNoServer) {
  const auto replies =
      ask(":INPUT DROP [0:0]\n:OUTPUT DROP [0:0]\n"
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
          "-A OUTPUT -p tcp -m multiport --dports 80,443 -j ACCEPT\n");
  EXPECT_EQ(replies->find("NF201"), nullptr);
  EXPECT_NE(replies->find("NF202"), nullptr);
  const auto first = ask(":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT\n");
  EXPECT_NE(first->find("NF201"), nullptr);
  EXPECT_NE(first->find("NF203"), nullptr);
  const auto open = ask(":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --sport 1024:65535 --dport 22 -j ACCEPT\n");
  EXPECT_EQ(open->find("NF201"), nullptr);
}

TEST(Lockout, APortNamedByTheJumpIsNamed) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:SSH - [0:0]\n"
          "-A INPUT -p tcp -m tcp --dport 22 -j SSH\n"
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
          "-A SSH -s 192.0.2.1/32 -m conntrack --ctstate NEW -j ACCEPT\n"
          "-A SSH -j DROP\n");
  ASSERT_NE(answer->find("NF203"), nullptr);
  EXPECT_EQ(answer->find("NF203")->level, Level::kError);
}

TEST(Limits, CallsThatFanOutEnd) {
  std::string rules = ":INPUT DROP [0:0]\n";
  for (int i = 0; i < 80; ++i) rules += ":C" + std::to_string(i) + " - [0:0]\n";
  rules += "-A INPUT -j C0\n";
  for (int i = 0; i < 79; ++i)
    for (int twice = 0; twice < 2; ++twice)
      rules += "-A C" + std::to_string(i) + " -j C" + std::to_string(i + 1) + "\n";
  const auto answer = ask(rules + "-A C79 -p tcp -m tcp --dport 22\n");
  EXPECT_FALSE(answer->result.undecided.empty());
  EXPECT_EQ(answer->find("NF201"), nullptr);
}

TEST(Shadowed, ByOneBroaderRuleWithoutASolver) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 20:30 -j DROP\n"
          "-A INPUT -s 192.0.2.7/32 -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT\n"
          "-A INPUT -s 192.0.2.7/32 -p tcp -m tcp --dport 22:31 -j ACCEPT\n");
  EXPECT_EQ(answer->lines("NF101"), Lines{4});
  ASSERT_NE(answer->find("NF101"), nullptr);
  EXPECT_EQ(answer->find("NF101")->level, Level::kError);
  EXPECT_EQ(answer->find("NF101")->because.size(), 1U);
  ASSERT_TRUE(answer->find("NF101")->witness);
}

TEST(Shadowed, NotByATestOfAnotherMark) {
  const auto answer =
      ask(":INPUT DROP [0:0]\n"
          "-A INPUT -m mark --mark 0x1/0x1 -j DROP\n"
          "-A INPUT -m mark --mark 0x3 -j ACCEPT\n"
          "-A INPUT -m mark --mark 0x2 -j ACCEPT\n");
  EXPECT_EQ(answer->lines("NF101"), Lines{4});
}

TEST(Limits, LongChainsAreQuick) {
  std::string rules = ":INPUT DROP [0:0]\n";
  for (int i = 1; i <= 4000; ++i) rules += "-A INPUT -p tcp -m tcp --dport " + std::to_string(i) + " -j ACCEPT\n";
  const auto answer = ask(rules);
  EXPECT_EQ(answer->find("NF101"), nullptr);
  EXPECT_GE(answer->result.stats.alive_by_packet, 4000U);
}

TEST(MissingEstablished, ShowsAnAnswerOfAServer) {
  const auto answer = ask(":INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n");
  ASSERT_NE(answer->find("NF401"), nullptr);
  ASSERT_TRUE(answer->find("NF401")->witness);
  EXPECT_EQ(answer->find("NF401")->witness->packet.get(ir::FieldId::kTcpSport), ir::u128{443});
}

}  // namespace
}  // namespace nfproof::analyzer
