// SPDX-License-Identifier: Apache-2.0
// The pcapng format (draft-ietf-opsawg-pcapng): sections in either byte order, interfaces with names, link types and
// clocks of their own, packets in enhanced, simple and obsolete blocks. Everything else is stepped over.
#include <array>
#include <limits>

#include "sim/capture_source.h"

namespace nfproof::sim {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;
constexpr std::uint32_t kByteOrderSwapped = 0x4d3c2b1a;

constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionFlags = 2;  // of packets
constexpr std::uint16_t kOptionName = 2;   // of interfaces
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint16_t kOptionOffset = 14;

/// More than any packet has; a larger block is nonsense.
constexpr std::uint32_t kLargestBlock = 16U << 20U;
constexpr std::size_t kMostInterfaces = 65536;
constexpr Nanoseconds kSecond = 1'000'000'000;
/// Time stamps beyond this are cut down to it, so that nobody who adds a timeout overflows.
constexpr Nanoseconds kLatest = std::numeric_limits<Nanoseconds>::max() / 2;

struct CaptureInterface {
  std::string name;
  int link_number = 0;
  LinkType link = LinkType::kUnknown;
  std::uint32_t snap_length = 0;
  std::uint8_t resolution = 6;  ///< negative power of ten, or of two with the top bit
  std::int64_t offset = 0;      ///< seconds
};

ir::u128 power(unsigned base, unsigned exponent) {
  ir::u128 result = 1;
  for (unsigned i = 0; i < exponent && result < (ir::u128{1} << 100); ++i) result *= base;
  return result;
}

Nanoseconds to_nanoseconds(std::uint64_t stamp, const CaptureInterface& interface) {
  const unsigned exponent = interface.resolution & 0x7fU;
  const ir::u128 per_second = power((interface.resolution & 0x80U) != 0 ? 2 : 10, exponent);
  const ir::u128 seconds = ir::u128{stamp} / per_second;
  const ir::u128 rest = ir::u128{stamp} % per_second;
  const ir::u128 bounded = per_second > (ir::u128{1} << 90) ? 0 : rest * kSecond / per_second;
  if (seconds > static_cast<std::uint64_t>(kLatest / kSecond)) return kLatest;
  const auto whole = static_cast<std::int64_t>(seconds);
  constexpr std::int64_t kFarthest = kLatest / kSecond;
  const std::int64_t offset = std::min(std::max(interface.offset, -kFarthest), kFarthest);
  const std::int64_t shifted = whole + offset;  // both are far from the limits of the type
  if (shifted >= kFarthest) return kLatest;
  if (shifted < 0) return 0;
  return shifted * kSecond + static_cast<Nanoseconds>(bounded);
}

class PcapngSource final : public CaptureReader::Source {
 public:
  explicit PcapngSource(std::FILE* file) : in_(file) {}
  ~PcapngSource() override { std::fclose(in_); }
  PcapngSource(const PcapngSource&) = delete;
  PcapngSource& operator=(const PcapngSource&) = delete;

  bool read_next() override {
    while (read_block()) {
      switch (type_) {
        case kInterfaceDescription:
          if (!describe_interface()) return false;
          break;
        case kEnhancedPacket: return enhanced_packet();
        case kObsoletePacket: return obsolete_packet();
        case kSimplePacket: return simple_packet();
        default: break;
      }
    }
    return false;
  }

 private:
  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }
  bool cut() { return fail("truncated: it ends in the middle of a block"); }
  bool bad_block() { return fail("corrupt: a block whose length does not fit its contents"); }

