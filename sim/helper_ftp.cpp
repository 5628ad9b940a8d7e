// SPDX-License-Identifier: Apache-2.0
// The ftp helper: PORT and EPRT of the client, the answers 227 and 229 of the server.
#include <algorithm>
#include <array>
#include <cctype>
#include <iomanip>
#include <optional>
#include <sstream>

#include "sim/helper.h"
#include "sim/tcp_window.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using Data = std::string_view;

enum class Form : std::uint8_t { kPort, kEprt, kPasv, kEpsv };

/// What a command names. `size` characters from `offset` on are the naming.
struct Named {
  Form form{};
  std::size_t offset = 0;
  std::size_t size = 0;
  std::optional<ir::u128> address;  ///< EPSV has none
  std::uint16_t port = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Numbers with separators between them up to `end` (any character that is neither, when it is 0). Gives the length of
/// the text, 0 when it is something else.
template <std::size_t Count>
std::size_t read_numbers(Data data, std::array<std::uint32_t, Count>& numbers, char separator, char end) {
  std::size_t i = 0;
  for (std::size_t at = 0; at < data.size() && i < Count; ++at) {
    const char c = data[at];
    if (is_digit(c))
      numbers[i] = numbers[i] * 10 + static_cast<std::uint32_t>(c - '0');
    else if (c == separator)
      ++i;
    else
      return (c == end || end == 0) && i == Count - 1 ? at : 0;
  }
  return 0;
}

/// The port that ends with the delimiter; gives the offset behind it, 0 when there is none.
std::size_t read_port(Data data, std::size_t start, char delimiter, std::uint16_t& port) {
  std::uint16_t read = 0;
  for (std::size_t i = start; i < data.size(); ++i) {
    if (data[i] == delimiter) {
      if (read == 0) return 0;
      port = read;
      return i + 1;
    }
    if (!is_digit(data[i])) return 0;
    read = static_cast<std::uint16_t>(read * 10 + (data[i] - '0'));
  }
  return 0;
}

bool is_delimiter(char c) { return !is_digit(c) && c >= 33 && c <= 126; }

std::uint32_t address_of(const std::uint32_t* numbers) {
  return numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3];
}

std::size_t read_six(Data data, char end, Named& named) {
  std::array<std::uint32_t, 6> numbers{};
  const std::size_t size = read_numbers(data, numbers, ',', end);
  if (size == 0) return 0;
  named.address = address_of(numbers.data());
  named.port = static_cast<std::uint16_t>(numbers[4] << 8 | numbers[5]);
  return size;
}

std::size_t read_pasv(Data data, Named& named) {
  const auto first = static_cast<std::size_t>(std::find_if(data.begin(), data.end(), is_digit) - data.begin());
  if (first == data.size()) return 0;
  named.offset += first;
  return read_six(data.substr(first), 0, named);
}

std::size_t read_eprt(Data data, Family family, Named& named) {
  if (data.size() <= 3) return 0;
  const char delimiter = data[0];
  if (!is_delimiter(delimiter) || data[2] != delimiter || data[1] != (family == Family::kIpv4 ? '1' : '2')) return 0;
  std::size_t size = 0;
  if (family == Family::kIpv4) {
    std::array<std::uint32_t, 4> numbers{};
    size = read_numbers(data.substr(3), numbers, '.', delimiter);
    named.address = address_of(numbers.data());
  } else {
    size = std::min(data.find(delimiter, 3), data.size()) - 3;
    const auto address = ir::parse_address(data.substr(3, size), family);
    if (!address || 3 + size == data.size()) return 0;
    named.address = *address;
  }
  return size == 0 ? 0 : read_port(data, 3 + size + 1, delimiter, named.port);
}

std::size_t read_epsv(Data data, Named& named) {
  if (data.size() <= 3) return 0;
  const char delimiter = data[0];
  if (!is_delimiter(delimiter) || data[1] != delimiter || data[2] != delimiter) return 0;
  return read_port(data, 3, delimiter, named.port);
}

