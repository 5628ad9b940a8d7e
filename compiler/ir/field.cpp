// SPDX-License-Identifier: Apache-2.0
// Rows of the field table.
#include "compiler/ir/field.h"

#include <array>

namespace nfproof::ir {

const FieldInfo& field_info(FieldId id) {
  static constexpr std::array<FieldInfo, kFieldCount> kFields = {{
#define NFPROOF_FIELD(id, name, bits, kind, presence, storage, nft) \
  {FieldId::id, name, bits, FieldKind::kind, Presence::presence, FieldId::storage, nft},
#include "compiler/ir/field.def"
#undef NFPROOF_FIELD
  }};
  return kFields[static_cast<std::size_t>(id)];
}

std::string_view ct_state_name(CtState state) {
  switch (state) {
    case CtState::kNew: return "NEW";
    case CtState::kEstablished: return "ESTABLISHED";
    case CtState::kRelated: return "RELATED";
    case CtState::kInvalid: return "INVALID";
    case CtState::kUntracked: return "UNTRACKED";
  }
  return "";
}

}  // namespace nfproof::ir
