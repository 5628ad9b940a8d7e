// SPDX-License-Identifier: Apache-2.0
// Writes the traffic of a router as a pcap file: TCP connections from beginning to end with a few repeated segments,
// DNS, long UDP streams, pings, scans, IPv4 and IPv6, with right checksums, sequence numbers and acknowledgements:
// 10,000 packets a second. Always the same for the same arguments; of any length, in constant memory.
//
//   make_traffic PACKETS [FLOWS] > FILE
//
// FLOWS (20000) are open at a time. With 0 every packet opens a connection of its own, and none is ever closed.
// The router has eth0 192.0.2.1/24 and 2001:db8::1/64 to the world, eth1 10.0.0.1/8 and 2001:db8:1::1/48 to its
// clients.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

class Random {
 public:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
  }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>((next() >> 32) * bound >> 32); }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::uint64_t state_ = 1;
};

enum class Kind : std::uint8_t { kTcp, kDns, kStream, kPing, kScan };

struct Flow {
  Kind kind{};
  bool v6 = false;
  bool to_router = false;
  std::uint32_t client = 0, server = 0;  // last 32 bits of the addresses
  std::uint16_t client_port = 0, server_port = 0;
  std::uint32_t step = 0, steps = 0;
  std::array<std::uint32_t, 2> sequence{};  // of client and server
};

constexpr std::uint64_t kMicroseconds = 100;  // between packets

constexpr std::array<std::uint16_t, 10> kServices = {443, 443, 443, 443, 443, 80, 80, 22, 993, 8080};

class Packet {
 public:
  void put8(unsigned value) { bytes_[size_++] = static_cast<std::uint8_t>(value); }
  void put16(unsigned value) { put8(value >> 8), put8(value); }
  void put32(std::uint32_t value) { put16(value >> 16), put16(value & 0xffff); }
  void put(const std::uint8_t* data, std::size_t size) {
    std::memcpy(bytes_.data() + size_, data, size), size_ += size;
  }
  void set16(std::size_t at, unsigned value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8), bytes_[at + 1] = static_cast<std::uint8_t>(value);
  }
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }

  [[nodiscard]] std::uint64_t sum(std::size_t from, std::size_t to) const {
    std::uint64_t total = 0;
    for (; from + 1 < to; from += 2) total += static_cast<unsigned>(bytes_[from] << 8 | bytes_[from + 1]);
    if (from < to) total += static_cast<unsigned>(bytes_[from] << 8);
    return total;
  }
  static unsigned fold(std::uint64_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<unsigned>(~sum & 0xffff);
  }

 private:
  std::array<std::uint8_t, 2048> bytes_{};
  std::size_t size_ = 0;
};

class Writer {
 public:
  Writer() {
    constexpr std::array<std::uint32_t, 6> kHeader = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    std::fwrite(kHeader.data(), sizeof(kHeader), 1, stdout);
  }
  void write(const Packet& packet, std::uint64_t microseconds) {
    const auto size = static_cast<std::uint32_t>(packet.size());
    const std::array<std::uint32_t, 4> header = {static_cast<std::uint32_t>(microseconds / 1'000'000),
                                                 static_cast<std::uint32_t>(microseconds % 1'000'000), size, size};
    if (std::fwrite(header.data(), sizeof(header), 1, stdout) != 1 ||
        std::fwrite(packet.data(), size, 1, stdout) != 1) {
      std::perror("make_traffic");
      std::exit(1);
    }
  }
};

class Traffic {
 public:
  explicit Traffic(std::uint32_t flows) : flows_(flows) {
    for (std::uint8_t& byte : payload_) byte = static_cast<std::uint8_t>(random_.next());
    for (Flow& flow : flows_) flow = begin();
  }

  const Packet& next() {
    if (flows_.empty()) {
      Flow flow = begin();
      flow.kind = Kind::kTcp;
      flow.client = number_++;
      flow.server_port = 443;  // which firewalls let pass
      emit(flow);
      return packet_;
    }
    Flow& flow = flows_[random_.below(static_cast<std::uint32_t>(flows_.size()))];
    const Flow before = flow;
    emit(flow);
    if (flow.kind == Kind::kTcp && flow.step > 2 && random_.below(200) == 0) {
      flow = before;  // lost behind the router: it comes again
      return packet_;
    }
    if (++flow.step >= flow.steps) flow = begin();
    return packet_;
  }

