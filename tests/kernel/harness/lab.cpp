// SPDX-License-Identifier: Apache-2.0
// Lab: sends packets by raw sockets, waits for the barrier, hands what NFLOG said to assemble_fates().
#include "tests/kernel/harness/lab.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>

#include "tests/kernel/harness/fates.h"
#include "tests/kernel/harness/nflog.h"
#include "tests/kernel/harness/plumbing.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kPacketsBetweenReads = 256;
constexpr int kBarrierPatience_ms = 10000;

// Keeps the calling thread on one CPU: what it sends then goes through that CPU's backlog in order. And before others:
// limits look at the clock, and a busy machine would keep packets apart that are to come together.
class Pinned {
 public:
  Pinned() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(std::max(sched_getcpu(), 0)), &one);
    sched_setaffinity(0, sizeof one, &one);
    policy_ = sched_getscheduler(0);
    sched_getparam(0, &parameters_);
    const sched_param first{.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &first);
  }
  ~Pinned() {
    sched_setscheduler(0, policy_, &parameters_);
    sched_setaffinity(0, sizeof before_, &before_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
  int policy_ = SCHED_OTHER;
  sched_param parameters_{};
};

// Nobody wakes up in time for the next of two packets that come close together.
void wait_until(std::chrono::steady_clock::time_point time) {
  constexpr std::chrono::milliseconds kClose{2};
  std::this_thread::sleep_until(time - kClose);
  while (std::chrono::steady_clock::now() < time) {
  }
}

MacAddress destination_mac(const Port& port, const Bytes& packet) {
  if (packet.size() >= 20 && packet[0] >> 4 == 4) {
    const std::uint32_t address = static_cast<std::uint32_t>(packet[16]) << 24 |
                                  static_cast<std::uint32_t>(packet[17]) << 16 |
                                  static_cast<std::uint32_t>(packet[18]) << 8 | packet[19];
    const auto& list = port.broadcasts;
    if (address == 0xffffffffU || std::find(list.begin(), list.end(), address) != list.end()) {
      return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    }
    if (address >> 28 == 0xe) {
      return {0x01, 0x00, 0x5e, static_cast<std::uint8_t>(packet[17] & 0x7f), packet[18], packet[19]};
    }
  } else if (packet.size() >= 40 && packet[0] >> 4 == 6 && packet[24] == 0xff) {
    return {0x33, 0x33, packet[36], packet[37], packet[38], packet[39]};
  }
  return port.mac;
}

Bytes frame_of(const Port& port, const Packet& packet) {
  if (packet.way == Packet::Way::kFrame) return packet.bytes;
  const MacAddress to = destination_mac(port, packet.bytes);
  const MacAddress from = packet.source_mac.value_or(port.peer_mac);
  const bool ipv6 = !packet.bytes.empty() && packet.bytes[0] >> 4 == 6;
  Bytes frame(to.begin(), to.end());
  frame.insert(frame.end(), from.begin(), from.end());
  frame.push_back(ipv6 ? 0x86 : 0x08);
  frame.push_back(ipv6 ? 0xdd : 0x00);
  frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
  return frame;
}

// An IPv4 header and nothing else; it ends at the first hook.
Bytes barrier_frame(const Port& port, std::uint16_t number) {
  Packet packet =
      Packet::arriving(kBarrierInterface, {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2});
  packet.bytes[4] = static_cast<std::uint8_t>(number >> 8);
  packet.bytes[5] = static_cast<std::uint8_t>(number);
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 20; at += 2)
    sum += static_cast<std::uint32_t>(packet.bytes[at] << 8 | packet.bytes[at + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  packet.bytes[10] = static_cast<std::uint8_t>(~sum >> 8);
  packet.bytes[11] = static_cast<std::uint8_t>(~sum);
  return frame_of(port, packet);
}

// Where a raw socket sends a packet: the destination written in it, and the interface when one is asked for.
class LocalTarget {
 public:
  LocalTarget(const Bytes& packet, std::uint32_t interface) : ipv6_(packet[0] >> 4 == 6), interface_(interface) {
    to4_.sin_family = AF_INET;
    to6_.sin6_family = AF_INET6;
    if (ipv6_) {
      std::memcpy(&to6_.sin6_addr, packet.data() + 24, sizeof to6_.sin6_addr);
      const bool link_local = IN6_IS_ADDR_LINKLOCAL(&to6_.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&to6_.sin6_addr);
      if (link_local) to6_.sin6_scope_id = interface;
    } else {
      std::memcpy(&to4_.sin_addr, packet.data() + 16, sizeof to4_.sin_addr);
    }
  }

  // `message` points into this object afterwards.
  void write_to(msghdr& message) {
    message.msg_name = ipv6_ ? static_cast<void*>(&to6_) : &to4_;
    message.msg_namelen = ipv6_ ? sizeof to6_ : sizeof to4_;
    if (interface_ == 0) return;
    if (ipv6_) {
      in6_pktinfo info{};
      info.ipi6_ifindex = interface_;
      add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
    } else {
      in_pktinfo info{};
      info.ipi_ifindex = static_cast<int>(interface_);
      add_control(message, IPPROTO_IP, IP_PKTINFO, info);
    }
  }

 private:
  template <typename Info>
  void add_control(msghdr& message, int level, int type, const Info& info) {
    message.msg_control = control_;
    message.msg_controllen = CMSG_SPACE(sizeof info);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = level;
    head->cmsg_type = type;
    head->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(head), &info, sizeof info);
  }

  bool ipv6_;
  std::uint32_t interface_;
  sockaddr_in to4_{};
  sockaddr_in6 to6_{};
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
};

ToolResult tool_failure(const std::string& message) {
  ToolResult result;
  result.err = message;
  return result;
}

}  // namespace

