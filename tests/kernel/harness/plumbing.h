// SPDX-License-Identifier: Apache-2.0
// The two namespaces of a lab, their interfaces and the sockets packets are sent by. Internal to the harness.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/kernel/harness/lab.h"

namespace nfproof::testing {

inline constexpr const char* kIsolationTable = "nfproof_isolation";
inline constexpr const char* kBarrierInterface = "nfproof-barrier";
inline constexpr std::uint16_t kLogGroup = 54321;

struct Port {
  std::uint32_t firewall_index = 0;
  std::uint32_t peer_index = 0;
  MacAddress mac{};
  MacAddress peer_mac{};
  std::vector<std::uint32_t> broadcasts;  // IPv4, host order
};

struct Plumbing {
  Netns firewall;
  Netns peer;
  std::map<std::string, Port, std::less<>> ports;  // the barrier's own interface included
  std::map<std::uint32_t, std::string> names;      // firewall_index -> name, `lo` included
  std::uint32_t loopback_index = 0;
  Descriptor link;  // AF_PACKET in the peer's namespace
  // What arrives there, by family. Sockets for one protocol see nothing of what is sent, so that packets stay unshared:
  // the kernel cuts those that are shared in another way.
  Descriptor arrivals4, arrivals6;
  Descriptor raw4;  // raw sockets inside the firewall
  Descriptor raw6;
};

// Namespaces, interfaces, addresses, routes, sysctls, sockets: everything but the isolation table.
[[nodiscard]] bool set_up(const LabOptions& options, Plumbing* plumbing, std::string* error);

// The nft table that surrounds the ruleset. Must be loaded before any other hook exists: of hooks with one priority the
// first registered is called last, and input must end here only after conntrack has confirmed the connection.
[[nodiscard]] std::string isolation_text(const LabOptions& options);

// `text` of `nft list ruleset` without the isolation table.
[[nodiscard]] std::string without_isolation(const std::string& text);

}  // namespace nfproof::testing
