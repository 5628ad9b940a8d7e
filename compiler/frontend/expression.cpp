// SPDX-License-Identifier: Apache-2.0
// Parse tree of a packet expression to predicates. How deep the tree can get is bounded before it is made.
#include "compiler/frontend/expression.h"

#include <algorithm>
#include <utility>

#include "PacketExpr/PacketExprLexer.h"
#include "PacketExpr/PacketExprParser.h"
#include "compiler/frontend/expression_match.h"
#include "compiler/ir/facts.h"

namespace nfproof::compiler {
namespace {

using grammar::PacketExprLexer;
using grammar::PacketExprParser;
using ir::AnyOf;
using ir::PredicateId;
using Tree = PacketExprParser;

constexpr std::size_t kMaxNesting = 50;
constexpr std::size_t kMaxLength = 64 * 1024;

/// Spans of tokens: the text is one line of ASCII, where the parser's characters are bytes.
class Places {
 public:
  Places(source::FileId file, std::size_t size) : file_(file), size_(size) {}
  [[nodiscard]] source::Span of(const antlr4::Token& token) const {
    if (token.getType() == antlr4::Token::EOF) return bytes(size_, size_ + 1);
    return bytes(token.getStartIndex(), token.getStopIndex() + 1);
  }
  [[nodiscard]] source::Span of(antlr4::ParserRuleContext& tree) const {
    return bytes(tree.getStart()->getStartIndex(), tree.getStop()->getStopIndex() + 1);
  }

 private:
  [[nodiscard]] source::Span bytes(std::size_t first, std::size_t past) const {
    return {file_, 1, static_cast<std::uint32_t>(first + 1), static_cast<std::uint32_t>(past + 1)};
  }
  source::FileId file_;
  std::size_t size_;
};

/// The first syntax error in our words; those that follow from it are not told.
class ErrorListener : public antlr4::BaseErrorListener {
 public:
  ErrorListener(const Places& places, source::Diagnostics& diagnostics) : places_(places), diagnostics_(diagnostics) {}

  void syntaxError(antlr4::Recognizer*, antlr4::Token* token, std::size_t, std::size_t, const std::string&,
                   std::exception_ptr) override {
    if (told_ || token == nullptr) return;
    told_ = true;
    const bool at_end = token->getType() == antlr4::Token::EOF;
    const std::string found = at_end ? "the expression ends too early" : "unexpected `" + token->getText() + "`";
    diagnostics_.error("bad-expression", places_.of(*token), found + "; a match reads like `tcp dport 22`");
  }
  [[nodiscard]] bool told() const { return told_; }

 private:
  const Places& places_;
  source::Diagnostics& diagnostics_;
  bool told_ = false;
};

class TreeReader {
 public:
  TreeReader(const Places& places, ir::PredicatePool& pool, source::Diagnostics& diagnostics)
      : places_(places), pool_(pool), diagnostics_(diagnostics) {}

  /// The terms of the outermost conjunction; only there can a hook be named.
  Expression expression(Tree::DisjunctionContext* tree) {
    const auto branches = tree->conjunction();
    Expression result;
    if (branches.size() > 1) {
      result.when = disjunction(tree);
      return result;
    }
    for (Tree::TermContext* each : branches[0]->term()) {
      if (auto* named = dynamic_cast<Tree::HookTermContext*>(each))
        hook(named, result);
      else
        append(result.when, term(each));
    }
    return result;
  }

 private:
  using Conjunction = std::vector<PredicateId>;

  static void append(Conjunction& to, const Conjunction& more) { to.insert(to.end(), more.begin(), more.end()); }

  void hook(Tree::HookTermContext* tree, Expression& result) {
    const std::string name = tree->word()->getText();
    for (unsigned i = 0; i < ir::kHookCount; ++i) {
      const auto candidate = static_cast<ir::Hook>(i);
      if (ir::hook_nft_name(candidate) != name) continue;
      if (result.hook && *result.hook != candidate) error(*tree, "the expression names two hooks");
      result.hook = candidate;
      return;
    }
    error(*tree->word(),
          "unknown hook `" + name + "`; there are `prerouting`, `input`, `forward`, `output`, `postrouting`");
  }

