// SPDX-License-Identifier: Apache-2.0
// The prefix option of LOG and NFLOG: see log_prefix.h.
#include "compiler/extensions/log_prefix.h"

#include "compiler/extensions/values.h"

namespace nfproof::compiler {

void check_log_prefix(const ModuleInput& module, std::string_view option) {
  const OptionUse* use = module.find(option);
  if (use == nullptr) return;
  const std::string name = "`--" + std::string(option) + '`';
  if (use->text.empty()) module.error(use->value_span, name + " must not be empty");
  if (use->text.find('\n') != std::string::npos) module.error(use->value_span, name + " must not hold a line end");
}

std::string log_prefix(const ModuleInput& module, std::string_view option, std::size_t size) {
  const OptionUse* use = module.find(option);
  return use == nullptr ? std::string() : use->text.substr(0, size);
}

void print_log_prefix(std::string_view option, std::string_view prefix, std::string& out) {
  if (prefix.empty()) return;
  out += " --";
  out += option;
  append_quoted(out, prefix);
}

}  // namespace nfproof::compiler
