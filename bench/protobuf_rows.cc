// protobuf: the generated class where there is one (70 and 700 synthetic columns). Other tables get
// a message type made at run time, which gives exact sizes by the library's own encoder and is not
// timed: reflection would be slower than what a user of Protobuf runs, and the class of 7,000
// fields does not compile within minutes.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include "system.h"

namespace wisp::bench {

SystemPtr make_protobuf_70(const Columns& columns);
SystemPtr make_protobuf_700(const Columns& columns);

namespace {

namespace pb = google::protobuf;

class DynamicProtobuf final : public System {
 public:
  DynamicProtobuf(const Columns& columns, bool zigzag) {
    pb::FileDescriptorProto file;
    file.set_name("row.proto");
    file.set_syntax("proto2");
    pb::DescriptorProto* row = file.add_message_type();
    row->set_name("Row");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      pb::FieldDescriptorProto* field = row->add_field();
      field->set_name("c" + std::to_string(i));
      // 19,000-19,999 are reserved for the implementation.
      field->set_number(static_cast<int>(i < 18999 ? i + 1 : i + 1001));
      field->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
      field->set_type(type_of(columns.kinds[i], zigzag));
    }
    const pb::FileDescriptor* built = pool_.BuildFile(file);
    if (built == nullptr) give_up("protobuf refuses the schema");
    const pb::Descriptor* type = built->message_type(0);
    message_.reset(factory_.GetPrototype(type)->New());
    for (int i = 0; i < type->field_count(); ++i) fields_.push_back(type->field(i));
  }

  std::string name() const override { return "protobuf"; }

  std::string_view encode(const RowCells& row) override {
    const pb::Reflection* r = message_->GetReflection();
    message_->Clear();
    for (const auto& c : row.ints) r->SetInt32(message_.get(), fields_[c.column], c.value);
    for (const auto& c : row.longs) r->SetInt64(message_.get(), fields_[c.column], c.value);
    for (const auto& c : row.doubles) r->SetDouble(message_.get(), fields_[c.column], c.value);
    for (const auto& c : row.bools) r->SetBool(message_.get(), fields_[c.column], c.value);
    for (const auto& c : row.texts) {
      r->SetString(message_.get(), fields_[c.column], std::string(c.value));
    }
    bytes_.clear();
    if (!message_->AppendToString(&bytes_)) give_up("protobuf refuses a row");
    return bytes_;
  }

  std::uint64_t run(Metric, const Batch&) override { return 0; }

 private:
  static pb::FieldDescriptorProto::Type type_of(CellKind kind, bool zigzag) {
    switch (kind) {
      case CellKind::kInt:
        return zigzag ? pb::FieldDescriptorProto::TYPE_SINT32
                      : pb::FieldDescriptorProto::TYPE_INT32;
      case CellKind::kLong:
        return zigzag ? pb::FieldDescriptorProto::TYPE_SINT64
                      : pb::FieldDescriptorProto::TYPE_INT64;
      case CellKind::kDouble:
        return pb::FieldDescriptorProto::TYPE_DOUBLE;
      case CellKind::kBool:
        return pb::FieldDescriptorProto::TYPE_BOOL;
      default:
        return pb::FieldDescriptorProto::TYPE_BYTES;
    }
  }

  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_{&pool_};
  std::unique_ptr<pb::Message> message_;
  std::vector<const pb::FieldDescriptor*> fields_;
  std::string bytes_;
};

}  // namespace

SystemPtr make_protobuf(const Columns& columns, bool is_synthetic, bool zigzag) {
  if (is_synthetic && columns.size() == 70) return make_protobuf_70(columns);
  if (is_synthetic && columns.size() == 700) return make_protobuf_700(columns);
  return std::make_unique<DynamicProtobuf>(columns, zigzag);
}

}  // namespace wisp::bench
