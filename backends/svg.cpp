// SPDX-License-Identifier: Apache-2.0
// A layered drawing: the column of a chain is one more than that of its last caller, its place in the column follows
// from those of its callers. See svg.h.
#include "backends/svg.h"

#include <algorithm>
#include <numeric>

namespace nfproof::backends {
namespace {

constexpr int kLine = 16, kPadding = 8, kLetter = 7, kGap = 14, kColumnGap = 90, kMargin = 20, kTitle = 26;

struct Box {
  int x = 0, y = 0, width = 0, height = 0;
  std::size_t column = 0;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string attribute(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

class Drawing {
 public:
  explicit Drawing(const ChainGraph& graph) : graph_(graph), boxes_(graph.boxes.size()), callers_(graph.boxes.size()) {
    for (const ChainEdge& edge : graph.edges) callers_[edge.to].push_back(edge.from);
    find_columns();
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      std::size_t longest = 0;
      for (const std::string& line : graph.boxes[i].lines) longest = std::max(longest, line.size());
      boxes_[i].width = static_cast<int>(longest) * kLetter + 2 * kPadding;
      boxes_[i].height = static_cast<int>(graph.boxes[i].lines.size()) * kLine + 2 * kPadding;
    }
  }

  std::string draw() {
    std::string body;
    int bottom = kMargin;
    for (const TableBoxes& table : graph_.tables) {
      body += "<text" + attribute("x", kMargin) + attribute("y", bottom + kLine) + " font-weight=\"bold\">" +
              escaped(table.title) + "</text>\n";
      bottom = place(table, bottom + kTitle) + kMargin;
    }
    for (const ChainEdge& edge : graph_.edges) body += draw_edge(edge);
    for (std::size_t i = 0; i < boxes_.size(); ++i) body += draw_box(i);
    const std::string size = attribute("width", right_ + kMargin) + attribute("height", bottom);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + size + " font-family=\"sans-serif\" font-size=\"12\">\n" +
           "<defs><marker id=\"arrow\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">" +
           "<path d=\"M0,0 L8,4 L0,8 z\" fill=\"#555\"/></marker></defs>\n<rect" + size + " fill=\"white\"/>\n" + body +
           "</svg>\n";
  }

 private:
  /// Callers before callees; what stands on a loop keeps the column where it was first met.
  void find_columns() {
    std::vector<std::vector<std::size_t>> next(boxes_.size());
    std::vector<std::size_t> waits(boxes_.size());
    for (const ChainEdge& edge : graph_.edges) next[edge.from].push_back(edge.to), ++waits[edge.to];
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < boxes_.size(); ++i)
      if (waits[i] == 0) open.push_back(i);
    for (std::size_t at = 0; at < open.size(); ++at) {
      for (const std::size_t to : next[open[at]]) {
        boxes_[to].column = std::max(boxes_[to].column, boxes_[open[at]].column + 1);
        if (--waits[to] == 0) open.push_back(to);
      }
    }
  }

  /// Places the boxes of a table below `top`; gives the lowest edge.
  int place(const TableBoxes& table, int top) {
    std::vector<std::vector<std::size_t>> columns;
    for (const std::size_t chain : table.chains) {
      columns.resize(std::max(columns.size(), boxes_[chain].column + 1));
      columns[boxes_[chain].column].push_back(chain);
    }
    int x = kMargin, lowest = top;
    for (std::vector<std::size_t>& column : columns) {
      std::stable_sort(column.begin(), column.end(),
                       [this](std::size_t a, std::size_t b) { return wanted_height(a) < wanted_height(b); });
      int y = top, widest = 0;
      for (const std::size_t chain : column) {
        Box& box = boxes_[chain];
        box.x = x, box.y = y;
        y += box.height + kGap;
        widest = std::max(widest, box.width);
      }
      lowest = std::max(lowest, y);
      right_ = std::max(right_, x + widest);
      x += widest + kColumnGap;
    }
    return lowest;
  }

  /// The mean height of its callers, which are placed already.
  [[nodiscard]] long wanted_height(std::size_t chain) const {
    if (callers_[chain].empty()) return 0;
    long sum = 0;
    for (const std::size_t caller : callers_[chain]) sum += boxes_[caller].y;
    return sum / static_cast<long>(callers_[chain].size());
  }

  [[nodiscard]] std::string draw_box(std::size_t chain) const {
    const Box& box = boxes_[chain];
    const ChainBox& what = graph_.boxes[chain];
    const std::string ink = what.reached ? "black" : "#777";
    std::string out = "<rect" + attribute("x", box.x) + attribute("y", box.y) + attribute("width", box.width) +
                      attribute("height", box.height) + " rx=\"4\" fill=\"#f7f7f7\" stroke=\"" + ink + "\"" +
                      attribute("stroke-width", what.base ? 2 : 1) + (what.reached ? "" : " stroke-dasharray=\"4 3\"") +
                      "/>\n";
    int y = box.y + kPadding + kLine - 4;
    for (const std::string& line : what.lines) {
      out += "<text" + attribute("x", box.x + kPadding) + attribute("y", y) + " fill=\"" + ink + "\">" + escaped(line) +
             "</text>\n";
      y += kLine;
    }
    return out;
  }

  [[nodiscard]] std::string draw_edge(const ChainEdge& edge) const {
    const Box& from = boxes_[edge.from];
    const Box& to = boxes_[edge.to];
    const int x1 = from.x + from.width, y1 = from.y + from.height / 2, x2 = to.x, y2 = to.y + to.height / 2;
    const int bend = kColumnGap / 2;
    const auto point = [](int x, int y) { return std::to_string(x) + ',' + std::to_string(y) + ' '; };
    return "<path d=\"M" + point(x1, y1) + "C" + point(x1 + bend, y1) + point(x2 - bend, y2) + point(x2, y2) +
           "\" fill=\"none\" stroke=\"#555\"" + (edge.is_goto ? " stroke-dasharray=\"5 3\"" : "") +
           " marker-end=\"url(#arrow)\"/>\n<text" + attribute("x", x2 - bend) + attribute("y", y2 - 4) +
           " font-size=\"10\" fill=\"#555\" text-anchor=\"middle\">" + escaped(edge.rules) + "</text>\n";
  }

  const ChainGraph& graph_;
  std::vector<Box> boxes_;
  std::vector<std::vector<std::size_t>> callers_;
  int right_ = 0;
};

}  // namespace

std::string to_svg(const ChainGraph& graph) { return Drawing(graph).draw(); }

}  // namespace nfproof::backends
