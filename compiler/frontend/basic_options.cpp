// SPDX-License-Identifier: Apache-2.0
// Basic options: see basic_options.h. The order of printing and of the predicates is the kernel's order of tests
// (ip_packet_match in net/ipv4/netfilter/ip_tables.c).
#include "compiler/frontend/basic_options.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr auto kNone = BasicRow::Value::kNone;
constexpr auto kNeeded = BasicRow::Value::kNeeded;
constexpr auto kOptional = BasicRow::Value::kOptional;

constexpr std::array<BasicRow, 38> kRows = {{
    {Basic::kAppend, 'A', "append", kNeeded, Verb::kAppend},
    {Basic::kCheck, 'C', "check", kNeeded, Verb::kCheck},
    {Basic::kCounters, 'c', "set-counters", kNeeded},
    {Basic::kDelete, 'D', "delete", kNeeded, Verb::kDelete},
    {Basic::kDeleteChain, 'X', "delete-chain", kOptional, Verb::kDeleteChain},
    {Basic::kDestination, 'd', "destination", kNeeded},
    {Basic::kDestination, 'd', "dst", kNeeded},
    {Basic::kExact, 'x', "exact", kNone},
    {Basic::kFlush, 'F', "flush", kOptional, Verb::kFlush},
    {Basic::kFragment, 'f', "fragments", kNone},
    {Basic::kFragment, 'f', "fragment", kNone},
    {Basic::kGoto, 'g', "goto", kNeeded},
    {Basic::kHelp, 'h', "help", kOptional},
    {Basic::kInInterface, 'i', "in-interface", kNeeded},
    {Basic::kInsert, 'I', "insert", kNeeded, Verb::kInsert},
    {Basic::kIpv4, '4', "ipv4", kNone},
    {Basic::kIpv6, '6', "ipv6", kNone},
    {Basic::kJump, 'j', "jump", kNeeded},
    {Basic::kLineNumbers, '\0', "line-numbers", kNone},
    {Basic::kList, 'L', "list", kOptional, Verb::kList},
    {Basic::kListRules, 'S', "list-rules", kOptional, Verb::kListRules},
    {Basic::kMatch, 'm', "match", kNeeded},
    {Basic::kModprobe, 'M', "modprobe", kNeeded},
    {Basic::kNewChain, 'N', "new-chain", kNeeded, Verb::kNewChain},
    {Basic::kNumeric, 'n', "numeric", kNone},
    {Basic::kOutInterface, 'o', "out-interface", kNeeded},
    {Basic::kPolicy, 'P', "policy", kNeeded, Verb::kPolicy},
    {Basic::kProtocol, 'p', "protocol", kNeeded},
    {Basic::kRenameChain, 'E', "rename-chain", kNeeded, Verb::kRename},
    {Basic::kReplace, 'R', "replace", kNeeded, Verb::kReplace},
    {Basic::kSource, 's', "source", kNeeded},
    {Basic::kSource, 's', "src", kNeeded},
    {Basic::kTable, 't', "table", kNeeded},
    {Basic::kVerbose, 'v', "verbose", kNone},
    {Basic::kVersion, 'V', "version", kNone},
    {Basic::kWait, 'w', "wait", kOptional},
    {Basic::kWaitInterval, 'W', "wait-interval", kOptional},
    {Basic::kZero, 'Z', "zero", kOptional, Verb::kZero},
}};

constexpr std::size_t kMaxInterfaceName = 15;

void lower_address(const Network& network, bool negated, ir::FieldId field, ir::Family family, ir::PredicatePool& pool,
                   ir::Rule& rule) {
  const unsigned bits = ir::address_bits(family);
  if (network.mask == 0 && !negated) return;
  rule.when.push_back(
      {pool.add(ir::FieldTest{field, 0, negated, ir::ValueSet::of_network(network.value, network.mask, bits)}),
       ir::Condition::kBasic});
}

void lower_interface(const InterfaceOption& option, ir::FieldId field, ir::PredicatePool& pool, ir::Rule& rule) {
  const bool any = option.pattern.wildcard && option.pattern.name.empty();
  if (any && !option.negated) return;
  rule.when.push_back({pool.add(ir::FieldTest{field, 0, option.negated, ir::ValueSet::of_interfaces({option.pattern})}),
                       ir::Condition::kBasic});
}

