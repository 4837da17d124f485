#include "wisp/schema/schema.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wisp/schema/ddl.h"

using namespace wisp;

namespace {

static_assert(!std::is_copy_constructible_v<Schema>);

Type integer() {
  return Type(TypeKind::kInteger);
}

Column make_column(std::string name, std::uint32_t id = 0) {
  Column column;
  column.id = ColumnId{id};
  column.name = std::move(name);
  column.type = integer();
  return column;
}

SchemaPtr must(Result<SchemaPtr> schema) {
  REQUIRE_MESSAGE(schema, (schema ? "" : schema.error().to_string()));
  return *schema;
}

void check_refused(SchemaBuilder& builder, ErrorCode code, const std::string& message) {
  const auto schema = builder.build();
  REQUIRE_FALSE(schema);
  CHECK(schema.error().code == code);
  CHECK(schema.error().to_string() == message);
}

void check_not_found(const Schema& schema, std::string_view name, NameMatch match,
                     const std::string& message) {
  const auto found = schema.find(name, match);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::kInvalidArgument);
  CHECK(found.error().message == message);
}

// Edit distance with swaps of neighbours, the whole table.
std::size_t reference_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

TEST_CASE("a schema is what was declared") {
  const SchemaPtr schema = must(SchemaBuilder("t")
                                    .add("id", Type(TypeKind::kBigInt))
                                    .add("Name", Type::varchar(20))
                                    .add("n", integer(), false)
                                    .key("n", SortOrder::kDescending)
                                    .key("id")
                                    .build());
  CHECK(schema->table_name() == "t");
  CHECK(schema->version() == SchemaVersion{1});
  CHECK(schema->column_count() == 3);
  CHECK(schema->column(ColumnIndex{1}).name == "Name");
  CHECK(schema->column(ColumnIndex{1}).nullable);
  CHECK_FALSE(schema->column(ColumnIndex{0}).nullable);  // because it is a key column
  CHECK(schema->key() == std::vector<KeyPart>{{ColumnIndex{2}, SortOrder::kDescending},
                                              {ColumnIndex{0}, SortOrder::kAscending}});
  CHECK_FALSE(schema->has_hidden_row_id());
  CHECK(schema->is_key_column(ColumnIndex{0}));
  CHECK_FALSE(schema->is_key_column(ColumnIndex{1}));
  CHECK(schema->next_column_id() == ColumnId{4});
  CHECK(schema->find_id(ColumnId{2}) == ColumnIndex{1});
  CHECK_FALSE(schema->find_id(ColumnId{0}));
  CHECK_FALSE(schema->find_id(ColumnId{4}));
}

TEST_CASE("ids with gaps are found, free ids follow") {
  const SchemaPtr schema = must(SchemaBuilder("t")
                                    .version(SchemaVersion{9})
                                    .add(make_column("a", 7))
                                    .add(make_column("b", 2))
                                    .add("c", integer())
                                    .next_column_id(ColumnId{20})
                                    .add("d", integer())
                                    .build());
  CHECK(schema->version() == SchemaVersion{9});
  CHECK(schema->column(ColumnIndex{2}).id == ColumnId{8});
  CHECK(schema->column(ColumnIndex{3}).id == ColumnId{20});
  CHECK(schema->next_column_id() == ColumnId{21});
  for (std::uint32_t i = 0; i < 4; ++i)
    CHECK(schema->find_id(schema->column(ColumnIndex{i}).id) == ColumnIndex{i});
  for (std::uint32_t id : {0u, 1u, 3u, 9u, 19u, 21u, 4294967295u})
    CHECK_FALSE(schema->find_id(ColumnId{id}));
}

