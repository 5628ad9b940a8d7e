// SPDX-License-Identifier: Apache-2.0
// Packets go through one at a time and in order, so every entry belongs to the packet that entered last. Which packet
// entered is told by its bytes: one that dies before the first hook leaves no entry, its equals die there too.
#include "tests/kernel/harness/fates.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace nfproof::testing {
namespace {

constexpr std::size_t kEthernetHeader = 14;

std::optional<Point> point_of(const LogEntry& entry) {
  if (entry.prefix == "E") return Point::kEnter;
  if (entry.prefix == "P") return Point::kPrerouted;
  if (entry.prefix == "I") return Point::kInput;
  if (entry.prefix == "O" || entry.prefix == "A") return Point::kOutput;
  if (entry.prefix == "S") return Point::kPostrouted;
  return {};
}

// Is `logged` the beginning of the IP packet at `offset` in `bytes`? What follows it is padding.
bool begins_with(const Bytes& bytes, std::size_t offset, const Bytes& logged) {
  return bytes.size() >= offset + logged.size() &&
         std::equal(logged.begin(), logged.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

// The kernel refills length, identification, checksum and source of a local packet, so only the rest is compared.
bool same_but_refilled(const Bytes& sent, const Bytes& logged) {
  if (sent.size() != logged.size() || sent.size() < 20 || sent[0] != logged[0]) return false;
  const std::ptrdiff_t rest = sent[0] >> 4 == 4 ? 16 : 24;
  return static_cast<std::ptrdiff_t>(sent.size()) >= rest &&
         std::equal(sent.begin() + rest, sent.end(), logged.begin() + rest);
}

class Assembler {
 public:
  Assembler(const Plumbing& plumbing, const std::vector<Packet>& packets, const std::vector<int>& send_errors,
            std::vector<Fate>* fates)
      : plumbing_(plumbing), packets_(packets), send_errors_(send_errors), fates_(*fates) {}

  [[nodiscard]] bool take(LogEntry&& entry) {
    const std::optional<Point> point = point_of(entry);
    if (!point) return true;
    const bool arrives = *point == Point::kEnter && entry.in_index != plumbing_.loopback_index;
    if (arrives || entry.prefix == "O") {
      if (!advance(entry, arrives)) return false;
      answering_ = false;
    }
    if (entry.prefix == "A") answering_ = true;
    // Before the first packet only noise of the set-up can be seen.
    if (next_ == 0) return true;
    add(*point, std::move(entry));
    return true;
  }

 private:
  // Finds the packet that has just entered among those not yet seen.
  bool advance(const LogEntry& entry, bool arrives) {
    for (std::size_t at = next_; at < packets_.size(); ++at) {
      if (arrives ? is_arrival(packets_[at], entry) : is_local(at, entry)) {
        next_ = at + 1;
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool is_arrival(const Packet& packet, const LogEntry& entry) const {
    if (packet.way == Packet::Way::kLocal) return false;
    const auto port = plumbing_.ports.find(packet.interface);
    if (port == plumbing_.ports.end() || port->second.firewall_index != entry.in_index) return false;
    return begins_with(packet.bytes, packet.way == Packet::Way::kFrame ? kEthernetHeader : 0, entry.payload);
  }

  [[nodiscard]] bool is_local(std::size_t at, const LogEntry& entry) const {
    const bool sent = send_errors_[at] == 0 || send_errors_[at] == EPERM;
    return packets_[at].way == Packet::Way::kLocal && sent && same_but_refilled(packets_[at].bytes, entry.payload);
  }

  void add(Point point, LogEntry&& entry) {
    Sighting sighting;
    sighting.point = point;
    sighting.answer = answering_;
    sighting.in_interface = name(entry.in_index);
    sighting.out_interface = name(entry.out_index);
    sighting.mark = entry.mark;
    sighting.bytes = std::move(entry.payload);
    fates_[next_ - 1].sightings.push_back(std::move(sighting));
  }

  [[nodiscard]] std::string name(std::uint32_t index) const {
    const auto found = plumbing_.names.find(index);
    return found == plumbing_.names.end() ? std::string() : found->second;
  }

  const Plumbing& plumbing_;
  const std::vector<Packet>& packets_;
  const std::vector<int>& send_errors_;
  std::vector<Fate>& fates_;
  std::size_t next_ = 0;  // packets before it have entered, or never will
  bool answering_ = false;
};

End end_after(const Sighting& first, const Sighting& last, bool loopback) {
  switch (last.point) {
    case Point::kInput: return End::kDelivered;
    case Point::kEnter:
    case Point::kPrerouted:
    case Point::kOutput: return End::kDropped;
    case Point::kPostrouted: break;
  }
  if (loopback && last.out_interface == "lo") return End::kDropped;
  return first.point == Point::kOutput ? End::kSent : End::kForwarded;
}

void conclude(int send_error, bool loopback, Fate& fate) {
  const auto last = std::find_if(fate.sightings.rbegin(), fate.sightings.rend(),
                                 [](const Sighting& sighting) { return !sighting.answer; });
  if (last == fate.sightings.rend()) {
    fate.send_error = send_error;
    return;
  }
  fate.end = end_after(fate.sightings.front(), *last, loopback);
  if (fate.end == End::kForwarded || fate.end == End::kSent) fate.out_interface = last->out_interface;
  fate.mark = last->mark;
  fate.bytes = last->bytes;
}

}  // namespace

bool assemble_fates(const Plumbing& plumbing, const std::vector<Packet>& packets, const std::vector<int>& send_errors,
                    std::vector<LogEntry> entries, bool loopback, std::vector<Fate>* fates, std::string* error) {
  fates->assign(packets.size(), {});
  Assembler assembler(plumbing, packets, send_errors, fates);
  for (LogEntry& entry : entries) {
    const std::string where = entry.prefix + " of " + std::to_string(entry.payload.size()) + " bytes";
    if (!assembler.take(std::move(entry))) {
      *error = "a packet nobody sent was seen in the lab: " + where;
      return false;
    }
  }
  for (std::size_t at = 0; at < packets.size(); ++at) conclude(send_errors[at], loopback, (*fates)[at]);
  return true;
}

bool Fate::seen_at(Point point) const {
  return std::any_of(sightings.begin(), sightings.end(),
                     [&](const Sighting& sighting) { return sighting.point == point && !sighting.answer; });
}

const char* name_of(End end) {
  switch (end) {
    case End::kLost: return "lost";
    case End::kDropped: return "dropped";
    case End::kDelivered: return "delivered";
    case End::kForwarded: return "forwarded";
    case End::kSent: return "sent";
  }
  return "?";
}

const char* name_of(Point point) {
  switch (point) {
    case Point::kEnter: return "enter";
    case Point::kPrerouted: return "prerouted";
    case Point::kInput: return "input";
    case Point::kOutput: return "output";
    case Point::kPostrouted: return "postrouted";
  }
  return "?";
}

std::string describe(const Fate& fate) {
  std::string text = name_of(fate.end);
  if (fate.send_error != 0) text += " errno " + std::to_string(fate.send_error);
  text += "\n";
  for (const Sighting& sighting : fate.sightings) {
    text += std::string("  ") + (sighting.answer ? "answer " : "") + name_of(sighting.point) +
            " in=" + sighting.in_interface + " out=" + sighting.out_interface +
            " mark=" + std::to_string(sighting.mark) + " ";
    for (const std::uint8_t byte : sighting.bytes) {
      char digits[3];
      std::snprintf(digits, sizeof digits, "%02x", byte);
      text += digits;
    }
    text += "\n";
  }
  return text;
}

}  // namespace nfproof::testing
