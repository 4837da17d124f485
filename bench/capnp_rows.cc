// capnp, capnp_packed: one message per row, built and read through the library's AnyStruct with the
// layout the schema compiler would give: 8-byte values, 4-byte values, then bits. Cap'n Proto has
// no NULL for scalars, so each scalar has a Bool ("has"), declared behind all values: on a full
// table that packs a tenth smaller than each Bool beside its value. An absent text is a null
// pointer.
#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize-packed.h>
#include <capnp/serialize.h>
#include <kj/io.h>

#include <cstring>
#include <type_traits>

#include "byte_system.h"

namespace wisp::bench {
namespace {

class CapnpLayout {
 public:
  explicit CapnpLayout(const Columns& columns) : places(columns.size()), has(columns.size()) {
    for (CellKind kind : {CellKind::kLong, CellKind::kDouble}) place(columns.all(kind), 64);
    place(columns.all(CellKind::kInt), 32);
    place(columns.all(CellKind::kBool), 1);
    for (CellKind kind : {CellKind::kLong, CellKind::kDouble, CellKind::kInt, CellKind::kBool}) {
      for (std::uint32_t column : columns.all(kind)) has[column] = bits_++;
    }
    for (std::uint32_t column : columns.all(CellKind::kText)) places[column] = pointers++;
    data_words = (bits_ + 63) / 64;
  }
  std::vector<std::uint32_t> places;  // scalars: offset in units of their size; texts: the pointer
  std::vector<std::uint32_t> has;     // bit offset
  std::uint32_t data_words = 0;
  std::uint32_t pointers = 0;

 private:
  void place(const std::vector<std::uint32_t>& columns, std::uint32_t width_bits) {
    for (std::uint32_t column : columns) {
      places[column] = bits_ / width_bits;
      bits_ += width_bits;
    }
  }
  std::uint32_t bits_ = 0;
};

template <bool kPacked>
class Capnp final : public ByteSystem<Capnp<kPacked>> {
  using Base = ByteSystem<Capnp<kPacked>>;
  using Base::columns_;

  struct Stream {
    explicit Stream(std::string_view row)
        : bytes(kj::arrayPtr(reinterpret_cast<const kj::byte*>(row.data()), row.size())) {}
    kj::ArrayInputStream bytes;
  };
  struct FlatMessage {
    explicit FlatMessage(std::string_view row, kj::ArrayPtr<capnp::word>)
        : reader(kj::arrayPtr(reinterpret_cast<const capnp::word*>(row.data()),
                              row.size() / sizeof(capnp::word))) {}
    capnp::FlatArrayMessageReader reader;
  };
  struct PackedMessage {
    explicit PackedMessage(std::string_view row, kj::ArrayPtr<capnp::word> scratch)
        : stream(row), reader(stream.bytes, capnp::ReaderOptions(), scratch) {}
    Stream stream;
    capnp::PackedMessageReader reader;
  };
  struct Opened {
    Opened(std::string_view row, kj::ArrayPtr<capnp::word> scratch)
        : message(row, scratch),
          root(message.reader.template getRoot<capnp::AnyPointer>()
                   .template getAs<capnp::AnyStruct>()),
          data(root.getDataSection()),
          texts(root.getPointerSection()) {}
    std::conditional_t<kPacked, PackedMessage, FlatMessage> message;
    capnp::AnyStruct::Reader root;
    kj::ArrayPtr<const kj::byte> data;
    capnp::List<capnp::AnyPointer>::Reader texts;

    bool bit(std::uint32_t i) const {
      return i / 8 < data.size() && (data[i / 8] >> (i % 8) & 1) != 0;
    }
  };

 public:
  explicit Capnp(const Columns& columns)
      : Base(columns),
        layout_(columns),
        // Room for one whole message, zeroed: a first segment that is used again and again.
        segment_(kj::heapArray<capnp::word>(kSegmentWords)),
        out_(kSegmentWords * sizeof(capnp::word)) {
    std::memset(segment_.begin(), 0, segment_.asBytes().size());
  }

  std::string name() const override { return kPacked ? "capnp_packed" : "capnp"; }
  std::size_t alignment() const override { return 8; }
  bool parses_whole_rows() const override { return kPacked; }

  std::string_view encode(const RowCells& row) override {
    capnp::MallocMessageBuilder message(segment_);
    auto root = message.template getRoot<capnp::AnyPointer>().initAsAnyStruct(
        static_cast<std::uint16_t>(layout_.data_words),
        static_cast<std::uint16_t>(layout_.pointers));
    kj::byte* data = root.getDataSection().begin();
    put_all(row.longs, data);
    put_all(row.doubles, data);
    put_all(row.ints, data);
    for (const auto& c : row.bools) {
      if (c.value) set_bit(data, layout_.places[c.column]);
      set_bit(data, layout_.has[c.column]);
    }
    auto texts = root.getPointerSection();
    for (const auto& c : row.texts) {
      auto text = texts[layout_.places[c.column]].template initAs<capnp::Text>(
          static_cast<unsigned>(c.value.size()));
      std::memcpy(text.begin(), c.value.data(), c.value.size());
    }
    return write(message);
  }

