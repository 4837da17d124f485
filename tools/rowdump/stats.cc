// rowdump stats: reads every row of a table and says what it found.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wisp/schema/json.h"
#include "wisp/tools/database_access.h"
#include "wisp/tools/number_text.h"
#include "wisp/tools/record_writer.h"
#include "wisp/tools/rowdump/commands.h"
#include "wisp/tools/rowdump/row_walk.h"
#include "wisp/tools/table_summary.h"

namespace wisp::tools {
namespace {

// One table, read to its end.
struct Report {
  const Schema& schema;
  const TableSummary& summary;
  const TableStats& stored;
  std::uint64_t damaged_rows;

  std::uint64_t rows() const { return summary.row_bytes.count(); }
  double percent_of_rows(std::uint64_t count) const {
    return rows() == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(rows());
  }
  double filled_percent() const {
    return schema.column_count() == 0 ? 0
                                      : 100.0 * summary.columns_present.average() /
                                            static_cast<double>(schema.column_count());
  }
};

std::string json_string(std::string_view text) {
  std::string json;
  print_json_string(text, json);
  return json;
}

void append_sizes_json(const char* name, const SizeCounts& sizes, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 R"("{}":{{"total":{},"average":{:.1f},"p50":{},"p90":{},"p99":{},"max":{}}})",
                 name, sizes.total(), sizes.average(), sizes.percentile(50), sizes.percentile(90),
                 sizes.percentile(99), sizes.largest());
}

// The columns to list: all, or those that some row has, fullest first.
std::vector<std::uint32_t> listed_columns(const Report& report, bool all) {
  std::vector<std::uint32_t> columns(report.schema.column_count());
  std::iota(columns.begin(), columns.end(), 0u);
  if (all) return columns;
  const auto& found = report.summary.columns;
  std::erase_if(columns, [&](std::uint32_t i) { return found[i].rows == 0; });
  std::stable_sort(columns.begin(), columns.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return found[a].rows > found[b].rows; });
  return columns;
}

void append_report_json(const Report& report, bool all, std::string& out) {
  const TableSummary& summary = report.summary;
  const auto it = std::back_inserter(out);
  fmt::format_to(it, R"({{"table":{},"rows":{},"damaged_rows":{},"columns":{},)",
                 json_string(report.schema.table_name()), report.rows(), report.damaged_rows,
                 report.schema.column_count());
  fmt::format_to(it, R"("filled_percent":{:.3f},"disk_bytes":{},"memtable_bytes":{},)",
                 report.filled_percent(), report.stored.disk_bytes, report.stored.memtable_bytes);
  append_sizes_json("row_bytes", summary.row_bytes, out);
  out += ',';
  append_sizes_json("key_bytes", summary.key_bytes, out);
  out += ',';
  append_sizes_json("columns_per_row", summary.columns_present, out);
  out += R"(,"encodings":{)";
  const char* separator = "";
  for (const auto& [name, count] : summary.forms.encodings) {
    fmt::format_to(it, "{}{}:{}", std::exchange(separator, ","), json_string(name), count);
  }
  out += R"(},"schema_versions":{)";
  separator = "";
  for (const auto& [version, count] : summary.forms.versions) {
    fmt::format_to(it, "{}\"{}\":{}", std::exchange(separator, ","), version, count);
  }
  out += R"(},"column_stats":[)";
  separator = "";
  for (const std::uint32_t i : listed_columns(report, all)) {
    const Column& column = report.schema.column(ColumnIndex{i});
    fmt::format_to(
        it, R"({}{{"name":{},"type":{},"rows":{},"filled_percent":{:.3f},"value_bytes":{}}})",
        std::exchange(separator, ","), json_string(column.name), json_string(column.type.to_sql()),
        summary.columns[i].rows, report.percent_of_rows(summary.columns[i].rows),
        summary.columns[i].value_bytes);
  }
  out += "]}";
}

void append_counts_text(const char* title, const auto& counts, const Report& report,
                        std::string& out) {
  out += title;
  const char* separator = "";
  for (const auto& [name, count] : counts) {
    fmt::format_to(std::back_inserter(out), "{}{} {} ({:.1f} %)", std::exchange(separator, ", "),
                   name, grouped(count), report.percent_of_rows(count));
  }
  out += counts.empty() ? "none\n" : "\n";
}

void append_sizes_text(const char* title, const SizeCounts& sizes, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}average {:.1f}, p50 {}, p90 {}, p99 {}, max {}\n",
                 title, sizes.average(), grouped(sizes.percentile(50)),
                 grouped(sizes.percentile(90)), grouped(sizes.percentile(99)),
                 grouped(sizes.largest()));
}

