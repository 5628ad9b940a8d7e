// SPDX-License-Identifier: Apache-2.0
// Walks parse trees: see tree.h. Recursion is bounded by the nesting that the parser accepts.
#include "compiler/frontend/nft/tree.h"

#include <antlr4-runtime.h>

#include <algorithm>

#include "NftRule/NftRuleParser.h"

namespace nfproof::compiler::nft {
namespace {

using Tree = grammar::NftRuleParser;
using Kind = Expr::Kind;
using Node = antlr4::tree::ParseTree;

class TreeReader {
 public:
  explicit TreeReader(std::span<const Token> tokens) : tokens_(tokens) {}

  std::vector<Statement> rule(Tree::NftRuleContext* tree) {
    std::vector<Statement> all;
    for (Tree::StatementContext* each : tree->statement()) all.push_back(statement(each));
    return all;
  }

  Expr elements(const std::vector<Tree::ElementContext*>& all, antlr4::ParserRuleContext* around) {
    Expr set{Kind::kSet, {}, {}, {}, span(around)};
    set.parts.reserve(all.size());
    for (Tree::ElementContext* each : all) set.parts.push_back(element(each));
    return set;
  }

  Expr values(Tree::ValuesContext* tree) {
    Expr first = tree->set() != nullptr      ? elements(tree->set()->element(), tree->set())
                 : tree->SETREF() != nullptr ? set_name(tree->SETREF())
                                             : list(tree->valueList(0));
    const std::size_t lists = tree->valueList().size();
    const bool has_list = tree->set() == nullptr && tree->SETREF() == nullptr;
    if (lists == (has_list ? 1U : 0U)) return first;
    return join(Kind::kMasked, {}, {std::move(first), list(tree->valueList(lists - 1))});
  }

 private:
  [[nodiscard]] const Token& token(const antlr4::tree::TerminalNode* node) const {
    const std::size_t index = const_cast<antlr4::tree::TerminalNode*>(node)->getSymbol()->getTokenIndex();
    return tokens_[std::min(index, tokens_.size() - 1)];
  }
  [[nodiscard]] source::Span span(antlr4::ParserRuleContext* tree) const {
    if (tree->getStart() == nullptr || tree->getStop() == nullptr) return {};
    const std::size_t first = tree->getStart()->getTokenIndex();
    const std::size_t last = std::min(tree->getStop()->getTokenIndex(), tokens_.size() - 1);
    if (first > last) return {};
    source::Span found = tokens_[first].span;
    for (std::size_t i = first; i <= last; ++i)
      if (tokens_[i].span.line == found.line && tokens_[i].span.file == found.file)
        found.end_column = std::max(found.end_column, tokens_[i].span.end_column);
    return found;
  }

  static Expr join(Kind kind, std::string_view text, std::vector<Expr> parts) {
    Expr joined{kind, text, {}, {}, parts.front().span};
    if (parts.back().span.line == joined.span.line) joined.span.end_column = parts.back().span.end_column;
    joined.parts = std::move(parts);
    return joined;
  }
  static Expr join_or_only(Kind kind, std::vector<Expr> parts) {
    return parts.size() == 1 ? std::move(parts[0]) : join(kind, {}, std::move(parts));
  }

  Expr word(Tree::AtomContext* tree) {
    const Token& only = token(dynamic_cast<antlr4::tree::TerminalNode*>(tree->children[0]));
    return {only.kind == TokenKind::kString ? Kind::kString : Kind::kWord, only.text, {}, {}, only.span};
  }
  Expr set_name(antlr4::tree::TerminalNode* node) {
    const Token& name = token(node);
    return {Kind::kSetName, name.text, {}, {}, name.span};
  }

  // --- Values ---

