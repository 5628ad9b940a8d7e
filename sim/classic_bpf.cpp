// SPDX-License-Identifier: Apache-2.0
// The interpreter: one accumulator, one index register, sixteen words of memory.
#include "sim/classic_bpf.h"

#include <linux/filter.h>

#include <algorithm>
#include <array>

namespace nfproof::sim {
namespace {

constexpr std::uint32_t kShiftBits = 31;

/// What a load gives: a value, nothing there (the program ends with 0), or what nobody knows.
struct Loaded {
  std::optional<std::uint32_t> value;
  std::string_view unknown;
};

std::optional<std::uint32_t> number_at(ByteView bytes, std::int64_t offset, std::size_t size) {
  if (offset < 0 || !holds(bytes, static_cast<std::size_t>(offset), size)) return std::nullopt;
  return static_cast<std::uint32_t>(load_number(bytes, static_cast<std::size_t>(offset), size));
}

std::size_t size_of(std::uint16_t code) {
  switch (BPF_SIZE(code)) {
    case BPF_W: return 4;
    case BPF_H: return 2;
    default: return 1;
  }
}

Loaded load_ancillary(std::int32_t which, const BpfPacket& packet) {
  const auto known = [](std::uint32_t value) { return Loaded{value, {}}; };
  switch (which) {
    case SKF_AD_PROTOCOL: return known(packet.protocol);
    case SKF_AD_PKTTYPE: return known(packet.packet_type);
    case SKF_AD_MARK: return known(packet.mark);
    case SKF_AD_HATYPE:
      if (packet.link_type) return known(*packet.link_type);
      return {std::nullopt, "the type of the interface"};
    case SKF_AD_RANDOM: return known(packet.random ? packet.random() : 0);
    case SKF_AD_IFINDEX: return {std::nullopt, "the index of the interface"};
    case SKF_AD_QUEUE: return {std::nullopt, "the receive queue"};
    case SKF_AD_RXHASH: return {std::nullopt, "the receive hash"};
    case SKF_AD_CPU: return {std::nullopt, "the processor"};
    case SKF_AD_VLAN_TAG:
    case SKF_AD_VLAN_TAG_PRESENT:
    case SKF_AD_VLAN_TPID: return {std::nullopt, "the VLAN tag"};
    case SKF_AD_PAY_OFFSET: return {std::nullopt, "the offset of the payload"};
    case SKF_AD_NLATTR:
    case SKF_AD_NLATTR_NEST: return {std::nullopt, "a netlink attribute"};
    default: return {std::nullopt, {}};
  }
}

Loaded load_bytes(std::int64_t offset, std::size_t size, const BpfPacket& packet) {
  if (offset < 0) {
    if (offset >= SKF_NET_OFF)
      offset -= SKF_NET_OFF;  // from the IP header, too
    else if (offset >= SKF_LL_OFF)
      offset -= SKF_LL_OFF + static_cast<std::int64_t>(packet.link.size());
    else
      return {};
  }
  if (offset < 0) {  // begins in the link header
    const auto ahead = static_cast<std::size_t>(-offset);
    if (ahead > packet.link.size()) return {};
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t at = offset + static_cast<std::int64_t>(i);
      const auto byte = at < 0 ? number_at(packet.link, static_cast<std::int64_t>(packet.link.size()) + at, 1)
                               : number_at(packet.bytes, at, 1);
      if (!byte) return {};
      value = value << 8 | *byte;
    }
    return {value, {}};
  }
  if (const auto value = number_at(packet.bytes, offset, size)) return {value, {}};
  const bool beyond = static_cast<std::uint64_t>(offset) + size > packet.length;
  return {std::nullopt, beyond ? std::string_view() : "bytes that the capture lacks"};
}

Loaded load_absolute(const BpfInstruction& instruction, const BpfPacket& packet) {
  const auto offset = static_cast<std::int32_t>(instruction.k);
  const bool ancillary = offset >= SKF_AD_OFF && offset < SKF_AD_OFF + SKF_AD_MAX;
  if (ancillary) return load_ancillary(offset - SKF_AD_OFF, packet);
  return load_bytes(offset, size_of(instruction.code), packet);
}

/// Nothing: a division by zero, which ends the program with 0.
std::optional<std::uint32_t> calculate(std::uint16_t code, std::uint32_t a, std::uint32_t operand) {
  switch (BPF_OP(code)) {
    case BPF_ADD: return a + operand;
    case BPF_SUB: return a - operand;
    case BPF_MUL: return a * operand;
    case BPF_DIV: return operand == 0 ? std::nullopt : std::optional(a / operand);
    case BPF_MOD: return operand == 0 ? std::nullopt : std::optional(a % operand);
    case BPF_AND: return a & operand;
    case BPF_OR: return a | operand;
    case BPF_XOR: return a ^ operand;
    case BPF_LSH: return a << (operand & kShiftBits);
    case BPF_RSH: return a >> (operand & kShiftBits);
    case BPF_NEG: return 0U - a;
    default: return std::nullopt;
  }
}

bool holds_jump(std::uint16_t code, std::uint32_t a, std::uint32_t operand) {
  switch (BPF_OP(code)) {
    case BPF_JEQ: return a == operand;
    case BPF_JGT: return a > operand;
    case BPF_JGE: return a >= operand;
    case BPF_JSET: return (a & operand) != 0;
    default: return false;
  }
}

class Machine {
 public:
  Machine(std::span<const BpfInstruction> program, const BpfPacket& packet) : program_(program), packet_(packet) {}