  Conjunction disjunction(Tree::DisjunctionContext* tree) {
    const auto branches = tree->conjunction();
    if (branches.size() == 1) return conjunction(branches[0]);
    AnyOf any;
    for (Tree::ConjunctionContext* branch : branches)
      if (const Conjunction terms = conjunction(branch); !terms.empty()) any.any.push_back(single(terms));
    return {pool_.add(std::move(any))};
  }

  Conjunction conjunction(Tree::ConjunctionContext* tree) {
    Conjunction all;
    for (Tree::TermContext* each : tree->term()) append(all, term(each));
    return all;
  }

  Conjunction term(Tree::TermContext* tree) {
    if (auto* inner = dynamic_cast<Tree::GroupTermContext*>(tree)) return disjunction(inner->disjunction());
    if (auto* inner = dynamic_cast<Tree::NotTermContext*>(tree)) {
      const Conjunction terms = term(inner->term());
      return terms.empty() ? terms : Conjunction{negation(terms)};
    }
    if (auto* inner = dynamic_cast<Tree::TestTermContext*>(tree)) return test(inner->test());
    error(*tree, "a hook is named once, outside of `or`, `not` and parentheses");
    return {};
  }

  /// One predicate for all of them: not (not a or not b).
  PredicateId single(const Conjunction& terms) {
    if (terms.size() == 1) return terms[0];
    AnyOf none{{}, true};
    for (const PredicateId id : terms) none.any.push_back(negation({id}));
    return pool_.add(std::move(none));
  }

  PredicateId negation(const Conjunction& terms) {
    const PredicateId id = single(terms);
    if (const auto* any = std::get_if<AnyOf>(&pool_[id])) {
      AnyOf flipped = *any;
      flipped.negated = !flipped.negated;
      return pool_.add(std::move(flipped));
    }
    return pool_.add(AnyOf{{id}, true});
  }

  Conjunction test(Tree::TestContext* tree) {
    Conjunction all;
    if (auto predicates = lower_match(syntax(tree), diagnostics_))
      for (ir::Predicate& predicate : *predicates) all.push_back(pool_.add(std::move(predicate)));
    return all;
  }

  MatchSyntax syntax(Tree::TestContext* tree) {
    MatchSyntax test;
    test.span = places_.of(*tree);
    test.field.span = places_.of(*tree->field());
    for (antlr4::tree::ParseTree* part : tree->field()->children) {
      if (!test.field.text.empty()) test.field.text += ' ';
      test.field.text += part->getText();
    }
    if (tree->mask() != nullptr) test.mask = words(tree->mask()->atom());
    if (tree->comparison() != nullptr) test.comparison = tree->comparison()->getText();
    if (auto* set = dynamic_cast<Tree::SetValuesContext*>(tree->values())) {
      test.is_set = true;
      for (Tree::ElementContext* each : set->element()) test.elements.push_back(element(each));
    } else if (auto* plain = dynamic_cast<Tree::PlainValuesContext*>(tree->values())) {
      test.elements = elements(plain->bits(0));
      if (plain->bits().size() > 1) test.slash = flat(elements(plain->bits(1)));
    }
    return test;
  }

  std::vector<MatchElement> elements(Tree::BitsContext* tree) {
    std::vector<MatchElement> all;
    for (Tree::RangeContext* each : tree->range()) all.push_back(range(each));
    if (!tree->atom().empty()) all.push_back(ored(tree->atom()));
    return all;
  }

  MatchElement element(Tree::ElementContext* tree) {
    if (tree->range() == nullptr) return ored(tree->atom());
    MatchElement result = range(tree->range());
    if (!tree->atom().empty()) result.prefix = word(tree->atom(0));
    return result;
  }

  MatchElement range(Tree::RangeContext* tree) {
    MatchElement result{word(tree->atom(0)), {}, {}, {}};
    if (tree->atom().size() > 1) result.last = word(tree->atom(1));
    return result;
  }

