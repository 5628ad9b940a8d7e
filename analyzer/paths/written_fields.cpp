// SPDX-License-Identifier: Apache-2.0
// Forward pass over the call graph that collects the fields written on the way.
#include "analyzer/paths/written_fields.h"

#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;

struct Writes {
  FieldSet set;
  void add(FieldId field) { set.set(static_cast<std::size_t>(ir::field_info(field).storage)); }
  void add_connection() {
    for (std::size_t i = 0; i < ir::kFieldCount; ++i)
      if (ir::is_tracking_field(static_cast<FieldId>(i))) add(static_cast<FieldId>(i));
  }

  void operator()(const ir::SetField& effect) { add(effect.field); }
  void operator()(const ir::CopyMark& effect) { add(effect.save ? FieldId::kCtMark : FieldId::kMark); }
  void operator()(const ir::Notrack&) { add_connection(); }
  void operator()(const ir::AddToHopLimit&) { add(FieldId::kIpTtl), add(FieldId::kIp6HopLimit); }
  void operator()(const ir::TrackAs&) { add_connection(); }
  void operator()(const ir::TranslatePrefix& effect) {
    add(effect.destination ? FieldId::kIp6Daddr : FieldId::kIp6Saddr);
    add(effect.destination ? FieldId::kDaddrType : FieldId::kSaddrType);
  }
  void operator()(const ir::StripTcpOptions&) { add(FieldId::kTcpMss), add(FieldId::kTcpOption); }
  void operator()(const ir::UpdateSet& effect) {
    if (effect.map_mark) add(FieldId::kMark);
  }
  void operator()(const ir::HashMark&) { add(FieldId::kMark); }
  void operator()(const ir::GiveToSocket&) { add(FieldId::kMark); }
  void operator()(const ir::SampleRate&) {}
  void operator()(const ir::Duplicate&) {}
  void operator()(const ir::AnswerSyn&) {}
  void operator()(const ir::Aside&) {}
  void operator()(const ir::Log&) {}
  void operator()(const ir::Nflog&) {}
  void operator()(const ir::Nat&) {}  // ends the walk through its table
  void operator()(const ir::SetTcpMss&) { add(FieldId::kTcpMss), add(FieldId::kTcpOption), add(FieldId::kLength); }
  void operator()(const ir::OpaqueEffect&) {
    for (const FieldId field : {FieldId::kMark, FieldId::kCtMark, FieldId::kIpTos, FieldId::kIp6Tclass, FieldId::kIpTtl,
                                FieldId::kIp6HopLimit, FieldId::kTcpMss, FieldId::kTcpOption})
      add(field);
  }
};

bool calls(const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
}

std::size_t index(ir::ChainId chain) { return static_cast<std::size_t>(chain); }

}  // namespace

FieldSet fields_written_by(const ir::Rule& rule) {
  Writes writes;
  for (const ir::Effect& effect : rule.effects) std::visit(writes, effect);
  return writes.set;
}

WrittenFields::WrittenFields(const ir::Ruleset& ruleset, const CallGraph& graph)
    : ruleset_(ruleset), by_chain_(ruleset.chains.size()), before_(ruleset.chains.size()) {
  find_written(ruleset, graph);
  find_before(ruleset, graph);
}

void WrittenFields::find_written(const ir::Ruleset& ruleset, const CallGraph& graph) {
  const auto& order = graph.order();
  for (auto chain = order.rbegin(); chain != order.rend(); ++chain)
    for (const ir::Rule& rule : ruleset.chain(*chain).rules) {
      by_chain_[index(*chain)] |= fields_written_by(rule);
      if (calls(rule)) by_chain_[index(*chain)] |= by_chain_[index(rule.verdict.chain)];
    }
}

void WrittenFields::find_before(const ir::Ruleset& ruleset, const CallGraph& graph) {
  std::vector<FieldSet> at_entry(ruleset.chains.size());
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) before_[c].resize(ruleset.chains[c].rules.size() + 1);
  for (const ir::ChainId chain : graph.order()) {
    FieldSet so_far = at_entry[index(chain)];
    const auto& rules = ruleset.chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      before_[index(chain)][i] = so_far;
      so_far |= fields_written_by(rules[i]);
      if (!calls(rules[i])) continue;
      at_entry[index(rules[i].verdict.chain)] |= so_far;
      so_far |= by_chain_[index(rules[i].verdict.chain)];
    }
    before_[index(chain)][rules.size()] = so_far;
  }
}

FieldSet WrittenFields::anywhere(ir::Family family) const {
  FieldSet all;
  for (std::size_t c = 0; c < ruleset_.chains.size(); ++c)
    if (ruleset_.table(ruleset_.chains[c].table).family == family) all |= by_chain_[c];
  return all;
}

}  // namespace nfproof::analyzer
