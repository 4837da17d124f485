// wisp import: a file into a table, in atomic batches.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "wisp/tools/database_access.h"
#include "wisp/tools/interrupt.h"
#include "wisp/tools/number_text.h"
#include "wisp/tools/progress.h"
#include "wisp/tools/text_file.h"
#include "wisp/tools/wisp/commands.h"
#include "wisp/tools/wisp/import_source.h"
#include "wisp/tools/wisp/import_target.h"
#include "wisp/tools/wisp/rejects.h"

namespace wisp::tools {
namespace {

// A batch of very large rows is written before it has its number of rows.
constexpr std::size_t kMaxBatchBytes = std::size_t{16} << 20;

bool is_about_data(ErrorCode code) {
  return code == ErrorCode::kParse || code == ErrorCode::kConstraint || code == ErrorCode::kLimit ||
         code == ErrorCode::kInvalidArgument || code == ErrorCode::kAlreadyExists;
}

// The rows of one file on their way into one table.
class Import {
 public:
  Import(Console& console, const ImportArguments& arguments, Database& database, Table table,
         ImportSource& source, std::optional<Rejects>& rejects, Progress& progress)
      : console_(console),
        arguments_(arguments),
        table_(std::move(table)),
        source_(source),
        rejects_(rejects),
        progress_(progress),
        row_(table_.row_builder()),
        batch_(database.batch()) {}

  // Reads to the end, to the first thing that stops it, or to an interruption. What was read before
  // is committed in every case, unless the store fails.
  ExitCode run() {
    ExitCode code = ExitCode::kOk;
    for (bool more = true; more;) {
      if (interrupted()) {
        code = ExitCode::kInterrupted;
        break;
      }
      code = step(more);
    }
    const ExitCode committed = store_failed_ ? code : commit();
    return worse_of(code, committed);
  }

  std::uint64_t committed_rows() const noexcept { return committed_rows_; }
  std::uint64_t rejected_rows() const noexcept { return rejected_rows_; }
  // Records at the start of the file that are done with: committed, rejected or skipped.
  std::uint64_t done_records() const noexcept { return done_records_; }

 private:
  // One record. Sets `more` to false at the end and where the import has to stop.
  ExitCode step(bool& more) {
    row_.clear();
    auto read = source_.next(row_);
    if (!read && interrupted()) {
      // A read that waited for more input (a pipe) was cut short.
      more = false;
      return ExitCode::kInterrupted;
    }
    if (!read) return stop(more, read.error());
    if (*read == ImportSource::Step::kEnd) {
      more = false;
      return ExitCode::kOk;
    }
    if (records_ < arguments_.skip_rows) {
      ++records_;
      return ExitCode::kOk;
    }
    Status taken;
    if (*read == ImportSource::Step::kBad) {
      taken = fail(source_.bad());
    } else {
      taken = add_row();
    }
    if (!taken) {
      if (!is_about_data(taken.error().code)) return stop(more, taken.error());
      const ExitCode code = bad_record(taken.error());
      if (code != ExitCode::kOk) more = false;
      return code;
    }
    ++records_;
    if (batch_.row_count() < arguments_.batch_rows && batch_.size_bytes() < kMaxBatchBytes) {
      return ExitCode::kOk;
    }
    const ExitCode code = commit();
    if (code != ExitCode::kOk) more = false;
    return code;
  }

  // Adds the row to the batch, unless its key is taken: a file that says two things of one key
  // would otherwise lose the first of them silently.
  Status add_row() {
    if (!arguments_.replace && !table_.schema()->has_hidden_row_id()) {
      std::string key;
      WISP_TRY(row_.finish_key(key));
      WISP_ASSIGN(const bool stored, table_.get_encoded(key, existing_));
      if (stored || !batch_keys_.insert(std::move(key)).second) {
        return fail(ErrorCode::kAlreadyExists,
                    "a row with this key is there already (--replace lets the later one win)");
      }
    }
    auto put = batch_.put(table_, row_);
    if (put) return {};
    Error error = std::move(put).error();
    // Only a source's error has a column as its place; the engine's has the table.
    if (is_about_data(error.code)) error = {error.code, error.to_string(), {}};
    return fail(std::move(error));
  }

  ExitCode stop(bool& more, const Error& error) {
    more = false;
    progress_.clear();
    return console_.failed(error);
  }

  ExitCode bad_record(const Error& error) {
    if (rejects_) {
      if (auto status = rejects_->add(source_.raw(), source_.line(), error); !status) {
        progress_.clear();
        return console_.failed(status.error());
      }
      ++records_;
      ++rejected_rows_;
      return ExitCode::kOk;
    }
    progress_.clear();
    const std::string column =
        error.where.empty() ? "" : fmt::format(", column \"{}\"", error.where);
    console_.note(
        fmt::format("{}: line {}{}: {}", arguments_.file, source_.line(), column, error.message));
    return ExitCode::kDiffers;
  }

  ExitCode commit() {
    const std::size_t rows = batch_.row_count();
    if (rows == 0) {
      done_records_ = records_;
      return ExitCode::kOk;
    }
    if (auto status = batch_.commit({.durability = arguments_.durability}); !status) {
      progress_.clear();
      store_failed_ = true;
      return console_.failed(status.error());
    }
    batch_.clear();
    batch_keys_.clear();
    committed_rows_ += rows;
    done_records_ = records_;
    progress_.update(committed_rows_, source_.data_bytes(), source_.file_bytes());
    return ExitCode::kOk;
  }

