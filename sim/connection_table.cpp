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
  const std::size_t mask = hashes_.size() - 1;
  std::size_t at = hash & mask;
  while (hashes_[at] != 0 && (hashes_[at] != hash || tuple_of(handles_[at]) != tuple)) at = (at + 1) & mask;
  return at;
}

const ConnectionHandle* ConnectionTable::find(const Tuple& tuple) const { return find(tuple, hash_of(tuple)); }

const ConnectionHandle* ConnectionTable::find(const Tuple& tuple, std::uint32_t hash) const {
  if (size_ == 0) return nullptr;
  const std::size_t at = slot_of(tuple, hash);
  return hashes_[at] != 0 ? &handles_[at] : nullptr;
}

void ConnectionTable::fetch_slot(std::uint32_t hash) const {
  if (size_ == 0) return;
  const std::size_t at = hash & (hashes_.size() - 1);
  __builtin_prefetch(&hashes_[at]);
  __builtin_prefetch(&handles_[at]);
  __builtin_prefetch(&handles_[(at + 2) & (hashes_.size() - 1)]);  // it may lie a little further
}

void ConnectionTable::fetch_connection(std::uint32_t hash) const {
  if (size_ == 0) return;
  const std::size_t mask = hashes_.size() - 1;
  std::size_t at = hash & mask;
  while (hashes_[at] != 0 && hashes_[at] != hash) at = (at + 1) & mask;
  if (hashes_[at] == 0) return;
  const Connection* connection = handles_[at].connection.get();
  const auto* begin = reinterpret_cast<const char*>(connection);
  const auto* end = reinterpret_cast<const char*>(&connection->sctp);  // what follows is seldom wanted
  for (const char* line = begin; line < end; line += kCacheLine) __builtin_prefetch(line, 1);
}

void ConnectionTable::insert(ConnectionHandle handle) {
  if (hashes_.empty())
    resize(kFewestSlots);
  else if ((size_ + 1) * 3 > hashes_.size() * 2)
    resize(hashes_.size() * 2);
  const Tuple& tuple = tuple_of(handle);
  const std::uint32_t hash = hash_of(tuple);
  const std::size_t at = slot_of(tuple, hash);
  if (hashes_[at] == 0) ++size_;
  hashes_[at] = hash;
  handles_[at] = std::move(handle);
}

void ConnectionTable::erase(const Tuple& tuple) {
  if (size_ == 0) return;
  const std::size_t mask = hashes_.size() - 1;
  std::size_t hole = slot_of(tuple, hash_of(tuple));
  if (hashes_[hole] == 0) return;
  const ConnectionHandle erased = std::move(handles_[hole]);  // it may be all that keeps the tuple
  --size_;
  for (std::size_t at = (hole + 1) & mask; hashes_[at] != 0; at = (at + 1) & mask) {
    const std::size_t home = hashes_[at] & mask;
    const bool reaches = ((at - home) & mask) >= ((at - hole) & mask);  // the hole lies between its home and it
    if (!reaches) continue;
    hashes_[hole] = hashes_[at];
    handles_[hole] = std::move(handles_[at]);
    hole = at;
  }
  hashes_[hole] = 0;
  handles_[hole].connection.reset();
  if (hashes_.size() > kFewestSlots && size_ * 8 < hashes_.size()) resize(hashes_.size() / 2);
}

void ConnectionTable::resize(std::size_t slots) {
  Slots<std::uint32_t> hashes(slots);
  Slots<ConnectionHandle> handles(slots);
  hashes.swap(hashes_);
  handles.swap(handles_);
  const std::size_t mask = slots - 1;
  for (std::size_t old = 0; old < hashes.size(); ++old) {
    if (hashes[old] == 0) continue;
    std::size_t at = hashes[old] & mask;
    while (hashes_[at] != 0) at = (at + 1) & mask;
    hashes_[at] = hashes[old];
    handles_[at] = std::move(handles[old]);
  }
}

}  // namespace nfproof::sim
