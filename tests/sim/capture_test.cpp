// SPDX-License-Identifier: Apache-2.0
// Captures: both formats, what they say about interfaces and directions, files that are cut short or wrong, and where
// their packets belong.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sim/capture_writer.h"
#include "sim/local_addresses.h"
#include "sim/placing.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;
using sim::Direction;
using sim::LinkType;

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& extension)
      : path_(fs::temp_directory_path() / ("nfproof-capture-" + std::to_string(::getpid()) + extension)) {}
  ~TemporaryFile() { fs::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }
  void write(const WireBytes& bytes) const {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  fs::path path_;
};

WireBytes some_udp(const std::string& from, const std::string& to, std::uint8_t ttl = 64, std::uint16_t id = 1) {
  IpHeader ip;
  ip.source = wire_address(from);
  ip.destination = wire_address(to);
  ip.protocol = 17;
  ip.ttl = ttl;
  ip.id = id;
  WireBytes payload = wire_udp(1000, 2000, 12);
  wire_checksum(ip, payload);
  return wire_packet(ip, payload);
}

WireBytes mac(std::uint8_t last) { return {2, 0, 0, 0, 0, last}; }

WireBytes framed(const WireBytes& to, const WireBytes& from, const WireBytes& tags, const WireBytes& ip) {
  WireBytes frame = to;
  frame.insert(frame.end(), from.begin(), from.end());
  frame.insert(frame.end(), tags.begin(), tags.end());
  frame.push_back(ip[0] >> 4 == 4 ? 0x08 : 0x86);
  frame.push_back(ip[0] >> 4 == 4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), ip.begin(), ip.end());
  return frame;
}

/// The second version of cooked captures: protocol, interface number, kind of packet.
WireBytes cooked2(std::uint32_t interface, std::uint8_t kind, const WireBytes& ip) {
  WireBytes frame(20);
  sim::store16(frame, 0, ip[0] >> 4 == 4 ? 0x0800 : 0x86dd);
  sim::store32(frame, 4, interface);
  sim::store16(frame, 8, 1);
  frame[10] = kind;
  frame[11] = 6;
  frame.insert(frame.end(), ip.begin(), ip.end());
  return frame;
}

sim::CapturedPacket captured(const WireBytes& bytes, LinkType link, const std::string& interface = {},
                             Direction direction = Direction::kDetect) {
  sim::CapturedPacket packet;
  packet.data = bytes;
  packet.link = link;
  packet.original_length = static_cast<std::uint32_t>(bytes.size());
  packet.interface = interface;
  packet.direction = direction;
  return packet;
}

sim::WrittenPacket written(const WireBytes& ip, sim::Nanoseconds time) {
  sim::WrittenPacket packet;
  packet.ip = ip;
  packet.time = time;
  return packet;
}

