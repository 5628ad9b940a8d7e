// SPDX-License-Identifier: Apache-2.0
// The way of one packet through a firewall: hooks, what the kernel does there, each chain and rule with the test that
// failed first, what changed, and the verdict. As text for people (rules that do not match are summed up, unless all
// are wanted) and as JSON. The facts come as plain values, so this room needs no simulator.
//
// Entries: `trace_text`, `trace_json`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/packet.h"
#include "compiler/source/source_file.h"
#include "report/replay.h"
#include "report/style.h"

namespace nfproof::report {

struct TraceEvent {
  enum class Kind : std::uint8_t {
    kHook,        ///< the packet enters `packet.hook`
    kStep,        ///< the kernel does something: `step` says what
    kEnterChain,  ///< a base chain: `rule.chain`
    kRule,        ///< a rule (or the policy) that was looked at
    kLeaveChain,  ///< the base chain's decision: `fate`
  };
  Kind kind{};
  ir::Packet packet;  ///< just after it
  std::string step;
  ir::RuleRef rule;
  bool matched = false;
  std::size_t failed = 0;  ///< index of the first condition that was not true, when not matched
  bool dropped = false;    ///< by a test that could not read its header, or by the target
  ir::Fate fate;
};

struct Trace {
  std::vector<std::string> chosen;  ///< how what an expression leaves open was filled in
  std::vector<TraceEvent> events;
  ReplayedPacket end;  ///< what became of the packet
};

/// `every_rule`: each rule that does not match in a line of its own, with the test that failed.
[[nodiscard]] std::string trace_text(const Style& style, const source::SourceManager& sources,
                                     const ir::Ruleset& ruleset, const Trace& trace, bool every_rule);
[[nodiscard]] std::string trace_json(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                                     const Trace& trace);

}  // namespace nfproof::report
