// SPDX-License-Identifier: MIT
/// A mutex that clang's thread-safety analysis understands; the macros are empty under other compilers.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define BERTH_TSA(x) __attribute__((x))
#else
#define BERTH_TSA(x)
#endif

#define BERTH_CAPABILITY(name) BERTH_TSA(capability(name))
#define BERTH_GUARDED_BY(lock) BERTH_TSA(guarded_by(lock))
#define BERTH_REQUIRES(...) BERTH_TSA(requires_capability(__VA_ARGS__))
#define BERTH_EXCLUDES(...) BERTH_TSA(locks_excluded(__VA_ARGS__))
#define BERTH_ACQUIRE(...) BERTH_TSA(acquire_capability(__VA_ARGS__))
#define BERTH_RELEASE(...) BERTH_TSA(release_capability(__VA_ARGS__))
#define BERTH_SCOPED BERTH_TSA(scoped_lockable)

namespace berth::host {

/// std::mutex, annotated. BasicLockable.
class BERTH_CAPABILITY("mutex") Mutex {
public:
    void lock() BERTH_ACQUIRE() { mutex_.lock(); }
    void unlock() BERTH_RELEASE() { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

/// Holds a Mutex for its scope; can be waited with by a std::condition_variable_any.
class BERTH_SCOPED MutexLock {
public:
    explicit MutexLock(Mutex& mutex) BERTH_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() BERTH_RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace berth::host
