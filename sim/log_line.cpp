// SPDX-License-Identifier: Apache-2.0
// One part of the line for each header.
#include "sim/log_line.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace nfproof::sim {
namespace {

constexpr std::uint8_t kProtoEsp = 50;
constexpr std::uint8_t kProtoAh = 51;
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kNoNext = 59, kDestinationOptions = 60;

/// What the kernel's buffer holds at most.
constexpr std::size_t kMostText = 1024 - 5;

class Writer {
 public:
  Writer(const DecodedPacket& packet, std::uint8_t flags) : packet_(packet), bytes_(packet.bytes), flags_(flags) {}

  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...) {
    std::array<char, 256> part{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(part.data(), part.size(), format, arguments);
    va_end(arguments);
    text_ += part.data();
  }
  void add_text(std::string_view text) { text_ += text; }

  void ipv4(std::size_t start);
  void ipv6(std::size_t start, bool outer);
  void link(const LogRequest& request);

  [[nodiscard]] std::string take() {
    if (text_.size() > kMostText) text_.resize(kMostText);
    return std::move(text_);
  }

 private:
  [[nodiscard]] bool has(std::size_t offset, std::size_t count) const { return holds(bytes_, offset, count); }
  [[nodiscard]] bool wants(std::uint8_t flag) const { return (flags_ & flag) != 0; }
  [[nodiscard]] unsigned left_from(std::size_t offset) const { return static_cast<unsigned>(packet_.length - offset); }
  void incomplete(std::size_t offset) { add("INCOMPLETE [%u bytes] ", left_from(offset)); }
  void hex(std::size_t offset, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add("%02X", bytes_[offset + i]);
  }
  void address4(std::size_t at) { add("%u.%u.%u.%u", bytes_[at], bytes_[at + 1], bytes_[at + 2], bytes_[at + 3]); }
  void address6(std::size_t at) {
    for (std::size_t i = 0; i < 8; ++i) add(i == 0 ? "%04x" : ":%04x", load16(bytes_, at + 2 * i));
  }
  void mark() {
    const auto value = static_cast<unsigned>(packet_.fields.get_or(ir::FieldId::kMark, 0));
    if (value != 0) add("MARK=0x%x ", value);
  }

  /// The parts return false where the kernel ends the line (without mark).
  [[nodiscard]] bool ipv4_options(std::size_t start, std::size_t header);
  [[nodiscard]] bool tcp(std::size_t at, bool fragment);
  [[nodiscard]] bool tcp_options(std::size_t at);
  [[nodiscard]] bool udp(std::size_t at, bool fragment, bool lite);
  void tcp_flags(std::size_t at);
  void icmp(std::size_t at, bool fragment, bool outer);
  void icmp_details(std::size_t at, bool outer);
  [[nodiscard]] bool icmp6(std::size_t at, bool fragment, bool outer);
  void spi(const char* name, std::size_t at, std::size_t header, std::size_t spi_offset);
  /// Where the transport header is and which; nothing when the line ends here.
  struct Upper {
    std::size_t at = 0;
    std::uint8_t protocol = 0;
    bool fragment = false;
  };
  [[nodiscard]] std::optional<Upper> extensions(std::size_t start);
  [[nodiscard]] bool extension(const Upper& at, bool& fragment, std::size_t& size);
  [[nodiscard]] bool security_extension(const char* name, const Upper& at, std::size_t header, std::size_t spi_offset,
                                        const char* format);

  const DecodedPacket& packet_;
  ByteView bytes_;
  std::uint8_t flags_;
  std::string text_;
};

void Writer::tcp_flags(std::size_t at) {
  static constexpr std::array kNames = {"CWR ", "ECE ", "URG ", "ACK ", "PSH ", "RST ", "SYN ", "FIN "};
  if ((bytes_[at + 12] & 1U) != 0) add("AE ");
  for (unsigned bit = 0; bit < 8; ++bit)
    if ((bytes_[at + 13] >> (7 - bit) & 1U) != 0) add_text(kNames[bit]);
}

bool Writer::tcp_options(std::size_t at) {
  const std::size_t header = (bytes_[at + 12] >> 4) * 4U;
  if (!wants(kLogTcpOptions) || header <= 20) return true;
  if (!has(at + 20, header - 20)) return add("OPT (TRUNCATED)"), false;
  add("OPT (");
  hex(at + 20, header - 20);
  add(") ");
  return true;
}

bool Writer::tcp(std::size_t at, bool fragment) {
  add("PROTO=TCP ");
  if (fragment) return true;
  if (!has(at, 20)) return incomplete(at), false;
  add("SPT=%u DPT=%u ", load16(bytes_, at), load16(bytes_, at + 2));
  if (wants(kLogTcpSequence)) add("SEQ=%u ACK=%u ", load32(bytes_, at + 4), load32(bytes_, at + 8));
  add("WINDOW=%u ", load16(bytes_, at + 14));
  add("RES=0x%02x ", (load32(bytes_, at + 12) & 0x0e000000U) >> 22);
  tcp_flags(at);
  add("URGP=%u ", load16(bytes_, at + 18));
  return tcp_options(at);
}

bool Writer::udp(std::size_t at, bool fragment, bool lite) {
  add(lite ? "PROTO=UDPLITE " : "PROTO=UDP ");
  if (fragment) return true;
  if (!has(at, 8)) return incomplete(at), false;
  add("SPT=%u DPT=%u LEN=%u ", load16(bytes_, at), load16(bytes_, at + 2), load16(bytes_, at + 4));
  return true;
}

void Writer::spi(const char* name, std::size_t at, std::size_t header, std::size_t spi_offset) {
  add("PROTO=%s ", name);
  if (!has(at, header)) return incomplete(at);
  add("SPI=0x%x ", load32(bytes_, at + spi_offset));
}

/// How much of a message of this type must be there to be told in detail.
std::size_t icmp_needed(std::uint8_t type) {
  switch (type) {
    case 0:
    case 8: return 4;
    case 3:
    case 4:
    case 5:
    case 11:
    case 12: return 28;
    case 13:
    case 14: return 20;
    case 17:
    case 18: return 12;
    default: return 0;
  }
}

void Writer::icmp_details(std::size_t at, bool outer) {
  const std::uint8_t type = bytes_[at];
  switch (type) {
    case 0:
    case 8: add("ID=%u SEQ=%u ", load16(bytes_, at + 4), load16(bytes_, at + 6)); return;
    case 12: add("PARAMETER=%u ", bytes_[at + 4]); return;
    case 5:
      add("GATEWAY=");
      address4(at + 4);
      add(" ");
      break;
    case 3:
    case 4:
    case 11: break;
    default: return;
  }
  if (outer) {
    add("[");
    ipv4(at + 8);
    add("] ");
  }
  if (type == 3 && bytes_[at + 1] == 4) add("MTU=%u ", load16(bytes_, at + 6));
}

void Writer::icmp(std::size_t at, bool fragment, bool outer) {
  add("PROTO=ICMP ");
  if (fragment) return;
  if (!has(at, 8)) return incomplete(at);
  add("TYPE=%u CODE=%u ", bytes_[at], bytes_[at + 1]);
  if (left_from(at) < icmp_needed(bytes_[at])) return incomplete(at);
  icmp_details(at, outer);
}

bool Writer::ipv4_options(std::size_t start, std::size_t header) {
  if (!wants(kLogIpOptions) || header <= 20) return true;
  if (!has(start + 20, header - 20)) return add("TRUNCATED"), false;
  add("OPT (");
  hex(start + 20, header - 20);
  add(") ");
  return true;
}

void Writer::ipv4(std::size_t start) {
  if (!has(start, 20)) return add("TRUNCATED");
  add("SRC=");
  address4(start + 12);
  add(" DST=");
  address4(start + 16);
  const std::uint8_t tos = bytes_[start + 1];
  add(" LEN=%u TOS=0x%02X PREC=0x%02X TTL=%u ID=%u ", load16(bytes_, start + 2), tos & 0x1eU, tos & 0xe0U,
      bytes_[start + 8], load16(bytes_, start + 4));
  const std::uint16_t word = load16(bytes_, start + 6);
  if ((word & 0x8000U) != 0) add("CE ");
  if ((word & 0x4000U) != 0) add("DF ");
  if ((word & 0x2000U) != 0) add("MF ");
  const unsigned offset = word & 0x1fffU;
  if (offset != 0) add("FRAG:%u ", offset);
  const std::size_t header = (bytes_[start] & 0xfU) * 4U;
  if (!ipv4_options(start, header)) return;
  const std::size_t at = start + header;
  const bool outer = start == 0;
  switch (const std::uint8_t protocol = bytes_[start + 9]) {
    case ir::kProtoTcp:
      if (!tcp(at, offset != 0)) return;
      break;
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
      if (!udp(at, offset != 0, protocol == ir::kProtoUdplite)) return;
      break;
    case ir::kProtoIcmp: icmp(at, offset != 0, outer); break;
    case kProtoAh:
      if (offset == 0) spi("AH", at, 12, 4);
      break;
    case kProtoEsp:
      if (offset == 0)
        spi("ESP", at, 8, 0);
      else
        add("PROTO=ESP ");
      break;
    default: add("PROTO=%u ", protocol);
  }
  if (outer) mark();
}

bool Writer::security_extension(const char* name, const Upper& at, std::size_t header, std::size_t spi_offset,
                                const char* format) {
  add("%s ", name);
  if (at.fragment) return add(")"), false;
  if (!has(at.at, header)) return add("INCOMPLETE [%u bytes] )", left_from(at.at)), false;
  add_text("SPI=0x");
  add("%x", load32(bytes_, at.at + spi_offset));
  add_text(format);
  return true;
}

/// One extension header: its size, and whether what follows is a later fragment.
bool Writer::extension(const Upper& at, bool& fragment, std::size_t& size) {
  size = (bytes_[at.at + 1] + 1U) * 8U;
  switch (at.protocol) {
    case kFragment: {
      add("FRAG:");
      if (!has(at.at, 8)) return add("TRUNCATED "), false;
      const std::uint16_t word = load16(bytes_, at.at + 2);
      add("%u ", word & 0xfff8U);
      if ((word & 1U) != 0) add("INCOMPLETE ");
      add("ID:%08x ", load32(bytes_, at.at + 4));
      if ((word & 0xfff8U) != 0) fragment = true;
      size = 8;
      return true;
    }
    case kDestinationOptions:
    case kRouting:
    case kHopByHop:
      if (!at.fragment) return true;
      if (wants(kLogIpOptions)) add(")");
      return false;
    case kProtoAh:
      size = (bytes_[at.at + 1] + 2U) * 4U;
      return !wants(kLogIpOptions) || security_extension("AH", at, 12, 4, " ");
    default:  // ESP: nothing behind it can be read
      if (wants(kLogIpOptions)) (void)security_extension("ESP", at, 8, 0, " )");
      return false;
  }
}

std::optional<Writer::Upper> Writer::extensions(std::size_t start) {
  Upper at{.at = start + 40, .protocol = bytes_[start + 6]};
  const auto is_extension = [](std::uint8_t header) {
    return header == kHopByHop || header == kRouting || header == kFragment || header == kProtoEsp ||
           header == kProtoAh || header == kDestinationOptions;
  };
  while (is_extension(at.protocol)) {
    if (!has(at.at, 2)) return add("TRUNCATED"), std::nullopt;
    if (wants(kLogIpOptions)) add("OPT ( ");
    bool fragment = at.fragment;
    std::size_t size = 0;
    if (!extension(at, fragment, size)) return std::nullopt;
    if (wants(kLogIpOptions)) add(") ");
    at = {.at = at.at + size, .protocol = bytes_[at.at], .fragment = fragment};
  }
  return at;
}

bool Writer::icmp6(std::size_t at, bool fragment, bool outer) {
  add("PROTO=ICMPv6 ");
  if (fragment) return true;
  if (!has(at, 8)) return incomplete(at), false;
  const std::uint8_t type = bytes_[at];
  add("TYPE=%u CODE=%u ", type, bytes_[at + 1]);
  if (type == 128 || type == 129) add("ID=%u SEQ=%u ", load16(bytes_, at + 4), load16(bytes_, at + 6));
  if (type == 4) add("POINTER=%08x ", load32(bytes_, at + 4));
  const bool error = type >= 1 && type <= 4;
  if (error && outer) {
    add("[");
    ipv6(at + 8, false);
    add("] ");
  }
  if (type == 2) add("MTU=%u ", load32(bytes_, at + 4));
  return true;
}

void Writer::ipv6(std::size_t start, bool outer) {
  if (!has(start, 40)) return add("TRUNCATED");
  add("SRC=");
  address6(start + 8);
  add(" DST=");
  address6(start + 24);
  const std::uint32_t first = load32(bytes_, start);
  add(" LEN=%u TC=%u HOPLIMIT=%u FLOWLBL=%u ", load16(bytes_, start + 4) + 40U, first >> 20 & 0xffU, bytes_[start + 7],
      first & 0xfffffU);
  const auto upper = extensions(start);
  if (!upper) return;
  switch (upper->protocol) {
    case ir::kProtoTcp:
      if (!tcp(upper->at, upper->fragment)) return;
      break;
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
      if (!udp(upper->at, upper->fragment, upper->protocol == ir::kProtoUdplite)) return;
      break;
    case ir::kProtoIcmp6:
      if (!icmp6(upper->at, upper->fragment, outer)) return;
      break;
    default: add("PROTO=%u ", upper->protocol);
  }
  if (outer) mark();
}

void Writer::link(const LogRequest& request) {
  const auto mac = [this](std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add(i == 0 ? "%02x" : ":%02x", packet_.link[from + i]);
  };
  if (wants(kLogMacDecode) && !request.loopback) {
    if (!packet_.has_link) return;
    add("MACSRC=");
    mac(6, 6);
    add(" MACDST=");
    mac(0, 6);
    add(" MACPROTO=%04x ", load16(packet_.link, 12));
    return;
  }
  add("MAC=");
  if (packet_.has_link) mac(0, packet_.link.size());
  add(" ");
}

}  // namespace

std::string log_line(const LogRequest& request, const DecodedPacket& packet) {
  Writer writer(packet, request.flags);
  writer.add_text(request.prefix);
  writer.add("IN=%.*s OUT=%.*s ", static_cast<int>(request.in.size()), request.in.data(),
             static_cast<int>(request.out.size()), request.out.data());
  if (!request.in.empty()) writer.link(request);
  if (packet.family() == ir::Family::kIpv4)
    writer.ipv4(0);
  else
    writer.ipv6(0, true);
  return writer.take();
}

}  // namespace nfproof::sim