TEST(Capture, WrittenReadAndCutShort) {
  const TemporaryFile file(".pcap");
  const WireBytes bytes = some_udp("203.0.113.9", "192.0.2.1");
  {
    sim::CaptureWriter writer(file.path().string(), LinkType::kRawIp, true);
    writer.write(written(bytes, 1'500'000'001));
    writer.write(written(bytes, 2'000'000'000));
    EXPECT_TRUE(writer.close()) << writer.error();
  }
  {
    sim::CaptureReader reader(file.path().string());
    const sim::CapturedPacket* packet = reader.next();
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(WireBytes(packet->data.begin(), packet->data.end()), bytes);
    EXPECT_EQ(packet->time, 1'500'000'001);
    EXPECT_EQ(packet->link, LinkType::kRawIp);
    EXPECT_TRUE(reader.has_nanoseconds());
    EXPECT_NE(reader.next(), nullptr);
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_EQ(reader.error(), "");
  }
  fs::resize_file(file.path(), fs::file_size(file.path()) - 3);
  sim::CaptureReader reader(file.path().string());
  EXPECT_NE(reader.next(), nullptr);
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_NE(reader.error(), "");
  EXPECT_EQ(reader.packets_read(), 1U);
}

TEST(Capture, MissingFilesAndDirectoriesAreErrors) {
  for (const std::string path : {"/no/such/file.pcap", "/"}) {
    sim::CaptureReader reader(path);
    EXPECT_NE(reader.error(), "") << path;
    EXPECT_EQ(reader.next(), nullptr);
  }
}

TEST(Capture, PcapngTellsInterfacesAndDirections) {
  const TemporaryFile file(".pcapng");
  const WireBytes ip = some_udp("203.0.113.9", "192.0.2.1");
  const WireBytes link = framed(mac(1), mac(2), {}, ip);
  {
    sim::CaptureWriter writer(file.path().string(), LinkType::kEthernet, true);
    sim::WrittenPacket packet = written(ip, 1'700'000'000'123'456'789);
    packet.link_header = std::span(link).first(14);
    packet.link = LinkType::kEthernet;
    packet.interface = "eth0";
    packet.direction = Direction::kIncoming;
    writer.write(packet);
    packet.link_header = {};
    packet.link = LinkType::kRawIp;
    packet.interface = "wg0";
    packet.direction = Direction::kOutgoing;
    packet.length = 500;
    writer.write(packet);
    EXPECT_TRUE(writer.close()) << writer.error();
  }
  sim::CaptureReader reader(file.path().string());
  const sim::CapturedPacket* packet = reader.next();
  ASSERT_NE(packet, nullptr) << reader.error();
  EXPECT_EQ(packet->interface, "eth0");
  EXPECT_EQ(packet->direction, Direction::kIncoming);
  EXPECT_EQ(packet->link, LinkType::kEthernet);
  EXPECT_EQ(packet->time, 1'700'000'000'123'456'789);
  packet = reader.next();
  ASSERT_NE(packet, nullptr) << reader.error();
  EXPECT_EQ(packet->interface, "wg0");
  EXPECT_EQ(packet->direction, Direction::kOutgoing);
  EXPECT_EQ(packet->link, LinkType::kRawIp);
  EXPECT_EQ(packet->original_length, 500U);
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.error(), "");
}

void put32(WireBytes& to, std::uint32_t value) {  // big endian, to have the other byte order read, too
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}

WireBytes block(std::uint32_t type, const WireBytes& body) {
  WireBytes bytes;
  const auto length = static_cast<std::uint32_t>(12 + body.size());
  put32(bytes, type);
  put32(bytes, length);
  bytes.insert(bytes.end(), body.begin(), body.end());
  put32(bytes, length);
  return bytes;
}

WireBytes joined(const std::vector<WireBytes>& parts) {
  WireBytes bytes;
  for (const WireBytes& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

const WireBytes kSection =
    block(0x0a0d0d0a, {0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255});
/// Raw IP, its clock ticks in 2^-10 seconds.
const WireBytes kBinaryClock = block(1, {0, 101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0x8a, 0, 0, 0, 0, 0, 0, 0});

WireBytes enhanced(std::uint32_t interface, std::uint64_t stamp, const WireBytes& data, std::uint32_t captured_length) {
  WireBytes body;
  put32(body, interface);
  put32(body, static_cast<std::uint32_t>(stamp >> 32));
  put32(body, static_cast<std::uint32_t>(stamp));
  put32(body, captured_length);
  put32(body, static_cast<std::uint32_t>(data.size()));
  body.insert(body.end(), data.begin(), data.end());
  body.resize((body.size() + 3) & ~std::size_t{3});
  return block(6, body);
}

TEST(Capture, PcapngInTheOtherByteOrderWithOddClocks) {
  const TemporaryFile file(".pcapng");
  const WireBytes ip = some_udp("203.0.113.9", "192.0.2.1");
  const auto size = static_cast<std::uint32_t>(ip.size());
  file.write(joined({kSection, kBinaryClock, block(0xbad, WireBytes(40)), enhanced(0, 1536, ip, size),
                     enhanced(0, ~std::uint64_t{0}, ip, size)}));
  sim::CaptureReader reader(file.path().string());
  const sim::CapturedPacket* packet = reader.next();
  ASSERT_NE(packet, nullptr) << reader.error();
  EXPECT_EQ(packet->time, 1'500'000'000);
  packet = reader.next();
  ASSERT_NE(packet, nullptr) << reader.error();
  EXPECT_GT(packet->time, 0) << "a time that does not fit is cut down";
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.error(), "");
}

TEST(Capture, DamagedPcapngIsReportedAfterWhatWasRead) {
  const WireBytes ip = some_udp("203.0.113.9", "192.0.2.1");
  const auto size = static_cast<std::uint32_t>(ip.size());
  const WireBytes good = joined({kSection, kBinaryClock, enhanced(0, 1536, ip, size)});
  WireBytes wrong_end = enhanced(0, 1, ip, size);
  wrong_end.back() ^= 1;
  const std::vector<WireBytes> damages = {
      enhanced(7, 1, ip, size),       // an interface that nobody described
      enhanced(0, 1, ip, 1'000'000),  // more data than the block has
      wrong_end,                      // two lengths that differ
      {0, 0, 0, 6, 0, 0, 0, 9},       // a length that is no multiple of four
      {0, 0, 0, 6, 0xff, 0, 0, 0},    // far too long
      {0, 0, 0, 6},                   // the end of the file inside a block
  };
  for (const WireBytes& damage : damages) {
    const TemporaryFile file(".pcapng");
    file.write(joined({good, damage}));
    sim::CaptureReader reader(file.path().string());
    EXPECT_NE(reader.next(), nullptr) << reader.error();
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_NE(reader.error(), "");
    EXPECT_EQ(reader.packets_read(), 1U);
  }
}

ir::Host host_with_macs() {
  ir::Host host = scene_host();
  for (std::size_t i = 0; i < host.interfaces.size(); ++i) {
    if (!host.interfaces[i].loopback) host.interfaces[i].mac = 0x020000000000 + i;
  }
  return host;
}

std::map<std::uint32_t, std::string> numbers_of(const ir::Host& host) {
  std::map<std::uint32_t, std::string> numbers;
  for (const ir::Interface& interface : host.interfaces)
    numbers.emplace(static_cast<std::uint32_t>(numbers.size() + 1), interface.name);
  return numbers;
}

TEST(Placing, CookedCapturesKnowTheInterfaceAndTheDirection) {
  const ir::Host host = host_with_macs();
  sim::Placing placing(host, {.in = {}, .macs = {}, .numbers = numbers_of(host)});
  const WireBytes in = cooked2(3, 0, some_udp("203.0.113.9", "192.0.2.1"));
  const sim::PlacedPacket arrived = placing.place(captured(in, LinkType::kLinuxCooked2));
  EXPECT_EQ(arrived.arrival.in, host.interfaces[2].name);
  EXPECT_EQ(arrived.arrival.direction, Direction::kIncoming);
  const WireBytes out = cooked2(2, 4, some_udp("192.0.2.1", "203.0.113.9"));
  EXPECT_EQ(placing.place(captured(out, LinkType::kLinuxCooked2)).arrival.direction, Direction::kOutgoing);
  const WireBytes other = cooked2(2, 3, some_udp("203.0.113.9", "203.0.113.10"));
  EXPECT_TRUE(placing.place(captured(other, LinkType::kLinuxCooked2)).for_another);
}

TEST(Placing, ForwardedPacketsCountOnce) {
  const ir::Host host = host_with_macs();
  sim::Placing placing(host, {.in = {}, .macs = {}, .numbers = numbers_of(host)});
  const WireBytes in = cooked2(2, 0, some_udp("203.0.113.9", "198.51.100.20", 64, 77));
  const WireBytes out = cooked2(3, 4, some_udp("203.0.113.9", "198.51.100.20", 63, 77));
  EXPECT_FALSE(placing.place(captured(in, LinkType::kLinuxCooked2)).seen_before);
  EXPECT_TRUE(placing.place(captured(out, LinkType::kLinuxCooked2)).seen_before);
  // Masqueraded, it has a source of the host; yet it is the same.
  const WireBytes masked = cooked2(2, 4, some_udp("192.0.2.1", "198.51.100.20", 63, 77));
  EXPECT_TRUE(placing.place(captured(masked, LinkType::kLinuxCooked2)).seen_before);
  const WireBytes only_out = cooked2(3, 4, some_udp("203.0.113.9", "198.51.100.20", 63, 78));
  const sim::PlacedPacket placed = placing.place(captured(only_out, LinkType::kLinuxCooked2));
  EXPECT_FALSE(placed.seen_before);
  EXPECT_TRUE(placed.only_leaving);
  EXPECT_EQ(placed.arrival.direction, Direction::kIncoming);
}

TEST(Placing, MacAddressesNameInterfaces) {
  const ir::Host host = scene_host();
  sim::PlacingOptions options;
  options.in = "eth9";
  options.macs = {{0x020000000001, "wan0"}, {0x020000000002, "lan0"}};
  sim::Placing placing(host, options);
  const WireBytes ip = some_udp("203.0.113.9", "192.0.2.1");
  const auto interface = [&](const WireBytes& to, const WireBytes& from) {
    const WireBytes frame = framed(to, from, {}, ip);
    return placing.place(captured(frame, LinkType::kEthernet)).arrival.in;
  };
  EXPECT_EQ(interface(mac(1), mac(8)), "wan0");
  EXPECT_EQ(interface(mac(8), mac(2)), "lan0");
  EXPECT_EQ(interface(mac(8), mac(9)), "eth9");
}

TEST(Placing, VlanTagsLeadToVlanInterfaces) {
  ir::Host host = scene_host();
  host.interfaces.emplace_back().name = "eth0.12";
  host.interfaces.emplace_back().name = "eth0.12.7";
  sim::Placing placing(host, {.in = "eth0", .macs = {}, .numbers = {}});
  const WireBytes ip = some_udp("203.0.113.9", "192.0.2.1");
  const WireBytes one = framed(mac(1), mac(2), {0x81, 0, 0x60, 12}, ip);
  const WireBytes two = framed(mac(1), mac(2), {0x88, 0xa8, 0, 12, 0x81, 0, 0, 7}, ip);
  const WireBytes unknown = framed(mac(1), mac(2), {0x81, 0, 0, 99}, ip);
  EXPECT_EQ(placing.place(captured(one, LinkType::kEthernet)).arrival.in, "eth0.12");
  EXPECT_EQ(placing.place(captured(two, LinkType::kEthernet)).arrival.in, "eth0.12.7");
  EXPECT_EQ(placing.place(captured(unknown, LinkType::kEthernet)).arrival.in, "eth0");
}

/// What the packets show; with Ethernet they begin with their frame's header.
std::vector<sim::LocalAddress> shown_by(const std::vector<WireBytes>& packets, LinkType link, bool router) {
  const TemporaryFile file(".pcap");
  sim::CaptureWriter writer(file.path().string(), link, false);
  for (const WireBytes& packet : packets) {
    sim::WrittenPacket row = written(packet, 1);
    const std::size_t header = link == LinkType::kEthernet ? 14 : 0;
    row.link = link;
    row.link_header = row.ip.first(header);
    row.ip = row.ip.subspan(header);
    writer.write(row);
  }
  EXPECT_TRUE(writer.close());
  sim::CaptureReader reader(file.path().string());
  return sim::find_local_addresses(reader, router);
}

TEST(LocalAddresses, TheStationInTheMiddle) {
  const WireBytes to_me = some_udp("203.0.113.1", "192.0.2.1"), from_me = some_udp("192.0.2.1", "203.0.113.1");
  const WireBytes through = some_udp("203.0.113.1", "198.51.100.9"), back = some_udp("198.51.100.9", "203.0.113.1", 63);
  const std::vector<WireBytes> frames = {framed(mac(1), mac(8), {}, to_me), framed(mac(8), mac(1), {}, from_me),
                                         framed(mac(1), mac(9), {}, through), framed(mac(8), mac(1), {}, back)};
  const auto found = shown_by(frames, LinkType::kEthernet, true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(ir::format_address(found[0].address, ir::Family::kIpv4), "192.0.2.1");
  EXPECT_TRUE(shown_by({frames[0], frames[1]}, LinkType::kEthernet, true).empty()) << "either station may be the host";
}

TEST(LocalAddresses, OneEndOfEverything) {
  const auto found_with = [](const std::vector<std::pair<std::string, std::string>>& ends, bool router = false) {
    std::vector<WireBytes> packets;
    for (const auto& [from, to] : ends) packets.push_back(some_udp(from, to));
    return shown_by(packets, LinkType::kRawIp, router);
  };
  const std::string host = "192.0.2.1", a = "203.0.113.1", b = "203.0.113.2";
  const auto found = found_with({{a, host}, {host, a}, {b, host}, {host, b}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(ir::format_address(found[0].address, ir::Family::kIpv4), host);
  EXPECT_TRUE(found_with({{a, host}, {host, a}, {a, host}, {host, a}}).empty()) << "either may be the host";
  EXPECT_TRUE(found_with({{a, host}, {host, a}, {b, host}, {a, b}}).empty());
  EXPECT_TRUE(found_with({{a, host}, {host, a}, {b, host}, {host, b}}, true).empty()) << "it may be the only client";
}

}  // namespace
}  // namespace nfproof::testing