 private:
  Flow begin() {
    Flow flow;
    const std::uint32_t kind = random_.below(100);
    flow.kind = kind < 58   ? Kind::kTcp
                : kind < 78 ? Kind::kDns
                : kind < 86 ? Kind::kStream
                : kind < 90 ? Kind::kPing
                            : Kind::kScan;
    flow.v6 = random_.chance(15);
    flow.to_router = random_.chance(8);
    flow.client = 0x0a000000U | (1 + random_.below(200)) << 16 | random_.below(65000);
    flow.server = 0x17000000U + random_.below(4000) * 0x10003U;
    flow.client_port = static_cast<std::uint16_t>(20000 + port_++ % 40000);
    flow.sequence = {static_cast<std::uint32_t>(random_.next()), static_cast<std::uint32_t>(random_.next())};
    switch (flow.kind) {
      case Kind::kTcp:
        flow.server_port = kServices[random_.below(kServices.size())];
        flow.steps = 6 + 2 * (2 + random_.below(30));
        break;
      case Kind::kDns: flow.server_port = 53, flow.steps = 2; break;
      case Kind::kStream: flow.server_port = 443, flow.steps = 20 + random_.below(200); break;
      case Kind::kPing: flow.steps = 2 * (1 + random_.below(10)); break;
      case Kind::kScan: flow.server_port = static_cast<std::uint16_t>(1 + random_.below(10000)), flow.steps = 1; break;
    }
    return flow;
  }

  /// From client to server or back; ethernet and IP, without lengths and checksums.
  void headers(const Flow& flow, bool reply, std::uint8_t protocol) {
    static constexpr std::array<std::uint8_t, 12> kMacs = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    packet_.clear();
    packet_.put(kMacs.data(), kMacs.size());
    packet_.put16(flow.v6 ? 0x86dd : 0x0800);
    const bool scan = flow.kind == Kind::kScan;  // from the world to the clients
    const std::uint32_t near = flow.client, far = flow.to_router && !scan ? 0x0a000001U : flow.server;
    const std::uint32_t source = reply != scan ? far : near, destination = reply != scan ? near : far;
    if (flow.v6) {
      packet_.put32(0x60000000), packet_.put16(0), packet_.put8(protocol), packet_.put8(64);
      address6(source), address6(destination);
      return;
    }
    packet_.put16(0x4500), packet_.put16(0), packet_.put32(0x4000), packet_.put8(64), packet_.put8(protocol);
    packet_.put16(0), packet_.put32(source), packet_.put32(destination);
  }
  void address6(std::uint32_t last) {
    const bool inside = last >> 24 == 10;
    packet_.put32(0x20010db8), packet_.put32(inside ? 0x00010000 : 0x00020000);
    packet_.put32(0), packet_.put32(last == 0x0a000001U ? 1 : last);
  }

  void finish(const Flow& flow, std::uint8_t protocol, std::size_t checksum) {
    const std::size_t transport = flow.v6 ? 54 : 34;
    const std::size_t length = packet_.size() - transport;
    if (flow.v6) {
      packet_.set16(18, static_cast<unsigned>(length));
    } else {
      packet_.set16(16, static_cast<unsigned>(length + 20));
      packet_.set16(24, Packet::fold(packet_.sum(14, 34)));
    }
    std::uint64_t sum = packet_.sum(transport, packet_.size());
    if (flow.v6 || protocol != 1) sum += packet_.sum(flow.v6 ? 22 : 26, transport) + length + protocol;
    packet_.set16(transport + checksum, Packet::fold(sum));
  }

  void data(std::size_t size) { packet_.put(payload_.data() + random_.below(512), size); }

