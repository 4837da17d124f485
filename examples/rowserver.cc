// A small database process on Wisp: one line in, JSON lines and OK or ERROR out, on a Unix socket.
//
//   g++ -std=c++20 rowserver.cc $(pkg-config --cflags --libs wisp) -pthread -o rowserver
//   ./rowserver shop.db /tmp/shop.sock &
//   socat - UNIX-CONNECT:/tmp/shop.sock
//
//   CREATE ..., ALTER ..., DROP ...       SQL statements of one line
//   PUT table {"id":1,"name":"Ann"}       stores a row; what is left out is NULL
//   UPDATE table {"id":1,"age":7}         changes the columns named (null: to NULL), of a row that
//                                         must exist
//   GET table {"id":1}                    {"row_id":n} where the table has no key
//   ERASE table {"id":1}
//   SCAN table [LIMIT n] [WHERE condition]
//   TABLES
//
// Every connection has a thread; they share the Database and its tables. SIGINT and SIGTERM end the
// process after what is running; a client that does not read its reply is not waited for long.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <wisp/codec/predicate_text.h>
#include <wisp/engine/database.h>
#include <wisp/schema/json.h>

namespace {

using wisp::ErrorCode;
using wisp::Result;
using wisp::Status;
using wisp::Value;

constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;
constexpr std::chrono::seconds kLastReplies{2};

std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
  return word;
}

// ---- Rows as JSON objects ----

// The columns as a ROW type, so that the JSON reader checks names and values.
wisp::Type row_type(const wisp::Schema& schema) {
  std::vector<wisp::RowField> fields;
  for (const wisp::Column& c : schema.columns()) fields.push_back({0, c.name, c.type, true});
  return wisp::Type::row(std::move(fields));
}

wisp::Type key_type(const wisp::Schema& schema) {
  std::vector<wisp::RowField> fields;
  for (const wisp::KeyPart& part : schema.key()) {
    const wisp::Column& c = schema.column(part.column);
    fields.push_back({0, c.name, c.type, false});
  }
  if (fields.empty()) fields.push_back({0, "row_id", wisp::Type(wisp::TypeKind::kBigInt), false});
  return wisp::Type::row(std::move(fields));
}

Result<std::vector<Value>> parse_key(const wisp::Schema& schema, std::string_view json) {
  WISP_ASSIGN(const Value key, parse_json_value(key_type(schema), json));
  if (key.is_null()) return wisp::fail(ErrorCode::kParse, "the key is an object, not null");
  return key.as<wisp::ValueRow>().fields;
}

Status append_row(const wisp::RowRef& row, std::string& out) {
  WISP_ASSIGN(const auto columns, row.present_columns());
  const char* separator = "{";
  if (row.schema().has_hidden_row_id()) {
    WISP_ASSIGN(const std::uint64_t id, row.row_id());
    out += "{\"row_id\":" + std::to_string(id);
    separator = ",";
  }
  for (const wisp::ColumnIndex i : columns) {
    const wisp::Column& column = row.schema().column(i);
    WISP_ASSIGN(const Value value, row.value(i));
    out += separator;
    wisp::print_json_string(column.name, out);
    out += ':';
    wisp::print_json_value(column.type, value, out);
    separator = ",";
  }
  out += *separator == '{' ? "{}\n" : "}\n";
  return {};
}

// ---- Commands: each appends its data lines to `out` ----

Status put(wisp::Database& db, std::string_view arguments, std::string& out) {
  WISP_ASSIGN(const wisp::Table table, db.table(take_word(arguments)));
  WISP_ASSIGN(const Value parsed, parse_json_value(row_type(*table.schema()), arguments));
  if (parsed.is_null()) return wisp::fail(ErrorCode::kParse, "a row is an object, not null");
  const std::vector<Value>& fields = parsed.as<wisp::ValueRow>().fields;
  wisp::RowBuilder row = table.row_builder();
  for (std::uint32_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].is_null()) WISP_TRY(row.set_value(wisp::ColumnIndex{i}, fields[i]));
  }
  WISP_ASSIGN(const std::uint64_t id, table.put(row));
  if (table.schema()->has_hidden_row_id()) out += "{\"row_id\":" + std::to_string(id) + "}\n";
  return {};
}

