// SPDX-License-Identifier: Apache-2.0
// Who sends a packet of the host: what a local socket has and no packet shows. Captures say it in a comment of the
// packet (`socket uid 1000 gid 1000 mark 0x1`), tests of the module `owner` ask for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ir/core.h"

namespace nfproof::ir {

/// A socket, and the user that made it.
struct Sender {
  std::uint32_t user = 0, group = 0;
  std::uint32_t mark = 0;
  friend auto operator<=>(const Sender&, const Sender&) = default;
};

/// Arguments of the module `owner` that every process fulfils, and nothing that the kernel sends by itself.
inline constexpr std::string_view kAnyOwner = "--uid-owner 0-4294967294";

[[nodiscard]] std::string sender_text(const Sender& sender);
/// Nothing when the text says something else.
[[nodiscard]] std::optional<Sender> read_sender(std::string_view text);

/// A test of the module `owner` (net/netfilter/xt_owner.c).
struct OwnerTest {
  struct Range {
    std::uint32_t first = 0, last = 0;
    bool negated = false;
  };
  std::optional<bool> socket;  ///< there must be one; false: none
  std::optional<Range> users, groups;

  /// Null: a packet that no socket sent, such as a forwarded one.
  [[nodiscard]] bool matches(const Sender* sender) const;
};

/// Nothing for other modules, for names of users that no number is known of, and for supplementary groups.
[[nodiscard]] std::optional<OwnerTest> read_owner_test(const Opaque& test);

}  // namespace nfproof::ir