  BpfResult run() {
    while (at_ < program_.size() && !done_) step(program_[at_++]);
    return result_;
  }

 private:
  void stop(std::uint32_t value, std::string_view unknown = {}) {
    done_ = true;
    result_ = {value, unknown};
  }

  void take(const Loaded& loaded, std::uint32_t& into) {
    if (loaded.value)
      into = *loaded.value;
    else
      stop(0, loaded.unknown);
  }

  void load(const BpfInstruction& instruction) {
    const bool to_index = BPF_CLASS(instruction.code) == BPF_LDX;
    std::uint32_t& into = to_index ? x_ : a_;
    switch (BPF_MODE(instruction.code)) {
      case BPF_IMM: into = instruction.k; return;
      case BPF_MEM: into = memory_[instruction.k % memory_.size()]; return;
      case BPF_LEN: into = packet_.length; return;
      case BPF_ABS: return take(load_absolute(instruction, packet_), into);
      case BPF_IND: {
        const auto offset = static_cast<std::int32_t>(x_ + instruction.k);
        return take(load_bytes(offset, size_of(instruction.code), packet_), into);
      }
      case BPF_MSH: {
        std::uint32_t byte = 0;
        take(load_bytes(static_cast<std::int32_t>(instruction.k), 1, packet_), byte);
        x_ = (byte & 0xfU) * 4;
        return;
      }
      default: return stop(0);
    }
  }

  void step(const BpfInstruction& instruction) {
    const std::uint16_t code = instruction.code;
    const std::uint32_t operand = BPF_SRC(code) == BPF_X ? x_ : instruction.k;
    switch (BPF_CLASS(code)) {
      case BPF_LD:
      case BPF_LDX: return load(instruction);
      case BPF_ST: memory_[instruction.k % memory_.size()] = a_; return;
      case BPF_STX: memory_[instruction.k % memory_.size()] = x_; return;
      case BPF_ALU: return take({calculate(code, a_, operand), {}}, a_);
      case BPF_JMP:
        if (BPF_OP(code) == BPF_JA)
          at_ += instruction.k;
        else
          at_ += holds_jump(code, a_, operand) ? instruction.jump_true : instruction.jump_false;
        return;
      case BPF_RET: return stop(BPF_RVAL(code) == BPF_A ? a_ : instruction.k);
      default:
        if (BPF_MISCOP(code) == BPF_TAX)
          x_ = a_;
        else
          a_ = x_;
        return;
    }
  }

  std::span<const BpfInstruction> program_;
  const BpfPacket& packet_;
  std::size_t at_ = 0;
  std::uint32_t a_ = 0;
  std::uint32_t x_ = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory_{};
  bool done_ = false;
  BpfResult result_;
};

constexpr std::array kKnownCodes = {
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_MOD | BPF_K,
    BPF_ALU | BPF_MOD | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_ALU | BPF_NEG,
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_H | BPF_ABS,
    BPF_LD | BPF_B | BPF_ABS,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LD | BPF_W | BPF_IND,
    BPF_LD | BPF_H | BPF_IND,
    BPF_LD | BPF_B | BPF_IND,
    BPF_LD | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LDX | BPF_B | BPF_MSH,
    BPF_LDX | BPF_IMM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
};

bool valid_instruction(std::span<const BpfInstruction> program, std::size_t at) {
  const BpfInstruction& instruction = program[at];
  const std::uint16_t code = instruction.code;
  if (std::find(kKnownCodes.begin(), kKnownCodes.end(), code) == kKnownCodes.end()) return false;
  const std::size_t behind = program.size() - at - 1;
  const bool memory = BPF_CLASS(code) == BPF_ST || BPF_CLASS(code) == BPF_STX || code == (BPF_LD | BPF_MEM) ||
                      code == (BPF_LDX | BPF_MEM);
  if (memory) return instruction.k < BPF_MEMWORDS;
  if (code == (BPF_ALU | BPF_DIV | BPF_K) || code == (BPF_ALU | BPF_MOD | BPF_K)) return instruction.k != 0;
  if (code == (BPF_ALU | BPF_LSH | BPF_K) || code == (BPF_ALU | BPF_RSH | BPF_K)) return instruction.k < 32;
  if (BPF_CLASS(code) != BPF_JMP) return true;
  if (code == (BPF_JMP | BPF_JA)) return instruction.k < behind;
  return instruction.jump_true < behind && instruction.jump_false < behind;
}

}  // namespace

bool valid_classic_bpf(std::span<const BpfInstruction> program) {
  if (program.empty() || program.size() > BPF_MAXINSNS) return false;
  for (std::size_t at = 0; at < program.size(); ++at)
    if (!valid_instruction(program, at)) return false;
  return BPF_CLASS(program.back().code) == BPF_RET;
}

BpfResult run_classic_bpf(std::span<const BpfInstruction> program, const BpfPacket& packet) {
  return Machine(program, packet).run();
}

}  // namespace nfproof::sim
