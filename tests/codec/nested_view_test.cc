// Views of arrays and maps: by position, as ranges, by key, and as contiguous values.
#include "wisp/codec/nested_view.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wisp {
namespace {

// A nested value's bytes and the type that they are of.
struct Encoded {
  Encoded(const Type& type, const Value& value) : node(TypeNode::make(type)) {
    REQUIRE(encode_nested(*node, value, bytes));
  }
  std::span<const std::byte> span() const { return std::as_bytes(std::span(bytes)); }

  std::shared_ptr<const TypeNode> node;
  std::string bytes;
};

Value array(std::vector<Value> items) {
  return Value(ValueArray{std::move(items)});
}

Value number(std::int64_t n) {
  return Value(n);
}

}  // namespace

TEST_CASE("the elements of an array as a range") {
  const Encoded numbers(Type::array(Type(TypeKind::kInteger)),
                        array({number(7), Value(), number(-9)}));
  const ArrayView list = *ArrayView::open(*numbers.node, numbers.span());
  std::vector<std::optional<std::int32_t>> seen;
  for (const auto element : list.elements<std::int32_t>()) seen.push_back(element);
  CHECK(seen == std::vector<std::optional<std::int32_t>>{7, std::nullopt, -9});

  const Encoded texts(Type::array(Type(TypeKind::kVarchar)),
                      array({Value::text("a"), Value::text(""), Value(), Value::text("longer")}));
  std::string joined;
  // The range keeps a view of its own.
  for (const auto text : ArrayView::open(*texts.node, texts.span())->elements<std::string_view>()) {
    joined += text ? "[" + std::string(*text) + "]" : "NULL";
  }
  CHECK(joined == "[a][]NULL[longer]");

  const Encoded none(Type::array(Type(TypeKind::kBoolean)), array({}));
  for (const auto element : ArrayView::open(*none.node, none.span())->elements<bool>()) {
    FAIL(element.has_value());
  }
  const Encoded lists(Type::array(Type::array(Type(TypeKind::kBoolean))),
                      array({array({Value(true), Value(false)}), Value(), array({})}));
  std::vector<std::size_t> sizes;
  for (const auto inner : ArrayView::open(*lists.node, lists.span())->elements<ArrayView>()) {
    sizes.push_back(inner ? inner->size() : 99);
  }
  CHECK(sizes == std::vector<std::size_t>{2, 99, 0});
}

TEST_CASE("elements of fixed width are contiguous") {
  const Encoded numbers(Type::array(Type(TypeKind::kSmallInt)),
                        array({number(1), Value(), number(-2)}));
  const auto values = ArrayView::open(*numbers.node, numbers.span())->fixed_values();
  std::int16_t plain[3];
  REQUIRE(values.size() == sizeof plain);
  std::memcpy(plain, values.data(), sizeof plain);
  CHECK(plain[0] == 1);
  CHECK(plain[1] == 0);
  CHECK(plain[2] == -2);
  const Encoded bits(Type::array(Type(TypeKind::kBoolean)), array({Value(true)}));
  CHECK(ArrayView::open(*bits.node, bits.span())->fixed_values().empty());
  const Encoded texts(Type::array(Type(TypeKind::kVarchar)), array({Value::text("x")}));
  CHECK(ArrayView::open(*texts.node, texts.span())->fixed_values().empty());
}

TEST_CASE("the entries of a map, and keys that it has or lacks") {
  const Encoded prices(Type::map(Type(TypeKind::kVarchar), Type(TypeKind::kBigInt)),
                       Value(ValueMap{{{Value::text("bid"), number(3)},
                                       {Value::text("close"), Value()},
                                       {Value::text("mid"), number(5)}}}));
  const MapView map = *MapView::open(*prices.node, prices.span());
  std::vector<std::pair<std::string, std::int64_t>> seen;
  for (const auto& [key, value] : map.entries<std::string_view, std::int64_t>()) {
    seen.emplace_back(key.value(), value.value_or(-1));
  }
  CHECK(seen ==
        std::vector<std::pair<std::string, std::int64_t>>{{"bid", 3}, {"close", -1}, {"mid", 5}});
  CHECK(map.find("bid") == 0);
  CHECK(map.find("mid") == 2);
  CHECK(map.find(Value::text("close")) == 1);
  for (const char* missing : {"", "a", "bi", "bidd", "close ", "midd", "z"}) {
    CAPTURE(missing);
    CHECK_FALSE(map.find(missing).has_value());
    CHECK_FALSE(map.find(Value::text(missing)).has_value());
  }
  const Encoded numbers(Type::map(Type(TypeKind::kInteger), Type(TypeKind::kBoolean)),
                        Value(ValueMap{{{number(-5), Value(true)}, {number(8), Value(false)}}}));
  const MapView by_number = *MapView::open(*numbers.node, numbers.span());
  CHECK(by_number.find(number(8)) == 1);
  for (const std::int64_t missing : {-6, 0, 9}) CHECK_FALSE(by_number.find(number(missing)));
  for (const auto& [key, value] : by_number.entries<std::int32_t, bool>()) {
    CHECK(value == (key == -5));
  }
}

}  // namespace wisp
