// SPDX-License-Identifier: Apache-2.0
// `meta mark set ct mark & 0xff`, `ip dscp set cs1` and their like.
#include "compiler/extensions/values.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/mark_bits.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using Kind = Expr::Kind;

class SetField {
 public:
  SetField(const LowerContext& context, const Expr& field, const Expr& value)
      : context_(context), field_(field), value_(value) {}

  std::optional<Action> run() {
    const std::string path = field_path(field_, context_.family);
    if (path == "meta mark") return mark(FieldId::kMark);
    if (path == "ct mark") return mark(FieldId::kCtMark);
    if (path == "ip ttl" || path == "ip6 hoplimit") return hop_limit(path == "ip ttl");
    if (path.ends_with(" dscp") || path.ends_with(" ecn")) return traffic_class(path);
    if (path == "meta priority") return priority();
    if (path == "tcp option maxseg size") return segment_size();
    if (path == "meta nftrace" || path == "nftrace") return one(ir::Aside{"TRACE", ""});
    if (path == "ct helper") return helper();
    if (path == "ct zone" || path == "ct original zone" || path == "ct reply zone") return zone(path);
    if (path == "ct timeout" || path == "ct expectation") {
      if (value_.kind != Kind::kMap && context_.table.find_object(path, value_.text) == nullptr)
        return context_.error(value_.span,
                              "there is no `" + path + "` with the name `" + std::string(value_.text) + '`');
      return opaque(path);
    }
    if (path == "ct event" || path == "ct label" || path == "meta secmark" || path == "ct secmark" ||
        path == "meta pkttype")
      return opaque(path);
    if (value_.kind == Kind::kWord && is_wrong(path))
      return context_.error(value_.span, '`' + path + "` cannot be `" + std::string(value_.text) + '`');
    if (path.starts_with("ip ") || path.starts_with("ip6 ") || path.starts_with("tcp ") || path.starts_with("udp ") ||
        path.starts_with("@") || path.starts_with("ether "))
      return opaque(path);
    return context_.unsupported(field_.span, "setting `" + path + "` has no meaning here");
  }

 private:
  [[nodiscard]] bool is_wrong(const std::string& path) const {
    if (path == "ip saddr" || path == "ip daddr") return !ir::parse_address(value_.text, ir::Family::kIpv4);
    if (path == "ip6 saddr" || path == "ip6 daddr") return !ir::parse_address(value_.text, ir::Family::kIpv6);
    return (path.ends_with(" sport") || path.ends_with(" dport")) && !parse_port(value_.text);
  }
  static Action one(ir::Effect effect) {
    Action action;
    action.effects.push_back(std::move(effect));
    return action;
  }
  /// A value that is not computed here. The rule ends where there is nothing to make it of.
  Action opaque(const std::string& path) const {
    Action action = one(ir::OpaqueEffect{"set " + path, plain_text(value_), false});
    std::vector<const Expr*> open = {&value_};
    while (!open.empty()) {
      const Expr& expr = *open.back();
      open.pop_back();
      if (auto there = field_presence(context_, expr)) action.tests.push_back(std::move(*there));
      for (const Expr& part : expr.parts) open.push_back(&part);
    }
    return action;
  }
  std::nullopt_t not_here() const {
    return context_.unsupported(value_.span, "this value cannot be made here: `" + plain_text(value_) + '`');
  }

  std::optional<Action> mark(FieldId to) const {
    const auto bits = mark_bits_of(context_, value_);
    if (!bits && value_.kind == Kind::kWord)
      return context_.error(value_.span, "expected a mark, found `" + std::string(value_.text) + '`');
    if (!bits) return opaque(to == FieldId::kMark ? "meta mark" : "ct mark");
    Action action = mark_from(to, *bits);
    // Reading the mark of a connection ends the rule when there is none; setting it does not.
    if (bits->source == FieldId::kCtMark) action.tests.push_back(presence_test(FieldId::kCtMark));
    return action;
  }

  static Action mark_from(FieldId to, const MarkBits& bits) {
    if (!bits.source || bits.keep == 0) return one(ir::SetField{to, bits.flip, 0xffffffff, 0});
    if (*bits.source == to) {
      if (bits.shift != 0) return shifted(to, bits);
      return one(ir::SetField{to, bits.flip, ~bits.keep, 0});
    }
    ir::CopyMark copy;
    copy.save = to == FieldId::kCtMark;
    const std::uint32_t taken = bits.shift >= 0 ? bits.keep >> bits.shift : bits.keep << -bits.shift;
    (copy.save ? copy.nfmask : copy.ctmask) = taken;
    copy.shift = static_cast<std::int8_t>(bits.shift);
    Action action = one(copy);
    if (bits.flip != 0) action.effects.emplace_back(ir::SetField{to, bits.flip, 0, 0});
    return action;
  }

