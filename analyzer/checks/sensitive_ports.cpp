// SPDX-License-Identifier: Apache-2.0
// The built-in list of services that rarely have reason to be open to everybody: databases, caches, file sharing and
// management without encryption or with full control over the host. SSH and mail are not among them.
#include <array>

#include "analyzer/analyze.h"
#include "compiler/ir/field.h"

namespace nfproof::analyzer {
namespace {

struct Row {
  std::uint8_t protocol;
  std::uint16_t port;
  std::string_view service;
};

constexpr std::uint8_t kTcp = ir::kProtoTcp;
constexpr std::uint8_t kUdp = ir::kProtoUdp;

constexpr std::array kRows = {
    Row{kTcp, 23, "telnet"},
    Row{kUdp, 69, "TFTP"},
    Row{kTcp, 111, "portmapper"},
    Row{kUdp, 111, "portmapper"},
    Row{kTcp, 135, "Windows RPC"},
    Row{kUdp, 137, "NetBIOS"},
    Row{kTcp, 139, "NetBIOS"},
    Row{kUdp, 161, "SNMP"},
    Row{kTcp, 445, "SMB"},
    Row{kTcp, 512, "rexec"},
    Row{kTcp, 513, "rlogin"},
    Row{kTcp, 514, "rsh"},
    Row{kUdp, 623, "IPMI"},
    Row{kTcp, 1433, "SQL Server"},
    Row{kTcp, 1521, "Oracle"},
    Row{kTcp, 2049, "NFS"},
    Row{kTcp, 2375, "Docker without TLS"},
    Row{kTcp, 2379, "etcd"},
    Row{kTcp, 2380, "etcd"},
    Row{kTcp, 3306, "MySQL"},
    Row{kTcp, 3389, "remote desktop"},
    Row{kTcp, 5432, "PostgreSQL"},
    Row{kTcp, 5900, "VNC"},
    Row{kTcp, 5901, "VNC"},
    Row{kTcp, 5984, "CouchDB"},
    Row{kTcp, 6379, "Redis"},
    Row{kTcp, 8086, "InfluxDB"},
    Row{kTcp, 9200, "Elasticsearch"},
    Row{kTcp, 9300, "Elasticsearch"},
    Row{kTcp, 10250, "kubelet"},
    Row{kTcp, 11211, "memcached"},
    Row{kUdp, 11211, "memcached"},
    Row{kTcp, 27017, "MongoDB"},
};

}  // namespace

std::vector<SensitivePort> default_sensitive_ports() {
  std::vector<SensitivePort> ports;
  for (const Row& row : kRows) ports.push_back({row.protocol, row.port, std::string(row.service)});
  return ports;
}

}  // namespace nfproof::analyzer
