// SPDX-License-Identifier: Apache-2.0
// Helpers read the data of connections that `CT --helper` gave them, and tell which connections will follow from it
// (net/netfilter/nf_conntrack_ftp.c, nf_conntrack_tftp.c). They see packets after all chains, translated, and write the
// translated address into the data where it names one. Modelled are ftp and tftp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/conntrack.h"

namespace nfproof::sim {

[[nodiscard]] HelperKind helper_kind(std::string_view name);

enum class HelpVerdict : std::uint8_t {
  kAccept,
  kDrop,
  kUnseen,  ///< the capture lacks the data that the helper would have read
};
/// To be called before the connection is confirmed.
[[nodiscard]] HelpVerdict run_helper(Conntrack& conntrack, DecodedPacket& packet, const Track& track, Nanoseconds now);

/// Puts other bytes in the place of some of the TCP data; lengths, checksums and sequence numbers follow.
void replace_data(DecodedPacket& packet, const Track& track, std::size_t offset, std::size_t size,
                  std::string_view with);

// The helpers themselves.
[[nodiscard]] HelpVerdict help_ftp(Conntrack& conntrack, DecodedPacket& packet, const Track& track, Nanoseconds now);
[[nodiscard]] HelpVerdict help_tftp(Conntrack& conntrack, const DecodedPacket& packet, const Track& track,
                                    Nanoseconds now);

}  // namespace nfproof::sim
