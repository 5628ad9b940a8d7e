// SPDX-License-Identifier: Apache-2.0
// Members of list:set sets, with their order (net/netfilter/ipset/ip_set_list_set.c).
#pragma once

#include "compiler/ipset/element.h"
#include "compiler/ipset/options.h"

namespace nfproof::compiler::ipset {

ir::SetError add_member(ir::SetTable& sets, ir::SetId list, const ElementSpec& spec, const ElementOptions& options,
                        bool exist, ir::SetTime now);
ir::SetError delete_member(ir::SetTable& sets, ir::SetId list, const ElementSpec& spec, ir::SetTime now);
/// kNone when it is there, and where `before` and `after` say.
ir::SetError find_member(ir::SetTable& sets, ir::SetId list, const ElementSpec& spec, ir::SetTime now);

}  // namespace nfproof::compiler::ipset
