// SPDX-License-Identifier: Apache-2.0
// The table of connections, found by the tuples of both directions: open addressing, so that a look-up costs little
// more than fetching the connection itself, and about 100 bytes for each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/tuple.h"

namespace nfproof::sim {

struct Connection;

/// One direction of a connection. Its tuple must not change while it stands in the table.
struct ConnectionHandle {
  std::shared_ptr<Connection> connection;
  bool reply = false;
};

class ConnectionTable {
  struct Slot {
    ConnectionHandle handle;  // without connection: free
    std::uint32_t hash = 0;
  };

 public:
  /// Goes through all handles, in no particular order.
  class Iterator {
   public:
    Iterator(const Slot* at, const Slot* end) : at_(at), end_(end) { skip(); }
    const ConnectionHandle& operator*() const { return at_->handle; }
    Iterator& operator++() { return ++at_, skip(), *this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    void skip() {
      while (at_ != end_ && !at_->handle.connection) ++at_;
    }
    const Slot* at_;
    const Slot* end_;
  };

  /// Null when there is none; valid until the table changes.
  [[nodiscard]] const ConnectionHandle* find(const Tuple& tuple) const;
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
  void resize(std::size_t slots);

  std::vector<Slot> slots_;  // a power of two of them, or none
  std::size_t size_ = 0;
};

}  // namespace nfproof::sim
