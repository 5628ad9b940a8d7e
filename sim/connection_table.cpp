// SPDX-License-Identifier: Apache-2.0
// Linear probing; what follows a slot that becomes free moves up, so there are no traces of what was erased.
#include "sim/connection_table.h"

#include <algorithm>
#include <utility>

#include "sim/conntrack.h"

namespace nfproof::sim {
namespace {

constexpr std::size_t kFewestSlots = 64;
constexpr std::size_t kCacheLine = 64;

const Tuple& tuple_of(const ConnectionHandle& handle) { return handle.connection->tuples[handle.reply ? 1 : 0]; }

}  // namespace

std::uint32_t ConnectionTable::hash_of(const Tuple& tuple) {
  return std::max<std::uint32_t>(static_cast<std::uint32_t>(TupleHash{}(tuple)), 1);
}

std::size_t ConnectionTable::slot_of(const Tuple& tuple, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].hash != 0 && (slots_[at].hash != hash || tuple_of(slots_[at]) != tuple)) at = (at + 1) & mask;
  return at;
}

const ConnectionHandle* ConnectionTable::find(const Tuple& tuple) const { return find(tuple, hash_of(tuple)); }

const ConnectionHandle* ConnectionTable::find(const Tuple& tuple, std::uint32_t hash) const {
  if (size_ == 0) return nullptr;
  const ConnectionHandle& slot = slots_[slot_of(tuple, hash)];
  return slot.hash != 0 ? &slot : nullptr;
}

void ConnectionTable::fetch_slot(std::uint32_t hash) const {
  if (size_ == 0) return;
  const ConnectionHandle* slot = &slots_[hash & (slots_.size() - 1)];
  __builtin_prefetch(slot);
  __builtin_prefetch(reinterpret_cast<const char*>(slot) + kCacheLine);  // it may lie a little further
}

bool ConnectionTable::fetch_connection(std::uint32_t hash) const {
  if (size_ == 0) return false;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  if (slots_[at].hash == 0) return false;
  const Connection* connection = slots_[at].connection.get();
  const auto* begin = reinterpret_cast<const char*>(connection);
  const auto* end = reinterpret_cast<const char*>(&connection->sctp);  // what follows is seldom wanted
  for (const char* line = begin; line < end; line += kCacheLine) __builtin_prefetch(line, 1);
  return true;
}

void ConnectionTable::insert(ConnectionHandle handle) {
  if (slots_.empty())
    resize(kFewestSlots);
  else if ((size_ + 1) * 3 > slots_.size() * 2)
    resize(slots_.size() * 2);
  handle.hash = hash_of(tuple_of(handle));
  ConnectionHandle& slot = slots_[slot_of(tuple_of(handle), handle.hash)];
  if (slot.hash == 0) ++size_;
  slot = std::move(handle);
}

void ConnectionTable::erase(const Tuple& tuple) {
  if (size_ == 0) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot_of(tuple, hash_of(tuple));
  if (slots_[hole].hash == 0) return;
  const ConnectionHandle erased = std::move(slots_[hole]);  // it may be all that keeps the tuple
  --size_;
  for (std::size_t at = (hole + 1) & mask; slots_[at].hash != 0; at = (at + 1) & mask) {
    const std::size_t home = slots_[at].hash & mask;
    const bool reaches = ((at - home) & mask) >= ((at - hole) & mask);  // the hole lies between its home and it
    if (!reaches) continue;
    slots_[hole] = std::move(slots_[at]);
    hole = at;
  }
  slots_[hole] = {};
  if (slots_.size() > kFewestSlots && size_ * 8 < slots_.size()) resize(slots_.size() / 2);
}

void ConnectionTable::resize(std::size_t count) {
  Slots slots(count);
  slots.swap(slots_);
  const std::size_t mask = count - 1;
  for (ConnectionHandle& old : slots) {
    if (old.hash == 0) continue;
    std::size_t at = old.hash & mask;
    while (slots_[at].hash != 0) at = (at + 1) & mask;
    slots_[at] = std::move(old);
  }
}

}  // namespace nfproof::sim
