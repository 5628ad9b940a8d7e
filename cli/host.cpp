// SPDX-License-Identifier: Apache-2.0
// The host that a ruleset runs on: from the output of ip(8), or assumed.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/inputs.h"
#include "cli/write_file.h"
#include "compiler/frontend/host_json.h"
#include "compiler/passes/assume_host.h"
#include "report/diagnostics.h"
#include "sim/local_addresses.h"

namespace nfproof::cli {
namespace {

using Reader = bool (*)(const source::SourceFile&, source::FileId, ir::Host&, source::Diagnostics&);

bool read_all(Terminal& terminal, const std::vector<std::string>& paths, Reader read, source::SourceManager& sources,
              ir::Host& host, CaptureOptions* capture = nullptr) {
  for (const std::string& path : paths) {
    source::FileText file = source::read_file(path);
    if (!file.error.empty()) return terminal.error('`' + path + "` cannot be read: " + file.error), false;
    const source::FileId id = sources.add(path, std::move(file.text));
    source::Diagnostics diagnostics;
    const bool good = read(sources.file(id), id, host, diagnostics);
    if (capture != nullptr) capture->numbers.merge(compiler::read_interface_numbers(sources.file(id).text()));
    terminal.err(report::diagnostics_text(terminal.err_style(), sources, diagnostics));
    if (!good) return false;
  }
  return true;
}

/// Without routes only the networks of the host's own addresses are reached.
void add_connected_routes(ir::Host& host) {
  for (const ir::Interface& interface : host.interfaces)
    for (const ir::InterfaceAddress& own : interface.addresses) {
      ir::Route route;
      route.family = own.family;
      route.destination = own.address & ir::prefix_mask(own.prefix, ir::address_bits(own.family));
      route.prefix = own.prefix;
      route.interface = interface.name;
      host.routes.push_back(std::move(route));
    }
}

/// Standard input can be read once only.
std::vector<sim::LocalAddress> addresses_in(const CaptureOptions& capture, const ir::Host& host) {
  if (capture.path.empty() || capture.path == "-") return {};
  sim::CaptureReader reader(capture.path);
  const auto outside = std::count_if(host.interfaces.begin(), host.interfaces.end(),
                                     [](const ir::Interface& interface) { return !interface.loopback; });
  return sim::find_local_addresses(reader, outside > 1);
}

std::string address_list(const std::vector<sim::LocalAddress>& addresses) {
  std::string text;
  for (const sim::LocalAddress& own : addresses)
    text += (text.empty() ? "" : ", ") + ir::format_address(own.address, own.family) +
            (own.interface.empty() ? "" : " (" + own.interface + ')');
  return text;
}

std::string interface_names(const ir::Host& host) {
  std::string names;
  for (const ir::Interface& interface : host.interfaces)
    if (!interface.loopback) names += (names.empty() ? " with " : ", ") + interface.name;
  return names;
}

}  // namespace

std::optional<ir::Host> load_host(Terminal& terminal, const InputOptions& options, compiler::Compilation& compilation,
                                  CaptureOptions* capture) {
  ir::Host host;
  if (options.addr.empty()) {
    if (!options.routes.empty()) return terminal.error("--route needs --addr"), std::nullopt;
    host = compiler::assume_host(compilation.ruleset);
    const std::vector<sim::LocalAddress> seen =
        capture == nullptr ? std::vector<sim::LocalAddress>() : addresses_in(*capture, host);
    sim::adopt_addresses(host, seen, capture == nullptr ? std::string() : capture->in);
    terminal.note("no --addr: a host" + interface_names(host) + " is assumed" +
                  (options.write_host.empty() ? " (--write-host DIR writes it down)" : ""));
    if (!seen.empty()) terminal.note("the capture shows its own addresses: " + address_list(seen));
    if (capture != nullptr && seen.empty())
      terminal.note("its addresses decide which packets are INPUT and which FORWARD; better give --addr");
  } else {
    if (!read_all(terminal, options.addr, compiler::read_addr_json, compilation.sources, host, capture))
      return std::nullopt;
    if (!read_all(terminal, options.routes, compiler::read_route_json, compilation.sources, host)) return std::nullopt;
    if (options.routes.empty()) add_connected_routes(host);
  }
  if (options.write_host.empty()) return host;
  if (!write_host(terminal, options.write_host, host)) return std::nullopt;
  return host;
}

bool write_host(Terminal& terminal, const std::string& directory, const ir::Host& host) {
  std::error_code failure;  // of which the files tell
  std::filesystem::create_directories(directory, failure);
  return write_file(terminal, directory + "/addr.json", compiler::write_addr_json(host)) &&
         write_file(terminal, directory + "/route.json", compiler::write_route_json(host));
}

}  // namespace nfproof::cli
