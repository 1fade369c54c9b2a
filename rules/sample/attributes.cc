// One function an attribute name, because names mean the same across ONNX's
// operators; where they do not, the op decides.
#include "rules/sample/attributes.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace esat {
namespace {

using Ints = std::vector<int64_t>;

std::vector<Dim> ToDims(const Ints& ints) {
  return std::vector<Dim>(ints.begin(), ints.end());
}

// Static sizes of operand `i`; nullopt if it has none.
std::optional<Ints> SizesOf(const AttributeSite& site, size_t i) {
  if (i >= site.operands.size() || !site.operands[i].is_static()) {
    return std::nullopt;
  }
  return site.operands[i].static_shape();
}

Ints RandomPermutation(int64_t rank, Random& random) {
  Ints perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  if (random.Chance(15)) return perm;
  if (rank >= 2 && random.Chance(30)) {
    std::swap(perm[rank - 1], perm[rank - 2]);
    return perm;
  }
  for (int64_t i = rank - 1; i > 0; --i) {
    std::swap(perm[i], perm[random.Int(0, i)]);
  }
  return perm;
}

// `count` different axes below `rank`, ascending.
std::optional<Ints> RandomAxes(int64_t rank, size_t count, int64_t favourite,
                               Random& random) {
  if (static_cast<int64_t>(count) > rank) return std::nullopt;
  if (count == 1 && favourite < rank && random.Chance(70)) {
    return Ints{favourite};
  }
  Ints perm = RandomPermutation(rank, random);
  if (random.Chance(50)) {
    // Trailing axes, as most reductions have.
    for (size_t i = 0; i < count; ++i) {
      perm[i] = rank - static_cast<int64_t>(count) + static_cast<int64_t>(i);
    }
  }
  Ints axes(perm.begin(), perm.begin() + static_cast<int64_t>(count));
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    return std::nullopt;
  }
  return axes;
}

size_t ListSize(const AttributeSite& site, int64_t most, Random& random) {
  if (site.list_size) return *site.list_size;
  return static_cast<size_t>(random.Int(1, std::max<int64_t>(1, most)));
}

std::optional<AttrValue> AxesValue(const AttributeSite& site,
                                   const SampleMood& mood, Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes) return std::nullopt;
  const int64_t rank = static_cast<int64_t>(sizes->size());
  if (site.op == Op::kUnsqueeze) {
    const size_t count = ListSize(site, 2, random);
    auto axes = RandomAxes(rank + static_cast<int64_t>(count), count, mood.axis,
                           random);
    return axes ? std::optional<AttrValue>(*axes) : std::nullopt;
  }
  if (site.op == Op::kSqueeze) {
    Ints ones;
    for (int64_t i = 0; i < rank; ++i) {
      if ((*sizes)[i] == 1 && random.Chance(80)) ones.push_back(i);
    }
    if (ones.empty() || (site.list_size && ones.size() != *site.list_size)) {
      return std::nullopt;
    }
    return AttrValue(ones);
  }
  if (rank == 0) return std::nullopt;
  auto axes =
      RandomAxes(rank, ListSize(site, std::min<int64_t>(rank, 3), random),
                 mood.axis, random);
  return axes ? std::optional<AttrValue>(*axes) : std::nullopt;
}

std::optional<AttrValue> AxisValue(const AttributeSite& site,
                                   const SampleMood& mood, Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes) return std::nullopt;
  int64_t rank = static_cast<int64_t>(sizes->size());
  if (site.op == Op::kFlatten) ++rank;
  if (rank == 0) return std::nullopt;
  if (mood.axis < rank && random.Chance(75)) return AttrValue(mood.axis);
  return AttrValue(random.Int(0, rank - 1));
}

// A shape with the operand's element count.
std::optional<AttrValue> ReshapeValue(const AttributeSite& site,
                                      const SampleMood& mood, Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes) return std::nullopt;
  const int64_t count = std::accumulate(sizes->begin(), sizes->end(),
                                        int64_t{1}, std::multiplies<int64_t>());
  std::vector<Ints> choices;
  if (random.Chance(25)) choices.push_back(*sizes);
  // Shapes met before, and those with this operand's last size.
  for (const Shape& shape : mood.shapes) {
    Ints known;
    for (const Dim& dim : shape) known.push_back(dim.constant());
    for (int variant = 0; variant < 2; ++variant) {
      if (variant == 1 && !known.empty() && !sizes->empty()) {
        known.back() = sizes->back();
      }
      if (std::accumulate(known.begin(), known.end(), int64_t{1},
                          std::multiplies<int64_t>()) == count) {
        choices.push_back(known);
      }
    }
  }
  if (!sizes->empty() && sizes->back() > 0) {
    choices.push_back({count / sizes->back(), sizes->back()});
  }
  choices.push_back({count});
  Ints random_shape;
  int64_t left = count;
  while (left > 1 && random_shape.size() < 4) {
    int64_t factor = random.Int(1, left);
    while (left % factor != 0) --factor;
    random_shape.push_back(factor);
    left /= factor;
  }
  random_shape.push_back(left);
  choices.push_back(random_shape);
  if (site.list_size) {
    std::erase_if(choices,
                  [&](const Ints& c) { return c.size() != *site.list_size; });
    if (choices.empty()) return std::nullopt;
  }
  return AttrValue(ToDims(random.Pick(choices)));
}