  /// field = ((field & ~mask) ^ value) << shift
  static Action shifted(FieldId to, const MarkBits& bits) {
    Action action = one(ir::SetField{to, 0, 0, static_cast<std::int8_t>(bits.shift)});
    const std::uint32_t all = bits.shift > 0 ? 0xffffffffU << bits.shift : 0xffffffffU >> -bits.shift;
    if (bits.keep != all || bits.flip != 0) action.effects.emplace_back(ir::SetField{to, bits.flip, ~bits.keep, 0});
    return action;
  }

  std::optional<Action> hop_limit(bool v4) const {
    const auto number = plain_number(value_);
    if (!number || *number > 255) return not_here();
    Action action =
        one(ir::SetField{v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit, static_cast<std::uint32_t>(*number), 0xff, 0});
    action.tests.push_back(family_test(v4 ? ir::Family::kIpv4 : ir::Family::kIpv6));
    return action;
  }

  std::optional<Action> traffic_class(const std::string& path) const {
    const auto named = find_nft_field(path);
    if (!named) return not_here();
    const auto number = value_.kind == Kind::kWord ? parse_value(named->field, value_.text) : std::nullopt;
    if (!number) return not_here();
    const auto mask = static_cast<std::uint32_t>(ir::max_of_bits(named->field.bits)) << named->field.shift;
    Action action =
        one(ir::SetField{named->field.field, static_cast<std::uint32_t>(*number) << named->field.shift, mask, 0});
    action.tests.push_back(family_test(path.starts_with("ip6") ? ir::Family::kIpv6 : ir::Family::kIpv4));
    return action;
  }

  /// `1:10`, `none`, or a number.
  std::optional<Action> priority() const {
    std::uint32_t value = 0;
    const std::string_view text = value_.text;
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
      const auto major = read_plain_number("0x" + std::string(text.substr(0, colon)));
      const auto minor = read_plain_number("0x" + std::string(text.substr(colon + 1)));
      if (!major || !minor || *major > 0xffff || *minor > 0xffff) return not_here();
      value = static_cast<std::uint32_t>(*major << 16 | *minor);
    } else if (text != "none") {
      const auto number = plain_number(value_);
      if (!number || *number > 0xffffffff) return not_here();
      value = static_cast<std::uint32_t>(*number);
    }
    return one(ir::SetField{FieldId::kPriority, value, 0xffffffff, 0});
  }

  std::optional<Action> segment_size() const {
    Action action;
    action.tests.push_back(protocol_test(ir::kProtoTcp));
    // nftables only makes the number smaller, and leaves packets without the option alone.
    action.only_if.push_back(presence_test(FieldId::kTcpMss));
    if (value_.kind == Kind::kField) {
      if (field_path(value_, context_.family) != "rt mtu") return not_here();
      action.effects.emplace_back(ir::SetTcpMss{});
      return action;
    }
    const auto number = plain_number(value_);
    if (!number || *number > 65535) return not_here();
    action.effects.emplace_back(ir::SetTcpMss{static_cast<std::uint16_t>(*number)});
    return action;
  }

  std::optional<Action> helper() const {
    ir::TrackAs effect;
    effect.helper = std::string(value_.text);
    const auto* object = context_.table.find_object("ct helper", value_.text);
    Action action;
    for (std::size_t i = 0; object != nullptr && i + 1 < object->body.size(); ++i) {
      const std::string_view value = object->body[i + 1].text;
      if (object->body[i].text == "type") effect.helper = std::string(value);
      // The object is for one protocol, and leaves connections of others alone.
      if (object->body[i].text == "l3proto" && context_.family == ir::Family::kInet)
        action.only_if.push_back(family_test(value == "ip6" ? ir::Family::kIpv6 : ir::Family::kIpv4));
      if (object->body[i].text == "protocol")
        if (const auto protocol = parse_protocol(value)) action.only_if.push_back(protocol_test(*protocol));
    }
    action.effects.emplace_back(std::move(effect));
    return action;
  }

  std::optional<Action> zone(const std::string& path) const {
    const auto number = plain_number(value_);
    if (number && *number > 65535) return context_.error(value_.span, "a zone is a number up to 65535");
    if (!number) return opaque(path);
    ir::TrackAs effect;
    effect.zone = path == "ct zone"            ? ir::TrackAs::Zone::kBoth
                  : path == "ct original zone" ? ir::TrackAs::Zone::kOriginal
                                               : ir::TrackAs::Zone::kReply;
    effect.zone_id = static_cast<std::uint16_t>(*number);
    return one(std::move(effect));
  }

  const LowerContext& context_;
  const Expr& field_;
  const Expr& value_;
};

}  // namespace

std::optional<Action> lower_set_field(const LowerContext& context, const Expr& field, const Expr& value) {
  return SetField(context, field, value).run();
}

}  // namespace nfproof::compiler::nft