  void tcp(Flow& flow, bool reply, unsigned flags, std::size_t size) {
    headers(flow, reply, 6);
    const bool syn = (flags & 2U) != 0;
    const std::size_t own = reply ? 1 : 0;
    packet_.put16(reply ? flow.server_port : flow.client_port),
        packet_.put16(reply ? flow.client_port : flow.server_port);
    packet_.put32(flow.sequence[own]), packet_.put32((flags & 0x10U) != 0 ? flow.sequence[1 - own] : 0);
    packet_.put8(syn ? 0xa0 : 0x80), packet_.put8(flags), packet_.put16(64240), packet_.put32(0);
    if (syn) packet_.put32(0x020405b4), packet_.put32(0x0402080a);
    if (!syn) packet_.put32(0x0101080a);
    packet_.put32(1000 + flow.step), packet_.put32(0);
    if (syn) packet_.put32(0x01030307);
    data(size);
    flow.sequence[own] += static_cast<std::uint32_t>(size) + ((flags & 3U) != 0 ? 1 : 0);
    finish(flow, 6, 16);
  }

  void tcp_step(Flow& flow) {
    constexpr unsigned kFin = 1, kSyn = 2, kPush = 8, kAck = 16;
    const std::uint32_t from_end = flow.steps - flow.step;
    if (flow.step == 0) return tcp(flow, false, kSyn, 0);
    if (flow.step == 1) return tcp(flow, true, kSyn | kAck, 0);
    if (flow.step == 2) return tcp(flow, false, kAck, 0);
    if (from_end == 3) return tcp(flow, false, kFin | kAck, 0);
    if (from_end == 2) return tcp(flow, true, kFin | kAck, 0);
    if (from_end == 1) return tcp(flow, false, kAck, 0);
    const bool reply = flow.step % 2 == 0;
    if (!reply) return tcp(flow, false, kAck, random_.chance(30) ? 60 + random_.below(400) : 0);
    tcp(flow, true, kPush | kAck, random_.chance(15) ? (flow.v6 ? 1420 : 1440) : 40 + random_.below(250));
  }

  void udp(const Flow& flow, bool reply, std::size_t size) {
    headers(flow, reply, 17);
    packet_.put16(reply ? flow.server_port : flow.client_port),
        packet_.put16(reply ? flow.client_port : flow.server_port);
    packet_.put16(static_cast<unsigned>(size + 8)), packet_.put16(0);
    data(size);
    finish(flow, 17, 6);
  }

  void ping(const Flow& flow, bool reply) {
    headers(flow, reply, flow.v6 ? 58 : 1);
    packet_.put8(flow.v6 ? (reply ? 129 : 128) : (reply ? 0 : 8)), packet_.put8(0), packet_.put16(0);
    packet_.put16(flow.client_port), packet_.put16(flow.step / 2);
    data(56);
    finish(flow, flow.v6 ? 58 : 1, 2);
  }

  void emit(Flow& flow) {
    switch (flow.kind) {
      case Kind::kTcp: return tcp_step(flow);
      case Kind::kDns: return udp(flow, flow.step != 0, flow.step == 0 ? 36 : 120 + random_.below(200));
      case Kind::kStream: {
        const bool reply = flow.step != 0 && random_.chance(60);
        return udp(flow, reply, reply ? (random_.chance(25) ? 1200 : 80 + random_.below(200)) : 40 + random_.below(60));
      }
      case Kind::kPing: return ping(flow, flow.step % 2 != 0);
      case Kind::kScan: return tcp(flow, false, 2, 0);
    }
  }

  Random random_;
  std::vector<Flow> flows_;
  std::array<std::uint8_t, 4096> payload_{};
  Packet packet_;
  std::uint32_t port_ = 0;
  std::uint32_t number_ = 0x0a010000;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: make_traffic PACKETS [FLOWS] > FILE\n");
    return 2;
  }
  const std::uint64_t packets = std::strtoull(argv[1], nullptr, 10);
  const auto flows = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 20000);
  static std::array<char, 1 << 20> buffer;
  std::setvbuf(stdout, buffer.data(), _IOFBF, buffer.size());
  Traffic traffic(flows);
  Writer writer;
  for (std::uint64_t i = 0; i < packets; ++i) writer.write(traffic.next(), 1'700'000'000'000'000 + kMicroseconds * i);
  return 0;
}