TEST_CASE("the builder refuses what cannot be a table") {
  const auto refused = [](SchemaBuilder&& builder, const std::string& message,
                          ErrorCode code = ErrorCode::kInvalidArgument) {
    check_refused(builder, code, message);
  };
  refused(SchemaBuilder("t"), "table \"t\" has no columns");
  refused(std::move(SchemaBuilder("").add("a", integer())), "the table has no name");
  refused(std::move(SchemaBuilder("\xFF").add("a", integer())),
          "the name of the table is not UTF-8");
  refused(std::move(SchemaBuilder("t").add("", integer())), "a column has no name");
  refused(std::move(SchemaBuilder("t").add("\xFF", integer())),
          "the name of a column is not UTF-8");
  refused(std::move(SchemaBuilder("t").add(std::string("a\0b", 3), integer())),
          "the name of a column holds a NUL byte");
  refused(std::move(SchemaBuilder("t").add("x", integer()).add("y", integer()).add("x", integer())),
          "duplicate column \"x\"");
  refused(std::move(SchemaBuilder("t").add(make_column("a", 3)).add(make_column("b", 3))),
          "column \"b\" has the id of column \"a\"");
  refused(std::move(SchemaBuilder("t").add("abc", integer()).key("abd")),
          "no column \"abd\" in table \"t\"; did you mean \"abc\"?");
  refused(std::move(SchemaBuilder("t").add("abc", integer()).key("ABC")),
          "no column \"ABC\" in table \"t\"; did you mean \"abc\"?");
  refused(std::move(SchemaBuilder("t").add("a", integer()).key("a").key("a")),
          "column \"a\" is in the key twice");
  refused(std::move(SchemaBuilder("t").add("a", Type(TypeKind::kJson)).key("a")),
          "column \"a\": JSON cannot be part of a key");
  refused(std::move(SchemaBuilder("t").add("a", Type::array(integer())).key("a")),
          "column \"a\": INTEGER ARRAY cannot be part of a key");
  refused(std::move(SchemaBuilder("t").add("a", Type::row({}))),
          "column \"a\": a ROW type has no fields");
  refused(std::move(SchemaBuilder("t").version(SchemaVersion{0}).add("a", integer())),
          "schema versions start at 1");
  refused(std::move(SchemaBuilder("t").add("a", integer()).next_column_id(ColumnId{1})),
          "the next column id 1 is not above the ids in use, up to 1");
  refused(std::move(SchemaBuilder("t").add(make_column("a", 4294967295u))),
          "column \"a\": the column ids of the table are used up", ErrorCode::kLimit);
  refused(std::move(SchemaBuilder("t").add(make_column("a", 4294967294u)).add("b", integer())),
          "column \"b\": the column ids of the table are used up", ErrorCode::kLimit);

  Type deep = integer();
  for (int i = 0; i <= kMaxTypeDepth; ++i) deep = Type::array(std::move(deep));
  refused(std::move(SchemaBuilder("t").add("a", deep)),
          "column \"a\": the type nests 17 deep, the limit is 16", ErrorCode::kLimit);

  Column column = make_column("a");
  column.default_value = Value(std::int64_t{1} << 40);
  refused(std::move(SchemaBuilder("t").add(column)),
          "column \"a\": default: 1099511627776 is out of range for INTEGER",
          ErrorCode::kConstraint);

  const Type one = Type::row({{0, "x", integer(), true}}, "p");
  const Type two = Type::row({{0, "y", integer(), true}}, "p");
  refused(std::move(SchemaBuilder("t").add("a", one).add("b", one).add("c", Type::array(two))),
          "column \"c\": two different types have the name \"p\"");
}

TEST_CASE("a default that is there was declared") {
  Column one = make_column("a");
  one.default_value = Value(std::int64_t{1});
  Column null = make_column("b");
  null.has_default = true;
  const SchemaPtr schema = must(SchemaBuilder("t").add(one).add(null).add("c", integer()).build());
  CHECK(schema->column(ColumnIndex{0}).has_default);
  CHECK(schema->column(ColumnIndex{1}).has_default);
  CHECK_FALSE(schema->column(ColumnIndex{2}).has_default);
}

TEST_CASE("names: exact first, then any case, then an error that helps") {
  const SchemaPtr schema = must(SchemaBuilder("t")
                                    .add("Price", integer())
                                    .add("PRICE", integer())
                                    .add("Size", integer())
                                    .add("prIce", integer())
                                    .build());
  CHECK(*schema->find("Price") == ColumnIndex{0});
  CHECK(*schema->find("PRICE") == ColumnIndex{1});
  CHECK(*schema->find("prIce", NameMatch::kExact) == ColumnIndex{3});
  CHECK(*schema->find("sIZE") == ColumnIndex{2});
  CHECK(*schema->find("Size", NameMatch::kExact) == ColumnIndex{2});
  check_not_found(*schema, "size", NameMatch::kExact,
                  "no column \"size\" in table \"t\"; did you mean \"Size\"?");
  check_not_found(*schema, "price", NameMatch::kIgnoreCase,
                  "column name \"price\" is ambiguous in table \"t\": \"Price\" or \"PRICE\"");
  check_not_found(*schema, "sizzes", NameMatch::kIgnoreCase,
                  "no column \"sizzes\" in table \"t\"; did you mean \"Size\"?");
  check_not_found(*schema, "weight", NameMatch::kIgnoreCase, "no column \"weight\" in table \"t\"");
  check_not_found(*schema, "", NameMatch::kIgnoreCase, "no column \"\" in table \"t\"");
  // Only ASCII letters fold.
  const SchemaPtr accents = must(SchemaBuilder("t").add("\xC3\xA9", integer()).build());
  CHECK_FALSE(accents->find("\xC3\x89"));
}

