// SPDX-License-Identifier: Apache-2.0
// -m owner: user and group of the local socket that sent the packet (net/netfilter/xt_owner.c). No packet shows them,
// so each option is a test that may answer anything. Names of users and groups of this machine become numbers; other
// names stay names.
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/name_service.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint64_t kMaxId = 0xfffffffe;

constexpr OptionRow kOptions[] = {
    {.name = "socket-exists", .negatable = true},
    {.name = "uid-owner", .type = ValueType::kText, .negatable = true},
    {.name = "gid-owner", .type = ValueType::kText, .negatable = true},
    {.name = "suppl-groups"},
};
constexpr std::string_view kChains[] = {"OUTPUT", "POSTROUTING"};

std::optional<std::uint64_t> lookup(const OptionUse& use) {
  const std::lock_guard lock(name_service());
  if (use.row->name == "uid-owner") {
    const passwd* user = getpwnam(use.text.c_str());
    return user == nullptr ? std::nullopt : std::optional<std::uint64_t>(user->pw_uid);
  }
  const group* entry = getgrnam(use.text.c_str());
  return entry == nullptr ? std::nullopt : std::optional<std::uint64_t>(entry->gr_gid);
}

std::optional<NumberRange> parse_ids(std::string_view text) {
  const std::size_t separator = text.find_first_of("-:");
  const auto first = parse_number(text.substr(0, separator));
  const auto last = separator == std::string_view::npos ? first : parse_number(text.substr(separator + 1));
  if (!first || !last || *first > *last || *last > kMaxId) return std::nullopt;
  return NumberRange{*first, *last};
}

bool is_name(std::string_view text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '$';
  };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), plain);
}

void check(const ModuleInput& module) {
  at_least_one(module, {"uid-owner", "gid-owner", "socket-exists"});
  for (const std::string_view option : {"uid-owner", "gid-owner"}) {
    const OptionUse* use = module.find(option);
    if (use != nullptr && !parse_ids(use->text) && !is_name(use->text))
      module.error(use->value_span, "`--" + std::string(option) + "` expects a name, a number or a range `N-M`, got `" +
                                        use->text + '`');
  }
  const OptionUse* groups = module.find("suppl-groups");
  const OptionUse* gid = module.find("gid-owner");
  if (groups != nullptr && (gid == nullptr || groups < gid))
    module.error(groups->span, "`--suppl-groups` needs `--gid-owner` before it");
}

std::string id_text(const OptionUse& use) {
  if (const auto ids = parse_ids(use.text)) {
    std::string out = std::to_string(ids->lo);
    return ids->hi == ids->lo ? out : out + '-' + std::to_string(ids->hi);
  }
  const auto id = lookup(use);
  return id ? std::to_string(*id) : use.text;
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kText) out += ' ' + id_text(*use);
  }
}

/// One test for each option. What no process sent (the kernel's own packets, forwarded ones) has no user and no group,
/// and fulfils the options that are negated as long as no other one is given: a negated option is no more than the
/// opposite of the option.
void lower(const ModuleInput& module, Lowering& out) {
  const bool more_groups = module.has("suppl-groups");
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr || row.name == "suppl-groups") continue;
    std::string arguments = "--" + std::string(row.name);
    if (row.type == ValueType::kText) arguments += ' ' + id_text(*use);
    if (row.name == "gid-owner" && more_groups) arguments += " --suppl-groups";
    out.when_not(use->negated, ir::Opaque{"owner", std::move(arguments), false});
  }
}

}  // namespace

extern const Extension kMatchOwner{
    .name = "owner",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
