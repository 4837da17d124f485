// SchemaChange, SchemaEditor: from one schema version to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wisp/schema/result.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/type.h"
#include "wisp/schema/value.h"

namespace wisp {

// Columns are named exactly, by the name they have when the change is applied.

// `column.id`, `missing_value` and `keeps_presence` are set by the editor. Older rows read as its
// default.
struct AddColumn {
  Column column;
};
struct DropColumn {
  std::string column;
};
struct RenameColumn {
  std::string column;
  std::string new_name;
};
struct RenameTable {
  std::string new_name;
};
// To a type that holds every value of the old one; see check_widening.
struct WidenColumn {
  std::string column;
  Type type;
};
struct SetDefault {
  std::string column;
  std::optional<Value> value;  // nullopt: DROP DEFAULT
};
struct SetNotNull {
  std::string column;
  bool not_null = true;  // false: DROP NOT NULL
};
using SchemaChange = std::variant<AddColumn, DropColumn, RenameColumn, RenameTable, WidenColumn,
                                  SetDefault, SetNotNull>;

// Whether a column may change from one type to the other, so that every value stays what it is:
//   TINYINT .. BIGINT, unsigned ones too    to a wider integer, unsigned also to a wider signed one
//   REAL                                    to DOUBLE
//   DECIMAL(p, s)                           to more digits before the point, after it, or both
//   VARCHAR(n), CHAR(n), VARBINARY(n)       to a larger n or no limit; CHAR to VARCHAR
// Equal types are fine. kInvalidArgument with the reason otherwise.
Status check_widening(const Type& from, const Type& to);
// A value of `from` as a value of `to`. NULL stays NULL. Requires: check_widening(from, to) or
// extends_type(from, to) of type_change.h, and that `value` fits `from`.
Value widen_value(const Type& from, const Type& to, const Value& value);

// Applies changes one by one and makes the next version: its number is one higher, whatever the
// number of changes. Ids of dropped columns are never given out again.
// Threads: one at a time.
class SchemaEditor {
 public:
  explicit SchemaEditor(SchemaPtr base);

  // Refused (kInvalidArgument unless said otherwise), with nothing changed:
  //   no column of that name, or a new name that is taken
  //   dropping or retyping a key column; dropping the last column; DROP NOT NULL of a key column
  //   a retype that check_widening() refuses
  //   an added NOT NULL column without a default: older rows would have no value (kConstraint)
  //   a default that does not fit its type, or is NULL in a NOT NULL column (kConstraint)
  //   too many columns, or ids or versions used up (kLimit)
  // SET NOT NULL is not checked against rows here: that is the engine's part.
  Status apply(const SchemaChange& change);

  // The column gets a type that extends its own, as ALTER TYPE makes one (type_change.h).
  // Requires: a column of that name, and extends_type(its type, type).
  void extend(std::string_view column, const Type& type);

  // The column of that name as it is now; the error suggests the nearest name.
  Result<const Column*> find(std::string_view name, NameMatch match = NameMatch::kExact) const;

  // The next version. The editor is spent afterwards.
  Result<SchemaPtr> finish();

 private:
  Status add(const AddColumn& change);
  Status drop(const DropColumn& change);
  Status rename(const RenameColumn& change);
  Status rename_table(const RenameTable& change);
  Status widen(const WidenColumn& change);
  Status set_default(const SetDefault& change);
  Status set_not_null(const SetNotNull& change);
  bool is_key(const Column& column) const;
  Result<Column*> find_exact(std::string_view name);
  Status check_new_name(std::string_view name) const;

  SchemaPtr base_;
  std::string table_name_;
  std::vector<Column> columns_;
  std::uint32_t next_id_;
};

}  // namespace wisp
