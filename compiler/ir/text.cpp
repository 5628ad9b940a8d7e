// SPDX-License-Identifier: Apache-2.0
// Keeping and sharing characters: see text.h.
#include "compiler/ir/text.h"

#include <cstring>
#include <new>

namespace nfproof::ir {

Text::Shared* Text::make(std::string_view text) {
  if (text.empty()) return nullptr;
  void* memory = ::operator new(sizeof(Shared) + text.size());
  auto* shared = new (memory) Shared;
  shared->size = static_cast<std::uint32_t>(text.size());
  std::memcpy(static_cast<char*>(memory) + sizeof(Shared), text.data(), text.size());
  return shared;
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
