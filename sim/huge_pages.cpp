// SPDX-License-Identifier: Apache-2.0
// Chunks and pages.
#include "sim/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

namespace nfproof::sim {
namespace {

constexpr auto kAlignment = std::align_val_t{64};  // of a cache line

}  // namespace

void* take_pages(std::size_t bytes) {
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* pages = std::aligned_alloc(kHugePage, whole);
  if (pages == nullptr) throw std::bad_alloc();
  static_cast<void>(madvise(pages, whole, MADV_HUGEPAGE));  // without it all is slower, nothing is wrong
  return pages;
}

void give_pages(void* pages) { std::free(pages); }

Pool::~Pool() {
  for (void* chunk : small_) ::operator delete(chunk, kAlignment);
  for (void* chunk : huge_) give_pages(chunk);
}

void Pool::add_chunk(std::size_t size) {
  const std::size_t count = std::max<std::size_t>(chunk_ / size, 1);
  const bool huge = chunk_ >= kHugePage;
  void* chunk = huge ? take_pages(count * size) : ::operator new(count* size, kAlignment);
  (huge ? huge_ : small_).push_back(chunk);
  for (std::size_t i = count; i-- > 0;) give(static_cast<std::byte*>(chunk) + i * size);
  chunk_ = std::min(2 * chunk_, kHugePage);
}

void* Pool::take(std::size_t size) {
  constexpr auto kAligned = static_cast<std::size_t>(kAlignment);
  if (free_ == nullptr) add_chunk((size + kAligned - 1) / kAligned * kAligned);
  Free* piece = free_;
  free_ = piece->next;
  return piece;
}

void Pool::give(void* piece) {
  auto* made = new (piece) Free{free_};
  free_ = made;
}

}  // namespace nfproof::sim