  Expr list(Tree::ValueListContext* tree) {
    std::vector<Expr> all;
    for (Tree::ValueContext* each : tree->value()) all.push_back(value(each));
    return join_or_only(Kind::kList, std::move(all));
  }
  Expr value(Tree::ValueContext* tree) {
    std::vector<Expr> all;
    for (Tree::PartContext* each : tree->part()) all.push_back(part(each));
    return join_or_only(Kind::kConcat, std::move(all));
  }
  /// How tightly an operator binds: `<<` before `&` before `^` before `|`.
  static int strength_of(std::string_view sign) { return sign == "|" ? 0 : sign == "^" ? 1 : sign == "&" ? 2 : 3; }

  /// Operands and operators in turn.
  template <typename Operand>
  Expr operation(Expr left, const std::vector<Tree::OpContext*>& operators, std::size_t first_operator,
                 const std::vector<Operand*>& operands, std::size_t first_operand, Expr (TreeReader::*read)(Operand*)) {
    std::vector<Expr> values;
    std::vector<std::string_view> waiting;
    values.push_back(std::move(left));
    const auto join_last = [&] {
      Expr right = std::move(values.back());
      values.pop_back();
      values.back() = join(Kind::kOperator, waiting.back(), {std::move(values.back()), std::move(right)});
      waiting.pop_back();
    };
    for (std::size_t i = 0; first_operator + i < operators.size() && first_operand + i < operands.size(); ++i) {
      const Token& sign = token(dynamic_cast<antlr4::tree::TerminalNode*>(operators[first_operator + i]->children[0]));
      const std::string_view text = sign_of(sign.text);
      while (!waiting.empty() && strength_of(waiting.back()) >= strength_of(text)) join_last();
      values.push_back((this->*read)(operands[first_operand + i]));
      waiting.push_back(text);
    }
    while (!waiting.empty()) join_last();
    return std::move(values.front());
  }
  static std::string_view sign_of(std::string_view text) {
    if (text == "or") return "|";
    if (text == "and") return "&";
    if (text == "xor") return "^";
    if (text == "lshift") return "<<";
    if (text == "rshift") return ">>";
    return text;
  }
  Expr part(Tree::PartContext* tree) {
    if (tree->LPAREN() != nullptr) {
      Expr first = bit(tree->bit(0));
      return operation(std::move(first), tree->op(), 0, tree->bit(), 1, &TreeReader::bit);
    }
    Expr first = range(tree->atom());
    return operation(std::move(first), tree->op(), 0, tree->bit(), 0, &TreeReader::bit);
  }
  Expr range(const std::vector<Tree::AtomContext*>& atoms) {
    if (atoms.size() == 1) return word(atoms[0]);
    return join(Kind::kRange, {}, {word(atoms[0]), word(atoms[1])});
  }
  Expr bit(Tree::BitContext* tree) {
    if (tree->atom() != nullptr) return word(tree->atom());
    return operation(bit(tree->bit(0)), tree->op(), 0, tree->bit(), 1, &TreeReader::bit);
  }

  Expr element(Tree::ElementContext* tree) {
    Expr result{Kind::kElement, {}, {}, {}, span(tree)};
    for (Node* child : tree->children) {
      if (auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(child);
          leaf != nullptr && token(leaf).kind == TokenKind::kWord)
        result.parts.back().text = up_to(result.parts.back().text, token(leaf).text);
      else if (auto* inner = dynamic_cast<Tree::SetContext*>(child))
        result.parts.push_back(elements(inner->element(), inner));
      else if (auto* plain = dynamic_cast<Tree::ValueContext*>(child))
        result.parts.push_back(value(plain));
      else if (auto* end = dynamic_cast<Tree::VerdictContext*>(child))
        result.parts.push_back(verdict(end));
      else if (auto* option = dynamic_cast<Tree::ElementOptionContext*>(child))
        collect(option, result.words);
    }
    return result;
  }

  /// The text from the beginning of one word to the end of a later one.
  static std::string_view up_to(std::string_view first, std::string_view last) {
    return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
  }

  Expr verdict(Tree::VerdictContext* tree) {
    Expr result{Kind::kVerdict, {}, {}, {}, span(tree)};
    collect(tree, result.words);
    result.text = result.words.front().text;
    return result;
  }

