// SPDX-License-Identifier: Apache-2.0
// The support table.
#include "cli/support.h"

#include <algorithm>
#include <vector>

#include "compiler/extensions/extension.h"

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

}  // namespace

std::string module_table() {
  std::vector<const Extension*> rows(compiler::all_extensions().begin(), compiler::all_extensions().end());
  std::stable_sort(rows.begin(), rows.end(), [](const Extension* a, const Extension* b) {
    if (a->kind != b->kind) return a->kind < b->kind;
    return a->name < b->name;
  });
  std::string text = "| module | kind | families | understood |\n| --- | --- | --- | --- |\n";
  for (const Extension* row : rows) {
    const bool match = row->kind == ExtensionKind::kMatch;
    text += "| `" + std::string(row->name) + "` | " + (match ? "match" : "target") + " | ";
    text += std::string(families(*row)) + " | " + (row->lower != nullptr ? "yes" : "read and printed only") + " |\n";
  }
  return text;
}

}  // namespace nfproof::cli
