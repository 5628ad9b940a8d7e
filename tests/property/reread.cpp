// SPDX-License-Identifier: Apache-2.0
// One ruleset and its translation, packet by packet: see reread.h.
#include "tests/property/reread.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "backends/nft.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr sim::Nanoseconds kStep = 50'000'000;
constexpr int kPackets = 300;

std::string first_error(const source::Diagnostics& diagnostics) {
  for (const source::Diagnostic& each : diagnostics.all())
    if (each.severity == source::Severity::kError)
      return std::to_string(each.span.line) + ":" + std::to_string(each.span.column) + ": " + each.message;
  return {};
}

std::string line_of(const std::string& text, std::size_t number) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < number && begin != std::string::npos; ++i) {
    begin = text.find('\n', begin);
    if (begin != std::string::npos) ++begin;
  }
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

void expect_same(const sim::Result& old, const sim::Result& again, const std::string& where) {
  EXPECT_EQ(old.disposition, again.disposition) << where << old.reason << again.reason;
  EXPECT_EQ(old.hook, again.hook) << where;
  EXPECT_EQ(old.verdict, again.verdict) << where;
  EXPECT_EQ(old.bytes, again.bytes) << where;
  for (const ir::FieldId field : {ir::FieldId::kMark, ir::FieldId::kCtMark, ir::FieldId::kPriority})
    EXPECT_EQ(old.after.get_or(field, 0), again.after.get_or(field, 0)) << where << ir::field_info(field).name;
  EXPECT_EQ(old.logs.size(), again.logs.size()) << where;
}

/// Of xtables: tests whose state is kept in other units or in sets that packets change, and TCPMSS, which adds a
/// missing option.
bool is_not_to_the_letter(const ir::Ruleset& ruleset) {
  if (!ruleset.tables.empty() && ruleset.tables.front().nft) return false;
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i) {
    const ir::Predicate& test = ruleset.predicates[ir::PredicateId{static_cast<std::uint32_t>(i)}];
    if (ir::answers_by_rule(test) && !std::holds_alternative<ir::Limit>(test)) return true;
  }
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects)
        if (std::holds_alternative<ir::SetTcpMss>(effect)) return true;
  return false;
}

}  // namespace

bool expect_reread_agrees(const std::string& text, ir::Family family, std::uint64_t seed, const std::string& where) {
  compiler::Compilation compilation;
  compiler::add_text(compilation, "rules", text, {.family = family});
  compiler::finish(compilation);
  backends::NftOptions options;
  options.sets = &compilation.sets;
  const backends::NftTranslation translation = backends::to_nft(compilation.ruleset, options);
  compiler::Compilation again;
  compiler::add_text(again, "translation", translation.text, {});
  compiler::finish(again);
  const std::string error = first_error(again.diagnostics);
  EXPECT_EQ(error, "") << where << "\n" << line_of(translation.text, std::stoul("0" + error));
  const bool whole = !compilation.diagnostics.has_errors() && !translation.diagnostics.has_errors();
  if (!whole || !error.empty() || is_not_to_the_letter(compilation.ruleset)) return false;
  sim::SimOptions shape;
  sim::SimOptions shape2;
  shape.sets = &compilation.sets;
  shape2.sets = &again.sets;
  const ir::Host host = scene_host();
  sim::Simulator old_simulator(compilation.ruleset, host, shape), new_simulator(again.ruleset, host, shape2);
  Traffic traffic(seed, {.v6 = family == ir::Family::kIpv6, .fragments = false, .broken = false, .cut = false});
  for (int i = 0; i < kPackets && !::testing::Test::HasFailure(); ++i) {
    const TrafficPacket packet = traffic.next();
    sim::Arrival arrival;
    arrival.in = packet.interface;
    arrival.time = i * kStep;
    arrival.direction = packet.local ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
    const sim::PacketBytes bytes{.data = packet.bytes};
    const sim::Result expected = old_simulator.inject(bytes, arrival);
    const sim::Result got = new_simulator.inject(bytes, arrival);
    std::string at = where + ", packet " + std::to_string(i + 1) + ": " + ir::packet_expression(expected.before) + "\n";
    const auto place = [](const ir::Ruleset& ruleset, const sim::Result& result) {
      if (!result.decided_by) return std::string("nobody\n");
      const ir::Rule* rule = ruleset.rule(*result.decided_by);
      return ruleset.chain(result.decided_by->chain).name + " " + std::to_string(rule ? rule->span.line : 0) + "\n";
    };
    at += place(compilation.ruleset, expected) + place(again.ruleset, got);
    expect_same(expected, got, at);
    if (expected.disposition == sim::Disposition::kAccepted) traffic.left(expected.bytes);
  }
  return true;
}

}  // namespace nfproof::testing
