// SPDX-License-Identifier: Apache-2.0
// Reading and writing lines of the form
//   tcp      6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=A sport=2 dport=1 [ASSURED] mark=0 use=1
#include "sim/conntrack_text.h"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <optional>
#include <sstream>

#include "compiler/ir/field.h"
#include "sim/track_sctp.h"
#include "sim/track_tcp.h"

namespace nfproof::sim {
namespace {

using ir::Family;

struct ProtocolName {
  std::string_view name;
  std::uint8_t number;
};
constexpr ProtocolName kProtocols[] = {
    {"icmp", ir::kProtoIcmp}, {"tcp", ir::kProtoTcp},      {"udp", ir::kProtoUdp},   {"dccp", ir::kProtoDccp},
    {"gre", kProtoGre},       {"icmpv6", ir::kProtoIcmp6}, {"sctp", ir::kProtoSctp}, {"udplite", ir::kProtoUdplite},
};

std::string_view protocol_name(std::uint8_t number) {
  const auto* found =
      std::find_if(std::begin(kProtocols), std::end(kProtocols), [&](const auto& row) { return row.number == number; });
  return found == std::end(kProtocols) ? "unknown" : found->name;
}

enum class Keys { kNone, kPorts, kIcmp, kGre };
Keys keys_of(std::uint8_t protocol) {
  if (protocol == ir::kProtoIcmp || protocol == ir::kProtoIcmp6) return Keys::kIcmp;
  if (protocol == kProtoGre) return Keys::kGre;
  return has_port_tuple(protocol) ? Keys::kPorts : Keys::kNone;
}

void write_tuple(std::ostream& out, const Tuple& tuple, std::string_view zone_name) {
  out << "src=" << ir::format_address(tuple.source, tuple.family)
      << " dst=" << ir::format_address(tuple.destination, tuple.family) << ' ';
  switch (keys_of(tuple.protocol)) {
    case Keys::kNone: break;
    case Keys::kPorts: out << "sport=" << tuple.source_port << " dport=" << tuple.destination_port << ' '; break;
    case Keys::kIcmp:
      out << "type=" << (tuple.destination_port >> 8) << " code=" << (tuple.destination_port & 0xff)
          << " id=" << tuple.source_port << ' ';
      break;
    case Keys::kGre:
      out << std::hex << "srckey=0x" << tuple.source_port << " dstkey=0x" << tuple.destination_port << ' ' << std::dec;
      break;
  }
  if (!zone_name.empty()) out << zone_name << '=' << tuple.zone << ' ';
}

/// Reads one line, word by word.
class LineReader {
 public:
  LineReader(std::string_view line, std::size_t number, ConntrackText& text)
      : line_(line), number_(number), text_(text) {}

  void read() {
    if (!read_head()) return;
    for (std::string_view word = next(); !word.empty(); word = next())
      if (!read_word(word)) return;
    finish();
  }

 private:
  std::string_view next() {
    at_ = line_.find_first_not_of(" \t\r", end_);
    if (at_ == std::string_view::npos) return at_ = end_ = line_.size(), std::string_view();
    end_ = std::min(line_.find_first_of(" \t\r", at_), line_.size());
    return line_.substr(at_, end_ - at_);
  }

  bool complain(std::string message) {
    const std::size_t length = std::max<std::size_t>(end_ - std::min(at_, end_), 1);
    text_.problems.push_back({number_, std::min(at_, line_.size()) + 1, length, std::move(message)});
    return false;
  }

  bool number(std::string_view word, std::uint64_t most, std::uint64_t& value) {
    int base = 10;
    if (word.substr(0, 2) == "0x") word.remove_prefix(2), base = 16;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    if (error == std::errc() && end == word.data() + word.size() && value <= most) return true;
    return complain("expected a number up to " + std::to_string(most) + ", got `" + std::string(word) + '`');
  }

  /// `[ipv4 2] tcp 6 [timeout] [STATE]`
  bool read_head() {
    std::string_view word = next();
    if (word == "ipv4" || word == "ipv6") {
      family_ = word == "ipv4" ? Family::kIpv4 : Family::kIpv6;
      next();
      word = next();
    }
    const bool known = word == "unknown" || std::any_of(std::begin(kProtocols), std::end(kProtocols),
                                                        [&](const auto& row) { return row.name == word; });
    if (!known) return complain("expected the name of a protocol, got `" + std::string(word) + '`');
    std::uint64_t protocol = 0, seconds = 0;
    if (!number(next(), 255, protocol) || !number(next(), 0xffffffffU, seconds)) return false;
    protocol_ = static_cast<std::uint8_t>(protocol);
    entry_.seconds = static_cast<std::uint32_t>(seconds);
    if (protocol_ != ir::kProtoTcp && protocol_ != ir::kProtoSctp) return true;
    entry_.state = next();
    const bool state_known = protocol_ == ir::kProtoTcp ? find_tcp_state(entry_.state).has_value()
                                                        : find_sctp_state(entry_.state).has_value();
    return state_known || complain("`" + entry_.state + "` is no state of a connection");
  }

  bool read_word(std::string_view word) {
    if (word == "[UNREPLIED]") return unreplied_ = true;
    if (word == "[ASSURED]") return entry_.status |= ir::kIpsAssured, true;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return word.front() == '[' || complain("cannot read `" + std::string(word) + '`');
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "src" || key == "dst") return read_address(key == "src", value);
    if (key == "helper") return entry_.helper = value, true;
    return read_number(key, value);
  }

