// SPDX-License-Identifier: Apache-2.0
// -m policy: the IPsec policy that handled or will handle the packet (net/netfilter/xt_policy.c). With `--strict` the
// options before and after each `--next` describe one transformation.
#include <algorithm>
#include <span>
#include <vector>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kDirections[] = {{"in", 0}, {"out", 1}};
constexpr NameValue kPolicies[] = {{"none", 0}, {"ipsec", 1}};
constexpr NameValue kModes[] = {{"transport", 0}, {"tunnel", 1}};
constexpr NameValue kProtocols[] = {{"esp", 50}, {"ah", 51}, {"ipcomp", 108}};
constexpr std::size_t kMaxElements = 4;

// `--next` may stand between options of the same name.
constexpr OptionRow kOptions[] = {
    {.name = "dir", .type = ValueType::kName, .required = true, .names = kDirections},
    {.name = "pol", .type = ValueType::kName, .names = kPolicies},
    {.name = "strict"},
    {.name = "reqid", .type = ValueType::kNumber, .negatable = true, .multiple = true},
    {.name = "spi", .type = ValueType::kNumber, .negatable = true, .multiple = true},
    {.name = "proto", .type = ValueType::kText, .negatable = true, .multiple = true},
    {.name = "mode", .type = ValueType::kName, .negatable = true, .names = kModes, .multiple = true},
    {.name = "tunnel-dst", .type = ValueType::kNetwork, .negatable = true, .multiple = true},
    {.name = "tunnel-src", .type = ValueType::kNetwork, .negatable = true, .multiple = true},
    {.name = "next", .multiple = true},
};

/// In the order of iptables-save.
constexpr std::string_view kElementOptions[] = {"reqid", "spi", "proto", "mode", "tunnel-dst", "tunnel-src"};

using Element = std::vector<const OptionUse*>;

std::vector<Element> elements_of(const ModuleInput& module) {
  std::vector<Element> elements(1);
  for (const OptionUse& use : module.options) {
    if (use.row->name == "next") elements.emplace_back();
    if (std::find(std::begin(kElementOptions), std::end(kElementOptions), use.row->name) != std::end(kElementOptions))
      elements.back().push_back(&use);
  }
  return elements;
}

const OptionUse* find(const Element& element, std::string_view option) {
  for (const OptionUse* use : element)
    if (use->row->name == option) return use;
  return nullptr;
}

std::uint64_t protocol_of(const OptionUse& use) {
  for (const NameValue& known : kProtocols)
    if (known.name == use.text) return known.value;
  const auto number = parse_number(use.text);
  return number && !name_of(kProtocols, *number).empty() ? *number : 0;
}

void check_element(const ModuleInput& module, const Element& element) {
  for (std::size_t i = 0; i < element.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (element[i]->row == element[j]->row)
        module.error(element[i]->span,
                     "`--" + std::string(element[i]->row->name) + "` is given twice, use `--next` between");
  if (const OptionUse* use = find(element, "proto"); use != nullptr && protocol_of(*use) == 0)
    module.error(use->value_span, "`--proto` expects one of " + names_text(kProtocols) + ", got `" + use->text + '`');
  const OptionUse* mode = find(element, "mode");
  const bool tunnel = mode != nullptr && number_of(*mode) == 1 && !mode->negated;
  for (const std::string_view option : {"tunnel-src", "tunnel-dst"})
    if (const OptionUse* use = find(element, option); use != nullptr && !tunnel)
      module.error(use->span, "`--" + std::string(option) + "` also needs `--mode tunnel`");
}

bool is_none(const ModuleInput& module) {
  const OptionUse* use = module.find("pol");
  return use != nullptr && number_of(*use) == 0;
}

void check(const ModuleInput& module) {
  const bool in = number_of(*module.find("dir")) == 0;
  refuse_chains(module, "dir",
                in ? std::initializer_list<std::string_view>{"POSTROUTING", "OUTPUT"}
                   : std::initializer_list<std::string_view>{"PREROUTING", "INPUT"});
  needs_also(module, "next", "strict");
  if (const OptionUse* strict = module.find("strict"); strict != nullptr && is_none(module))
    module.error(strict->span, "`--strict` makes no sense with `--pol none`");
  if (is_none(module)) return;
  const auto elements = elements_of(module);
  if (elements.size() > kMaxElements) module.error(module.span, "`policy` holds at most four transformations");
  for (const Element& element : elements) {
    if (element.empty() && module.has("strict"))
      module.error(module.span,
                   "`--strict` needs one of `--reqid`, `--spi`, `--proto`, `--mode`, `--tunnel-src` and "
                   "`--tunnel-dst` for each transformation");
    check_element(module, element);
  }
}

void print_element(const ModuleInput& module, const Element& element, std::string& out) {
  for (const std::string_view option : kElementOptions) {
    const OptionUse* use = find(element, option);
    if (use == nullptr) continue;
    append_option(out, *use);
    out += ' ';
    if (option == "reqid")
      out += std::to_string(number_of(*use));
    else if (option == "spi")
      out += hex(number_of(*use));
    else if (option == "proto")
      out += name_of(kProtocols, protocol_of(*use));
    else if (option == "mode")
      out += name_of(kModes, number_of(*use));
    else
      out += host_text(*use, module.family, false);
  }
}

void print(const ModuleInput& module, std::string& out) {
  append_option(out, *module.find("dir"), name_of(kDirections, number_of(*module.find("dir"))));
  out += is_none(module) ? " --pol none" : " --pol ipsec";
  if (is_none(module)) return;
  if (module.has("strict")) out += " --strict";
  bool first = true;
  for (const Element& element : elements_of(module)) {
    if (!first) out += " --next";
    first = false;
    print_element(module, element, out);
  }
}

/// What the transformations are like has no place in the model: it is an opaque test beside "there is IPsec".
void lower(const ModuleInput& module, Lowering& out) {
  const bool in = number_of(*module.find("dir")) == 0;
  out.when_not(is_none(module),
               field_test(in ? ir::FieldId::kIpsecIn : ir::FieldId::kIpsecOut, ir::ValueSet::of_value(1)));
  const auto elements = elements_of(module);
  const bool any = std::all_of(elements.begin(), elements.end(), [](const Element& each) { return each.empty(); });
  if (is_none(module) || any) return;
  std::string arguments;
  print(module, arguments);
  out.when(ir::Opaque{"policy", arguments.substr(1), false});
}

}  // namespace

extern const Extension kMatchPolicy{
    .name = "policy",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
