// SPDX-License-Identifier: Apache-2.0
// -m bpf: a classic BPF program over the packet (net/netfilter/xt_bpf.c), as `LENGTH,CODE JT JF K,...`. A program that
// is pinned to a file is not there to be read: that test has no meaning here.
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxInstructions = 64;

constexpr OptionRow kOptions[] = {
    {.name = "bytecode", .type = ValueType::kText},
    {.name = "object-pinned", .type = ValueType::kText},
};

/// Takes a number off the front of the text.
template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<ir::BpfTest> parse_program(std::string_view text) {
  std::uint16_t length = 0;
  if (!take_number(text, length) || length == 0 || length > kMaxInstructions) return std::nullopt;
  ir::BpfTest test;
  while (text.starts_with(',') && text.size() > 1) {
    text.remove_prefix(1);
    ir::BpfTest::Instruction& each = test.program.emplace_back();
    if (!take_number(text, each.code) || !take_number(text, each.jump_true) || !take_number(text, each.jump_false) ||
        !take_number(text, each.k))
      return std::nullopt;
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  if (text == ",") text = {};  // the way tcpdump -ddd ends its last line
  if (!text.empty() || test.program.size() != length) return std::nullopt;
  return test;
}

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"bytecode", "object-pinned"})) return;
  const OptionUse* use = module.find("bytecode");
  if (use != nullptr && !parse_program(use->text))
    module.error(use->value_span,
                 "`--bytecode` expects `LENGTH,CODE JT JF K,...` with 1 to 64 instructions, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  if (const OptionUse* use = module.find("object-pinned")) {
    append_option(out, *use, use->text);
    return;
  }
  const ir::BpfTest test = parse_program(module.find("bytecode")->text).value_or(ir::BpfTest{});
  out += " --bytecode \"" + std::to_string(test.program.size());
  for (const ir::BpfTest::Instruction& each : test.program)
    out += ',' + std::to_string(each.code) + ' ' + std::to_string(each.jump_true) + ' ' +
           std::to_string(each.jump_false) + ' ' + std::to_string(each.k);
  out += '"';
}

void lower(const ModuleInput& module, Lowering& out) {
  if (const OptionUse* use = module.find("bytecode"))
    out.when(parse_program(use->text).value_or(ir::BpfTest{}));
  else
    out.when(ir::Opaque{"bpf", "--object-pinned " + module.find("object-pinned")->text, true});
}

}  // namespace

extern const Extension kMatchBpf{
    .name = "bpf",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
