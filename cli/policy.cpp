// SPDX-License-Identifier: Apache-2.0
// Expressions and addresses of a policy file.
#include "cli/policy.h"

#include <algorithm>

#include "analyzer/regions/policy.h"
#include "compiler/frontend/expression.h"
#include "report/diagnostics.h"

namespace nfproof::cli {
namespace {

using analyzer::Setting;

class PolicyResolver {
 public:
  PolicyResolver(compiler::Compilation& compilation, source::Diagnostics& diagnostics)
      : compilation_(compilation), diagnostics_(diagnostics) {}

  analyzer::Assertion resolve(analyzer::PolicyEntry& entry) {
    analyzer::Assertion& made = entry.assertion;
    if (entry.packets)
      if (const auto read = expression(*entry.packets)) {
        made.packets = read->when;
        if (read->family && made.families.empty()) made.families = {*read->family};
        if (read->hook) hook(*entry.packets, *read->hook, made);
      }
    add_addresses(entry.from, "saddr", made.packets);
    add_addresses(entry.to, "daddr", made.packets);
    for (const Setting& each : entry.open)
      if (const auto read = expression(each)) made.open.push_back(read->when);
    arrivals(entry);
    return std::move(made);
  }

 private:
  /// An expression whose errors stand in the policy file, behind the quote.
  std::optional<compiler::Expression> expression(const Setting& setting) {
    source::SourceManager scratch;
    source::Diagnostics found;
    auto read = compiler::parse_expression(scratch, "policy", setting.text, compilation_.ruleset.predicates, found);
    for (const source::Diagnostic& each : found.all()) {
      source::Span span = setting.span;
      if (each.span.is_known())
        span.column += each.span.column, span.end_column = setting.span.column + each.span.end_column;
      diagnostics_.add(each.severity, each.id, span, each.message);
    }
    return read;
  }

  void hook(const Setting& setting, ir::Hook hook, analyzer::Assertion& made) {
    for (const analyzer::HostWay way : analyzer::kHostWays)
      if (analyzer::way_hook(way) == hook) {
        made.way = way;
        return;
      }
    diagnostics_.error("bad-policy", setting.span, "a way is named by `hook input`, `hook forward` or `hook output`");
  }

  /// Sources or destinations: those of a family in one match.
  void add_addresses(const std::vector<Setting>& list, const std::string& field, std::vector<ir::PredicateId>& to) {
    std::string v4, v6;
    for (const Setting& each : list) {
      if (!valid(each)) continue;
      std::string& text = each.text.find(':') == std::string::npos ? v4 : v6;
      text += (text.empty() ? "" : ", ") + each.text;
    }
    if (v4.empty() && v6.empty()) return;
    std::string text;
    if (!v4.empty()) text = "ip " + field + " { " + v4 + " }";
    if (!v6.empty()) text += (text.empty() ? "" : " or ") + ("ip6 " + field + " { " + v6 + " }");
    source::SourceManager scratch;
    source::Diagnostics found;
    if (const auto read =
            compiler::parse_expression(scratch, "addresses", text, compilation_.ruleset.predicates, found))
      to.insert(to.end(), read->when.begin(), read->when.end());
  }

  bool valid(const Setting& address) {
    const bool v6 = address.text.find(':') != std::string::npos;
    source::SourceManager scratch;
    source::Diagnostics found;
    ir::PredicatePool pool;
    const bool plain = address.text.find_first_not_of("0123456789abcdefABCDEF:./-") == std::string::npos;
    const std::string text = (v6 ? "ip6 saddr { " : "ip saddr { ") + address.text + " }";
    if (plain && compiler::parse_expression(scratch, "address", text, pool, found)) return true;
    diagnostics_.error("bad-policy", address.span,
                       "`" + address.text + "` is no address, network or range, and no group of this file");
    return false;
  }

  void arrivals(analyzer::PolicyEntry& entry) {
    std::vector<ir::PredicateId> when;
    for (const Setting& each : entry.arrives) {
      if (!valid(each)) continue;
      const bool v6 = each.text.find(':') != std::string::npos;
      take(entry, (v6 ? "ip6 daddr { " : "ip daddr { ") + each.text + " }", each);
    }
    if (entry.arrives_port) take(entry, "th dport " + entry.arrives_port->text, *entry.arrives_port);
  }

  void take(analyzer::PolicyEntry& entry, const std::string& text, const Setting& setting) {
    source::SourceManager scratch;
    source::Diagnostics found;
    ir::PredicatePool pool;
    const auto read = compiler::parse_expression(scratch, "target", text, pool, found);
    const auto* test = read && read->when.size() == 1 ? std::get_if<ir::FieldTest>(&pool[read->when[0]]) : nullptr;
    if (test == nullptr || test->values.intervals() == nullptr) {
      diagnostics_.error("bad-policy", setting.span, "`" + setting.text + "` is no port");
      return;
    }
    // Several addresses of a family are one set.
    for (ir::FieldTest& known : entry.assertion.arrives)
      if (known.field == test->field) {
        ir::ValueSet::Intervals both = *known.values.intervals();
        both.insert(both.end(), test->values.intervals()->begin(), test->values.intervals()->end());
        known.values = ir::ValueSet::of_intervals(std::move(both));
        return;
      }
    entry.assertion.arrives.push_back(*test);
  }

  compiler::Compilation& compilation_;
  source::Diagnostics& diagnostics_;
};

}  // namespace

std::optional<std::vector<analyzer::Assertion>> load_policy(Terminal& terminal, const std::string& path,
                                                            compiler::Compilation& compilation) {
  source::FileText read = source::read_file(path);
  if (!read.error.empty()) return terminal.error('`' + path + "` cannot be read: " + read.error), std::nullopt;
  const source::FileId file = compilation.sources.add(path, std::move(read.text));
  source::Diagnostics diagnostics;
  auto entries = analyzer::read_policy(compilation.sources.file(file), file, diagnostics);
  std::vector<analyzer::Assertion> assertions;
  if (entries)
    for (analyzer::PolicyEntry& entry : *entries)
      assertions.push_back(PolicyResolver(compilation, diagnostics).resolve(entry));
  diagnostics.sort();
  terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
  if (!entries || diagnostics.has_errors()) return std::nullopt;
  return assertions;
}

}  // namespace nfproof::cli
