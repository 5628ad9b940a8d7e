// SPDX-License-Identifier: Apache-2.0
// A ring of batches between the two threads. Each packet is handed over by one store, so that a slow capture, read from
// a pipe, is not held back; nothing is locked. Who has to wait sleeps at once, and who has nearly caught up sleeps a
// moment to have more to do: while it looked again and again, each of those stores would have to fetch its line from
// the other processor. For the same reason what is handed over of each packet are two lines: what packets of one place
// have in common is handed over once for each batch, and their bytes are looked at only by who needs them.
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
constexpr std::size_t kFetched = 20;      // packets ahead of the one that is asked for
constexpr std::size_t kWorthwhile = 512;  // packets; for fewer of them the other processor is not disturbed

/// What most packets are decided by.
struct alignas(128) Slot {
  Preview preview;
  Nanoseconds time = 0;
  std::uint32_t size = 0;    // bytes that the capture has
  std::uint16_t origin = 0;  // in its batch
  bool whole = true;         // it has them all
};
static_assert(sizeof(Slot) == 128);

struct alignas(128) Batch {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kBatchBytes);
  std::vector<Slot> packets = std::vector<Slot>(kBatchPackets);
  std::vector<std::uint32_t> lengths = std::vector<std::uint32_t>(kBatchPackets);  // of packets that are not whole
  std::vector<ReadPacket> origins = std::vector<ReadPacket>(kBatchPackets);        // without time, data and preview
  alignas(128) std::atomic<std::size_t> count = 0;  // packets that may be read, with their origins
  std::atomic<bool> closed = false;                 // there will be no more
  std::atomic<bool> free = true;                    // the reader has done with it
};

bool same_origin(const CapturedPacket& a, const CapturedPacket& b) {
  return a.link == b.link && a.interface == b.interface && a.direction == b.direction && a.sender == b.sender;
}

bool same_origin(const PlacedPacket& a, const PlacedPacket& b) {
  return a.seen_before == b.seen_before && a.for_another == b.for_another && a.only_leaving == b.only_leaving &&
         a.arrival.in == b.arrival.in && a.arrival.direction == b.arrival.direction &&
         a.arrival.mark == b.arrival.mark && a.arrival.sender == b.arrival.sender;
}

/// Waits for the other thread.
class Patience {
 public:
  explicit Patience(int microseconds) : microseconds_(microseconds) {}
  void wait() {
    constexpr int kShort = 256;
    std::this_thread::sleep_for(std::chrono::microseconds(++turns_ < kShort ? microseconds_ : 1000));
  }

 private:
  int microseconds_;
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
    for (Patience patience(20);;) {
      Batch& batch = batches_[reading_];
      if (read_ < known_) {
        if (read_ + kFetched < known_) fetch(batch.packets[read_ + kFetched]);
        return &give(batch);
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

  [[nodiscard]] const Preview* later(std::size_t places) const {
    const std::size_t at = read_ - 1 + places;  // `read_` is one past the packet that `next` gave
    return previews_ && read_ != 0 && at < known_ ? &batches_[reading_].packets[at].preview : nullptr;
  }

 private:
  /// The other processor wrote it: it takes its time to come here.
  static void fetch(const Slot& slot) {
    __builtin_prefetch(&slot);
    __builtin_prefetch(reinterpret_cast<const char*>(&slot) + 64);
  }

  const ReadPacket& give(const Batch& batch) {
    const Slot& slot = batch.packets[read_];
    for (; origins_ <= slot.origin; ++origins_) given_[origins_] = batch.origins[origins_];
    ReadPacket& packet = given_[slot.origin];
    packet.captured.data = {batch.bytes.data() + offset_, slot.size};
    packet.captured.original_length = slot.whole ? slot.size : batch.lengths[read_];
    packet.captured.time = packet.placed.arrival.time = slot.time;
    packet.preview = previews_ ? &slot.preview : nullptr;
    offset_ += slot.size;
    ++read_;
    return packet;
  }

  void leave(Batch& batch) {
    read_ = known_ = offset_ = origins_ = 0;
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
      Slot& slot = batch.packets[count];
      look_at(*packet, slot);
      copy(*packet, batch.bytes.data() + used, slot);
      slot.origin = origin_of(*packet, batch);
      slot.whole = packet->original_length == size;
      if (!slot.whole) batch.lengths[count] = packet->original_length;
      used += size;
      batch.count.store(++count, std::memory_order_release);
    }
    over_.store(true, std::memory_order_release);
  }

  /// Waits until the batch is free; false when nobody wants it any more. All others are full then: there is time.
  bool take(Batch& batch, std::size_t size) {
    for (Patience patience(300); !batch.free.load(std::memory_order_acquire); patience.wait())
      if (stop_) return false;
    batch.free.store(false, std::memory_order_relaxed);
    if (size > batch.bytes.size()) batch.bytes.resize(size);
    kept_.clear();
    return !stop_;
  }

  /// While its bytes are at hand where they were read.
  void look_at(const CapturedPacket& packet, Slot& slot) {
    const LinkInfo* link = decode_link(packet.data, packet.link, link_) ? &link_ : nullptr;
    placing_.place(packet, link, placed_);
    if (previews_) make_preview({packet.data, packet.link, packet.original_length}, link, slot.preview);
  }

  static void copy(const CapturedPacket& packet, std::uint8_t* bytes, Slot& slot) {
    if (!packet.data.empty()) std::memcpy(bytes, packet.data.data(), packet.data.size());
    slot.size = static_cast<std::uint32_t>(packet.data.size());
    slot.time = packet.time;
    ByteView& options = slot.preview.segment.options;
    if (slot.preview.plain && slot.preview.tuple.protocol == ir::kProtoTcp)
      options = {bytes + (options.data() - packet.data.data()), options.size()};
  }

  /// One of the last few in most captures, else a new one.
  std::uint16_t origin_of(const CapturedPacket& packet, Batch& batch) {
    constexpr std::size_t kLookedThrough = 8;
    for (std::size_t i = kept_.size(), last = i - std::min(i, kLookedThrough); i > last; --i)
      if (same_origin(kept_[i - 1].placed, placed_) && same_origin(kept_[i - 1].captured, packet))
        return static_cast<std::uint16_t>(i - 1);
    kept_.push_back({placed_, packet, nullptr});
    batch.origins[kept_.size() - 1] = kept_.back();
    return static_cast<std::uint16_t>(kept_.size() - 1);
  }

  CaptureReader& reader_;
  Placing& placing_;
  LinkInfo link_;                 // of the packet that is being read
  PlacedPacket placed_;           // the same
  std::vector<ReadPacket> kept_;  // the origins of the batch that is being written, where nobody else looks at them
  bool previews_;
  std::array<Batch, kBatches> batches_;
  std::size_t reading_ = 0;  // batch; this and the next two belong to who asks for packets
  std::size_t read_ = 0;     // packets of it
  std::size_t known_ = 0;    // packets of it that are known to be there
  std::size_t offset_ = 0;   // bytes of it
  std::size_t origins_ = 0;  // of it, that are in `given_`
  std::vector<ReadPacket> given_ = std::vector<ReadPacket>(kBatchPackets);
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

const Preview* ReadAhead::later(std::size_t places) const { return impl_ ? impl_->later(places) : nullptr; }

unsigned default_threads() { return std::min(2U, std::max(1U, std::thread::hardware_concurrency())); }

}  // namespace nfproof::sim
