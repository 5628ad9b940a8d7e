// SPDX-License-Identifier: Apache-2.0
// A ring of batches between the two threads. Each packet is handed over by one store, so that a slow capture, read from
// a pipe, is not held back; nothing is locked. Who has to wait sleeps at once, and who has nearly caught up sleeps a
// moment to have more to do: while it looked again and again, each of those stores would have to fetch its line from
// the other processor.
#include "sim/read_ahead.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace nfproof::sim {
namespace {

// Longer than what the processors' own caches hold: lines come faster from a cache that they share than from each
// other.
constexpr std::size_t kBatches = 32;
constexpr std::size_t kBatchPackets = 512;
constexpr std::size_t kBatchBytes = std::size_t{160} << 10U;
constexpr std::size_t kFetched = 20;     // packets ahead of the one that is asked for
constexpr std::size_t kWorthwhile = 64;  // packets; for fewer of them the other processor is not disturbed

struct alignas(128) Batch {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kBatchBytes);
  std::vector<ReadPacket> packets = std::vector<ReadPacket>(kBatchPackets);
  alignas(128) std::atomic<std::size_t> count = 0;  // packets that may be read
  std::atomic<bool> closed = false;                 // there will be no more
  std::atomic<bool> free = true;                    // the reader has done with it
};

/// Waits for the other thread.
class Patience {
 public:
  void wait() {
    constexpr int kShort = 256;
    std::this_thread::sleep_for(std::chrono::microseconds(++turns_ < kShort ? 20 : 1000));
  }

 private:
  int turns_ = 0;
};

}  // namespace

class ReadAhead::Impl {
 public:
  Impl(CaptureReader& reader, Placing& placing, bool previews)
      : reader_(reader), placing_(placing), previews_(previews), thread_([this] { read_all(); }) {}
  ~Impl() {
    stop_ = true;
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const ReadPacket* next() {
    bool rested = false;
    for (Patience patience;;) {
      Batch& batch = batches_[reading_];
      if (read_ < known_) {
        if (read_ + kFetched < known_) fetch(batch.packets[read_ + kFetched]);
        return &batch.packets[read_++];
      }
      const bool over = over_.load(std::memory_order_acquire);
      const bool closed = batch.closed.load(std::memory_order_acquire);
      const std::size_t there = batch.count.load(std::memory_order_acquire);
      if (!over && !closed && !rested && there - read_ < kWorthwhile) {
        rested = true;
        patience.wait();
        continue;
      }
      known_ = there;
      if (read_ < known_) continue;
      if (closed)
        leave(batch);
      else if (over)
        return nullptr;
      else
        patience.wait();
    }
  }

  [[nodiscard]] const ReadPacket* later(std::size_t places) const {
    const std::size_t at = read_ - 1 + places;  // `read_` is one past the packet that `next` gave
    return read_ != 0 && at < known_ ? &batches_[reading_].packets[at] : nullptr;
  }

 private:
  /// The other processor wrote it: it takes its time to come here.
  static void fetch(const ReadPacket& packet) {
    const auto* begin = reinterpret_cast<const char*>(&packet);
    for (std::size_t line = 0; line < sizeof(ReadPacket); line += 64) __builtin_prefetch(begin + line);
  }

  void leave(Batch& batch) {
    read_ = known_ = 0;
    batch.count.store(0, std::memory_order_relaxed);
    batch.closed.store(false, std::memory_order_relaxed);
    batch.free.store(true, std::memory_order_release);
    reading_ = (reading_ + 1) % kBatches;
  }

  void read_all() {
    std::size_t writing = 0;
    std::size_t count = 0;  // packets in the batch
    std::size_t used = 0;   // bytes
    while (const CapturedPacket* packet = reader_.next()) {
      const std::size_t size = packet->data.size();
      if (count == kBatchPackets || (count != 0 && used + size > kBatchBytes)) {
        batches_[writing].closed.store(true, std::memory_order_release);
        writing = (writing + 1) % kBatches;
        count = used = 0;
      }
      Batch& batch = batches_[writing];
      if (count == 0 && !take(batch, size)) break;
      ReadPacket& read = batch.packets[count];
      look_at(*packet, read);
      copy(*packet, batch.bytes.data() + used, read);
      used += size;
      batch.count.store(++count, std::memory_order_release);
    }
    over_.store(true, std::memory_order_release);
  }

  /// Waits until the batch is free; false when nobody wants it any more.
  bool take(Batch& batch, std::size_t size) {
    for (Patience patience; !batch.free.load(std::memory_order_acquire); patience.wait())
      if (stop_) return false;
    batch.free.store(false, std::memory_order_relaxed);
    if (size > batch.bytes.size()) batch.bytes.resize(size);
    return !stop_;
  }

  /// While its bytes are at hand where they were read.
  void look_at(const CapturedPacket& packet, ReadPacket& read) {
    const LinkInfo* link = decode_link(packet.data, packet.link, link_) ? &link_ : nullptr;
    placing_.place(packet, link, read.placed);
    if (previews_) make_preview({packet.data, packet.link, packet.original_length}, link, read.preview);
  }

  static void copy(const CapturedPacket& packet, std::uint8_t* bytes, ReadPacket& read) {
    if (!packet.data.empty()) std::memcpy(bytes, packet.data.data(), packet.data.size());
    CapturedPacket& copy = read.captured;
    copy.data = {bytes, packet.data.size()};
    copy.link = packet.link;
    copy.original_length = packet.original_length;
    copy.time = packet.time;
    if (copy.interface != packet.interface) copy.interface = packet.interface;
    copy.direction = packet.direction;
    copy.sender = packet.sender;
    ByteView& options = read.preview.segment.options;
    if (read.preview.plain && read.preview.tuple.protocol == ir::kProtoTcp)
      options = {bytes + (options.data() - packet.data.data()), options.size()};
  }

  CaptureReader& reader_;
  Placing& placing_;
  LinkInfo link_;  // of the packet that is being read
  bool previews_;
  std::array<Batch, kBatches> batches_;
  std::size_t reading_ = 0;  // batch; this and the next two belong to who asks for packets
  std::size_t read_ = 0;     // packets of it
  std::size_t known_ = 0;    // packets of it that are known to be there
  std::atomic<bool> over_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

ReadAhead::ReadAhead(CaptureReader& reader, Placing& placing, const ReadAheadOptions& options)
    : reader_(reader),
      placing_(placing),
      impl_(options.threads < 2 ? nullptr : std::make_unique<Impl>(reader, placing, options.previews)) {}
ReadAhead::~ReadAhead() = default;

const ReadPacket* ReadAhead::next() {
  if (impl_) return impl_->next();
  const CapturedPacket* captured = reader_.next();
  if (captured == nullptr) return nullptr;
  packet_.captured = *captured;
  packet_.placed = placing_.place(*captured);
  return &packet_;
}

const ReadPacket* ReadAhead::later(std::size_t places) const { return impl_ ? impl_->later(places) : nullptr; }

unsigned default_threads() { return std::min(2U, std::max(1U, std::thread::hardware_concurrency())); }

}  // namespace nfproof::sim
