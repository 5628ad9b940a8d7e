// SPDX-License-Identifier: Apache-2.0
// Prefix translation: see npt.h.
#include "compiler/extensions/npt.h"

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {

void check_prefixes(const ModuleInput& module) {
  for (const std::string_view option : {"src-pfx", "dst-pfx"}) {
    const OptionUse& use = *module.find(option);
    const auto prefix = ir::mask_prefix(std::get<Network>(use.value).mask, 128);
    const auto whole = parse_network(std::string_view(use.text).substr(0, use.text.find('/')), module.family);
    const bool has_host = whole && whole->value != std::get<Network>(use.value).value;
    if (has_host)
      module.error(use.value_span,
                   "`--" + std::string(option) + "`: the address has bits behind its prefix, got `" + use.text + '`');
    else if (!prefix || *prefix > 64)
      module.error(use.value_span,
                   "`--" + std::string(option) + "` expects a prefix of at most 64 bits, got `" + use.text + '`');
  }
}

void lower_prefixes(const ModuleInput& module, bool destination, Lowering& out) {
  const auto& from = std::get<Network>(module.find("src-pfx")->value);
  const auto& to = std::get<Network>(module.find("dst-pfx")->value);
  const auto length = [](const Network& network) {
    return static_cast<std::uint8_t>(ir::mask_prefix(network.mask, 128).value_or(0));
  };
  out.effect(ir::TranslatePrefix{destination, length(from), length(to), from.value, to.value});
}

}  // namespace nfproof::compiler
