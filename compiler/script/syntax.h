// SPDX-License-Identifier: Apache-2.0
// A shell script as a tree: what `parser.h` makes of text and `interpreter.h` walks. Words keep what was quoted, since
// splitting and patterns depend on it. Trees are shared: functions live longer than the command that defined them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "compiler/source/span.h"

namespace nfproof::script {

struct Part;
struct List;

/// One word: parts that stand next to each other.
struct Word {
  std::vector<Part> parts;
  source::Span span;
};

/// What `${NAME OPERATOR ARGUMENT}` does.
enum class ParameterOp : std::uint8_t {
  kNone,
  kDefault,      ///< - :-
  kAssign,       ///< = :=
  kError,        ///< ? :?
  kAlternative,  ///< + :+
  kRemovePrefix,
  kRemoveLongPrefix,
  kRemoveSuffix,
  kRemoveLongSuffix,
  kReplaceFirst,
  kReplaceAll,
  kReplacePrefix,
  kReplaceSuffix,
  kSubstring,
  kUpperFirst,
  kUpperAll,
  kLowerFirst,
  kLowerAll,
};

/// Which element of an array: none given, `[@]`, `[*]` or `[word]`.
enum class Subscript : std::uint8_t { kNone, kAll, kJoined, kWord };

struct Parameter {
  std::string name;  ///< a variable, a digit string or a special character
  Subscript subscript = Subscript::kNone;
  Word index;
  bool length = false;       ///< ${#name}
  bool indirect = false;     ///< ${!name}
  bool name_prefix = false;  ///< ${!name*}, ${!name@}
  ParameterOp op = ParameterOp::kNone;
  bool colon = false;  ///< an empty value counts as unset
  Word argument;
  Word second;  ///< the replacement, or the length of a substring
  bool has_second = false;
};

enum class PartKind : std::uint8_t { kText, kParameter, kCommand, kArithmetic, kProcess };

struct Part {
  PartKind kind = PartKind::kText;
  bool quoted = false;
  std::string text;  ///< kText; of the others what was written, for messages
  source::Span span;
  std::shared_ptr<const Parameter> parameter;
  std::shared_ptr<const List> commands;    ///< kCommand, kProcess
  std::shared_ptr<const Word> arithmetic;  ///< kArithmetic
};

/// `NAME=word`, `NAME+=word`, `NAME[index]=word`, `NAME=(word...)`.
struct Assignment {
  struct Element {
    bool has_index = false;
    Word index;
    Word value;
  };
  std::string name;
  bool append = false;
  bool has_index = false;
  Word index;
  bool is_array = false;
  Word value;
  std::vector<Element> elements;
  source::Span span;
};

enum class RedirectKind : std::uint8_t { kRead, kWrite, kAppend, kReadWrite, kDuplicate, kHere, kHereString };

struct Redirect {
  RedirectKind kind{};
  int fd = -1;                 ///< -1: the usual one of the kind
  bool both = false;           ///< &> and &>>: standard output and standard error
  Word target;                 ///< a file name, a string, a number for kDuplicate
  std::shared_ptr<Word> here;  ///< the text of a here-document
  source::Span span;
};

/// One argument. After `local`, `export` and their like an argument may be an assignment.
struct Argument {
  Word word;
  std::shared_ptr<const Assignment> assignment;
};

struct Command;
using CommandPtr = std::shared_ptr<const Command>;

/// Commands in a row. In `a && b || c` every command says on what it depends.
enum class Connector : std::uint8_t { kAlways, kAnd, kOr };
struct Pipeline {
  bool negated = false;
  std::vector<CommandPtr> commands;
  std::vector<bool> pipe_errors;  ///< `|&` after the command
  source::Span span;
};
struct AndOr {
  struct Item {
    Connector connector = Connector::kAlways;
    Pipeline pipeline;
  };
  std::vector<Item> items;
  bool background = false;
  source::Span span;
};
struct List {
  std::vector<AndOr> items;
};

struct SimpleCommand {
  std::vector<Assignment> assignments;
  std::vector<Argument> arguments;
};
struct Group {
  List body;
  bool subshell = false;
};
struct IfCommand {
  struct Branch {
    List condition;
    List body;
  };
  std::vector<Branch> branches;
  List otherwise;
};
struct LoopCommand {
  bool until = false;
  List condition;
  List body;
};
struct ForCommand {
  std::string name;
  bool over_arguments = false;  ///< no `in`: over "$@"
  std::vector<Word> words;
  List body;
};
struct ArithmeticFor {
  Word start, condition, step;
  List body;
};
struct CaseCommand {
  enum class End : std::uint8_t { kBreak, kFallThrough, kTestNext };
  struct Branch {
    std::vector<Word> patterns;
    List body;
    End end = End::kBreak;
  };
  Word subject;
  std::vector<Branch> branches;
};
struct FunctionDefinition {
  std::string name;
  CommandPtr body;
};
struct ArithmeticCommand {
  Word expression;
};

/// `[[ ... ]]`: a tree of tests.
struct Condition {
  enum class Kind : std::uint8_t { kNot, kAnd, kOr, kUnary, kBinary, kWord };
  Kind kind{};
  std::string op;
  Word left, right;
  std::vector<Condition> operands;
};
struct ConditionCommand {
  Condition condition;
};

struct Command {
  std::variant<SimpleCommand, Group, IfCommand, LoopCommand, ForCommand, ArithmeticFor, CaseCommand, FunctionDefinition,
               ArithmeticCommand, ConditionCommand>
      kind;
  std::vector<Redirect> redirects;
  source::Span span;
};

}  // namespace nfproof::script
