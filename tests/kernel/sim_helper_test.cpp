// SPDX-License-Identifier: Apache-2.0
// Connection helpers, zones and settings against the kernel: whole conversations, with and without translation.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/kernel/sim_bout.h"

namespace nfproof::testing {
namespace {

/// One TCP or UDP conversation with right sequence numbers; each side answers what the other one saw.
class Conversation {
 public:
  Conversation(Bout& bout, std::string_view client, std::string_view server, std::uint16_t client_port,
               std::uint16_t server_port, std::uint8_t protocol = 6)
      : bout_(bout), protocol_(protocol) {
    client_ends_ = {wire_address(client), wire_address(server), client_port, server_port};
    server_ends_ = client_ends_;
  }

  void open() {
    tcp(false, 2, ""), ++next_[0];
    tcp(true, 18, ""), ++next_[1];
    tcp(false, 16, "");
  }
  /// Data of one side; the bytes as the other one gets them.
  std::string say(bool reply, const std::string& text) {
    const std::string seen = tcp(reply, 24, text);
    next_[reply ? 1 : 0] += static_cast<std::uint32_t>(text.size());
    heard_[reply ? 1 : 0] += static_cast<std::uint32_t>(seen.size());
    return seen;
  }
  void datagram(bool reply, const WireBytes& payload) {
    WireBytes udp = wire_udp(ends(reply).source_port, ends(reply).destination_port, payload.size());
    std::copy(payload.begin(), payload.end(), udp.begin() + 8);
    send(reply, udp);
  }
  void tcp_flags(bool reply, std::uint8_t flags) { tcp(reply, flags, ""); }

 private:
  [[nodiscard]] WireEnds ends(bool reply) const {
    const WireEnds& e = reply ? server_ends_ : client_ends_;
    if (!reply) return e;
    return {e.destination, e.source, e.destination_port, e.source_port};
  }

  std::string tcp(bool reply, std::uint8_t flags, const std::string& text) {
    TcpFields fields;
    fields.source = ends(reply).source_port;
    fields.destination = ends(reply).destination_port;
    fields.flags = flags;
    const std::size_t own = reply ? 1 : 0, other = 1 - own;
    const bool syn = (flags & 2) != 0;
    fields.sequence = next_[own];
    // What the other side has sent, in the numbers in which it arrived here.
    fields.acknowledgement = (flags & 16) != 0 ? next_[other] + heard_[other] - said_[other] : 0;
    fields.payload = text.size();
    if (syn) fields.options = {2, 4, 5, 180, 4, 2, 1, 1};
    WireBytes bytes = wire_tcp(fields);
    std::copy(text.begin(), text.end(), bytes.end() - static_cast<std::ptrdiff_t>(text.size()));
    said_[own] += static_cast<std::uint32_t>(text.size());
    const WireBytes left = send(reply, bytes);
    if (left.empty()) return text;
    const std::size_t header = left[0] >> 4 == 4 ? 20 : 40;
    const std::size_t data = header + (left[header + 12] >> 4) * 4U;
    return {left.begin() + static_cast<std::ptrdiff_t>(data), left.end()};
  }

  WireBytes send(bool reply, WireBytes payload) {
    IpHeader ip;
    ip.source = ends(reply).source;
    ip.destination = ends(reply).destination;
    ip.protocol = protocol_;
    wire_checksum(ip, payload);
    TrafficPacket packet;
    packet.bytes = wire_packet(ip, payload);
    packet.interface = is_inside(ip.source) ? "eth1" : "eth0";
    const Bout::Exchange exchange = bout_.send(packet);
    if (!has_left(exchange.fate.end)) return {};
    if (!reply) server_ends_ = wire_ends(exchange.fate.bytes);
    return exchange.fate.bytes;
  }

  static bool is_inside(const WireBytes& address) { return address.size() == 4 ? address[0] == 198 : address[5] == 1; }