  [[nodiscard]] std::uint32_t number(const std::uint8_t* at, unsigned size) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{at[i]} << (8 * (big_endian_ ? size - 1 - i : i));
    return value;
  }
  [[nodiscard]] std::uint32_t word(std::size_t offset) const { return number(body_.data() + offset, 4); }
  [[nodiscard]] std::uint16_t half(std::size_t offset) const {
    return static_cast<std::uint16_t>(number(body_.data() + offset, 2));
  }

  /// The next block: its type, and what stands between its two length fields. False at the end or with an error.
  bool read_block() {
    std::array<std::uint8_t, 8> head{};
    const std::size_t got = std::fread(head.data(), 1, head.size(), in_);
    if (got == 0) return false;
    if (got != head.size()) return cut();
    std::array<std::uint8_t, 4> order{};
    const bool section = number(head.data(), 4) == kSectionHeader;  // reads the same in both orders
    if (section) {
      if (std::fread(order.data(), 1, order.size(), in_) != order.size()) return cut();
      if (!begin_section(order)) return fail("corrupt: a section without a byte order");
    }
    type_ = number(head.data(), 4);
    const std::uint32_t length = number(head.data() + 4, 4);
    const std::uint32_t read = section ? 12 : 8;
    if (length < read + 4 || length % 4 != 0) return bad_block();
    const std::uint32_t rest = length - read;  // with the second length field
    if (!wanted() && !section) return skip(rest, length);
    if (rest > kLargestBlock) return fail("corrupt: a block of " + std::to_string(length) + " bytes");
    body_.resize(rest);
    if (std::fread(body_.data(), 1, rest, in_) != rest) return cut();
    if (word(rest - 4) != length) return bad_block();
    body_.resize(rest - 4);
    return true;
  }

  [[nodiscard]] bool wanted() const {
    return type_ == kInterfaceDescription || type_ == kEnhancedPacket || type_ == kObsoletePacket ||
           type_ == kSimplePacket;
  }

  bool begin_section(const std::array<std::uint8_t, 4>& order) {
    big_endian_ = true;
    const std::uint32_t magic = number(order.data(), 4);
    big_endian_ = magic == kByteOrder;
    interfaces_.clear();
    return magic == kByteOrder || magic == kByteOrderSwapped;
  }

  bool skip(std::uint32_t count, std::uint32_t length) {
    std::array<std::uint8_t, 4096> scrap{};
    body_.clear();
    count -= 4;
    while (count > 0) {
      const std::size_t part = std::min<std::size_t>(count, scrap.size());
      if (std::fread(scrap.data(), 1, part, in_) != part) return cut();
      count -= static_cast<std::uint32_t>(part);
    }
    if (std::fread(scrap.data(), 1, 4, in_) != 4) return cut();
    return number(scrap.data(), 4) == length || bad_block();
  }

  /// Calls `take(code, offset, length)` for each option from `offset` on. Options that do not fit end the list.
  template <typename Take>
  void each_option(std::size_t offset, Take take) const {
    while (offset + 4 <= body_.size()) {
      const std::uint16_t code = half(offset);
      const std::uint16_t length = half(offset + 2);
      if (code == 0 || offset + 4 + length > body_.size()) return;
      take(code, offset + 4, length);
      offset += 4 + ((length + 3U) & ~3U);
    }
  }

  bool describe_interface() {
    if (body_.size() < 8) return bad_block();
    if (interfaces_.size() >= kMostInterfaces) return fail("corrupt: more interfaces than any capture has");
    CaptureInterface interface;
    interface.link_number = half(0);
    interface.link = link_type_of(interface.link_number);
    interface.snap_length = word(4);
    each_option(8, [&](std::uint16_t code, std::size_t at, std::uint16_t length) {
      const auto* value = body_.data() + at;
      if (code == kOptionName) interface.name.assign(value, std::find(value, value + length, 0));
      if (code == kOptionResolution && length == 1) interface.resolution = *value;
      if (code == kOptionOffset && length == 8) {
        const std::uint64_t first = number(value, 4), second = number(value + 4, 4);
        interface.offset = static_cast<std::int64_t>(big_endian_ ? first << 32U | second : second << 32U | first);
      }
    });
    if (first_link_ == LinkType::kUnknown) first_link_ = interface.link;
    const bool binary = (interface.resolution & 0x80U) != 0;
    nanoseconds_ |= (interface.resolution & 0x7fU) > (binary ? 19 : 6);
    interfaces_.push_back(std::move(interface));
    return true;
  }

  bool deliver(std::uint32_t interface_number, std::size_t offset, std::uint32_t captured, std::uint32_t original) {
    if (offset + captured > body_.size()) return bad_block();
    if (interface_number >= interfaces_.size())
      return fail("corrupt: packet " + std::to_string(count_ + 1) + " is of interface " +
                  std::to_string(interface_number) + ", which the file does not describe");
    const CaptureInterface& interface = interfaces_[interface_number];
    if (interface.link == LinkType::kUnknown) note_link(interface.link_number);
    packet_.data = std::span(body_).subspan(offset, captured);
    packet_.original_length = original;
    packet_.link = interface.link;
    packet_.interface = interface.name;
    packet_.direction = Direction::kDetect;
    packet_.sender.reset();
    return true;
  }

  void stamp(std::uint32_t interface_number, std::uint32_t high, std::uint32_t low) {
    packet_.time = to_nanoseconds(std::uint64_t{high} << 32U | low, interfaces_[interface_number]);
  }

  void read_options(std::size_t offset) {
    each_option(offset, [&](std::uint16_t code, std::size_t at, std::uint16_t length) {
      if (code == kOptionComment && !packet_.sender)
        packet_.sender = ir::read_sender({reinterpret_cast<const char*>(body_.data()) + at, length});
      if (code != kOptionFlags || length != 4) return;
      const std::uint32_t direction = word(at) & 3U;
      if (direction == 1) packet_.direction = Direction::kIncoming;
      if (direction == 2) packet_.direction = Direction::kOutgoing;
    });
  }

  bool enhanced_packet() {
    if (body_.size() < 20) return bad_block();
    const std::uint32_t captured = word(12);
    if (captured > body_.size() - 20 || !deliver(word(0), 20, captured, word(16)))
      return error_.empty() ? bad_block() : false;
    stamp(word(0), word(4), word(8));
    read_options(20 + ((std::size_t{captured} + 3) & ~std::size_t{3}));
    return true;
  }

  bool obsolete_packet() {
    if (body_.size() < 20) return bad_block();
    const std::uint32_t captured = word(12);
    if (captured > body_.size() - 20 || !deliver(half(0), 20, captured, word(16)))
      return error_.empty() ? bad_block() : false;
    stamp(half(0), word(4), word(8));
    read_options(20 + ((std::size_t{captured} + 3) & ~std::size_t{3}));
    return true;
  }

  /// Has no time of its own: that of the packet before stays.
  bool simple_packet() {
    if (body_.size() < 4) return bad_block();
    const std::uint32_t original = word(0);
    std::uint32_t captured = std::min<std::uint32_t>(original, static_cast<std::uint32_t>(body_.size()) - 4);
    if (!interfaces_.empty() && interfaces_[0].snap_length != 0)
      captured = std::min(captured, interfaces_[0].snap_length);
    return deliver(0, 4, captured, original);
  }

  std::FILE* in_;
  bool big_endian_ = false;
  std::uint32_t type_ = 0;
  std::vector<std::uint8_t> body_;
  std::vector<CaptureInterface> interfaces_;
};

}  // namespace

std::unique_ptr<CaptureReader::Source> open_pcapng(std::FILE* file) { return std::make_unique<PcapngSource>(file); }

}  // namespace nfproof::sim