  // --- Fields ---

  Expr field(Tree::FieldContext* tree) {
    Expr result{Kind::kField, {}, {}, {}, span(tree)};
    for (Node* child : tree->children) {
      if (auto* hashed = dynamic_cast<Tree::ConcatenationContext*>(child))
        result.parts.push_back(concatenation(hashed));
      else
        collect(child, result.words);
    }
    return result;
  }
  Expr selectors(Tree::SelectorsContext* tree) {
    std::vector<Expr> all;
    for (Tree::SelectorContext* each : tree->selector()) all.push_back(selector(each));
    return join_or_only(Kind::kConcat, std::move(all));
  }
  Expr selector(Tree::SelectorContext* tree) {
    Expr first = tree->field() != nullptr ? field(tree->field()) : selector(tree->selector());
    return operation(std::move(first), tree->op(), 0, tree->bit(), 0, &TreeReader::bit);
  }

  // --- Expressions ---

  Expr expression(Tree::ExpressionContext* tree) {
    Expr key = concatenation(tree->concatenation());
    if (tree->MAP() == nullptr) return key;
    Expr map = tree->set() != nullptr ? elements(tree->set()->element(), tree->set()) : set_name(tree->SETREF());
    return join(Kind::kMap, {}, {std::move(key), std::move(map)});
  }
  Expr concatenation(Tree::ConcatenationContext* tree) {
    std::vector<Expr> all;
    for (Tree::BitsContext* each : tree->bits()) all.push_back(bits(each));
    return join_or_only(Kind::kConcat, std::move(all));
  }
  Expr bits(Tree::BitsContext* tree) {
    Expr first = primary(tree->primary(0));
    return operation(std::move(first), tree->op(), 0, tree->primary(), 1, &TreeReader::primary);
  }
  Expr primary(Tree::PrimaryContext* tree) {
    if (tree->bits() != nullptr) return bits(tree->bits());
    if (tree->field() != nullptr) return field(tree->field());
    return range(tree->atom());
  }

  // --- Statements ---

  /// All tokens below, in order. Trees of words only are a few levels deep.
  void collect(Node* tree, std::vector<Token>& words) {
    if (auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(tree)) {
      words.push_back(token(leaf));
      return;
    }
    for (Node* child : tree->children) collect(child, words);
  }

  void add_part(Statement& to, Expr part) {
    to.words.push_back({{}, part.span, static_cast<std::uint16_t>(to.parts.size()), TokenKind::kWord});
    to.parts.push_back(std::move(part));
  }

  bool add_expression(Statement& to, Node* child) {
    if (auto* tree = dynamic_cast<Tree::ExpressionContext*>(child)) return add_part(to, expression(tree)), true;
    if (auto* tree = dynamic_cast<Tree::ConcatenationContext*>(child)) return add_part(to, concatenation(tree)), true;
    if (auto* tree = dynamic_cast<Tree::SelectorsContext*>(child)) return add_part(to, selectors(tree)), true;
    if (auto* tree = dynamic_cast<Tree::ValuesContext*>(child)) return add_part(to, values(tree)), true;
    if (auto* tree = dynamic_cast<Tree::FieldContext*>(child)) return add_part(to, field(tree)), true;
    if (auto* tree = dynamic_cast<Tree::SetContext*>(child)) return add_part(to, elements(tree->element(), tree)), true;
    return false;
  }

  void fill(Statement& to, Node* tree) {
    for (Node* child : tree->children) {
      if (add_expression(to, child)) continue;
      if (dynamic_cast<antlr4::tree::TerminalNode*>(child) != nullptr)
        collect(child, to.words);
      else
        fill(to, child);
    }
  }