  Opened open(std::string_view row) { return Opened(row, words(scratch_)); }

  template <typename T>
  bool get(const Opened& row, std::uint32_t column, T& out) const {
    const std::size_t offset = layout_.places[column] * sizeof(T);
    if (!row.bit(layout_.has[column]) || row.data.size() - offset < sizeof(T)) return false;
    std::memcpy(&out, row.data.begin() + offset, sizeof(T));
    return true;
  }
  bool get(const Opened& row, std::uint32_t column, bool& out) const {
    if (!row.bit(layout_.has[column])) return false;
    out = row.bit(layout_.places[column]);
    return true;
  }
  bool get(const Opened& row, std::uint32_t column, std::string_view& out) const {
    const auto pointer = row.texts[layout_.places[column]];
    if (pointer.isNull()) return false;
    const capnp::Text::Reader text = pointer.template getAs<capnp::Text>();
    out = {text.begin(), text.size()};
    return true;
  }

  void visit(std::string_view bytes, Digest& d) {
    const Opened row = open(bytes);
    visit_kind<std::int32_t>(CellKind::kInt, row, d);
    visit_kind<std::int64_t>(CellKind::kLong, row, d);
    visit_kind<double>(CellKind::kDouble, row, d);
    visit_kind<bool>(CellKind::kBool, row, d);
    visit_kind<std::string_view>(CellKind::kText, row, d);
  }

  // Copies the message into a builder, where every scalar has its place already.
  std::string_view update(std::string_view bytes, std::uint32_t column, std::int32_t value) {
    const Opened row = open(bytes);
    capnp::MallocMessageBuilder message(segment_);
    auto pointer = message.template getRoot<capnp::AnyPointer>();
    pointer.template setAs<capnp::AnyStruct>(row.root);
    auto root = pointer.template getAs<capnp::AnyStruct>();
    put(root.getDataSection().begin(), column, value);
    return write(message);
  }

  bool equal(std::string_view a, std::string_view b) {
    const Opened x = open(a);
    const Opened y(b, words(other_scratch_));
    return x.root == y.root;
  }

 private:
  static constexpr std::size_t kSegmentWords = 1 << 18;

  static kj::ArrayPtr<capnp::word> words(std::vector<std::uint64_t>& scratch) {
    return kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch.data()), scratch.size());
  }
  static void set_bit(kj::byte* data, std::uint32_t i) {
    data[i / 8] = static_cast<kj::byte>(data[i / 8] | 1u << (i % 8));
  }
  template <typename T>
  void put(kj::byte* data, std::uint32_t column, T value) {
    std::memcpy(data + layout_.places[column] * sizeof value, &value, sizeof value);
    set_bit(data, layout_.has[column]);
  }
  template <typename Cells>
  void put_all(const Cells& cells, kj::byte* data) {
    for (const auto& c : cells) put(data, c.column, c.value);
  }
  std::string_view write(capnp::MessageBuilder& message) {
    kj::ArrayOutputStream stream(
        kj::arrayPtr(reinterpret_cast<kj::byte*>(out_.data()), out_.size()));
    if constexpr (kPacked) {
      capnp::writePackedMessage(stream, message);
    } else {
      capnp::writeMessage(stream, message);
    }
    return {out_.data(), stream.getArray().size()};
  }
  template <typename T>
  void visit_kind(CellKind kind, const Opened& row, Digest& d) const {
    for (std::uint32_t column : columns_.all(kind)) {
      T value{};
      if (get(row, column, value)) d.add(value);
    }
  }

  CapnpLayout layout_;
  kj::Array<capnp::word> segment_;
  std::vector<char> out_;
  // What packed messages are unpacked into.
  std::vector<std::uint64_t> scratch_ = std::vector<std::uint64_t>(kPacked ? kSegmentWords : 0);
  std::vector<std::uint64_t> other_scratch_ = scratch_;
};

}  // namespace

SystemPtr make_capnp(const Columns& columns, bool packed) {
  // A struct has at most 65,535 words of data and as many pointers.
  const CapnpLayout layout(columns);
  if (layout.data_words > 65535 || layout.pointers > 65535) return nullptr;
  if (packed) return std::make_unique<Capnp<true>>(columns);
  return std::make_unique<Capnp<false>>(columns);
}

}  // namespace wisp::bench
