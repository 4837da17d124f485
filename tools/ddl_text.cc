#include "wisp/tools/ddl_text.h"

namespace wisp::tools {

void append_create_types(std::span<const Type> types, std::string& out) {
  for (const Type& type : types) {
    out += "CREATE TYPE ";
    out += quote_identifier(type.type_name());
    out += " AS (";
    const char* separator = "\n    ";
    for (const RowField& field : type.fields()) {
      out += separator;
      separator = ",\n    ";
      out += quote_identifier(field.name);
      out += ' ';
      out += field.type.to_sql();
      if (!field.nullable) out += " NOT NULL";
    }
    out += "\n);\n\n";
  }
}

void append_create_table(const Schema& schema, std::string& out) {
  std::string sql = schema.to_sql();
  while (!sql.empty() && (sql.back() == '\n' || sql.back() == ';')) sql.pop_back();
  out += sql;
  out += ";\n";
}

}  // namespace wisp::tools
