// SPDX-License-Identifier: Apache-2.0
// Linear probing; what follows a slot that becomes free moves up, so there are no traces of what was erased.
#include "sim/connection_table.h"

#include <utility>

#include "sim/conntrack.h"

namespace nfproof::sim {
namespace {

constexpr std::size_t kFewestSlots = 64;

std::uint32_t hash_of(const Tuple& tuple) { return static_cast<std::uint32_t>(TupleHash{}(tuple)); }

const Tuple& tuple_of(const ConnectionHandle& handle) { return handle.connection->tuples[handle.reply ? 1 : 0]; }

}  // namespace

std::size_t ConnectionTable::slot_of(const Tuple& tuple, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].handle.connection && (slots_[at].hash != hash || tuple_of(slots_[at].handle) != tuple))
    at = (at + 1) & mask;
  return at;
}

const ConnectionHandle* ConnectionTable::find(const Tuple& tuple) const {
  if (size_ == 0) return nullptr;
  const ConnectionHandle& found = slots_[slot_of(tuple, hash_of(tuple))].handle;
  return found.connection ? &found : nullptr;
}

void ConnectionTable::insert(ConnectionHandle handle) {
  if (slots_.empty())
    resize(kFewestSlots);
  else if ((size_ + 1) * 3 > slots_.size() * 2)
    resize(slots_.size() * 2);
  const Tuple& tuple = tuple_of(handle);
  const std::uint32_t hash = hash_of(tuple);
  Slot& slot = slots_[slot_of(tuple, hash)];
  if (!slot.handle.connection) ++size_;
  slot.hash = hash;
  slot.handle = std::move(handle);
}

void ConnectionTable::erase(const Tuple& tuple) {
  if (size_ == 0) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot_of(tuple, hash_of(tuple));
  if (!slots_[hole].handle.connection) return;
  slots_[hole].handle.connection.reset();
  --size_;
  for (std::size_t at = (hole + 1) & mask; slots_[at].handle.connection; at = (at + 1) & mask) {
    const std::size_t home = slots_[at].hash & mask;
    const bool reaches = ((at - home) & mask) >= ((at - hole) & mask);  // the hole lies between its home and it
    if (!reaches) continue;
    slots_[hole] = std::move(slots_[at]);
    slots_[at].handle.connection.reset();
    hole = at;
  }
  if (slots_.size() > kFewestSlots && size_ * 8 < slots_.size()) resize(slots_.size() / 2);
}

void ConnectionTable::resize(std::size_t slots) {
  std::vector<Slot> old(slots);
  old.swap(slots_);
  const std::size_t mask = slots - 1;
  for (Slot& slot : old) {
    if (!slot.handle.connection) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].handle.connection) at = (at + 1) & mask;
    slots_[at] = std::move(slot);
  }
}

}  // namespace nfproof::sim
