// Column, Schema, SchemaBuilder: what a table's rows may hold.
//
// A Schema is immutable and shared (`SchemaPtr`); every change makes a new version. Column ids are
// stable and never reused, so a rename is free and a dropped column's bytes are never mistaken.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// Position of a column in one schema version; a different thing from its id.
enum class ColumnIndex : std::uint32_t {};
// Stable across versions of a table, never reused; starts at 1.
enum class ColumnId : std::uint32_t {};
// Starts at 1 for CREATE TABLE; +1 per ALTER.
enum class SchemaVersion : std::uint32_t {};

constexpr std::uint32_t to_underlying(ColumnIndex i) noexcept {
  return static_cast<std::uint32_t>(i);
}
constexpr std::uint32_t to_underlying(ColumnId i) noexcept {
  return static_cast<std::uint32_t>(i);
}
constexpr std::uint32_t to_underlying(SchemaVersion v) noexcept {
  return static_cast<std::uint32_t>(v);
}

struct Column {
  ColumnId id{};  // set by the builder
  std::string name;
  Type type;
  bool nullable = true;
  // What an INSERT without this column stores; NULL when there is none. RowBuilder::finish_row
  // stores it where the column is NOT NULL; that of a nullable one is for callers that know which
  // columns were named, as `wisp put` and `wisp import` do.
  Value default_value{};
  // True once DEFAULT was declared (DEFAULT NULL included).
  bool has_default = false;
  // What rows have that are older than the column: its default when it was added. Changing the
  // default later never changes it.
  Value missing_value{};
  // NOT NULL was set when rows could already be NULL here: a constraint for writers, while rows of
  // this version still have a presence bit for the column. Only with nullable == false.
  bool keeps_presence = false;

  friend bool operator==(const Column&, const Column&) = default;
};

enum class SortOrder : std::uint8_t { kAscending = 0, kDescending = 1 };

// One column of the primary key.
struct KeyPart {
  ColumnIndex column{};
  SortOrder order = SortOrder::kAscending;
  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

// How a name is looked up: SQL's unquoted names match case-insensitively (ASCII), quoted ones
// exactly. An unquoted name that matches several columns prefers the exact one, else is ambiguous.
enum class NameMatch : std::uint8_t { kExact, kIgnoreCase };

class Schema;
using SchemaPtr = std::shared_ptr<const Schema>;

// Immutable; made by SchemaBuilder, SchemaEditor (schema_change.h) or read_schema_bytes
// (schema_bytes.h). Threads: shared by all.
class Schema {
 public:
  Schema(const Schema&) = delete;  // its indexes point into its own columns; share the SchemaPtr
  Schema& operator=(const Schema&) = delete;

  const std::string& table_name() const noexcept { return table_name_; }
  SchemaVersion version() const noexcept { return version_; }
  const std::vector<Column>& columns() const noexcept { return columns_; }
  const Column& column(ColumnIndex i) const noexcept { return columns_[to_underlying(i)]; }
  std::size_t column_count() const noexcept { return columns_.size(); }

  // The primary key in key order. Empty: the table has a hidden BIGINT row id.
  const std::vector<KeyPart>& key() const noexcept { return key_; }
  bool has_hidden_row_id() const noexcept { return key_.empty(); }
  bool is_key_column(ColumnIndex i) const noexcept;

  // The column of that name, or an error with the nearest name in it ("did you mean").
  Result<ColumnIndex> find(std::string_view name, NameMatch match = NameMatch::kIgnoreCase) const;
  std::optional<ColumnIndex> find_id(ColumnId id) const noexcept;
  // The id the next added column gets.
  ColumnId next_column_id() const noexcept { return next_column_id_; }

  // CREATE TABLE text that parses back to an equal schema (ids, version, missing values and kept
  // presence aside). Named ROW types it uses are
  // not included: see named_types().
  std::string to_sql() const;
  // The CREATE TYPE names its columns use, dependencies first.
  std::vector<Type> named_types() const;

  // Same table name, version, columns (ids included), key and next column id.
  friend bool operator==(const Schema& a, const Schema& b) noexcept;

 private:
  friend class SchemaBuilder;

  // ASCII case does not count.
  struct FoldedHash {
    std::size_t operator()(std::string_view name) const noexcept;
  };
  struct FoldedEqual {
    bool operator()(std::string_view a, std::string_view b) const noexcept;
  };
  // The first two columns of one folded name: enough to find the one, or to name an ambiguity.
  struct FoldedMatch {
    std::uint32_t first = 0;
    std::optional<std::uint32_t> second;
  };

  Schema() = default;
  tl::unexpected<Error> no_such_column(std::string_view name) const;

  std::string table_name_;
  SchemaVersion version_{1};
  std::vector<Column> columns_;
  std::vector<KeyPart> key_;
  ColumnId next_column_id_{1};
  std::vector<bool> is_key_;                                     // by column index
  std::unordered_map<std::string_view, std::uint32_t> by_name_;  // views into columns_
  std::unordered_map<std::string_view, FoldedMatch, FoldedHash, FoldedEqual> by_folded_name_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_id_;  // (id, index), sorted by id
};

// The column's default as DDL has it: a literal, "NULL" where there is none.
std::string default_sql(const Column& column);

// Declares a schema column by column. Errors are kept and come out of build().
class SchemaBuilder {
 public:
  explicit SchemaBuilder(std::string table_name);

  SchemaBuilder& add(Column column);  // id 0: the next free one
  SchemaBuilder& add(std::string name, Type type, bool nullable = true);
  // Names a key column (exact name). It becomes NOT NULL.
  SchemaBuilder& key(std::string_view column_name, SortOrder order = SortOrder::kAscending);
  SchemaBuilder& version(SchemaVersion v);  // from 1
  // The next free id, for a schema that has dropped columns. Not below the ids in use.
  SchemaBuilder& next_column_id(ColumnId id);

  // Fails on: no column, more than kMaxColumns, an empty or duplicate name or id, a key column that
  // is missing, repeated or of a type that cannot be a key, nesting above kMaxTypeDepth, a default
  // that does not fit its type. The builder is spent afterwards. Names are UTF-8 without NUL
  // bytes; two uses of one type name mean one and the same type.
  Result<SchemaPtr> build();

 private:
  void refuse(ErrorCode code, std::string message, std::string where = {});
  Status index_columns();
  Status resolve_key();
  Status check_columns() const;

  std::unique_ptr<Schema> schema_;
  std::vector<std::pair<std::string, SortOrder>> key_names_;
  std::uint32_t next_id_ = 1;
  std::optional<Error> error_;  // the first mistake
};

// The entry of `names` closest to `name` when close enough to suggest: case ignored, at most
// max(1, length / 3) letters inserted, left out, replaced or swapped. The first one wins a tie.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names);

// ASCII lower case: how unquoted names are compared.
std::string fold_identifier(std::string_view name);

}  // namespace wisp
