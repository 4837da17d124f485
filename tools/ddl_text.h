// Schemas as SQL statements that the DDL parser reads back.
#pragma once

#include <span>
#include <string>

#include "wisp/schema/schema.h"

namespace wisp::tools {

// Appends "CREATE TYPE ... AS (...);" for each type, in the order given.
void append_create_types(std::span<const Type> types, std::string& out);

// Appends "CREATE TABLE ...;".
void append_create_table(const Schema& schema, std::string& out);

}  // namespace wisp::tools
