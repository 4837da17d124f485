#include "wisp/engine/store/rocks/held_logs.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wisp::store {

namespace {

bool is_log(std::string_view name) {
  return name.ends_with(".log");
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

rocksdb::Status HeldLogs::hold(const std::shared_ptr<rocksdb::FileSystem>& files,
                               const std::string& directory, std::shared_ptr<HeldLogs>& out) {
  std::shared_ptr<HeldLogs> held(new HeldLogs(files));
  // Until a listing has no new one: where logs come while it is made, it may have a later one and
  // lack one before.
  for (bool has_new = true; has_new;) {
    has_new = false;
    std::vector<std::string> names;
    rocksdb::IOStatus s = files->GetChildren(directory, {}, &names, nullptr);
    if (!s.ok()) return s;
    for (const std::string& name : names) {
      if (!is_log(name) || held->logs_.contains(name)) continue;
      s = held->add(directory, name);
      // Gone since it was listed: the manifest, which is read later, is done with it.
      if (s.IsPathNotFound() || s.IsNotFound()) continue;
      if (!s.ok()) return s;
      has_new = true;
    }
  }
  out = std::move(held);
  return rocksdb::Status::OK();
}

rocksdb::IOStatus HeldLogs::add(const std::string& directory, const std::string& name) {
  std::string path = directory;
  path.append("/").append(name);
  Log log;
  rocksdb::IOStatus s =
      target()->NewSequentialFile(path, rocksdb::FileOptions(), &log.file, nullptr);
  if (s.ok()) s = target()->GetFileSize(path, {}, &log.bytes, nullptr);
  if (s.ok()) logs_.emplace(name, std::move(log));
  return s;
}

rocksdb::IOStatus HeldLogs::NewSequentialFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                              rocksdb::IODebugContext* debug) {
  const auto log = logs_.find(name_of(path));
  if (log == logs_.end() || log->second.file == nullptr) {
    return FileSystemWrapper::NewSequentialFile(path, options, out, debug);
  }
  *out = std::move(log->second.file);
  return rocksdb::IOStatus::OK();
}

rocksdb::IOStatus HeldLogs::GetChildren(const std::string& directory,
                                        const rocksdb::IOOptions& options,
                                        std::vector<std::string>* out,
                                        rocksdb::IODebugContext* debug) {
  rocksdb::IOStatus s = FileSystemWrapper::GetChildren(directory, options, out, debug);
  if (!s.ok()) return s;
  out->erase(std::remove_if(out->begin(), out->end(), is_log), out->end());
  for (const auto& [name, log] : logs_) out->push_back(name);
  return s;
}

rocksdb::IOStatus HeldLogs::GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                        std::uint64_t* out, rocksdb::IODebugContext* debug) {
  rocksdb::IOStatus s = FileSystemWrapper::GetFileSize(path, options, out, debug);
  if (s.ok()) return s;
  const auto log = logs_.find(name_of(path));
  if (log == logs_.end()) return s;
  *out = log->second.bytes;
  return rocksdb::IOStatus::OK();
}

void HeldLogs::release() {
  for (auto& [name, log] : logs_) log.file.reset();
}

}  // namespace wisp::store
