// SPDX-License-Identifier: Apache-2.0
// What listings of modules have in common: see list_row.h.
#include "compiler/commands/list_row.h"

#include <arpa/inet.h>
#include <netdb.h>

#include "compiler/commands/list_tables.h"
#include "compiler/extensions/common.h"

namespace nfproof::compiler {

std::string_view ListInput::text(std::string_view option) const {
  const OptionUse* use = find(option);
  return use == nullptr ? std::string_view{} : std::string_view(use->text);
}

void ListInput::value(std::string_view option, std::string_view label) const {
  const OptionUse* use = find(option);
  if (use == nullptr) return;
  out.append(" ").append(label).append(label.empty() ? "" : " ").append(use->negated ? "! " : "").append(use->text);
}

void ListInput::compact(std::string_view option, std::string_view label) const {
  const OptionUse* use = find(option);
  if (use == nullptr) return;
  out.append(" ").append(label).append(use->negated ? "!" : "").append(use->text);
}

void ListInput::flag(std::string_view option, std::string_view label) const {
  if (has(option)) out.append(" ").append(label);
}

void ListInput::without_dashes() const {
  for (const OptionUse& use : module.options) {
    out.append(use.negated ? " ! " : " ").append(use.row->name);
    if (!use.text.empty()) out.append(" ").append(use.text);
  }
}

std::string port_name(std::uint64_t port, const char* protocol, bool numeric) {
  if (!numeric) {
    if (const servent* service = ::getservbyport(htons(static_cast<std::uint16_t>(port)), protocol))
      return service->s_name;
  }
  return std::to_string(port);
}

void list_ports(const ListInput& in, std::string_view option, std::string_view label, const char* protocol) {
  const OptionUse* use = in.find(option);
  if (use == nullptr) return;
  const NumberRange range = range_of(*use);
  if (range.lo == 0 && range.hi == 65535 && !use->negated) return;
  const bool one = range.lo == range.hi;
  in.out.append(" ").append(label).append(one ? ":" : "s:").append(use->negated ? "!" : "");
  in.out += port_name(range.lo, protocol, in.numeric);
  if (!one) in.out += ':' + port_name(range.hi, protocol, in.numeric);
}

void list_range(const ListInput& in, std::string_view option, std::string_view one, std::string_view many) {
  const OptionUse* use = in.find(option);
  if (use == nullptr) return;
  const NumberRange range = range_of(*use);
  const bool single = range.lo == range.hi;
  in.out.append(" ").append(single ? one : many).append(":").append(use->negated ? "!" : "");
  in.out += std::to_string(range.lo);
  if (!single) in.out += ':' + std::to_string(range.hi);
}

const ListRow* find_list_row(ExtensionKind kind, std::string_view name) {
  for (const ListRow& row : kind == ExtensionKind::kMatch ? match_list_rows() : target_list_rows())
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace nfproof::compiler