std::optional<AttrValue> ExpandValue(const AttributeSite& site,
                                     Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes) return std::nullopt;
  Ints shape = *sizes;
  for (int64_t& size : shape) {
    if (size == 1 && random.Chance(60)) size = random.Int(1, 3);
  }
  if (random.Chance(30)) shape.insert(shape.begin(), random.Int(1, 3));
  return AttrValue(ToDims(shape));
}

// Bounds of a slice, one for each of the axes chosen before.
std::optional<AttrValue> BoundsValue(const AttributeSite& site,
                                     Random& random) {
  auto sizes = SizesOf(site, 0);
  const AttrValue* axes = site.chosen.Find("axes");
  if (!sizes || axes == nullptr) return std::nullopt;
  const AttrValue* starts = site.chosen.Find("starts");
  Ints bounds;
  for (size_t i = 0; i < axes->as_ints().size(); ++i) {
    const int64_t axis = axes->as_ints()[i];
    if (axis >= static_cast<int64_t>(sizes->size())) return std::nullopt;
    const int64_t size = (*sizes)[axis];
    if (site.name == "steps") {
      bounds.push_back(random.Chance(80) ? 1 : 2);
    } else if (site.name == "starts") {
      bounds.push_back(random.Chance(50) ? 0 : random.Int(0, size));
    } else {
      int64_t low = 0;
      if (starts != nullptr && i < starts->as_dims().size()) {
        low = starts->as_dims()[i].constant();
      }
      if (low > size) return std::nullopt;
      bounds.push_back(random.Chance(50) ? size : random.Int(low, size));
    }
  }
  if (site.list_size && bounds.size() != *site.list_size) return std::nullopt;
  if (site.kind == AttrValue::kInts) return AttrValue(bounds);
  return AttrValue(ToDims(bounds));
}

std::optional<AttrValue> SplitValue(const AttributeSite& site, Random& random) {
  auto sizes = SizesOf(site, 0);
  const AttrValue* axis = site.chosen.Find("axis");
  if (!sizes || axis == nullptr ||
      axis->as_int() >= static_cast<int64_t>(sizes->size())) {
    return std::nullopt;
  }
  int64_t left = (*sizes)[axis->as_int()];
  const int64_t parts = std::max<int64_t>(2, site.outputs);
  Ints split;
  for (int64_t i = 0; i + 1 < parts; ++i) {
    split.push_back(random.Chance(60) && left > 0 ? 1 : random.Int(0, left));
    left -= split.back();
  }
  split.push_back(left);
  return AttrValue(ToDims(split));
}

// Lists with one entry, or two, for each spatial axis.
std::optional<AttrValue> SpatialValue(const AttributeSite& site,
                                      const SampleMood& mood, Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes || sizes->size() < 3) return std::nullopt;
  const size_t spatial = sizes->size() - 2;
  if (site.name == "kernel_shape") {
    return AttrValue(Ints(spatial, mood.kernel));
  }
  if (site.name == "pads") {
    Ints pads(2 * spatial, 0);
    if (random.Chance(50)) {
      for (int64_t& pad : pads) pad = random.Int(0, mood.kernel - 1);
    }
    return AttrValue(pads);
  }
  if (site.name == "output_padding") return AttrValue(Ints(spatial, 0));
  return AttrValue(Ints(spatial, random.Chance(80) ? 1 : 2));
}

std::optional<AttrValue> PadValue(const AttributeSite& site, Random& random) {
  auto sizes = SizesOf(site, 0);
  if (!sizes) return std::nullopt;
  const size_t rank = sizes->size();
  Ints pads(2 * rank, 0);
  if (random.Chance(70)) {
    // Spatial axes only, or all.
    const size_t first = random.Chance(70) ? std::min<size_t>(2, rank) : 0;
    for (size_t i = first; i < rank; ++i) {
      pads[i] = random.Int(0, 2);
      pads[i + rank] = random.Int(0, 2);
    }
  }
  return AttrValue(ToDims(pads));
}

