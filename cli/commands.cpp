// SPDX-License-Identifier: Apache-2.0
// The table of subcommands.
#include <algorithm>
#include <array>

#include "cli/command.h"

namespace nfproof::cli {

std::span<const CommandRow> all_commands() {
  static constexpr std::array<CommandRow, 14> kCommands = {{
      {"check", "finds dead rules, lockouts and holes, each proved or shown by a packet", make_check},
      {"cover", "writes a capture that hits every rule that can be hit, and proves the others dead", make_cover},
      {"diff", "proves two rulesets equivalent, or tells which packets meet another fate", make_diff},
      {"exec", "runs the firewall commands of a shell script against a virtual ruleset", make_exec},
      {"explain", "says what a check means, with an example and the fix", make_explain},
      {"fmt", "prints a ruleset as iptables-save would after loading it", make_fmt},
      {"graph", "draws the chains and their jumps", make_graph},
      {"matrix", "tells who may open connections of a service to whom", make_matrix},
      {"query", "tells which packets of an expression are accepted or dropped, where and by which rule", make_query},
      {"sim", "replays a packet capture through a ruleset", make_sim},
      {"trace", "follows one packet: every table, chain and rule it meets, and why", make_trace},
      {"translate", "writes a ruleset in another syntax", make_translate},
      {"verify", "proves the assertions of a policy file, or shows packets that break them", make_verify},
      {"whatif", "tells whose fate in a capture a change of rules would alter", make_whatif},
  }};
  return kCommands;
}

bool is_unavailable_command(std::string_view name) {
  static constexpr std::array<std::string_view, 1> kNames = {"report"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace nfproof::cli
