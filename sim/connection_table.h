// SPDX-License-Identifier: Apache-2.0
// The table of connections, found by the tuples of both directions: open addressing with the hashes in the slots, so
// that a look-up costs little more than fetching the connection itself, and about 100 bytes for each connection. Who
// knows early what will be looked up may have it fetched in the meantime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/huge_pages.h"
#include "sim/tuple.h"

namespace nfproof::sim {

struct Connection;

/// One direction of a connection. Its tuple must not change while it stands in the table.
struct ConnectionHandle {
  std::shared_ptr<Connection> connection;
  bool reply = false;
  std::uint32_t hash = 0;  ///< of its tuple; the table fills it in
};

class ConnectionTable {
 public:
  /// Goes through all handles, in no particular order.
  class Iterator {
   public:
    Iterator(const ConnectionHandle* at, const ConnectionHandle* end) : at_(at), end_(end) { skip(); }
    const ConnectionHandle& operator*() const { return *at_; }
    Iterator& operator++() { return ++at_, skip(), *this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    void skip() {
      while (at_ != end_ && !at_->connection) ++at_;
    }
    const ConnectionHandle* at_;
    const ConnectionHandle* end_;
  };

  [[nodiscard]] static std::uint32_t hash_of(const Tuple& tuple);
  /// Null when there is none; valid until the table changes. `hash` is that of the tuple.
  [[nodiscard]] const ConnectionHandle* find(const Tuple& tuple, std::uint32_t hash) const;
  [[nodiscard]] const ConnectionHandle* find(const Tuple& tuple) const;
  /// Has the slot of that hash fetched, and some packets later what it holds: the connection, should it be found there.
  void fetch_slot(std::uint32_t hash) const;
  /// False: it is not there.
  bool fetch_connection(std::uint32_t hash) const;
  /// Takes the place of a handle with the same tuple.
  void insert(ConnectionHandle handle);
  void erase(const Tuple& tuple);

  /// Of handles, not connections.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Iterator begin() const { return {slots_.data(), slots_.data() + slots_.size()}; }
  [[nodiscard]] Iterator end() const { return {slots_.data() + slots_.size(), slots_.data() + slots_.size()}; }

 private:
  /// Where the tuple is, or the free slot where it belongs.
  [[nodiscard]] std::size_t slot_of(const Tuple& tuple, std::uint32_t hash) const;
  void resize(std::size_t count);

  using Slots = std::vector<ConnectionHandle, HugePageAllocator<ConnectionHandle>>;
  Slots slots_;  // a power of two of them, or none; free: without connection, hash 0
  std::size_t size_ = 0;
};

}  // namespace nfproof::sim
