// A user's program on the codec alone: a row as bytes and back, no store.
#include <wisp/codec/row_builder.h>
#include <wisp/codec/row_view.h>
#include <wisp/schema/ddl.h>

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <variant>

namespace {

wisp::Status run() {
  WISP_ASSIGN(auto script, wisp::parse_ddl("CREATE TABLE t (a INTEGER, b INTEGER)"));
  const auto layout = wisp::Layout::make(std::get<wisp::CreateTable>(script.statements[0]).schema);
  WISP_ASSIGN(auto a, layout->column<std::int32_t>("a"));
  WISP_ASSIGN(auto b, layout->column<std::int32_t>("b"));

  wisp::RowBuilder builder(layout);
  builder.set(b, 42);
  std::string bytes;
  WISP_TRY(builder.finish_row(bytes));

  WISP_ASSIGN(auto row, wisp::RowView::open(*layout, std::as_bytes(std::span(bytes))));
  std::printf("%s %d\n", row[a] ? "set" : "NULL", row[b].value_or(0));
  return {};
}

}  // namespace

int main() {
  const wisp::Status done = run();
  if (!done) std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
  return done ? 0 : 1;
}
