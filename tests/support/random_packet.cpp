// SPDX-License-Identifier: Apache-2.0
// Flows that mostly behave, and packets that do not.
#include "tests/support/random_packet.h"

#include <algorithm>
#include <utility>

namespace nfproof::testing {
namespace {

constexpr std::size_t kNoFlow = static_cast<std::size_t>(-1);
constexpr std::uint16_t kServices[] = {22, 53, 80, 443, 8080, 3000};

bool starts_with(const WireBytes& bytes, const WireBytes& prefix, std::size_t size) {
  return std::equal(prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(size), bytes.begin());
}

bool is_here(const WireBytes& address) {
  static const WireBytes kOwn[] = {wire_address("192.0.2.1"), wire_address("198.51.100.1"), wire_address("2001:db8::1"),
                                   wire_address("2001:db8:1::1")};
  return std::find(std::begin(kOwn), std::end(kOwn), address) != std::end(kOwn);
}

bool is_inside(const WireBytes& address) {
  static const WireBytes kNet4 = wire_address("198.51.100.0"), kNet6 = wire_address("2001:db8:1::");
  return address.size() == 4 ? starts_with(address, kNet4, 3) : starts_with(address, kNet6, 8);
}

WireEnds turned(const WireEnds& ends) {
  return {ends.destination, ends.source, ends.destination_port, ends.source_port};
}

/// Is the checksum that of the pseudo header, as by chance one in 65,536 wrong ones is? In a capture it was left to the
/// network card; what comes by a wire in a test was not.
bool looks_offloaded(const IpHeader& ip, const WireBytes& payload) {
  const std::size_t at = ip.protocol == 6 ? 16 : 6;
  if ((ip.protocol != 6 && ip.protocol != 17) || payload.size() < at + 2) return false;
  WireBytes empty(payload.size());
  wire_checksum(ip, empty);
  return (payload[at] ^ empty[at]) == 0xff && (payload[at + 1] ^ empty[at + 1]) == 0xff;
}

}  // namespace

std::vector<TrafficInterface> traffic_interfaces() {
  return {{"eth0", {"192.0.2.1/24", "2001:db8::1/64"}}, {"eth1", {"198.51.100.1/24", "2001:db8:1::1/64"}}};
}

std::vector<TrafficRoute> traffic_routes() {
  return {{"default", "192.0.2.254", "eth0"}, {"::/0", "2001:db8::fe", "eth0"}};
}

Traffic::Traffic(std::uint64_t seed, TrafficOptions options) : random_(seed), options_(options) {}

WireBytes Traffic::outside() {
  static constexpr const char* k4[] = {"192.0.2.9", "192.0.2.77", "203.0.113.9", "203.0.113.200"};
  static constexpr const char* k6[] = {"2001:db8::9", "2001:db8::77", "2001:db8:ffff::9", "2001:db8:ffff::2:1"};
  return wire_address(options_.v6 ? k6[below(4)] : k4[below(4)]);
}

WireBytes Traffic::inside() {
  static constexpr const char* k4[] = {"198.51.100.7", "198.51.100.8", "198.51.100.200"};
  static constexpr const char* k6[] = {"2001:db8:1::7", "2001:db8:1::8", "2001:db8:1::200"};
  return wire_address(options_.v6 ? k6[below(3)] : k4[below(3)]);
}

WireBytes Traffic::here() {
  const bool first = chance(50);
  if (options_.v6) return wire_address(first ? "2001:db8::1" : "2001:db8:1::1");
  return wire_address(first ? "192.0.2.1" : "198.51.100.1");
}

TrafficPacket Traffic::wrap(WireBytes bytes) {
  TrafficPacket packet;
  const WireEnds ends = wire_ends(bytes);
  packet.bytes = std::move(bytes);
  packet.local = is_here(ends.source);
  if (packet.local) return packet;
  packet.interface = is_inside(ends.source) ? "eth1" : "eth0";
  if (chance(30))
    packet.source_mac = std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, static_cast<std::uint8_t>(9 + below(2))};
  return packet;
}