  Bout& bout_;
  std::uint8_t protocol_;
  WireEnds client_ends_, server_ends_;  // as each side sees them; the source is the client
  std::uint32_t next_[2] = {1000, 500000};
  std::uint32_t said_[2] = {0, 0}, heard_[2] = {0, 0};
};

struct Ways {
  Backend backend = Backend::kLegacy;
  bool translated = false;
};
void PrintTo(const Ways& ways, std::ostream* out) {
  *out << (ways.backend == Backend::kNft ? "nft" : "legacy") << (ways.translated ? " translated" : "");
}

class SimHelper : public ::testing::TestWithParam<Ways> {
 protected:
  void end(Bout& bout) const {
    bout.compare_counters();
    bout.compare_connections();
    EXPECT_EQ(bout.problem(), "");
    EXPECT_EQ(bout.differences(), "") << bout.ruleset();
  }
  [[nodiscard]] static std::string filter() {
    return "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
           "-A FORWARD -m conntrack --ctstate RELATED\n-A FORWARD -m conntrack --ctstate NEW\n"
           "-A FORWARD -m conntrack --ctstate ESTABLISHED\n-A FORWARD -m conntrack --ctstatus EXPECTED\n"
           "-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n";
  }
  [[nodiscard]] std::string nat() const {
    if (!GetParam().translated) return {};
    return "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
           "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 21 -j DNAT --to-destination 198.51.100.8\n"
           "-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n";
  }
  [[nodiscard]] static std::string raw(std::string_view protocol, std::string_view port, std::string_view helper) {
    return "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p " + std::string(protocol) +
           " --dport " + std::string(port) + " -j CT --helper " + std::string(helper) + "\nCOMMIT\n";
  }
};

TEST_P(SimHelper, ActiveFtpFromInside) {
  NFPROOF_NEEDS_KERNEL();
  Bout bout(raw("tcp", "21", "ftp") + nat() + filter(), {.backend = GetParam().backend, .settings = {}});
  ASSERT_EQ(bout.problem(), "");
  Conversation control(bout, "198.51.100.7", "203.0.113.9", 40000, 21);
  control.open();
  control.say(true, "220 ready\r\n");
  control.say(false, "USER x\r\n");
  control.say(true, "331 name ok\r\n");
  control.say(false, "PORT 198,51,100,7,156,65\r\n");
  control.say(true, "200 ok\r\n");
  const char* client = GetParam().translated ? "192.0.2.1" : "198.51.100.7";
  Conversation data(bout, "203.0.113.9", client, 20, 40001);
  data.open();
  data.say(false, "file");
  control.say(false, "EPRT |1|198.51.100.7|40002|\r\n");
  control.say(true, "200 ok again\r\n");
  Conversation second(bout, "203.0.113.9", client, 20, 40002);
  second.open();
  Conversation unexpected(bout, "203.0.113.9", client, 20, 40003);
  unexpected.open();
  control.say(false, "PORT 10,0,0,1,156,65\r\n");  // somebody else's address
  control.say(false, "PORT 198,51,1");             // cut in the middle: dropped
  control.say(false, "QUIT\r\n");
  end(bout);
}

TEST_P(SimHelper, PassiveFtp) {
  NFPROOF_NEEDS_KERNEL();
  Bout bout(raw("tcp", "21", "ftp") + nat() + filter(), {.backend = GetParam().backend, .settings = {}});
  ASSERT_EQ(bout.problem(), "");
  const char* server = GetParam().translated ? "192.0.2.1" : "198.51.100.8";
  Conversation control(bout, "203.0.113.9", server, 40000, 21);
  control.open();
  control.say(true, "220 ready\r\n");
  control.say(false, "PASV\r\n");
  control.say(true, "227 Entering Passive Mode (198,51,100,8,200,10)\r\n");
  control.say(false, "RETR x\r\n");
  Conversation data(bout, "203.0.113.9", server, 40001, 51210);
  data.open();
  data.say(true, "file");
  control.say(false, "EPSV\r\n");
  control.say(true, "229 Entering Extended Passive Mode (|||51211|)\r\n");
  Conversation second(bout, "203.0.113.9", server, 40002, 51211);
  second.open();
  second.say(true, "more");
  control.say(false, "PASV\r\n");
  control.say(true, "227 Entering Passive Mode (198,51,100,8,200,12)\r\n");
  control.say(true, "150 data\r\n");
  control.say(false, "NOOP\r\n");
  end(bout);
}

TEST_P(SimHelper, Tftp) {
  NFPROOF_NEEDS_KERNEL();
  Bout bout(raw("udp", "69", "tftp") + nat() + filter(), {.backend = GetParam().backend, .settings = {}});
  ASSERT_EQ(bout.problem(), "");
  Conversation request(bout, "198.51.100.7", "203.0.113.9", 40000, 69, 17);
  request.datagram(false, {0, 1, 'f', 0, 'o', 0});
  const char* client = GetParam().translated ? "192.0.2.1" : "198.51.100.7";
  Conversation data(bout, "203.0.113.9", client, 3333, 40000, 17);
  data.datagram(false, {0, 3, 0, 1, 'x'});
  data.datagram(true, {0, 4, 0, 1});
  Conversation other(bout, "203.0.113.9", client, 3334, 40000, 17);
  other.datagram(false, {0, 3, 0, 1, 'x'});
  end(bout);
}

TEST_P(SimHelper, Zones) {
  NFPROOF_NEEDS_KERNEL();
  const std::string raw =
      "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      "-A PREROUTING -i eth1 -p tcp --dport 80 -j CT --zone 5\n"
      "-A PREROUTING -p tcp --dport 81 -j CT --zone-orig 6\n"
      "-A PREROUTING -p tcp --dport 82 -j CT --zone-reply 7\n"
      "-A PREROUTING -p tcp --dport 83 -j MARK --set-mark 9\n"
      "-A PREROUTING -p tcp --dport 83 -j CT --zone mark\n"
      "-A PREROUTING -p tcp --dport 84 -j CT --zone 1\n"
      "-A PREROUTING -p tcp --dport 84 -j CT --notrack\n"
      "-A PREROUTING -p tcp -m conntrack --ctstate NEW\n"
      "-A PREROUTING -p tcp -m conntrack --ctstate INVALID\nCOMMIT\n";
  Bout bout(raw + nat() + filter(), {.backend = GetParam().backend, .settings = {}});
  ASSERT_EQ(bout.problem(), "");
  std::uint16_t from = 41000;
  for (std::uint16_t port = 80; port <= 84; ++port) {
    Conversation one(bout, "198.51.100.7", "203.0.113.9", from++, port);
    one.open();
    one.say(true, "hello");
  }
  end(bout);
}

TEST_P(SimHelper, Settings) {
  NFPROOF_NEEDS_KERNEL();
  Bout bout(nat() + filter(), {.backend = GetParam().backend,
                               .settings = {{"nf_conntrack_tcp_loose", "0"},
                                            {"nf_conntrack_tcp_be_liberal", "1"},
                                            {"nf_conntrack_tcp_timeout_established", "5000"},
                                            {"nf_conntrack_udp_timeout", "77"},
                                            {"nf_conntrack_checksum", "0"}}});
  ASSERT_EQ(bout.problem(), "");
  Conversation picked_up(bout, "198.51.100.7", "203.0.113.9", 42000, 80);
  picked_up.tcp_flags(false, 16);
  Conversation normal(bout, "198.51.100.7", "203.0.113.9", 42001, 80);
  normal.open();
  normal.say(false, "x");
  normal.say(true, "y");
  Conversation udp(bout, "198.51.100.7", "203.0.113.9", 42002, 53, 17);
  udp.datagram(false, {1, 2, 3});
  udp.datagram(true, {1, 2, 3});
  end(bout);
}

INSTANTIATE_TEST_SUITE_P(Ways, SimHelper,
                         ::testing::Values(Ways{Backend::kLegacy, false}, Ways{Backend::kLegacy, true},
                                           Ways{Backend::kNft, false}, Ways{Backend::kNft, true}));

}  // namespace
}  // namespace nfproof::testing