Status update(wisp::Database& db, std::string_view arguments, std::string&) {
  WISP_ASSIGN(const wisp::Table table, db.table(take_word(arguments)));
  const wisp::Schema& schema = *table.schema();
  if (schema.has_hidden_row_id()) {
    return wisp::fail(ErrorCode::kUnsupported, "UPDATE is for tables with a declared key");
  }
  WISP_ASSIGN(const Value parsed, parse_json_value(row_type(schema), arguments));
  if (parsed.is_null()) return wisp::fail(ErrorCode::kParse, "a row is an object, not null");
  const std::vector<Value>& fields = parsed.as<wisp::ValueRow>().fields;
  std::vector<Value> key;
  for (const wisp::KeyPart& part : schema.key()) key.push_back(fields[to_underlying(part.column)]);
  wisp::PatchBuilder patch = table.patch_builder();
  // A ROW does not tell what was null from what was left out; a MAP has the names that were there.
  const wisp::Type map = wisp::Type::map(wisp::Type::varchar(), wisp::Type(wisp::TypeKind::kJson));
  WISP_ASSIGN(const Value named, parse_json_value(map, arguments));
  for (const auto& entry : named.as<wisp::ValueMap>().entries) {
    WISP_ASSIGN(const wisp::ColumnIndex column,
                schema.find(entry.first.as<std::string>(), wisp::NameMatch::kExact));
    if (schema.is_key_column(column)) continue;
    const Value& value = fields[to_underlying(column)];
    WISP_TRY(value.is_null() ? patch.set_null(column) : patch.set_value(column, value));
  }
  return table.update(key, patch, wisp::OnMissing::kFail);
}

Status get(wisp::Database& db, std::string_view arguments, std::string& out) {
  WISP_ASSIGN(const wisp::Table table, db.table(take_word(arguments)));
  WISP_ASSIGN(const std::vector<Value> key, parse_key(*table.schema(), arguments));
  WISP_ASSIGN(const std::optional<wisp::Row> row, table.get(key));
  if (!row) return wisp::fail(ErrorCode::kNotFound, "no such row");
  return append_row(*row, out);
}

Status erase(wisp::Database& db, std::string_view arguments, std::string&) {
  WISP_ASSIGN(const wisp::Table table, db.table(take_word(arguments)));
  WISP_ASSIGN(const std::vector<Value> key, parse_key(*table.schema(), arguments));
  return table.erase(key);
}

Status scan(wisp::Database& db, std::string_view arguments, std::string& out) {
  WISP_ASSIGN(const wisp::Table table, db.table(take_word(arguments)));
  wisp::ScanOptions options;
  std::string_view word = take_word(arguments);
  if (word == "LIMIT") {
    const std::string_view n = take_word(arguments);
    const auto parsed = std::from_chars(n.data(), n.data() + n.size(), options.limit);
    if (n.empty() || parsed.ec != std::errc() || parsed.ptr != n.data() + n.size()) {
      return wisp::fail(ErrorCode::kParse, "LIMIT takes a number");
    }
    word = take_word(arguments);
  }
  if (word == "WHERE") {
    WISP_ASSIGN(options.where, wisp::parse_predicate(table.layout(), arguments));
  } else if (!word.empty()) {
    return wisp::fail(ErrorCode::kParse, "SCAN table [LIMIT n] [WHERE condition]");
  }
  WISP_ASSIGN(wisp::Cursor cursor, table.scan(options));
  for (;;) {
    WISP_ASSIGN(const bool more, cursor.next());
    if (!more) return {};
    WISP_TRY(append_row(cursor.row(), out));
  }
}

Status tables(const wisp::Database& db, std::string& out) {
  for (const std::string& name : db.table_names()) out += name + '\n';
  return {};
}

Status run(wisp::Database& db, std::string_view line, std::string& out) {
  std::string_view arguments = line;
  const std::string_view command = take_word(arguments);
  if (command == "PUT") return put(db, arguments, out);
  if (command == "UPDATE") return update(db, arguments, out);
  if (command == "GET") return get(db, arguments, out);
  if (command == "ERASE") return erase(db, arguments, out);
  if (command == "SCAN") return scan(db, arguments, out);
  if (command == "TABLES") return tables(db, out);
  WISP_TRY(db.execute(line));  // SQL, or an error that says what was expected
  return {};
}

// ---- Connections ----

void answer(wisp::Database& db, std::string_view line, std::string& out) {
  const Status done = run(db, line, out);
  if (done) {
    out += "OK\n";
    return;
  }
  // Carets need their line; a reply is one line all the same.
  std::string message = done.error().to_string();
  for (std::size_t at = 0; (at = message.find('\n', at)) != std::string::npos; at += 3) {
    message.replace(at, 1, " | ");
  }
  out += "ERROR " + std::string(error_code_name(done.error().code)) + ": " + message + '\n';
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void serve(wisp::Database& db, int socket) {
  std::string input;
  std::string reply;
  char buffer[64 * 1024];
  for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
    input.append(buffer, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = input.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      reply.clear();
      answer(db, std::string_view(input).substr(begin, end - begin), reply);
      if (!send_all(socket, reply)) return;
    }
    input.erase(0, begin);
    if (input.size() > kMaxLineBytes) {
      (void)send_all(socket, "ERROR limit: the line is too long\n");
      return;
    }
  }
}