  bool read_address(bool source, std::string_view value) {
    if (source) ++tuple_;
    if (tuple_ < 0 || tuple_ > 1) return complain("a connection has two directions, `src=` and `dst=` for each");
    if (!family_) family_ = value.find(':') == std::string_view::npos ? Family::kIpv4 : Family::kIpv6;
    const auto address = ir::parse_address(value, *family_);
    if (!address) return complain("`" + std::string(value) + "` is no address of the family");
    Tuple& tuple = entry_.tuples[static_cast<std::size_t>(tuple_)];
    (source ? tuple.source : tuple.destination) = *address;
    addresses_ += 1;
    return true;
  }

  bool read_number(std::string_view key, std::string_view value) {
    static constexpr std::string_view kIgnored[] = {"use",    "secctx", "secmark", "delta-time",     "start",
                                                    "stop",   "labels", "timeout", "stream_timeout", "l3proto",
                                                    "l4proto"};
    if (std::find(std::begin(kIgnored), std::end(kIgnored), key) != std::end(kIgnored)) return true;
    std::uint64_t read = 0;
    if (key == "id" && (closing_ || keys_of(protocol_) != Keys::kIcmp)) return true;
    closing_ |= key == "mark";
    if (key == "mark") {
      if (!number(value, 0xffffffffU, read)) return false;
      entry_.mark = static_cast<std::uint32_t>(read);
      return true;
    }
    if (tuple_ < 0) return complain("cannot read `" + std::string(key) + "=` before `src=`");
    const auto index = static_cast<std::size_t>(tuple_);
    if (key == "packets" || key == "bytes") {
      if (!number(value, ~std::uint64_t{0}, read)) return false;
      entry_.counters = true;
      (key == "packets" ? entry_.counted[index].packets : entry_.counted[index].bytes) = read;
      return true;
    }
    if (!number(value, 65535, read)) return false;
    return place(key, static_cast<std::uint16_t>(read), entry_.tuples[index]);
  }

  bool place(std::string_view key, std::uint16_t value, Tuple& tuple) {
    if (key == "zone") {
      for (Tuple& each : entry_.tuples) each.zone = value;
    } else if (key == "zone-orig" || key == "zone-reply") {
      entry_.tuples[key == "zone-orig" ? 0 : 1].zone = value;
    } else if (key == "sport" || key == "id" || key == "srckey") {
      tuple.source_port = value;
    } else if (key == "dport" || key == "dstkey") {
      tuple.destination_port = value;
    } else if (key == "type") {
      tuple.destination_port = static_cast<std::uint16_t>((tuple.destination_port & 0xffU) | value << 8);
    } else if (key == "code") {
      tuple.destination_port = static_cast<std::uint16_t>((tuple.destination_port & 0xff00U) | (value & 0xffU));
    } else {
      return complain("`" + std::string(key) + "=` is nothing that a listing of connections has");
    }
    return true;
  }

  void finish() {
    if (addresses_ != 4) {
      complain("a connection has two directions, `src=` and `dst=` for each");
      return;
    }
    for (Tuple& tuple : entry_.tuples) {
      tuple.family = *family_;
      tuple.protocol = protocol_;
    }
    entry_.status |= ir::kIpsConfirmed | (unreplied_ ? 0 : ir::kIpsSeenReply);
    const auto answer = inverted(entry_.tuples[0]);
    const Tuple& reply = entry_.tuples[1];
    if (answer && (answer->destination != reply.destination || answer->destination_port != reply.destination_port))
      entry_.status |= ir::kIpsSrcNat;
    if (answer && (answer->source != reply.source || answer->source_port != reply.source_port))
      entry_.status |= ir::kIpsDstNat;
    text_.entries.push_back(std::move(entry_));
  }

  std::string_view line_;
  std::size_t number_;
  ConntrackText& text_;
  std::size_t at_ = 0, end_ = 0;
  ConnectionEntry entry_;
  std::optional<Family> family_;
  std::uint8_t protocol_ = 0;
  int tuple_ = -1;
  int addresses_ = 0;
  bool unreplied_ = false;
  bool closing_ = false;  // the tuples are over: an `id` is that of the connection
};

}  // namespace

std::string conntrack_line(const ConnectionEntry& entry) {
  std::ostringstream out;
  const Tuple& original = entry.tuples[0];
  const Tuple& reply = entry.tuples[1];
  const bool one_zone = original.zone == reply.zone;
  out << std::left << std::setw(8) << protocol_name(original.protocol) << ' ' << unsigned{original.protocol} << ' '
      << entry.seconds << ' ';
  if (!entry.state.empty()) out << entry.state << ' ';
  const auto write_counters = [&](const ir::Counters& counters) {
    if (entry.counters) out << "packets=" << counters.packets << " bytes=" << counters.bytes << ' ';
  };
  write_tuple(out, original, one_zone || original.zone == 0 ? "" : "zone-orig");
  write_counters(entry.counted[0]);
  if ((entry.status & ir::kIpsSeenReply) == 0) out << "[UNREPLIED] ";
  write_tuple(out, reply, one_zone || reply.zone == 0 ? "" : "zone-reply");
  write_counters(entry.counted[1]);
  if ((entry.status & ir::kIpsAssured) != 0) out << "[ASSURED] ";
  out << "mark=" << entry.mark << ' ';
  if (one_zone && original.zone != 0) out << "zone=" << original.zone << ' ';
  if (!entry.helper.empty()) out << "helper=" << entry.helper << ' ';
  out << "use=1\n";
  return out.str();
}

ConntrackText read_conntrack(std::string_view text) {
  ConntrackText result;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.substr(0, 11) == "conntrack v") continue;
    LineReader(line, number, result).read();
  }
  return result;
}

}  // namespace nfproof::sim
