// SPDX-License-Identifier: Apache-2.0
// TCP connections that are out of step, segment by segment against the kernel: what a segment counts as, and what the
// connection is afterwards.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/kernel/sim_bout.h"

namespace nfproof::testing {
namespace {

constexpr std::uint8_t kSyn = 2, kRst = 4, kAck = 16;

struct Segment {
  bool reply = false;
  std::uint8_t flags = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::size_t payload = 0;
  std::uint16_t window = 8192;
};

struct Script {
  const char* name;
  std::vector<Segment> segments;
  bool loopback = false;
};
void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }

TrafficPacket packet_of(const Segment& segment, bool loopback) {
  IpHeader ip;
  const WireBytes client = wire_address(loopback ? "192.0.2.1" : "203.0.113.9");
  const WireBytes server = wire_address(loopback ? "192.0.2.1" : "198.51.100.7");
  ip.source = segment.reply ? server : client;
  ip.destination = segment.reply ? client : server;
  TcpFields fields{.source = 40000,
                   .destination = 80,
                   .sequence = segment.sequence,
                   .acknowledgement = segment.acknowledgement,
                   .flags = segment.flags,
                   .options = {},
                   .payload = segment.payload,
                   .window = segment.window};
  if (segment.reply) std::swap(fields.source, fields.destination);
  if ((segment.flags & kSyn) != 0) fields.options = {2, 4, 5, 180};
  WireBytes payload = wire_tcp(fields);
  wire_checksum(ip, payload);
  TrafficPacket packet;
  packet.bytes = wire_packet(ip, payload);
  packet.local = loopback;
  if (!loopback) packet.interface = segment.reply ? "eth1" : "eth0";
  return packet;
}

class SimTcp : public ::testing::TestWithParam<Script> {};

TEST_P(SimTcp, GoesTheKernelsWay) {
  NFPROOF_NEEDS_KERNEL();
  std::string rules = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
  for (const char* chain : {"FORWARD", "OUTPUT"})
    for (const char* state : {"NEW", "ESTABLISHED", "INVALID"})
      rules += "-A " + std::string(chain) + " -m conntrack --ctstate " + state + "\n";
  Bout bout(rules + "COMMIT\n", {});
  ASSERT_EQ(bout.problem(), "");
  for (const Segment& segment : GetParam().segments) {
    static_cast<void>(bout.send(packet_of(segment, GetParam().loopback)));
    bout.compare_counters();
    bout.compare_connections();
    ASSERT_EQ(bout.problem(), "");
    ASSERT_EQ(bout.differences(), "") << "segment " << &segment - GetParam().segments.data();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, SimTcp,
    ::testing::Values(
        Script{.name = "reset of a client that ignored an answer cannot close",
               .segments = {{false, kSyn, 2000000000, 0},
                            {true, kSyn | kAck, 5000, 1000000001},
                            {false, kRst, 1000000001, 0}}},
        Script{.name = "reset of a client whose second SYN was lower",
               .segments = {{false, kSyn, 2000000000, 0},
                            {false, kSyn, 1000000000, 0},
                            {true, kSyn | kAck, 5000, 1000000001},
                            {false, kRst, 1000000001, 0}}},
        Script{.name = "reset of a client whose second SYN was higher",
               .segments = {{false, kSyn, 1000000000, 0},
                            {false, kSyn, 2000000000, 0},
                            {true, kSyn | kAck, 5000, 2000000001},
                            {false, kRst, 2000000001, 0}}},
        Script{.name = "reset of a server answers an ignored SYN",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kSyn | kAck, 500000, 1000001},
                            {false, kAck, 1000001, 500001},
                            {false, kSyn, 9000000, 0},
                            {true, kRst, 700000000, 9000001}}},
        Script{.name = "reset of a client does not answer its own ignored SYN",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kSyn | kAck, 500000, 1000001},
                            {false, kAck, 1000001, 500001},
                            {false, kSyn, 9000000, 0},
                            {false, kRst, 700000000, 9000001}}},
        Script{.name = "segments ignored between an ignored SYN and its reset",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kSyn | kAck, 500000, 1000001},
                            {false, kAck, 1000001, 500001},
                            {false, kSyn, 9000000, 0},
                            {true, kAck, 5001, 1000001},
                            {true, kAck, 500001, 100001},
                            {true, kAck, 500001, 2000001},
                            {true, kRst, 700000000, 9000001}}},
        Script{.name = "reset of a client answers an ignored ACK",
               .segments = {{false, kSyn, 1000000, 0}, {true, kAck, 600000, 5}, {false, kRst, 700000000, 600000}}},
        Script{.name = "reset of a server behind its own ACK",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kSyn | kAck, 500000, 1000001},
                            {true, kAck, 500001, 1000001},
                            {true, kRst, 700000000, 500001}}},
        Script{.name = "reset of a client in a simultaneous opening",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kAck, 7000, 5},
                            {true, kSyn, 500000, 0},
                            {false, kRst, 700000000, 7000}}},
        Script{.name = "reset of a server in a simultaneous opening",
               .segments = {{false, kSyn, 1000000, 0},
                            {true, kAck, 7000, 5},
                            {true, kSyn, 500000, 0},
                            {true, kRst, 700000000, 7000}}},
        Script{.name = "second SYN beyond the window of a simultaneous opening over loopback",
               .segments = {{false, kSyn, 187076060, 0, 0, 20},
                            {true, kSyn, 187076060, 0, 0, 20},
                            {false, kSyn, 3381864153, 0},
                            {true, kSyn | kAck, 187076060, 3381864154, 0, 20}},
               .loopback = true}));

}  // namespace
}  // namespace nfproof::testing
