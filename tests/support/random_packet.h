// SPDX-License-Identifier: Apache-2.0
// Random traffic for a firewall with two sides: flows with replies, and everything that is odd. The same seed gives the
// same traffic. Whoever can see how packets leave the firewall may tell (`left`), and replies then answer what really
// left it, translated addresses included.
//
// The firewall's place in the world (`traffic_interfaces`, `traffic_routes`): eth0 is the outside with 192.0.2.1/24 and
// 2001:db8::1/64 and the default route, eth1 the inside with 198.51.100.1/24 and 2001:db8:1::1/64.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/tcp_talk.h"
#include "tests/support/wire.h"

namespace nfproof::testing {

struct TrafficInterface {
  std::string name;
  std::vector<std::string> addresses;
};
struct TrafficRoute {
  std::string to, via, interface;
};
[[nodiscard]] std::vector<TrafficInterface> traffic_interfaces();
[[nodiscard]] std::vector<TrafficRoute> traffic_routes();

struct TrafficPacket {
  bool local = false;     ///< sent by the firewall itself
  std::string interface;  ///< where it arrives; empty when local
  std::optional<std::array<std::uint8_t, 6>> source_mac;
  WireBytes bytes;
};

struct TrafficOptions {
  bool v6 = false;
  bool fragments = true;
  bool broken = true;     ///< wrong checksums, wrong lengths, broken extension headers
  bool cut = true;        ///< headers cut short
  bool from_here = true;  ///< packets of the firewall itself
};

class Traffic {
 public:
  Traffic(std::uint64_t seed, TrafficOptions options);

  [[nodiscard]] TrafficPacket next();
  /// The packet that `next` gave last left the firewall (or was delivered) like this. Without this call it is taken to
  /// have left as it came.
  void left(const WireBytes& packet);
  /// Nothing more of the flow of the packet that `next` gave last.
  void forget();

 private:
  struct Flow {
    std::uint8_t protocol = 6;
    WireEnds client;                // source is the client, as the client sees it
    std::optional<WireBytes> seen;  // the last packet of the client as it left
    WireEnds server;                // source is the client, as the server sees it
    unsigned step = 0;
    bool over = false;
    std::uint32_t client_tag = 0, server_tag = 0;
    std::optional<TcpTalk> talk;
  };

  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] WireBytes outside();
  [[nodiscard]] WireBytes inside();
  [[nodiscard]] WireBytes here();
  [[nodiscard]] TrafficPacket wrap(WireBytes bytes);
  [[nodiscard]] IpHeader header(const WireBytes& source, const WireBytes& destination, std::uint8_t protocol);

  void begin_flow();
  void add_step(Flow& flow, bool odd);
  [[nodiscard]] WireBytes tcp_step(Flow& flow, bool odd, bool* reply);
  [[nodiscard]] WireBytes sctp_step(Flow& flow, bool odd, bool* reply);
  void send(Flow& flow, bool reply, WireBytes payload);
  void add_error();
  void add_noise();
  void add_noise_v4();
  void add_noise_v6();
  void damage(const IpHeader& ip, WireBytes& payload);

  std::mt19937_64 random_;
  TrafficOptions options_;
  std::deque<Flow> flows_;
  struct Waiting {
    TrafficPacket packet;
    std::size_t flow = 0;  // or kNoFlow
    bool from_client = false;
  };
  std::deque<Waiting> waiting_;
  std::size_t last_flow_ = 0;
  bool last_from_client_ = false;
  std::uint16_t next_port_ = 10000;
  std::uint32_t next_id_ = 1;
};

}  // namespace nfproof::testing
