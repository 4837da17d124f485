#include "wisp/tools/wisp/rejects.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "wisp/tools/csv_writer.h"

namespace wisp::tools {
namespace {

std::string reasons_path(const std::string& path) {
  return path + ".errors";
}

tl::unexpected<Error> io_error(const std::string& path) {
  return fail(ErrorCode::kIo, std::generic_category().message(errno), path);
}

}  // namespace

Result<Rejects> Rejects::open(const std::string& path, std::string_view header) {
  for (const std::string& file : {path, reasons_path(path)}) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
      return fail(ErrorCode::kAlreadyExists,
                  "the file for rejected records is there already; move it away first", file);
    }
  }
  Rejects rejects;
  rejects.path_ = path;
  rejects.header_ = header;
  return rejects;
}

Status Rejects::create_files() {
  records_.reset(std::fopen(path_.c_str(), "wxe"));
  if (!records_) return io_error(path_);
  reasons_.reset(std::fopen(reasons_path(path_).c_str(), "wxe"));
  if (!reasons_) return io_error(reasons_path(path_));
  if (!header_.empty()) fmt::print(records_.get(), "{}\n", header_);
  fmt::print(reasons_.get(), "line,column,reason\n");
  return {};
}

Status Rejects::add(std::string_view raw, std::uint64_t line, const Error& error) {
  if (!records_) WISP_TRY(create_files());
  std::string record(raw);
  record += '\n';
  std::string reason = fmt::format("{},", line);
  if (!error.where.empty()) append_csv_cell(error.where, reason);
  reason += ',';
  append_csv_cell(error.message, reason);
  reason += '\n';
  if (std::fwrite(record.data(), 1, record.size(), records_.get()) != record.size()) {
    return io_error(path_);
  }
  if (std::fwrite(reason.data(), 1, reason.size(), reasons_.get()) != reason.size()) {
    return io_error(reasons_path(path_));
  }
  return {};
}

Status Rejects::finish() {
  if (!records_) return {};
  if (std::fclose(records_.release()) != 0) return io_error(path_);
  if (std::fclose(reasons_.release()) != 0) return io_error(reasons_path(path_));
  return {};
}

}  // namespace wisp::tools
