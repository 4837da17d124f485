// Schemas as CREATE TABLE text.
#include <string>
#include <vector>

#include "wisp/schema/named_types.h"
#include "wisp/schema/schema.h"
#include "wisp/schema/text.h"

namespace wisp {
namespace {

// DDL text may not hold a NUL byte; an escape string may spell one.
void append_quoted_text(std::string_view text, std::string& out) {
  const bool escape = text.find('\0') != std::string_view::npos;
  out += escape ? "E'" : "'";
  for (char c : text) {
    if (c == '\'' || (escape && c == '\\')) out += c;
    if (c == '\0') {
      out += "\\000";
    } else {
      out += c;
    }
  }
  out += '\'';
}

void append_hex_literal(std::string_view bytes, std::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += "X'";
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  out += '\'';
}

// A number prints plain when it is digits and the like; inf and nan need quotes.
bool is_plain_number(std::string_view text) {
  return text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

void append_literal(const Type& type, const Value& value, std::string& out) {
  if (value.is_null()) {
    out += "NULL";
    return;
  }
  if (type.kind() == TypeKind::kVarbinary) {
    append_hex_literal(value.as<std::string>(), out);
    return;
  }
  std::string text;
  print_value(type, value, text);
  if (type.kind() == TypeKind::kBoolean ||
      (type.kind() <= TypeKind::kDecimal && is_plain_number(text)))
    out += text;
  else
    append_quoted_text(text, out);
}

}  // namespace

std::string default_sql(const Column& column) {
  std::string out;
  append_literal(column.type, column.default_value, out);
  return out;
}

std::string Schema::to_sql() const {
  std::string out = "CREATE TABLE " + quote_identifier(table_name_) + " (";
  for (const Column& column : columns_) {
    out += &column == &columns_.front() ? "\n  " : ",\n  ";
    out += quote_identifier(column.name);
    out += ' ';
    out += column.type.to_sql();
    if (!column.nullable) out += " NOT NULL";
    if (column.has_default) {
      out += " DEFAULT " + default_sql(column);
    }
  }
  if (!key_.empty()) {
    out += ",\n  PRIMARY KEY (";
    for (const KeyPart& part : key_) {
      if (&part != &key_.front()) out += ", ";
      out += quote_identifier(column(part.column).name);
      if (part.order == SortOrder::kDescending) out += " DESC";
    }
    out += ')';
  }
  out += "\n)";
  return out;
}

std::vector<Type> Schema::named_types() const {
  NamedTypes named;
  for (const Column& column : columns_) {
    // The builder has refused a name that stands for two types: nothing is left to fail.
    [[maybe_unused]] const Status status = named.add(column.type);
  }
  return named.types();
}

}  // namespace wisp
