// SPDX-License-Identifier: Apache-2.0
// ipsets as named sets. An element becomes a value or a concatenation of values; networks make it a set of intervals.
// Networks of different length in one set of addresses (and those with `nomatch`) are resolved: the longest decides.
#include "backends/nft_set.h"

#include <algorithm>
#include <map>

#include "backends/nft_objects.h"
#include "compiler/ir/set_ops.h"

namespace nfproof::backends {
namespace {

using ir::SetPart;
using ir::u128;

unsigned bits_of(const ir::Set& set) { return ir::address_bits(set.header().family.value_or(ir::Family::kIpv4)); }

/// Protocols whose ports ipset reads; those of all others are 0.
bool has_ports(std::uint8_t protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite ||
         protocol == ir::kProtoSctp;
}

/// Elements with type and code of ICMP in the place of a port make a set of their own.
bool is_icmp(const ir::Set& set, const ir::SetElement& e) {
  return set.type().has(SetPart::kPort) && !set.type().is_bitmap() &&
         (e.protocol == ir::kProtoIcmp || e.protocol == ir::kProtoIcmp6);
}

bool has_icmp(const ir::Set& set) {
  for (std::size_t i = 0; i < set.size(); ++i)
    if (is_icmp(set, set.element(i))) return true;
  return false;
}

/// What makes a set one that nftables cannot hold; empty: nothing does.
std::string problem_of(const ir::Set& set) {
  const ir::SetHeader& header = set.header();
  if (header.skbinfo) return "sets with `skbinfo` have no like in nftables";
  if (header.bitmask && !ir::mask_prefix(*header.bitmask, bits_of(set))) return "a `bitmask` with holes";
  const bool one_part = set.type().dimension() == 1;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const ir::SetElement& e = set.element(i);
    if (e.nomatch && !one_part) return "`nomatch` in a set of several dimensions";
    if (e.physdev) return "bridge ports (`physdev:`) in a set";
    if (e.wildcard) return "interface patterns in a set";
    if (set.header().type == ir::SetType::kBitmapIpMac && !e.has_mac) return "an element whose MAC is not known";
  }
  return "";
}

bool has_networks(const ir::Set& set) {
  const auto& type = set.type();
  return type.has(SetPart::kNetwork) || set.header().netmask || set.header().bitmask ||
         (type.has(SetPart::kPort) && !type.is_bitmap() && [&] {
           for (std::size_t i = 0; i < set.size(); ++i)
             if (!has_ports(set.element(i).protocol)) return true;
           return false;
         }());
}

std::string address_text(u128 address, unsigned prefix, unsigned bits) {
  const std::string text = ir::format_address(address, bits == 32 ? ir::Family::kIpv4 : ir::Family::kIpv6);
  return prefix < bits ? text + "/" + std::to_string(prefix) : text;
}

/// The types of the parts, and how a packet is asked for them.
struct Shape {
  std::string types;
  std::string expression;
  NftTests before;
  bool always = true;  ///< every packet has all parts
};

void add_part(std::string& to, std::string_view what) {
  if (!to.empty()) to += " . ";
  to += what;
}

std::string address_expression(const ir::Set& set, bool source) {
  return std::string(bits_of(set) == 32 ? "ip " : "ip6 ") + (source ? "saddr" : "daddr");
}

void add_part(const ir::Set& set, SetPart part, bool source, bool icmp, Shape& shape) {
  switch (part) {
    case SetPart::kAddress:
    case SetPart::kNetwork:
      add_part(shape.types, bits_of(set) == 32 ? "ipv4_addr" : "ipv6_addr");
      add_part(shape.expression, address_expression(set, source));
      return;
    case SetPart::kPort:
      shape.always = false;
      if (set.type().is_bitmap()) {
        shape.before.push_back({"meta l4proto { tcp, udp }"});
        add_part(shape.types, "inet_service");
      } else if (icmp) {
        const std::string name = bits_of(set) == 32 ? "icmp" : "icmpv6";
        add_part(shape.types, name + "_type . " + name + "_code");
        add_part(shape.expression, name + " type . " + name + " code");
        return;
      } else {
        add_part(shape.types, "inet_proto . inet_service");
        add_part(shape.expression, "meta l4proto");
      }
      add_part(shape.expression, source ? "th sport" : "th dport");
      return;
    case SetPart::kMac:
      shape.always = false;
      shape.before.push_back({"meta iiftype ether"});
      add_part(shape.types, "ether_addr");
      add_part(shape.expression, source ? "ether saddr" : "ether daddr");
      return;
    case SetPart::kMark:
      add_part(shape.types, "mark");
      add_part(shape.expression, set.header().markmask == 0xffffffff ? std::string("meta mark")
                                                                     : "meta mark & " + nft_hex(set.header().markmask));
      return;
    case SetPart::kInterface:
      shape.always = false;
      add_part(shape.types, "ifname");
      add_part(shape.expression, source ? "iifname" : "oifname");
      return;
    case SetPart::kSet:
    case SetPart::kNone: return;
  }
}

Shape shape_of(const ir::Set& set, const ir::SetReference& reference, bool icmp) {
  Shape shape;
  const auto& parts = set.type().parts;
  for (unsigned i = 0; i < parts.size() && parts[i] != SetPart::kNone; ++i)
    add_part(set, parts[i], (reference.sources >> i & 1U) != 0, icmp, shape);
  return shape;
}

std::string element_text(const ir::Set& set, const ir::SetElement& e) {
  const unsigned bits = bits_of(set);
  const ir::SetHeader& header = set.header();
  unsigned masked = header.netmask ? *header.netmask : bits;
  if (header.bitmask) masked = *ir::mask_prefix(*header.bitmask, bits);
  std::string out;
  const auto& parts = set.type().parts;
  for (unsigned i = 0; i < parts.size() && parts[i] != SetPart::kNone; ++i) {
    switch (parts[i]) {
      case SetPart::kAddress:
        add_part(out, address_text(i == 0 ? e.first : e.second, i == 0 ? masked : bits, bits));
        break;
      case SetPart::kNetwork:
        add_part(out, address_text(i == 0 ? e.first : e.second, i == 0 ? e.prefix : e.prefix2, bits));
        break;
      case SetPart::kPort:
        if (set.type().is_bitmap()) {
          add_part(out, ir::format_number(e.first));
        } else if (is_icmp(set, e)) {
          add_part(out, std::to_string(e.port >> 8) + " . " + std::to_string(e.port & 0xff));
        } else {
          add_part(out, nft_protocol_name(e.protocol));
          add_part(out, has_ports(e.protocol) ? std::to_string(e.port) : "0-65535");
        }
        break;
      case SetPart::kMac: add_part(out, ir::format_mac(e.link)); break;
      case SetPart::kMark: add_part(out, nft_hex(e.link)); break;
      case SetPart::kInterface: add_part(out, nft_interface(set.interface(e.link), false)); break;
      case SetPart::kSet:
      case SetPart::kNone: break;
    }
  }
  return out;
}

/// Networks of one dimension as disjoint intervals: longer ones are drawn over shorter ones.
std::vector<std::string> resolved(const ir::Set& set) {
  const unsigned bits = bits_of(set);
  std::vector<const ir::SetElement*> order;
  for (std::size_t i = 0; i < set.size(); ++i) order.push_back(&set.element(i));
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->prefix < b->prefix; });
  std::map<u128, bool> starts = {{0, false}};  // where a stretch of elements or of none begins
  for (const ir::SetElement* e : order) {
    const u128 last = e->first | (ir::max_of_bits(bits) & ~ir::prefix_mask(e->prefix, bits));
    const bool outside = std::prev(starts.upper_bound(last))->second;
    if (last < ir::max_of_bits(bits)) starts.emplace(last + 1, outside);
    starts.erase(starts.lower_bound(e->first), starts.upper_bound(last));
    starts[e->first] = !e->nomatch;
  }
  ir::ValueSet::Intervals intervals;
  for (auto at = starts.begin(); at != starts.end(); ++at) {
    const auto next = std::next(at);
    if (at->second) intervals.push_back({at->first, next == starts.end() ? ir::max_of_bits(bits) : next->first - 1});
  }
  const ir::ValueSet merged = ir::ValueSet::of_intervals(std::move(intervals));
  std::vector<std::string> out;
  for (const ir::Interval& i : *merged.intervals()) out.push_back(nft_address_interval(i, bits));
  return out;
}

