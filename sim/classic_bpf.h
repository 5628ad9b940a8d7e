// SPDX-License-Identifier: Apache-2.0
// Runs classic BPF programs on an IP packet as the bpf match does (net/netfilter/xt_bpf.c, net/core/filter.c): offset 0
// is the IP header, a load from beyond the packet ends the program with 0, the special offsets reach the link header
// and what the kernel knows of the packet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/ir/predicate_kinds.h"
#include "sim/bytes.h"

namespace nfproof::sim {

using BpfInstruction = ir::BpfTest::Instruction;

struct BpfPacket {
  ByteView bytes;            ///< from the IP header on
  ByteView link;             ///< the link header before it; may be empty
  std::uint32_t length = 0;  ///< of the IP packet, more than `bytes` when the capture cut it
  std::uint16_t protocol = 0;
  std::uint8_t packet_type = 0;
  std::uint32_t mark = 0;
  std::optional<std::uint32_t> link_type;  ///< ARPHRD_*
  std::function<std::uint32_t()> random;
};

struct BpfResult {
  std::uint32_t value = 0;   ///< what the program returned; anything but 0 matches
  std::string_view unknown;  ///< not empty: it asked for this, which a simulation does not know
};

/// Would the kernel load it? (`bpf_check_classic`: known instructions, jumps within, a return at the end.)
[[nodiscard]] bool valid_classic_bpf(std::span<const BpfInstruction> program);
/// For a valid program.
[[nodiscard]] BpfResult run_classic_bpf(std::span<const BpfInstruction> program, const BpfPacket& packet);

}  // namespace nfproof::sim
