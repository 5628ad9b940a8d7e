// SPDX-License-Identifier: Apache-2.0
// The core of a rule as one line of text, for tests and for whoever debugs: conditions, effects, verdict. Canonical
// (equal rules have equal lines), not meant to be read back.
#pragma once

#include <string>

#include "compiler/ir/ruleset.h"

namespace nfproof::ir {

/// `ip.saddr 10.0.0.0-10.255.255.255`, `! iifname eth+`, `any(...)`.
[[nodiscard]] std::string dump_predicate(const PredicatePool& pool, PredicateId id);
/// `set meta.mark = 0x1/0xff`
[[nodiscard]] std::string dump_effect(const Effect& effect);
/// `ip.saddr 10.0.0.0-10.255.255.255; meta.l4proto 6 => log "x"; ACCEPT`
[[nodiscard]] std::string dump_rule(const Ruleset& ruleset, const Rule& rule);

}  // namespace nfproof::ir
