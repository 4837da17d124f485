#include "wisp/codec/predicate.h"

namespace wisp {
namespace {

using Node = Predicate::Node;

std::shared_ptr<const Node> test_of(Node::Kind kind, ColumnReference column,
                                    std::vector<Value> operands = {}) {
  Node node;
  node.kind = kind;
  node.column = std::move(column);
  node.operands = std::move(operands);
  return std::make_shared<const Node>(std::move(node));
}

std::shared_ptr<const Node> terms_of(Node::Kind kind, std::vector<Predicate> terms) {
  Node node;
  node.kind = kind;
  node.terms = std::move(terms);
  return std::make_shared<const Node>(std::move(node));
}

// A chain `a && b && c` is one node with three terms, however it was put together.
void append_terms(Node::Kind kind, const Predicate& p, std::vector<Predicate>& out) {
  if (p.root().kind != kind) {
    out.push_back(p);
    return;
  }
  out.insert(out.end(), p.root().terms.begin(), p.root().terms.end());
}

}  // namespace

Predicate Predicate::compare(ColumnReference column, Comparison comparison, Value operand) {
  Node node;
  node.kind = Node::Kind::kCompare;
  node.comparison = comparison;
  node.column = std::move(column);
  node.operands.push_back(std::move(operand));
  return Predicate(std::make_shared<const Node>(std::move(node)));
}

Predicate Predicate::between(ColumnReference column, Value low, Value high) {
  std::vector<Value> operands;
  operands.push_back(std::move(low));
  operands.push_back(std::move(high));
  return Predicate(test_of(Node::Kind::kBetween, std::move(column), std::move(operands)));
}

Predicate Predicate::in(ColumnReference column, std::vector<Value> operands) {
  return Predicate(test_of(Node::Kind::kIn, std::move(column), std::move(operands)));
}

Predicate Predicate::is_null(ColumnReference column) {
  return Predicate(test_of(Node::Kind::kIsNull, std::move(column)));
}

Predicate Predicate::is_not_null(ColumnReference column) {
  return Predicate(test_of(Node::Kind::kIsNotNull, std::move(column)));
}

Predicate Predicate::starts_with(ColumnReference column, std::string prefix) {
  return Predicate(test_of(Node::Kind::kStartsWith, std::move(column), {Value(std::move(prefix))}));
}

Predicate Predicate::all_of(std::vector<Predicate> terms) {
  return Predicate(terms_of(Node::Kind::kAnd, std::move(terms)));
}

Predicate Predicate::any_of(std::vector<Predicate> terms) {
  return Predicate(terms_of(Node::Kind::kOr, std::move(terms)));
}

Predicate operator&&(const Predicate& a, const Predicate& b) {
  std::vector<Predicate> terms;
  append_terms(Node::Kind::kAnd, a, terms);
  append_terms(Node::Kind::kAnd, b, terms);
  return Predicate::all_of(std::move(terms));
}

Predicate operator||(const Predicate& a, const Predicate& b) {
  std::vector<Predicate> terms;
  append_terms(Node::Kind::kOr, a, terms);
  append_terms(Node::Kind::kOr, b, terms);
  return Predicate::any_of(std::move(terms));
}

Predicate Predicate::operator!() const {
  return Predicate(terms_of(Node::Kind::kNot, {*this}));
}

Predicate PredicateColumn::in(std::vector<Operand> operands) const {
  std::vector<Value> values;
  values.reserve(operands.size());
  for (Operand& o : operands) values.push_back(std::move(o).take());
  return Predicate::in(column_, std::move(values));
}

}  // namespace wisp
