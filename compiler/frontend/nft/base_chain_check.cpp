// SPDX-License-Identifier: Apache-2.0
// Hooks of a type: net/netfilter/nft_chain_nat.c and nft_chain_route.c. Names of priorities: nft(8), of all versions.
#include "compiler/frontend/nft/base_chain_check.h"

#include <algorithm>
#include <array>

namespace nfproof::compiler::nft {
namespace {

constexpr int kConntrackPriority = -200;

struct NamedPriority {
  std::string_view name;
  std::array<ir::Hook, 2> hooks;
};
constexpr std::array<NamedPriority, 2> kNamed = {
    {{"dstnat", {ir::Hook::kPrerouting, ir::Hook::kOutput}}, {"srcnat", {ir::Hook::kPostrouting, ir::Hook::kInput}}}};

}  // namespace

std::string base_chain_refusal(const ir::BaseChain& base, std::span<const Token> priority) {
  const std::string hook(ir::hook_nft_name(base.hook));
  if (base.type == ir::ChainType::kNat && base.hook == ir::Hook::kForward)
    return "there is no chain of type `nat` at the hook `forward`";
  if (base.type == ir::ChainType::kRoute && base.hook != ir::Hook::kOutput)
    return "there is no chain of type `route` at the hook `" + hook + "`, only at `output`";
  if (base.type == ir::ChainType::kNat && base.priority <= kConntrackPriority)
    return "a chain of type `nat` needs a priority above -200, where connections become known";
  for (const NamedPriority& row : kNamed) {
    const bool named = !priority.empty() && priority.front().text.substr(0, row.name.size()) == row.name;
    if (named && std::find(row.hooks.begin(), row.hooks.end(), base.hook) == row.hooks.end())
      return "the priority `" + std::string(row.name) + "` has no meaning at the hook `" + hook + '`';
  }
  return {};
}

}  // namespace nfproof::compiler::nft
