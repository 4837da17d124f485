// The commands of `wisp`: what each gets from the command line, and the function that runs it.
//
// Each returns its exit code after it has said on stderr what went wrong; main flushes stdout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wisp/engine/options.h"
#include "wisp/tools/console.h"

namespace wisp::tools {

struct CreateArguments {
  std::string database;
  std::vector<std::string> files;  // "-": stdin
};
ExitCode create_tables(Console& console, const CreateArguments& arguments);

struct AlterArguments {
  std::string database;
  std::string script;  // statements, or the file that holds them: "-" (stdin) or *.sql
};
ExitCode alter_tables(Console& console, const AlterArguments& arguments);

enum class InputFormat { kByContent, kCsv, kJsonLines };

struct ImportArguments {
  std::string database;
  std::string table;
  std::string file;  // "-": stdin
  InputFormat format = InputFormat::kByContent;
  std::optional<std::string> create;   // DDL file
  std::optional<std::string> rejects;  // where bad records go
  std::size_t batch_rows = 1000;
  std::uint64_t skip_rows = 0;
  Durability durability = Durability::kWal;
  bool replace = false;  // a row whose key is there already replaces it; else it is a bad record
  bool quiet = false;
};
ExitCode import_file(Console& console, const ImportArguments& arguments);

struct PutArguments {
  std::string database;
  std::string table;
  std::optional<std::string> object;  // nullopt or "-": stdin
};
ExitCode put_rows(Console& console, const PutArguments& arguments);

struct EraseArguments {
  std::string database;
  std::string table;
  std::vector<std::string> keys;
};
ExitCode erase_rows(Console& console, const EraseArguments& arguments);

}  // namespace wisp::tools