IpHeader Traffic::header(const WireBytes& source, const WireBytes& destination, std::uint8_t protocol) {
  static constexpr std::uint8_t kTtl[] = {64, 64, 64, 64, 63, 128, 255, 3, 2, 1};
  static constexpr std::uint8_t kTos[] = {0, 0, 0, 0x10, 0xb8, 0x28, 0x03, 0x08};
  IpHeader ip;
  ip.source = source;
  ip.destination = destination;
  ip.protocol = protocol;
  ip.ttl = kTtl[below(10)];
  ip.tos = kTos[below(8)];
  ip.id = static_cast<std::uint16_t>(1 + below(60000));
  if (!options_.v6 && chance(20)) ip.fragment = 0x4000;
  if (!options_.v6 && chance(4)) ip.options = {1, 1, 1, 0};
  if (options_.v6 && chance(8)) {
    ip.extensions = {protocol, 0, 1, 4, 0, 0, 0, 0};  // options that only pad
    ip.first_header = chance(50) ? 60 : 0;
  }
  return ip;
}

void Traffic::begin_flow() {
  static constexpr std::uint8_t kProtocols[] = {6, 6, 6, 6, 17, 17, 1, 132, 136, 17};
  Flow flow;
  flow.protocol = kProtocols[below(10)];
  if (flow.protocol == 1 && options_.v6) flow.protocol = 58;
  const std::size_t direction = below(options_.from_here ? 7 : 4);
  const WireBytes sources[] = {outside(), inside(), outside(), inside(), here(), here(), here()};
  const WireBytes destinations[] = {inside(), outside(), here(), here(), outside(), inside(), here()};
  flow.client.source = sources[direction];
  flow.client.destination = destinations[direction];
  flow.client.source_port = next_port_++;
  flow.client.destination_port = kServices[below(6)];
  if (flow.protocol == 1 || flow.protocol == 58) flow.client.destination_port = flow.client.source_port;
  flow.server = flow.client;
  flow.client_tag = static_cast<std::uint32_t>(1 + random_() % 0xfffffffe);
  flow.server_tag = static_cast<std::uint32_t>(1 + random_() % 0xfffffffe);
  flows_.push_back(flow);
  add_step(flows_.back(), chance(15));
}

WireBytes Traffic::tcp_step(Flow& flow, bool odd, bool* reply) {
  if (!flow.talk) flow.talk.emplace(random_);
  TcpTalk::Segment segment = flow.talk->next(random_, odd);
  if (flow.step == 0) segment.reply = false;
  ++flow.step;
  *reply = segment.reply;
  const WireEnds ends = segment.reply ? turned(flow.server) : flow.client;
  segment.fields.source = ends.source_port;
  segment.fields.destination = ends.destination_port;
  return wire_tcp(segment.fields);
}

WireBytes Traffic::sctp_step(Flow& flow, bool odd, bool* reply) {
  const auto tag_bytes = [](std::uint32_t tag) {
    return WireBytes{static_cast<std::uint8_t>(tag >> 24), static_cast<std::uint8_t>(tag >> 16),
                     static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)};
  };
  const auto init = [&](std::uint8_t type, std::uint32_t tag) {
    WireBytes value = tag_bytes(tag);
    value.resize(16, 1);
    return wire_chunk(type, 0, value);
  };
  const WireBytes data = wire_chunk(0, static_cast<std::uint8_t>(below(8)), WireBytes(12 + below(9), 7));
  struct Step {
    bool reply;
    std::uint32_t tag;
    std::vector<WireBytes> chunks;
  };
  const Step script[] = {{false, 0, {init(1, flow.client_tag)}},
                         {true, flow.client_tag, {init(2, flow.server_tag)}},
                         {false, flow.server_tag, {wire_chunk(10, 0, WireBytes(8, 1))}},
                         {true, flow.client_tag, {wire_chunk(11, 0, {})}},
                         {false, flow.server_tag, {data, wire_chunk(3, 0, WireBytes(12, 0))}},
                         {true, flow.client_tag, {wire_chunk(3, 0, WireBytes(12, 0))}},
                         {false, flow.server_tag, {wire_chunk(4, 0, WireBytes(8, 2))}}};
  Step step = script[std::min<std::size_t>(flow.step, std::size(script) - 1)];
  if (odd) {
    static constexpr std::uint8_t kTypes[] = {0, 3, 4, 5, 6, 7, 9, 11};
    step = {
        false, chance(50) ? flow.server_tag : 1, {wire_chunk(kTypes[below(8)], chance(30) ? 1 : 0, WireBytes(8, 3))}};
    if (chance(30)) step.chunks.push_back(data);
  } else {
    ++flow.step;
  }
  *reply = step.reply;
  const WireEnds ends = step.reply ? turned(flow.server) : flow.client;
  return wire_sctp(ends.source_port, ends.destination_port, step.tag, step.chunks);
}

