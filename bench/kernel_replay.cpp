// SPDX-License-Identifier: Apache-2.0
// Sends the beginning of a capture of `make_traffic` through the kernel's own firewall, in namespaces of its own, and
// prints how many packets per second got through it.
//
//   kernel_replay legacy|nft RULES CAPTURE PACKETS
//
// Only IPv4 that is forwarded is sent. Exit code 3, with a reason: not permitted here.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sim/capture.h"
#include "sim/decode.h"
#include "sim/link.h"
#include "tests/kernel/harness/lab.h"

namespace {

using namespace nfproof;
using namespace nfproof::testing;

constexpr std::uint32_t kRouterInside = 0x0a000001;

std::vector<Packet> read_packets(const std::string& path, std::size_t most) {
  std::vector<Packet> packets;
  sim::CaptureReader reader(path);
  while (packets.size() < most) {
    const sim::CapturedPacket* captured = reader.next();
    if (captured == nullptr) break;
    const sim::ByteView data{captured->data.data(), captured->data.size()};
    const auto link = sim::decode_link(data, captured->link);
    if (!link) continue;
    const sim::ByteView ip = data.subspan(link->ip_offset);
    if (!sim::holds(ip, 0, 20) || ip[0] >> 4 != 4) continue;
    if (sim::load32(ip, 12) == kRouterInside || sim::load32(ip, 16) == kRouterInside) continue;
    packets.push_back(Packet::arriving(ip[12] == 10 ? "eth1" : "eth0", Bytes(ip.begin(), ip.end())));
  }
  return packets;
}

int fail(const std::string& message, int code) { return std::fprintf(stderr, "%s\n", message.c_str()), code; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return fail("usage: kernel_replay legacy|nft RULES CAPTURE PACKETS", 2);
  std::string error;
  if (!permitted(&error)) return fail(error, 3);
  const Backend backend = std::string(argv[1]) == "legacy" ? Backend::kLegacy : Backend::kNft;
  std::ifstream file(argv[2]);
  const std::string rules{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<Packet> packets = read_packets(argv[3], std::strtoul(argv[4], nullptr, 10));
  LabOptions options;
  options.interfaces = {{"eth0", {"192.0.2.1/24"}}, {"eth1", {"10.0.0.1/8"}}};
  options.routes = {{"default", "192.0.2.2", "eth0"}};
  options.observe = false;
  const auto lab = Lab::create(options, &error);
  if (!lab) return fail(error, 3);
  if (const ToolResult loaded = lab->restore(backend, testing::Family::kIpv4, rules); !loaded.ok())
    return fail("the kernel refuses the rules: " + loaded.err, 2);
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t used = std::clock();
  const Outcome outcome = lab->send(packets);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const double processor = static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC;
  if (!outcome.ok()) return fail(outcome.error, 2);
  std::printf("%zu %.6f %.6f\n", packets.size(), elapsed.count(), processor);
  return 0;
}
