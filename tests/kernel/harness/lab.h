// SPDX-License-Identifier: Apache-2.0
// Asks the kernel what it does with packets. A `Lab` is a firewall in a network namespace of its own with the
// interfaces, addresses and routes the test wants; the test loads a ruleset, sends packets and gets, for every packet,
// its fate, and at the end the ruleset with its counters.
//
//   NFPROOF_NEEDS_KERNEL();
//   LabOptions options;
//   options.interfaces = {{"eth0", {"192.0.2.1/24", "2001:db8::1/64"}}, {"eth1", {"198.51.100.1/24"}}};
//   options.routes = {{"default", "192.0.2.254", "eth0"}};
//   std::string error;
//   auto lab = Lab::create(options, &error);
//   ASSERT_TRUE(lab) << error;
//   ASSERT_TRUE(lab->restore(Backend::kLegacy, Family::kIpv4, text).ok());
//   Outcome outcome = lab->send({Packet::arriving("eth0", ip_bytes), Packet::local(ip_bytes)});
//   ASSERT_EQ(outcome.error, "");
//   outcome.fates[0].end == End::kForwarded, outcome.fates[0].out_interface == "eth1", outcome.fates[0].bytes ...
//   read_counters(lab->save(Backend::kLegacy, Family::kIpv4).out)
//
// What surrounds the ruleset: forwarding on, no reverse path filter, own addresses as given and 127.0.0.1, ::1, no
// other (not even link-local ones: give fe80::1/64 if wanted), every neighbour resolved, no neighbour discovery, MLD or
// router noise. Nobody answers: what the ruleset accepts is dropped after it was counted, confirmed by conntrack and
// observed, so counters hold the test's packets alone. The one exception is `lo`: a packet sent to an own address does
// arrive.
//
// A lab is meant for one ruleset: xtables keeps a table once it was loaded. Creating another takes some 20-40 ms.
// A lab may be used by one thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/kernel/harness/netns.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {

using Bytes = std::vector<std::uint8_t>;
using MacAddress = std::array<std::uint8_t, 6>;

// One interface of the firewall (the end of a veth pair, whatever its name says).
struct LabInterface {
  std::string name;                    // at most 15 characters
  std::vector<std::string> addresses;  // "192.0.2.1/24", "2001:db8::1/64", both families mixed
};

struct LabRoute {
  std::string to;   // "default", "203.0.113.0/24", "2001:db8:1::/48"; "default" takes its family from `via`
  std::string via;  // next hop; empty: on link (a "default" is then IPv4; write "::/0" for IPv6)
  std::string interface;
};

struct LabOptions {
  std::vector<LabInterface> interfaces;
  std::vector<LabRoute> routes;
  // Written after the set-up and before the isolation: {"net.netfilter.nf_conntrack_tcp_loose", "0"}. A key that cannot
  // be written is an error.
  std::vector<std::pair<std::string, std::string>> sysctls;
  int mtu = 1500;          // 1280 to 65535
  bool forwarding = true;  // of both families
  bool observe = true;     // false: no fates (send() returns none), counters only; faster
  bool loopback = true;    // packets leaving by lo arrive again, pass PREROUTING and INPUT
  bool answers =
      false;           // let out what the kernel itself answers (REJECT, ICMP errors): it passes OUTPUT and is counted
  bool leave = false;  // what the ruleset accepts really leaves: see Lab::received()
  std::string ipset;   // `ipset restore` text
  // Lines of `ip -batch` after the routes: rules, and routes that `LabRoute` cannot say.
  std::string more_ip4, more_ip6;
};

// A packet to be sent.
struct Packet {
  enum class Way {
    kArrives,  // `bytes` is an IP packet; the harness puts an Ethernet header before it
    kFrame,    // `bytes` is a whole Ethernet frame
    kLocal,    // `bytes` is an IP packet, sent by a raw socket inside: OUTPUT, POSTROUTING
  };
  Way way = Way::kArrives;
  std::string interface;  // where it arrives; kLocal: the interface to bind to, empty: routing decides
  Bytes bytes;
  std::optional<MacAddress> source_mac;  // kArrives only; default: Lab::peer_mac(interface)
  std::uint32_t mark = 0;                // kLocal only: SO_MARK
  std::uint32_t user = 0, group = 0;     // kLocal only: of the socket
  std::chrono::microseconds at{0};       // not sent before this time after the start of send()