void Traffic::add_step(Flow& flow, bool odd) {
  if (flow.over) return;
  bool reply = flow.step > 0 && chance(50);
  WireBytes payload;
  switch (flow.protocol) {
    case 6: payload = tcp_step(flow, odd, &reply); break;
    case 132: payload = sctp_step(flow, odd, &reply); break;
    case 1:
    case 58: {
      const WireEnds ends = reply ? turned(flow.server) : flow.client;
      const std::uint8_t request = flow.protocol == 1 ? 8 : 128, answer = flow.protocol == 1 ? 0 : 129;
      payload = wire_icmp(reply ? answer : request, 0, ends.source_port, WireBytes(8 + below(60), 5));
      ++flow.step;
      break;
    }
    default: {
      const WireEnds ends = reply ? turned(flow.server) : flow.client;
      payload = wire_udp(ends.source_port, ends.destination_port, below(80));
      ++flow.step;
      break;
    }
  }
  send(flow, reply, std::move(payload));
}

void Traffic::damage(const IpHeader& ip, WireBytes& payload) {
  IpHeader summed = ip;
  wire_checksum(summed, payload);
  if (ip.protocol == 136 && chance(70)) {
    summed.protocol = 17;  // the sum that connection tracking expects
    wire_checksum(summed, payload);
  }
  if (!options_.broken) return;
  if (chance(3) && payload.size() > 3) payload[payload.size() - 1] ^= 0x55;  // odd checksum, or a wrong last byte
  if (options_.cut && chance(2)) payload.resize(below(std::min<std::size_t>(payload.size(), 24) + 1));
  if (chance(2) && ip.protocol == 17 && payload.size() >= 8) payload[6] = payload[7] = 0;
  if (chance(1) && ip.protocol == 17 && payload.size() >= 8) payload[5] = static_cast<std::uint8_t>(payload[5] + 4);
  if (looks_offloaded(ip, payload)) payload[ip.protocol == 6 ? 16 : 6] ^= 0x55;
}

void Traffic::send(Flow& flow, bool reply, WireBytes payload) {
  const WireEnds ends = reply ? turned(flow.server) : flow.client;
  IpHeader ip = header(ends.source, ends.destination, flow.protocol);
  damage(ip, payload);
  std::size_t index = kNoFlow;
  for (std::size_t i = 0; i < flows_.size(); ++i)
    if (&flows_[i] == &flow) index = i;
  // What the host sends may end up at itself (translated, too): put together and cut up again on its way.
  if (options_.fragments && !is_here(ends.source) && chance(6) && payload.size() > 16) {
    ip.options.clear(), ip.extensions.clear();
    const std::size_t smallest = options_.cut ? 1 : 3;  // a first fragment with the whole TCP header
    const std::size_t size = 8 * (smallest + below(std::min<std::size_t>(payload.size() / 8, 6)));
    auto fragments = wire_fragments(ip, payload, size, next_id_++);
    if (chance(20)) std::shuffle(fragments.begin(), fragments.end(), random_);
    if (chance(20)) fragments.pop_back();
    for (WireBytes& fragment : fragments) waiting_.push_back({wrap(std::move(fragment)), index, false});
    return;
  }
  waiting_.push_back({wrap(wire_packet(ip, payload)), index, !reply});
}

void Traffic::add_error() {
  const Flow& flow = flows_[below(flows_.size())];
  if (!flow.seen || flow.over) return;
  const WireEnds quoted = wire_ends(*flow.seen);
  WireBytes quote = *flow.seen;
  quote.resize(std::min<std::size_t>(quote.size(), options_.v6 ? 68 : 48));
  const WireBytes router = chance(60) ? quoted.destination : outside();
  const WireBytes target = chance(85) ? quoted.source : inside();
  if (quoted.source.empty() || is_here(router)) return;
  static constexpr std::array<std::array<std::uint8_t, 2>, 5> k4 = {{{3, 1}, {3, 3}, {11, 0}, {12, 0}, {3, 4}}};
  static constexpr std::array<std::array<std::uint8_t, 2>, 5> k6 = {{{1, 0}, {1, 4}, {3, 0}, {4, 1}, {2, 0}}};
  const auto kind = options_.v6 ? k6[below(5)] : k4[below(5)];
  const IpHeader ip = header(router, target, options_.v6 ? 58 : 1);
  WireBytes payload = wire_icmp(kind[0], kind[1], 0, quote);
  wire_checksum(ip, payload);
  waiting_.push_back({wrap(wire_packet(ip, payload)), kNoFlow, false});
}