TEST_CASE("schemas are equal when everything that counts is") {
  const auto make = [](auto change) {
    SchemaBuilder builder("t");
    builder.add("a", integer()).add("b", integer());
    change(builder);
    return must(builder.build());
  };
  const SchemaPtr base = make([](SchemaBuilder&) {});
  CHECK(*base == *make([](SchemaBuilder&) {}));
  CHECK_FALSE(*base == *make([](SchemaBuilder& b) { b.version(SchemaVersion{2}); }));
  CHECK_FALSE(*base == *make([](SchemaBuilder& b) { b.key("a"); }));
  CHECK_FALSE(*base == *make([](SchemaBuilder& b) { b.add("c", integer()); }));
  CHECK_FALSE(*base == *make([](SchemaBuilder& b) { b.next_column_id(ColumnId{9}); }));
  CHECK_FALSE(*make([](SchemaBuilder& b) { b.key("a"); }) ==
              *make([](SchemaBuilder& b) { b.key("a", SortOrder::kDescending); }));
  CHECK_FALSE(*base == *must(SchemaBuilder("u").add("a", integer()).add("b", integer()).build()));
  CHECK_FALSE(*base == *must(SchemaBuilder("t").add("a", integer()).add("b", Type()).build()));
  CHECK_FALSE(*base ==
              *must(SchemaBuilder("t").add(make_column("a", 2)).add(make_column("b", 1)).build()));
}

TEST_CASE("the widest table builds at once and finds every column") {
  const auto start = std::chrono::steady_clock::now();
  SchemaBuilder builder("wide");
  for (std::size_t i = 0; i < kMaxColumns; ++i)
    builder.add("Column_" + std::to_string(i), integer());
  builder.key("Column_65533");
  const SchemaPtr schema = must(builder.build());
  int wrong = 0;
  for (std::uint32_t i = 0; i < kMaxColumns; ++i) {
    const std::string number = std::to_string(i);
    wrong += *schema->find("Column_" + number) != ColumnIndex{i};
    wrong += *schema->find("cOLUMN_" + number) != ColumnIndex{i};
    wrong += schema->find_id(ColumnId{i + 1}) != ColumnIndex{i};
  }
  CHECK(wrong == 0);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  // About 0.1 s; what is quadratic in columns takes minutes. Sanitizers and a busy machine get
  // slack.
  CHECK(elapsed < std::chrono::seconds(10));

  SchemaBuilder wider("wider");
  for (std::size_t i = 0; i <= kMaxColumns; ++i) wider.add("c" + std::to_string(i), integer());
  check_refused(wider, ErrorCode::kLimit, "more than 65534 columns");
}

