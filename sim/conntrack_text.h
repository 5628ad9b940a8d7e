// SPDX-License-Identifier: Apache-2.0
// The connection table as text: the lines of `conntrack -L` (plain and `-o extended`) and of /proc/net/nf_conntrack.
// `read_conntrack` takes all of them, `conntrack_line` writes the plain form.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "sim/tuple.h"

namespace nfproof::sim {

/// What a listing shows of a connection.
struct ConnectionEntry {
  std::array<Tuple, 2> tuples;  ///< zones are in them
  std::uint32_t seconds = 0;    ///< until it is forgotten
  std::string state;            ///< of TCP and SCTP, else empty
  std::uint32_t status = 0;     ///< ir::kIps...
  std::uint32_t mark = 0;
  bool counters = false;  ///< are `counted` known, or wanted in the text?
  std::array<ir::Counters, 2> counted;
  std::string helper;
};

[[nodiscard]] std::string conntrack_line(const ConnectionEntry& entry);

struct ConntrackText {
  struct Problem {
    std::size_t line = 0;    ///< from 1
    std::size_t column = 0;  ///< from 1
    std::size_t length = 1;
    std::string message;
  };
  std::vector<ConnectionEntry> entries;
  std::vector<Problem> problems;
};
[[nodiscard]] ConntrackText read_conntrack(std::string_view text);

}  // namespace nfproof::sim
