// wisp erase: rows by key.
#include <string>
#include <utility>

#include "wisp/tools/database_access.h"
#include "wisp/tools/key_argument.h"
#include "wisp/tools/row_lookup.h"
#include "wisp/tools/wisp/commands.h"

namespace wisp::tools {
namespace {

Status erase_row(WriteBatch& batch, const Table& table, const Key& key) {
  // The engine does not mind a missing row, but who types a key wants to know.
  if (auto row = find_row(table, key); !row && row.error().code == ErrorCode::kNotFound) {
    return fail(std::move(row).error());
  }
  if (table.schema()->has_hidden_row_id()) {
    return batch.erase(table, static_cast<std::uint64_t>(key[0].as<std::int64_t>()));
  }
  return batch.erase(table, KeyValues(key));
}

}  // namespace

ExitCode erase_rows(Console& console, const EraseArguments& arguments) {
  auto opened = open_table(console, arguments.database, arguments.table, OpenMode::kReadWrite);
  if (!opened) return console.failed(opened.error());
  auto keys = parse_keys(*opened->table.schema(), arguments.keys);
  if (!keys) return console.failed(keys.error());
  ExitCode code = ExitCode::kOk;
  {
    WriteBatch batch = opened->database.batch();
    for (const Key& key : *keys) {
      if (auto status = erase_row(batch, opened->table, key); !status) {
        code = worse_of(code, console.failed(status.error()));
      }
    }
    if (batch.row_count() > 0) {
      if (auto status = batch.commit(); !status) return console.failed(status.error());
    }
  }
  if (auto status = opened->database.close(); !status) return console.failed(status.error());
  return code;
}

}  // namespace wisp::tools
