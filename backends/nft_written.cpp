// SPDX-License-Identifier: Apache-2.0
// Statements of a rule as a line: see nft_written.h. A line has tests, then the counter, then what is done; what stands
// in another order is kept as statements.
#include "backends/nft_written.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backends/nft_json_statement.h"

namespace nfproof::backends {
namespace {

using Kind = ir::NftStatement::Kind;

NftEnd end_of(std::string_view verdict) {
  if (verdict == "accept" || verdict == "drop") return NftEnd::kDecides;
  if (verdict == "return") return NftEnd::kReturn;
  if (verdict.starts_with("jump ")) return NftEnd::kJump;
  return verdict.starts_with("goto ") ? NftEnd::kGoto : NftEnd::kNone;
}

std::string counter_text(const ir::Text& written, NftOptions::Counters counters) {
  switch (counters) {
    case NftOptions::Counters::kNone: return "";
    case NftOptions::Counters::kZero: return "counter";
    case NftOptions::Counters::kKeep: break;
  }
  return written.str();
}

}  // namespace

bool nft_stays_as_written(const ir::Rule& rule, const NftOptions& options, const NftNameOf& name_of) {
  if (rule.written == nullptr) return false;
  const std::vector<ir::Text>& chains = rule.written->leads_to;
  const bool renamed =
      std::any_of(chains.begin(), chains.end(), [&](const ir::Text& each) { return name_of(each) != each.view(); });
  if (rule.written->says_more) return true;
  if (options.optimize || renamed) return false;
  return options.native || nft_json_statements(nft_written_line(*rule.written, options.counters, name_of), "inet");
}

std::string nft_lead_text(NftEnd how, const std::string& chain) {
  return (how == NftEnd::kGoto ? "goto " : "jump ") + chain;
}

NftLine nft_written_line(const ir::NftWritten& written, NftOptions::Counters counters, const NftNameOf& name_of) {
  NftLine line;
  bool counted = false;
  for (std::size_t i = 0; i < written.statements.size(); ++i) {
    const auto& [kind, text] = written.statements[i];
    const bool is_test = kind == Kind::kTest || kind == Kind::kCountingTest;
    const bool last = i + 1 == written.statements.size();
    if (kind == Kind::kCounter) {
      counted = true;
      const bool then_tests = !last && (written.statements[i + 1].kind == Kind::kTest ||
                                        written.statements[i + 1].kind == Kind::kCountingTest);
      const bool in_place = line.statements.empty() && line.counter.empty() && !then_tests;
      std::string shown = counter_text(text, counters);
      if (in_place)
        line.counter = std::move(shown);
      else if (!shown.empty())
        line.statements.push_back(std::move(shown));
    } else if (is_test && line.statements.empty() && line.counter.empty()) {
      line.tests.push_back({.text = text.str(), .fixed = kind == Kind::kCountingTest});
    } else if (kind == Kind::kVerdict && last) {
      line.end = end_of(text.view());
      line.verdict = text.str();
    } else if (kind == Kind::kAnswer && last) {
      line.end = NftEnd::kLast;
      line.verdict = text.str();
    } else {
      line.statements.push_back(text.str());
    }
  }
  if (!counted && counters == NftOptions::Counters::kZero) line.counter = "counter";
  for (const ir::Text& chain : written.leads_to) line.leads_to.push_back(name_of(chain));
  if (line.end == NftEnd::kJump || line.end == NftEnd::kGoto)
    line.verdict = nft_lead_text(line.end, line.leads_to.back());
  return line;
}

}  // namespace nfproof::backends
