// SPDX-License-Identifier: Apache-2.0
// Lists of IPv6 header options, `TYPE[:LENGTH],...`, shared by `hbh` and `dst`.
#pragma once

#include <string>

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

void check_ip6_options(const ModuleInput& module, const OptionUse& use);
[[nodiscard]] std::string ip6_options_text(const OptionUse& use);

}  // namespace nfproof::compiler
