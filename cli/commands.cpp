// SPDX-License-Identifier: Apache-2.0
// The table of subcommands.
#include <algorithm>
#include <array>

#include "cli/command.h"

namespace nfproof::cli {

std::span<const CommandRow> all_commands() {
  static constexpr std::array<CommandRow, 7> kCommands = {{
      {"check", "finds dead rules, lockouts and holes, each proved or shown by a packet", make_check},
      {"exec", "runs the firewall commands of a shell script against a virtual ruleset", make_exec},
      {"explain", "says what a check means, with an example and the fix", make_explain},
      {"fmt", "prints a ruleset as iptables-save would after loading it", make_fmt},
      {"graph", "draws the chains and their jumps", make_graph},
      {"sim", "replays a packet capture through a ruleset", make_sim},
      {"translate", "writes a ruleset in nftables syntax", make_translate},
  }};
  return kCommands;
}

bool is_unavailable_command(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {"whatif", "trace",  "diff",   "query", "matrix",
                                                             "cover",  "verify", "report"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace nfproof::cli