bool equal_ignoring_case(Data a, Data b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

struct Pattern {
  Data text;
  char skip;  ///< everything up to this character, 0: nothing
  Form form;
};
constexpr std::array<std::array<Pattern, 2>, 2> kPatterns = {{
    {{{"PORT", ' ', Form::kPort}, {"EPRT", ' ', Form::kEprt}}},
    {{{"227 ", 0, Form::kPasv}, {"229 ", '(', Form::kEpsv}}},
}};

enum class Found { kNo, kYes, kPartly };

Found find_pattern(Data data, const Pattern& pattern, Family family, Named& named) {
  if (data.size() <= pattern.text.size())
    return equal_ignoring_case(data, pattern.text.substr(0, data.size())) ? Found::kPartly : Found::kNo;
  if (!equal_ignoring_case(data.substr(0, pattern.text.size()), pattern.text)) return Found::kNo;
  std::size_t at = pattern.text.size();
  if (pattern.skip != 0) {
    at = data.find(pattern.skip, at);
    if (at == Data::npos) return Found::kPartly;
    ++at;
  }
  named = {.form = pattern.form, .offset = at, .size = 0, .address = {}, .port = 0};
  const Data rest = data.substr(at);
  switch (pattern.form) {
    case Form::kPort: named.size = read_six(rest, '\r', named); break;
    case Form::kEprt: named.size = read_eprt(rest, family, named); break;
    case Form::kPasv: named.size = read_pasv(rest, named); break;
    case Form::kEpsv: named.size = read_epsv(rest, named); break;
  }
  return named.size == 0 ? Found::kPartly : Found::kYes;
}

/// Commands are only read right behind the end of a line; the last two ends are remembered.
bool follows_line(const FtpMemory& memory, std::uint32_t sequence) {
  return std::find(memory.line_ends.begin(), memory.line_ends.begin() + memory.known, sequence) !=
         memory.line_ends.begin() + memory.known;
}

void remember_line(FtpMemory& memory, std::uint32_t sequence) {
  if (follows_line(memory, sequence)) return;
  if (memory.known < memory.line_ends.size())
    memory.line_ends[memory.known++] = sequence;
  else
    memory.line_ends[before(memory.line_ends[0], memory.line_ends[1]) ? 0 : 1] = sequence;
}

std::string naming_text(Form form, Family family, ir::u128 address, std::uint16_t port) {
  std::ostringstream out;
  const auto byte = [&](int shift) { return static_cast<unsigned>(address >> shift) & 0xffU; };
  switch (form) {
    case Form::kPort:
    case Form::kPasv:
      for (const int shift : {24, 16, 8, 0}) out << byte(shift) << ',';
      out << (port >> 8) << ',' << (port & 0xff);
      break;
    case Form::kEprt:
      if (family == Family::kIpv4) {
        out << "|1|" << byte(24) << '.' << byte(16) << '.' << byte(8) << '.' << byte(0);
      } else {
        out << "|2|" << std::hex << std::setfill('0');
        for (int shift = 112; shift >= 0; shift -= 16)
          out << std::setw(4) << (static_cast<unsigned>(address >> shift) & 0xffffU) << (shift != 0 ? ":" : "");
        out << std::dec;
      }
      out << '|' << port << '|';
      break;
    case Form::kEpsv: out << "|||" << port << '|'; break;
  }
  return out.str();
}

/// False: the packet is dropped, somebody else expects the same and no port is free.
bool expect_named(Conntrack& conntrack, DecodedPacket& packet, const Track& track, std::size_t data_offset,
                  const Named& named, Nanoseconds now) {
  const Connection& connection = *track.connection;
  const Tuple& opposite = connection.tuples[track.reply ? 0 : 1];
  Expectation expectation{.tuple = opposite, .master = track.connection};
  expectation.tuple.source_port = 0;
  expectation.tuple.destination_port = named.port;
  expectation.tuple.zone = connection.tuples[0].zone;
  if ((connection.status & (ir::kIpsSrcNat | ir::kIpsDstNat)) == 0)
    return conntrack.expectations().enter(expectation, now);
  expectation.translated = true;
  expectation.master_reply = !track.reply;
  expectation.inner_port = named.port;
  std::uint16_t port = named.port;
  while (!conntrack.expectations().enter(expectation, now))
    if (expectation.tuple.destination_port = ++port; port == 0) return false;
  replace_data(packet, track, data_offset + named.offset, named.size,
               naming_text(named.form, packet.family(), opposite.destination, port));
  return true;
}

}  // namespace

HelpVerdict help_ftp(Conntrack& conntrack, DecodedPacket& packet, const Track& track, Nanoseconds now) {
  if (track.state != ir::CtState::kEstablished || !packet.has_transport(20)) return HelpVerdict::kAccept;
  const std::size_t data_offset = packet.transport + (packet.bytes[packet.transport + 12] >> 4) * 4U;
  if (data_offset >= packet.length) return HelpVerdict::kAccept;
  if (packet.cut_short) return HelpVerdict::kUnseen;
  const std::string text(packet.bytes.begin() + static_cast<std::ptrdiff_t>(data_offset), packet.bytes.end());
  const std::uint32_t sequence = load32(packet.bytes, packet.transport + 4);
  Connection& connection = *track.connection;
  FtpMemory& memory = connection.helping->ftp[track.direction()];

  if (follows_line(memory, sequence)) {
    Named named;
    for (const Pattern& pattern : kPatterns[track.direction()]) {
      const Found found = find_pattern(text, pattern, packet.family(), named);
      if (found == Found::kPartly) return HelpVerdict::kDrop;
      if (found == Found::kNo) continue;
      // An address that is not the sender's own could open the way to somebody else.
      const bool own = !named.address || *named.address == connection.tuples[track.direction()].source;
      if (own && !expect_named(conntrack, packet, track, data_offset, named, now)) return HelpVerdict::kDrop;
      break;
    }
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  if (text.back() == '\n') remember_line(memory, sequence + size);
  return HelpVerdict::kAccept;
}

}  // namespace nfproof::sim
