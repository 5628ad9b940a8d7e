// SPDX-License-Identifier: Apache-2.0
// Names of the settings and where each is kept.
#include "sim/settings.h"

#include <charconv>
#include <limits>
#include <variant>

#include "sim/track_sctp.h"
#include "sim/track_tcp.h"

namespace nfproof::sim {
namespace {

using Place = std::variant<bool*, std::uint32_t*>;

struct Row {
  std::string_view name;
  Place (*place)(TrackingSettings&);
};

std::uint32_t* tcp(TrackingSettings& settings, TcpTrack::State state) {
  return &settings.tcp.timeouts[static_cast<std::size_t>(state)];
}
std::uint32_t* sctp(TrackingSettings& settings, SctpTrack::State state) {
  return &settings.sctp_timeouts[static_cast<std::size_t>(state)];
}

using S = TrackingSettings;
using T = TcpTrack::State;
using C = SctpTrack::State;
constexpr Row kRows[] = {
    {"nf_conntrack_acct", [](S& s) { return Place(&s.accounting); }},
    {"nf_conntrack_checksum", [](S& s) { return Place(&s.checksum); }},
    {"nf_conntrack_generic_timeout", [](S& s) { return Place(&s.generic_timeout); }},
    {"nf_conntrack_gre_timeout", [](S& s) { return Place(&s.gre_timeout); }},
    {"nf_conntrack_gre_timeout_stream", [](S& s) { return Place(&s.gre_timeout_stream); }},
    {"nf_conntrack_icmp_timeout", [](S& s) { return Place(&s.icmp_timeout); }},
    {"nf_conntrack_icmpv6_timeout", [](S& s) { return Place(&s.icmpv6_timeout); }},
    {"nf_conntrack_sctp_timeout_closed", [](S& s) { return Place(sctp(s, C::kClosed)); }},
    {"nf_conntrack_sctp_timeout_cookie_echoed", [](S& s) { return Place(sctp(s, C::kCookieEchoed)); }},
    {"nf_conntrack_sctp_timeout_cookie_wait", [](S& s) { return Place(sctp(s, C::kCookieWait)); }},
    {"nf_conntrack_sctp_timeout_established", [](S& s) { return Place(sctp(s, C::kEstablished)); }},
    {"nf_conntrack_sctp_timeout_heartbeat_sent", [](S& s) { return Place(sctp(s, C::kHeartbeatSent)); }},
    {"nf_conntrack_sctp_timeout_shutdown_ack_sent", [](S& s) { return Place(sctp(s, C::kShutdownAckSent)); }},
    {"nf_conntrack_sctp_timeout_shutdown_recd", [](S& s) { return Place(sctp(s, C::kShutdownReceived)); }},
    {"nf_conntrack_sctp_timeout_shutdown_sent", [](S& s) { return Place(sctp(s, C::kShutdownSent)); }},
    {"nf_conntrack_tcp_be_liberal", [](S& s) { return Place(&s.tcp.be_liberal); }},
    {"nf_conntrack_tcp_ignore_invalid_rst", [](S& s) { return Place(&s.tcp.ignore_invalid_rst); }},
    {"nf_conntrack_tcp_loose", [](S& s) { return Place(&s.tcp.loose); }},
    {"nf_conntrack_tcp_max_retrans", [](S& s) { return Place(&s.tcp.max_retrans); }},
    {"nf_conntrack_tcp_timeout_close", [](S& s) { return Place(tcp(s, T::kClose)); }},
    {"nf_conntrack_tcp_timeout_close_wait", [](S& s) { return Place(tcp(s, T::kCloseWait)); }},
    {"nf_conntrack_tcp_timeout_established", [](S& s) { return Place(tcp(s, T::kEstablished)); }},
    {"nf_conntrack_tcp_timeout_fin_wait", [](S& s) { return Place(tcp(s, T::kFinWait)); }},
    {"nf_conntrack_tcp_timeout_last_ack", [](S& s) { return Place(tcp(s, T::kLastAck)); }},
    {"nf_conntrack_tcp_timeout_max_retrans", [](S& s) { return Place(&s.tcp.timeout_retrans); }},
    {"nf_conntrack_tcp_timeout_syn_recv", [](S& s) { return Place(tcp(s, T::kSynRecv)); }},
    {"nf_conntrack_tcp_timeout_syn_sent", [](S& s) { return Place(tcp(s, T::kSynSent)); }},
    {"nf_conntrack_tcp_timeout_time_wait", [](S& s) { return Place(tcp(s, T::kTimeWait)); }},
    {"nf_conntrack_tcp_timeout_unacknowledged", [](S& s) { return Place(&s.tcp.timeout_unacknowledged); }},
    {"nf_conntrack_udp_timeout", [](S& s) { return Place(&s.udp_timeout); }},
    {"nf_conntrack_udp_timeout_stream", [](S& s) { return Place(&s.udp_timeout_stream); }},
};

std::string_view without_path(std::string_view key) {
  const std::size_t separator = key.find_last_of("./");
  const std::string_view path = separator == std::string_view::npos ? "" : key.substr(0, separator);
  const bool known = path == "net.netfilter" || path == "net/netfilter" || path == "/proc/sys/net/netfilter";
  return known ? key.substr(separator + 1) : key;
}

}  // namespace

std::string TrackingSettings::set(std::string_view key, std::string_view value) {
  const std::string_view name = without_path(key);
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    const Place place = row.place(*this);
    bool* const flag = std::holds_alternative<bool*>(place) ? std::get<bool*>(place) : nullptr;
    constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
    const std::uint32_t most = flag != nullptr ? 1 : name == "nf_conntrack_tcp_max_retrans" ? 255 : kMost;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number > most)
      return '`' + std::string(name) + "` expects a number from 0 to " + std::to_string(most) + ", got `" +
             std::string(value) + '`';
    if (flag != nullptr)
      *flag = number != 0;
    else
      *std::get<std::uint32_t*>(place) = number;
    return {};
  }
  return '`' + std::string(key) + "` is no setting that the simulator knows; it knows " + tracking_setting_names();
}

std::string tracking_setting_names() {
  std::string names;
  for (const Row& row : kRows) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

}  // namespace nfproof::sim