TEST_CASE("names that differ in case only are no slower") {
  // 2^15 spellings of one name: the index must not walk through them.
  SchemaBuilder builder("t");
  for (std::uint32_t bits = 0; bits < 1u << 15; ++bits) {
    std::string name(15, 'a');
    for (std::size_t i = 0; i < name.size(); ++i)
      if ((bits >> i & 1) != 0) name[i] = 'A';
    builder.add(name, integer());
  }
  const auto start = std::chrono::steady_clock::now();
  const SchemaPtr schema = must(builder.build());
  CHECK(*schema->find(std::string(15, 'A')) == ColumnIndex{(1u << 15) - 1});
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a schema prints as CREATE TABLE") {
  const Type point = Type::row({{0, "x", integer(), false}, {0, "y", integer(), true}}, "Point");
  const auto with_default = [](std::string name, Type type, Value value) {
    Column column;
    column.name = std::move(name);
    column.type = std::move(type);
    column.has_default = true;
    column.default_value = std::move(value);
    return column;
  };
  const SchemaPtr schema =
      must(SchemaBuilder("my \"t\"")
               .add("id", Type(TypeKind::kBigInt))
               .add("at", Type::temporal(TypeKind::kTimestamp, 3))
               .add("n", Type(TypeKind::kUTinyInt), false)
               .add(with_default("flag", Type(), Value(true)))
               .add(with_default("price", Type::decimal(5, 2), Value(Decimal{-1234})))
               .add(with_default("ratio", Type(TypeKind::kDouble), Value(0.5)))
               .add(with_default("none", integer(), Value()))
               .add(with_default("name", Type::varchar(10), Value::text("it's")))
               .add(with_default("day", Type(TypeKind::kDate), Value(std::int64_t{1})))
               .add(with_default("bytes", Type(TypeKind::kVarbinary), Value::text("\x01\xAF")))
               .add(with_default(
                   "where", Type::array(point),
                   Value(ValueArray{{Value(ValueRow{{Value(std::int64_t{1}), Value()}})}})))
               .key("id")
               .key("at", SortOrder::kDescending)
               .build());
  CHECK(schema->to_sql() == R"(CREATE TABLE "my ""t""" (
  "id" BIGINT NOT NULL,
  "at" TIMESTAMP(3) NOT NULL,
  "n" TINYINT UNSIGNED NOT NULL,
  "flag" BOOLEAN DEFAULT true,
  "price" DECIMAL(5, 2) DEFAULT -12.34,
  "ratio" DOUBLE DEFAULT 0.5,
  "none" INTEGER DEFAULT NULL,
  "name" VARCHAR(10) DEFAULT 'it''s',
  "day" DATE DEFAULT '1970-01-02',
  "bytes" VARBINARY DEFAULT X'01AF',
  "where" "Point" ARRAY DEFAULT '[{"x":1,"y":null}]',
  PRIMARY KEY ("id", "at" DESC)
))");

  std::string script;
  for (const Type& type : schema->named_types()) script += type.definition_sql() + ";\n";
  script += schema->to_sql() + ";";
  const auto parsed = parse_ddl(script);
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().to_string()));
  REQUIRE(parsed->statements.size() == 2);
  CHECK(parsed->warnings.empty());
  CHECK(*std::get<CreateTable>(parsed->statements[1]).schema == *schema);
}

TEST_CASE("named types come with those they use before them, each once") {
  const Type a = Type::row({{0, "x", integer(), true}}, "a");
  const Type b = Type::row({{0, "in", Type::map(integer(), a), true}}, "b");
  const Type c = Type::row({{0, "in", Type::row({{0, "deep", Type::array(b), true}}), true}}, "c");
  const SchemaPtr schema = must(SchemaBuilder("t")
                                    .add("p", Type::array(c))
                                    .add("q", a)
                                    .add("r", integer())
                                    .add("s", c)
                                    .build());
  CHECK(schema->named_types() == std::vector<Type>{a, b, c});
  CHECK(must(SchemaBuilder("t").add("p", integer()).build())->named_types().empty());
}

TEST_CASE("the nearest name") {
  const std::vector<std::string> names = {"customer_id", "order_date", "user",
                                          "UserName",    "qty",        "x"};
  const auto nearest = [&](std::string_view name) {
    return nearest_name(name, names).value_or("-");
  };
  CHECK(nearest("costumer_id") == "customer_id");
  CHECK(nearest("customerid") == "customer_id");
  CHECK(nearest("ORDERDATE") == "order_date");
  CHECK(nearest("usre") == "user");  // a swap is one mistake
  CHECK(nearest("usr") == "user");
  CHECK(nearest("username") == "UserName");
  CHECK(nearest("quantity") == "-");
  CHECK(nearest("X") == "x");
  CHECK(nearest("y") == "-");
  CHECK(nearest("") == "-");
  CHECK(nearest(std::string(100000, 'q')) == "-");
  CHECK_FALSE(nearest_name("a", {}));
  const std::vector<std::string> tie = {"abcx", "abcy"};
  CHECK(nearest_name("abcz", tie) == "abcx");
  CHECK(fold_identifier("AbC_\xC3\x89") == "abc_\xC3\x89");
}

TEST_CASE("the nearest name is the one a full search finds") {
  std::mt19937_64 engine(5);
  const auto word = [&] {
    std::string s(1 + engine() % 9, 'a');
    for (char& c : s) c = static_cast<char>('a' + engine() % 3);
    return s;
  };
  int suggested = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string wanted = word();
    std::vector<std::string> names(1 + engine() % 4);
    for (auto& name : names) name = word();
    std::string expected = "-";
    std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
    for (const auto& name : names) {
      const std::size_t distance = reference_distance(wanted, name);
      if (distance < best && distance < std::max(wanted.size(), name.size())) {
        best = distance;
        expected = name;
      }
    }
    const std::string found = nearest_name(wanted, names).value_or("-");
    CHECK_MESSAGE(found == expected, wanted);
    suggested += found != "-";
  }
  CHECK(suggested > 1000);
}
