// SPDX-License-Identifier: Apache-2.0
// -m rpfilter: the reply would leave by the interface the packet came from (net/ipv4/netfilter/ipt_rpfilter.c).
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "loose"},
    {.name = "validmark"},
    {.name = "accept-local"},
    {.name = "invert"},
};
constexpr std::string_view kTables[] = {"raw", "mangle"};
constexpr std::string_view kChains[] = {"PREROUTING"};

void lower(const ModuleInput& module, Lowering& out) {
  std::uint16_t flags = 0;
  const auto add = [&](std::string_view option, ir::ReversePath flag) {
    if (module.has(option)) flags = static_cast<std::uint16_t>(flags | static_cast<unsigned>(flag));
  };
  add("loose", ir::ReversePath::kLoose);
  add("validmark", ir::ReversePath::kValidMark);
  add("accept-local", ir::ReversePath::kAcceptLocal);
  out.when_not(module.has("invert"), ir::FieldTest{ir::FieldId::kReversePath, flags, false, ir::ValueSet::of_value(1)});
}

}  // namespace

extern const Extension kMatchRpfilter{
    .name = "rpfilter",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
