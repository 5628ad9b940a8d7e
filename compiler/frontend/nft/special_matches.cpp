// SPDX-License-Identifier: Apache-2.0
// Special fields: see special_matches.h.
#include "compiler/frontend/nft/special_matches.h"

#include <algorithm>
#include <array>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/matches.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::Predicate;
using ir::ValueSet;
using Kind = Expr::Kind;

bool is_negated(std::string_view comparison) { return comparison == "!=" || comparison == "!"; }

/// The words of a value, a list, a set or values joined by `|`; nothing when there is anything else.
bool words_of(const Expr& values, std::vector<std::string_view>& words) {
  switch (values.kind) {
    case Kind::kWord:
    case Kind::kString: words.push_back(values.text); return true;
    case Kind::kElement: return words_of(values.parts.front(), words);
    case Kind::kSet:
    case Kind::kList:
      return std::all_of(values.parts.begin(), values.parts.end(),
                         [&](const Expr& part) { return words_of(part, words); });
    case Kind::kOperator:
      return values.text == "|" && words_of(values.parts[0], words) && words_of(values.parts[1], words);
    default: return false;
  }
}

class SpecialLowering {
 public:
  SpecialLowering(const LowerContext& context, const Expr& selector, std::string_view comparison, const Expr& values)
      : context_(context), selector_(selector), comparison_(comparison), values_(values) {}

  std::optional<Special> run() {
    const Expr* field = &selector_;
    if (selector_.kind == Kind::kOperator) field = &selector_.parts[0];
    if (field->kind != Kind::kField || field->words.empty()) return std::nullopt;
    const std::string path = field_path(*field, context_.family);
    const bool masked = field != &selector_;
    if (!masked && (path == "meta nfproto" || path == "meta protocol" || path == "ether type" || path == "ip version" ||
                    path == "ip6 version" || path == "ct l3proto"))
      return families(path);
    if (path == "ct state" && (masked || values_.kind == Kind::kOperator)) return state_bits();
    if (path == "ct expiration") return expiration();
    if (path == "ct helper") return helper();
    if (path.starts_with("ct ") &&
        (path.ends_with(" bytes") || path.ends_with(" packets") || path.ends_with(" avgpkt")))
      return connection_bytes(path);
    if (path.starts_with("fib ")) return fib(path);
    if ((path == "meta iiftype" || path == "meta oiftype") && !is_negated(comparison_)) return link_type(path);
    if (!masked && (path == "iif" || path == "oif") && plain_number(values_)) return interface_number(path);
    if (path.starts_with("numgen ")) return numgen(*field);
    if (path == "meta ipsec" || path == "meta secpath" || path == "rt ipsec") {
      Predicate handled =
          FieldTest{path == "rt ipsec" ? FieldId::kIpsecOut : FieldId::kIpsecIn, 0, false, ValueSet::of_value(1)};
      return one(is_there() ? std::move(handled) : opposite(context_.ruleset.predicates, std::move(handled)));
    }
    if (path.starts_with("exthdr ")) return presence(path.substr(7), is_there());
    if (path == "th sport" || path == "th dport") return any_ports();
    return lower_payload(context_, selector_, comparison_, values_);
  }

 private:
  static Special one(Predicate test) {
    Conjunction tests;
    tests.push_back(std::move(test));
    return {std::move(tests)};
  }
  Special fail(std::string message) const {
    context_.error(values_.span.is_known() ? values_.span : selector_.span, std::move(message));
    return {};
  }
  Special not_here(std::string message) const {
    context_.unsupported(selector_.span, std::move(message));
    return {};
  }
  /// The field itself, with all that it is compared with, as a choice.
  Special opaque(std::string_view module, bool stateful = false) const {
    return one(ir::Opaque{
        std::string(module),
        plain_text(selector_) + ' ' + std::string(comparison_) + (comparison_.empty() ? "" : " ") + plain_text(values_),
        stateful, false});
  }