  Console& console_;
  const ImportArguments& arguments_;
  Table table_;
  ImportSource& source_;
  std::optional<Rejects>& rejects_;
  Progress& progress_;
  RowBuilder row_;
  WriteBatch batch_;
  std::unordered_set<std::string> batch_keys_;  // of rows that are not committed yet
  Row existing_;                                // reused by add_row()
  std::uint64_t records_ = 0;                   // read and taken, rejected or skipped
  std::uint64_t done_records_ = 0;
  std::uint64_t committed_rows_ = 0;
  std::uint64_t rejected_rows_ = 0;
  bool store_failed_ = false;
};

struct Target {
  Database database;
  Table table;
};

// Opens or makes the table; before anything is made, the file's header must fit.
Result<Target> open_target(Console& console, const ImportArguments& arguments,
                           ImportSource& source) {
  if (!arguments.create) {
    WISP_ASSIGN(OpenTable opened,
                open_table(console, arguments.database, arguments.table, OpenMode::kReadWrite));
    WISP_TRY(source.bind(opened.table.layout()));
    return Target{std::move(opened.database), std::move(opened.table)};
  }
  WISP_ASSIGN(const std::string sql, read_text(*arguments.create));
  const auto plan = [&](std::span<const Type> types) -> Result<PlannedTable> {
    auto planned = plan_table(sql, types, arguments.table);
    if (!planned) return fail(std::move(planned).error().within(*arguments.create));
    WISP_TRY(source.bind(Layout::make(planned->schema)));
    return planned;
  };
  if (!Database::exists(arguments.database)) WISP_TRY(plan({}));
  WISP_ASSIGN(Database database, open_or_create_database(console, arguments.database));
  WISP_ASSIGN(const PlannedTable planned, plan(database.types()));
  for (const Diagnostic& warning : planned.warnings) {
    console.note(*arguments.create + ": warning: " + warning.to_string());
  }
  WISP_ASSIGN(Table table, make_table(database, planned));
  WISP_TRY(source.bind(table.layout()));
  return Target{std::move(database), std::move(table)};
}

std::string summary(const Import& import, const ImportSource& source, const TableStats& stats,
                    double seconds, const std::optional<Rejects>& rejects) {
  std::string text = fmt::format("{} committed", counted(import.committed_rows(), "row"));
  if (import.rejected_rows() > 0) {
    text += fmt::format(", {} rejected to {}", counted(import.rejected_rows(), "record"),
                        rejects->path());
  }
  text += fmt::format(
      "; {} in {:.2f} s: {} rows/s, {:.1f} MB/s; table now {} on disk",
      byte_size(source.data_bytes()), seconds,
      grouped(static_cast<std::uint64_t>(static_cast<double>(import.committed_rows()) / seconds)),
      static_cast<double>(source.data_bytes()) / 1e6 / seconds, byte_size(stats.disk_bytes));
  return text;
}

// The last steps of an import, also of one that stopped early.
ExitCode finish(Console& console, const ImportArguments& arguments, Target& target,
                const Import& import, const ImportSource& source, std::optional<Rejects>& rejects,
                std::chrono::steady_clock::time_point start, ExitCode code) {
  if (rejects) {
    if (auto status = rejects->finish(); !status) {
      code = worse_of(code, console.failed(status.error()));
    }
  }
  // Batches waited for the operating system only; from here on the rows survive a power cut.
  if (auto status = target.database.flush(); !status) {
    code = worse_of(code, console.failed(status.error()));
  }
  if (code != ExitCode::kOk) {
    console.note(
        fmt::format("{}{} committed, nothing of what follows; to go on from there: --skip {}",
                    code == ExitCode::kInterrupted ? "interrupted: " : "stopped: ",
                    counted(import.committed_rows(), "row"), import.done_records()));
  } else if (!arguments.quiet) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const auto stats = target.database.table_stats(target.table);
    console.note(
        summary(import, source, stats ? *stats : TableStats{}, elapsed.count() + 1e-9, rejects));
  }
  return code;
}

}  // namespace

ExitCode import_file(Console& console, const ImportArguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  auto source = open_import_source(arguments.file, arguments.format);
  if (!source) return console.failed(source.error());
  std::optional<Rejects> rejects;
  if (arguments.rejects) {
    auto opened = Rejects::open(*arguments.rejects, (*source)->header());
    if (!opened) return console.failed(opened.error());
    rejects = std::move(*opened);
  }
  auto target = open_target(console, arguments, **source);
  if (!target) return console.failed(target.error());
  ExitCode code = ExitCode::kOk;
  {
    Progress progress(console.stderr_is_terminal() && !arguments.quiet,
                      (*source)->total_file_bytes());
    Import import(console, arguments, target->database, target->table, **source, rejects, progress);
    code = import.run();
    progress.clear();
    code = finish(console, arguments, *target, import, **source, rejects, start, code);
  }
  if (auto status = target->database.close(); !status) {
    code = worse_of(code, console.failed(status.error()));
  }
  return code;
}

}  // namespace wisp::tools