std::optional<AttrValue> GroupValue(const AttributeSite& site) {
  auto x = SizesOf(site, 0);
  auto w = SizesOf(site, 1);
  if (!x || !w || x->size() < 3 || w->size() < 3) return std::nullopt;
  if (site.op == Op::kConvTranspose) return AttrValue(1);
  if ((*w)[1] == 0 || (*x)[1] % (*w)[1] != 0) return std::nullopt;
  return AttrValue((*x)[1] / (*w)[1]);
}

std::optional<AttrValue> StringValue(const AttributeSite& site) {
  if (site.name == "auto_pad") return AttrValue("NOTSET");
  if (site.name == "approximate") return AttrValue("none");
  if (site.name == "direction") return AttrValue("LEFT");
  if (site.name == "mode" && site.op == Op::kPad) return AttrValue("constant");
  return std::nullopt;
}

std::optional<AttrValue> IntValue(const AttributeSite& site, Random& random) {
  if (site.name == "keepdims") return AttrValue(random.Int(0, 1));
  if (site.name == "fmod") return AttrValue(IsFloat(site.operands[0].dtype));
  if (site.name == "count_include_pad") return AttrValue(random.Int(0, 1));
  if (site.name == "stash_type" || site.name == "saturate" ||
      site.name == "detect_negative" || site.name == "detect_positive") {
    return AttrValue(1);
  }
  if (site.name == "index") return AttrValue(random.Int(0, site.outputs - 1));
  return AttrValue(0);
}

std::optional<AttrValue> FloatValue(const AttributeSite& site, Random& random) {
  if (site.name == "epsilon") {
    return AttrValue(random.Chance(50) ? 1e-5 : 0.001);
  }
  // The constants of HardSwish, which rules look for.
  if (site.name == "beta" && random.Chance(60)) return AttrValue(0.5);
  if (site.name == "alpha" && random.Chance(40)) {
    return AttrValue(static_cast<double>(1.0f / 6));
  }
  // Attributes of ONNX are f32.
  return AttrValue(
      static_cast<double>(static_cast<float>(0.1 + random.Real())));
}

}  // namespace

int64_t SampleSize(const SampleMood& mood, Random& random) {
  if (mood.square) return mood.size;
  if (random.Chance(3)) return 0;
  return random.Chance(25) ? 1 : random.Int(2, 4);
}

double SampleNumber(Random& random) {
  static const auto* const kSpecial =
      new std::vector<double>{0, 0, 1, 1, -1, 2, 3, 6, 0.5, 0.25, -0.5, 0.1, 4};
  return random.Pick(*kSpecial);
}

std::optional<AttrValue> SampleAttribute(const AttributeSite& site,
                                         const SampleMood& mood,
                                         Random& random) {
  const std::string& name = site.name;
  if (name == "perm") {
    auto sizes = SizesOf(site, 0);
    if (!sizes) return std::nullopt;
    return AttrValue(
        RandomPermutation(static_cast<int64_t>(sizes->size()), random));
  }
  if (name == "axes") return AxesValue(site, mood, random);
  if (name == "axis") return AxisValue(site, mood, random);
  if (name == "shape" && site.op == Op::kReshape) {
    return ReshapeValue(site, mood, random);
  }
  if (name == "shape" && site.op == Op::kExpand) {
    return ExpandValue(site, random);
  }
  if (name == "starts" || name == "ends" || name == "steps") {
    return BoundsValue(site, random);
  }
  if (name == "split") return SplitValue(site, random);
  if (name == "pads" && site.op == Op::kPad) return PadValue(site, random);
  if (name == "group") return GroupValue(site);
  if (name == "repeats") {
    auto sizes = SizesOf(site, 0);
    if (!sizes) return std::nullopt;
    return AttrValue(ToDims(Ints(sizes->size(), random.Chance(60) ? 1 : 2)));
  }
  switch (site.kind) {
    case AttrValue::kInts:
      return SpatialValue(site, mood, random);
    case AttrValue::kString:
      return StringValue(site);
    case AttrValue::kInt:
      return IntValue(site, random);
    case AttrValue::kFloat:
      return FloatValue(site, random);
    case AttrValue::kDType: {
      static const auto* const kTypes = new std::vector<DType>{
          DType::kF32, DType::kF32, DType::kF64, DType::kF16, DType::kI32,
          DType::kI64, DType::kI8,  DType::kU8,  DType::kBool};
      return AttrValue(random.Pick(*kTypes));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace esat
