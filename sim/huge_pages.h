// SPDX-License-Identifier: Apache-2.0
// Memory for large tables that are read at random: in huge pages where the system has them, so that an access does not
// first have to find its page. Small amounts come from the usual place.
//
// Entries: `HugePageAllocator` for vectors, `PoolAllocator` for many objects of one type.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace nfproof::sim {

/// At least `bytes`, at the begin of a page. Never null.
[[nodiscard]] void* take_pages(std::size_t bytes);
void give_pages(void* pages);

inline constexpr std::size_t kHugePage = std::size_t{1} << 21U;

template <typename T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <typename U>
  explicit HugePageAllocator(const HugePageAllocator<U>& /*other*/) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kHugePage ? ::operator new(bytes) : take_pages(bytes));
  }
  void deallocate(T* first, std::size_t count) {
    if (count * sizeof(T) < kHugePage)
      ::operator delete(first);
    else
      give_pages(first);
  }
  friend bool operator==(const HugePageAllocator& /*a*/, const HugePageAllocator& /*b*/) { return true; }
};

/// Pieces of one size, each at the begin of a cache line, cut from chunks that grow. Those that are given back are used
/// again.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  [[nodiscard]] void* take(std::size_t size);
  void give(void* piece);

 private:
  struct Free {
    Free* next;
  };
  void add_chunk(std::size_t size);

  Free* free_ = nullptr;
  std::size_t chunk_ = std::size_t{1} << 14U;  // bytes of the next one
  std::vector<void*> small_;
  std::vector<void*> huge_;
};

/// For `std::allocate_shared`: every object keeps its pool.
template <typename T>
struct PoolAllocator {
  using value_type = T;
  explicit PoolAllocator(std::shared_ptr<Pool> from) : pool(std::move(from)) {}
  template <typename U>
  explicit PoolAllocator(const PoolAllocator<U>& other) : pool(other.pool) {}

  [[nodiscard]] T* allocate(std::size_t /*one*/) { return static_cast<T*>(pool->take(sizeof(T))); }
  void deallocate(T* piece, std::size_t /*one*/) { pool->give(piece); }
  friend bool operator==(const PoolAllocator& a, const PoolAllocator& b) { return a.pool == b.pool; }

  std::shared_ptr<Pool> pool;
};

}  // namespace nfproof::sim