  MatchElement ored(const std::vector<Tree::AtomContext*>& atoms) {
    std::vector<MatchWord> all = words(atoms);
    MatchElement result{all[0], {}, {}, {}};
    result.ored.assign(all.begin() + 1, all.end());
    return result;
  }

  static std::vector<MatchWord> flat(const std::vector<MatchElement>& elements) {
    std::vector<MatchWord> all;
    for (const MatchElement& each : elements) {
      all.push_back(each.first);
      all.insert(all.end(), each.ored.begin(), each.ored.end());
    }
    return all;
  }

  std::vector<MatchWord> words(const std::vector<Tree::AtomContext*>& atoms) {
    std::vector<MatchWord> all;
    for (Tree::AtomContext* atom : atoms) all.push_back(word(atom));
    return all;
  }

  MatchWord word(Tree::AtomContext* atom) {
    std::string text = atom->getText();
    if (atom->STRING() != nullptr) text = text.substr(1, text.size() - 2);
    return {std::move(text), places_.of(*atom)};
  }

  void error(antlr4::ParserRuleContext& tree, std::string message) {
    diagnostics_.error("bad-expression", places_.of(tree), std::move(message));
  }

  const Places& places_;
  ir::PredicatePool& pool_;
  source::Diagnostics& diagnostics_;
};

/// False when the expression asks for both families at once.
bool infer_family(Expression& expression, const ir::PredicatePool& pool) {
  for (const PredicateId id : expression.when) {
    const auto* test = std::get_if<ir::FieldTest>(&pool[id]);
    const auto family = test == nullptr ? std::nullopt : ir::family_of(ir::field_info(test->field).presence);
    if (!family) continue;
    if (expression.family && *expression.family != *family) return false;
    expression.family = family;
  }
  return true;
}

/// Why the text must not come near the parser, which recurses where an expression nests.
std::optional<std::string> refuse(const std::string& text) {
  if (text.size() > kMaxLength) return "the expression is too long";
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
  return ascii ? std::nullopt : std::optional<std::string>("an expression is written in ASCII");
}

bool nests_too_deeply(antlr4::CommonTokenStream& tokens) {
  tokens.fill();
  std::size_t depth = 0;
  std::size_t negations = 0;
  for (const antlr4::Token* token : tokens.getTokens()) {
    const std::string text = token->getText();
    if (text == "(") ++depth;
    if (text == ")" && depth > 0) --depth;
    const bool negates = token->getType() == PacketExprLexer::NOT || token->getType() == PacketExprLexer::BANG;
    negations = negates ? negations + 1 : 0;
    if (depth > kMaxNesting || negations > kMaxNesting) return true;
  }
  return false;
}

}  // namespace

std::optional<Expression> parse_expression(source::SourceManager& sources, std::string name, std::string text,
                                           ir::PredicatePool& pool, source::Diagnostics& diagnostics) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const source::FileId file = sources.add(std::move(name), text);
  const Places places(file, text.size());
  if (auto reason = refuse(text)) {
    diagnostics.error("bad-expression", {file, 1, 1, 2}, *reason);
    return std::nullopt;
  }
  antlr4::ANTLRInputStream input(text);
  PacketExprLexer lexer(&input);
  lexer.removeErrorListeners();
  antlr4::CommonTokenStream tokens(&lexer);
  if (nests_too_deeply(tokens)) {
    diagnostics.error("bad-expression", {file, 1, 1, 2}, "the expression nests too deeply");
    return std::nullopt;
  }
  PacketExprParser parser(&tokens);
  ErrorListener listener(places, diagnostics);
  parser.removeErrorListeners();
  parser.addErrorListener(&listener);
  Tree::ExpressionContext* tree = parser.expression();
  if (listener.told()) return std::nullopt;

  const std::size_t errors_before = diagnostics.error_count();
  Expression expression = TreeReader(places, pool, diagnostics).expression(tree->disjunction());
  if (diagnostics.error_count() != errors_before) return std::nullopt;
  if (!infer_family(expression, pool)) {
    diagnostics.error("bad-expression", places.of(*tree->disjunction()), "no packet is both IPv4 and IPv6");
    return std::nullopt;
  }
  return expression;
}

}  // namespace nfproof::compiler
