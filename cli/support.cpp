// SPDX-License-Identifier: Apache-2.0
// The support table: each module's sample (`module_samples.h`) is compiled, walked by a packet and translated, and what
// comes of it stands in the table.
#include "cli/support.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "backends/nft.h"
#include "cli/module_samples.h"
#include "compiler/extensions/extension.h"
#include "compiler/frontend/compile.h"
#include "sim/build_packet.h"
#include "sim/replay.h"

namespace nfproof::cli {
namespace {

using compiler::Extension;
using compiler::ExtensionKind;
using compiler::Families;

std::string_view families(const Extension& extension) {
  switch (extension.families) {
    case Families::kIpv4: return "IPv4";
    case Families::kIpv6: return "IPv6";
    case Families::kBoth: return "both";
  }
  return "";
}

struct Sample {
  compiler::Compilation compilation;
  ir::RuleRef rule;
  ir::Family family = ir::Family::kIpv4;

  [[nodiscard]] const ir::Rule& the_rule() const { return *compilation.ruleset.rule(rule); }
};

/// Nothing when the module has no sample, or the sample is wrong.
std::optional<Sample> compile_sample(const Extension& extension) {
  for (const ModuleSample& row : module_samples()) {
    if (row.module != extension.name) continue;
    std::optional<Sample> sample(std::in_place);
    compiler::CompileOptions options;
    if (extension.families == Families::kIpv6) sample->family = ir::Family::kIpv6;
    options.family = sample->family;
    options.format = compiler::Format::kIptablesSave;
    const std::string text = '*' + std::string(row.table) + '\n' + std::string(row.rule) + "\nCOMMIT\n";
    compiler::add_text(sample->compilation, "sample", text, options);
    compiler::finish(sample->compilation);
    if (sample->compilation.diagnostics.has_errors()) return std::nullopt;
    const auto& chains = sample->compilation.ruleset.chains;
    for (std::size_t i = 0; i < chains.size(); ++i)
      if (!chains[i].rules.empty()) sample->rule = {ir::ChainId{static_cast<std::uint32_t>(i)}, 0};
    return sample;
  }
  return std::nullopt;
}

// --- What analysis makes of it ---

enum class Meaning { kFull, kConditional, kOpaque, kIrrelevant };

std::string_view text_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::kFull: return "full";
    case Meaning::kConditional: return "conditional";
    case Meaning::kOpaque: return "opaque";
    case Meaning::kIrrelevant: return "irrelevant";
  }
  return "";
}

void weigh(const ir::PredicatePool& pool, ir::PredicateId id, Meaning& meaning) {
  const ir::Predicate& predicate = pool[id];
  if (const auto* any = std::get_if<ir::AnyOf>(&predicate))
    for (const ir::PredicateId part : any->any) weigh(pool, part, meaning);
  const auto* test = std::get_if<ir::FieldTest>(&predicate);
  const bool free = test == nullptr ? !ir::module_of(predicate).empty() : ir::needs_lookup(*test);
  if (free && meaning == Meaning::kFull) meaning = Meaning::kConditional;
  if (std::holds_alternative<ir::Opaque>(predicate)) meaning = Meaning::kOpaque;
}

Meaning meaning_of(const ir::Effect& effect) {
  if (std::holds_alternative<ir::OpaqueEffect>(effect)) return Meaning::kOpaque;
  if (std::holds_alternative<ir::Aside>(effect) || std::holds_alternative<ir::Log>(effect) ||
      std::holds_alternative<ir::Nflog>(effect) || std::holds_alternative<ir::Duplicate>(effect) ||
      std::holds_alternative<ir::SampleRate>(effect))
    return Meaning::kIrrelevant;
  const bool partly =
      std::holds_alternative<ir::TrackAs>(effect) || std::holds_alternative<ir::UpdateSet>(effect) ||
      std::holds_alternative<ir::HashMark>(effect) || std::holds_alternative<ir::GiveToSocket>(effect) ||
      std::holds_alternative<ir::AnswerSyn>(effect) || std::holds_alternative<ir::TranslatePrefix>(effect);
  return partly ? Meaning::kConditional : Meaning::kFull;
}

Meaning meaning_of(const Extension& extension, const Sample& sample) {
  const ir::Rule& rule = sample.the_rule();
  if (extension.name == "comment") return Meaning::kIrrelevant;
  if (extension.kind == ExtensionKind::kTarget) {
    if (rule.verdict.kind == ir::VerdictKind::kQueue) return Meaning::kConditional;
    return rule.effects.empty() ? Meaning::kFull : meaning_of(rule.effects.front());
  }
  Meaning meaning = Meaning::kFull;
  for (const ir::Condition& condition : rule.when)
    weigh(sample.compilation.ruleset.predicates, condition.predicate, meaning);
  return meaning;
}

// --- What the simulator does with it ---

