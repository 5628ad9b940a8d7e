// SPDX-License-Identifier: Apache-2.0
// The standard verdicts: ACCEPT, DROP, QUEUE, RETURN. They have no options.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

template <ir::VerdictKind kKind>
void lower(const ModuleInput&, Lowering& to) {
  to.verdict({.kind = kKind});
}

template <ir::VerdictKind kKind>
constexpr Extension verdict(std::string_view name) {
  return {.name = name, .kind = ExtensionKind::kTarget, .lower = lower<kKind>};
}

}  // namespace

extern const Extension kTargetAccept;
extern const Extension kTargetDrop;
extern const Extension kTargetQueue;
extern const Extension kTargetReturn;
constexpr Extension kTargetAccept = verdict<ir::VerdictKind::kAccept>("ACCEPT");
constexpr Extension kTargetDrop = verdict<ir::VerdictKind::kDrop>("DROP");
constexpr Extension kTargetQueue = verdict<ir::VerdictKind::kQueue>("QUEUE");
constexpr Extension kTargetReturn = verdict<ir::VerdictKind::kReturn>("RETURN");

}  // namespace nfproof::compiler
