// SPDX-License-Identifier: Apache-2.0
// What is known about programs that scripts call: which are the firewall's own, which have no effect on a ruleset,
// which change it in ways that are not followed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nfproof::script {

enum class ProgramKind {
  kUnknown,
  kFirewall,  ///< iptables, ipset and their like: run against the virtual ruleset
  kQuiet,     ///< no effect on the ruleset; taken as successful
  kReader,    ///< no effect on the ruleset; its output and exit status are not known
  kComputed,  ///< works on texts only (`grep`, `cut`...): computed
  kShell,     ///< runs a script
  kChanger,   ///< may change the ruleset: not followed
};

[[nodiscard]] ProgramKind program_kind(std::string_view name);
/// The plain name of a firewall program: `iptables` for `/usr/sbin/iptables-legacy`.
[[nodiscard]] std::optional<std::string> firewall_program(std::string_view word);
/// Where a program usually is; empty for those not known.
[[nodiscard]] std::string program_path(std::string_view name);
/// An absolute path that names a known program.
[[nodiscard]] bool is_program_path(std::string_view path);
/// For an unknown name: a known one that it may be a slip of.
[[nodiscard]] std::string_view similar_program(std::string_view name);
/// The name of a service whose start or stop changes the ruleset.
[[nodiscard]] bool is_firewall_service(std::string_view name);

}  // namespace nfproof::script