  Special families(const std::string& path) const {
    std::vector<std::string_view> words;
    if (!words_of(values_, words)) return fail("expected families such as `ipv4`");
    bool v4 = false, v6 = false;
    for (const std::string_view word : words) {
      static constexpr std::array<std::string_view, 8> kKnown = {"ipv4", "ipv6", "ip",     "ip6",
                                                                 "arp",  "vlan", "8021ad", "8021q"};
      const bool known = std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end();
      if (!known && !read_plain_number(word)) return fail("there is no protocol `" + std::string(word) + '`');
      v4 |= word == "ipv4" || word == "ip" || word == "2" || word == "0x0800" || word == "4";
      v6 |= word == "ipv6" || word == "ip6" || word == "10" || word == "0x86dd" || word == "6";
    }
    if (is_negated(comparison_)) v4 = !v4, v6 = !v6;
    Conjunction tests;
    if (path == "ct l3proto") tests.push_back(presence_test(FieldId::kCtStatus));
    if (path == "ip version" && v6) v6 = false;
    if (path == "ip6 version" && v4) v4 = false;
    if (!v4 && !v6) tests.push_back(never_test());
    if (v4 != v6) tests.push_back(family_test(v4 ? ir::Family::kIpv4 : ir::Family::kIpv6));
    if (path == "ether type") tests.push_back(presence_test(FieldId::kEtherSaddr));
    return {std::move(tests)};
  }

  /// `ct state & (established | related) != 0`
  Special state_bits() const {
    const bool masked = selector_.kind == Kind::kOperator;
    std::vector<std::string_view> words;
    if (masked && selector_.text != "&") return not_here("this expression cannot be tested");
    if (!words_of(masked ? selector_.parts[1] : values_, words)) return fail("expected connection states");
    ValueSet::Intervals states;
    for (const std::string_view word : words) {
      const auto state = parse_value({FieldId::kCtState, ir::FieldKind::kCtState, 0, 3, 0, {}}, word);
      if (!state) return fail("expected connection states, found `" + std::string(word) + '`');
      states.push_back({*state, *state});
    }
    bool negated = is_negated(comparison_);
    if (masked) {
      // One state holds at a time: `& bits` is 0, or the bit of the state.
      const auto number = plain_number(values_);
      if (!number || *number != 0) return not_here("masked connection states are compared with 0 only");
      negated = !negated;
    }
    return one(FieldTest{FieldId::kCtState, 0, negated, ValueSet::of_intervals(std::move(states))});
  }

  Special expiration() const {
    const auto milliseconds = [](const Expr& word) { return read_duration(word.text); };
    const Expr* low = &values_;
    const Expr* high = &values_;
    std::string text(values_.text);
    std::optional<std::uint64_t> from, to;
    if (values_.kind == Kind::kRange) {
      low = &values_.parts[0], high = &values_.parts[1];
      from = milliseconds(*low), to = milliseconds(*high);
    } else if (const std::size_t dash = text.find('-'); dash != std::string::npos) {
      from = read_duration(std::string_view(text).substr(0, dash));
      to = read_duration(std::string_view(text).substr(dash + 1));
    } else {
      from = to = milliseconds(values_);
    }
    if (!from || !to) return fail("expected a time such as `30s`");
    constexpr std::uint64_t kMost = 0xffffffff;
    // Whole seconds of the core: `>= 30s`, `30s-59s999ms`.
    std::uint64_t lo = *from / 1000, hi = *to / 1000;
    const bool range = from != to;
    if (range && (*from % 1000 != 0 || *to % 1000 != 999)) return not_here("only whole seconds are handled");
    if (!range && *from % 1000 != 0) return not_here("only whole seconds are handled");
    bool negated = is_negated(comparison_);
    if (comparison_ == ">=")
      hi = kMost;
    else if (comparison_ == "<")
      hi = kMost, negated = true;
    else if (!range)
      return not_here("an expiration time is compared with `<`, `>=` or a range");
    return one(FieldTest{FieldId::kCtExpiration, 0, negated, ValueSet::of_range(lo, hi)});
  }