  // The destination MAC is the interface's, or the matching group or broadcast address for a multicast or broadcast IP.
  [[nodiscard]] static Packet arriving(std::string interface, Bytes ip_packet);
  [[nodiscard]] static Packet arriving_from(std::string interface, MacAddress source, Bytes ip_packet);
  [[nodiscard]] static Packet frame(std::string interface, Bytes ethernet_frame);
  // The kernel fills in the IPv4 header checksum, the total length, and an identification or source address of zero.
  [[nodiscard]] static Packet local(Bytes ip_packet, std::string interface = {}, std::uint32_t mark = 0);
};

// Where a packet was seen. kEnter and kOutput come before any chain of the ruleset (raw included), the others after
// all.
enum class Point {
  kEnter,       // before PREROUTING
  kPrerouted,   // after PREROUTING: not dropped there
  kInput,       // after INPUT: delivered
  kOutput,      // before OUTPUT
  kPostrouted,  // after POSTROUTING: forwarded or sent
};

struct Sighting {
  Point point = Point::kEnter;
  bool answer = false;        // not the packet, but what the kernel answered to it
  std::string in_interface;   // empty where the hook has none
  std::string out_interface;  // empty where the hook has none
  std::uint32_t mark = 0;
  Bytes bytes;  // the IP packet at this point
};

enum class End {
  kLost,       // never seen before PREROUTING or OUTPUT: bad header, or the send failed (`send_error`)
  kDropped,    // seen, but neither delivered nor left: dropped by a rule, by routing, or held as a fragment
  kDelivered,  // accepted by INPUT
  kForwarded,  // left by `out_interface`
  kSent,       // generated locally and left by `out_interface` (with `loopback`, not by lo: see kDelivered)
};

struct Fate {
  End end = End::kLost;
  int send_error = 0;               // kLost: errno of the local send (ENETUNREACH: no route)
  std::string out_interface;        // kForwarded, kSent
  std::uint32_t mark = 0;           // the packet mark when last seen
  Bytes bytes;                      // the packet when last seen: after NAT and mangling for the three good ends
  std::vector<Sighting> sightings;  // all, in order; a fragment that completes a datagram has the datagram's sightings

  [[nodiscard]] bool seen_at(Point point) const;
};

struct Outcome {
  std::string error;        // not empty: the harness failed, `fates` is not to be trusted
  std::vector<Fate> fates;  // fates[i] belongs to packets[i]; empty when not observing
  std::vector<std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>>
      sent;  // when packets[i] was

  [[nodiscard]] bool ok() const { return error.empty(); }
};

[[nodiscard]] const char* name_of(End end);
[[nodiscard]] const char* name_of(Point point);
// One line per sighting, for messages.
[[nodiscard]] std::string describe(const Fate& fate);

class Lab {
 public:
  // Null and a message when it cannot be done.
  [[nodiscard]] static std::unique_ptr<Lab> create(const LabOptions& options, std::string* error);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  [[nodiscard]] ToolResult restore(Backend backend, Family family, std::string_view text);
  // `nft -f`. A text with `flush ruleset` would remove the harness's own table: that is reported as exit code -1.
  [[nodiscard]] ToolResult load_nft(std::string_view text);
  [[nodiscard]] ToolResult save(Backend backend, Family family);  // iptables-save -c
  [[nodiscard]] ToolResult list_nft();                            // nft list ruleset, without the harness's own table
  // Any other tool inside the firewall's namespace: conntrack -L, ip route get ...
  [[nodiscard]] ToolResult run(const std::vector<std::string>& arguments, std::string_view input = {});

  // Sends in order and returns when the kernel is through with all of them. May be called again; conntrack and counters
  // go on.
  [[nodiscard]] Outcome send(const std::vector<Packet>& packets);

  // With `leave`: the IP packets that the neighbours got since the last call, in order.
  struct Received {
    std::string interface;  // the firewall's, by which it left
    Bytes bytes;
  };
  [[nodiscard]] std::vector<Received> received();

  [[nodiscard]] MacAddress mac(std::string_view interface) const;       // the firewall's
  [[nodiscard]] MacAddress peer_mac(std::string_view interface) const;  // the neighbour's
  [[nodiscard]] const Netns& firewall() const;                          // for sockets of the test's own

 private:
  struct State;
  explicit Lab(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nfproof::testing
