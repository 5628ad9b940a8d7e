// SPDX-License-Identifier: Apache-2.0
// -j LOG: a line in the kernel log (net/netfilter/xt_LOG.c). The packet goes on. A prefix that is too long is cut.
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/log_prefix.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxPrefix = 29;
constexpr std::uint8_t kDefaultLevel = 4;

constexpr OptionRow kOptions[] = {
    {.name = "log-prefix", .type = ValueType::kText},
    {.name = "log-level", .type = ValueType::kText},
    {.name = "log-tcp-sequence"},
    {.name = "log-tcp-options"},
    {.name = "log-ip-options"},
    {.name = "log-uid"},
    {.name = "log-macdecode"},
};

constexpr NameValue kLevels[] = {{"emerg", 0}, {"panic", 0},   {"alert", 1},  {"crit", 2}, {"err", 3},
                                 {"error", 3}, {"warning", 4}, {"notice", 5}, {"info", 6}, {"debug", 7}};

/// Bits of XT_LOG_* (include/uapi/linux/netfilter/xt_LOG.h), in the order of iptables-save.
constexpr NameValue kFlags[] = {{"log-tcp-sequence", 0x01},
                                {"log-tcp-options", 0x02},
                                {"log-ip-options", 0x04},
                                {"log-uid", 0x08},
                                {"log-macdecode", 0x20}};

std::optional<std::uint8_t> parse_level(std::string_view text) {
  for (const NameValue& level : kLevels)
    if (level.name == text) return static_cast<std::uint8_t>(level.value);
  const auto number = parse_number(text);
  if (!number || *number > 7) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

void check(const ModuleInput& module) {
  check_log_prefix(module, "log-prefix");
  if (const OptionUse* use = module.find("log-level"); use != nullptr && !parse_level(use->text))
    module.error(use->value_span, "`--log-level` expects a number from 0 to 7 or one of " + names_text(kLevels) +
                                      ", got `" + use->text + '`');
}

ir::Log log_of(const ModuleInput& module) {
  ir::Log log;
  log.prefix = log_prefix(module, "log-prefix", kMaxPrefix);
  if (const OptionUse* use = module.find("log-level")) log.level = parse_level(use->text).value_or(kDefaultLevel);
  for (const NameValue& flag : kFlags)
    if (module.has(flag.name)) log.flags = static_cast<std::uint8_t>(log.flags | flag.value);
  return log;
}

void print(const ModuleInput& module, std::string& out) {
  const ir::Log log = log_of(module);
  print_log_prefix("log-prefix", log.prefix, out);
  if (log.level != kDefaultLevel) out += " --log-level " + std::to_string(log.level);
  for (const NameValue& flag : kFlags)
    if ((log.flags & flag.value) != 0) out += " --" + std::string(flag.name);
}

void lower(const ModuleInput& module, Lowering& out) { out.effect(log_of(module)); }

}  // namespace

extern const Extension kTargetLog{
    .name = "LOG",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