/// Appends `[! ]-x value`, with a blank in front when something is there already.
void print_basic(std::string& out, bool negated, char letter, std::string_view value) {
  if (!out.empty()) out += ' ';
  if (negated) out += "! ";
  out += '-';
  out += letter;
  if (value.empty()) return;
  out += ' ';
  out += value;
}

void print_address(std::string& out, char letter, const Network* network, bool negated, ir::Family family) {
  if (network == nullptr || (network->mask == 0 && !negated)) return;
  print_basic(out, negated, letter, network_text(*network, family));
}

void apply_address(char letter, const std::optional<AddressOption>& option, const Network* network, ir::FieldId field,
                   ir::Family family, ir::PredicatePool& pool, ir::Rule& rule, std::string& out) {
  if (!option || network == nullptr) return;
  if (option->unreadable.empty()) {
    print_address(out, letter, network, option->negated, family);
    lower_address(*network, option->negated, field, family, pool, rule);
    return;
  }
  print_basic(out, option->negated, letter, option->unreadable);
  const std::string text = std::string(option->negated ? "! -" : "-") + letter + ' ' + option->unreadable;
  rule.when.push_back({pool.add(ir::Opaque{"address", text, true, true}), ir::Condition::kBasic});
}

void print_interface(std::string& out, char letter, const std::optional<InterfaceOption>& option) {
  // A bare `+` has an empty mask in the kernel's entry, so its own tool prints nothing for it, negated or not.
  if (!option || option->pattern.name.empty()) return;
  print_basic(out, option->negated, letter, option->pattern.name + (option->pattern.wildcard ? "+" : ""));
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string address_hint(std::string_view text, ir::Family family) {
  const bool is_v6 = text.find(':') != std::string_view::npos;
  if (family == ir::Family::kIpv4 && is_v6) return ", an IPv6 address in an IPv4 ruleset";
  if (family == ir::Family::kIpv6 && !is_v6 && parse_network(text, ir::Family::kIpv4))
    return ", an IPv4 address in an IPv6 ruleset";
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos && !is_placeholder(text)) {
    if (parse_network(text.substr(0, slash), family))
      return ": the part after `/` is neither a prefix length nor a mask";
  }
  if (std::string hint = value_hint(text); !hint.empty() || is_v6) return hint;
  const bool name = std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  return name ? ": host names are not looked up (iptables asks the resolver, and keeps the addresses)" : "";
}