void append_extras(const ir::Set& set, std::size_t index, std::string& out) {
  const ir::SetExtras extras = set.extras(index);
  if (extras.expires != ir::SetExtras::kPermanent)
    out += " timeout " + std::to_string(std::max<std::uint32_t>(1, ir::seconds_left(extras.expires, 0))) + "s";
  if (!extras.comment.empty()) out += " comment " + nft_quoted(cut_text(extras.comment, kNftCommentBytes));
}

bool overlaps(const ir::Set& set) {
  const auto& prefixes = set.prefixes();
  return prefixes.size() > 1;
}

/// Fills in the set; empty: done, else why not.
std::string declare(const ir::Set& set, const Shape& shape, bool updated, bool icmp, NftObject& object) {
  object.settings.push_back("type " + shape.types);
  const bool networks = has_networks(set);
  if (updated && networks) return "nftables cannot add to a set of networks from a rule";
  const bool resolve = set.header().type == ir::SetType::kHashNet;
  std::string flags = networks ? "interval" : "";
  const auto flag = [&flags](std::string_view name) { flags += (flags.empty() ? "" : ",") + std::string(name); };
  if (updated) flag("dynamic");
  if (set.header().timeout) flag("timeout");
  if (!flags.empty()) object.settings.push_back("flags " + flags);
  if (set.header().timeout.value_or(0) != 0)
    object.settings.push_back("timeout " + std::to_string(*set.header().timeout) + "s");
  if (updated) object.settings.push_back("size " + std::to_string(set.header().maxelem));
  if (resolve && overlaps(set)) {
    if (set.header().timeout && set.size() != 0) return "networks within networks that end at times of their own";
    object.elements = resolved(set);
    return "";
  }
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (is_icmp(set, set.element(i)) != icmp) continue;
    std::string text = element_text(set, set.element(i));
    append_extras(set, i, text);
    object.elements.push_back(std::move(text));
  }
  return "";
}

