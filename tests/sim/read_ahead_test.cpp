// SPDX-License-Identifier: Apache-2.0
// Reading ahead gives the packets of the capture, all of them and in order, however large they are and whenever whoever
// asks for them stops.
#include "sim/read_ahead.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <vector>

#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr std::uint32_t kPackets = 3000;
constexpr std::uint32_t kLargest = 262144;

/// A pcap file of packets of all sizes, without meaning; removed at the end.
class Capture {
 public:
  Capture() {
    std::FILE* file = fdopen(mkstemp(path_.data()), "wb");
    constexpr std::uint32_t kMagic = 0xa1b2c3d4, kVersion = 0x00040002, kRawIp = 101;
    for (const std::uint32_t word : {kMagic, kVersion, 0U, 0U, kLargest, kRawIp}) put(file, word);
    std::mt19937_64 random(1);
    std::vector<std::uint8_t> bytes(kLargest);
    for (std::uint32_t i = 0; i < kPackets; ++i) {
      const std::uint32_t size = i % 700 == 300 ? kLargest : static_cast<std::uint32_t>(random() % 1500);
      for (std::uint32_t at = 0; at < size; at += 97) bytes[at] = static_cast<std::uint8_t>(random());
      for (const std::uint32_t word : {i, 0U, size, size}) put(file, word);
      std::fwrite(bytes.data(), 1, size, file);
    }
    std::fclose(file);
  }
  ~Capture() { unlink(path_.data()); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  [[nodiscard]] std::string path() const { return path_.data(); }

 private:
  static void put(std::FILE* file, std::uint32_t word) { std::fwrite(&word, sizeof word, 1, file); }
  std::array<char, 32> path_{"/tmp/nfproof-read-ahead-XXXXXX"};
};

TEST(ReadAhead, GivesTheCapture) {
  const Capture capture;
  const ir::Host host = scene_host();
  sim::CaptureReader plain(capture.path()), reader(capture.path());
  sim::Placing placing(host, {});
  sim::ReadAhead ahead(reader, placing, {.threads = 2, .previews = true});
  std::uint32_t count = 0;
  while (const sim::CapturedPacket* expected = plain.next()) {
    const sim::ReadPacket* packet = ahead.next();
    ASSERT_NE(packet, nullptr);
    ASSERT_TRUE(std::equal(packet->captured.data.begin(), packet->captured.data.end(), expected->data.begin(),
                           expected->data.end()));
    EXPECT_EQ(packet->captured.time, expected->time);
    EXPECT_EQ(packet->placed.arrival.time, expected->time);
    EXPECT_EQ(packet->captured.original_length, expected->original_length);
    ++count;
  }
  EXPECT_EQ(ahead.next(), nullptr);
  EXPECT_EQ(count, kPackets);
  EXPECT_EQ(reader.packets_read(), kPackets);
}

TEST(ReadAhead, MayBeLeftInTheMiddle) {
  const Capture capture;
  const ir::Host host = scene_host();
  for (const int asked : {0, 1, 600}) {
    sim::CaptureReader reader(capture.path());
    sim::Placing placing(host, {});
    sim::ReadAhead ahead(reader, placing, {.threads = 2, .previews = true});
    for (int i = 0; i < asked; ++i) ASSERT_NE(ahead.next(), nullptr);
  }
}

}  // namespace
}  // namespace nfproof::testing
