// A user's program on the engine: a table by SQL, a row in, a field out.
#include <wisp/engine/database.h>

#include <cstdio>
#include <string_view>

namespace {

wisp::Status run() {
  WISP_ASSIGN(auto database, wisp::Database::create("market.db"));
  WISP_TRY(database.execute("CREATE TABLE quote (bid DOUBLE, ask DOUBLE, venue VARCHAR)"));
  WISP_ASSIGN(auto quotes, database.table("quote"));
  WISP_ASSIGN(auto bid, quotes.column<double>("bid"));
  WISP_ASSIGN(auto ask, quotes.column<double>("ask"));
  WISP_ASSIGN(auto venue, quotes.column<std::string_view>("venue"));

  wisp::RowBuilder builder = quotes.row_builder();
  builder.set(bid, 1.25);
  builder.set(venue, "here");
  WISP_ASSIGN(auto id, quotes.put(builder));

  WISP_ASSIGN(auto row, quotes.get(id));
  if (!row) return wisp::fail(wisp::ErrorCode::kNotFound, "the row is gone");
  const std::string_view where = (*row)[venue].value_or("nowhere");
  std::printf("%.2f %s %.*s\n", (*row)[bid].value_or(0), (*row)[ask] ? "set" : "NULL",
              static_cast<int>(where.size()), where.data());
  return {};
}

}  // namespace

int main() {
  const wisp::Status done = run();
  if (!done) std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
  return done ? 0 : 1;
}