/// `@name`, or why there is none.
struct Named {
  std::string name;
  std::string problem;
};

Named named_set(const ir::Set& set, const Shape& shape, bool icmp, const NftContext& context) {
  std::string problem = problem_of(set);
  if (!problem.empty()) return {"", std::move(problem)};
  bool is_new = false;
  const std::string suffix = icmp ? "-icmp" : "";
  NftObject& object = context.objects->get("ipset " + suffix + set.name(), "set", set.name() + suffix, is_new);
  if (!is_new) return {object.name, ""};
  problem = declare(set, shape, context.objects->uses().is_updated(set.name()), icmp, object);
  return {object.name, std::move(problem)};
}

bool fits(const ir::Set& set, const ir::SetReference& reference, ir::Family family) {
  if (reference.dimensions < set.type().dimension()) return false;
  return !set.header().family || *set.header().family == family;
}

std::string missing(std::string_view name) {
  return "set `" + std::string(name) + "` is in no input file; add the output of `ipset save` to the files";
}

/// The lookup in one set that is no list.
std::string lookup_part(const ir::Set& set, const ir::SetReference& reference, const NftContext& context, bool icmp,
                        std::string_view comparison, NftTests& tests, bool& always) {
  const Shape shape = shape_of(set, reference, icmp);
  const Named named = named_set(set, shape, icmp, context);
  if (!named.problem.empty()) return named.problem + " (set `" + set.name() + "`)";
  tests = shape.before;
  NftTest test{shape.expression + std::string(comparison) + "@" + named.name};
  test.transport = set.type().has(SetPart::kPort);
  tests.push_back(std::move(test));
  always = shape.always;
  return "";
}