struct Lab::State {
  LabOptions options;
  Plumbing plumbing;
  LogListener log;
  std::uint16_t barrier = 0;
  std::uint32_t raw_mark = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<Descriptor, 2>> sockets;  // of users other than root

  int send_frame(const Port& port, const Bytes& frame) const;
  int set_mark(std::uint32_t mark);
  const std::array<Descriptor, 2>& sockets_of(std::uint32_t user, std::uint32_t group);
  int send_local(const Packet& packet);
  int send_one(const Packet& packet);
  bool pass_barrier(std::vector<LogEntry>* entries, std::string* error);
  bool send_all(const std::vector<Packet>& packets, std::vector<int>* errors, std::vector<LogEntry>* entries,
                Outcome* outcome);
};

int Lab::State::send_frame(const Port& port, const Bytes& frame) const {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(port.peer_index);
  to.sll_halen = 6;
  const ssize_t sent =
      sendto(plumbing.link.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  return sent < 0 ? errno : 0;
}

int Lab::State::set_mark(std::uint32_t mark) {
  if (mark == raw_mark) return 0;
  for (const Descriptor* one : {&plumbing.raw4, &plumbing.raw6}) {
    if (setsockopt(one->get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0) return errno;
  }
  raw_mark = mark;
  return 0;
}

// A socket belongs to who made it, for its whole life.
const std::array<Descriptor, 2>& Lab::State::sockets_of(std::uint32_t user, std::uint32_t group) {
  const auto [at, is_new] = sockets.try_emplace({user, group});
  if (!is_new) return at->second;
  const Netns::Visit visit(plumbing.firewall);
  setfsgid(group), setfsuid(user);
  at->second[0] = Descriptor(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  at->second[1] = Descriptor(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  setfsuid(0), setfsgid(0);
  const int on = 1;
  setsockopt(at->second[0].get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  return at->second;
}

int Lab::State::send_local(const Packet& packet) {
  const bool ipv6 = packet.bytes[0] >> 4 == 6;
  if (packet.bytes.size() < (ipv6 ? 40U : 20U)) return EINVAL;
  const bool other = packet.user != 0 || packet.group != 0;
  const std::array<Descriptor, 2>* own = other ? &sockets_of(packet.user, packet.group) : nullptr;
  const Descriptor& socket = own != nullptr ? (*own)[ipv6 ? 1 : 0] : ipv6 ? plumbing.raw6 : plumbing.raw4;
  if (other && setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &packet.mark, sizeof packet.mark) != 0) return errno;
  if (const int refused = other ? 0 : set_mark(packet.mark); refused != 0) return refused;
  const auto port = plumbing.ports.find(packet.interface);
  std::uint32_t out = packet.interface == "lo" ? plumbing.loopback_index : 0;
  if (port != plumbing.ports.end()) out = port->second.firewall_index;

  LocalTarget target(packet.bytes, out);
  iovec data{const_cast<std::uint8_t*>(packet.bytes.data()), packet.bytes.size()};
  msghdr message{};
  target.write_to(message);
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  return sendmsg(socket.get(), &message, 0) < 0 ? errno : 0;
}

int Lab::State::send_one(const Packet& packet) {
  if (packet.bytes.empty()) return EINVAL;
  if (packet.way == Packet::Way::kLocal) return send_local(packet);
  const Port& port = plumbing.ports.find(packet.interface)->second;
  return send_frame(port, frame_of(port, packet));
}

// Everything sent before has gone through, and its entries are in `entries`, when this returns true.
bool Lab::State::pass_barrier(std::vector<LogEntry>* entries, std::string* error) {
  const Port& port = plumbing.ports.find(kBarrierInterface)->second;
  const Bytes frame = barrier_frame(port, ++barrier);
  if (const int refused = send_frame(port, frame); refused != 0) {
    *error = std::string("cannot send the barrier: ") + std::strerror(refused);
    return false;
  }
  const auto is_barrier = [&](const LogEntry& entry) {
    return entry.prefix == "B" &&
           std::equal(entry.payload.begin(), entry.payload.end(), frame.begin() + 14, frame.end());
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBarrierPatience_ms);
  while (std::chrono::steady_clock::now() < give_up) {
    if (!log.receive(100, entries, error)) return false;
    const auto found = std::find_if(entries->rbegin(), entries->rend(), is_barrier);
    if (found != entries->rend()) return true;
  }
  *error = "the barrier never came through";
  return false;
}

bool Lab::State::send_all(const std::vector<Packet>& packets, std::vector<int>* errors, std::vector<LogEntry>* entries,
                          Outcome* outcome) {
  std::string* error = &outcome->error;
  const Pinned pinned;
  const auto start = std::chrono::steady_clock::now();
  bool local = false;
  for (std::size_t at = 0; at < packets.size(); ++at) {
    const Packet& packet = packets[at];
    // A local packet does not queue behind those that have arrived.
    const bool turns_local = packet.way == Packet::Way::kLocal && !local && at > 0;
    if (turns_local && !pass_barrier(entries, error)) return false;
    local = packet.way == Packet::Way::kLocal;
    if (packet.at.count() > 0) wait_until(start + packet.at);
    outcome->sent.push_back(std::chrono::system_clock::now());
    (*errors)[at] = send_one(packet);
    if (!local && (*errors)[at] != 0) {
      *error = "packet " + std::to_string(at) + " cannot be sent: " + std::strerror((*errors)[at]);
      return false;
    }
    if (at % kPacketsBetweenReads == 0 && !log.receive(0, entries, error)) return false;
  }
  return pass_barrier(entries, error);
}

Packet Packet::arriving(std::string interface, Bytes ip_packet) {
  Packet packet;
  packet.interface = std::move(interface);
  packet.bytes = std::move(ip_packet);
  return packet;
}

Packet Packet::arriving_from(std::string interface, MacAddress source, Bytes ip_packet) {
  Packet packet = arriving(std::move(interface), std::move(ip_packet));
  packet.source_mac = source;
  return packet;
}

Packet Packet::frame(std::string interface, Bytes ethernet_frame) {
  Packet packet = arriving(std::move(interface), std::move(ethernet_frame));
  packet.way = Way::kFrame;
  return packet;
}

Packet Packet::local(Bytes ip_packet, std::string interface, std::uint32_t mark) {
  Packet packet = arriving(std::move(interface), std::move(ip_packet));
  packet.way = Way::kLocal;
  packet.mark = mark;
  return packet;
}

Lab::Lab(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lab::~Lab() = default;

std::unique_ptr<Lab> Lab::create(const LabOptions& options, std::string* error) {
  auto state = std::make_unique<State>();
  state->options = options;
  if (!set_up(options, &state->plumbing, error)) return nullptr;
  const Netns::Visit visit(state->plumbing.firewall);
  const ToolResult isolation = nft_load(isolation_text(options));
  if (!isolation.ok()) {
    if (error) *error = "nft refuses the isolation table: " + isolation.err;
    return nullptr;
  }
  if (!state->log.open(kLogGroup, error)) return nullptr;
  return std::unique_ptr<Lab>(new Lab(std::move(state)));
}

ToolResult Lab::restore(Backend backend, Family family, std::string_view text) {
  const Netns::Visit visit(state_->plumbing.firewall);
  return iptables_restore(backend, family, text);
}

ToolResult Lab::load_nft(std::string_view text) {
  const Netns::Visit visit(state_->plumbing.firewall);
  ToolResult result = nft_load(text);
  if (!result.ok()) return result;
  const ToolResult still = run_tool({"nft", "list", "tables"});
  if (still.out.find(kIsolationTable) != std::string::npos) return result;
  return tool_failure("the text flushed the harness's own table; leave out `flush ruleset`");
}

ToolResult Lab::save(Backend backend, Family family) {
  const Netns::Visit visit(state_->plumbing.firewall);
  return iptables_save(backend, family);
}

ToolResult Lab::list_nft() {
  const Netns::Visit visit(state_->plumbing.firewall);
  ToolResult result = nft_list();
  result.out = without_isolation(result.out);
  return result;
}

ToolResult Lab::run(const std::vector<std::string>& arguments, std::string_view input) {
  const Netns::Visit visit(state_->plumbing.firewall);
  return run_tool(arguments, input);
}

Outcome Lab::send(const std::vector<Packet>& packets) {
  Outcome outcome;
  for (const Packet& packet : packets) {
    const bool known = state_->plumbing.ports.find(packet.interface) != state_->plumbing.ports.end();
    const bool local = packet.way == Packet::Way::kLocal;
    if (known || (local && (packet.interface.empty() || packet.interface == "lo"))) continue;
    outcome.error = "the lab has no interface `" + packet.interface + "`";
    return outcome;
  }
  std::vector<int> errors(packets.size());
  std::vector<LogEntry> entries;
  // Whatever was logged since the last call is not of these packets.
  if (!state_->pass_barrier(&entries, &outcome.error)) return outcome;
  entries.clear();
  if (!state_->send_all(packets, &errors, &entries, &outcome)) return outcome;
  if (!state_->options.observe) return outcome;
  if (!assemble_fates(state_->plumbing, packets, errors, std::move(entries), state_->options.loopback, &outcome.fates,
                      &outcome.error)) {
    outcome.fates.clear();
  }
  return outcome;
}

std::vector<Lab::Received> Lab::received() {
  std::vector<Received> all;
  const auto name_of_peer = [&](int index) {
    for (const auto& [name, port] : state_->plumbing.ports)
      if (static_cast<int>(port.peer_index) == index) return name;
    return std::string();
  };
  for (const Descriptor* arrivals : {&state_->plumbing.arrivals4, &state_->plumbing.arrivals6}) {
    for (;;) {
      Bytes bytes(65536);
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const ssize_t length =
          recvfrom(arrivals->get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (length < 0) break;
      bytes.resize(static_cast<std::size_t>(length));
      all.push_back({name_of_peer(from.sll_ifindex), std::move(bytes)});
    }
  }
  return all;
}

MacAddress Lab::mac(std::string_view interface) const {
  const auto port = state_->plumbing.ports.find(interface);
  return port == state_->plumbing.ports.end() ? MacAddress{} : port->second.mac;
}

MacAddress Lab::peer_mac(std::string_view interface) const {
  const auto port = state_->plumbing.ports.find(interface);
  return port == state_->plumbing.ports.end() ? MacAddress{} : port->second.peer_mac;
}

const Netns& Lab::firewall() const { return state_->plumbing.firewall; }

}  // namespace nfproof::testing
