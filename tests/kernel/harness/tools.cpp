// SPDX-License-Identifier: Apache-2.0
// Command lines of the tools. Legacy restore waits for its lock (-w), the nft variant needs none.
#include "tests/kernel/harness/tools.h"

#include <vector>

namespace nfproof::testing {
namespace {

RoundTrip failed(const std::string& message) {
  RoundTrip result;
  result.load.err = message;
  return result;
}

}  // namespace

std::string tool_prefix(Backend backend, Family family) {
  return std::string(family == Family::kIpv4 ? "iptables-" : "ip6tables-") +
         (backend == Backend::kLegacy ? "legacy" : "nft");
}

ToolResult iptables_restore(Backend backend, Family family, std::string_view text, bool with_counters) {
  std::vector<std::string> arguments = {tool_prefix(backend, family) + "-restore"};
  if (backend == Backend::kLegacy) arguments.insert(arguments.end(), {"-w", "20"});
  if (with_counters) arguments.emplace_back("-c");
  return run_tool(arguments, text);
}

ToolResult iptables_save(Backend backend, Family family, bool with_counters) {
  std::vector<std::string> arguments = {tool_prefix(backend, family) + "-save"};
  if (with_counters) arguments.emplace_back("-c");
  return run_tool(arguments);
}

ToolResult nft_load(std::string_view text) { return run_tool({"nft", "-f", "-"}, text); }
ToolResult nft_check(std::string_view text) { return run_tool({"nft", "-c", "-f", "-"}, text); }
ToolResult nft_list() { return run_tool({"nft", "list", "ruleset"}); }

RoundTrip Scratch::iptables(Backend backend, Family family, std::string_view text, const RoundTripOptions& options) {
  Netns place;
  std::string error;
  if (!Netns::create(&place, &error)) return failed(error);
  const Netns::Visit visit(place);
  RoundTrip result;
  if (!options.ipset.empty()) {
    result.load = run_tool({"ipset", "restore"}, options.ipset);
    if (!result.load.ok()) return result;
  }
  if (!options.nft_first.empty()) {
    result.load = nft_load(options.nft_first);
    if (!result.load.ok()) return result;
  }
  result.load = iptables_restore(backend, family, text, options.counters);
  if (result.load.ok()) result.save = iptables_save(backend, family, options.counters);
  return result;
}

RoundTrip Scratch::nft(std::string_view text) {
  Netns place;
  std::string error;
  if (!Netns::create(&place, &error)) return failed(error);
  const Netns::Visit visit(place);
  RoundTrip result;
  result.load = nft_load(text);
  if (result.load.ok()) result.save = nft_list();
  return result;
}

ToolResult Scratch::check_nft(std::string_view text) {
  thread_local Netns place;
  std::string error;
  if (place.descriptor() < 0 && !Netns::create(&place, &error)) {
    ToolResult result;
    result.err = error;
    return result;
  }
  const Netns::Visit visit(place);
  return nft_check(text);
}

}  // namespace nfproof::testing