  Special helper() const {
    std::vector<std::string_view> words;
    if (!words_of(values_, words) || words.size() != 1) return fail("expected the name of a helper");
    Predicate test = ir::HelperTest{std::string(words.front())};
    if (!is_negated(comparison_)) return one(std::move(test));
    Conjunction tests{ir::HelperTest{}, opposite(context_.ruleset.predicates, std::move(test))};
    return {std::move(tests)};
  }

  Special connection_bytes(const std::string& path) const {
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    const auto ranges = plain_intervals(values_, comparison_, kMost);
    if (!ranges || ranges->size() != 1) return not_here("one range of numbers is expected");
    ir::ConnBytes test;
    test.from = static_cast<std::uint64_t>(ranges->front().lo);
    test.to = static_cast<std::uint64_t>(ranges->front().hi);
    test.what = path.ends_with(" bytes")     ? ir::ConnBytes::What::kBytes
                : path.ends_with(" packets") ? ir::ConnBytes::What::kPackets
                                             : ir::ConnBytes::What::kAveragePacket;
    test.direction = path.starts_with("ct original ") ? ir::ConnBytes::Direction::kOriginal
                     : path.starts_with("ct reply ")  ? ir::ConnBytes::Direction::kReply
                                                      : ir::ConnBytes::Direction::kBoth;
    test.negated = is_negated(comparison_);
    return one(test);
  }

  // --- Routes ---

