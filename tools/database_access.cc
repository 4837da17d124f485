#include "wisp/tools/database_access.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace wisp::tools {

Result<Database> open_database(Console& console, const std::string& path, OpenMode mode) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    if (error && error != std::errc::no_such_file_or_directory) {
      return fail(ErrorCode::kIo, error.message(), path);
    }
    return fail(ErrorCode::kIo,
                "no such database; `wisp create` makes one from CREATE TABLE statements", path);
  }
  if (!std::filesystem::is_directory(status)) {
    return fail(ErrorCode::kIo, "not a directory; a Wisp database is a directory", path);
  }
  DatabaseOptions options;
  options.mode = mode;
  auto opened = Database::open(path, options);
  if (!opened) {
    Error failure = std::move(opened).error();
    // "Not found" is for rows and tables, "invalid argument" for the command line; what is wrong
    // here is the path, or the files in it.
    if (failure.code == ErrorCode::kNotFound || failure.code == ErrorCode::kInvalidArgument) {
      failure.code = ErrorCode::kIo;
    }
    return fail(std::move(failure));
  }
  Database database = std::move(*opened);
  for (const std::string& warning : database.open_report().warnings) {
    console.note(std::string(path).append(": warning: ").append(warning));
  }
  return database;
}

Result<Database> open_or_create_database(Console& console, const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool fresh =
      !std::filesystem::exists(status) ||
      (std::filesystem::is_directory(status) && std::filesystem::is_empty(path, error) && !error);
  if (fresh) return Database::create(path);
  return open_database(console, path, OpenMode::kReadWrite);
}

Result<OpenTable> open_table(Console& console, const std::string& path, const std::string& table,
                             OpenMode mode) {
  WISP_ASSIGN(Database database, open_database(console, path, mode));
  WISP_ASSIGN(Table found, database.table(table));
  return OpenTable{std::move(database), std::move(found)};
}

}  // namespace wisp::tools
