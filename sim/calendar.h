// SPDX-License-Identifier: Apache-2.0
// The time match (net/netfilter/xt_time.c): dates, times of day, days of week and month of a moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ir/predicate_kinds.h"

namespace nfproof::sim {

/// `seconds` since 1970; `east` what the kernel's time zone adds to UTC, in minutes.
[[nodiscard]] bool time_matches(const ir::TimeTest& test, std::int64_t seconds, int east);

/// A time zone as people write it: `UTC`, `+02:00`, `-0330`, or a name of the zone database with the offset it has at
/// `seconds`. Nothing when there is no such zone.
[[nodiscard]] std::optional<int> zone_offset(std::string_view zone, std::int64_t seconds);

}  // namespace nfproof::sim
