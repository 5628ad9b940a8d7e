// SPDX-License-Identifier: Apache-2.0
// See set_check.h.
#include "compiler/frontend/set_check.h"

#include <algorithm>
#include <string>
#include <variant>

#include "compiler/ir/set_use.h"

namespace nfproof::compiler {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Where the name of the set stands within the module; the whole module when it cannot be found there (quoted, say).
source::Span span_of_name(const source::SourceManager& sources, source::Span module, const std::string& name) {
  if (!module.is_known()) return module;
  const std::string_view line = sources.file(module.file).line(module.line);
  const std::size_t end = std::min<std::size_t>(line.size(), module.end_column - 1);
  for (std::size_t at = line.find(name, module.column - 1); at != std::string_view::npos && at + name.size() <= end;
       at = line.find(name, at + 1)) {
    const bool begins = at > 0 && is_blank(line[at - 1]);
    const bool ends = at + name.size() == line.size() || is_blank(line[at + name.size()]);
    if (begins && ends)
      return {module.file, module.line, static_cast<std::uint32_t>(at + 1),
              static_cast<std::uint32_t>(at + name.size() + 1)};
  }
  return module;
}

class SetCheck {
 public:
  explicit SetCheck(Compilation& compilation) : compilation_(compilation) {}

  void run() {
    for (const ir::Chain& chain : compilation_.ruleset.chains) {
      const ir::Family family = compilation_.ruleset.table(chain.table).family;
      for (const ir::Rule& rule : chain.rules) check_rule(rule, family);
    }
    ir::mark_fixed_sets(compilation_.ruleset, compilation_.sets, compilation_.empty_sets_fill);
  }

 private:
  void check_rule(const ir::Rule& rule, ir::Family family) {
    for (const ir::Condition& condition : rule.when) {
      const auto* test = std::get_if<ir::SetLookup>(&compilation_.ruleset.predicates[condition.predicate]);
      if (test == nullptr) continue;
      const bool known = condition.match < rule.matches.size();
      check_reference(test->set, known ? rule.matches[condition.match].span : rule.span, family);
    }
    for (const ir::Effect& effect : rule.effects)
      if (const auto* update = std::get_if<ir::UpdateSet>(&effect))
        check_reference(update->set, rule.target ? rule.target->span : rule.span, family);
  }

  void check_reference(const ir::SetReference& reference, source::Span module, ir::Family family) {
    const auto id = compilation_.sets.find(reference.name);
    const source::Span span = span_of_name(compilation_.sources, module, reference.name);
    if (!id && !compilation_.sets_matter) return;
    if (!id) {
      ++compilation_.missing_sets;
      compilation_.diagnostics.error("missing-set", span,
                                     "there is no set `" + reference.name +
                                         "`: give its file too, as `ipset save` prints it; without it the answer of "
                                         "this rule is not known");
      return;
    }
    const ir::Set& set = compilation_.sets[*id];
    const unsigned dimension = set.type().dimension();
    if (reference.dimensions < dimension)
      warn(set, span,
           "has " + std::to_string(dimension) + " dimensions and the rule gives " +
               std::to_string(reference.dimensions) + ": it never matches");
    else if (set.header().family && *set.header().family != family)
      warn(set, span,
           std::string("holds ") + (family == ir::Family::kIpv4 ? "IPv6" : "IPv4") + " addresses: it never matches");
  }

  void warn(const ir::Set& set, source::Span span, const std::string& what) {
    auto& warning = compilation_.diagnostics.warning(
        "set-never-matches", span, "the set `" + set.name() + "` (" + std::string(set.type().name) + ") " + what);
    if (set.span().is_known()) warning.labels.push_back({set.span(), "created here"});
  }

  Compilation& compilation_;
};

}  // namespace

void check_sets(Compilation& compilation) { SetCheck(compilation).run(); }

}  // namespace nfproof::compiler