ir::Host sample_host() {
  const auto address = [](const char* text, ir::Family family, unsigned prefix) {
    return ir::InterfaceAddress{family, ir::parse_address(text, family).value_or(0), prefix, std::nullopt};
  };
  ir::Host host;
  host.interfaces = {{"lo", true, std::nullopt, {}, 0},
                     {"eth0",
                      false,
                      std::nullopt,
                      {address("192.0.2.1", ir::Family::kIpv4, 24), address("2001:db8::1", ir::Family::kIpv6, 64)},
                      0}};
  host.routes = {{ir::Family::kIpv4, 0, 0, "eth0", std::nullopt, 0},
                 {ir::Family::kIpv6, 0, 0, "eth0", std::nullopt, 0}};
  return host;
}

/// A packet of the protocol that the sample asks for, on its way to the sample's chain.
ir::Packet packet_for(const Sample& sample, bool outgoing, bool to_host) {
  const bool v4 = sample.family == ir::Family::kIpv4;
  const auto address = [&](const char* ipv4, const char* ipv6) {
    return ir::parse_address(v4 ? ipv4 : ipv6, sample.family).value_or(0);
  };
  const ir::u128 own = address("192.0.2.1", "2001:db8::1");
  const ir::u128 other = address("198.51.100.7", "2001:db8:1::7");
  ir::Packet packet;
  packet.family = sample.family;
  packet.set(ir::FieldId::kL4Proto, ir::kProtoTcp);
  packet.set(packet.source_field(), outgoing ? own : other);
  packet.set(packet.destination_field(), to_host ? own : address("203.0.113.9", "2001:db8:2::9"));
  for (const ir::Condition& condition : sample.the_rule().when) {
    const auto* test = std::get_if<ir::FieldTest>(&sample.compilation.ruleset.predicates[condition.predicate]);
    const auto* values = test == nullptr ? nullptr : test->values.intervals();
    if (values != nullptr && !values->empty() && test->field == ir::FieldId::kL4Proto)
      packet.set(ir::FieldId::kL4Proto, values->front().lo);
  }
  return packet;
}

/// Did the simulator have to assume something about the sample?
bool assumes(const Sample& sample) {
  const ir::Ruleset& ruleset = sample.compilation.ruleset;
  const ir::Hook hook = ruleset.chain(sample.rule.chain).base->hook;
  const bool outgoing = hook == ir::Hook::kOutput || hook == ir::Hook::kPostrouting;
  std::string problem;
  const auto bytes = sim::build_packet(packet_for(sample, outgoing, hook == ir::Hook::kInput), problem);
  if (!bytes) return true;
  const ir::Host host = sample_host();
  sim::Simulator simulator(ruleset, host);
  sim::Arrival arrival;
  arrival.in = "eth0";
  arrival.direction = outgoing ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
  return !simulator.inject({*bytes, sim::LinkType::kRawIp, 0}, arrival).assumptions.empty();
}

/// The sets that samples refer to are there.
ir::SetTable sample_sets() {
  ir::SetHeader header;
  header.type = ir::SetType::kHashIp;
  header.family = ir::Family::kIpv4;
  ir::SetTable sets;
  sets.add(ir::Set("x", header));
  return sets;
}

bool translates(const Sample& sample) {
  const ir::SetTable sets = sample_sets();
  backends::NftOptions options;
  options.sets = &sets;
  const backends::NftTranslation translation = backends::to_nft(sample.compilation.ruleset, options);
  return translation.untranslated == 0 && !translation.diagnostics.has_errors();
}

}  // namespace

std::string module_table() {
  std::vector<const Extension*> rows(compiler::all_extensions().begin(), compiler::all_extensions().end());
  std::stable_sort(rows.begin(), rows.end(), [](const Extension* a, const Extension* b) {
    if (a->kind != b->kind) return a->kind < b->kind;
    return a->name < b->name;
  });
  std::string text =
      "| module | kind | families | read, printed | analysis | simulator | to nft |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Extension* row : rows) {
    const auto sample = compile_sample(*row);
    const bool match = row->kind == ExtensionKind::kMatch;
    text += "| `" + std::string(row->name) + "` | " + (match ? "match" : "target") + " | ";
    text += std::string(families(*row)) + " | yes | ";
    if (!sample) {
      text += "unknown | unknown | unknown |\n";
      continue;
    }
    const Meaning meaning = meaning_of(*row, *sample);
    const bool irrelevant = meaning == Meaning::kIrrelevant;
    text += std::string(text_of(meaning)) + " | ";
    const bool asks = meaning == Meaning::kOpaque || assumes(*sample);
    text += std::string(asks ? "asks" : irrelevant ? "irrelevant" : "full") + " | ";
    text += std::string(translates(*sample) ? "yes" : "no") + " |\n";
  }
  return text;
}

}  // namespace nfproof::cli