  Statement statement(Tree::StatementContext* tree) {
    Statement result;
    result.kind = kind_of(tree);
    result.span = span(tree);
    fill(result, tree);
    if (result.kind == Statement::Kind::kMatch)
      for (const Token& each : result.words)
        if (!each.text.empty()) result.text = comparison_of(each.text);
    if (auto* map = dynamic_cast<Tree::VmapStatementContext*>(tree); map != nullptr && map->SETREF() != nullptr)
      result.parts.push_back(set_name(map->SETREF()));
    return result;
  }
  static std::string_view comparison_of(std::string_view text) {
    if (text == "eq") return "==";
    if (text == "ne") return "!=";
    if (text == "lt") return "<";
    if (text == "gt") return ">";
    if (text == "le") return "<=";
    if (text == "ge") return ">=";
    if (text == "not") return "!";
    return text;
  }

  template <typename T>
  static bool is(Tree::StatementContext* tree) {
    return dynamic_cast<T*>(tree) != nullptr;
  }
  static Statement::Kind kind_of(Tree::StatementContext* tree) {
    using To = Statement::Kind;
    struct Row {
      bool (*is)(Tree::StatementContext*);
      To kind;
    };
    static constexpr Row kRows[] = {{is<Tree::MatchStatementContext>, To::kMatch},
                                    {is<Tree::VerdictStatementContext>, To::kVerdict},
                                    {is<Tree::CounterStatementContext>, To::kCounter},
                                    {is<Tree::CommentStatementContext>, To::kComment},
                                    {is<Tree::SetFieldStatementContext>, To::kSetField},
                                    {is<Tree::VmapStatementContext>, To::kVerdictMap},
                                    {is<Tree::CounterObjectContext>, To::kCounterObject},
                                    {is<Tree::LimitStatementContext>, To::kLimit},
                                    {is<Tree::LimitObjectContext>, To::kLimitObject},
                                    {is<Tree::QuotaStatementContext>, To::kQuota},
                                    {is<Tree::QuotaObjectContext>, To::kQuotaObject},
                                    {is<Tree::LastStatementContext>, To::kLast},
                                    {is<Tree::LogStatementContext>, To::kLog},
                                    {is<Tree::RejectStatementContext>, To::kReject},
                                    {is<Tree::NatStatementContext>, To::kNat},
                                    {is<Tree::NotrackStatementContext>, To::kNotrack},
                                    {is<Tree::QueueStatementContext>, To::kQueue},
                                    {is<Tree::DupStatementContext>, To::kDup},
                                    {is<Tree::FwdStatementContext>, To::kForward},
                                    {is<Tree::TproxyStatementContext>, To::kTproxy},
                                    {is<Tree::SynproxyStatementContext>, To::kSynproxy},
                                    {is<Tree::StripStatementContext>, To::kStrip},
                                    {is<Tree::SetStatementContext>, To::kSetUpdate},
                                    {is<Tree::MeterStatementContext>, To::kMeter},
                                    {is<Tree::CtCountStatementContext>, To::kConnCount},
                                    {is<Tree::FlowStatementContext>, To::kFlow},
                                    {is<Tree::XtStatementContext>, To::kXt},
                                    {is<Tree::PresenceStatementContext>, To::kPresence}};
    for (const Row& row : kRows)
      if (row.is(tree)) return row.kind;
    return To::kXt;
  }

  std::span<const Token> tokens_;
};

}  // namespace

std::vector<Statement> read_rule(antlr4::ParserRuleContext* tree, std::span<const Token> tokens) {
  return TreeReader(tokens).rule(dynamic_cast<Tree::NftRuleContext*>(tree));
}

Expr read_elements(antlr4::ParserRuleContext* tree, std::span<const Token> tokens) {
  auto* elements = dynamic_cast<Tree::NftElementsContext*>(tree);
  return TreeReader(tokens).elements(elements->element(), elements);
}

Expr read_value(antlr4::ParserRuleContext* tree, std::span<const Token> tokens) {
  return TreeReader(tokens).values(dynamic_cast<Tree::NftValueContext*>(tree)->values());
}

}  // namespace nfproof::compiler::nft
