// SPDX-License-Identifier: Apache-2.0
// Keeping and sharing characters: see text.h.
#include "compiler/ir/text.h"

#include <array>
#include <cstring>
#include <functional>
#include <new>

namespace nfproof::ir {
namespace {

/// How many texts that were made lately a thread remembers, and how long they may be: what that keeps alive is bounded.
constexpr std::size_t kRecent = 4096;
constexpr std::size_t kMaxRecentSize = 256;

}  // namespace

Text::Shared* Text::make(std::string_view text) {
  if (text.empty()) return nullptr;
  const auto allocate = [text] {
    void* memory = ::operator new(sizeof(Shared) + text.size());
    auto* shared = new (memory) Shared;
    shared->size = static_cast<std::uint32_t>(text.size());
    std::memcpy(static_cast<char*>(memory) + sizeof(Shared), text.data(), text.size());
    return shared;
  };
  if (text.size() > kMaxRecentSize) return allocate();
  // The same names and arguments come again and again: equal ones are shared. Each hash has one place.
  static thread_local std::array<Text, kRecent> recent;
  Text& place = recent[std::hash<std::string_view>{}(text) % kRecent];
  if (place.view() != text) {
    Text fresh;
    fresh.shared_ = allocate();
    place = std::move(fresh);
  }
  place.keep();
  return place.shared_;
}

std::string_view Text::view() const {
  if (shared_ == nullptr) return {};
  return {reinterpret_cast<const char*>(shared_) + sizeof(Shared), shared_->size};
}

void Text::release() {
  if (shared_ == nullptr || shared_->uses.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  shared_->~Shared();
  ::operator delete(shared_);
}

}  // namespace nfproof::ir