  /// What is looked up: one of the addresses, perhaps with a mark and an interface.
  static bool is_fib_key(const std::vector<Token>& words) {
    static constexpr std::array<std::string_view, 5> kKeys = {"saddr", "daddr", "mark", "iif", "oif"};
    unsigned addresses = 0;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (words[i].text == ".") continue;
      if (std::find(kKeys.begin(), kKeys.end(), words[i].text) == kKeys.end()) return false;
      addresses += words[i].text.ends_with("addr") ? 1 : 0;
    }
    return addresses == 1;
  }

  Special fib(const std::string& path) const {
    const Expr& field = selector_.kind == Kind::kOperator ? selector_.parts[0] : selector_;
    static constexpr std::array<std::string_view, 4> kResults = {"type", "oif", "oifname", "check"};
    if (std::find(kResults.begin(), kResults.end(), field.words.back().text) == kResults.end())
      return fail("`fib` finds a `type`, an `oif` or an `oifname`");
    if (!is_fib_key(field.words))
      return fail("`fib` looks up `saddr` or `daddr`, with `mark`, `iif` or `oif` joined by `.`");
    if (path.ends_with(" type") && values_.kind == Kind::kList) return fail("several address types stand in braces");
    const bool source = path.find("saddr") != std::string::npos;
    const bool in = path.find(". iif") != std::string::npos;
    const bool out = path.find(". oif") != std::string::npos && !path.ends_with("oif");
    const bool mark = path.find(". mark") != std::string::npos;
    if (path.ends_with(" type") && !mark)
      return address_type(source, in, out || path.find(". oif type") != std::string::npos);
    if ((path.ends_with(" oif") || path.ends_with(" oifname")) && source && !out) return reverse_path(in, mark);
    return opaque("fib");
  }

  Special reverse_path(bool in, bool mark) const {
    std::vector<std::string_view> words;
    if (!words_of(values_, words) || words.size() != 1) return opaque("fib");
    const std::string_view word = words.front();
    const bool zero = word == "0" || word == "missing";
    if (!zero && word != "exists") return opaque("fib");
    auto flags = static_cast<unsigned>(ir::ReversePath::kFib);
    if (!in) flags |= static_cast<unsigned>(ir::ReversePath::kLoose);
    if (mark) flags |= static_cast<unsigned>(ir::ReversePath::kValidMark);
    Predicate test = FieldTest{FieldId::kReversePath, static_cast<std::uint16_t>(flags), false, ValueSet::of_value(1)};
    if (zero == is_negated(comparison_)) return one(std::move(test));
    return one(opposite(context_.ruleset.predicates, std::move(test)));
  }

  Special address_type(bool source, bool in, bool out) const {
    if (selector_.kind == Kind::kOperator) return not_here("parts of an address type cannot be tested");
    std::vector<std::string_view> words;
    if (!words_of(values_, words)) return fail("expected address types such as `local`");
    std::uint32_t bits = 0;
    for (const std::string_view word : words) {
      const auto number = plain_number(Expr{Kind::kWord, word, {}, {}, {}});
      const auto named = parse_value({FieldId::kSaddrType, ir::FieldKind::kAddrType, 0, 12, 0, {}}, word);
      if (number && *number < 12)
        bits |= 1U << *number;
      else if (named)
        bits |= static_cast<std::uint32_t>(*named);
      else
        return fail("expected address types such as `local`, found `" + std::string(word) + '`');
    }
    const FieldId field = source ? FieldId::kSaddrType : FieldId::kDaddrType;
    const auto scope = static_cast<std::uint16_t>(in    ? ir::AddrTypeScope::kInputInterface
                                                  : out ? ir::AddrTypeScope::kOutputInterface
                                                        : ir::AddrTypeScope::kAnyInterface);
    const bool negated = is_negated(comparison_);
    const std::uint32_t listed = bits;
    if (negated) bits = ~bits & 0xfff;
    if (context_.family == ir::Family::kIpv4)
      return one(FieldTest{field, scope, true, ValueSet::of_masks({{0, bits}})});
    // An IPv6 address has several types, of which nftables tells the most special one (net/ipv6/netfilter/
    // nft_fib_ipv6.c).
    Predicate v6 = FieldTest{field, scope, negated, ValueSet::of_masks(types6(listed))};
    if (context_.family == ir::Family::kIpv6) return one(std::move(v6));
    ir::PredicatePool& pool = context_.ruleset.predicates;
    Predicate v4 = FieldTest{field, scope, true, ValueSet::of_masks({{0, bits}})};
    return one(disjunction(
        pool, {{family_test(ir::Family::kIpv4), std::move(v4)}, {family_test(ir::Family::kIpv6), std::move(v6)}}));
  }

  static ValueSet::Masks types6(std::uint32_t bits) {
    using ir::AddrType;
    const auto bit = [](AddrType type) { return ir::u128{ir::addr_type_bit(type)}; };
    const ir::u128 dead =
        bit(AddrType::kUnreachable) | bit(AddrType::kBlackhole) | bit(AddrType::kProhibit) | bit(AddrType::kThrow);
    const ir::u128 local = bit(AddrType::kLocal), any = bit(AddrType::kAnycast), multi = bit(AddrType::kMulticast);
    ValueSet::Masks masks;
    const auto wanted = [&](AddrType type) { return (bits & ir::addr_type_bit(type)) != 0; };
    if (wanted(AddrType::kLocal)) masks.push_back({local, local});
    if (wanted(AddrType::kAnycast)) masks.push_back({any, any | local});
    for (const AddrType type : {AddrType::kUnreachable, AddrType::kBlackhole, AddrType::kProhibit, AddrType::kThrow})
      if (wanted(type)) masks.push_back({bit(type), bit(type) | local | any});
    if (wanted(AddrType::kMulticast)) masks.push_back({multi, multi | local | any | dead});
    const ir::u128 unicast = bit(AddrType::kUnicast);
    if (wanted(AddrType::kUnicast)) masks.push_back({unicast, unicast | multi | local | any | dead});
    if (wanted(AddrType::kUnspec)) masks.push_back({0, unicast | multi | local | any | dead});
    return masks;
  }

  // --- Others ---

  Special link_type(const std::string& path) const {
    std::vector<std::string_view> words;
    if (!words_of(values_, words) || words.size() != 1) return opaque(path.substr(5));
    if (path == "meta iiftype" && (words.front() == "ether" || words.front() == "1"))
      return one(presence_test(FieldId::kEtherSaddr));
    return opaque(path.substr(5));
  }

  /// No interface has the number 0: it stands for none. Which one has another is not known.
  Special interface_number(const std::string& path) const {
    const bool plain = comparison_.empty() || comparison_ == "==" || is_negated(comparison_);
    if (!plain || plain_number(values_) != 0) return opaque("ifindex");
    Predicate there = presence_test(path == "iif" ? FieldId::kIifGroup : FieldId::kOifGroup);
    return one(is_negated(comparison_) ? std::move(there) : opposite(context_.ruleset.predicates, std::move(there)));
  }

  Special numgen(const Expr& field) const {
    const auto mod = field.words.size() >= 4 ? read_plain_number(field.words[3].text) : std::nullopt;
    std::uint64_t offset = 0;
    if (field.words.size() >= 6) offset = read_plain_number(field.words[5].text).value_or(0);
    if (mod == 0) return fail("`mod` needs a number above 0");
    if (field.words[1].text != "inc" && field.words[1].text != "random")
      return fail("`numgen` counts up (`inc`) or draws (`random`)");
    const auto only = plain_number(values_);
    if (mod && only && *only >= *mod + offset) return fail("this number never comes");
    if (!mod || *mod > 0x80000000 || selector_.kind != Kind::kField) return opaque("statistic", true);
    const auto ranges = plain_intervals(values_, comparison_, *mod - 1 + offset);
    if (!ranges) return opaque("statistic", true);
    ir::Statistic test;
    test.negated = is_negated(comparison_);
    if (field.words[1].text == "inc") {
      const bool single = ranges->size() == 1 && ranges->front().lo == ranges->front().hi;
      if (!single || ranges->front().lo < offset) return opaque("statistic", true);
      test.mode = ir::Statistic::Mode::kNth;
      test.every = static_cast<std::uint32_t>(*mod);
      test.packet = static_cast<std::uint32_t>(ranges->front().lo - offset);
      return one(test);
    }
    ir::u128 hits = 0;
    for (const ir::Interval& range : *ranges) hits += range.hi - range.lo + 1;
    test.mode = ir::Statistic::Mode::kRandom;
    test.probability = static_cast<std::uint32_t>(hits * 0x80000000 / *mod);
    return one(test);
  }

  [[nodiscard]] bool is_there() const {
    std::vector<std::string_view> words;
    words_of(values_, words);
    const bool there = !words.empty() && (words.front() == "exists" || words.front() == "1");
    return there != is_negated(comparison_);
  }

  Special presence(const std::string& header, bool there) const {
    struct Row {
      std::string_view name;
      FieldId field;
    };
    static constexpr std::array<Row, 5> kRows = {{{"hbh", FieldId::kHbhLength},
                                                  {"dst", FieldId::kDstLength},
                                                  {"rt", FieldId::kRtType},
                                                  {"frag", FieldId::kFragId},
                                                  {"ah", FieldId::kAhSpi}}};
    for (const Row& row : kRows) {
      if (row.name != header) continue;
      Predicate test = presence_test(row.field);
      if (there) return one(std::move(test));
      // Only of packets of IPv6 is it asked.
      Conjunction tests;
      tests.push_back(family_test(ir::Family::kIpv6));
      tests.push_back(opposite(context_.ruleset.predicates, std::move(test)));
      return {std::move(tests)};
    }
    return not_here("the extension header `" + header + "` is not handled");
  }

  /// `th` reads whatever follows the IP header; only of protocols with ports the core knows what that is.
  std::optional<Special> any_ports() const {
    if (context_.has_ports) return std::nullopt;
    return not_here("`th` in a concatenation without a test of the protocol before it: it may read what are no ports");
  }

  const LowerContext& context_;
  const Expr& selector_;
  std::string_view comparison_;
  const Expr& values_;
};

}  // namespace

std::optional<Special> lower_special(const LowerContext& context, const Expr& selector, std::string_view comparison,
                                     const Expr& values) {
  return SpecialLowering(context, selector, comparison, values).run();
}

}  // namespace nfproof::compiler::nft
