// Where key parts stand: agrees with the codec for whole keys, and stays inside damaged ones.
#include "wisp/codec/key_parts.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wisp/codec/key.h"

namespace wisp {
namespace {

template <typename T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), result.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

SchemaPtr mixed_schema() {
  return must(SchemaBuilder("t")
                  .add("s", Type::varchar())
                  .add("i", Type(TypeKind::kSmallInt))
                  .add("z", Type(TypeKind::kVarbinary))
                  .add("d", Type::decimal(9, 2))
                  .key("s")
                  .key("i", SortOrder::kDescending)
                  .key("z", SortOrder::kDescending)
                  .key("d")
                  .build());
}

TEST_CASE("parts are found, texts that stand in the key as they are read there") {
  const SchemaPtr schema = mixed_schema();
  const KeyParts parts(*schema);
  CHECK(parts.has_text());
  const std::vector<std::string> texts = {
      "", "a", std::string("\0", 1), std::string("\0\x01", 2), "\x01", "\xff\xfe", "x\xff"};
  for (const std::string& z : texts) {
    for (const std::string& s : {std::string(), std::string("é"), std::string("a\0b", 3)}) {
      const std::vector<Value> values{Value(s), Value(std::int64_t{-3}), Value(z),
                                      Value(Decimal{5})};
      std::string key;
      must(append_key(*schema, values, key));
      std::size_t total = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        std::optional<std::string_view> bytes = parts.find(key, i);
        REQUIRE(bytes.has_value());
        total += bytes->size();
        const KeyParts::Part& part = parts.parts()[i];
        CHECK(must(take_key_part(*part.type, part.order, *bytes)) == values[i]);
        CHECK(bytes->empty());
      }
      CHECK(total == key.size());
      const auto in_place = KeyParts::text_in_place(parts.parts()[0], *parts.find(key, 0));
      const bool escaped = s.find('\0') != std::string::npos;
      CHECK(in_place.has_value() == !escaped);
      if (in_place) CHECK(*in_place == s);
      const auto decoded = must(parts.decode_text(key));
      REQUIRE(decoded != nullptr);  // the descending part
      CHECK((*decoded)[2] == z);
      CHECK((*decoded)[0] == (escaped ? s : ""));
      for (std::size_t cut = 0; cut < key.size(); ++cut) {
        CHECK_FALSE(parts.find(std::string_view(key).substr(0, cut), 3).has_value());
        CHECK_FALSE(parts.decode_text(std::string_view(key).substr(0, cut)).has_value());
      }
    }
  }
}

TEST_CASE("random bytes are parts or damage, never more") {
  const SchemaPtr schema = mixed_schema();
  const KeyParts parts(*schema);
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string key(random() % 40, '\0');
    for (char& c : key)
      c = random() % 3 == 0 ? static_cast<char>(random()) : static_cast<char>(random() % 2 - 1);
    for (std::size_t p = 0; p < 4; ++p) {
      const auto bytes = parts.find(key, p);
      if (!bytes) continue;
      CHECK(bytes->data() >= key.data());
      CHECK(bytes->data() + bytes->size() <= key.data() + key.size());
    }
    (void)parts.decode_text(key).has_value();
  }
}

}  // namespace
}  // namespace wisp