/// The sets of a list, or the set itself.
std::vector<const ir::Set*> members(const ir::Set& set, const ir::SetTable& all) {
  if (set.header().type != ir::SetType::kListSet) return {&set};
  std::vector<const ir::Set*> out;
  for (std::size_t i = 0; i < set.size(); ++i)
    out.push_back(&all[ir::SetId{static_cast<std::uint32_t>(set.element(i).link)}]);
  return out;
}

}  // namespace

NftFormula nft_set_lookup(const ir::SetLookup& lookup, const NftContext& context) {
  const ir::Set* set = context.objects->ipset(lookup.set.name);
  if (set == nullptr) return nft_problem(missing(lookup.set.name));
  if (lookup.packets.test != ir::SetLookup::Counter::Test::kNone ||
      lookup.bytes.test != ir::SetLookup::Counter::Test::kNone)
    return nft_problem("nftables cannot compare the counters of an element");
  if (lookup.return_nomatch) return nft_problem("`--return-nomatch` has no translation");
  std::vector<NftTests> parts;
  for (const ir::Set* member : members(*set, *context.objects->ipsets())) {
    if (!fits(*member, lookup.set, context.family)) continue;
    for (const bool icmp : {false, true}) {
      if (icmp && !has_icmp(*member)) continue;
      NftTests tests;
      bool always = true;
      std::string problem = lookup_part(*member, lookup.set, context, icmp, " ", tests, always);
      if (!problem.empty()) return nft_problem(std::move(problem));
      if (lookup.negated && always && member == set) {
        (void)lookup_part(*member, lookup.set, context, icmp, " != ", tests, always);
        return nft_all(std::move(tests));
      }
      parts.push_back(std::move(tests));
    }
  }
  if (!lookup.negated) return nft_any(std::move(parts));
  if (parts.empty()) return nft_all({});
  return {NftFormula::Kind::kNone, std::move(parts), {}};
}

NftEffect nft_set_update(const ir::UpdateSet& update, const NftContext& context) {
  NftEffect effect;
  const ir::Set* set = context.objects->ipset(update.set.name);
  if (update.action == ir::UpdateSet::Action::kMap) {
    effect.problem = "nftables cannot take mark, priority or queue from an element";
  } else if (set == nullptr) {
    effect.problem = missing(update.set.name);
  } else if (set->header().type == ir::SetType::kListSet) {
    effect.problem = "a set of sets cannot be changed by a rule";
  } else if (set->type().is_bitmap()) {
    effect.problem =
        "sets of type `" + std::string(set->type().name) + "` end at a range, which nftables does not check";
  }
  if (!effect.problem.empty()) return effect;
  effect.statement = "continue";
  if (!fits(*set, update.set, context.family)) return effect;
  if (set->type().has(SetPart::kPort) && (!context.l4proto || !nft_has_ports(*context.l4proto))) {
    effect.problem = "adding ports to a set for any protocol; add `-p tcp` or another protocol with ports";
    return effect;
  }
  const Shape shape = shape_of(*set, update.set, false);
  const Named named = named_set(*set, shape, false, context);
  effect.problem = named.problem.empty() ? "" : named.problem + " (set `" + set->name() + "`)";
  if (!shape.before.empty() && effect.problem.empty())
    effect.problem = "adding link addresses to a set has no translation";
  std::string element = shape.expression;
  if (update.action == ir::UpdateSet::Action::kAdd && set->header().timeout && update.timeout && *update.timeout != 0)
    element += " timeout " + std::to_string(*update.timeout) + "s";
  const char* verb = update.action == ir::UpdateSet::Action::kDelete ? "delete" : update.exist ? "update" : "add";
  effect.statement = std::string(verb) + " @" + named.name + " { " + element + " }";
  effect.breaks = true;
  effect.transport = set->type().has(SetPart::kPort);
  return effect;
}

}  // namespace nfproof::backends
