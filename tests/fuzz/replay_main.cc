// Runs a fuzz target without libFuzzer: on every file named, then on seeded
// mutations of each, so that every compiler and every sanitizer preset gets
// some of what fuzzing finds, and the same each time.
//
//   replay [--mutations N] FILE...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

void Run(const Bytes& bytes) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

size_t Below(std::mt19937_64& random, size_t bound) { return random() % bound; }

// One change of a kind that parsers trip over: a cut, a flipped bit, a byte of
// an extreme value, a block left out or written twice.
void MutateOnce(Bytes& bytes, std::mt19937_64& random) {
  if (bytes.empty()) {
    bytes.push_back(static_cast<uint8_t>(random()));
    return;
  }
  const size_t at = Below(random, bytes.size());
  const size_t length =
      1 + Below(random, std::min<size_t>(bytes.size() - at, 64));
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 6) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes[at] ^= static_cast<uint8_t>(1u << (random() % 8));
      break;
    case 2: {
      constexpr uint8_t kExtremes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
      bytes[at] = kExtremes[random() % std::size(kExtremes)];
      break;
    }
    case 3:
      bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
      break;
    case 4: {
      const Bytes block(begin, begin + static_cast<std::ptrdiff_t>(length));
      bytes.insert(begin, block.begin(), block.end());
      break;
    }
    default:
      bytes[at] = bytes[Below(random, bytes.size())];
      break;
  }
}

void RunMutations(const Bytes& original, int count, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < count; ++i) {
    Bytes bytes = original;
    for (size_t changes = 1 + Below(random, 4); changes > 0; --changes) {
      MutateOnce(bytes, random);
    }
    Run(bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int mutations = 0, files = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--mutations") == 0 && i + 1 < argc) {
      mutations = std::atoi(argv[++i]);
      continue;
    }
    std::ifstream stream(argv[i], std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "replay: cannot read %s\n", argv[i]);
      return 2;
    }
    const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
    Run(bytes);
    RunMutations(bytes, mutations, static_cast<uint64_t>(++files));
  }
  std::printf("replay: %d files, %d mutations of each\n", files, mutations);
  return files > 0 ? 0 : 2;
}