/// As iptables says it: it reads the mask first.
std::string address_refusal(std::string_view text, ir::Family family) {
  const std::size_t slash = text.rfind('/');
  if (slash != std::string_view::npos) {
    const std::string_view mask = text.substr(slash + 1);
    const std::string any = (family == ir::Family::kIpv4 ? "0.0.0.0/" : "::/") + std::string(mask);
    if (!parse_network(any, family)) return "invalid mask `" + std::string(mask) + "' specified";
  }
  return "host/network `" + std::string(text.substr(0, slash)) + "' not found";
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::span<const BasicRow> basic_rows() { return kRows; }

const BasicRow* find_basic(char short_name) {
  const auto same = [short_name](const BasicRow& row) { return row.short_name == short_name; };
  const auto* found = std::find_if(kRows.begin(), kRows.end(), same);
  return found == kRows.end() || short_name == '\0' ? nullptr : found;
}

const BasicRow* find_basic(std::string_view long_name) {
  const auto same = [long_name](const BasicRow& row) { return row.long_name == long_name; };
  const auto* found = std::find_if(kRows.begin(), kRows.end(), same);
  return found == kRows.end() ? nullptr : found;
}

std::optional<AddressOption> read_addresses(const Word& value, bool negated, ir::Family family,
                                            source::Diagnostics& diagnostics) {
  AddressOption option;
  option.negated = negated;
  std::size_t start = 0;
  while (start <= value.text.size()) {
    const std::size_t comma = std::min(value.text.find(',', start), value.text.size());
    const std::string_view part = trim(value.text.substr(start, comma - start));
    const auto network = parse_network(part, family);
    if (!network) {
      diagnostics
          .error("bad-address", value.span,
                 std::string("expected ") + (family == ir::Family::kIpv4 ? "an IPv4" : "an IPv6") + " address, got `" +
                     std::string(part) + '`' + address_hint(part, family))
          .tool = {source::ToolMessage::Form::kParameter, address_refusal(part, family)};
      option.networks.assign(1, Network{});
      option.unreadable = value.text;
      return option;
    }
    option.networks.push_back(*network);
    start = comma + 1;
  }
  if (negated && option.networks.size() > 1) {
    diagnostics.error("bad-address", value.span, "`!` is not allowed with several addresses").tool = {
        source::ToolMessage::Form::kParameter, "! not allowed with multiple source or destination IP addresses"};
    return std::nullopt;
  }
  return option;
}

std::optional<InterfaceOption> read_interface(const Word& value, bool negated, source::Diagnostics& diagnostics) {
  if (value.text.empty() || value.text.size() > kMaxInterfaceName) {
    const std::string name(value.text);
    diagnostics
        .error("bad-interface", value.span,
               name.empty() ? "the interface name is empty"
                            : "the interface name `" + name + "` is longer than 15 characters")
        .tool = {source::ToolMessage::Form::kParameter,
                 name.empty() ? "Empty interface is likely to be undesired"
                              : "interface name `" + name + "' must be shorter than IFNAMSIZ (15)"};
    return std::nullopt;
  }
  InterfaceOption option{{std::string(value.text), false}, negated};
  if (value.text.back() == '+') {
    option.pattern.wildcard = true;
    option.pattern.name.pop_back();
  }
  if (negated && option.pattern.wildcard && option.pattern.name.empty())
    diagnostics.warning("never-matches", value.span,
                        "the negation of `+` never matches, and iptables-save does not print it");
  if (value.text.find_first_of("/ ") != std::string_view::npos)
    diagnostics
        .warning("bad-interface", value.span,
                 "no interface can be called `" + std::string(value.text) + "`: `/` and blanks are not allowed")
        .tool = {source::ToolMessage::Form::kWarning, "Warning: weird character in interface `" +
                                                          std::string(value.text) +
                                                          "' ('/' and ' ' are not allowed by the kernel)."};
  return option;
}

std::optional<ProtocolOption> read_protocol(const Word& value, bool negated, source::Diagnostics& diagnostics) {
  const auto protocol = parse_protocol(value.text);
  if (!protocol) {
    static constexpr std::array<std::string_view, 8> kCommon = {"tcp",  "udp", "icmp", "icmpv6",
                                                                "sctp", "gre", "esp",  "all"};
    const std::string_view near = nearest(value.text, kCommon);
    diagnostics
        .error("unknown-protocol", value.span,
               "unknown protocol `" + std::string(value.text) + '`' +
                   (near.empty() ? std::string{} : ", did you mean `" + std::string(near) + "`?"))
        .tool = {source::ToolMessage::Form::kParameter,
                 "unknown protocol \"" + lower_case(value.text) + "\" specified"};
    return std::nullopt;
  }
  if (*protocol == 0 && negated) {
    diagnostics.error("unknown-protocol", value.span, "`! -p all` would never match").tool = {
        source::ToolMessage::Form::kParameter, "rule would never match protocol"};
    return std::nullopt;
  }
  return ProtocolOption{*protocol, negated};
}

void apply_basic(const BasicOptions& basic, const Network* source, const Network* destination, ir::Family family,
                 ir::PredicatePool& pool, ir::Rule& rule) {
  const bool v4 = family == ir::Family::kIpv4;
  std::string out;
  apply_address('s', basic.source, source, v4 ? ir::FieldId::kIpSaddr : ir::FieldId::kIp6Saddr, family, pool, rule,
                out);
  apply_address('d', basic.destination, destination, v4 ? ir::FieldId::kIpDaddr : ir::FieldId::kIp6Daddr, family, pool,
                rule, out);
  print_interface(out, 'i', basic.in);
  if (basic.in) lower_interface(*basic.in, ir::FieldId::kIifname, pool, rule);
  print_interface(out, 'o', basic.out);
  if (basic.out) lower_interface(*basic.out, ir::FieldId::kOifname, pool, rule);
  if (basic.protocol && basic.protocol->protocol != 0) {
    const auto [protocol, negated] = *basic.protocol;
    print_basic(out, negated, 'p', protocol_text(protocol));
    rule.when.push_back({pool.add(ir::FieldTest{ir::FieldId::kL4Proto, 0, negated, ir::ValueSet::of_value(protocol)}),
                         ir::Condition::kBasic});
  }
  if (basic.fragment) {
    print_basic(out, !*basic.fragment, 'f', {});
    rule.when.push_back(
        {pool.add(ir::FieldTest{ir::FieldId::kIpFragOffset, 0, !*basic.fragment, ir::ValueSet::of_range(1, 8191)}),
         ir::Condition::kBasic});
  }
  rule.basic = out;
}

}  // namespace nfproof::compiler
