// SPDX-License-Identifier: Apache-2.0
// Rows of the hook table.
#include "compiler/ir/hook.h"

#include <algorithm>
#include <array>

namespace nfproof::ir {
namespace {

constexpr std::array<HookRow, 17> kRows = {{
    {"raw", Hook::kPrerouting, -300, ChainType::kFilter, "raw"},
    {"raw", Hook::kOutput, -300, ChainType::kFilter, "raw"},
    {"mangle", Hook::kPrerouting, -150, ChainType::kFilter, "mangle"},
    {"mangle", Hook::kInput, -150, ChainType::kFilter, "mangle"},
    {"mangle", Hook::kForward, -150, ChainType::kFilter, "mangle"},
    {"mangle", Hook::kOutput, -150, ChainType::kRoute, "mangle"},
    {"mangle", Hook::kPostrouting, -150, ChainType::kFilter, "mangle"},
    {"nat", Hook::kPrerouting, -100, ChainType::kNat, "dstnat"},
    {"nat", Hook::kOutput, -100, ChainType::kNat, "-100"},
    {"filter", Hook::kInput, 0, ChainType::kFilter, "filter"},
    {"filter", Hook::kForward, 0, ChainType::kFilter, "filter"},
    {"filter", Hook::kOutput, 0, ChainType::kFilter, "filter"},
    {"security", Hook::kInput, 50, ChainType::kFilter, "security"},
    {"security", Hook::kForward, 50, ChainType::kFilter, "security"},
    {"security", Hook::kOutput, 50, ChainType::kFilter, "security"},
    {"nat", Hook::kInput, 100, ChainType::kNat, "100"},
    {"nat", Hook::kPostrouting, 100, ChainType::kNat, "srcnat"},
}};

}  // namespace

std::string_view hook_chain_name(Hook hook) {
  switch (hook) {
    case Hook::kPrerouting: return "PREROUTING";
    case Hook::kInput: return "INPUT";
    case Hook::kForward: return "FORWARD";
    case Hook::kOutput: return "OUTPUT";
    case Hook::kPostrouting: return "POSTROUTING";
  }
  return "";
}

std::string_view hook_nft_name(Hook hook) {
  switch (hook) {
    case Hook::kPrerouting: return "prerouting";
    case Hook::kInput: return "input";
    case Hook::kForward: return "forward";
    case Hook::kOutput: return "output";
    case Hook::kPostrouting: return "postrouting";
  }
  return "";
}

std::string_view chain_type_name(ChainType type) {
  switch (type) {
    case ChainType::kFilter: return "filter";
    case ChainType::kNat: return "nat";
    case ChainType::kRoute: return "route";
  }
  return "";
}

const HookRow* find_hook_row(std::string_view table, std::string_view chain) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const HookRow& r) {
    return r.table == table && hook_chain_name(r.hook) == chain;
  });
  return row == kRows.end() ? nullptr : row;
}

bool is_xtables_table(std::string_view table) {
  return std::any_of(kRows.begin(), kRows.end(), [&](const HookRow& r) { return r.table == table; });
}

}  // namespace nfproof::ir
