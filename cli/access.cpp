// SPDX-License-Identifier: Apache-2.0
// Reading packet expressions.
#include "cli/access.h"

#include "compiler/frontend/expression.h"

namespace nfproof::cli {

bool read_access(const std::string& name, const std::string& text, source::SourceManager& sources,
                 ir::PredicatePool& pool, std::vector<analyzer::AdminAccess>& to, source::Diagnostics& diagnostics) {
  const auto file = static_cast<source::FileId>(sources.size());
  const auto expression = compiler::parse_expression(sources, name, text, pool, diagnostics);
  if (!expression) return false;
  if (expression->hook && *expression->hook != ir::Hook::kInput) {
    const auto end = static_cast<std::uint32_t>(text.size() + 1);
    diagnostics.error("wrong-hook", {file, 1, 1, end}, "this is about packets at `hook input`");
    return false;
  }
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
    if (!expression->family || *expression->family == family) to.push_back({family, expression->when, text});
  return true;
}

}  // namespace nfproof::cli
