// Views of nested values answer questions that do not fit their type.
#include "wisp/codec/nested_view.h"

#include <doctest/doctest.h>

#include "random_rows.h"

namespace wisp {
namespace {

using testing::as_bytes;

std::string encoded(const TypeNode& node, const Value& value) {
  std::string out;
  REQUIRE(encode_nested(node, value, out));
  return out;
}

TEST_CASE("a MAP has no key of another kind") {
  const auto node = TypeNode::make(Type::map(Type(TypeKind::kInteger), Type::varchar()));
  const std::string bytes =
      encoded(*node, Value(ValueMap{{{Value(std::int64_t{1}), Value::text("a")},
                                     {Value(std::int64_t{7}), Value::text("b")}}}));
  const auto map = *MapView::open(*node, as_bytes(bytes));
  CHECK(map.find(Value(std::int64_t{7})) == 1);
  CHECK(!map.find(Value(std::int64_t{8})));
  for (const Value& other : {Value(), Value(true), Value(std::uint64_t{7}), Value(7.0), Value(7.0F),
                             Value(Decimal{7}), Value(Uuid{}), Value::text("7"),
                             Value(ValueArray{}), Value(ValueMap{}), Value(ValueRow{})}) {
    CHECK(!map.find(other));
  }
  const auto texts = TypeNode::make(Type::map(Type::varchar(), Type::varchar()));
  const std::string text_bytes =
      encoded(*texts, Value(ValueMap{{{Value::text("7"), Value::text("b")}}}));
  const auto by_text = *MapView::open(*texts, as_bytes(text_bytes));
  CHECK(by_text.find(Value::text("7")) == 0);
  CHECK(!by_text.find(Value(std::int64_t{7})));
  CHECK(!MapView().find(Value(std::int64_t{7})));
}

TEST_CASE("an ARRAY has no elements of another kind") {
  ValueRow row{{Value(true)}};
  const std::pair<Type, Value> kinds[] = {
      {Type(TypeKind::kBoolean), Value(true)},
      {Type(TypeKind::kTinyInt), Value(std::int64_t{7})},
      {Type(TypeKind::kUBigInt), Value(std::uint64_t{7})},
      {Type(TypeKind::kReal), Value(7.0F)},
      {Type(TypeKind::kDouble), Value(7.0)},
      {Type::decimal(5, 0), Value(Decimal{7})},
      {Type::decimal(38, 0), Value(Decimal{7})},
      {Type(TypeKind::kUuid), Value(Uuid{})},
      {Type::varchar(), Value::text("tea")},
      {Type::array(Type::varchar()), Value(ValueArray{})},
      {Type::map(Type::varchar(), Type::varchar()), Value(ValueMap{})},
      {Type::row({{0, "a", Type(TypeKind::kBoolean), true}}), Value(std::move(row))}};
  for (const auto& [type, value] : kinds) {
    CAPTURE(type.to_sql());
    const auto node = TypeNode::make(Type::array(type));
    const std::string bytes = encoded(*node, Value(ValueArray{{value}}));
    // At the end of a block of its own, so that ASan sees any read behind it.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const auto array = *ArrayView::open(*node, as_bytes({exact.data(), exact.size()}));
    const TypeKind kind = type.kind();
    CHECK(array.get<bool>(0).has_value() == (kind == TypeKind::kBoolean));
    CHECK(array.get<std::int64_t>(0).has_value() == is_integer_like(kind));
    CHECK(array.get<std::uint8_t>(0).has_value() == is_integer_like(kind));
    CHECK(array.get<float>(0).has_value() == (kind == TypeKind::kReal));
    CHECK(array.get<double>(0).has_value() ==
          (kind == TypeKind::kReal || kind == TypeKind::kDouble));
    CHECK(array.get<Decimal>(0).has_value() == (kind == TypeKind::kDecimal));
    CHECK(array.get<Uuid>(0).has_value() == (kind == TypeKind::kUuid));
    CHECK(array.get<std::string_view>(0).has_value() == (kind == TypeKind::kVarchar));
    CHECK(array.get<ArrayView>(0).has_value() == (kind == TypeKind::kArray));
    CHECK(array.get<MapView>(0).has_value() == (kind == TypeKind::kMap));
    CHECK(array.get<NestedRowView>(0).has_value() == (kind == TypeKind::kRow));
  }
}

}  // namespace
}  // namespace wisp
