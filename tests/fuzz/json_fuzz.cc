// JSON values: whatever parses fits its type, and prints as JSON that parses to the same value.
#include "fuzz_target.h"
#include "wisp/schema/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wisp;
  static const std::vector<Type> types = [] {
    std::vector<Type> out;
    for (const SchemaPtr& schema : fuzz::schemas()) {
      std::vector<RowField> fields;
      for (const Column& c : schema->columns()) fields.push_back({0, c.name, c.type, c.nullable});
      out.push_back(Type::row(std::move(fields)));
    }
    out.push_back(Type(TypeKind::kJson));
    return out;
  }();
  if (size == 0) return 0;
  const Type& type = types[data[0] % types.size()];
  const fuzz::ExactBytes json(data + 1, size - 1);
  const auto value = parse_json_value(type, json.text());
  if (!value || value->is_null()) return 0;
  fuzz::require(check_value(type, *value, "").has_value(), "a parsed value fits its type");
  std::string printed;
  print_json_value(type, *value, printed);
  const auto again = parse_json_value(type, printed);
  fuzz::require(again.has_value(), "a value prints as JSON that parses");
  std::string printed_again;
  print_json_value(type, *again, printed_again);
  fuzz::require(printed == printed_again, "a value prints as JSON of the same value");
  return 0;
}
