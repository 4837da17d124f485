// ALTER TYPE: changes of named ROW types, and with them of the tables that use them.

#include <algorithm>

#include "wisp/schema/ddl_parser.h"
#include "wisp/schema/near_name.h"

namespace wisp::ddl {
namespace {

// `known` in the order in which `changed` has some of them.
template <typename T, typename NameOf>
void take_changed(const std::vector<T>& changed, std::vector<T>& known, NameOf&& name_of) {
  auto next = changed.begin();
  for (T& one : known) {
    if (next == changed.end()) return;
    if (name_of(*next) == name_of(one)) one = *next++;
  }
}

}  // namespace

// ALTER TYPE name ADD ATTRIBUTE attribute type [CASCADE | RESTRICT], ...
Status Parser::parse_alter_type(DdlScript& script) {
  WISP_ASSIGN(const Name name, expect_qualified_name("the name of a type"));
  WISP_ASSIGN(Type type, expect_known_type(name));
  do {
    WISP_ASSIGN(type, parse_attribute(type));
  } while (take_symbol(','));
  auto change = change_type(type, types_, schemas_);
  if (!change) return fail_at(name.offset, change.error().to_string(), change.error().code);
  WISP_TRY(check_type_nodes(*change, name));
  take_changed(
      change->types, types_, [](const Type& t) -> auto& { return t.type_name(); });
  take_changed(
      change->schemas, schemas_, [](const SchemaPtr& s) -> auto& { return s->table_name(); });
  script.statements.emplace_back(AlterType{type.type_name(), std::move(*change)});
  return {};
}

Result<Type> Parser::expect_known_type(const Name& name) {
  if (const Type* const type = find_user_type(name.text, name.quoted)) return *type;
  if (!name.quoted && types_folded_.contains(fold_identifier(name.text))) {
    return fail_unknown_type(name);  // ambiguous
  }
  if (!name.quoted && find_builtin_type(name.text) != nullptr) {
    return fail_at(name.offset, "\"" + name.text + "\" is a built-in type, which stays as it is");
  }
  NearName search(name.text);
  for (const Type& type : types_) search.offer(type.type_name());
  std::string message = "there is no type " + show_name(name);
  if (search.found()) {
    message += "; did you mean " + quote_identifier(shorten(search.name(), 60)) + "?";
  }
  return fail_at(name.offset, std::move(message), ErrorCode::kNotFound);
}

// One action; gives `type` with the attribute.
Result<Type> Parser::parse_attribute(const Type& type) {
  if (!is_word("ADD")) return fail_attribute_action();
  advance();
  if (is_word("VALUE")) return fail_at(token().begin, "ENUM is not supported; use VARCHAR");
  if (!take_word("ATTRIBUTE")) return fail_expected("ATTRIBUTE after ADD", {"ATTRIBUTE"});
  WISP_ASSIGN(const Name name, expect_name("the name of an attribute"));
  for (const RowField& field : type.fields()) {
    // Two unquoted names must differ in more than case.
    if (field.name == name.text ||
        (!name.quoted && fold_identifier(field.name) == fold_identifier(name.text))) {
      return fail_at(name.offset,
                     "there is already an attribute " + quote_identifier(shorten(field.name, 60)));
    }
  }
  if (!is_name()) return fail_at(name.offset, "the attribute " + show_name(name) + " has no type");
  const std::uint32_t type_at = token().begin;
  WISP_ASSIGN(RowField field, parse_field(name, 1));
  if (!take_word("CASCADE")) take_word("RESTRICT");
  auto next = add_attribute(type, std::move(field));
  if (!next) return fail_at(type_at, next.error().to_string(), next.error().code);
  return next;
}

// The types of a table together stay as small as those of CREATE TABLE.
Status Parser::check_type_nodes(const ChangedType& change, const Name& name) {
  for (const SchemaPtr& schema : change.schemas) {
    std::size_t nodes = 0;
    for (const Column& column : schema->columns()) nodes += column.type.node_count();
    if (nodes <= kMaxTableTypeNodes) continue;
    return fail_at(name.offset,
                   "the types of table " + quote_identifier(shorten(schema->table_name(), 60)) +
                       " would have more than " + std::to_string(kMaxTableTypeNodes) +
                       " nested fields and elements",
                   ErrorCode::kLimit);
  }
  return {};
}

tl::unexpected<Error> Parser::fail_attribute_action() {
  const std::uint32_t begin = token().begin;
  const bool attribute = is_word("ATTRIBUTE", 1);
  if (is_word("DROP") && attribute) {
    return fail_at(begin,
                   "an attribute cannot be dropped: a type does not remember the ids of attributes "
                   "that it no longer has, and a later one would be taken for it");
  }
  if (is_word("RENAME") && attribute) {
    return fail_at(begin,
                   "an attribute keeps its name: programs find it in values of all versions by it; "
                   "add one of the new name");
  }
  if (is_word("ALTER") && attribute) {
    return fail_at(begin, "an attribute keeps its type; add one of the new type");
  }
  if (is_any_word({"RENAME", "OWNER", "SET"})) {
    return fail_at(begin, "only ADD ATTRIBUTE changes a type");
  }
  return fail_expected("ADD ATTRIBUTE", {"ADD"});
}

}  // namespace wisp::ddl
