// SPDX-License-Identifier: Apache-2.0
// The tables of listing rows, matches and targets. A module without a row shows nothing.
#pragma once

#include <span>

#include "compiler/commands/list_row.h"

namespace nfproof::compiler {

[[nodiscard]] std::span<const ListRow> match_list_rows();
[[nodiscard]] std::span<const ListRow> target_list_rows();

// Rows of matches that are in files of their own because they show names.
void list_icmp(const ListInput& in);
void list_icmp6(const ListInput& in);
void list_tcp(const ListInput& in);
void list_multiport(const ListInput& in);
void list_dccp(const ListInput& in);
void list_sctp(const ListInput& in);
void list_ipv6header(const ListInput& in);
void list_mh(const ListInput& in);
void list_owner(const ListInput& in);
void list_policy(const ListInput& in);
void list_tos(const ListInput& in);
void list_time(const ListInput& in);

}  // namespace nfproof::compiler