void Traffic::add_noise() {
  static constexpr std::uint8_t kProtocols[] = {47, 50, 2, 33, 89, 99};
  const bool known = chance(50);
  const WireBytes source = chance(50) ? outside() : inside();
  const WireBytes destination = chance(50) ? here() : is_inside(source) ? outside() : inside();
  if (!known) return options_.v6 ? add_noise_v6() : add_noise_v4();
  const IpHeader ip = header(source, destination, kProtocols[below(6)]);
  waiting_.push_back({wrap(wire_packet(ip, WireBytes(4 + below(30), 0))), kNoFlow, false});
}

void Traffic::add_noise_v4() {
  static constexpr const char* kOdd[] = {"192.0.2.255",     "224.0.0.1",      "224.0.0.251",
                                         "255.255.255.255", "198.51.100.255", "192.0.2.0"};
  static constexpr std::uint8_t kTypes[] = {0, 13, 17, 5, 9, 40, 14, 30};
  const bool icmp = chance(50);
  const WireBytes source = outside();
  IpHeader ip = header(source, chance(50) ? wire_address(kOdd[below(6)]) : here(), icmp ? 1 : 17);
  WireBytes payload = icmp ? wire_icmp(kTypes[below(8)], 0, next_port_++, WireBytes(12))
                           : wire_udp(next_port_++, kServices[below(6)], below(30));
  damage(ip, payload);
  waiting_.push_back({wrap(wire_packet(ip, payload)), kNoFlow, false});
}

void Traffic::add_noise_v6() {
  static constexpr const char* kOdd[] = {"ff02::1", "ff02::1:ff99:9", "ff02::fb", "2001:db8::", "ff05::2"};
  static constexpr std::uint8_t kTypes[] = {135, 136, 133, 137, 139, 129, 143, 200};
  IpHeader ip = header(outside(), chance(50) ? wire_address(kOdd[below(5)]) : here(), chance(60) ? 58 : 17);
  WireBytes payload = ip.protocol == 58 ? wire_icmp(kTypes[below(8)], 0, next_port_++, WireBytes(16))
                                        : wire_udp(next_port_++, kServices[below(6)], below(30));
  damage(ip, payload);
  if (options_.broken && options_.cut && chance(20)) {
    ip.extensions = {static_cast<std::uint8_t>(chance(50) ? 59 : ip.protocol),
                     static_cast<std::uint8_t>(chance(50) ? 0 : 200),
                     1,
                     4,
                     0,
                     0,
                     0,
                     0};
    ip.first_header = 60;
  }
  waiting_.push_back({wrap(wire_packet(ip, payload)), kNoFlow, false});
}

TrafficPacket Traffic::next() {
  while (waiting_.empty()) {
    const std::size_t what = below(100);
    if (flows_.empty() || what < 25)
      begin_flow();
    else if (what < 80)
      add_step(flows_[flows_.size() - 1 - below(std::min<std::size_t>(flows_.size(), 12))], chance(15));
    else if (what < 90)
      add_error();
    else
      add_noise();
  }
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  last_flow_ = first.flow;
  last_from_client_ = first.from_client;
  if (first.from_client && !flows_[first.flow].seen) left(first.packet.bytes);
  return std::move(first.packet);
}

void Traffic::forget() {
  if (last_flow_ == kNoFlow) return;
  flows_[last_flow_].over = true;
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.flow == last_flow_; });
}

void Traffic::left(const WireBytes& packet) {
  if (last_flow_ == kNoFlow || !last_from_client_) return;
  Flow& flow = flows_[last_flow_];
  const WireEnds ends = wire_ends(packet);
  if (ends.source.empty() || (ends.source_port == 0 && ends.destination_port == 0)) return;
  flow.seen = packet;
  flow.server = ends;
}

}  // namespace nfproof::testing
