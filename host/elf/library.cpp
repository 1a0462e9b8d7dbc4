// SPDX-License-Identifier: MIT
#include "elf/library.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "elf/dynamic.hpp"
#include "elf/layout.hpp"

namespace berth::host::elf {
namespace {

constexpr std::uint64_t file_bytes_max = std::uint64_t{1} << 30;

tl::unexpected<Finding> unreadable(std::string sentence, std::string remedy) {
    return tl::unexpected<Finding>(
        {"unreadable", Finding::Severity::error, std::move(sentence), std::move(remedy)});
}

struct OpenFile {
    UniqueFd fd;
    std::size_t size = 0;
};

tl::expected<OpenFile, Finding> open_file(const std::filesystem::path& path) {
    // Not blocking, should it be a pipe.
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        const int error = errno;
        return unreadable("can not be read: " + std::string(std::strerror(error)),
                          error == EACCES ? "give the host's user access" : "check its name");
    }
    struct stat status {};
    if (fstat(fd.get(), &status) != 0)
        return unreadable("can not be read: " + std::string(std::strerror(errno)), "try again");
    if (!S_ISREG(status.st_mode)) return unreadable("is not a file", "name a shared library");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > file_bytes_max) return unreadable("is larger than 1 GiB", "strip its debug data");
    return OpenFile{std::move(fd), static_cast<std::size_t>(size)};
}

}  // namespace

tl::expected<std::vector<std::byte>, Finding> read_file(const std::filesystem::path& path) {
    const auto file = open_file(path);
    if (!file) return tl::unexpected<Finding>(file.error());
    std::vector<std::byte> bytes(file->size);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::read(file->fd.get(), bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return unreadable("can not be read: " + std::string(std::strerror(errno)), "check the disk");
        if (got == 0) break;  // It shrank meanwhile; what is there is judged.
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

bool Library::has_entry() const {
    return std::binary_search(exports.begin(), exports.end(), "berth_project_v1");
}

tl::expected<Library, Finding> read(std::span<const std::byte> file) {
    auto layout = read_layout(file);
    if (!layout) return tl::unexpected<Finding>(std::move(layout.error()));
    Library library;
    library.machine = Machine{layout->header.e_machine};
    library.type = Type{layout->header.e_type};
    const Elf64_Phdr* stack = layout->segment(PT_GNU_STACK);
    library.executable_stack = stack == nullptr || (stack->p_flags & PF_X) != 0;
    library.has_tls = layout->segment(PT_TLS) != nullptr;
    // The tables of another machine's files may be made differently; nobody needs them.
    if (library.machine != this_machine()) return library;
    if (auto finding = read_dynamic(*layout, library)) return tl::unexpected<Finding>(std::move(*finding));
    read_notes(*layout, library);
    read_sections(*layout, library);
    return library;
}

tl::expected<Library, Finding> read(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    if (!bytes) return tl::unexpected<Finding>(bytes.error());
    return read(std::span<const std::byte>(*bytes));
}

tl::expected<Library, Finding> read_this_program() {
    const auto file = open_file("/proc/self/exe");
    if (!file) return tl::unexpected<Finding>(file.error());
    void* const memory = ::mmap(nullptr, file->size, PROT_READ, MAP_PRIVATE, file->fd.get(), 0);
    if (memory == MAP_FAILED) return unreadable("can not be mapped: " + std::string(std::strerror(errno)), "free memory");
    auto library = read(std::span(static_cast<const std::byte*>(memory), file->size));
    ::munmap(memory, file->size);
    return library;
}

std::string name_of(Machine machine) {
    switch (machine) {
        case Machine::i386:
            return "x86";
        case Machine::arm:
            return "arm";
        case Machine::x86_64:
            return "x86-64";
        case Machine::aarch64:
            return "aarch64";
        case Machine::riscv:
            return "riscv";
    }
    return "machine " + std::to_string(static_cast<std::uint16_t>(machine));
}

Machine this_machine() {
#if defined(__x86_64__)
    return Machine::x86_64;
#elif defined(__aarch64__)
    return Machine::aarch64;
#elif defined(__riscv)
    return Machine::riscv;
#else
#error "libraries are 64-bit and little-endian: x86-64, aarch64 or riscv"
#endif
}

}  // namespace berth::host::elf