void append_summary_text(const Report& report, std::string& out) {
  const TableSummary& summary = report.summary;
  const auto it = std::back_inserter(out);
  fmt::format_to(it, "table            {}\n", report.schema.table_name());
  fmt::format_to(it, "rows             {}\n", grouped(report.rows()));
  if (report.damaged_rows > 0) {
    fmt::format_to(it, "damaged rows     {}\n", grouped(report.damaged_rows));
  }
  fmt::format_to(it, "columns          {}, {:.2f} % filled\n", report.schema.column_count(),
                 report.filled_percent());
  append_sizes_text("columns per row  ", summary.columns_present, out);
  append_sizes_text("bytes per row    ", summary.row_bytes, out);
  append_sizes_text("bytes per key    ", summary.key_bytes, out);
  fmt::format_to(it, "on disk          {} in files, {} in memtables\n",
                 byte_size(report.stored.disk_bytes), byte_size(report.stored.memtable_bytes));
  append_counts_text("encodings        ", summary.forms.encodings, report, out);
  append_counts_text("schema versions  ", summary.forms.versions, report, out);
  out += '\n';
}

void write_columns(const Report& report, bool all, RecordWriter& writer) {
  for (const std::uint32_t i : listed_columns(report, all)) {
    const Column& column = report.schema.column(ColumnIndex{i});
    const ColumnSummary& found = report.summary.columns[i];
    const std::array<std::string, 6> texts = {
        report.schema.table_name(),
        column.name,
        column.type.to_sql(),
        fmt::format("{}", found.rows),
        fmt::format("{:.3f}", report.percent_of_rows(found.rows)),
        fmt::format("{}", found.value_bytes)};
    std::array<Cell, 6> cells;
    for (std::uint32_t field = 0; field < cells.size(); ++field) {
      cells[field] = {field, texts[field]};
    }
    writer.write(cells, column.name);
  }
}

// Prints reports in the format asked for, one table after the other.
class ReportPrinter {
 public:
  ReportPrinter(Console& console, const StatsArguments& arguments)
      : console_(console), format_(arguments.format), all_(arguments.all) {
    if (format_ == OutputFormat::kAuto) {
      format_ = console.stdout_is_terminal() ? OutputFormat::kTable : OutputFormat::kJsonLines;
    }
    if (format_ == OutputFormat::kCsv) csv_ = column_writer();
    if (format_ == OutputFormat::kJson) console_.out().append("[\n");
  }

  void print(const Report& report) {
    std::string& out = console_.out().buffer();
    const bool later = std::exchange(any_, true);
    if (csv_) {
      write_columns(report, all_, *csv_);
    } else if (format_ == OutputFormat::kJsonLines || format_ == OutputFormat::kJson) {
      if (later && format_ == OutputFormat::kJson) out += ",\n";
      append_report_json(report, all_, out);
      if (format_ == OutputFormat::kJsonLines) out += '\n';
    } else {
      if (later) out += '\n';
      append_summary_text(report, out);
      const auto columns = column_writer();
      write_columns(report, all_, *columns);
      columns->finish();
    }
    console_.out().flush_if_full();
  }

  void finish() {
    if (csv_) csv_->finish();
    if (format_ == OutputFormat::kJson) console_.out().append(any_ ? "\n]\n" : "]\n");
  }

 private:
  std::unique_ptr<RecordWriter> column_writer() {
    RecordOptions options;
    options.format = format_;
    options.field_noun = "fields";
    return make_record_writer(console_,
                              {{"table"},
                               {"column"},
                               {"type"},
                               {"rows", true},
                               {"filled_percent", true},
                               {"value_bytes", true}},
                              options);
  }

  Console& console_;
  OutputFormat format_;
  bool all_;
  bool any_ = false;
  std::unique_ptr<RecordWriter> csv_;
};

ExitCode report_table(Console& console, const Database& database, const std::string& name,
                      ReportPrinter& printer) {
  auto table = database.table(name);
  if (!table) return console.failed(table.error());
  auto stored = database.table_stats(*table);
  if (!stored) return console.failed(stored.error());
  auto cursor = table->scan();
  if (!cursor) return console.failed(cursor.error());
  TableSummary summary(*table->schema());
  RowWalk walk(console, *table, std::move(*cursor));
  while (walk.next()) {
    if (auto added = summary.add(walk.row()); !added) walk.report(added.error());
  }
  printer.print({*table->schema(), summary, *stored, walk.damaged_rows()});
  return walk.code();
}

}  // namespace

ExitCode show_stats(Console& console, const StatsArguments& arguments) {
  auto database = open_database(console, arguments.database, OpenMode::kReadOnly);
  if (!database) return console.failed(database.error());
  std::vector<std::string> names = database->table_names();
  if (arguments.table) {
    auto table = database->table(*arguments.table);
    if (!table) return console.failed(table.error());
    names = {table->schema()->table_name()};
  }
  ReportPrinter printer(console, arguments);
  ExitCode code = ExitCode::kOk;
  for (const std::string& name : names) {
    code = worse_of(code, report_table(console, *database, name, printer));
    if (code == ExitCode::kInterrupted || !console.out().usable()) break;
  }
  printer.finish();
  return code;
}

}  // namespace wisp::tools
