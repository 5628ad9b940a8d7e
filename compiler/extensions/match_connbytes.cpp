// SPDX-License-Identifier: Apache-2.0
// -m connbytes: how much a connection has carried (net/netfilter/xt_connbytes.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kModes[] = {{"packets", 0}, {"bytes", 1}, {"avgpkt", 2}};
constexpr NameValue kDirections[] = {{"original", 0}, {"reply", 1}, {"both", 2}};

constexpr OptionRow kOptions[] = {
    {.name = "connbytes",
     .type = ValueType::kNumberRange,
     .negatable = true,
     .required = true,
     .max = ~std::uint64_t{0}},
    {.name = "connbytes-mode", .type = ValueType::kName, .required = true, .names = kModes},
    {.name = "connbytes-dir", .type = ValueType::kName, .required = true, .names = kDirections},
};

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("connbytes");
  const NumberRange& range = range_of(use);
  append_option(out, use, std::to_string(range.lo));
  // A single number stands for "this or more".
  const bool open = range.hi == ~std::uint64_t{0} || use.text.find(':') == std::string::npos;
  if (!open) out += ':' + std::to_string(range.hi);
  append_option(out, *module.find("connbytes-mode"), name_of(kModes, number_of(*module.find("connbytes-mode"))));
  append_option(out, *module.find("connbytes-dir"), name_of(kDirections, number_of(*module.find("connbytes-dir"))));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("connbytes");
  const NumberRange& range = range_of(use);
  ir::ConnBytes test;
  test.from = range.lo;
  if (use.text.find(':') != std::string::npos) test.to = range.hi;
  test.what = static_cast<ir::ConnBytes::What>(number_of(*module.find("connbytes-mode")));
  test.direction = static_cast<ir::ConnBytes::Direction>(number_of(*module.find("connbytes-dir")));
  test.negated = use.negated;
  out.when(test);
}

}  // namespace

extern const Extension kMatchConnbytes{
    .name = "connbytes",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