class Connections {
 public:
  explicit Connections(wisp::Database& db) : db_(db) {}

  void add(int socket) {
    reap();
    const std::lock_guard lock(mutex_);
    Connection& c = open_.emplace_back();
    c.socket = socket;
    c.thread = std::thread([this, &c] {
      serve(db_, c.socket);
      const std::lock_guard done(mutex_);
      c.finished = true;
      ::shutdown(c.socket, SHUT_RDWR);
      one_finished_.notify_one();
    });
  }

  // Ends all connections after the command that each is running. Clients have kLastReplies to read
  // what it gave: a send() to one that does not read would wait for ever.
  void stop() {
    {
      std::unique_lock lock(mutex_);
      for (Connection& c : open_) ::shutdown(c.socket, SHUT_RD);
      one_finished_.wait_for(lock, kLastReplies, [this] {
        return std::all_of(open_.begin(), open_.end(), [](const auto& c) { return c.finished; });
      });
      for (Connection& c : open_) ::shutdown(c.socket, SHUT_RDWR);
    }
    for (Connection& c : open_) {
      c.thread.join();
      ::close(c.socket);
    }
    open_.clear();
  }

 private:
  struct Connection {
    int socket = -1;
    bool finished = false;
    std::thread thread;
  };

  void reap() {
    const std::lock_guard lock(mutex_);
    open_.remove_if([](Connection& c) {
      if (!c.finished) return false;
      c.thread.join();
      ::close(c.socket);
      return true;
    });
  }

  wisp::Database& db_;
  std::mutex mutex_;
  std::condition_variable one_finished_;
  std::list<Connection> open_;
};

// Whether the socket at `path` is one that a killed server left: nobody answers there.
bool is_abandoned(const char* path, const sockaddr* address) {
  std::error_code ignored;
  if (!std::filesystem::is_socket(path, ignored)) return false;  // a file of somebody's
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const bool refused =
      socket >= 0 && ::connect(socket, address, sizeof(sockaddr_un)) != 0 && errno == ECONNREFUSED;
  if (socket >= 0) ::close(socket);
  return refused;
}

// A socket that listens at `path`; or -1, and errno says why.
int listen_on(const char* path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (std::string_view(path).size() >= sizeof name.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::string_view(path).copy(name.sun_path, sizeof name.sun_path - 1);
  const auto* const address = reinterpret_cast<const sockaddr*>(&name);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket < 0) return -1;
  if (is_abandoned(path, address)) ::unlink(path);
  if (::bind(socket, address, sizeof name) == 0 && ::listen(socket, 16) == 0) return socket;
  const int why = errno;
  ::close(socket);
  errno = why;
  return -1;
}

// A byte comes out of it when the process is to end.
int end_pipe[2];

void on_signal(int) {
  [[maybe_unused]] const auto written = ::write(end_pipe[1], "x", 1);
}

int serve_until_signal(wisp::Database& db, const char* socket_path) {
  const int listener = listen_on(socket_path);
  if (listener < 0 || ::pipe(end_pipe) != 0) {
    if (errno == EADDRINUSE) {
      std::fprintf(stderr, "%s: another server, or a file, is there\n", socket_path);
    } else {
      std::perror(socket_path);
    }
    return 1;
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::puts("ready");
  std::fflush(stdout);
  Connections connections(db);
  pollfd wait[] = {{listener, POLLIN, 0}, {end_pipe[0], POLLIN, 0}};
  for (;;) {
    if (::poll(wait, 2, -1) < 0) continue;  // a signal; its byte is in the pipe
    if (wait[1].revents != 0) break;
    const int socket = ::accept(listener, nullptr, nullptr);
    if (socket >= 0) connections.add(socket);
  }
  ::close(listener);
  ::unlink(socket_path);
  connections.stop();
  const Status closed = db.close();
  if (!closed) std::fprintf(stderr, "%s\n", closed.error().to_string().c_str());
  return closed ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: rowserver DATABASE SOCKET\n", stderr);
    return 2;
  }
  auto db = wisp::Database::exists(argv[1]) ? wisp::Database::open(argv[1])
                                            : wisp::Database::create(argv[1]);
  if (!db) {
    std::fprintf(stderr, "%s\n", db.error().to_string().c_str());
    return 1;
  }
  for (const std::string& warning : db->open_report().warnings) {
    std::fprintf(stderr, "%s\n", warning.c_str());
  }
  return serve_until_signal(*db, argv[2]);
}
