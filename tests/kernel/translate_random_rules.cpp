// SPDX-License-Identifier: Apache-2.0
// Random rulesets out of every match with full semantics.
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {

std::string TranslateRandom::address_match() {
  const bool source = one_in(2);
  std::string which = source ? "-s " : "-d ";
  if (one_in(8)) {
    const std::string range = v4() ? one_of({"192.0.2.5-192.0.2.80", "198.51.100.0-203.0.113.8", "198.51.100.7"})
                                   : one_of({"2001:db8::5-2001:db8::80", "2001:db8:1::-2001:db8:7::9", "fc00::1"});
    return " -m iprange " + maybe_not() + (source ? "--src-range " : "--dst-range ") + range;
  }
  const std::string address =
      v4() ? one_of({"192.0.2.0/24", "198.51.100.0/25", "198.51.100.7", "203.0.113.0/255.255.255.128",
                     "192.0.2.9/255.0.255.63", "0.0.0.0/0", "0.0.0.1/0.0.0.1", "192.0.2.1"})
           : one_of({"2001:db8::/32", "2001:db8:1::/120", "2001:db8::1", "2001:db8:1::7/ffff:ffff:ffff::ffff", "::/0",
                     "::1/::1", "fc00::/7"});
  return " " + maybe_not() + which + address;
}

std::string TranslateRandom::interface_match(const std::string& chain) {
  const std::string name = one_of({"eth0", "eth1", "eth+", "e+", "lo", "+", "eth"});
  const bool input = chain == "PREROUTING" || chain == "INPUT" || (chain == "FORWARD" && one_in(2));
  return " " + maybe_not() + (input ? "-i " : "-o ") + name;
}

std::string TranslateRandom::ports(const std::string& option) {
  return " " + maybe_not() + option + " " + one_of({"22", "53", "80", "1:1023", "1024:", ":80", "0:65535", "443:8080"});
}

std::string TranslateRandom::tcp_match() {
  std::string out = " -p tcp";
  if (one_in(8)) return out;
  switch (below(6)) {
    case 0:
      return out + " -m tcp " + maybe_not() + "--tcp-flags " +
             one_of({"SYN SYN", "SYN,ACK SYN", "SYN,ACK,FIN,RST SYN", "ALL NONE", "ALL ALL", "RST,FIN NONE",
                     "ALL SYN,ACK"});
    case 1: return out + " -m tcp " + maybe_not() + "--tcp-option " + one_of({"2", "3", "4", "5", "8", "30"});
    // xt_tcpmss reads the payload of later fragments as a header.
    case 2:
      if (!conntrack_) return out;
      return out + " -m tcpmss " + maybe_not() + "--mss " + one_of({"1460", "500:600", "0:65535"});
    case 3: return out + " -m tcp" + ports("--sport") + ports("--dport");
    default: return out + " -m tcp" + ports("--dport");
  }
}

std::string TranslateRandom::protocol_match() {
  switch (below(8)) {
    case 0:
    case 1:
    case 2: return tcp_match();
    case 3: return " -p udp -m udp" + ports("--sport") + (one_in(2) ? ports("--dport") : "");
    case 4:
      return v4() ? " -p icmp -m icmp " + maybe_not() + "--icmp-type " +
                        one_of({"8", "any", "3", "3/1", "0", "13", "5/3"})
                  : " -p ipv6-icmp -m icmp6 " + maybe_not() + "--icmpv6-type " +
                        one_of({"128", "129", "1", "1/4", "4/2"});
    case 5:
      return " -p sctp -m sctp" + (one_in(2) ? ports("--dport")
                                             : " " + maybe_not() + "--chunk-types " +
                                                   one_of({"any INIT,DATA", "all INIT,DATA", "any SACK", "all DATA",
                                                           "any COOKIE_ECHO,DATA,INIT"}));
    case 6:
      return " -p " + one_of({"tcp", "udp", "sctp", "udplite", "dccp"}) + " -m multiport " + maybe_not() +
             one_of({"--dports", "--sports", "--ports"}) + " " +
             one_of({"22,80", "20:30,443", "1:1023", "53", "8080:65535,1"});
    default: return " " + maybe_not() + "-p " + one_of({"tcp", "udp", "esp", "47", "253", "sctp"});
  }
}

std::string TranslateRandom::conntrack_match() {
  if (!conntrack_) return "";
  const std::string network = v4() ? one_of({"192.0.2.0/24", "198.51.100.7", "203.0.113.0/25"})
                                   : one_of({"2001:db8::/64", "2001:db8:1::7", "2001:db8::9"});
  switch (below(9)) {
    case 0:
      return " -m conntrack " + maybe_not() + "--ctstatus " +
             one_of({"NONE", "ASSURED", "SEEN_REPLY,EXPECTED", "CONFIRMED"});
    case 1: return " -m conntrack " + maybe_not() + one_of({"--ctorigsrc ", "--ctorigdst ", "--ctreplsrc "}) + network;
    case 2: return " -m conntrack --ctdir " + one_of({"ORIGINAL", "REPLY"});
    case 3:
      return " -m conntrack " + maybe_not() + one_of({"--ctorigdstport ", "--ctorigsrcport ", "--ctrepldstport "}) +
             one_of({"22", "80", "20:100", "1024:65535"});
    case 4: return " -m connmark " + maybe_not() + "--mark " + one_of({"0", "1/1", "0x4/0xc"});
    case 5: return " -m conntrack " + maybe_not() + "--ctproto " + one_of({"tcp", "udp", "132"});
    case 6:
      return " -m conntrack " + maybe_not() + "--ctstate " +
             one_of({"NEW,SNAT", "DNAT", "INVALID,DNAT", "SNAT,DNAT,RELATED"});
    default:
      return " -m conntrack " + maybe_not() + "--ctstate " +
             one_of({"NEW", "ESTABLISHED,RELATED", "INVALID", "UNTRACKED", "NEW,INVALID", "RELATED"});
  }
}

std::string TranslateRandom::other_match(const std::string& chain) {
  switch (below(12)) {
    case 0: return " -m mark " + maybe_not() + "--mark " + one_of({"0", "1/1", "0x40000000/0x40000000", "6/6", "2/3"});
    case 1: return " -m pkttype " + maybe_not() + "--pkt-type " + one_of({"unicast", "broadcast", "multicast"});
    case 2: return " -m length " + maybe_not() + "--length " + one_of({"40:60", "0:44", "48", "60:65535"});
    case 3:
      return v4() ? " -m ttl " + one_of({"--ttl-lt 20", "--ttl-gt 30", "--ttl-eq 63", "! --ttl-eq 10"})
                  : " -m hl " + one_of({"--hl-lt 20", "--hl-gt 30", "--hl-eq 63", "! --hl-eq 10"});
    case 4: return " -m dscp " + maybe_not() + "--dscp " + one_of({"0", "0x0a", "0x3f"});
    case 5: return " -m tos " + maybe_not() + "--tos " + one_of({"0x10/0x3f", "0x00/0x03", "0x08", "0/0xe0"});
    case 6:
      return " -m addrtype " + maybe_not() + one_of({"--dst-type ", "--src-type "}) +
             (v4() ? one_of({"LOCAL", "BROADCAST", "UNICAST", "LOCAL,BROADCAST", "MULTICAST"})
                   : one_of({"LOCAL", "UNICAST", "LOCAL,UNICAST", "ANYCAST", "LOCAL,ANYCAST", "MULTICAST"}));
    case 7:
      if (chain != "PREROUTING" && chain != "INPUT" && chain != "FORWARD") return "";
      return " -m mac " + maybe_not() + "--mac-source " + one_of({"02:00:00:00:00:01", "02:00:00:00:00:02"});
    case 8: return " -m statistic --mode nth --every " + number(1, 4) + " --packet 0";
    case 9: return " -m statistic --mode nth ! --every 3 --packet 2";
    case 10: return " -m limit --limit 1/hour --limit-burst " + number(1, 20);
    default: return v4() ? " " + maybe_not() + "-f" : "";
  }
}

std::string TranslateRandom::matches(const std::string& chain) {
  // The protocol comes with its options, so it is given once at most; `-f` and port options go together in the kernel.
  std::string out = one_in(3) ? address_match() : "";
  if (one_in(5)) out += interface_match(chain);
  if (!one_in(3)) out += protocol_match();
  if (one_in(3)) out += conntrack_match();
  if (one_in(2)) out += other_match(chain);
  return out;
}

std::string TranslateRandom::target() {
  if (conntrack_ && one_in(12)) {
    return " -j CONNMARK " +
           one_of({"--set-xmark 0x5/0xff", "--set-xmark 0x1/0xffffffff", "--save-mark --nfmask 0xf --ctmask 0xf",
                   "--restore-mark --nfmask 0xf0000000 --ctmask 0xffffffff",
                   "--save-mark --nfmask 0xffffffff --ctmask 0xffffffff", "--set-xmark 0xff/0x0f",
                   "--restore-mark --nfmask 0xc --ctmask 0xc"});
  }
  switch (below(24)) {
    case 0: return " -j DSCP --set-dscp " + one_of({"0x0a", "0x00", "0x3f"});
    case 1: return " -j TOS --set-tos " + one_of({"0x10/0x3f", "0x00/0xff", "0x04/0x0c", "0xe0/0xe0", "0x20/0x00"});
    case 2: return v4() ? " -j TTL --ttl-set 33" : " -j HL --hl-set 33";
    case 3: return " -j MARK --set-xmark " + one_of({"0x3/0x1", "0x80000000/0x0", "0x0/0x80000000"});
    case 4: return " -j user";
    case 5: return " -g user";
    case 6: return " -j RETURN";
    case 7: return one_in(2) ? " -j DROP" : " -j ACCEPT";
    default: return "";
  }
}

std::string TranslateRandom::ruleset() {
  const Choices chains = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
  std::string text = "*mangle\n";
  for (const std::string& chain : chains) text += ":" + chain + " ACCEPT [0:0]\n";
  text += ":user - [0:0]\n";
  unsigned bit = 0;
  const auto marking = [&bit] {
    const std::string value = std::to_string(1U << bit++);
    return " -j MARK --set-xmark " + value + "/" + value + "\n";
  };
  for (const std::string& chain : chains) {
    for (int i = 0; i < 5; ++i) {
      if (one_in(2)) {
        const std::string other = target();
        if (!other.empty()) text += "-A " + chain + matches(chain) + other + "\n";
      }
      text += "-A " + chain + matches(chain) + marking();
    }
  }
  for (int i = 0; i < 4; ++i) {
    text += "-A user" + matches("user") + marking();
    text += "-A user" + matches("user") + (one_in(2) ? " -j RETURN\n" : " -j ACCEPT\n");
  }
  return text + "COMMIT\n";
}

}  // namespace nfproof::testing
