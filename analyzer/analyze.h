// SPDX-License-Identifier: Apache-2.0
// Static analysis of a ruleset: runs the checks of the catalogue and returns what they found. Every finding is proved
// (by Z3, or by the structure of the ruleset) or shown by a packet; nothing is printed.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/finding.h"
#include "compiler/ir/host.h"
#include "compiler/ir/set.h"

namespace nfproof::analyzer {

/// One row of the catalogue. Ids keep their meaning for ever.
struct CheckInfo {
  std::string_view id;    ///< `NF101`
  std::string_view name;  ///< `shadowed-rule`
  Level level;            ///< the worst level it reports with
  std::string_view summary;
  bool on_request = false;  ///< runs only when it is selected by its id or name
};

/// All checks, by id.
[[nodiscard]] std::span<const CheckInfo> check_catalogue();
/// By id (any case) or name; null when there is none.
[[nodiscard]] const CheckInfo* find_check(std::string_view id_or_name);
/// Does the word name the check: its id, the beginning of it (`NF1`) or its name, in any case?
[[nodiscard]] bool names_check(std::string_view word, const CheckInfo& info);
/// Does it name any?
[[nodiscard]] bool is_check_name(std::string_view word);
/// The manual page of a check: plain text with the headings What it finds, Why it matters, Example, Use instead,
/// Witness, How it is proved, When the fix is safe.
[[nodiscard]] std::string_view check_manual(const CheckInfo& check);

/// Packets that somebody has an opinion about (who must keep access, what is open on purpose): packets of one family
/// that fulfil all predicates (ids of the ruleset's pool), seen on their way in. The replies are the same with sources
/// and destinations exchanged.
struct AdminAccess {
  ir::Family family{};
  std::vector<ir::PredicateId> when;
  std::string text;  ///< as the user wrote it, for messages
};

/// Replays a witness independently; false when it does not do what is claimed.
using WitnessOracle = std::function<bool(const ir::Packet&, const WitnessClaim&)>;

/// A service that rarely has reason to be open to everybody.
struct SensitivePort {
  std::uint8_t protocol = 0;
  std::uint16_t port = 0;
  std::string service;  ///< for messages: `MySQL`
};
[[nodiscard]] std::vector<SensitivePort> default_sensitive_ports();

struct AnalyzeOptions {
  /// Ids or prefixes of ids (`NF1`) or names. Empty `select`: all.
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  /// One or more for each family that is to be asked about. Empty: `tcp dport 22` in both families.
  std::vector<AdminAccess> admin;
  /// New connections from anywhere that are meant to be let in: services that are open on purpose.
  std::vector<AdminAccess> expected_open;
  std::vector<SensitivePort> sensitive_ports = default_sensitive_ports();
  const ir::SetTable* sets = nullptr;  ///< of the same host; null: not known
  /// Access that is lost after a command of a script, found by analysing the rulesets on the way (NF210).
  std::vector<Finding> lost_on_the_way;
  const ir::Host* host = nullptr;      ///< null or `assumed`: proofs do not rely on it
  WitnessOracle oracle;                ///< empty: witnesses are only checked by the analyzer itself
  unsigned threads = 1;                ///< the result is the same for any number
  std::chrono::milliseconds query_timeout{1000};
  std::chrono::milliseconds total_timeout{30000};
};

struct AnalyzeStats {
  std::size_t rules = 0;
  std::size_t packets_walked = 0;   ///< candidate packets that were tried
  std::size_t alive_by_packet = 0;  ///< rules shown alive by such a packet alone
  std::size_t solver_queries = 0;
  std::size_t proved_dead = 0;
  double solver_ms = 0;
  double total_ms = 0;
};

struct AnalyzeResult {
  std::vector<Finding> findings;  ///< by file and line
  std::vector<Undecided> undecided;
  std::vector<std::string> assumptions;      ///< what the answers rest on, one sentence each
  std::vector<std::string> internal_errors;  ///< witnesses that did not replay: never shown as findings
  AnalyzeStats stats;
};

/// Is it selected by its whole id or its name, not only by the beginning of an id? Then it also says what is a matter of
/// taste.
[[nodiscard]] bool is_asked_for(const AnalyzeOptions& options, const CheckInfo& info);
/// Does `select` and `ignore` leave the check in?
[[nodiscard]] bool is_selected(const AnalyzeOptions& options, const CheckInfo& info);

[[nodiscard]] AnalyzeResult analyze(const ir::Ruleset& ruleset, const AnalyzeOptions& options);

}  // namespace nfproof::analyzer
